"""The commissioning wizard as the web room asks for it and shows it: a port of few verbs that the runtime keeps. Types only.

A *step* is one thing to be commissioned, done for the store, a line, a plate or a door; a *procedure* is a step being done. What comes out
is put into a draft, which changes nothing until somebody writes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from edge.web.bench_doors import GoldenView, LockView
from edge.web.changing import ChangeResult

MeasuringStep: TypeAlias = Literal["ports", "scan", "plates", "doors", "calibrate", "leaks", "knock"]
UnlockingStep: TypeAlias = Literal["lock", "golden"]
"""Steps that let the technician in: they ask for the password."""

Step: TypeAlias = Literal[MeasuringStep, UnlockingStep]
Per: TypeAlias = Literal["store", "bus", "plate", "door"]
"""What a step is done for, each on its own."""

Figure: TypeAlias = int | float | str
Outcome: TypeAlias = Literal["open", "passed", "failed"]
ProcedureState: TypeAlias = Literal["running", "passed", "failed", "cancelled"]
Blocked: TypeAlias = Literal["", "somebody_inside", "in_service"]
"""Why no procedure may run now; "" where one may."""

Ended: TypeAlias = Literal["left", "page_lost", "back_in_service", "somebody_inside", "stopped"]
"""Why the wizard ended: somebody left it; nobody looked any more; somebody else returned the cabinet to service; a shopper is inside; the
controller stopped."""

PortState: TypeAlias = Literal["used", "held", "free", "denied", "missing"]
Verdict: TypeAlias = Literal["configured", "other", "unknown", "silent", "unclear", "unfit"]
"""``configured``: as the store file says. ``other``: answers at a configured address as something else. ``unknown``: answers, and is not in
the store file. ``silent``: is in it, and does not answer. ``unclear``: something answers that nobody can read. ``unfit``: answers, and must
not be used as it is set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchResult:
    """What became of a wish. ``code`` is stable, ``words`` are for the person."""

    accepted: bool
    code: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectView:
    """One line, plate or door of a step, "" for the store: how the step came out for it last, when (Unix seconds) and by whom."""

    subject: str
    outcome: Outcome = "open"
    at_unix_s: float | None = None
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """One step and what it was done for."""

    step: Step
    per: Per
    subjects: tuple[SubjectView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """Somebody commissions since ``since_s`` (monotonic). ``blocked``: a procedure cannot run now, because of this; "" where one can."""

    by: str
    since_s: float
    blocked: Blocked


@dataclass(frozen=True, slots=True, kw_only=True)
class EndView:
    """How the last session ended, and whether it left the cabinet out of service."""

    why: Ended
    by: str
    at_s: float
    out_of_service: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidView:
    """One thing that a procedure tells: a code of :data:`devices.commissioning.said.SAYINGS` with figures named by their units."""

    code: str
    figures: Mapping[str, Figure] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubleView:
    """Why a procedure came to nothing and what to do, in words too for those who do not know the code."""

    code: str
    words: str
    advice: str
    figures: Mapping[str, Figure] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PortView:
    """One serial port of this machine, or a port that a bus names. ``names``: stable ones first. ``holders``: who has it open."""

    url: str
    names: tuple[str, ...]
    description: str
    bus: str | None
    state: PortState
    holders: tuple[str, ...] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedView:
    """What a search found at one address, or missed. ``address`` None: the protocol has none. ``device``: its name in the store file.
    ``fits``: every product that it answers as, the likeliest first. ``new_name``: a free name for it where it is not in the store file."""

    verdict: Verdict
    bus: str
    baud: int
    address: int | None
    device: str | None
    driver: str
    product: str
    title: str
    serial: str | None
    firmware: str | None
    fits: tuple[str, ...]
    words: str
    new_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PressedView:
    """The channel that moved under a plate. ``same``: it is the one that the store file names. ``holds``: another plate that it belongs to
    there."""

    plate: str
    device: str
    channel: int
    peak_g: float
    same: bool
    holds: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SensedView:
    """One input that followed a door, what it is taken for, and its level while the door was open."""

    device: str
    index: int
    use: Literal["contact", "bolt"]
    open_level: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorInputsView:
    """What watches a door. ``same``: as the store file says."""

    door: str
    inputs: tuple[SensedView, ...]
    same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadView:
    """A known mass, what the scale showed of it, and what the factor leaves over."""

    mass_g: float
    shown_g: float
    sd_g: float
    left_g: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationView:
    """What the loads on a plate say; ``before``: the factor that holds now."""

    plate: str
    factor: float
    before: float
    linearity_g: float
    repeat_g: float
    zero_g: float
    zeroed: bool
    loads: tuple[LoadView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakView:
    """Shares of a load on ``plate`` that the others show."""

    plate: str
    shares: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnockView:
    """How a plate rings. ``average_s``: the moving average that cancels it."""

    plate: str
    hertz: float
    damping: float
    quiet_after_s: float
    rate_hz: float
    average_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundView:
    """What a procedure has found, as far as it has come: each part belongs to one step."""

    ports: tuple[PortView, ...] = ()
    scanned: tuple[ScannedView, ...] = ()
    pressed: PressedView | None = None
    sensed: DoorInputsView | None = None
    calibration: CalibrationView | None = None
    leaks: tuple[LeakView, ...] = ()
    knock: KnockView | None = None
    lock: LockView | None = None
    golden: GoldenView | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcedureView:
    """The procedure that runs, or ran last. ``progress``: 0 to 1 where it can be told. ``log``: what it told, oldest first; the
    newest is what to do now."""

    number: int
    step: Step
    subject: str
    by: str
    since_s: float
    state: ProcedureState
    progress: float | None
    log: tuple[SaidView, ...]
    trouble: TroubleView | None
    found: FoundView


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftView:
    """One value that would be changed. ``before``/``after`` as the store file would write them, "" where there is none."""

    section: str
    name: str
    key: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelView:
    """One weight channel now, as its scale shows it; None: nothing was read lately."""

    device: str
    channel: int
    plate: str | None
    grams: float | None
    quality: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InputView:
    """One input now, as the wire is, and what the store file uses it for ("" for nothing)."""

    device: str
    index: int
    on: bool | None
    use: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """One line of the store file: what speaks on it, and whether its port is open."""

    bus: str
    url: str
    baud: int
    wire: str
    connected: bool
    devices: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceView:
    """The newest weights of one plate or channel: seconds before now (rising to 0) and grams."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchView:
    """Everything that the page shows, at one moment. ``wires``: protocols that a free port can be searched for. ``restart_needed``: what
    was written holds only from the next start on."""

    at_s: float
    session: SessionView | None
    ended: EndView | None
    steps: tuple[StepView, ...]
    procedure: ProcedureView | None
    draft: tuple[DraftView, ...]
    restart_needed: bool
    lines: tuple[LineView, ...]
    channels: tuple[ChannelView, ...]
    inputs: tuple[InputView, ...]
    traces: tuple[TraceView, ...]
    wires: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow:
    """One line of the commissioning record. ``vouched``: somebody vouched for the clock. ``code``: of the trouble where it failed."""

    number: int
    at_unix_s: float
    vouched: bool
    by: str
    step: str
    subject: str
    outcome: str
    words: str
    code: str
    figures: Mapping[str, Figure]
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOrder:
    """How a step is to be done. ``subject``: the line, plate or door. ``rated_g``: makes a plate of this name that is not there yet.
    ``masses_g``, ``repeats``, ``zero``: for calibrating; the first mass also for cross-talk. ``plates``: which to load for cross-talk
    (none: all). ``first``/``last``: addresses. ``url``, ``bauds``, ``parity``, ``wires``: of a port that no bus uses, without a subject."""

    step: Step
    subject: str = ""
    rated_g: float | None = None
    masses_g: tuple[float, ...] = ()
    repeats: int = 1
    zero: bool = False
    plates: tuple[str, ...] = ()
    first: int = 1
    last: int = 32
    url: str = ""
    bauds: tuple[int, ...] = ()
    parity: Literal["none", "even", "odd"] = "none"
    wires: tuple[str, ...] = ()


class CommissioningBench(Protocol):
    """Kept by the runtime. Whoever looks keeps the session alive."""

    def look(self) -> BenchView:
        """How things are. Cheap: no I/O."""
        ...

    async def begin(self, by: str) -> BenchResult:
        """Take the cabinet out of service and hear every board from now on. Returned: the fact is in the journal."""
        ...

    async def leave(self, by: str, *, back_in_service: bool) -> BenchResult:
        """End the session and what runs in it; the cabinet stays out of service unless it is wanted back."""
        ...

    async def start(self, order: StepOrder, by: str) -> BenchResult:
        """Begin a procedure. Returned: it runs, or was refused."""
        ...

    async def cancel(self, by: str) -> BenchResult:
        """End the procedure that runs; nothing of it is kept."""
        ...

    async def adopt(self, number: int, by: str) -> BenchResult:
        """Put device ``number`` (from 0) of the last search into the draft."""
        ...

    async def drop(self, section: str, name: str, by: str) -> BenchResult:
        """Take what would be changed of one plate, door or device out of the draft; everything for empty names."""
        ...

    async def write(self, by: str, reason: str, *, check: bool) -> ChangeResult:
        """Write the draft, or only say what would be wrong with it."""
        ...

    async def record(self, limit: int) -> Sequence[RecordRow]:
        """The commissioning record, newest first."""
        ...
