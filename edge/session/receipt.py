"""The receipt: what a visit ends in. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from edge.basket.evidence import Evidence
from edge.basket.reading import Alternative, QuantityShare

__all__ = ["Alternative", "Evidence", "Outcome", "QuantityShare", "Receipt", "ReceiptLine", "Status"]

Status: TypeAlias = Literal["final", "provisional"]
Outcome: TypeAlias = Literal["billed", "nothing_taken", "review", "staff", "not_opened", "refused"]
"""How a visit ended. Every shopper's visit whose door opened ends as ``billed``, ``nothing_taken`` or ``review``; ``staff`` is a
restocker's or technician's visit, which never bills; ``not_opened`` and ``refused`` never had an open door."""


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """``quantity`` units of one product. ``tax_minor`` is contained in ``total_minor``. ``probability`` that this line is exactly right.

    ``quantities``: the likeliest numbers of units, likeliest first. ``alternatives``: what else the same changes may have been, likeliest
    first. Both are empty on receipts of releases that did not tell them.
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


@dataclass(frozen=True, slots=True)
class Receipt:
    """One per visit. ``final`` is charged; ``provisional`` goes to a person first, ``review_reasons`` say why.

    ``unexplained`` are changes that no product explains: evidence for the person who reviews. ``probability`` that the basket is right as
    a whole; ``issued_ns``: monotonic time of the fact that made it, against which the evidence's times count. Both are None on receipts of
    releases that did not tell them.
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
