"""The receipt: what a visit ends in. Pure."""

from __future__ import annotations

from collections.abc import Sized
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from edge.basket.evidence import Evidence
from edge.basket.reading import Alternative, QuantityShare
from vision.facts import Direction

__all__ = ["Alternative", "Evidence", "Guess", "Outcome", "PictureEvidence", "QuantityShare", "Receipt", "ReceiptLine", "Status"]

Status: TypeAlias = Literal["final", "provisional"]
Outcome: TypeAlias = Literal["billed", "nothing_taken", "review", "staff", "not_opened", "refused"]
"""How a visit ended. Every shopper's visit whose door opened ends as ``billed``, ``nothing_taken`` or ``review``; ``staff`` is a
restocker's or technician's visit, which never bills; ``not_opened`` and ``refused`` never had an open door."""


def _none(values: Sized) -> bool:
    return not values


@dataclass(frozen=True, slots=True)
class Guess:
    """What a picture shows with ``probability``, were every product as likely as another before; ``gtin`` "": none of those it names."""

    gtin: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureEvidence:
    """One reach as a camera saw it. ``evidence``: name under which its pictures are kept, "" where none are. ``guesses``: likeliest first,
    empty where it could not be said. ``barcode``: a code that was read in sight, as 13 digits."""

    camera: str
    reach: int
    at_ns: int
    plates: tuple[str, ...]
    direction: Direction
    guesses: tuple[Guess, ...]
    barcode: str | None = None
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """``quantity`` units of one product. ``tax_minor`` is contained in ``total_minor``. ``probability`` that this line is exactly right.

    ``quantities``: the likeliest numbers of units, likeliest first. ``alternatives``: what else the same changes may have been, likeliest
    first. Both are empty on receipts of releases that did not tell them. ``pictures``: what cameras saw of it, left out where none did.
    """

    gtin: str
    name: str
    quantity: int
    unit_price_minor: int
    total_minor: int
    tax_bp: int
    tax_minor: int
    probability: float
    evidence: tuple[Evidence, ...]
    quantities: tuple[QuantityShare, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    pictures: Annotated[tuple[PictureEvidence, ...], Field(exclude_if=_none)] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """One per visit. ``final`` is charged; ``provisional`` goes to a person first, ``review_reasons`` say why.

    ``unexplained`` are changes that no product explains: evidence for the person who reviews. ``probability`` that the basket is right as
    a whole; ``issued_ns``: monotonic time of the fact that made it, against which the evidence's times count. Both are None on receipts of
    releases that did not tell them. ``notes``: codes of :data:`edge.session.looks.NOTES`, for information; ``pictures``: what cameras saw
    that speaks for no line. Both are left out where there are none.
    """

    visit: str
    holder: str
    status: Status
    lines: tuple[ReceiptLine, ...]
    currency: str
    total_minor: int
    tax_minor: int
    price_version: str
    review_reasons: tuple[str, ...]
    unexplained: tuple[Evidence, ...]
    probability: float | None = None
    issued_ns: int | None = None
    notes: Annotated[tuple[str, ...], Field(exclude_if=_none)] = ()
    pictures: Annotated[tuple[PictureEvidence, ...], Field(exclude_if=_none)] = ()
