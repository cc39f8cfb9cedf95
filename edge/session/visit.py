"""The way of one visit: granted, unlocking, waiting, open, closed, settling; and back to nobody. Pure.

Each function is one movement of a visit, called by the facts that cause it. How a visit is billed: :mod:`edge.session.settle`.
Only :func:`granted` orders a pulse, and nothing here ever keeps a door shut that somebody wants to leave by.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid5

from cloud_bridge.facts import Role
from edge.basket.belief import open_belief
from edge.basket.unit_weights import weighed
from edge.session import looks
from edge.session.commands import EndVisit, PulseLock, ReportDoor, SettlePlates
from edge.session.facts import EntryRequested, PassClaims
from edge.session.settle import book, finish, remember
from edge.session.state import Authorising, Closed, DoorState, Idle, Open, PlateState, Result, Settling, Unlocking, Visit, WaitingOpen
from edge.session.turn import Turn, nanoseconds
from edge.store.model import StoreModel
from vision.wire import VisitOver, WatchVisit

_UNATTENDED = UUID("7d0a2c6e-3c55-4b0e-9a53-5b7f0c1f9e61")  # namespace of visits that nobody asked for; any fixed value does


def granted(
    turn: Turn,
    store: StoreModel,
    *,
    visit: str,
    holder: str,
    role: Role,
    credential: str,
    pass_id: str | None,
    limit_minor: int | None,
    door: str | None,
    decided_offline: bool,
) -> None:
    """Let them in: the one place that orders a pulse."""
    store = weighed(store, turn.state.unit_weights)
    rules = turn.state.visit_rules
    doors = tuple(d.door for d in turn.state.doors if door in (None, d.door))
    admitted = Visit(
        visit=visit,
        holder=holder,
        role=role,
        credential=credential,
        pass_id=pass_id,
        limit_minor=limit_minor,
        doors=doors,
        store=store,
        belief=open_belief(store, turn.state.stock, restocking=role != "shopper", whole_catalogue=role != "shopper"),
        granted_ns=turn.at_ns,
        pulse_until_ns=turn.after(rules.unlock_expires_s),
        decided_offline=decided_offline,
        unweighed=tuple(p.plate for p in turn.state.plates if not p.measured),
    )
    admitted = _watched(turn, admitted)
    confirm_s = max(rules.unlock_confirm_s, rules.unlock_expires_s)  # never idle again while the pulse may still be sent
    turn.to(Unlocking(visit=admitted, confirm_by_ns=turn.after(confirm_s)))
    standing = [d.door for d in turn.state.doors if d.door in doors and d.open and not d.lost]
    for each in doors:
        if each in standing:  # somebody left it open: there is nothing to unlock, they are in
            admitted = replace(turn.visit or admitted, answered=(*admitted.answered, each))
            turn.do(ReportDoor(door=each, event="opened", visit=visit))
            opened(turn, admitted, each)
            continue
        turn.do(PulseLock(door=each, token=visit, pulse_s=rules.pulse_s, expires_ns=turn.after(rules.unlock_expires_s)))


def released(turn: Turn, visit: Visit, door: str) -> None:
    """The door let go: they may open it."""
    if door not in visit.released:
        visit = replace(visit, released=(*visit.released, door))
        turn.put_visit(visit)
        turn.do(ReportDoor(door=door, event="unlocked", visit=visit.visit))
    turn.set(unlock_failures=0)
    turn.over("unlock_failed", door)
    if isinstance(turn.phase, Unlocking):
        wait_for_opening(turn, visit)


def wait_for_opening(turn: Turn, visit: Visit) -> None:
    """From the unlock on they have their time; never less than the pulse itself may take."""
    until_ns = max(turn.after(turn.state.visit_rules.open_within_s), visit.pulse_until_ns)
    turn.to(WaitingOpen(visit=visit, until_ns=until_ns))


def opened(turn: Turn, visit: Visit, door: str) -> None:
    """A door is open during a visit: the first time, once more, or another one."""
    rules = turn.state.visit_rules
    began = turn.at_ns if visit.opened_ns is None else visit.opened_ns
    longest = rules.max_open_s if visit.role == "shopper" else rules.staff_max_open_s
    if door not in visit.opened:
        visit = replace(visit, opened=(*visit.opened, door))
    visit = replace(visit, opened_ns=began, closed_ns=None)
    match turn.phase:
        case Open(held_by_ns=held, end_by_ns=end):
            turn.to(Open(visit=visit, held_by_ns=held, end_by_ns=end))
        case Settling() if "max_open" in visit.doubts:
            turn.put_visit(visit)  # ended where it was; what happens now is in nobody's basket any more
        case _:
            turn.to(Open(visit=visit, held_by_ns=turn.after(rules.held_open_after_s), end_by_ns=began + nanoseconds(longest)))


def closed(turn: Turn) -> None:
    """Every door of an open visit is closed again: ask the plates, give the bolts a moment."""
    phase = turn.phase
    if not isinstance(phase, Open) or not all(d.proven_closed for d in turn.state.doors):
        return
    rules = turn.state.visit_rules
    visit = replace(phase.visit, closed_ns=turn.at_ns)
    turn.do(SettlePlates(after_ns=turn.at_ns))
    turn.to(
        Closed(
            visit=visit,
            asked_ns=turn.at_ns,
            relock_by_ns=_relock_by_ns(turn, visit),
            settle_by_ns=turn.after(rules.settle_within_s),
        )
    )
    conclude(turn)


def conclude(turn: Turn) -> None:
    """Go on from closed and settling as far as the sensors allow."""
    phase = turn.phase
    if isinstance(phase, Closed) and all(d.proven_shut for d in turn.state.doors):
        turn.to(Settling(visit=phase.visit, asked_ns=phase.asked_ns, settle_by_ns=phase.settle_by_ns, quiet=phase.quiet))
        phase = turn.phase
    if isinstance(phase, Settling) and phase.quiet and _all_known(turn, phase.visit):
        look_by_ns = phase.asked_ns + nanoseconds(turn.state.visit_rules.eye_wait_s)
        if turn.at_ns < look_by_ns and phase.visit.role == "shopper" and looks.awaited(phase.visit, turn.state.eye, turn.at_ns):
            turn.to(replace(phase, look_by_ns=look_by_ns))
        else:
            finish(turn)


def looked_long_enough(turn: Turn, phase: Settling) -> None:
    """The eye had its time: go on without its word."""
    turn.to(replace(phase, look_by_ns=None))
    conclude(turn)


def _relock_by_ns(turn: Turn, visit: Visit) -> int:
    """When the bolt must hold. A strike gives way for as long as its pulse lasts, however soon the door was closed again."""
    rules = turn.state.visit_rules
    pulse_ends_ns = turn.at_ns if visit.opened_ns is None else visit.opened_ns + nanoseconds(rules.pulse_s)
    return max(turn.at_ns, pulse_ends_ns) + nanoseconds(rules.relock_within_s)


def unlocked_again(turn: Turn) -> None:
    """The bolt let go while the plates were settling: it gets its time to hold once, then the visit is doubted."""
    phase = turn.phase
    if isinstance(phase, Settling) and not {"relock_fault", "max_open"} & set(phase.visit.doubts):
        turn.to(
            Closed(
                visit=phase.visit,
                asked_ns=phase.asked_ns,
                relock_by_ns=_relock_by_ns(turn, phase.visit),
                settle_by_ns=phase.settle_by_ns,
                quiet=phase.quiet,
            )
        )


def end_where_it_is(turn: Turn, visit: Visit, doubt: str) -> None:
    """End the visit although doors are open or unknown: what the plates say now is handed to a person."""
    turn.do(SettlePlates(after_ns=turn.at_ns))
    turn.to(Settling(visit=visit, asked_ns=turn.at_ns, settle_by_ns=turn.after(turn.state.visit_rules.settle_within_s)))
    turn.doubt(doubt)


def cancel(turn: Turn, visit: Visit, reason: str) -> None:
    """The doors are proven shut and none was seen open. Where the plates saw something all the same, they have the word."""
    if visit.changed or any(p.moving for p in turn.state.plates):
        turn.do(SettlePlates(after_ns=turn.at_ns))
        turn.to(Settling(visit=visit, asked_ns=turn.at_ns, settle_by_ns=turn.after(turn.state.visit_rules.settle_within_s)))
        return
    not_opened(turn, visit, reason)


def not_opened(turn: Turn, visit: Visit, reason: str) -> None:
    """Nobody was inside. A pass that failed through the lock's fault may be presented again."""
    turn.do(EndVisit(visit=visit.visit, holder=visit.holder, role=visit.role, outcome="not_opened", reason=reason))
    if turn.state.eye.cameras:
        turn.do(VisitOver(visit=visit.visit, at_ns=turn.at_ns, keep=False))
    book(turn, visit, turn.state.stock)
    if visit.failed and not visit.released:
        turn.set(used=tuple(u for u in turn.state.used if u.pass_id != visit.pass_id))
    remember(
        turn,
        Result(
            visit=visit.visit,
            role=visit.role,
            credential=visit.credential,
            outcome="not_opened",
            reason=reason,
            receipt=None,
            ended_ns=turn.at_ns,
        ),
    )
    turn.to(Idle())


def refused(turn: Turn, request: EntryRequested, reason: str) -> None:
    """Somebody whom the cloud was asked about does not get in: it is told how that ended."""
    credential = request.credential
    holder, role = (credential.holder, credential.role) if isinstance(credential, PassClaims) else ("", "shopper")
    turn.do(EndVisit(visit=request.visit, holder=holder, role=role, outcome="refused", reason=reason))


def forced(turn: Turn, store: StoreModel, door: DoorState) -> None:
    """A door opened and nobody was let in: an alarm, and a visit of its own that is never anybody's bill."""
    phase = turn.phase
    if isinstance(phase, Authorising):
        refused(turn, phase.request, "interrupted")
    turn.alarm("forced_door", door.door)
    store = weighed(store, turn.state.unit_weights)
    name = f"{store.tenant}/{store.store}/{turn.state.boot}/{turn.state.fact_no}"
    visit = Visit(
        visit=str(uuid5(_UNATTENDED, name)),
        holder="unattended",
        role="shopper",
        credential="",
        pass_id=None,
        limit_minor=None,
        doors=(),
        store=store,
        belief=open_belief(store, turn.state.stock, restocking=True),
        granted_ns=turn.at_ns,
        pulse_until_ns=turn.at_ns,
        unattended=True,  # whatever the plates show next is its evidence, since it is nobody's bill
        doubts=("forced_door",),
    )
    visit = _watched(turn, visit)
    turn.do(ReportDoor(door=door.door, event="forced", visit=visit.visit))
    turn.to(Unlocking(visit=visit, confirm_by_ns=turn.at_ns))
    opened(turn, visit, door.door)


def _watched(turn: Turn, visit: Visit) -> Visit:
    """From now on the cameras look for this visit."""
    if not turn.state.eye.cameras:
        return visit
    turn.do(WatchVisit(visit=visit.visit, at_ns=turn.at_ns))
    return looks.blinded(visit, turn.state.eye)


def _all_known(turn: Turn, visit: Visit) -> bool:
    doors = "max_open" in visit.doubts or all(d.proven_closed for d in turn.state.doors)
    answered = turn.at_ns >= visit.pulse_until_ns or set(visit.answered) >= set(visit.doors)
    return doors and answered and all((p.measured or p.faulted or _gone(turn, visit, p)) and not p.moving for p in turn.state.plates)


def _gone(turn: Turn, visit: Visit, plate: PlateState) -> bool:
    """Lost, and no use to wait for: it was lost before the visit. One lost on the way may come back in time and tell what happened."""
    since = next((a.since_ns for a in turn.state.alarms if (a.code, a.subject) == ("plate_lost", plate.plate)), visit.granted_ns + 1)
    return plate.lost and since <= visit.granted_ns
