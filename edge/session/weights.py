"""What the store learns about the weight of its goods: from receipts that were charged, and from pieces that a person counted. Pure.

Nothing but a final receipt or a count teaches. What was learned is used from the next visit on; a catalogue that the plates contradict is
an alarm about the product, which ends when the catalogue is mended.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

from devices.facts import PlateChange, Quality
from edge.basket.evidence import Evidence
from edge.basket.unit_weights import CHANGE_SD_G, Line, UnitWeight, counted, fitting, learned, suspected
from edge.session.details import Said
from edge.session.facts import PiecesCounted
from edge.session.state import PieceCount, Placing, PlateState, StoreState, visit_of
from edge.session.turn import NS, Turn
from edge.store.build import MIN_SPREAD_G
from edge.store.model import Product

PLACING_NS: Final = 30 * NS  # ns between two movements of one hand that sets down one thing after the other
COUNTED_WITHIN_NS: Final = 180 * NS  # ns from the last piece on the plate to the word how many there are
SMALL_G: Final = 3.0  # g; creep and drift between two pieces, in whatever direction
LEAST_ONE_BY_ONE: Final = 3  # pieces; of two nobody can say how much pieces differ
LEAST_SHARE, MOST_SHARE = 0.5, 2.0  # of the catalogue's weight per piece; beyond that the number or the product is a mistake

COUNT_WORDS: Final[dict[str, str]] = {
    "counted": "Weighed and learned.",
    "weighed": "Weighed.",
    "not_configured": "This cabinet is not set up yet.",
    "shopper_inside": "Somebody is shopping. Count when they have left, in a restocker's or technician's visit.",
    "unknown_plate": "This cabinet has no such plate.",
    "unknown_product": "This product is not in the catalogue. Add it first, with the weight on its label.",
    "no_weight": "This plate has no weight at the moment.",
    "moving": "The plate is not at rest yet. Wait a moment and say it again.",
    "nothing_placed": "Nothing was put on this plate just now. Put the pieces on it, then say how many there are within three minutes.",
    "far_off": "That is less than half or more than twice the catalogue's weight per piece. Check the number and the product.",
}


def placed(plate: PlateState, change: PlateChange, quality: Quality, at_ns: int) -> Placing | None:
    """What a hand is setting down on (or taking from) ``plate``, this change included: movements in one direction soon after each other."""
    if quality == "reconstructed":
        return None
    known, square = plate.placing, round(change.delta_g**2, 3)
    if known is not None and at_ns - known.at_ns <= PLACING_NS and _goes_on(known.grams, change.delta_g):
        moves = known.moves + (abs(change.delta_g) > SMALL_G)
        squares = round(known.squares_g2 + square, 3)
        return Placing(round(known.grams + change.delta_g, 3), round(math.hypot(known.sd_g, _sd_g(change)), 3), at_ns, moves, squares)
    return Placing(change.delta_g, round(_sd_g(change), 3), at_ns, 1, square)


def pieces_counted(turn: Turn, fact: PiecesCounted) -> None:
    """A person says how many pieces the last movement on a plate was."""
    code, product, placing = _judged(turn, fact)
    each_g = 0.0
    if product is not None and placing is not None:
        grams = abs(placing.grams)
        each_g = round(grams / fact.units, 2)
        if not LEAST_SHARE <= each_g / product.unit_weight_g <= MOST_SHARE:
            code = "far_off"
        else:
            turn.set(
                unit_weights=counted(turn.state.unit_weights, product, fact.units, grams, placing.sd_g**2),
                suspected_weights=tuple(weight for weight in turn.state.suspected_weights if weight.gtin != fact.gtin),
            )
            turn.set(plates=tuple(replace(p, placing=None) if p.plate == fact.plate else p for p in turn.state.plates))
    weight = next((w for w in turn.state.unit_weights if w.gtin == fact.gtin), None)
    result = PieceCount(
        at_ns=fact.at_ns,
        plate=fact.plate,
        gtin=fact.gtin,
        units=fact.units,
        code=code,
        each_g=each_g,
        learned_g=0.0 if weight is None else round(weight.mean_g, 2),
    )
    turn.set(last_count=result)
    turn.audit("pieces_counted", fact.by, f"{code}: {fact.units} x {fact.gtin} on {fact.plate}, {each_g:g} g each")
    look(turn)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """Pieces that were just put on a plate. ``code`` of ``COUNT_WORDS``, "weighed" where the rest counts: grams per piece, how sure that
    is, and how much one piece differs from the next, which only shows where they came one by one (None otherwise)."""

    code: str
    each_g: float = 0.0
    each_sd_g: float = 0.0
    spread_g: float | None = None


def weigh(state: StoreState, plate: str, units: int, now_ns: int) -> Weighing:
    """What the last movement on ``plate`` weighs by the piece, whatever it was; nothing is learned of it."""
    code, placing = _placed_on(state, plate, units, now_ns)
    if placing is None:
        return Weighing(code=code)
    each_g = abs(placing.grams) / units
    return Weighing(code="weighed", each_g=round(each_g, 2), each_sd_g=round(placing.sd_g / units, 2), spread_g=_spread_g(placing, units))


def learn(turn: Turn, lines: tuple[Line, ...]) -> None:
    """A receipt was final: its lines may teach, and what it sold by weight is not suspected any more."""
    store = turn.state.store
    if store is not None:
        sold = {line.gtin for line in lines}
        forgiven = tuple(weight for weight in turn.state.suspected_weights if weight.gtin not in sold)
        turn.set(unit_weights=learned(turn.state.unit_weights, store, lines), suspected_weights=forgiven)
        look(turn)


def suspect(turn: Turn, unexplained: tuple[Evidence, ...]) -> None:
    """A receipt goes to a person because of weight that no product explains: perhaps it is the catalogue that is wrong."""
    store = turn.state.store
    if store is not None and unexplained:
        turn.set(suspected_weights=suspected(turn.state.suspected_weights, store, turn.state.stock, unexplained))
        look(turn)


def look(turn: Turn) -> None:
    """Forget what the catalogue of today does not know any more, and compare it with the rest."""
    store = turn.state.store
    if store is None:
        return
    turn.set(unit_weights=fitting(turn.state.unit_weights, store), suspected_weights=fitting(turn.state.suspected_weights, store))
    weights = (*turn.state.unit_weights, *turn.state.suspected_weights)
    for alarm in turn.state.alarms:
        if alarm.code == "unit_weight_disagrees" and all(weight.agrees for weight in weights if weight.gtin == alarm.subject):
            turn.over("unit_weight_disagrees", alarm.subject)
    for weight in weights:
        if weight.disagrees:
            turn.alarm("unit_weight_disagrees", weight.gtin, said=disagreement(weight))


def disagreement(weight: UnitWeight) -> Said:
    """The contradiction in figures."""
    figures = {
        "mean_g": f"{weight.mean_g:.1f}",
        "sd_g": f"{weight.mean_sd_g:.1f}",
        "units": str(weight.units),
        "catalogue_g": f"{weight.catalogue_g:g}",
    }
    return Said("weight_disagrees", figures)


def _judged(turn: Turn, fact: PiecesCounted) -> tuple[str, Product | None, Placing | None]:
    """A code of ``COUNT_WORDS``; product and placing only where the count counts."""
    store = turn.state.store
    product = None if store is None else next((p for p in store.prices.products if p.gtin == fact.gtin), None)
    code, placing = _placed_on(turn.state, fact.plate, fact.units, fact.at_ns)
    if product is None and code not in ("not_configured", "shopper_inside", "unknown_plate"):
        return "unknown_product", None, None
    return (code, None, None) if placing is None else ("counted", product, placing)


def _placed_on(state: StoreState, name: str, units: int, now_ns: int) -> tuple[str, Placing | None]:
    """What was just put on a plate; or a code of ``COUNT_WORDS`` that says why nothing can be said of it."""
    plate, visit = next((one for one in state.plates if one.plate == name), None), visit_of(state.phase)
    if state.store is None:
        return "not_configured", None
    if visit is not None and visit.role == "shopper":
        return "shopper_inside", None
    if plate is None:
        return "unknown_plate", None
    if plate.lost or plate.faulted or not plate.measured:
        return "no_weight", None
    if plate.moving:
        return "moving", None
    placing = plate.placing
    if placing is None or now_ns - placing.at_ns > COUNTED_WITHIN_NS or abs(placing.grams) <= SMALL_G or units < 1:
        return "nothing_placed", None
    return "counted", placing


def _spread_g(placing: Placing, units: int) -> float | None:
    """Standard deviation between pieces that came one by one, without what the plate itself adds; None where they did not, or are few."""
    if placing.moves != units or units < LEAST_ONE_BY_ONE:
        return None
    variance = (placing.squares_g2 - placing.grams**2 / units) / (units - 1) - placing.sd_g**2 / units
    return round(max(MIN_SPREAD_G, math.sqrt(max(0.0, variance))), 2)


def _goes_on(grams: float, delta_g: float) -> bool:
    return abs(delta_g) <= SMALL_G or (grams < 0.0) == (delta_g < 0.0)


def _sd_g(change: PlateChange) -> float:
    return math.hypot(change.sd_g, CHANGE_SD_G)
