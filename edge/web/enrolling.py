"""Routes by which a person teaches the eye a product: photographs before a camera, a bar code, a weight, and the way back."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi import Path as PathParameter
from pydantic import BaseModel, ConfigDict, Field

from edge.web.acting import MOST_PIECES
from edge.web.deciding import asker, decided
from edge.web.enrolment import Draft, EnrolmentFront, EnrolmentResult, EnrolmentsView, EnrolmentView, Looking, WeighingResult
from edge.web.problem import Problem
from edge.web.reading import NAME
from edge.web.settings import WebSettings

GTIN = r"^[0-9]{8,14}$"
TOKEN = r"^[0-9a-f]{32}$"  # noqa: S105 - a name that anybody may know who may enrol
ALL = "/api/v1/enrolments"

_Token = Annotated[str, PathParameter(pattern=TOKEN, description="Of an enrolment.")]
_Gtin = Annotated[str, Field(pattern=GTIN, description="GTIN of the product.")]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class BeginBody(_Body):
    """Begins to enrol a product, or goes on with one."""

    gtin: Annotated[str, Field(pattern=r"^([0-9]{8,14})?$", description="GTIN of the product; empty until its bar code is read.")] = ""
    token: str | None = Field(default=None, pattern=TOKEN, description="Go on with this one.")


class LookBody(_Body):
    """Has the eye look at what is held before a camera. `views` and `code` go on for a few seconds: ask again while they are wanted."""

    camera: str = Field(pattern=NAME, description="Name of a camera.")
    looking: Looking = Field(description="One photograph now, photographs by itself, or the bar code.")


class ViewBody(_Body):
    """What is to become of a photograph."""

    action: Literal["drop", "keep"] = Field(description="Let it go, or use it although it looks unlike the others.")


class GtinBody(_Body):
    """A product."""

    gtin: _Gtin


class WeighBody(_Body):
    """Pieces of one product that were just put on a plate. Nothing is learned of it: it says what one of them weighs."""

    plate: str = Field(min_length=1, max_length=40, description="The plate they were put on (or taken from).")
    units: int = Field(ge=1, le=MOST_PIECES, description="How many pieces.")


class NoBody(_Body):
    """Nothing more is to be said."""


def enrolling(front: EnrolmentFront, settings: WebSettings) -> APIRouter:
    """The routes over one store."""
    router = APIRouter()
    within_s = settings.answer_within_s
    over = Problem(404, "no_enrolment", "This enrolment is over", "Begin anew.")

    @router.get(ALL, summary="Products that are being enrolled, and those that the eye knows")
    async def everything() -> EnrolmentsView:
        return front.enrolments()

    @router.post(ALL, summary="Begin to enrol a product", description="Answers 200 with `accepted` true or false, and the token.")
    async def begin(request: Request, body: BeginBody) -> EnrolmentResult:
        return await decided(front.begin(body.token, body.gtin, asker(request)), within_s, ALL)

    @router.get(
        "/api/v1/enrolments/{token}",
        summary="One enrolment: photographs as judged, and what the product may be taken for",
        description="With a weight, `conflicts` are told for the product as it is about to be saved.",
    )
    async def one(
        token: _Token,
        gtin: Annotated[str | None, Query(pattern=GTIN, description="GTIN of the product as it is about to be saved.")] = None,
        unit_weight_g: Annotated[float | None, Query(ge=1.0, le=50_000.0, description="What one unit weighs, in grams.")] = None,
        weight_sd_g: Annotated[float | None, Query(gt=0.0, le=5_000.0, description="How much units differ, in grams.")] = None,
        plate: Annotated[str | None, Query(max_length=40, description="Where it is to stand.")] = None,
    ) -> EnrolmentView:
        draft = Draft(gtin=gtin, unit_weight_g=unit_weight_g, weight_sd_g=weight_sd_g, plate=plate) if gtin and unit_weight_g else None
        found = front.enrolment(token, draft)
        if found is None:
            raise over
        return found

    @router.post(
        "/api/v1/enrolments/{token}/look",
        summary="Look at what is held before a camera",
        description="Answers at once; what the eye sees is told by the enrolment.",
    )
    async def look(token: _Token, body: LookBody) -> EnrolmentResult:
        return front.look(token, body.camera, body.looking)

    @router.post("/api/v1/enrolments/{token}/views/{view}", summary="Let a photograph go, or use it all the same")
    async def mind(token: _Token, view: Annotated[int, PathParameter(ge=1, le=1_000_000)], body: ViewBody) -> EnrolmentResult:
        return front.mind(token, view, keep=body.action == "keep")

    @router.post(
        "/api/v1/enrolments/{token}/save",
        summary="Have the eye know the product by its photographs",
        description="Answers 200 with `accepted` true once the eye was asked; the enrolment's `step` and `trouble` tell what came of it.",
    )
    async def save(request: Request, token: _Token, body: GtinBody) -> EnrolmentResult:
        return await decided(front.save(token, body.gtin, asker(request)), within_s, ALL)

    @router.post("/api/v1/enrolments/{token}/end", summary="Give up an enrolment")
    async def end(request: Request, token: _Token, body: NoBody) -> EnrolmentResult:
        return await decided(front.end(token, asker(request)), within_s, ALL)

    @router.post("/api/v1/gallery/forget", summary="Have the eye forget a product", description="Answers as the saving of an enrolment.")
    async def forget(request: Request, body: GtinBody) -> EnrolmentResult:
        return await decided(front.forget(body.gtin, asker(request)), within_s, ALL)

    @router.post("/api/v1/gallery/back", summary="Go back to the gallery before", description="Answers as the saving of an enrolment.")
    async def go_back(request: Request, body: NoBody) -> EnrolmentResult:
        return await decided(front.go_back(asker(request)), within_s, ALL)

    @router.post(
        "/api/v1/weighings",
        summary="What one piece weighs of those that were just put on a plate",
        description="Put pieces on a plate while no shopper is inside, one by one where possible, then say within three minutes how many.",
    )
    async def weigh(body: WeighBody) -> WeighingResult:
        return front.weigh(body.plate, body.units)

    return router
