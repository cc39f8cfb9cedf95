"""What a start of the controller and a new description of the shop do to the state. Pure.

No physical action follows from a start: the sensors are asked what the world is like, and the visit goes on or settles from there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, assert_never

from edge.basket.carry_over import carry_over
from edge.basket.planogram_proposal import still_open
from edge.basket.stock import full_stock
from edge.session import enrolment, eye, looks, weights
from edge.session import visit as flow
from edge.session.commands import AskCloud, SettlePlates
from edge.session.entry import asked_about, refuse
from edge.session.facts import ControllerStarted, StoreConfigured
from edge.session.faults import FAULTS
from edge.session.state import (
    Authorising,
    Closed,
    DoorState,
    Idle,
    Open,
    PlateState,
    Settling,
    ShowingReceipt,
    Unlocking,
    WaitingOpen,
)
from edge.session.turn import NS, STORE, Turn, nanoseconds

SENSES_BY_NS: Final = 5 * NS  # ns; after a start doors and plates need this long to report before a deadline may judge them


def started(turn: Turn, fact: ControllerStarted) -> None:
    """Everything the sensors said is unknown again; deadlines are kept in the same boot and taken anew in another."""
    if not fact.same_boot:
        _shift(turn, turn.at_ns - turn.state.now_ns)
    turn.set(
        boot=fact.boot_id,
        version=fact.version,
        now_ns=fact.at_ns,
        doors=tuple(replace(d, open=None, secured=None, lost=False) for d in turn.state.doors),
        plates=tuple(replace(p, measured=False, moving=False, lost=False, faulted=False, placing=None) for p in turn.state.plates),
    )
    for door in turn.state.doors:
        turn.over("door_lost", door.door)
    for plate in turn.state.plates:
        turn.over("plate_lost", plate.plate)
        turn.over("plate_faulted", plate.plate)
        turn.over("plate_disturbed", plate.plate)
    eye.unknown(turn)
    for alarm in turn.state.alarms:
        if alarm.code == "device_lost" or alarm.code not in FAULTS:  # nothing of this release would ever end another release's fault
            turn.clear(alarm.code, alarm.subject)
    visit = turn.visit
    if visit is not None:
        turn.put_visit(replace(visit, pulse_until_ns=fact.at_ns))  # what the last run had not sent died with it
    _resume(turn, fact.same_boot)


def configured(turn: Turn, fact: StoreConfigured) -> None:
    """The shop and its rules from now on; the running visit keeps its prices and its belief."""
    _told(turn, fact)
    model = fact.store
    first = turn.state.store is None
    doors = {d.door: d for d in turn.state.doors}
    plates = {p.plate: p for p in turn.state.plates}
    stock = turn.state.stock
    if first:
        stock = full_stock(model)
    elif fact.by:  # laid out on a page, before anybody has put anything there; an open visit goes on from what stands there
        stock = carry_over(stock, model, new_are_full=False)
    elif model != turn.state.store and turn.visit is None:
        stock = carry_over(stock, model)
    turn.set(
        store=model,
        visit_rules=fact.visit,
        entry_rules=fact.entry,
        stock=stock,
        doors=tuple(
            replace(doors.get(d.door, DoorState(door=d.door, has_bolt=d.has_bolt_sensor)), has_bolt=d.has_bolt_sensor) for d in model.doors
        ),
        plates=tuple(replace(plates.get(p.plate, PlateState(plate=p.plate, device=p.device)), device=p.device) for p in model.plates),
    )
    for door in turn.state.doors:
        if not door.has_bolt:
            turn.clear("relock_fault", door.door)  # nothing could ever tell that it is over
    for gone in doors.keys() - {d.door for d in model.doors}:
        for code in ("held_open", "door_left_open", "relock_fault", "unlock_failed", "door_lost"):
            turn.clear(code, gone)
    for gone in plates.keys() - {p.plate for p in model.plates}:
        for code in ("plate_lost", "plate_faulted", "plate_disturbed"):
            turn.clear(code, gone)
    eye.configured(turn, fact.cameras)
    turn.set(proposal=still_open(model, turn.state.proposal))
    weights.look(turn)
    if turn.state.doors:
        flow.closed(turn)


def _told(turn: Turn, fact: StoreConfigured) -> None:
    """Who changed it, and whether what was changed earlier could be read."""
    if fact.by:
        turn.audit("store_changed", fact.by, f"{fact.change_no}: {fact.change}")
    turn.set(change_no=max(fact.change_no, turn.state.change_no))
    turn.over("changes_stepped_back", STORE)
    turn.over("changes_unreadable", STORE)
    match fact.trouble:
        case "":
            pass
        case "stepped_back":
            turn.alarm("changes_stepped_back", STORE, fact.trouble_words)
        case "lost":
            turn.alarm("changes_unreadable", STORE, fact.trouble_words)
        case _:
            assert_never(fact.trouble)


def _resume(turn: Turn, same_boot: bool) -> None:
    phase = turn.phase
    rules = turn.state.visit_rules
    at = turn.at_ns

    def by(deadline_ns: int, seconds: float) -> int:
        """The deadline from now on: kept in the same boot, but never before the sensors could report."""
        return max(deadline_ns, at + SENSES_BY_NS) if same_boot else at + max(nanoseconds(seconds), SENSES_BY_NS)

    match phase:
        case Idle():
            return
        case ShowingReceipt():
            turn.to(replace(phase, until_ns=min(phase.until_ns, turn.after(rules.receipt_shown_s)) if same_boot else at))
        case Authorising(request=request, answer_by_ns=until):
            if same_boot and until > at:
                digest, pass_id = asked_about(request)
                turn.to(replace(phase, may_decide_alone=False))
                turn.do(AskCloud(visit=request.visit, source=request.source, digest=digest, pass_id=pass_id, expires_ns=until))
            else:
                turn.to(Idle())
                flow.refused(turn, request, "interrupted")
                refuse(turn, request, "interrupted")
        case Unlocking(confirm_by_ns=until):
            turn.to(replace(phase, confirm_by_ns=by(until, rules.unlock_confirm_s)))
        case WaitingOpen(until_ns=until, overdue=overdue):
            seconds = (rules.open_within_s, rules.relock_within_s, rules.max_open_s)[overdue]
            turn.to(replace(phase, until_ns=by(until, seconds)))
        case Open(visit=visit, held_by_ns=held, end_by_ns=end):
            longest = rules.max_open_s if visit.role == "shopper" else rules.staff_max_open_s
            held = None if held is None else by(held, rules.held_open_after_s)
            turn.to(replace(phase, held_by_ns=held, end_by_ns=by(end, longest)))
        case Closed():
            relock, settle = by(at, rules.relock_within_s), by(at, rules.settle_within_s)
            turn.to(replace(phase, asked_ns=at, relock_by_ns=relock, settle_by_ns=settle, quiet=False))
            turn.do(SettlePlates(after_ns=at))
        case Settling():
            turn.to(replace(phase, asked_ns=at, settle_by_ns=by(at, rules.settle_within_s), quiet=False, look_by_ns=None))
            turn.do(SettlePlates(after_ns=at))
        case _:
            assert_never(phase)


def _shift(turn: Turn, shift_ns: int) -> None:
    """Carry the moments that only serve as ages into the new boot's clock, as if no time had passed between the two."""
    state = turn.state
    alone = state.autonomy
    visit = turn.visit
    if visit is not None:
        turn.put_visit(
            replace(
                looks.shifted(visit, shift_ns),
                granted_ns=visit.granted_ns + shift_ns,
                opened_ns=_moved(visit.opened_ns, shift_ns),
                closed_ns=_moved(visit.closed_ns, shift_ns),
            )
        )
    refusal, recount = state.last_refusal, state.last_recount
    turn.set(
        phase_since_ns=state.phase_since_ns + shift_ns,
        alarms=tuple(replace(a, since_ns=a.since_ns + shift_ns) for a in state.alarms),
        autonomy=replace(alone, lost_since_ns=_moved(alone.lost_since_ns, shift_ns)),
        results=tuple(replace(r, ended_ns=r.ended_ns + shift_ns) for r in state.results),
        last_refusal=None if refusal is None else replace(refusal, at_ns=refusal.at_ns + shift_ns),
        last_recount=None if recount is None else replace(recount, at_ns=recount.at_ns + shift_ns),
        eye=eye.shifted(state.eye, shift_ns),
        enrolments=enrolment.shifted(state.enrolments, shift_ns),
    )


def _moved(moment_ns: int | None, shift_ns: int) -> int | None:
    return None if moment_ns is None else moment_ns + shift_ns
