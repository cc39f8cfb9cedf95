"""One change explained under each hypothesis: the children of a beam of hypotheses, with their weights. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

from edge.basket.explain import (
    FOREIGN_SD_G,
    LOG_FOREIGN,
    LOG_GONE,
    LOG_NO_STOCK,
    LOG_NOTHING,
    LOG_PUT_BACK,
    LOG_SWAP,
    NO_GOODS,
    NOTHING_SD_G,
    REACH_SD,
    Choice,
    Combination,
    Combinations,
    PutBack,
    log_density,
    put_backs,
    units_variance,
)
from edge.basket.hypothesis import MAX_SUPPORT, Foreign, Held, Hypothesis, Net, Support
from edge.basket.stock import Stock
from edge.store.model import Product, StoreModel

LOG_STRADDLE = math.log(0.1)  # an item that stood on two plates, against one that stood on its own
LOG_ELSEWHERE = math.log(0.1)  # a put-back on a plate where the product does not belong
NO_PUT_BACK = PutBack((), 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Block:
    """A change to be explained as one: its plates with their parts, the sum and its variance, the numbers of the changes in it."""

    parts: tuple[tuple[str, float], ...]
    grams: float
    var_g2: float
    changes: tuple[int, ...]

    @property
    def main_plate(self) -> str:
        """The plate that changed most: where a straddling item is said to stand."""
        return max(self.parts, key=lambda part: (abs(part[1]), part[0]))[0]


@dataclass(frozen=True, slots=True)
class Shelf:
    """Per plate: units believed there before the visit, and the products that belong there."""

    units: Mapping[str, Mapping[str, int]]
    facings: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, store: StoreModel, stock: Stock) -> Shelf:
        known = {product.gtin for product in store.prices.products}
        units: defaultdict[str, dict[str, int]] = defaultdict(dict)
        facings: defaultdict[str, set[str]] = defaultdict(set)
        for facing in store.planogram:
            units[facing.plate].setdefault(facing.gtin, 0)
            facings[facing.plate].add(facing.gtin)
        for shelved in stock.shelved:
            if shelved.gtin in known:
                units[shelved.plate][shelved.gtin] = shelved.units
        return cls(units, {plate: frozenset(gtins) for plate, gtins in facings.items()})


@dataclass(slots=True)
class Growth:
    """What every explanation of one observation shares."""

    shelf: Shelf
    products: Mapping[str, Product]
    combinations: Combinations
    neighbours: Set[tuple[str, str]]
    restocking: bool
    _put_backs: dict[tuple[Held, ...], tuple[PutBack, ...]] = field(default_factory=dict)

    def put_backs(self, held: tuple[Held, ...]) -> tuple[PutBack, ...]:
        known = self._put_backs.get(held)
        if known is None:
            known = put_backs(held, self.products)
            self._put_backs[held] = known
        return known


@dataclass(frozen=True, slots=True)
class Explanation:
    """Goods that left (or arrived), goods put back, plates whose foreign load is ``resolved``, and whether one has ``grown``."""

    log_weight: float
    goods: Combination
    arrived: bool
    put_back: PutBack
    resolved: frozenset[str]
    grown: bool
    residual_g: float
    var_g2: float


def grown(hypotheses: Sequence[Hypothesis], block: Block, growth: Growth, most: int) -> list[Hypothesis]:
    """The ``2 * most`` likeliest children of ``hypotheses`` under ``block``; weights are not normalised."""
    scored: list[tuple[float, int, Explanation]] = []
    for index, hypothesis in enumerate(hypotheses):
        scored.extend(
            (-(hypothesis.log_weight + explanation.log_weight), index, explanation)
            for explanation in _explanations(hypothesis, block, growth)
        )
    scored.sort(key=lambda item: (item[0], item[1]))
    return [_child(hypotheses[index], explanation, block, growth, -score) for score, index, explanation in scored[: 2 * most]]


def _explanations(hypothesis: Hypothesis, block: Block, growth: Growth) -> Iterator[Explanation]:
    backs = () if growth.restocking else growth.put_backs(hypothesis.held)
    for resolved, grams, var, log_prior in _targets(hypothesis, block, growth):
        choices = _choices(hypothesis, _concerned(block, resolved), growth)
        nothing = log_prior + (0.0 if resolved else LOG_NOTHING)
        nothing_var = var + NOTHING_SD_G**2
        if abs(grams) <= REACH_SD * 2.0 * math.sqrt(nothing_var):
            yield Explanation(nothing + log_density(grams, nothing_var), NO_GOODS, False, NO_PUT_BACK, resolved, False, grams, nothing_var)
        if grams < 0.0:
            for goods in growth.combinations.near(choices, -grams, var):
                residual, total = grams + goods.grams, var + goods.var_g2
                log_weight = log_prior + goods.log_prior + log_density(residual, total)
                yield Explanation(log_weight, goods, False, NO_PUT_BACK, resolved, False, residual, total)
        elif growth.restocking and grams > 0.0:
            for goods in growth.combinations.near(_arrivals(block, growth), grams, var):
                residual, total = grams - goods.grams, var + goods.var_g2
                log_weight = log_prior + goods.log_prior + log_density(residual, total)
                yield Explanation(log_weight, goods, True, NO_PUT_BACK, resolved, False, residual, total)
        for back in backs:
            rest, rest_var = grams - back.grams, var + back.var_g2
            prior = log_prior + LOG_PUT_BACK + sum(_home(hypothesis, block, growth, index) for index, _ in back.groups)
            if rest * rest <= REACH_SD**2 * rest_var:
                yield Explanation(prior + log_density(rest, rest_var), NO_GOODS, False, back, resolved, False, rest, rest_var)
            elif rest < 0.0 and len(back.groups) == 1:
                for goods in growth.combinations.near(choices, -rest, rest_var):
                    if sum(units for _, units in goods.units) > 1:
                        continue  # one thing for one thing; anything else is two movements
                    residual, total = rest + goods.grams, rest_var + goods.var_g2
                    log_weight = prior + LOG_SWAP + goods.log_prior + log_density(residual, total)
                    yield Explanation(log_weight, goods, False, back, resolved, False, residual, total)
    if len(block.parts) == 1:
        yield Explanation(LOG_FOREIGN, NO_GOODS, False, NO_PUT_BACK, frozenset(), True, 0.0, block.var_g2)


def _targets(hypothesis: Hypothesis, block: Block, growth: Growth) -> Iterator[tuple[frozenset[str], float, float, float]]:
    """What goods may have to account for: the change alone, with a foreign load that left, or with the first half of a straddling item.

    Each with the plates whose foreign load it resolves, its grams, its variance and its log prior.
    """
    straddle = LOG_STRADDLE if len(block.parts) > 1 else 0.0
    yield frozenset(), block.grams, block.var_g2, straddle
    if not hypothesis.foreign:
        return
    plates = {plate for plate, _ in block.parts}
    here = [load for load in hypothesis.foreign if load.plate in plates]
    if here:
        grams = block.grams + sum(load.grams for load in here)
        var = block.var_g2 + sum(load.var_g2 for load in here) + FOREIGN_SD_G**2
        yield frozenset(load.plate for load in here), grams, var, straddle + LOG_GONE
    beside = [
        load
        for load in hypothesis.foreign
        if load.plate not in plates
        and (load.grams < 0.0) == (block.grams < 0.0)
        and any((load.plate, plate) in growth.neighbours for plate in plates)
    ]
    if beside:
        grams = block.grams + sum(load.grams for load in beside)
        yield frozenset(load.plate for load in beside), grams, block.var_g2 + sum(load.var_g2 for load in beside), straddle + LOG_STRADDLE


def _home(hypothesis: Hypothesis, block: Block, growth: Growth, index: int) -> float:
    gtin = hypothesis.held[index].gtin
    for plate, _ in block.parts:
        if gtin in growth.shelf.units.get(plate, {}):
            return 0.0
    return LOG_ELSEWHERE


def _concerned(block: Block, resolved: frozenset[str]) -> tuple[str, ...]:
    """Plates goods may stand on: the block's, the one that changed most first, then those of the loads that are explained with it."""
    plates = [plate for plate, _ in sorted(block.parts, key=lambda part: (-abs(part[1]), part[0]))]
    return (*plates, *sorted(resolved.difference(plates)))


def _choices(hypothesis: Hypothesis, plates: tuple[str, ...], growth: Growth) -> tuple[Choice, ...]:
    """Products that can have left ``plates``: what stands there, and facings that should be empty, less likely."""
    limits: dict[str, int] = {}
    for plate in plates:
        for gtin, units in growth.shelf.units.get(plate, {}).items():
            limits[gtin] = limits.get(gtin, 0) + units
        for net in hypothesis.nets:
            if net.plate == plate:
                limits[net.gtin] = limits.get(net.gtin, 0) + net.units
    belongs = {gtin for plate in plates for gtin in growth.shelf.facings.get(plate, frozenset())}
    most = growth.combinations.max_units
    choices = []
    for gtin in sorted(limits):
        if limits[gtin] > 0:
            choices.append(Choice(gtin, min(limits[gtin], most), 0.0))
        elif gtin in belongs:
            choices.append(Choice(gtin, 1, LOG_NO_STOCK))
    return tuple(choices)


def _arrivals(block: Block, growth: Growth) -> tuple[Choice, ...]:
    belongs = {gtin for plate, _ in block.parts for gtin in growth.shelf.facings.get(plate, frozenset())}
    return tuple(Choice(gtin, growth.combinations.max_units, 0.0) for gtin in sorted(belongs))


def _child(hypothesis: Hypothesis, explanation: Explanation, block: Block, growth: Growth, log_weight: float) -> Hypothesis:
    nets = {(net.plate, net.gtin): net.units for net in hypothesis.nets}
    held = list(hypothesis.held)
    plates = _concerned(block, explanation.resolved)
    earlier = tuple(number for load in hypothesis.foreign if load.plate in explanation.resolved for number in load.changes)
    support = {known.gtin: known.changes for known in hypothesis.support}
    for index, units in explanation.put_back.groups:
        group = held[index]
        nets[block.main_plate, group.gtin] = nets.get((block.main_plate, group.gtin), 0) + units
        support[group.gtin] = _cited(support.get(group.gtin, ()), (*earlier, *block.changes))
        share = 1.0 - units / group.units
        held[index] = Held(group.gtin, group.units - units, share * group.grams, share * share * group.var_g2)
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
    kept_nets = tuple(Net(plate, gtin, units) for (plate, gtin), units in sorted(nets.items()) if units != 0)
    moved = {net.gtin for net in kept_nets}
    return Hypothesis(
        log_weight=log_weight,
        nets=kept_nets,
        held=tuple(sorted(held, key=lambda group: (group.gtin, group.units, group.grams))),
        foreign=_foreign(hypothesis.foreign, explanation, block),
        support=tuple(Support(gtin, changes) for gtin, changes in sorted(support.items()) if gtin in moved),
    )


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
    return Held(gtin, units, units * product.unit_weight_g - gain * explanation.residual_g, prior_var * (1.0 - gain))


def _foreign(loads: tuple[Foreign, ...], explanation: Explanation, block: Block) -> tuple[Foreign, ...]:
    if not explanation.grown:
        return tuple(load for load in loads if load.plate not in explanation.resolved)
    plate = block.main_plate
    known = next((load for load in loads if load.plate == plate), Foreign(plate, 0.0, 0.0, ()))
    grown_load = Foreign(plate, known.grams + block.grams, known.var_g2 + block.var_g2, _cited(known.changes, block.changes))
    return tuple(sorted([*(load for load in loads if load.plate != plate), grown_load], key=lambda load: load.plate))
