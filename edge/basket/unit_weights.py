"""What one unit of a product weighs, learned from the plates: a posterior of mean and spread per product. Pure.

Model: unit weights are normal with unknown mean and variance, under the conjugate normal-inverse-gamma prior (M. H. DeGroot, *Optimal
Statistical Decisions*, 1970, section 9.6; A. Gelman et al., *Bayesian Data Analysis*, 3rd ed., section 3.3). ``n`` units weighed together
as ``D`` grams with measurement variance ``v`` count as ``k = n s^2 / (s^2 + v / n)`` units of weight ``D / n`` each, because
``var(D / n) = s^2 / n + v / n^2``. One visit moves the mean by a bounded step (Huber's clipping), and visits alone never carry it far from
the weight that a person vouches for: the catalogue's, or that of counted pieces.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from edge.basket.evidence import Evidence
from edge.basket.hypothesis import MAX_SUPPORT
from edge.basket.stock import Stock
from edge.store.build import MIN_SPREAD_G
from edge.store.model import Product, StoreModel

CATALOGUE_SD: Final = 0.01  # share of the weight; the standard deviation with which a catalogue is believed before anything was weighed
SPREAD_UNITS: Final = 10.0  # units that the catalogue's spread counts for
MEMORY_UNITS: Final = 200.0  # units remembered; a product whose packaging changes is followed within a few hundred
CLIP_SD: Final = 2.5  # a visit further off than this many predicted standard deviations counts as if it were that far off
MOST_SHIFT: Final = 0.10  # share of the weight that visits alone may carry the mean away from what a person vouches for
LEAST_SPREAD: Final = 0.5  # share of the catalogue's spread; certain lines alone teach, so what is learned of the spread errs to the small
MOST_SPREAD: Final = 3.0  # times the catalogue's spread; beyond that it is not the units that differ, but the visits that were misread
MIN_TEACHING: Final = 0.98  # probability a line must have to teach anything
TEACHES_WITHIN: Final = 0.15  # share of a unit per unit; a line whose changes are further off holds something else besides
CHANGE_SD_G: Final = 0.7  # g; creep and ringing that a change's own standard deviation does not tell
SUSPECTS_WITHIN: Final = 0.25  # share of a unit; an unexplained change further off than that is something else
MOST_SUSPECTED: Final = 3  # units; of more, a change far off may be another number of them
CONTRADICTS_SD: Final = 3.0  # a count of pieces that far from everything believed replaces it
DISAGREES_SD: Final = 3.0  # standard deviations of the learned mean ...
DISAGREES_SHARE: Final = 0.03  # ... and share of the weight that the catalogue must be off before anybody is alarmed
AGREES_SHARE: Final = 0.02  # share of the weight; nearer than that, it agrees again
DISAGREES_UNITS: Final = 5  # units that must have been weighed before that
MAX_LEARNED: Final = 2_000  # products remembered; a cabinet has a few dozen


class Line(Protocol):
    """What of a line of a basket or a receipt can teach."""

    @property
    def gtin(self) -> str: ...
    @property
    def quantity(self) -> int: ...
    @property
    def probability(self) -> float: ...
    @property
    def evidence(self) -> tuple[Evidence, ...]: ...


@dataclass(frozen=True, slots=True)
class UnitWeight:
    """The posterior of one product: the mean is normal around ``mean_g`` with variance ``s^2 / strength``, ``s^2`` is inverse-gamma with
    ``shape`` (> 1) and ``scale_g2``. ``catalogue_g``/``catalogue_sd_g``: what the catalogue said when learning began; another catalogue
    weight begins anew. ``vouched_g``: the mean that a person stands for, the catalogue's or that of the last count of pieces. ``units``:
    units weighed so far."""

    gtin: str
    catalogue_g: float
    catalogue_sd_g: float
    mean_g: float
    strength: float
    shape: float
    scale_g2: float
    vouched_g: float
    units: int = 0

    @property
    def spread_g(self) -> float:
        """Standard deviation from unit to unit in grams: the square root of the expected variance."""
        return math.sqrt(self.scale_g2 / (self.shape - 1.0))

    @property
    def mean_sd_g(self) -> float:
        """Standard deviation of the mean in grams."""
        return self.spread_g / math.sqrt(self.strength)

    @property
    def disagrees(self) -> bool:
        """Do the plates contradict the catalogue beyond chance and beyond what does no harm?"""
        off = abs(self.mean_g - self.catalogue_g)
        return self.units >= DISAGREES_UNITS and off > DISAGREES_SD * self.mean_sd_g and off > DISAGREES_SHARE * self.catalogue_g

    @property
    def agrees(self) -> bool:
        """Clearly no contradiction any more: what was one before ends only here, so that nobody is alarmed at every other visit."""
        return abs(self.mean_g - self.catalogue_g) <= AGREES_SHARE * self.catalogue_g


def from_catalogue(product: Product) -> UnitWeight:
    """What is believed before anything was weighed."""
    spread_g2 = product.weight_sd_g**2
    return UnitWeight(
        gtin=product.gtin,
        catalogue_g=product.unit_weight_g,
        catalogue_sd_g=product.weight_sd_g,
        mean_g=product.unit_weight_g,
        strength=spread_g2 / (CATALOGUE_SD * product.unit_weight_g) ** 2,
        shape=1.0 + 0.5 * SPREAD_UNITS,
        scale_g2=0.5 * SPREAD_UNITS * spread_g2,
        vouched_g=product.unit_weight_g,
    )


def after_visit(known: UnitWeight, units: int, grams: float, var_g2: float) -> UnitWeight:
    """The posterior after a confirmed visit took ``units`` (> 0) that weighed ``grams`` (> 0) together, measured with ``var_g2``."""
    counts_as = _counts_as(known, units, var_g2)
    predicted_sd = known.spread_g * math.sqrt(1.0 / counts_as + 1.0 / known.strength)
    off = max(-CLIP_SD * predicted_sd, min(CLIP_SD * predicted_sd, grams / units - known.mean_g))
    updated = _updated(known, units, counts_as, off)
    most = MOST_SHIFT * known.vouched_g
    return replace(updated, mean_g=round(max(known.vouched_g - most, min(known.vouched_g + most, updated.mean_g)), 4))


def after_count(known: UnitWeight, units: int, grams: float, var_g2: float) -> UnitWeight:
    """The posterior after a person counted ``units`` (> 0) pieces that weighed ``grams`` (> 0) together.

    A count that agrees is added to what is known; one that contradicts it replaces it, the spread from unit to unit excepted.
    """
    counts_as = _counts_as(known, units, var_g2)
    off = grams / units - known.mean_g
    spread_g = min(known.spread_g, MOST_SPREAD * known.catalogue_sd_g)
    if abs(off) > CONTRADICTS_SD * spread_g * math.sqrt(1.0 / counts_as + 1.0 / known.strength):
        spread_g2 = known.catalogue_sd_g**2
        shape, scale_g2 = 1.0 + 0.5 * SPREAD_UNITS, 0.5 * SPREAD_UNITS * spread_g2
        updated = replace(known, mean_g=round(grams / units, 4), strength=round(counts_as, 4), shape=shape, scale_g2=scale_g2, units=units)
    else:
        updated = _updated(known, units, counts_as, off)
    return replace(updated, vouched_g=updated.mean_g)


def learned(known: Sequence[UnitWeight], store: StoreModel, lines: Iterable[Line]) -> tuple[UnitWeight, ...]:
    """``known`` after the lines of one final receipt, sorted by product. ``store``: the shop as described, not :func:`weighed`.

    A line teaches where it is nearly certain, its changes are its alone, and they weigh about what that many units weigh: several changes
    of one product (a second take, a put-back) count as one weighing of what was kept.
    """
    weights = {weight.gtin: weight for weight in fitting(known, store)}
    products = {product.gtin: product for product in store.prices.products}
    told = tuple(lines)
    changes = [change for line in told for change in line.evidence]
    for line in told:
        product = products.get(line.gtin)
        if product is None or not _teaches(line, changes) or (line.gtin not in weights and len(weights) >= MAX_LEARNED):
            continue
        weight = weights.get(line.gtin) or from_catalogue(product)
        grams = -math.fsum(change.delta_g for change in line.evidence)
        if abs(grams - line.quantity * weight.mean_g) <= TEACHES_WITHIN * weight.mean_g * math.sqrt(line.quantity):
            var_g2 = math.fsum(change.sd_g**2 + CHANGE_SD_G**2 for change in line.evidence)
            weights[line.gtin] = after_visit(weight, line.quantity, grams, var_g2)
    return tuple(weights[gtin] for gtin in sorted(weights))


def suspected(known: Sequence[UnitWeight], store: StoreModel, stock: Stock, unexplained: Iterable[Evidence]) -> tuple[UnitWeight, ...]:
    """``known`` after changes that no product explains, sorted by product: taken for units of the one product that stands on the plate.

    A catalogue that is far off makes its product's own changes inexplicable, so that it teaches nothing. This is no knowledge to bill by,
    only the ground for an alarm.
    """
    weights = {weight.gtin: weight for weight in fitting(known, store)}
    products = {product.gtin: product for product in store.prices.products}
    kinds: dict[str, set[str]] = {}
    for facing in store.planogram:
        kinds.setdefault(facing.plate, set()).add(facing.gtin)
    for shelved in stock.shelved:
        if shelved.units:
            kinds.setdefault(shelved.plate, set()).add(shelved.gtin)
    for change in unexplained:
        gtins = kinds.get(change.plate, set()) & products.keys()
        if len(gtins) != 1:
            continue
        product = products[min(gtins)]
        grams = abs(change.delta_g)
        units = round(grams / product.unit_weight_g)
        if 0 < units <= MOST_SUSPECTED and abs(grams / units - product.unit_weight_g) <= SUSPECTS_WITHIN * product.unit_weight_g:
            weights[product.gtin] = after_visit(_of(product, weights), units, grams, change.sd_g**2 + CHANGE_SD_G**2)
    return tuple(weights[gtin] for gtin in sorted(weights))


def counted(known: Sequence[UnitWeight], product: Product, units: int, grams: float, var_g2: float) -> tuple[UnitWeight, ...]:
    """``known`` after a person counted ``units`` pieces of ``product``, sorted by product."""
    weights = {weight.gtin: weight for weight in known}
    weights[product.gtin] = after_count(_of(product, weights), units, grams, var_g2)
    return tuple(weights[gtin] for gtin in sorted(weights))


def fitting(known: Sequence[UnitWeight], store: StoreModel) -> tuple[UnitWeight, ...]:
    """What of ``known`` still holds in ``store``: products on sale whose catalogue weight and spread are those that learning began with."""
    weights = {product.gtin: (product.unit_weight_g, product.weight_sd_g) for product in store.prices.products}
    return tuple(weight for weight in known if weights.get(weight.gtin) == (weight.catalogue_g, weight.catalogue_sd_g))


def weighed(store: StoreModel, known: Sequence[UnitWeight]) -> StoreModel:
    """``store`` with the learned weights and spreads in place of the catalogue's; everything else, prices included, is as it was."""
    weights = {weight.gtin: weight for weight in fitting(known, store)}
    if not weights:
        return store
    products = tuple(_weighed(product, weights.get(product.gtin)) for product in store.prices.products)
    return replace(store, prices=replace(store.prices, products=products))


def _weighed(product: Product, weight: UnitWeight | None) -> Product:
    if weight is None:
        return product
    spread_g = max(min(weight.spread_g, MOST_SPREAD * weight.catalogue_sd_g), LEAST_SPREAD * weight.catalogue_sd_g, MIN_SPREAD_G)
    return replace(product, unit_weight_g=weight.mean_g, weight_sd_g=round(spread_g, 4))


def _of(product: Product, weights: Mapping[str, UnitWeight]) -> UnitWeight:
    known = weights.get(product.gtin)
    same = known is not None and (known.catalogue_g, known.catalogue_sd_g) == (product.unit_weight_g, product.weight_sd_g)
    return known if known is not None and same else from_catalogue(product)


def _teaches(line: Line, changes: Sequence[Evidence]) -> bool:
    """Nearly certain, with all of its changes at hand (the belief keeps the newest few), and none of them shared with another line."""
    whole = 0 < len(line.evidence) < MAX_SUPPORT
    return line.probability >= MIN_TEACHING and whole and all(changes.count(change) == 1 for change in line.evidence)


def _counts_as(known: UnitWeight, units: int, var_g2: float) -> float:
    spread_g2 = known.spread_g**2
    return units * spread_g2 / (spread_g2 + var_g2 / units)


def _updated(known: UnitWeight, units: int, counts_as: float, off_g: float) -> UnitWeight:
    """The conjugate step, then forgetting: what is remembered never counts for more than ``MEMORY_UNITS``."""
    strength = known.strength + counts_as
    mean_g = known.mean_g + off_g * counts_as / strength
    shape = known.shape + 0.5
    scale_g2 = known.scale_g2 + 0.5 * off_g * off_g * known.strength * counts_as / strength
    if shape - 1.0 > 0.5 * MEMORY_UNITS:
        scale_g2 *= 0.5 * MEMORY_UNITS / (shape - 1.0)
        shape = 1.0 + 0.5 * MEMORY_UNITS
    return replace(
        known,
        mean_g=round(mean_g, 4),
        strength=round(min(strength, MEMORY_UNITS), 4),
        shape=shape,
        scale_g2=round(scale_g2, 6),
        units=known.units + units,
    )
