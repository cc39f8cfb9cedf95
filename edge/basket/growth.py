"""One change explained under each hypothesis: the children of a beam of hypotheses, with their weights. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from edge.basket.explain import (
    FOREIGN_SD_G,
    LOG_FOREIGN,
    LOG_GONE,
    LOG_LEAN_BESIDE,
    LOG_NO_STOCK,
    LOG_NOTHING,
    LOG_PUT_BACK,
    LOG_SWAP,
    MAX_PAIRED,
    NO_GOODS,
    NOTHING_SD_G,
    Choice,
    Combination,
    PutBack,
    log_density,
    narrow_log_density,
    paired_put_backs,
    units_variance,
    within_reach,
)
from edge.basket.hypothesis import Foreign, Hypothesis
from edge.basket.scene import Block, Explanation, Growth, concerned
from edge.basket.successor import child

LOG_STRADDLE = math.log(0.1)  # an item that stood on two plates, against one that stood on its own
LOG_ELSEWHERE = math.log(0.1)  # a put-back on a plate where the product does not belong
LOG_STRANGER = math.log(0.02)  # a restocker sets down a product that does not belong there, against one that does
MAX_STRANGERS = 12  # units of it in one movement; of forty bars every weight could be made
REACH = 14.0  # nats below the best at which a way is dropped: less than one in a million
LOG_BESIDE_HOME = math.log(0.1)  # a straddling item on a plate where its product does not stand, per plate
LOG_HOMELESS = math.log(0.05)  # a product that the planogram has forgotten stands here
LOG_UNPLANNED = math.log(0.002)  # a product that has its place elsewhere, on a plate that should be bare
LOG_ONE_MORE = math.log(0.5)  # a product stands there of which one was taken already, unplanned: where one was, others mostly are
UNTOLD_SD = 2.0  # standard deviations; a change nearer to zero than that may be one of the other direction
LEAST_G = 1.0  # g; what goods are looked for at least
PLAIN_ENOUGH = 4.0  # nats; a plain explanation that much better than a foreign load needs no far-fetched one beside it
NO_PUT_BACK = PutBack((), 0.0, 0.0)
LAST_RESORT = 4  # hypotheses that go on when the bound is reached


@dataclass(frozen=True, slots=True)
class Target:
    """What goods have to account for, with the plates whose foreign load that resolves."""

    resolved: frozenset[str]
    grams: float
    var_g2: float
    log_prior: float


def grown(hypotheses: Sequence[Hypothesis], block: Block, growth: Growth, most: int) -> list[Hypothesis]:
    """The likeliest children of ``hypotheses`` (best first) under ``block``, at most twice ``most``; weights are not normalised."""
    scored: list[tuple[float, int, Explanation]] = []
    for index, hypothesis in enumerate(hypotheses):
        if growth.left <= 0 and index >= LAST_RESORT:
            break
        explanations = _explanations(hypothesis, block, growth)
        growth.left -= len(explanations)
        scored.extend((hypothesis.log_weight + explanation.log_weight, index, explanation) for explanation in explanations)
    if not scored:
        return []
    floor = max(score for score, _, _ in scored) - REACH
    scored = [item for item in scored if item[0] >= floor]
    scored.sort(key=lambda item: -item[0])
    return [child(hypotheses[index], explanation, block, growth, score) for score, index, explanation in scored[: 2 * most]]


def _explanations(hypothesis: Hypothesis, block: Block, growth: Growth) -> list[Explanation]:
    """Plain explanations, and, only where none of them fits well, two things put back at once and one thing exchanged for another."""
    found: list[Explanation] = []
    targets = _targets(hypothesis, block, growth)
    held = () if growth.restocking else hypothesis.held
    for target in targets:
        grams, var = target.grams, target.var_g2
        nothing_var = var + NOTHING_SD_G**2
        if within_reach(grams, nothing_var):
            log_weight = target.log_prior + (0.0 if target.resolved else LOG_NOTHING) + narrow_log_density(grams, nothing_var)
            found.append(Explanation(log_weight, NO_GOODS, False, NO_PUT_BACK, target.resolved, False, grams, nothing_var))
        arrived = grams > 0.0
        untold = abs(grams) <= UNTOLD_SD * math.sqrt(var)
        if arrived and untold and not growth.restocking:
            choices = _choices(hypothesis, concerned(block, target.resolved), block, growth)
            found.extend(_with_goods(target, choices, False, growth))
        elif not arrived or growth.restocking:
            choices = (
                _arrivals(hypothesis, block, growth) if arrived else _choices(hypothesis, concerned(block, target.resolved), block, growth)
            )
            found.extend(_with_goods(target, choices, arrived, growth))
            if arrived:
                known = {choice.gtin for choice in choices}
                for gtin in growth.strangers:
                    if gtin not in known:  # one kind at a time: of two strangers at once every weight could be made
                        stranger = Choice(gtin, MAX_STRANGERS, LOG_STRANGER - math.log(MAX_STRANGERS * len(growth.strangers)))
                        found.extend(_with_goods(target, (stranger,), arrived, growth))
        growth.left -= len(held)
        for index, group in enumerate(held):
            for part in growth.parts(group):
                if not within_reach(target.grams - part.grams, target.var_g2 + part.var_g2):
                    continue
                found.extend(_put_back(hypothesis, block, target, PutBack(((index, part.units),), part.grams, part.var_g2), growth))
    best = max((explanation.log_weight for explanation in found), default=-math.inf)
    if best < LOG_FOREIGN + PLAIN_ENOUGH and growth.left > 0:
        for target in targets:
            for pair in paired_put_backs(held):
                found.extend(_put_back(hypothesis, block, target, pair, growth))
            choices = _choices(hypothesis, concerned(block, target.resolved), block, growth)
            for index, group in enumerate(held[:MAX_PAIRED]):
                one = growth.parts(group)[0]
                back = PutBack(((index, one.units),), one.grams, one.var_g2)
                found.extend(_exchanged(hypothesis, block, target, back, growth, choices=choices))
    log_foreign = LOG_FOREIGN + (len(block.parts) - 1) * LOG_LEAN_BESIDE
    found.append(Explanation(log_foreign, NO_GOODS, False, NO_PUT_BACK, frozenset(), True, 0.0, block.var_g2))
    return found


def _with_goods(target: Target, choices: tuple[Choice, ...], arrived: bool, growth: Growth) -> Iterator[Explanation]:
    wanted = target.grams if arrived else -target.grams
    for goods in growth.combinations.near(choices, max(wanted, LEAST_G), target.var_g2):
        residual, total = (target.grams - goods.grams if arrived else target.grams + goods.grams), target.var_g2 + goods.var_g2
        log_weight = target.log_prior + goods.log_prior + log_density(residual, total)
        yield Explanation(log_weight, goods, arrived, NO_PUT_BACK, target.resolved, False, residual, total)


def _put_back(hypothesis: Hypothesis, block: Block, target: Target, back: PutBack, growth: Growth) -> Iterator[Explanation]:
    rest, var = target.grams - back.grams, target.var_g2 + back.var_g2
    if within_reach(rest, var):
        log_prior = target.log_prior + LOG_PUT_BACK + sum(_home(hypothesis, block, growth, index) for index, _ in back.groups)
        yield Explanation(log_prior + log_density(rest, var), NO_GOODS, False, back, target.resolved, False, rest, var)


def _exchanged(
    hypothesis: Hypothesis, block: Block, target: Target, back: PutBack, growth: Growth, *, choices: tuple[Choice, ...]
) -> Iterator[Explanation]:
    """One thing for one thing; anything larger is two movements."""
    left = back.grams - target.grams
    growth.left -= 1 + len(choices)
    if left <= 0.0:
        return
    index, _ = back.groups[0]
    var = target.var_g2 + back.var_g2
    log_prior = target.log_prior + LOG_PUT_BACK + LOG_SWAP + _home(hypothesis, block, growth, index)
    for choice in choices:
        product = growth.products[choice.gtin]
        residual, spread = product.unit_weight_g - left, units_variance(product, 1)
        if within_reach(residual, var + spread):
            goods = Combination(((choice.gtin, 1),), product.unit_weight_g, spread, choice.log_prior)
            log_weight = log_prior + choice.log_prior + log_density(residual, var + spread)
            yield Explanation(log_weight, goods, False, back, target.resolved, False, residual, var + spread)


def _targets(hypothesis: Hypothesis, block: Block, growth: Growth) -> list[Target]:
    """The change alone, with a foreign load that left, or with the first half of a straddling item beside it."""
    straddle = LOG_STRADDLE if len(block.parts) > 1 else 0.0
    targets = [Target(frozenset(), block.grams, block.var_g2, straddle)]
    if not hypothesis.foreign:
        return targets
    plates = {plate for plate, _ in block.parts}
    causes = {load.cause for load in hypothesis.foreign if load.plate in plates}
    here = [load for load in hypothesis.foreign if load.cause in causes]
    beside = _beside(hypothesis.foreign, plates, block.grams < 0.0, growth.neighbours)
    for loads, log_prior, var in ((here, LOG_GONE, FOREIGN_SD_G**2), (beside, LOG_STRADDLE, 0.0)):
        if loads:
            grams = block.grams + sum(load.grams for load in loads)
            var_g2 = block.var_g2 + sum(load.var_g2 for load in loads) + var
            targets.append(Target(frozenset(load.plate for load in loads), grams, var_g2, straddle + log_prior))
    return targets


def _beside(loads: Sequence[Foreign], plates: Set[str], leaving: bool, neighbours: Set[tuple[str, str]]) -> list[Foreign]:
    """Loads of one direction that reach from ``plates`` from neighbour to neighbour: the rest of an item that stood on all of them."""
    left = [load for load in loads if load.plate not in plates and (load.grams < 0.0) == leaving]
    found: list[Foreign] = []
    frontier = set(plates)
    while True:
        near = [load for load in left if any((load.plate, plate) in neighbours for plate in frontier)]
        if not near:
            return sorted(found, key=lambda load: load.plate)
        found += near
        frontier = {load.plate for load in near}
        left = [load for load in left if load not in near]


def _home(hypothesis: Hypothesis, block: Block, growth: Growth, index: int) -> float:
    if not growth.traits.basket_prior:
        return 0.0
    gtin = hypothesis.held[index].gtin
    for plate, _ in block.parts:
        if gtin in growth.shelf.units.get(plate, {}):
            return 0.0
    return LOG_ELSEWHERE


def _choices(hypothesis: Hypothesis, plates: tuple[str, ...], block: Block, growth: Growth) -> tuple[Choice, ...]:
    """Products that can have left ``plates``: what stands there, what should stand there, and goods that no facing tells of."""
    traits, shelf = growth.traits, growth.shelf
    limits: dict[str, int] = {}
    for plate in plates:
        for gtin, units in shelf.units.get(plate, {}).items():
            limits[gtin] = limits.get(gtin, 0) + units
        for net in hypothesis.nets:
            if net.plate == plate and (traits.dynamic_planogram or net.gtin in shelf.facings.get(plate, ())):
                limits[net.gtin] = limits.get(net.gtin, 0) + net.units
    belongs = {gtin for plate in plates for gtin in shelf.facings.get(plate, frozenset())}
    most = growth.combinations.max_units
    choices = []
    for gtin in sorted(limits):
        log_prior = _beside_home(gtin, hypothesis, block, growth)
        if limits[gtin] > 0:
            choices.append(Choice(gtin, min(limits[gtin], most), log_prior))
        elif gtin in belongs:
            choices.append(Choice(gtin, 1, log_prior + LOG_NO_STOCK))
        elif limits[gtin] < 0:  # it stood there although the planogram does not know
            choices.append(Choice(gtin, most, LOG_ONE_MORE))
    bare = not any(shelf.facings.get(plate) for plate in plates)
    choices.extend(
        Choice(gtin, most, LOG_HOMELESS if gtin in shelf.homeless else LOG_UNPLANNED)
        for gtin in (growth.products if bare else shelf.homeless)
        if gtin not in limits
    )
    return tuple(choices)


def _beside_home(gtin: str, hypothesis: Hypothesis, block: Block, growth: Growth) -> float:
    """An item that stood on several plates stood on plates of its own: each that is not makes it less likely."""
    if len(block.parts) < 2 or not growth.traits.basket_prior:
        return 0.0
    shelf = growth.shelf
    moved = {net.plate for net in hypothesis.nets if net.gtin == gtin and net.units > 0}
    foreign = [
        plate
        for plate, _ in block.parts
        if gtin not in shelf.facings.get(plate, ()) and gtin not in shelf.units.get(plate, ()) and plate not in moved
    ]
    return LOG_BESIDE_HOME * len(foreign)


def _arrivals(hypothesis: Hypothesis, block: Block, growth: Growth) -> tuple[Choice, ...]:
    """Products that belong on the plates in question; in a staff visit also what stands there already, as strangers come in numbers."""
    belongs = {gtin for plate, _ in block.parts for gtin in growth.shelf.facings.get(plate, frozenset())}
    if growth.strangers:
        plates = {plate for plate, _ in block.parts}
        belongs |= {gtin for plate in plates for gtin, units in growth.shelf.units.get(plate, {}).items() if units > 0}
        belongs |= {net.gtin for net in hypothesis.nets if net.plate in plates and net.units > 0}
    return tuple(Choice(gtin, growth.combinations.max_units, 0.0) for gtin in sorted(belongs))
