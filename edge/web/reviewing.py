"""Routes by which a person decides about receipts: what waits, and what is to hold instead. The store decides whether it counts."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi import Path as PathParameter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from edge.session.revision import Decision, Wanted
from edge.snapshot import ReceiptRecord
from edge.web.front import ReviewOrder, ReviewResult, StoreFront
from edge.web.gate import who
from edge.web.problem import Problem
from edge.web.reading import NAME
from edge.web.settings import WebSettings

MOST_UNITS = 1000  # of one product on a receipt
MOST_LINES = 200  # products on a receipt
MOST_REVISIONS = 1_000_000  # decisions about one receipt, as the message to the cloud has it


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class ReviewedLine(_Body):
    """What was taken of one product."""

    gtin: str = Field(pattern=r"^[0-9]{8,14}$", description="GTIN of the product.")
    quantity: int = Field(ge=1, le=MOST_UNITS, description="Units taken.")


class ReviewBody(_Body):
    """A person's decision about a receipt, and why: it goes to the journal and the cloud with their name.

    `confirmed`: the lines stand as they are. `corrected`: these lines are right. `refunded`: nothing of it is to be paid.
    """

    revision: int = Field(
        ge=1, le=MOST_REVISIONS, description="One more than the number of the last decision that was seen; 1 for the first."
    )
    decision: Decision
    lines: tuple[ReviewedLine, ...] = Field(
        default=(), max_length=MOST_LINES, description="What was taken, whole; with a correction only, and at least one line there."
    )
    reason: str = Field(min_length=3, max_length=200, description="Why, in words.")

    @model_validator(mode="after")
    def _lines_with_a_correction_only(self) -> ReviewBody:
        if (self.decision == "corrected") != bool(self.lines):
            raise ValueError("lines belong to a correction, and a correction needs some: to let the shopper pay nothing, refund")
        if len({line.gtin for line in self.lines}) < len(self.lines):
            raise ValueError("each product stands on one line")
        return self


class ReviewPage(BaseModel):
    """Receipts to decide about, oldest first, or decided about, newest first. ``next_after``: the value of ``after`` that gives the next
    page; None at the end."""

    model_config = ConfigDict(frozen=True)

    reviews: tuple[ReceiptRecord, ...]
    next_after: str | None


def reviewing(front: StoreFront, settings: WebSettings) -> APIRouter:
    """The routes over one store."""
    router = APIRouter()

    @router.get(
        "/api/v1/reviews",
        summary="Receipts that wait for a person, or were decided by one",
        description="With `open=true` the provisional receipts that nobody has decided about, oldest first; with `open=false` the receipts "
        "that somebody has decided about, newest first.",
    )
    async def reviews(
        still_open: Annotated[
            Literal["true", "false"], Query(alias="open", description="Those that wait, or those that are done.")
        ] = "true",
        limit: Annotated[int, Query(ge=1, le=200, description="How many at most.")] = 20,
        after: Annotated[str | None, Query(pattern=NAME, description="Only those that follow the receipt of this visit.")] = None,
    ) -> ReviewPage:
        page = tuple(await front.reviews(still_open=still_open == "true", limit=limit, after=after))
        return ReviewPage(reviews=page, next_after=page[-1].receipt.visit if len(page) == limit else None)

    @router.post(
        "/api/v1/receipts/{visit}/review",
        summary="Confirm, correct or refund a receipt",
        description="Answers 200 with `accepted` true or false, and words for the person. What is due by it (a further charge, or a refund "
        "below 0) goes to the cloud with the decision. `stale`: somebody else has decided meanwhile; read the receipt again.",
    )
    async def review(
        request: Request, visit: Annotated[str, PathParameter(pattern=NAME, description="Full visit id.")], body: ReviewBody
    ) -> ReviewResult:
        order = ReviewOrder(
            revision=body.revision,
            decision=body.decision,
            lines=tuple(Wanted(line.gtin, line.quantity) for line in body.lines),
            by=who(request).name,
            reason=body.reason,
        )
        try:
            async with asyncio.timeout(settings.answer_within_s):
                result = await front.review(visit, order)
        except TimeoutError:
            raise Problem(
                504,
                "no_decision",
                "The store has not decided in time",
                "Read the receipt before you try again: the decision may still take effect.",
            ) from None
        if result is None:
            raise Problem(404, "no_receipt", "There is no such receipt", "Take a full visit id from /api/v1/receipts.")
        return result

    return router
