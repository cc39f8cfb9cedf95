"""A receipt after a person has looked at it: what was decided, and what that does to the money. Pure; plain frozen values, no rules.

A receipt is never changed. Each decision about it is a revision beside it, numbered from 1; the last one is what holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Decision: TypeAlias = Literal["confirmed", "corrected", "refunded"]
"""``confirmed``: what stands on it is right. ``corrected``: these lines are right. ``refunded``: nothing of it is to be paid."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person says was taken: ``quantity`` units of one product."""

    gtin: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Price:
    """What one unit of a product costs in a visit, tax included. ``price_minor`` and ``tax_bp`` as in :class:`edge.store.model.Product`."""

    gtin: str
    name: str
    price_minor: int
    tax_bp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What holds about a receipt before the next decision. ``revision``: number of the last decision, 0 where there is none.

    ``charged_minor``: what the shopper has been charged so far; 0 for a provisional receipt that nobody has decided on. ``lines`` are those
    that hold, ``prices`` those of every product that the receipt or a revision of it has ever named, as the visit has them.
    """

    holder: str
    revision: int
    currency: str
    price_version: str
    total_minor: int
    charged_minor: int
    lines: tuple[Wanted, ...]
    prices: tuple[Price, ...]


@dataclass(frozen=True, slots=True)
class RevisedLine:
    """``quantity`` units of one product. ``tax_minor`` is contained in ``total_minor``."""

    gtin: str
    name: str
    quantity: int
    unit_price_minor: int
    total_minor: int
    tax_bp: int
    tax_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One decision. ``due_minor`` is what moves because of it: a further charge above 0, a refund below, so that all that was ever charged
    for the visit sums up to ``total_minor``. ``previous_total_minor`` is the total it replaces, charged or not. ``review``: UUIDv7 of the
    decision itself."""

    review: str
    visit: str
    holder: str
    revision: int
    decision: Decision
    lines: tuple[RevisedLine, ...]
    currency: str
    total_minor: int
    tax_minor: int
    previous_total_minor: int
    charged_minor: int
    due_minor: int
    price_version: str
    by: str
    reason: str
    reviewed_ns: int
