"""What ``step`` asks the world to do: imperative, closed, executed by the runtime after the fact that caused it is on disk. Pure.

``IssueReceipt``, ``ReviseReceipt``, ``EndVisit``, ``ReportDoor``, ``ReportStock``, ``RaiseAlarm``, ``ClearAlarm`` and ``RecordAudit``
become wire messages in the same transaction as their fact; ``PulseLock``, ``SettlePlates`` and ``AskCloud`` are executed afterwards, and
their outcome comes back as a fact. ``WatchVisit`` and ``VisitOver`` are wishes that the eye is told if it is there; it answers with what it
sees. ``Enrol``, ``EndEnrolment``, ``Forget`` and ``GoBack`` are wishes about what it knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from cloud_bridge.facts import Role
from edge.basket.recount import Recount
from edge.basket.stock import StockChange
from edge.session.facts import Source
from edge.session.receipt import Evidence, Outcome, Receipt
from edge.session.revision import Revision
from vision.wire import EndEnrolment, Enrol, Forget, GoBack, VisitOver, WatchVisit


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseLock:
    """Send one device-timed pulse, unless ``expires_ns`` has passed. ``token`` (the visit id) comes back in Unlocked/UnlockFailed."""

    door: str
    token: str
    pulse_s: float
    expires_ns: int
    kind: Literal["pulse_lock"] = "pulse_lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlePlates:
    """Ask the weighing stage for ``PlatesQuiet(after_ns)``."""

    after_ns: int
    kind: Literal["settle_plates"] = "settle_plates"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskCloud:
    """Ask the far end about a credential; the answer is ``EntryAnswered``, silence is the state's own time-out."""

    visit: str
    source: Source
    digest: str
    pass_id: str | None
    expires_ns: int
    kind: Literal["ask_cloud"] = "ask_cloud"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueReceipt:
    """The visit's one receipt; final means: charge it."""

    receipt: Receipt
    opened_ns: int
    closed_ns: int
    kind: Literal["issue_receipt"] = "issue_receipt"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviseReceipt:
    """A person's decision about a receipt: charge or refund what is due by it."""

    revision: Revision
    kind: Literal["revise_receipt"] = "revise_receipt"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndVisit:
    """The visit is over with this outcome. Exactly one per admitted visit. ``reason`` explains outcomes without a receipt."""

    visit: str
    holder: str
    role: Role
    outcome: Outcome
    reason: str
    kind: Literal["end_visit"] = "end_visit"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDoor:
    """What a door did. ``visit`` None: nobody was admitted."""

    door: str
    event: Literal["unlocked", "opened", "closed", "secured", "held_open", "forced", "relock_fault"]
    visit: str | None
    kind: Literal["report_door"] = "report_door"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportStock:
    """What the shelves hold now. ``cause``: a sale, a restock visit, or an unexplained difference between visits.

    ``counted``: every facing after a staff visit, empty otherwise.
    """

    cause: Literal["sale", "restock", "reconciliation"]
    visit: str | None
    changes: tuple[StockChange, ...]
    unexplained: tuple[Evidence, ...]
    counted: tuple[Recount, ...] = ()
    kind: Literal["report_stock"] = "report_stock"


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseAlarm:
    """A fault of the table in :mod:`edge.session.faults` begins, about ``subject`` (a door, plate, device or the store)."""

    code: str
    subject: str
    detail: str
    kind: Literal["raise_alarm"] = "raise_alarm"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearAlarm:
    """That fault is over."""

    code: str
    subject: str
    kind: Literal["clear_alarm"] = "clear_alarm"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAudit:
    """Something a later reader must be able to find: refused entries, staff visits, service actions."""

    action: str
    by: str
    detail: str
    kind: Literal["record_audit"] = "record_audit"


Command: TypeAlias = (
    PulseLock
    | SettlePlates
    | AskCloud
    | IssueReceipt
    | ReviseReceipt
    | EndVisit
    | ReportDoor
    | ReportStock
    | RaiseAlarm
    | ClearAlarm
    | RecordAudit
    | WatchVisit
    | VisitOver
    | Enrol
    | EndEnrolment
    | Forget
    | GoBack
)
