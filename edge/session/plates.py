"""What the plates say: to the basket of the visit it happened in, or to the stock when it happened in none. Pure.

A change is never billed to somebody who came after it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from devices.facts import (
    DeviceFound,
    DeviceLost,
    PlateChange,
    PlateDrifting,
    PlateFaulted,
    PlateRecovered,
    PlateSettled,
    PlatesMeasured,
    PlatesQuiet,
    PlateWeight,
    whole_milligrams,
)
from edge.basket.belief import reopened
from edge.basket.recount import reconcile
from edge.basket.stray import left_behind
from edge.basket.unit_weights import weighed
from edge.session import looks, weights
from edge.session import visit as flow
from edge.session.commands import ReportStock
from edge.session.details import Said
from edge.session.faults import PLATE_WORDS
from edge.session.state import Closed, Settling, Visit
from edge.session.turn import STORE, Turn

MAX_WEIGHT_G = 1_000_000.0  # g; a plate of a shop weighs less than a ton, anything else is an error and no weight


def moving(turn: Turn, name: str) -> None:
    """Something is on the plate, or has been for too long."""
    plate = turn.plate(name)
    if plate is None:
        turn.ignore("unknown plate")
        return
    turn.put_plate(replace(plate, moving=True))


def disturbed(turn: Turn, name: str) -> None:
    """It has been moving for longer than one movement takes."""
    moving(turn, name)
    if turn.plate(name) is not None:
        turn.alarm("plate_disturbed", name)


def settled(turn: Turn, fact: PlateSettled) -> None:
    """Plates are stable again, with or without a change."""
    for name in fact.plates:
        plate = turn.plate(name)
        if plate is not None:
            turn.put_plate(replace(plate, moving=False))
            turn.over("plate_disturbed", name)
    known = [n for n, c in enumerate(fact.changes) if turn.plate(c.plate) is not None and _weighs(c.delta_g, c.sd_g, c.after_g)]
    changes = tuple(fact.changes[n] for n in known)
    if len(changes) != len(fact.changes):
        turn.ignore("changes of unknown plates or without a weight")
        turn.doubt("plate_faulted")
    unseen = [c for c in changes if not _seen(turn, c.plate)]
    _after_gap(turn, fact.at_ns, [PlateWeight(c.plate, whole_milligrams(c.after_g - c.delta_g), c.sd_g) for c in unseen])
    for change in changes:
        plate = turn.plate(change.plate)
        if plate is not None:
            placing = weights.placed(plate, change, fact.quality, fact.at_ns)
            turn.put_plate(replace(plate, grams=change.after_g, sd_g=change.sd_g, measured=True, placing=placing))
    if changes:
        fact = replace(fact, changes=changes, covariance_g2=_covariance_of(fact, known))
        visit = turn.visit
        if visit is None or fact.end_ns < visit.granted_ns:
            _to_stock(turn, fact)
        else:
            _to_visit(turn, visit, fact)
    flow.conclude(turn)


def measured(turn: Turn, fact: PlatesMeasured) -> None:
    """Absolute weights after a gap."""
    weights = [w for w in fact.weights if turn.plate(w.plate) is not None and _weighs(w.grams, w.sd_g)]
    if len(weights) != len(fact.weights):
        turn.ignore("weights of unknown plates or no weights")
    _after_gap(turn, fact.at_ns, weights)
    flow.conclude(turn)


def quiet(turn: Turn, fact: PlatesQuiet) -> None:
    """The answer to the last question about quiet plates."""
    phase = turn.phase
    if not isinstance(phase, Closed | Settling) or fact.after_ns < phase.asked_ns:
        turn.ignore("nobody waits for this answer")
        return
    turn.set(plates=tuple(replace(p, moving=False) for p in turn.state.plates))
    turn.to(replace(phase, quiet=True))
    flow.conclude(turn)


def faulted(turn: Turn, fact: PlateFaulted) -> None:
    """The plate's values cannot be weights."""
    plate = turn.plate(fact.plate)
    if plate is None:
        turn.ignore("unknown plate")
        return
    turn.put_plate(replace(plate, faulted=True, measured=False, moving=False))
    turn.over("plate_disturbed", fact.plate)
    if fact.reason in PLATE_WORDS:
        turn.alarm("plate_faulted", fact.plate, said=Said(f"plate_{fact.reason}"))
    else:
        turn.alarm("plate_faulted", fact.plate, fact.reason[:200])
    flow.conclude(turn)


def recovered(turn: Turn, fact: PlateRecovered) -> None:
    """The plate's values are plausible again; its absolute weight follows."""
    plate = turn.plate(fact.plate)
    if plate is None:
        turn.ignore("unknown plate")
        return
    if plate.faulted:
        turn.put_plate(replace(plate, faulted=False, measured=False))
    turn.over("plate_faulted", fact.plate)


def drifting(turn: Turn, fact: PlateDrifting) -> None:
    """The plate weighs, but its cell creeps."""
    if turn.plate(fact.plate) is None or not math.isfinite(fact.g_per_h):
        turn.ignore("unknown plate or no rate")
        return
    turn.alarm("plate_drifting", fact.plate, said=Said("drifting", {"g_per_h": f"{fact.g_per_h:+.0f}"}))


def device_lost(turn: Turn, fact: DeviceLost) -> None:
    """Doors and plates of this device are out of sight from now on."""
    doors = [d for d in turn.state.doors if d.door in fact.doors]
    plates = [p for p in turn.state.plates if p.plate in fact.plates]
    reason = (fact.reason if fact.reason.startswith(f"{fact.device}:") else f"{fact.device}: {fact.reason}")[:200]
    for door in doors:
        turn.put_door(replace(door, lost=True))
        turn.alarm("door_lost", door.door, reason)
    for plate in plates:
        turn.put_plate(replace(plate, lost=True, measured=False, moving=False))
        turn.over("plate_disturbed", plate.plate)
        turn.alarm("plate_lost", plate.plate, reason)
    if not doors and not plates:
        turn.alarm("device_lost", fact.device[:100] or STORE, fact.reason[:200])
    flow.conclude(turn)


def device_found(turn: Turn, fact: DeviceFound) -> None:
    """The device answers again; what its doors and plates are like follows as facts."""
    for door in turn.state.doors:
        if door.door in fact.doors and door.lost:
            turn.put_door(replace(door, lost=False, open=None, secured=None))
            turn.over("door_lost", door.door)
    for plate in turn.state.plates:
        if plate.plate in fact.plates and plate.lost:
            turn.put_plate(replace(plate, lost=False, measured=False))
            turn.over("plate_lost", plate.plate)
    turn.over("device_lost", fact.device[:100] or STORE)


def _to_visit(turn: Turn, visit: Visit, fact: PlateSettled) -> None:
    turn.put_visit(replace(looks.weighed(visit, turn.state.eye, fact), changed=True))
    if fact.start_ns < visit.granted_ns:
        turn.doubt("moving_at_entry")
    if fact.quality == "reconstructed":
        turn.doubt("reconstructed")


def _to_stock(turn: Turn, fact: PlateSettled) -> None:
    store = turn.state.store
    if store is None:
        turn.ignore("no shop is configured")
        return
    update = reconcile(turn.state.stock, weighed(store, turn.state.unit_weights), fact)
    turn.set(stock=update.stock, stray=left_behind(turn.state.stray, update.unexplained))
    if update.changes or update.unexplained:
        turn.do(ReportStock(cause="reconciliation", visit=None, changes=update.changes, unexplained=update.unexplained))
    visit = turn.visit
    if visit is not None and not visit.changed:
        turn.put_visit(looks.reopened(visit, reopened(visit.belief, update.stock)))
    if visit is None and any(d.open for d in turn.state.doors):
        turn.alarm("goods_moved_unattended", STORE)


def _after_gap(turn: Turn, at_ns: int, weights: Sequence[PlateWeight]) -> None:
    """Plates are in sight again: a difference to their last known weights happened in the gap, before or during the visit."""
    during: list[PlateChange] = []
    older: list[PlateChange] = []
    visit = turn.visit
    for weight in weights:
        plate = turn.plate(weight.plate)
        if plate is None:
            continue
        turn.put_plate(replace(plate, grams=weight.grams, sd_g=weight.sd_g, measured=True, moving=False))
        turn.over("plate_disturbed", weight.plate)
        delta_g = 0.0 if plate.grams is None else whole_milligrams(weight.grams - plate.grams)
        if abs(delta_g) > turn.state.visit_rules.gap_tolerance_g:
            change = PlateChange(plate=weight.plate, delta_g=delta_g, sd_g=math.hypot(weight.sd_g, plate.sd_g), after_g=weight.grams)
            (older if visit is None or weight.plate in visit.unweighed else during).append(change)
    if older:
        _to_stock(turn, _reconstructed(at_ns, at_ns, older))
    visit = turn.visit
    if during and visit is not None:
        _to_visit(turn, visit, _reconstructed(at_ns, visit.granted_ns, during))


def _covariance_of(fact: PlateSettled, known: list[int]) -> tuple[tuple[float, ...], ...]:
    """Rows and columns of the changes that count; none where they do not fit to the changes."""
    rows = fact.covariance_g2
    if any(len(each) != len(fact.changes) for each in (rows, *rows)):
        return ()
    return tuple(tuple(rows[row][column] for column in known) for row in known)


def _seen(turn: Turn, name: str) -> bool:
    plate = turn.plate(name)
    return plate is not None and plate.measured


def _reconstructed(at_ns: int, start_ns: int, changes: list[PlateChange]) -> PlateSettled:
    return PlateSettled(
        at_ns=at_ns,
        plates=tuple(c.plate for c in changes),
        changes=tuple(changes),
        start_ns=start_ns,
        end_ns=at_ns,
        quality="reconstructed",
    )


def _weighs(*grams: float) -> bool:
    return all(math.isfinite(g) and abs(g) <= MAX_WEIGHT_G for g in grams)
