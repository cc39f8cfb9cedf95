"""The only thing the web room knows of the store: a port of few verbs that the runtime keeps. Types only, no I/O."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, Protocol, TypeAlias

from edge.access.store import AccessStore
from edge.day_sums import DaySums
from edge.figures import StoreMetrics
from edge.session.facts import Source
from edge.session.revision import Decision, Wanted
from edge.snapshot import ReceiptRecord, StoreSnapshot
from edge.web.bench import CommissioningBench
from edge.web.care.front import CareFront
from edge.web.changing import ChangingFront, GoodsFront, RestartResult
from edge.web.enrolment import EnrolmentFront

ServiceAction: TypeAlias = Literal["take_out_of_service", "return_to_service", "clear_faults"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryResult:
    """What became of a presented pass. ``code`` is stable, ``words`` are for the person at the door.

    ``visit`` is set when accepted. ``door`` None: every door of the cabinet.
    """

    accepted: bool
    code: str
    words: str
    visit: str | None = None
    door: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceResult:
    """What became of a service action: accepted, or refused with a stable code and words."""

    accepted: bool
    code: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CountResult:
    """What became of a count of pieces. ``each_g``: grams per piece as just weighed; ``learned_g``: grams per piece that the store believes
    from now on. Both are None where nothing was weighed."""

    accepted: bool
    code: str
    words: str
    each_g: float | None = None
    learned_g: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StocktakeResult:
    """What became of a count by hand: accepted, or refused with a stable code and words."""

    accepted: bool
    code: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewOrder:
    """What a person decides about a receipt. ``revision``: the number that the decision is to have, one more than the last one they saw."""

    revision: int
    decision: Decision
    lines: tuple[Wanted, ...]
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewResult:
    """What became of a decision about a receipt: its total from now on, and what is due by the decision (a refund below 0). Both are None
    where it was refused."""

    accepted: bool
    code: str
    words: str
    revision: int | None = None
    total_minor: int | None = None
    due_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraPicture:
    """Where a camera's newest picture is to be had, as ``StoreFront.picture`` takes it: None while there is none yet. ``version`` changes
    with it."""

    picture: str | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One line of the audit record. ``number`` rises with time; ``by`` is a user, a program, or a shopper's pseudonym."""

    number: int
    at_unix_s: float
    action: str
    by: str
    detail: str


class StoreFront(Protocol):
    """Kept by the runtime; fake-free in tests by any object of this shape."""

    def snapshot(self) -> StoreSnapshot:
        """The store now. Cheap: no I/O."""
        ...

    def subscribe(self) -> AsyncIterator[StoreSnapshot]:
        """Snapshots from now on, the present one first; a slow reader gets the newest and misses those between. Ends when the store
        shuts down. Leaving the loop (``aclose`` or cancellation) must free whatever the subscription holds."""
        ...

    async def present(self, text: str, source: Source, door: str | None) -> EntryResult:
        """Present a pass. Returned: the visit machine has decided, and the decision is in the journal (the unlock has been asked for, not
        proven). Hostile text is refused, never raised."""
        ...

    def entry_code(self) -> str | None:
        """The address behind the code that the shopper's screen shows now, None where there is none. Cheap: no I/O."""
        ...

    async def receipts(self, limit: int, before: str | None) -> Sequence[ReceiptRecord]:
        """At most ``limit`` receipts, newest first, of visits older than visit ``before`` (all when None). Visit ids order by time."""
        ...

    async def receipt(self, visit: str) -> ReceiptRecord | None:
        """The receipt of one visit, None where that visit has none."""
        ...

    async def day(self, wanted: date | None) -> DaySums:
        """What a day of the store brought, None: today. Raises OverflowError or ValueError for a day that no clock can tell."""
        ...

    async def reviews(self, *, still_open: bool, limit: int, after: str | None) -> Sequence[ReceiptRecord]:
        """Receipts that wait for a person, oldest first, or those that one has decided about, newest first; ``after`` goes on in that order
        behind the receipt of this visit."""
        ...

    async def review(self, visit: str, order: ReviewOrder) -> ReviewResult | None:
        """Decide about a receipt. Returned: the decision and what is due by it are in the journal, or it was refused. None: there is no
        receipt of this visit."""
        ...

    async def service(self, action: ServiceAction, by: str, reason: str, *, code: str = "", subject: str = "") -> ServiceResult:
        """Take the cabinet out of service, return it, or acknowledge latched faults: all, or the one of ``code`` and ``subject``. Returned:
        the fact is in the journal, or it was refused because there is no such fault."""
        ...

    async def count(self, plate: str, gtin: str, units: int, by: str) -> CountResult:
        """Say that what was just put on ``plate`` were ``units`` pieces of ``gtin``. Returned: the fact is in the journal."""
        ...

    async def stocktake(self, plate: str, gtin: str, units: int, by: str) -> StocktakeResult:
        """Say that ``units`` of ``gtin`` stand on ``plate``. Returned: the fact is in the journal."""
        ...

    async def evidence(self, name: str) -> Sequence[str]:
        """Names of the pictures kept under the name that a sighting gives; empty where none are (any more). Hostile names have none."""
        ...

    async def picture(self, name: str) -> bytes | None:
        """One JPEG of the evidence, None where there is none of that name."""
        ...

    async def camera_picture(self, camera: str) -> CameraPicture | None:
        """The newest picture of a camera, which goes on to be taken while somebody asks; None for a camera that is not there."""
        ...

    def samples(self) -> AsyncGenerator[Mapping[str, Any]]:
        """Raw weight samples and the visits around them from now on, for a recording: first one object that describes the shop, then
        objects with what is new, every tenth of a second. Leaving it must free whatever it holds."""
        ...

    @property
    def changing(self) -> ChangingFront:
        """How goods and settings are changed."""
        ...

    @property
    def goods(self) -> GoodsFront:
        """What is sold and where it stands."""
        ...

    async def restart(self, by: str, reason: str) -> RestartResult:
        """End the process once nobody is inside; whoever started it starts it again. Returned: the wish is in the journal."""
        ...

    @property
    def enrolment(self) -> EnrolmentFront:
        """How people teach the eye products."""
        ...

    @property
    def bench(self) -> CommissioningBench:
        """How a technician commissions the store."""
        ...

    async def audit(self, *, limit: int, before: int | None, action: str | None, by: str | None) -> Sequence[AuditRow]:
        """The audit record, newest first: lines numbered below ``before``, of this action, of this person."""
        ...

    async def audit_actions(self) -> Sequence[str]:
        """All actions that the audit record has, by name."""
        ...

    @property
    def access(self) -> AccessStore:
        """Who may do what."""
        ...

    @property
    def care(self) -> CareFront:
        """What a technician looks at and does."""
        ...

    def metrics(self) -> StoreMetrics:
        """The figures for /metrics. Cheap: no I/O."""
        ...
