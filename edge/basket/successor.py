"""A hypothesis after one more change: what moved, what is held, what leans, and which changes speak for it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from edge.basket.explain import units_variance
from edge.basket.hypothesis import MAX_COUNTS, MAX_SUPPORT, Foreign, Held, Hypothesis, Net, Support
from edge.basket.scene import Block, Explanation, Growth, concerned
from edge.store.model import Product

MIN_VAR_G2 = 0.01  # square grams; no held weight is known better than to a tenth of a gram
MAX_HELD = 24  # groups a shopper holds; more arms are rare


def child(hypothesis: Hypothesis, explanation: Explanation, block: Block, growth: Growth, log_weight: float) -> Hypothesis:
    """``hypothesis`` after ``block`` went by ``explanation``."""
    nets = {(net.plate, net.gtin): net.units for net in hypothesis.nets}
    held = list(hypothesis.held)
    plates = concerned(block, explanation.resolved)
    earlier = tuple(number for load in hypothesis.foreign if load.plate in explanation.resolved for number in load.changes)
    support = {known.gtin: known.changes for known in hypothesis.support}
    for index, units in explanation.put_back.groups:
        group = held[index]
        nets[block.main_plate, group.gtin] = nets.get((block.main_plate, group.gtin), 0) + units
        support[group.gtin] = _cited(support.get(group.gtin, ()), (*earlier, *block.changes))
        share = 1.0 - units / group.units
        var = max(share * share * group.var_g2, MIN_VAR_G2)
        held[index] = Held(group.gtin, group.units - units, round(share * group.grams, 3), round(var, 4))
    held = [group for group in held if group.units > 0]
    for gtin, units in explanation.goods.units:
        support[gtin] = _cited(support.get(gtin, ()), (*earlier, *block.changes))
        if explanation.arrived:
            nets[block.main_plate, gtin] = nets.get((block.main_plate, gtin), 0) + units
            continue
        for plate, count in _taken_from(gtin, units, plates, growth, nets):
            nets[plate, gtin] = nets.get((plate, gtin), 0) - count
        if not growth.restocking:
            held.append(_weighed(gtin, units, explanation, growth.products[gtin]))
    pieces = sum(units for _, units in explanation.put_back.groups) + sum(units for _, units in explanation.goods.units)
    kept_nets = tuple(Net(plate, gtin, units) for (plate, gtin), units in sorted(nets.items()) if units != 0)
    moved = {net.gtin for net in kept_nets}
    return Hypothesis(
        log_weight=log_weight,
        nets=kept_nets,
        held=_bounded(held),
        foreign=_foreign(hypothesis.foreign, explanation, block),
        support=tuple(Support(gtin, changes) for gtin, changes in sorted(support.items()) if gtin in moved),
        returned=_returned(hypothesis, {gtin: changes for gtin, changes in support.items() if gtin not in moved}),
        counts=(*hypothesis.counts, (min(block.changes), pieces))[-MAX_COUNTS:] if pieces else hypothesis.counts,
    )


def _returned(hypothesis: Hypothesis, more: Mapping[str, tuple[int, ...]]) -> tuple[Support, ...]:
    known = {each.gtin: each.changes for each in hypothesis.returned}
    for gtin, changes in more.items():
        known[gtin] = _cited(known.get(gtin, ()), changes)
    return tuple(Support(gtin, changes) for gtin, changes in sorted(known.items()))


def _bounded(held: list[Held]) -> tuple[Held, ...]:
    """Sorted; when there are too many, the groups of the product with the most become one, whose single weights are forgotten."""
    if len(held) > MAX_HELD:
        counts = Counter(group.gtin for group in held)
        gtin = max(counts, key=lambda each: (counts[each], each))
        same = [group for group in held if group.gtin == gtin]
        grams, var = sum(group.grams for group in same), sum(group.var_g2 for group in same)
        whole = Held(gtin, sum(group.units for group in same), round(grams, 3), round(var, 4))
        held = [*(group for group in held if group.gtin != gtin), whole]
    return tuple(sorted(held, key=lambda group: (group.gtin, group.units, group.grams)))


def _cited(known: tuple[int, ...], more: tuple[int, ...]) -> tuple[int, ...]:
    return (*known, *more)[-MAX_SUPPORT:]


def _taken_from(
    gtin: str, units: int, plates: tuple[str, ...], growth: Growth, nets: Mapping[tuple[str, str], int]
) -> Iterator[tuple[str, int]]:
    """Split units over ``plates`` by what stands there."""
    left = units
    for plate in plates:
        there = growth.shelf.units.get(plate, {}).get(gtin, 0) + nets.get((plate, gtin), 0)
        count = min(left, max(0, there))
        if count:
            yield plate, count
            left -= count
    if left:
        belonging = [plate for plate in plates if gtin in growth.shelf.facings.get(plate, frozenset())]
        yield (belonging or plates)[0], left


def _weighed(gtin: str, units: int, explanation: Explanation, product: Product) -> Held:
    """The group's weight after seeing the change: its prior, corrected by its share of the residual."""
    prior_var = units_variance(product, units)
    gain = prior_var / explanation.var_g2
    grams = units * product.unit_weight_g - gain * explanation.residual_g
    return Held(gtin, units, round(grams, 3), round(max(prior_var * (1.0 - gain), MIN_VAR_G2), 4))


def _foreign(loads: tuple[Foreign, ...], explanation: Explanation, block: Block) -> tuple[Foreign, ...]:
    if not explanation.grown:
        return tuple(load for load in loads if load.plate not in explanation.resolved)
    parts = dict(block.parts)
    cause = min(block.changes)
    total = sum(abs(grams) for grams in parts.values()) or 1.0
    kept = [load for load in loads if load.plate not in parts]
    for plate, grams in parts.items():
        known = next((load for load in loads if load.plate == plate), Foreign(plate, 0.0, 0.0, (), cause))
        var = known.var_g2 + block.var_g2 * abs(grams) / total
        kept.append(
            Foreign(plate, known.grams + grams * block.grams / _signed(parts), var, _cited(known.changes, block.changes), known.cause)
        )
    return tuple(sorted(kept, key=lambda load: load.plate))


def _signed(parts: Mapping[str, float]) -> float:
    """The sum of the parts: loads beside each other are short of what they show on one another, the whole is not."""
    return sum(parts.values()) or 1.0
