"""How the belief about a visit grows: one settled change in, a new belief out. Pure and deterministic.

The belief is a beam of hypotheses about the whole visit. Each settled change multiplies every hypothesis by its possible explanations
(:mod:`edge.basket.explain`); equal outcomes are added up, the unlikely are dropped, the rest is normalised. Nothing is decided before
somebody asks (:mod:`edge.basket.reading`), so later evidence still corrects earlier choices.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from devices.facts import PlateChange, PlateSettled, Quality
from edge.basket.cross_talk import loads
from edge.basket.evidence import Evidence
from edge.basket.explain import MAX_UNITS, MAX_UNITS_RESTOCKING, Combinations
from edge.basket.grouping import groupings
from edge.basket.growth import REACH, grown
from edge.basket.hypothesis import Belief, Change, Hypothesis, PlateSum
from edge.basket.scene import Block, Growth, Shelf
from edge.basket.sight import Movement, Sighting, matched
from edge.basket.stock import Stock
from edge.basket.testimony import Told, Unseen, told
from edge.basket.traits import FULL, Traits
from edge.store.model import StoreModel

BEAM = 32  # hypotheses kept; more changes no receipt, fewer lose ambiguous visits
WATCHED_BEAM = 2 * BEAM  # where an eye has a word, or may yet have one: what it favours may be among the less likely by weight
MAX_CHANGES = 256  # changes remembered as evidence, the newest; a visit has a few dozen
MAX_CHANGE_G = 1_000_000.0  # g; beyond a ton a change is an error, not a weight
QUALITY_SD_G: dict[Quality, float] = {
    "ok": 0.4,  # what two clean windows may miss of creep and ringing
    "noisy": 1.0,
    "disturbed": 3.0,  # something leaned: friction and creep remain
    "reconstructed": 4.0,  # creep and drift of the gap
}


def open_belief(store: StoreModel, stock: Stock, *, restocking: bool = False, whole_catalogue: bool = False) -> Belief:
    """Nothing has been taken yet, for sure. ``restocking``: goods may arrive that nobody took; ``whole_catalogue``: of any product."""
    return Belief(stock=stock, restocking=restocking, hypotheses=(Hypothesis(0.0),), whole_catalogue=whole_catalogue)


def reopened(belief: Belief, stock: Stock) -> Belief:
    """The same kind of visit, opened anew on ``stock``."""
    return Belief(stock=stock, restocking=belief.restocking, hypotheses=(Hypothesis(0.0),), whole_catalogue=belief.whole_catalogue)


def observe(
    belief: Belief,
    store: StoreModel,
    settled: PlateSettled,
    traits: Traits = FULL,
    sightings: Sequence[Sighting] = (),
    *,
    apart_from: int | None = None,
) -> Belief:
    """The belief after one settled change, and what an eye saw of it until now (what it sees later: :func:`resight`). Changes that cannot
    be weights, or are on unknown plates, are counted in ``refused``. ``apart_from``: see :func:`kept`."""
    plates = {plate.plate: plate.neighbours for plate in store.plates}
    changes = _weights(store, settled)
    refused = belief.refused + len(settled.changes) - len(changes)
    if not changes:
        return belief if refused == belief.refused else replace(belief, refused=refused)
    corrected = bool(settled.covariance_g2)
    remembered = remembering(belief, store, settled)
    neighbours = {(a, b) for a, names in plates.items() for b in names} | {(b, a) for a, names in plates.items() for b in names}
    beside: defaultdict[str, set[str]] = defaultdict(set)
    for one, two in neighbours:
        beside[one].add(two)
    shared = _shared(settled, changes)
    variances = [shared.get((n, n), change.sd_g**2) + QUALITY_SD_G[settled.quality] ** 2 for n, change in enumerate(changes)]
    looked_at = bool(sightings) or apart_from is not None
    found = loads(changes, variances, beside, cross_talk=traits.cross_talk, shared=shared if corrected else None, looked_at=looked_at)
    products = {product.gtin: product for product in store.prices.products}
    growth = Growth(
        shelf=Shelf.of(store, belief.stock, strays=traits.dynamic_planogram),
        products=products,
        combinations=Combinations(products, MAX_UNITS_RESTOCKING if belief.restocking else MAX_UNITS, traits),
        neighbours=neighbours,
        restocking=belief.restocking,
        traits=traits,
        strangers=tuple(products) if belief.restocking and belief.whole_catalogue else (),
    )
    movement = (Movement.of(settled, remembered, store=store, stock=belief.stock),) if sightings else ()
    words = told(matched(sightings, movement), movement)
    children: list[Hypothesis] = []
    beam = BEAM if traits.beam else 1
    unsaid = belief.next_number if words and apart_from is None else apart_from  # until it is weighed, the eye's word keeps them apart
    width = beam if unsaid is None or not traits.beam else WATCHED_BEAM
    last = beam if apart_from is None else width
    for grouping in groupings([(load.plate, load.direction) for load in found.loads], neighbours):
        hypotheses: Sequence[Hypothesis] = belief.hypotheses
        for group in sorted(grouping, key=lambda group: found.together(group)[0]):  # taken before put back
            grams, var_g2 = found.together(group)
            block = Block(
                parts=tuple((found.loads[index].plate, found.loads[index].grams) for index in group),
                grams=grams,
                var_g2=var_g2,
                changes=tuple(remembered[place].number for index in group for place in found.loads[index].places),
            )
            hypotheses = kept(grown(hypotheses, block, growth, max(1, width // len(grouping))), width, unsaid)
        children.extend(hypotheses)
    final = _normalised(
        kept(_weighed(children, (), words), last, apart_from)
    )  # never empty: a plate on its own can always be explained by a foreign load
    return replace(
        belief,
        hypotheses=final,
        changes=_still_cited((*belief.changes, *remembered), final),
        sums=_added(belief.sums, changes, variances),
        next_number=belief.next_number + len(changes),
        refused=refused,
    )


def remembering(belief: Belief, store: StoreModel, settled: PlateSettled) -> tuple[Change, ...]:
    """The changes of ``settled`` as :func:`observe` will number them, in the order of their plates; without those that it refuses."""
    return tuple(
        Change(belief.next_number + place, Evidence(change.plate, settled.at_ns, change.delta_g, change.sd_g))
        for place, change in enumerate(_weights(store, settled))
    )


def resight(belief: Belief, before: Sequence[Told], after: Sequence[Told | Unseen], *, apart_from: int | None = None) -> Belief:
    """The belief once the sightings of changes that it has taken in say ``after`` where they said ``before``: its hypotheses weighed by
    what they claim for these changes. ``apart_from``: see :func:`kept`."""
    most = BEAM if apart_from is None else WATCHED_BEAM
    hypotheses = _normalised(kept(_weighed(belief.hypotheses, before, after), most, apart_from))
    return replace(belief, hypotheses=hypotheses, changes=_still_cited(belief.changes, hypotheses))


def kept(hypotheses: Iterable[Hypothesis], most: int = BEAM, apart_from: int | None = None) -> tuple[Hypothesis, ...]:
    """Equal outcomes added up under their likeliest story, the best ``most`` of them, best first.

    Outcomes that claim different products for changes numbered ``apart_from`` or above stay apart: an eye may yet tell one from another.
    """
    merged: dict[object, tuple[Hypothesis, float]] = {}
    for hypothesis in sorted(hypotheses, key=_best_first):
        key = (
            hypothesis.nets,
            tuple((load.plate, round(load.grams / 4.0)) for load in hypothesis.foreign),
            () if apart_from is None else hypothesis.claims(apart_from),
        )
        known = merged.get(key)
        if known is None:
            merged[key] = (hypothesis, hypothesis.log_weight)
        else:
            merged[key] = (known[0], _log_add(known[1], hypothesis.log_weight))
    totals = sorted((_reweighed(best, log_weight) for best, log_weight in merged.values()), key=_best_first)
    floor = totals[0].log_weight - REACH if totals else 0.0
    return tuple(hypothesis for hypothesis in totals[:most] if hypothesis.log_weight >= floor)


def _weighed(hypotheses: Sequence[Hypothesis], before: Sequence[Told], after: Sequence[Told | Unseen]) -> Sequence[Hypothesis]:
    """Each hypothesis by what it claims for the changes that were seen."""
    if not before and not after:
        return hypotheses
    weighed = []
    for hypothesis in hypotheses:
        gain = math.fsum(one.log_likelihood(hypothesis) for one in after)
        loss = math.fsum(one.log_likelihood(hypothesis) for one in before)
        weighed.append(_reweighed(hypothesis, hypothesis.log_weight + gain - loss))
    return weighed


def _best_first(hypothesis: Hypothesis) -> float:
    return -hypothesis.log_weight


def _log_add(one: float, two: float) -> float:
    high, low = (one, two) if one >= two else (two, one)
    return high + math.log1p(math.exp(low - high))


def _reweighed(hypothesis: Hypothesis, log_weight: float) -> Hypothesis:
    return replace(hypothesis, log_weight=log_weight)


def _normalised(hypotheses: Sequence[Hypothesis]) -> tuple[Hypothesis, ...]:
    best = hypotheses[0].log_weight
    total = best + math.log(math.fsum(math.exp(hypothesis.log_weight - best) for hypothesis in hypotheses))
    return tuple(_reweighed(hypothesis, hypothesis.log_weight - total) for hypothesis in hypotheses)


def _weights(store: StoreModel, settled: PlateSettled) -> list[PlateChange]:
    """Changes that are weights on known plates, in the order of the plates."""
    order = {plate.plate: place for place, plate in enumerate(store.plates)}
    return sorted(
        (change for change in settled.changes if change.plate in order and _is_weight(settled, change)),
        key=lambda change: order[change.plate],
    )


def _is_weight(settled: PlateSettled, change: PlateChange) -> bool:
    return (
        math.isfinite(change.delta_g)
        and math.isfinite(change.sd_g)
        and abs(change.delta_g) <= MAX_CHANGE_G
        and 0.0 <= change.sd_g <= MAX_CHANGE_G
        and settled.at_ns >= 0
    )


def _shared(settled: PlateSettled, changes: Sequence[PlateChange]) -> dict[tuple[int, int], float]:
    """The covariance of ``changes`` by their places; empty where none was given or it is none."""
    rows = settled.covariance_g2
    count = len(settled.changes)
    if len(rows) != count or any(len(row) != count or not all(math.isfinite(value) for value in row) for row in rows):
        return {}
    if any(rows[place][place] < 0.0 for place in range(count)):
        return {}
    places = [settled.changes.index(change) for change in changes]
    return {(one, two): rows[first][second] for one, first in enumerate(places) for two, second in enumerate(places)}


def _added(sums: tuple[PlateSum, ...], changes: Sequence[PlateChange], variances: Sequence[float]) -> tuple[PlateSum, ...]:
    totals = {known.plate: known for known in sums}
    for change, variance in zip(changes, variances, strict=True):
        known = totals.get(change.plate, PlateSum(change.plate, 0.0, 0.0))
        totals[change.plate] = PlateSum(change.plate, known.grams + change.delta_g, known.var_g2 + variance)
    return tuple(totals[plate] for plate in sorted(totals))


def _still_cited(changes: Sequence[Change], hypotheses: Sequence[Hypothesis]) -> tuple[Change, ...]:
    cited = {number for hypothesis in hypotheses for support in hypothesis.support for number in support.changes}
    cited |= {number for hypothesis in hypotheses for load in hypothesis.foreign for number in load.changes}
    return tuple(change for change in changes if change.number in cited)[-MAX_CHANGES:]
