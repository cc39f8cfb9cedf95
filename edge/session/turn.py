"""One ``step`` in progress: the state being made and the commands so far. Pure; lives only inside one call of ``step``.

Here are the verbs that every part of the machine shares: move to a phase, order a command, raise and clear alarms, touch one door or
plate, change the running visit. No rule about visits lives here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, assert_never

from edge.session.commands import ClearAlarm, Command, RaiseAlarm, RecordAudit
from edge.session.details import Said, words_of
from edge.session.faults import FAULTS, Fault
from edge.session.state import (
    Alarm,
    Authorising,
    Closed,
    DoorState,
    Idle,
    Ignored,
    Open,
    Phase,
    PlateState,
    Settling,
    ShowingReceipt,
    StoreState,
    Unlocking,
    Visit,
    WaitingOpen,
    visit_of,
)

STORE: Final = "store"  # the subject of a fault that concerns the whole cabinet
MAX_ALARMS: Final = 200  # a cabinet has tens of parts; more subjects than this can only be nonsense, and the state stays bounded
NS: Final = 1_000_000_000


def nanoseconds(seconds: float) -> int:
    """Seconds of a setting as whole nanoseconds."""
    return round(seconds * NS)


class Turn:
    """``state`` is replaced, never changed in place; ``commands`` only grows. ``at_ns`` is the fact's own time."""

    __slots__ = ("at_ns", "commands", "kind", "state")

    def __init__(self, state: StoreState, kind: str, at_ns: int) -> None:
        self.state = state
        self.kind = kind
        self.at_ns = at_ns
        self.commands: list[Command] = []

    @property
    def phase(self) -> Phase:
        return self.state.phase

    @property
    def visit(self) -> Visit | None:
        return visit_of(self.state.phase)

    def after(self, seconds: float) -> int:
        """The deadline ``seconds`` after this fact."""
        return self.at_ns + nanoseconds(seconds)

    def set(self, **changes: Any) -> None:
        """Replace fields of the state."""
        self.state = replace(self.state, **changes)

    def to(self, phase: Phase) -> None:
        """Move to another phase (or the same one with other content)."""
        since = self.state.phase_since_ns if phase.kind == self.state.phase.kind else self.at_ns
        self.state = replace(self.state, phase=phase, phase_since_ns=since)

    def do(self, command: Command) -> None:
        """Order a command."""
        self.commands.append(command)

    def ignore(self, reason: str) -> None:
        """The fact means nothing here; the state counts it and remembers why."""
        self.set(ignored=Ignored(count=self.state.ignored.count + 1, kind=self.kind, reason=reason))

    def audit(self, action: str, by: str, detail: str) -> None:
        self.do(RecordAudit(action=action, by=by, detail=detail))

    # alarms

    def raised(self, code: str, subject: str | None = None) -> bool:
        """Is this fault present (for any subject when None)?"""
        return any(a.code == code and subject in (None, a.subject) for a in self.state.alarms)

    def alarm(self, code: str, subject: str, detail: str = "", said: Said | None = None) -> None:
        """A fault begins; once, until it is cleared. ``detail`` is what ``said`` says where it is left out."""
        if self.raised(code, subject) or len(self.state.alarms) >= MAX_ALARMS:
            return
        detail = words_of(said) if said is not None and not detail else detail
        self.set(alarms=(*self.state.alarms, Alarm(code=code, subject=subject, since_ns=self.at_ns, detail=detail, said=said)))
        self.do(RaiseAlarm(code=code, subject=subject, detail=detail))

    def alarm_now(self, code: str, subject: str, detail: str, said: Said | None = None) -> None:
        """A fault begins, or goes on in another way than it began, which is told on the page and is no second alarm."""
        self.alarm(code, subject, detail, said)
        now = (replace(a, detail=detail, said=said) if (a.code, a.subject) == (code, subject) else a for a in self.state.alarms)
        self.set(alarms=tuple(now))

    def over(self, code: str, subject: str) -> None:
        """The cause of a fault is gone. A latched fault stays until somebody acknowledges it."""
        if not FAULTS[code].latched:
            self.clear(code, subject)

    def clear(self, code: str, subject: str) -> None:
        """A fault ends."""
        if self.raised(code, subject):
            self.set(alarms=tuple(a for a in self.state.alarms if (a.code, a.subject) != (code, subject)))
            self.do(ClearAlarm(code=code, subject=subject))

    # doors and plates

    def door(self, door: str) -> DoorState | None:
        return next((d for d in self.state.doors if d.door == door), None)

    def put_door(self, door: DoorState) -> None:
        self.set(doors=tuple(door if d.door == door.door else d for d in self.state.doors))

    def plate(self, plate: str) -> PlateState | None:
        return next((p for p in self.state.plates if p.plate == plate), None)

    def put_plate(self, plate: PlateState) -> None:
        self.set(plates=tuple(plate if p.plate == plate.plate else p for p in self.state.plates))

    # the running visit

    def put_visit(self, visit: Visit) -> None:
        """Replace the visit inside its phase; nothing happens where no visit runs."""
        phase = self.state.phase
        match phase:
            case Unlocking() | WaitingOpen() | Open() | Closed() | Settling():
                self.state = replace(self.state, phase=replace(phase, visit=visit))
            case Idle() | Authorising() | ShowingReceipt():
                pass
            case _:
                assert_never(phase)

    def doubt(self, reason: str) -> None:
        """The running visit goes to a person, for this reason as well."""
        visit = self.visit
        if visit is not None and reason not in visit.doubts:
            self.put_visit(replace(visit, doubts=(*visit.doubts, reason)))


def closes(state: StoreState, fault: Fault) -> bool:
    """Does this fault, while present, keep new shoppers out?"""
    match fault.effect:
        case "closes":
            return True
        case "as_set":
            return state.visit_rules.lost_plate == "out_of_service"
        case "none" | "review":
            return False
        case _:
            assert_never(fault.effect)


def blocking(state: StoreState) -> tuple[Alarm, ...]:
    """Why the cabinet is out of service: the present faults that close it. Empty: in service."""
    return tuple(a for a in state.alarms if a.code in FAULTS and closes(state, FAULTS[a.code]))


def starting(state: StoreState) -> bool:
    """The sensors have not all reported since the controller started: a door is unknown, or a healthy plate has no weight yet."""
    waits_for_plate = state.visit_rules.lost_plate == "out_of_service"
    return any(not d.lost and (d.open is None or (d.has_bolt and d.secured is None)) for d in state.doors) or (
        waits_for_plate and any(not (p.measured or p.lost or p.faulted) for p in state.plates)
    )
