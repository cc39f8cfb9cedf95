"""What the store looks like right now: the one value that pages, kiosks and the live stream read. Pure: frozen values, no I/O.

Filled by the runtime, never changed, never fed back: who wants something done goes through the inbox. Every value turns into JSON
as it stands. Units: ``*_s`` are seconds of CLOCK_MONOTONIC as float (an age is ``at_s - since_s``, so a value that did not change
stays equal from one snapshot to the next), ``*_unix_s`` seconds of wall-clock time, ``*_minor`` minor units of the store's
currency, ``grams``/``*_g`` grams rounded to 0.1 g.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from cloud_bridge.facts import Role
from edge.basket.reading import QuantityShare
from edge.session.details import Reason, Said
from edge.session.eye_state import CameraCondition
from edge.session.receipt import Outcome, Receipt, Status
from edge.session.revision import Decision, Revision
from edge.stock_view import StockView
from vision.facts import Direction

Phase: TypeAlias = Literal[
    "starting",
    "idle",
    "authorising",
    "unlocking",
    "waiting_for_opening",
    "open",
    "held_open",
    "closed",
    "settling",
    "receipt",
    "out_of_service",
]
PlateCondition: TypeAlias = Literal["starting", "stable", "moving", "disturbed", "faulted", "lost"]
DeviceCondition: TypeAlias = Literal["starting", "up", "lost", "misconfigured"]
CloudCondition: TypeAlias = Literal["off", "connecting", "waiting", "connected", "lost"]
"""``off``: no cloud is configured. ``connecting``: no broker. ``waiting``: broker, but no word from the consumer yet.
``connected``: the consumer confirms. ``lost``: no word from it for longer than the setting allows."""

EyeCondition: TypeAlias = Literal["off", "unknown", "open", "lost"]
"""``off``: the store has no cameras. ``unknown``: the eye has not answered yet."""

Severity: TypeAlias = Literal["notice", "warning", "critical"]
ClockSync: TypeAlias = Literal["ntp", "rtc", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CabinetView:
    """The cabinet in one word and one sentence.

    ``words`` tells a shopper what is going on. ``reasons`` tell an operator why the cabinet is out of service (empty otherwise).
    ``until_s`` is the moment this phase ends by itself, None where it waits for a person.
    """

    phase: Phase
    words: str
    since_s: float
    may_enter: bool
    until_s: float | None = None
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorView:
    """One door. ``open``/``secured`` are None while unknown; ``secured`` stays None where there is no bolt sensor.

    ``alarm`` is a short sentence (held open, forced, does not lock), ``fault`` the code of it; both are None when all is well.
    """

    door: str
    open: bool | None
    secured: bool | None
    lost: bool = False
    alarm: str | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentView:
    """One product that belongs on a plate: units the store believes are there, and units when full."""

    gtin: str
    name: str
    price_minor: int
    units: int
    full_units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateView:
    """One weighing plate, live. ``grams`` None: no weight is known. ``quality`` is the last sample's word (ok, noisy, overload, ...).
    ``detail`` says what it has, ``said`` the same by code where there is one."""

    plate: str
    grams: float | None
    quality: str
    condition: PlateCondition
    rated_g: float
    contents: tuple[ContentView, ...] = ()
    detail: str | None = None
    said: Said | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceView:
    """One plate change that speaks for a line. ``at_unix_s`` None: it cannot be placed on the wall clock (another boot, no clock)."""

    plate: str
    grams: float
    at_unix_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GuessView:
    """What a picture may show, by the picture alone; ``gtin`` "": none of the products that the eye named."""

    gtin: str
    name: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SightView:
    """One reach as a camera saw it, with the likeliest guesses first. ``evidence``: the name under which /api/v1/evidence lists its
    pictures, "" where none are kept."""

    camera: str
    plates: tuple[str, ...]
    direction: Direction
    at_unix_s: float | None
    guesses: tuple[GuessView, ...] = ()
    barcode: str | None = None
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlternativeView:
    """What else the changes behind a line may have been."""

    gtin: str
    name: str
    quantity: int
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketRow:
    """One line of the basket as the plates suggest it now; ``probability`` that the quantity is exactly right.

    ``quantities``, ``alternatives``, ``evidence`` and ``pictures`` are told of receipts, not of the running visit.
    """

    gtin: str
    name: str
    quantity: int
    unit_price_minor: int
    total_minor: int
    probability: float
    quantities: tuple[QuantityShare, ...] = ()
    alternatives: tuple[AlternativeView, ...] = ()
    evidence: tuple[EvidenceView, ...] = ()
    pictures: tuple[SightView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """Something the shopper or restocker should do. ``code`` is stable (``misplaced``, ``door_open``, ...), ``words`` are for reading.

    ``product``: the name of what stands on ``plate`` although it belongs on one of ``homes``.
    """

    code: str
    words: str
    plate: str | None = None
    product: str | None = None
    homes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitView:
    """The visit that is under way. ``visit`` is the full id, ``short`` its last characters for a screen. Never the holder's name.

    ``limit_minor`` None: no spending limit. ``nothing_probability``: that nothing was taken, None before the door opened.
    """

    visit: str
    short: str
    role: Role
    since_s: float
    lines: tuple[BasketRow, ...] = ()
    total_minor: int = 0
    limit_minor: int | None = None
    nothing_probability: float | None = None
    hints: tuple[Hint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalView:
    """The last entry that was refused: stable code and the sentence the person at the door reads."""

    code: str
    words: str
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedView:
    """The last decision about a receipt, which holds in place of what the machine believed. ``due_minor``: what is due by it, a refund
    below 0."""

    revision: int
    decision: Decision
    total_minor: int
    due_minor: int
    at_unix_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRow:
    """One recent receipt, short enough for a list. ``issued_unix_s`` None: the clock could not be trusted.

    ``review_words`` says the reasons as a person reads them. ``probability`` that the basket is right as a whole, None where it was not
    told. ``unexplained``: weight that no product explains. ``took_s`` is the time from the door's closing to the receipt, None where
    the closing was not seen. ``notes`` are sentences for information; ``pictures``: what cameras saw that speaks for no line.
    """

    visit: str
    short: str
    status: Status
    total_minor: int
    lines: tuple[BasketRow, ...]
    review_reasons: tuple[str, ...]
    issued_unix_s: float | None
    took_s: float | None
    review_words: tuple[str, ...] = ()
    probability: float | None = None
    unexplained: tuple[EvidenceView, ...] = ()
    notes: tuple[str, ...] = ()
    pictures: tuple[SightView, ...] = ()
    decided: DecidedView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionRecord:
    """One decision of a person about a receipt, as it is kept. ``sent``: the far end confirmed it."""

    revision: Revision
    reviewed_unix_s: float
    sent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRecord:
    """One receipt as the machine issued it, with its evidence, and beside it what people have decided since, first to last.

    ``outcome`` is the present one: a review is over with the first decision. ``sent``: the far end confirmed the receipt.
    """

    receipt: Receipt
    outcome: Outcome
    issued_unix_s: float | None
    took_s: float | None
    sent: bool
    revisions: tuple[RevisionRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudView:
    """The way to the cloud and what waits for it. ``depth``: events not yet confirmed by the far end; ``oldest_since_s``: since when the
    oldest of them waits, None when nothing waits. ``words`` is one sentence for an operator; ``said``: ``last_error`` by code."""

    condition: CloudCondition
    words: str
    depth: int = 0
    oldest_since_s: float | None = None
    stored_total: int = 0
    confirmed_total: int = 0
    last_error: str | None = None
    said: Said | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceView:
    """One configured device: what it is, whether it answers, its last error in words, its counters by name."""

    name: str
    product: str
    condition: DeviceCondition
    bus: str | None = None
    last_error: str | None = None
    counters: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BusView:
    """One serial line. ``busy_fraction``: share of the last window in which bytes or enforced silence occupied the line, 0..1."""

    name: str
    url: str
    connected: bool
    busy_fraction: float | None = None
    counters: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraView:
    """One camera, the plates in its zones, and the last reach it saw, at ``last_s``. ``detail`` says why it is lost, ``said`` the same by
    code."""

    camera: str
    plates: tuple[str, ...]
    condition: CameraCondition
    detail: str = ""
    last: SightView | None = None
    last_s: float | None = None
    said: Said | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EyeView:
    """The eye as a whole. ``words`` is one sentence for an operator; ``products``: how many it knows."""

    condition: EyeCondition = "off"
    words: str = "This store has no cameras."
    model: str = ""
    gallery: str = ""
    products: int = 0
    cameras: tuple[CameraView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmView:
    """One fault that is present: ``words`` say what is wrong with ``subject`` (a door, plate, device, product or the store), ``action``
    what to do, ``detail`` what is known of this case, ``said`` the same by code where there is one.

    ``latched``: it stays until somebody acknowledges it by the service action ``clear_faults``.
    """

    code: str
    subject: str
    severity: Severity
    words: str
    action: str
    since_s: float | None = None
    latched: bool = False
    detail: str = ""
    said: Said | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ControllerView:
    """The controller itself. ``clock_sync``: what the wall clock rests on. ``facts``: facts taken since the journal began.

    ``disk_free_fraction`` of the journal's file system, 0..1.
    """

    version: str
    started_s: float
    boot_id: str
    clock_sync: ClockSync
    journal_bytes: int
    facts: int
    disk_free_fraction: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSnapshot:
    """One store at one moment. Two snapshots that differ only in ``at_s`` and ``at_unix_s`` show the same store.

    ``reviews_open``: provisional receipts that nobody has decided about. ``enrolments_no`` changes with everything that is said about
    products that people teach the eye; what it is, /api/v1/enrolments says. ``contact``: whom a shopper asks for
    help, "" where nobody is named.
    """

    at_s: float
    at_unix_s: float
    tenant: str
    store: str
    name: str
    currency: str
    price_version: str
    cabinet: CabinetView
    doors: tuple[DoorView, ...]
    plates: tuple[PlateView, ...]
    stock: StockView
    visit: VisitView | None
    refusal: RefusalView | None
    receipts: tuple[ReceiptRow, ...]
    cloud: CloudView
    devices: tuple[DeviceView, ...]
    buses: tuple[BusView, ...]
    alarms: tuple[AlarmView, ...]
    controller: ControllerView
    eye: EyeView = field(default_factory=EyeView)
    reviews_open: int = 0
    contact: str = ""
    enrolments_no: int = 0
