"""The machine of the visit: ``step(state, fact) -> (state, commands)``. Pure and total: every fact has a meaning in every state.

    idle -> authorising -> unlocking -> waiting for opening -> open -> closed -> settling -> receipt -> idle

The rules, each kept by the module that is named:

- only an entry that is granted orders a pulse, with an expiry; a start of the controller never does (visit, restart);
- a door that opens with nobody let in is forced: an alarm, and a visit of its own that is nobody's bill (doors, visit);
- not opened in time is cancelled only once the doors are proven shut (doors);
- a visit whose door opened ends in exactly one outcome, with at most one receipt, final only without any doubt (settle);
- the eye is heard and never waited for beyond its time; without it a visit goes by weight alone (eye, looks);
- what the eye knows is changed by a person, and never while a shopper is inside (enrolment);
- a weight change belongs to the visit it happened in, otherwise to the stock, never to the next shopper (plates);
- while nobody is inside, a door that is not closed and held is an alarm that keeps new shoppers out (doors.watch);
- a receipt is decided on by one person after the other, and what was charged adds up to the last decision (review);
- nothing keeps anybody inside: a fault only keeps the next one out (faults).
"""

from __future__ import annotations

from typing import assert_never

from cloud_bridge.facts import CloudLost, CloudReachable, EntryAnswered
from devices.facts import (
    BoltReleased,
    BoltSecured,
    DeviceFound,
    DeviceLost,
    DoorClosed,
    DoorOpened,
    DoorSensed,
    PlateDisturbed,
    PlateDrifting,
    PlateFaulted,
    PlateMoving,
    PlateRecovered,
    PlateSettled,
    PlatesMeasured,
    PlatesQuiet,
    Unlocked,
    UnlockFailed,
)
from edge.session import doors, enrolment, entry, eye, plates, restart, review, stocktake, weights
from edge.session import visit as flow
from edge.session.commands import Command
from edge.session.facts import (
    AccessChanged,
    ControllerStarted,
    EnrolmentAsked,
    EntryRequested,
    Fact,
    PiecesCounted,
    ProposalDropped,
    ReceiptReviewed,
    ServiceRequested,
    StockCounted,
    StorageLow,
    StoreConfigured,
    Tended,
    TimerElapsed,
)
from edge.session.faults import FAULTS
from edge.session.settle import finish
from edge.session.state import (
    Authorising,
    Closed,
    Idle,
    Open,
    Settling,
    ShowingReceipt,
    StoreState,
    Unlocking,
    WaitingOpen,
    initial,
    next_deadline_ns,
)
from edge.session.turn import STORE, Turn
from vision.facts import (
    CameraFound,
    CameraLost,
    CodeRead,
    EnrolmentFailed,
    EyeLost,
    EyeOpened,
    GalleryChanged,
    ItemSeen,
    ProductEnrolled,
    ViewsJudged,
)

__all__ = ["initial", "next_deadline_ns", "step"]


def step(state: StoreState, fact: Fact) -> tuple[StoreState, tuple[Command, ...]]:
    """The state after ``fact``, and what is to be done now that it is known."""
    turn = Turn(state, fact.kind, fact.at_ns)
    turn.set(fact_no=state.fact_no + 1)
    match fact:
        case ControllerStarted():
            restart.started(turn, fact)
        case StoreConfigured():
            restart.configured(turn, fact)
        case EntryRequested():
            entry.requested(turn, fact)
        case EntryAnswered():
            entry.answered(turn, fact)
        case CloudReachable():
            entry.cloud_back(turn)
        case CloudLost():
            entry.cloud_lost(turn)
        case TimerElapsed():
            _elapsed(turn)
        case ServiceRequested():
            _service(turn, fact)
        case PiecesCounted():
            weights.pieces_counted(turn, fact)
        case StockCounted():
            stocktake.stock_counted(turn, fact)
        case ReceiptReviewed():
            review.reviewed(turn, fact)
        case StorageLow():
            _storage(turn, fact)
        case AccessChanged():
            _access(turn, fact)
        case Tended():
            turn.audit(fact.action, fact.by, fact.detail)
        case ProposalDropped():
            turn.audit("drop_proposal", fact.by, fact.reason)
            turn.set(proposal=())
        case DoorSensed():
            doors.sensed(turn, fact)
        case DoorOpened():
            doors.contact(turn, fact.door, is_open=True)
        case DoorClosed():
            doors.contact(turn, fact.door, is_open=False)
        case BoltReleased():
            doors.bolt(turn, fact.door, secured=False)
        case BoltSecured():
            doors.bolt(turn, fact.door, secured=True)
        case Unlocked():
            doors.unlocked(turn, fact)
        case UnlockFailed():
            doors.unlock_failed(turn, fact)
        case DeviceLost():
            plates.device_lost(turn, fact)
        case DeviceFound():
            plates.device_found(turn, fact)
        case PlatesMeasured():
            plates.measured(turn, fact)
        case PlateMoving():
            plates.moving(turn, fact.plate)
        case PlateDisturbed():
            plates.disturbed(turn, fact.plate)
        case PlateSettled():
            plates.settled(turn, fact)
        case PlatesQuiet():
            plates.quiet(turn, fact)
        case PlateFaulted():
            plates.faulted(turn, fact)
        case PlateRecovered():
            plates.recovered(turn, fact)
        case PlateDrifting():
            plates.drifting(turn, fact)
        case ItemSeen():
            eye.seen(turn, fact)
        case CameraLost():
            eye.camera_lost(turn, fact)
        case CameraFound():
            eye.camera_found(turn, fact)
        case EyeOpened():
            eye.opened(turn, fact)
        case EyeLost():
            eye.lost(turn, fact)
        case EnrolmentAsked():
            enrolment.asked(turn, fact)
        case ViewsJudged() | CodeRead() | ProductEnrolled() | GalleryChanged() | EnrolmentFailed():
            enrolment.heard(turn, fact)
        case _:
            assert_never(fact)
    doors.watch(turn)
    turn.set(now_ns=max(turn.state.now_ns, fact.at_ns))
    return turn.state, tuple(turn.commands)


def _elapsed(turn: Turn) -> None:
    """The deadline of the phase has come."""
    deadline = next_deadline_ns(turn.state)
    if deadline is None or turn.at_ns < deadline:
        turn.ignore("no deadline has come")
        return
    phase = turn.phase
    match phase:
        case Idle():
            pass
        case Authorising():
            entry.silent(turn, phase)
        case Unlocking():
            doors.unconfirmed(turn, phase.visit)
        case WaitingOpen():
            doors.overdue(turn, phase)
        case Open():
            if turn.at_ns >= phase.end_by_ns:
                flow.end_where_it_is(turn, phase.visit, "max_open")
            else:
                doors.held_open(turn, phase)
        case Closed():
            doors.relock_alarm(turn, phase.visit)
            turn.to(Settling(visit=phase.visit, asked_ns=phase.asked_ns, settle_by_ns=phase.settle_by_ns, quiet=phase.quiet))
            if any(d.secured is False and not d.lost for d in turn.state.doors):
                turn.doubt("relock_fault")
            flow.conclude(turn)
        case Settling(look_by_ns=look) if look is not None and turn.at_ns >= look:
            flow.looked_long_enough(turn, phase)
        case Settling():
            if not phase.quiet or any(p.moving for p in turn.state.plates):
                turn.doubt("plates_not_quiet")
            finish(turn)
        case ShowingReceipt():
            turn.to(Idle())
        case _:
            assert_never(phase)


def _service(turn: Turn, fact: ServiceRequested) -> None:
    """An operator's word; recorded in any case. It never ends the running visit."""
    turn.audit(fact.action, fact.by, f"{fact.code} {fact.subject}: {fact.reason}" if fact.code else fact.reason)
    match fact.action:
        case "take_out_of_service":
            turn.alarm("out_of_service", STORE, fact.reason[:200])
        case "return_to_service":
            turn.clear("out_of_service", STORE)
        case "clear_faults":
            for alarm in turn.state.alarms:
                meant = not fact.code or (fact.code, fact.subject) == (alarm.code, alarm.subject)
                if meant and (alarm.code not in FAULTS or FAULTS[alarm.code].latched):
                    turn.clear(alarm.code, alarm.subject)
            if fact.code in ("", "lock_failing"):
                turn.set(unlock_failures=0)
        case "restart":
            pass  # the runtime ends the process once nobody is inside
        case _:
            assert_never(fact.action)


def _access(turn: Turn, fact: AccessChanged) -> None:
    """Recorded once: what was told before and is told again means nothing."""
    if turn.state.access_told == fact.book and fact.number <= turn.state.access_no:
        turn.ignore("this change of access is known")
        return
    turn.set(access_told=fact.book, access_no=fact.number)
    turn.audit(fact.action, fact.by, fact.detail)


def _storage(turn: Turn, fact: StorageLow) -> None:
    if fact.low:
        turn.alarm("storage_low", STORE)
    else:
        turn.over("storage_low", STORE)
