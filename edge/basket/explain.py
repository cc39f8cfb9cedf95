"""Which goods may explain a weight change: small combinations, scored by weight and by how usual they are. Pure.

A change of ``d`` grams is explained by units taken, units put back, a foreign load that came or went, or nothing at all. Weight of ``n``
units: mean ``n w``, variance ``n s^2`` (independent units) plus ``(CATALOGUE_ERROR n w)^2`` (all units share the catalogue's error).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from edge.basket.hypothesis import Held
from edge.basket.traits import FULL, Traits
from edge.store.model import Product

CATALOGUE_ERROR = 0.006  # share of the weight; a weighed catalogue is off by 0.3-0.8 %
GAIN_ERROR = 0.004  # share of the weight; two plates, or two places on one, weigh the same thing that differently
LOG_ANOTHER_UNIT = math.log(0.15)  # two of a kind in one movement are that much rarer than one
LOG_ANOTHER_UNIT_RESTOCKING = math.log(0.8)  # a carton is set down at once
LOG_ANOTHER_PRODUCT = math.log(0.03)  # two different products in one movement
LOG_PUT_BACK = math.log(0.2)  # against a take
LOG_SWAP = math.log(0.03)  # taking and putting back in one movement, besides the put-back itself
LOG_NO_STOCK = math.log(0.01)  # a facing that should be empty still has one: the stock was believed wrong
LOG_MIXABLE = math.log(0.005)  # a product less likely than that is taken on its own, not with others
LOG_NOTHING = math.log(0.3)  # a small change that is drift, creep or a neighbour's leak
LOG_FOREIGN = math.log(0.02 / 3000.0)  # per gram: a hand, a bag or an unknown thing, anything up to about 3 kg
LOG_LEAN_BESIDE = math.log(0.5 / 600.0)  # per gram: what leans on one plate leans on the next one too
LOG_GONE = math.log(0.5)  # a foreign load that leaves in one piece
NOTHING_SD_G = 1.5  # g; what a plate wanders between two windows besides its noise
FOREIGN_SD_G = 2.0  # g; a hand that rests is never quite still
NO_SPREAD_G = 2.0  # g; how far off units may be where their spread is not looked at
HAND_SD_G = 7.0  # g; what a hand adds that seems to rest while it still touches
LOG_HAND_RESTS = math.log(0.03)  # how often one does
HAND_REACH_SD = 2.5  # standard deviations of that are looked at
REACH_SD = 6.0  # combinations further off than this many standard deviations are not worth scoring
MAX_UNITS = 6  # units of one product in one movement
MAX_UNITS_RESTOCKING = 40  # a restocker sets down a whole carton
MAX_UNITS_MIXED = 3  # units of each of two products in one movement
MAX_TRIPLES = 6  # three different products at once are tried only where a plate has at most this many
EVALUATIONS = 4_000  # combinations scored per observation, a bound on time; beyond it only single products are tried
MAX_PAIRED = 8  # held groups of which two may be put back at once

_HALF_LOG_TAU = 0.5 * math.log(2.0 * math.pi)


@dataclass(frozen=True, slots=True)
class Choice:
    """One product that may have left (or reached) the plates in question: at most ``limit`` units, at ``log_prior`` for being it."""

    gtin: str
    limit: int
    log_prior: float


@dataclass(frozen=True, slots=True)
class Combination:
    """Units of products, with the mean and variance of their weight and the log prior of choosing them."""

    units: tuple[tuple[str, int], ...]
    grams: float
    var_g2: float
    log_prior: float


NO_GOODS = Combination((), 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class PutBack:
    """Units of one or two held groups, with the mean and variance of their weight. ``groups``: (index in ``held``, units)."""

    groups: tuple[tuple[int, int], ...]
    grams: float
    var_g2: float


@dataclass(frozen=True, slots=True)
class Part:
    """``units`` of one held group, with the mean and variance of their weight."""

    units: int
    grams: float
    var_g2: float


def log_density(residual_g: float, var_g2: float) -> float:
    """Logarithm of the density of a residual, per gram: normal, and now and then wider, where a hand still rested on the plate."""
    near = -0.5 * residual_g * residual_g / var_g2 - 0.5 * math.log(var_g2)
    wide_var = var_g2 + HAND_SD_G**2
    wide = LOG_HAND_RESTS - 0.5 * residual_g * residual_g / wide_var - 0.5 * math.log(wide_var)
    high, low = (near, wide) if near >= wide else (wide, near)
    return high + math.log1p(math.exp(low - high)) - _HALF_LOG_TAU


def narrow_log_density(residual_g: float, var_g2: float) -> float:
    """Logarithm of the normal density alone, per gram."""
    return -0.5 * residual_g * residual_g / var_g2 - 0.5 * math.log(var_g2) - _HALF_LOG_TAU


def within_reach(residual_g: float, var_g2: float) -> bool:
    """Whether a residual is worth scoring."""
    return residual_g * residual_g <= max(REACH_SD**2 * var_g2, (HAND_REACH_SD * HAND_SD_G) ** 2)


def units_variance(product: Product, units: int, *, spread: bool = True) -> float:
    """Variance of the weight of ``units`` units in square grams. ``spread`` false: as if all weighed what the catalogue says."""
    if not spread:
        return NO_SPREAD_G**2
    return units * product.weight_sd_g**2 + (CATALOGUE_ERROR * units * product.unit_weight_g) ** 2


@dataclass(slots=True)
class Combinations:
    """Scores combinations for one observation; remembers them, and stops mixing products once the work is used up."""

    products: Mapping[str, Product]
    max_units: int
    traits: Traits = FULL
    left: int = EVALUATIONS
    _known: dict[tuple[tuple[Choice, ...], int, float], tuple[Combination, ...]] = field(default_factory=dict)

    def near(self, choices: tuple[Choice, ...], grams: float, var_g2: float) -> tuple[Combination, ...]:
        """Combinations of ``choices`` whose weight is near ``grams`` (> 0), given the variance of the measurement."""
        key = (choices, round(grams * 1000.0), var_g2)
        known = self._known.get(key)
        if known is None:
            known = tuple(self._search(choices, grams, var_g2))
            self._known[key] = known
        return known

    def _search(self, choices: tuple[Choice, ...], grams: float, var_g2: float) -> Iterator[Combination]:
        sd_g = math.sqrt(var_g2)
        for choice in choices:
            for units in self._counts(choice, grams, self.max_units, sd_g):
                yield from self._if_near(((choice, units),), grams, var_g2)
        choices = tuple(choice for choice in choices if choice.log_prior >= LOG_MIXABLE)
        if len(choices) < 2 or self.left <= 0:
            return
        for place, first in enumerate(choices):
            for second in choices[place + 1 :]:
                for units in range(1, min(MAX_UNITS_MIXED, first.limit) + 1):
                    rest = grams - units * self.products[first.gtin].unit_weight_g
                    for others in self._counts(second, rest, MAX_UNITS_MIXED, sd_g):
                        yield from self._if_near(((first, units), (second, others)), grams, var_g2)
        if not 3 <= len(choices) <= MAX_TRIPLES:
            return
        for place, first in enumerate(choices):
            for place_2, second in enumerate(choices[place + 1 :], place + 1):
                for third in choices[place_2 + 1 :]:
                    yield from self._if_near(((first, 1), (second, 1), (third, 1)), grams, var_g2)

    def _counts(self, choice: Choice, grams: float, most: int, sd_g: float) -> range:
        """Counts of one product worth trying for ``grams``, known to ``sd_g``: the whole numbers around the quotient."""
        quotient = grams / self.products[choice.gtin].unit_weight_g
        if not 0.0 < quotient < most + 1.0:
            return range(0)
        slack = (
            0.5 + 0.02 * quotient + 2.0 * sd_g / self.products[choice.gtin].unit_weight_g
        )  # many units may be a unit off by their spread alone
        low = max(1, math.floor(quotient - slack + 0.5))
        return range(low, min(most, choice.limit, math.ceil(quotient + slack - 0.5)) + 1)

    def _if_near(self, parts: tuple[tuple[Choice, int], ...], grams: float, var_g2: float) -> Iterator[Combination]:
        self.left -= 1
        mean = spread = 0.0
        log_prior = (len(parts) - 1) * (LOG_ANOTHER_PRODUCT if self.traits.basket_prior else 0.0)
        for choice, units in parts:
            product = self.products[choice.gtin]
            mean += units * product.unit_weight_g
            spread += units_variance(product, units, spread=self.traits.unit_spread)
            another = LOG_ANOTHER_UNIT if self.max_units <= MAX_UNITS else LOG_ANOTHER_UNIT_RESTOCKING
            log_prior += choice.log_prior + (units - 1) * (another if self.traits.basket_prior else 0.0)
        if within_reach(mean - grams, spread + var_g2):
            yield Combination(tuple((choice.gtin, units) for choice, units in parts), mean, spread, log_prior)


def parts_of(group: Held, product: Product) -> tuple[Part, ...]:
    """What a shopper may put back of one group in one movement: one unit first, then a few, then all.

    The weight of ``k`` of ``n`` units whose sum ``S`` was measured: mean ``k S / n``, variance ``k (n - k) / n s^2 + (k / n)^2 var S``.
    """
    counts = list(range(1, min(group.units, MAX_UNITS) + 1))
    if group.units > MAX_UNITS:
        counts.append(group.units)
    found = []
    for units in counts:
        share = units / group.units
        gain_var = (GAIN_ERROR * share * group.grams) ** 2
        var = units * (1.0 - share) * product.weight_sd_g**2 + share * share * group.var_g2 + gain_var
        found.append(Part(units, share * group.grams, var))
    return tuple(found)


def paired_put_backs(held: tuple[Held, ...]) -> tuple[PutBack, ...]:
    """Two groups put back in one movement."""
    options = []
    for second in range(min(len(held), MAX_PAIRED)):
        for first in range(second):
            one, two = held[first], held[second]
            groups = ((first, one.units), (second, two.units))
            options.append(PutBack(groups, one.grams + two.grams, one.var_g2 + two.var_g2))
    return tuple(options)
