"""What the sensors of the doors mean: for the picture of the doors, for the visit, and for the alarms when nobody is inside. Pure.

Commanded, bolt and contact are three independent things; a door that opened without a grant is forced, whatever the bolt says.
"""

from __future__ import annotations

from dataclasses import replace

from devices.facts import DoorSensed, Unlocked, UnlockFailed
from edge.session import visit as flow
from edge.session.commands import ReportDoor
from edge.session.details import Said
from edge.session.state import Closed, DoorState, Open, Settling, Unlocking, Visit, WaitingOpen, visit_of
from edge.session.turn import STORE, Turn


def sensed(turn: Turn, fact: DoorSensed) -> None:
    """A state after a gap: whatever differs from the last known state happened in between, whatever is new is taken as it is."""
    door = turn.door(fact.door)
    if door is None:
        turn.ignore("unknown door")
        return
    turn.put_door(replace(door, lost=False))
    turn.over("door_lost", fact.door)
    if fact.secured is not None and door.has_bolt:
        bolt(turn, fact.door, secured=fact.secured)
    contact(turn, fact.door, is_open=fact.open)
    flow.closed(turn)
    flow.conclude(turn)


def contact(turn: Turn, name: str, *, is_open: bool) -> None:
    """The door contact says open or closed."""
    door = turn.door(name)
    if door is None:
        turn.ignore("unknown door")
        return
    if door.open is is_open:
        turn.ignore("the contact said so before")
        return
    turn.put_door(replace(door, open=is_open))
    if is_open:
        _opened(turn, door)
    else:
        _closed(turn, door)


def bolt(turn: Turn, name: str, *, secured: bool) -> None:
    """The bolt sensor says holding or released."""
    door = turn.door(name)
    if door is None or not door.has_bolt:
        turn.ignore("no such bolt")
        return
    turn.put_door(replace(door, secured=secured))
    visit = turn.visit
    if not secured:
        if visit is not None and name in visit.doors:
            flow.released(turn, visit, name)
        flow.unlocked_again(turn)
        return
    turn.clear("relock_fault", name)
    if door.secured is False or (door.secured is None and visit is not None and name in visit.released):
        turn.do(ReportDoor(door=name, event="secured", visit=None if visit is None else visit.visit))
    flow.conclude(turn)
    phase = turn.phase
    if isinstance(phase, WaitingOpen) and phase.overdue and _shut(turn, phase.visit):
        flow.cancel(turn, phase.visit, "not_opened_in_time")


def unlocked(turn: Turn, fact: Unlocked) -> None:
    """A sensor moved after our pulse."""
    visit = turn.visit
    if visit is None or visit.visit != fact.token or fact.door not in visit.doors:
        turn.ignore("an unlock of no running visit")
        return
    flow.released(turn, _answered(turn, visit, fact.door), fact.door)


def unlock_failed(turn: Turn, fact: UnlockFailed) -> None:
    """A pulse did not demonstrably release its door. It is never repeated: the shopper presents the pass again."""
    visit = turn.visit
    if visit is None or visit.visit != fact.token or fact.door not in visit.doors:
        turn.ignore("an unlock of no running visit")
        return
    visit = _answered(turn, visit, fact.door)
    door = turn.door(fact.door)
    if fact.door in visit.released or fact.door in visit.opened or fact.door in visit.failed:
        turn.ignore("the door let go all the same, or had failed already")
        return
    if fact.reason == "no_movement" and door is not None and not door.has_bolt:
        if isinstance(turn.phase, Unlocking):  # without bolt sensor the first movement is the opening itself
            flow.wait_for_opening(turn, visit)
        return
    visit = replace(visit, failed=(*visit.failed, fact.door))
    turn.put_visit(visit)
    turn.alarm("unlock_failed", fact.door, f"{fact.reason}: {fact.detail}"[:200], Said(f"unlock_{fact.reason}", more=fact.detail[:200]))
    if set(visit.failed) != set(visit.doors) or not isinstance(turn.phase, Unlocking | WaitingOpen):
        return
    count_failure(turn)
    if fact.reason != "unreachable" and _shut(turn, visit):
        flow.cancel(turn, visit, "unlock_failed")
    elif isinstance(turn.phase, Unlocking):
        flow.wait_for_opening(turn, visit)  # the pulse may have happened: they may still open


def unconfirmed(turn: Turn, visit: Visit) -> None:
    """No word about the unlock in time."""
    if any(d.has_bolt for d in turn.state.doors if d.door in visit.doors):
        for door in visit.doors:
            turn.alarm("unlock_failed", door, said=Said("unlock_unconfirmed"))
        count_failure(turn)
        turn.put_visit(replace(visit, failed=visit.doors))
        if _shut(turn, visit):
            flow.cancel(turn, replace(visit, failed=visit.doors), "unlock_unconfirmed")
            return
    flow.wait_for_opening(turn, turn.visit or visit)


def overdue(turn: Turn, phase: WaitingOpen) -> None:
    """Not opened in time: cancelled, but only once the doors are proven shut."""
    rules = turn.state.visit_rules
    visit = phase.visit
    if _shut(turn, visit):
        flow.cancel(turn, visit, "not_opened_in_time")
    elif phase.overdue == 0:
        turn.to(replace(phase, until_ns=turn.after(rules.relock_within_s), overdue=1))
    elif phase.overdue == 1:
        relock_alarm(turn, visit)
        turn.to(replace(phase, until_ns=turn.after(rules.max_open_s), overdue=2))
    else:
        lost = any(d.lost or d.open is None for d in turn.state.doors)
        flow.end_where_it_is(turn, visit, "door_lost" if lost else "relock_fault")


def relock_alarm(turn: Turn, visit: Visit) -> None:
    """The bolts had their time and do not hold."""
    for door in turn.state.doors:
        if door.secured is False and not door.lost and not turn.raised("relock_fault", door.door):
            turn.alarm("relock_fault", door.door)
            turn.do(ReportDoor(door=door.door, event="relock_fault", visit=visit.visit))


def held_open(turn: Turn, phase: Open) -> None:
    """Open for long: an alarm, and the visit goes on."""
    for door in turn.state.doors:
        if door.open:
            turn.alarm("held_open", door.door)
            turn.do(ReportDoor(door=door.door, event="held_open", visit=phase.visit.visit))
    turn.to(replace(phase, held_by_ns=None))


def count_failure(turn: Turn) -> None:
    """One more unlock in a row that failed."""
    failures = turn.state.unlock_failures + 1
    turn.set(unlock_failures=failures)
    if failures >= turn.state.visit_rules.unlock_failures_before_closing:
        turn.alarm("lock_failing", STORE, said=Said("unlocks_in_a_row", {"failures": str(failures)}))


def watch(turn: Turn) -> None:
    """While no visit runs every door has to be closed and held: whatever is not, is an alarm that closes the cabinet."""
    if visit_of(turn.phase) is not None:
        return
    for door in turn.state.doors:
        if door.lost or door.open is None:
            continue
        if door.open:
            turn.alarm("door_left_open", door.door)
            continue
        turn.clear("door_left_open", door.door)
        if door.secured is False:
            turn.alarm("relock_fault", door.door)


def _opened(turn: Turn, before: DoorState) -> None:
    visit, store = turn.visit, turn.state.store
    if visit is None:
        if store is not None:
            turn.do(ReportDoor(door=before.door, event="opened", visit=None))
            flow.forced(turn, store, before)
        return
    if before.open is False or before.door not in visit.opened:
        turn.do(ReportDoor(door=before.door, event="opened", visit=visit.visit))
    held_before = isinstance(turn.phase, Closed | Settling) and before.secured is True
    if held_before or (before.door not in visit.doors and not visit.unattended):
        turn.alarm("forced_door", before.door)
        turn.do(ReportDoor(door=before.door, event="forced", visit=visit.visit))
        turn.doubt("forced_door")
    flow.opened(turn, turn.visit or visit, before.door)


def _closed(turn: Turn, before: DoorState) -> None:
    visit = turn.visit
    if before.open is True or (visit is not None and before.door in visit.opened):
        turn.do(ReportDoor(door=before.door, event="closed", visit=None if visit is None else visit.visit))
    turn.clear("held_open", before.door)
    turn.clear("door_left_open", before.door)
    flow.closed(turn)
    flow.conclude(turn)


def _answered(turn: Turn, visit: Visit, door: str) -> Visit:
    if door not in visit.answered:
        visit = replace(visit, answered=(*visit.answered, door))
        turn.put_visit(visit)
    return visit


def _shut(turn: Turn, visit: Visit) -> bool:
    return all(d.proven_shut for d in turn.state.doors if d.door in visit.doors)
