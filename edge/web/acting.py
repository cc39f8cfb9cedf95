"""Routes by which something is done: each asks the store, which decides and keeps it in the journal."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator

from edge.web.front import CountResult, EntryResult, ServiceAction, ServiceResult, StocktakeResult, StoreFront
from edge.web.gate import who
from edge.web.problem import Problem
from edge.web.reading import NAME
from edge.web.settings import WebSettings

MOST_ON_A_PLATE = 1000  # units of one product that a person may find on a plate
MOST_PIECES = 500  # pieces that a person counts at once
PASS_CHARACTERS = 4096  # longest text a code reader hands over


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class EntryBody(_Body):
    """A pass presented by a program, such as a till, an app backend on this machine, or the page."""

    pass_text: str = Field(alias="pass", min_length=1, max_length=PASS_CHARACTERS, description="The pass as a reader would give it.")
    door: str | None = Field(default=None, pattern=NAME, description="The door to open; every door when left out.")


class ServiceBody(_Body):
    """What an operator wants, and why: it goes to the audit record with their name."""

    action: ServiceAction
    reason: str = Field(min_length=3, max_length=200, description="Why, in words.")
    code: str = Field(default="", max_length=60, description="Acknowledge this fault alone; every latched one when left out.")
    subject: str = Field(default="", max_length=100, description="What has that fault, as the alarm names it.")

    @model_validator(mode="after")
    def _one_fault(self) -> ServiceBody:
        if bool(self.code) != bool(self.subject):
            raise ValueError("code and subject name one fault together")
        if self.code and self.action != "clear_faults":
            raise ValueError("code and subject belong to clear_faults alone")
        return self


class CountBody(_Body):
    """Pieces of one product that were just put on a plate, counted by a person: the store learns what one of them weighs."""

    plate: str = Field(min_length=1, max_length=40, description="The plate they were put on (or taken from).")
    gtin: str = Field(pattern=r"^[0-9]{8,14}$", description="GTIN of the product.")
    units: int = Field(ge=1, le=MOST_PIECES, description="How many pieces.")


class StocktakeBody(_Body):
    """Units of one product that a person has counted on a plate."""

    plate: str = Field(min_length=1, max_length=40, description="The plate.")
    gtin: str = Field(pattern=r"^[0-9]{8,14}$", description="GTIN of the product.")
    units: int = Field(ge=0, le=MOST_ON_A_PLATE, description="How many stand there.")


def acting(front: StoreFront, settings: WebSettings) -> APIRouter:
    """The routes over one store."""
    router = APIRouter()
    late = Problem(
        504,
        "no_decision",
        "The store has not decided in time",
        "Look at /api/v1/snapshot before you try again: the request may still take effect.",
    )

    @router.post(
        "/api/v1/entries", summary="Present a pass", description="Answers 200 with `accepted` true or false, and words for the person."
    )
    async def entries(body: EntryBody) -> EntryResult:
        try:
            async with asyncio.timeout(settings.answer_within_s):
                return await front.present(body.pass_text, "api", body.door)
        except TimeoutError:
            raise late from None

    @router.post(
        "/api/v1/counts",
        summary="Teach a product its weight",
        description="Put pieces on a plate in a staff visit, then say within three minutes how many they are. "
        "Answers 200 with `accepted` true or false, and words for the person.",
    )
    async def counts(request: Request, body: CountBody) -> CountResult:
        try:
            async with asyncio.timeout(settings.answer_within_s):
                return await front.count(body.plate, body.gtin, body.units, who(request).name)
        except TimeoutError:
            raise late from None

    @router.post(
        "/api/v1/stock",
        summary="Say how many stand on a plate",
        description="For what weights cannot tell, between visits. Answers 200 with `accepted` true or false, and words for the person.",
    )
    async def stock(request: Request, body: StocktakeBody) -> StocktakeResult:
        try:
            async with asyncio.timeout(settings.answer_within_s):
                return await front.stocktake(body.plate, body.gtin, body.units, who(request).name)
        except TimeoutError:
            raise late from None

    @router.post("/api/v1/service", summary="Take out of service, return to service, acknowledge faults")
    async def service(request: Request, body: ServiceBody) -> ServiceResult:
        try:
            async with asyncio.timeout(settings.answer_within_s):
                return await front.service(body.action, who(request).name, body.reason, code=body.code, subject=body.subject)
        except TimeoutError:
            raise late from None

    return router
