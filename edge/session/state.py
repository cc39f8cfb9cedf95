"""What the store knows between two facts: the one value that ``step`` takes and gives. Pure; plain frozen values, no rules.

The journal keeps it as JSON and reads it back exactly. It stays bounded: receipts and passes that cannot matter any more are dropped.
Times are CLOCK_MONOTONIC nanoseconds of the present boot, except where a name says Unix seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Final, Literal, TypeAlias, assert_never

from pydantic import Field

from cloud_bridge.facts import Role
from edge.basket.hypothesis import Belief
from edge.basket.planogram_proposal import ProposedFacing
from edge.basket.recount import Recount
from edge.basket.sight import Movement
from edge.basket.stock import Stock
from edge.basket.stray import StrayLoad
from edge.basket.unit_weights import UnitWeight
from edge.session.details import Said
from edge.session.enrolment_state import Enrolment, EnrolmentAnswer
from edge.session.eye_state import EyeState, Look
from edge.session.facts import EntryRequested, Source
from edge.session.receipt import Outcome, Receipt
from edge.session.settings import EntrySettings, VisitSettings
from edge.store.model import StoreModel

KEPT_RESULTS: Final = 5  # results that screens still ask for; the journal and the outbox keep them all


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorState:
    """What the sensors of one door said last. ``open``/``secured`` None: unknown, or no such sensor (``secured`` without bolt sensor).

    ``lost``: the device behind the door does not answer, so the values are the last known ones and prove nothing.
    """

    door: str
    has_bolt: bool
    open: bool | None = None
    secured: bool | None = None
    lost: bool = False

    @property
    def proven_shut(self) -> bool:
        """Sensors that answer say: closed, and the bolt (where there is a sensor) holds."""
        return not self.lost and self.open is False and (self.secured is True or not self.has_bolt)

    @property
    def proven_closed(self) -> bool:
        """A contact that answers says closed; nothing is said about the bolt."""
        return not self.lost and self.open is False


@dataclass(frozen=True, slots=True)
class Placing:
    """What a hand has just set down, piece by piece (negative: taken away), the last piece at ``at_ns``: in ``moves`` movements, of which
    ``squares_g2`` is the sum of the squares, in g²."""

    grams: float
    sd_g: float
    at_ns: int
    moves: int = 1
    squares_g2: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateState:
    """One plate. ``grams`` is the last stable absolute weight (None: never weighed), kept across restarts.

    ``measured``: that weight was taken since the controller started and since the plate was last lost. ``placing`` None: nothing was moved
    since then, or it has been counted.
    """

    plate: str
    device: str
    grams: float | None = None
    sd_g: float = 0.0
    measured: bool = False
    moving: bool = False
    lost: bool = False
    faulted: bool = False
    placing: Placing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Somebody who may have access to the shelves, from the grant to the outcome. Carries the shop as it was when it began, with the unit
    weights learned until then.

    ``credential``: pass id or card digest, by which a second reading of the same code is recognised. ``pulse_until_ns``: no pulse of it
    is sent later. ``decided_offline``: counts against the offline risk budget. ``unattended``: nobody was let in, a door opened by itself
    or by force. ``released``/``opened``: doors whose bolt let go, whose contact opened. ``answered``/``failed``: doors whose unlock got
    its answer, a bad one. ``unweighed``: plates whose weight was not known at the grant; what they show later may be older than the
    visit. ``changed``: some weight changed. ``doubts``: review reasons collected on the way. ``movements`` and ``looks``: what the plates
    and the cameras told, as far as one may still explain the other; ``unseen``: plates that were out of the cameras' sight at some time.
    """

    visit: str
    holder: str
    role: Role
    credential: str
    pass_id: str | None
    limit_minor: int | None
    doors: tuple[str, ...]
    store: StoreModel
    belief: Belief
    granted_ns: int
    pulse_until_ns: int
    decided_offline: bool = False
    unattended: bool = False
    opened_ns: int | None = None
    closed_ns: int | None = None
    released: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    unweighed: tuple[str, ...] = ()
    changed: bool = False
    doubts: tuple[str, ...] = ()
    movements: tuple[Movement, ...] = ()
    looks: tuple[Look, ...] = ()
    unseen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """Nobody is shopping."""

    kind: Literal["idle"] = "idle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorising:
    """The cloud has been asked about ``request``. ``may_decide_alone``: at the deadline the store judges the pass itself."""

    request: EntryRequested
    answer_by_ns: int
    may_decide_alone: bool
    kind: Literal["authorising"] = "authorising"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlocking:
    """The pulse has been ordered, no sensor has moved yet."""

    visit: Visit
    confirm_by_ns: int
    kind: Literal["unlocking"] = "unlocking"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingOpen:
    """The door may be opened. ``overdue`` 0: in time; 1: too late, the bolt is given time to hold again; 2: it did not, alarm raised."""

    visit: Visit
    until_ns: int
    overdue: Literal[0, 1, 2] = 0
    kind: Literal["waiting_open"] = "waiting_open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A door is open. ``held_by_ns`` None: the held-open alarm has been raised. ``end_by_ns``: the visit ends there, open or not."""

    visit: Visit
    held_by_ns: int | None
    end_by_ns: int
    kind: Literal["open"] = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """Every door is closed, some bolt does not hold yet; the plates are settling meanwhile."""

    visit: Visit
    asked_ns: int
    relock_by_ns: int
    settle_by_ns: int
    quiet: bool = False
    kind: Literal["closed"] = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """Nothing can be taken any more (or the visit was ended where it was): waiting for the last word of the plates, and then until
    ``look_by_ns`` for that of the eye (None: not for it)."""

    visit: Visit
    asked_ns: int
    settle_by_ns: int
    quiet: bool = False
    look_by_ns: int | None = None
    kind: Literal["settling"] = "settling"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a visit ended. ``receipt`` where it has one; ``reason`` is a code where it has none."""

    visit: str
    role: Role
    credential: str
    outcome: Outcome
    reason: str
    receipt: Receipt | None
    ended_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowingReceipt:
    """The result is on the screen until ``until_ns``."""

    result: Result
    until_ns: int
    kind: Literal["showing_receipt"] = "showing_receipt"


Phase: TypeAlias = Annotated[
    Idle | Authorising | Unlocking | WaitingOpen | Open | Closed | Settling | ShowingReceipt, Field(discriminator="kind")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A fault of :mod:`edge.session.faults` that is present, or latched until somebody acknowledges it. ``said``: its detail by code."""

    code: str
    subject: str
    since_ns: int
    detail: str
    said: Said | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Autonomy:
    """What the store has done on its own since it lost the cloud. ``lost_since_ns`` None: the cloud has not been reported lost."""

    lost_since_ns: int | None = None
    visits: int = 0
    minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedPass:
    """A pass that opened the door; remembered until it expires (Unix seconds), so that it opens it once."""

    pass_id: str
    expires_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The last entry refused: what the person at the door reads. ``times``: how often in a row for this reason and credential."""

    visit: str
    source: Source
    credential: str
    code: str
    text: str
    at_ns: int
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceCount:
    """What became of the last count of pieces: ``code`` of :data:`edge.session.weights.COUNT_WORDS`, grams per piece as weighed (0: not
    weighed) and as learned (0: nothing is)."""

    at_ns: int
    plate: str
    gtin: str
    units: int
    code: str
    each_g: float
    learned_g: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRevision:
    """The last decision about one receipt, and the number of the fact that made it."""

    visit: str
    revision: int
    fact_no: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewResult:
    """What became of the last decision about a receipt: ``code`` of :data:`edge.session.review.REVIEW_WORDS`, and the revision that holds
    now, as far as the decision knew. ``due_minor``: a further charge above 0, a refund below."""

    review: str
    visit: str
    revision: int
    code: str
    total_minor: int = 0
    due_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RecountReport:
    """What the last staff visit left on the shelves, facing by facing."""

    visit: str
    at_ns: int
    rows: tuple[Recount, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """Facts that meant nothing where they came: how many, and the last one with the reason."""

    count: int = 0
    kind: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreState:
    """Everything. ``now_ns`` is the latest time any fact carried in this boot; ``boot``/``version`` are the running controller's.

    ``known_unix_s``: the wall time of the last presentation under a trusted clock, Unix seconds. ``store`` has the catalogue's weights,
    ``unit_weights`` what the plates say of them; ``suspected_weights`` what unexplained changes would say, which only raises an alarm.
    ``proposal``: facings that a restocker has laid out and the planogram does not have. ``revisions``: every receipt that was decided on by
    a fact after number ``revisions_since``. ``enrolments``: products that people teach the eye; fact ``enrolments_no`` is the last that
    touched them.
    """

    fact_no: int = 0
    now_ns: int = 0
    boot: str = ""
    version: str = ""
    store: StoreModel | None = None
    visit_rules: VisitSettings = field(default_factory=VisitSettings)
    entry_rules: EntrySettings = field(default_factory=EntrySettings)
    phase: Phase = field(default_factory=Idle)
    phase_since_ns: int = 0
    doors: tuple[DoorState, ...] = ()
    plates: tuple[PlateState, ...] = ()
    stock: Stock = field(default_factory=Stock)
    stray: tuple[StrayLoad, ...] = ()
    unit_weights: tuple[UnitWeight, ...] = ()
    suspected_weights: tuple[UnitWeight, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    autonomy: Autonomy = field(default_factory=Autonomy)
    used: tuple[UsedPass, ...] = ()
    known_unix_s: int = 0
    unlock_failures: int = 0
    results: tuple[Result, ...] = ()
    last_refusal: Refusal | None = None
    last_count: PieceCount | None = None
    last_recount: RecountReport | None = None
    revisions: tuple[KnownRevision, ...] = ()
    revisions_since: int = 0
    last_review: ReviewResult | None = None
    proposal: tuple[ProposedFacing, ...] = ()
    change_no: int = 0
    access_told: str = ""
    access_no: int = 0
    eye: EyeState = field(default_factory=EyeState)
    enrolments: tuple[Enrolment, ...] = ()
    enrolments_no: int = 0
    enrolment_answer: EnrolmentAnswer | None = None
    ignored: Ignored = field(default_factory=Ignored)


def initial() -> StoreState:
    """Before the first fact: no shop, nobody in it."""
    return StoreState()


def visit_of(phase: Phase) -> Visit | None:
    """The visit that has, or may have, access to the shelves in this phase."""
    match phase:
        case Unlocking() | WaitingOpen() | Open() | Closed() | Settling():
            return phase.visit
        case Idle() | Authorising() | ShowingReceipt():
            return None
        case _:
            assert_never(phase)


def next_deadline_ns(state: StoreState) -> int | None:
    """When ``TimerElapsed`` must come, None while nothing waits for time. Every such fact moves the deadline on or takes it away."""
    match state.phase:
        case Idle():
            return None
        case Authorising(answer_by_ns=by) | Unlocking(confirm_by_ns=by) | WaitingOpen(until_ns=by) | ShowingReceipt(until_ns=by):
            return by
        case Open(held_by_ns=held, end_by_ns=end):
            return end if held is None else min(held, end)
        case Closed(relock_by_ns=relock, settle_by_ns=_):
            return relock
        case Settling(settle_by_ns=by, look_by_ns=look):
            return by if look is None else min(by, look)
        case _:
            assert_never(state.phase)
