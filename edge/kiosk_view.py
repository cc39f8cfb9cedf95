"""What the shopper's screen is told of the store: the running visit, its receipt for a while, and nothing of anybody else. Pure.

The screen stands in a public place, so it gets no name of a shopper, no earlier receipt, no stock, no device and no alarm. Units and times
as in :mod:`edge.snapshot`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from cloud_bridge.facts import Role
from edge.session.receipt import Status
from edge.snapshot import BasketRow, Hint, Phase, ReceiptRow, StoreSnapshot, VisitView

RECEIPT_S: Final = 45.0  # s; a receipt is told until it is read, also after the cabinet is free again
FRESH_S: Final = 5.0  # s; how much older than its phase a receipt may be whose visit was not seen
SAME_S: Final = 0.5  # s; two times of one fact


@dataclass(frozen=True, slots=True, kw_only=True)
class KioskLine:
    """One product in the basket or on the receipt."""

    gtin: str
    name: str
    quantity: int
    total_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KioskVisit:
    """The visit that is under way. ``opened``: its door has been. ``forced``: nobody was let in, the door was opened all the same."""

    visit: str
    role: Role
    since_s: float
    opened: bool
    forced: bool
    lines: tuple[KioskLine, ...]
    total_minor: int
    limit_minor: int | None
    hints: tuple[Hint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KioskReceipt:
    """The receipt of the visit that has just ended. ``short``: what its shopper names to contest it."""

    visit: str
    short: str
    status: Status
    lines: tuple[KioskLine, ...]
    total_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KioskRefusal:
    """The last entry that was refused: stable code and the store's own words."""

    code: str
    words: str
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KioskCode:
    """The code to scan for entering: the modules of a QR code without its quiet zone, rows of ``0`` and ``1`` (dark), top to bottom."""

    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KioskSnapshot:
    """The store at one moment, as its shopper's screen sees it.

    ``closed_by``: codes of the faults that keep everybody out. ``shut``: every door is closed and locked. ``cloud_reachable``: the far end
    was heard lately. ``contact``: whom to ask for help, "" where nobody is named. ``code``: None where nobody may enter now, or not by it.
    """

    at_s: float
    version: str
    name: str
    currency: str
    phase: Phase
    since_s: float
    until_s: float | None
    closed_by: tuple[str, ...]
    shut: bool
    visit: KioskVisit | None
    refusal: KioskRefusal | None
    receipt: KioskReceipt | None
    cloud_reachable: bool
    contact: str = ""
    code: KioskCode | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LastVisit:
    """The last visit that ran while somebody looked. ``ended_s`` None: it still runs."""

    visit: str
    forced: bool
    ended_s: float | None = None


def last_visit(before: LastVisit | None, snapshot: StoreSnapshot) -> LastVisit | None:
    """``before``, and what is known after one more snapshot."""
    visit = snapshot.visit
    if visit is None:
        return before if before is None or before.ended_s is not None else replace(before, ended_s=snapshot.cabinet.since_s)
    forced = _forced(snapshot, visit) or (before is not None and before.visit == visit.visit and before.forced)
    return LastVisit(visit=visit.visit, forced=forced)


def takes_code(snapshot: StoreSnapshot) -> bool:
    """Whether somebody may enter now by the code on the screen: the cloud has to hear of it and to be heard."""
    return snapshot.cabinet.may_enter and snapshot.cloud.condition == "connected"


def kiosk_snapshot(snapshot: StoreSnapshot, last: LastVisit | None, code: KioskCode | None = None) -> KioskSnapshot:
    """The narrow view of one snapshot. ``last``: as ``last_visit`` gives it for this snapshot."""
    cabinet, visit, refusal = snapshot.cabinet, snapshot.visit, snapshot.refusal
    return KioskSnapshot(
        at_s=snapshot.at_s,
        version=snapshot.controller.version,
        name=snapshot.name,
        currency=snapshot.currency,
        phase=cabinet.phase,
        since_s=cabinet.since_s,
        until_s=cabinet.until_s,
        closed_by=tuple(reason.code for reason in cabinet.reasons),
        shut=bool(snapshot.doors) and all(door.open is False and door.secured is True for door in snapshot.doors),
        visit=None
        if visit is None
        else KioskVisit(
            visit=visit.visit,
            role=visit.role,
            since_s=visit.since_s,
            opened=visit.nothing_probability is not None,
            forced=_forced(snapshot, visit),
            lines=_lines(visit.lines),
            total_minor=visit.total_minor,
            limit_minor=visit.limit_minor,
            hints=visit.hints,
        ),
        refusal=None if refusal is None else KioskRefusal(code=refusal.code, words=refusal.words, at_s=refusal.at_s),
        receipt=_receipt(snapshot, last),
        cloud_reachable=snapshot.cloud.condition == "connected",
        contact=snapshot.contact,
        code=code,
    )


def _receipt(snapshot: StoreSnapshot, last: LastVisit | None) -> KioskReceipt | None:
    """The receipt of the visit that was seen to end, for as long as it is shown; where none was seen, one that was issued this moment."""
    showing = snapshot.cabinet.phase == "receipt"
    found: ReceiptRow | None = None
    if last is not None:
        if last.ended_s is not None and not last.forced and (showing or snapshot.at_s - last.ended_s < RECEIPT_S):
            found = next((row for row in snapshot.receipts if row.visit == last.visit), None)
    elif showing and snapshot.receipts and snapshot.receipts[0].issued_unix_s is not None:
        issued_s = snapshot.receipts[0].issued_unix_s - (snapshot.at_unix_s - snapshot.at_s)
        if issued_s >= snapshot.cabinet.since_s - FRESH_S:
            found = snapshot.receipts[0]
    if found is None:
        return None
    return KioskReceipt(visit=found.visit, short=found.short, status=found.status, lines=_lines(found.lines), total_minor=found.total_minor)


def _forced(snapshot: StoreSnapshot, visit: VisitView) -> bool:
    """A visit that nobody was let in for began with the alarm about it."""
    begun = (alarm.since_s for alarm in snapshot.alarms if alarm.code == "forced_door")
    return any(since_s is not None and abs(since_s - visit.since_s) < SAME_S for since_s in begun)


def _lines(rows: tuple[BasketRow, ...]) -> tuple[KioskLine, ...]:
    return tuple(KioskLine(gtin=row.gtin, name=row.name, quantity=row.quantity, total_minor=row.total_minor) for row in rows)
