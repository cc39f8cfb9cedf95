"""What one day of a store brought, summed up from its receipts. Pure: frozen values, no I/O.

A visit belongs to the day on which its receipt was issued, and so does whatever is decided about it later: the sums of a day are what
holds of its visits now. ``*_minor`` are minor units of the store's currency, ``*_unix_s`` seconds of wall-clock time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import chain

from edge.session.receipt import ReceiptLine
from edge.session.revision import RevisedLine
from edge.snapshot import ReceiptRecord

HOUR_S = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class HourSums:
    """One hour of the day, from ``from_unix_s``. ``visits`` and ``takings_minor`` as in :class:`DaySums`."""

    from_unix_s: float
    visits: int
    takings_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductSums:
    """What was sold of one product: units and money of the lines that hold on billed receipts."""

    gtin: str
    name: str
    units: int
    takings_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySums:
    """``day``: the calendar day where the store stands, from ``from_unix_s`` until ``until_unix_s``: 23 to 25 hours.

    ``visits`` have a receipt, of which ``receipts`` are billed, ``reviews`` wait for a person, and ``nothing`` came to nothing.
    ``takings_minor``: what is billed, after refunds; ``refunds_minor``: what people gave back of it; ``review_minor``: what waits.
    """

    day: date
    from_unix_s: float
    until_unix_s: float
    currency: str
    visits: int
    receipts: int
    reviews: int
    nothing: int
    takings_minor: int
    refunds_minor: int
    review_minor: int
    hours: tuple[HourSums, ...]
    products: tuple[ProductSums, ...]


def span_of(day: date, zone: tzinfo | None) -> tuple[float, float]:
    """First moment of ``day`` and of the day after it. ``zone`` None: the system's."""
    first, after = (datetime.combine(each, time(), zone).timestamp() for each in (day, day + timedelta(days=1)))
    return first, after


def day_sums(records: Iterable[ReceiptRecord], day: date, zone: tzinfo | None, currency: str) -> DaySums:
    """The sums of ``day``. Receipts of other days, and those whose time nobody knows, do not count."""
    first, after = span_of(day, zone)
    of_day = [record for record in records if record.issued_unix_s is not None and first <= record.issued_unix_s < after]
    billed = [record for record in of_day if record.outcome == "billed"]
    waiting = [record for record in of_day if record.outcome == "review"]
    due = [one.revision.due_minor for record in of_day for one in record.revisions]
    return DaySums(
        day=day,
        from_unix_s=first,
        until_unix_s=after,
        currency=currency,
        visits=len(of_day),
        receipts=len(billed),
        reviews=len(waiting),
        nothing=len(of_day) - len(billed) - len(waiting),
        takings_minor=_total(billed),
        refunds_minor=-sum(minor for minor in due if minor < 0),
        review_minor=_total(waiting),
        hours=tuple(_hour(of_day, start, min(start + HOUR_S, after)) for start in _hours(first, after)),
        products=_products(billed),
    )


def _hours(first: float, after: float) -> Iterable[float]:
    start = first
    while start < after:
        yield start
        start += HOUR_S


def _hour(records: Sequence[ReceiptRecord], start: float, end: float) -> HourSums:
    inside = [record for record in records if record.issued_unix_s is not None and start <= record.issued_unix_s < end]
    return HourSums(from_unix_s=start, visits=len(inside), takings_minor=_total(one for one in inside if one.outcome == "billed"))


def _total(records: Iterable[ReceiptRecord]) -> int:
    return sum(one.revisions[-1].revision.total_minor if one.revisions else one.receipt.total_minor for one in records)


def _products(records: Iterable[ReceiptRecord]) -> tuple[ProductSums, ...]:
    """What brought most comes first."""
    found: dict[str, ProductSums] = {}
    for line in chain.from_iterable(map(_lines, records)):
        before = found.get(line.gtin)
        units, minor = (0, 0) if before is None else (before.units, before.takings_minor)
        found[line.gtin] = ProductSums(gtin=line.gtin, name=line.name, units=units + line.quantity, takings_minor=minor + line.total_minor)
    return tuple(sorted(found.values(), key=lambda one: (-one.takings_minor, one.gtin)))


def _lines(record: ReceiptRecord) -> Sequence[ReceiptLine | RevisedLine]:
    """Those that hold now."""
    return record.revisions[-1].revision.lines if record.revisions else record.receipt.lines
