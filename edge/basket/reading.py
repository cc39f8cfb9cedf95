"""What the belief says when somebody asks: lines with probabilities, what stays unexplained, whether nothing was taken. Pure.

The likeliest basket wins as a whole; a line's probability is the share of the belief in which exactly its quantity is held.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeVar

from edge.basket.evidence import Evidence
from edge.basket.hypothesis import Belief, Hypothesis
from edge.store.model import StoreModel

Key = TypeVar("Key")

LOG_LEFT_OVER = math.log(0.02)  # weight that is gone and that nobody can name when asked; the next change decides
LOG_LEANING = math.log(0.1)  # weight that still leans or lies there when asked: hands and bags leave later
MODEL_DOUBT = 0.002  # share of visits that go in a way no hypothesis describes; nothing is more certain than that
REFUSED_TRUST = 0.5  # factor on every probability once a change had to be left out, so that a person looks
MAX_NAMED = 4  # quantities and alternatives told per line; a person who reviews reads no more
MIN_NAMED = 0.001  # share of the belief below which an alternative is not told
LEFT_OVER_SD = 3.0  # a foreign load nearer to zero than this many standard deviations may be nothing


@dataclass(frozen=True, slots=True)
class QuantityShare:
    """How likely it is that exactly ``quantity`` units (0: none) were taken and kept."""

    quantity: int
    probability: float


@dataclass(frozen=True, slots=True)
class Alternative:
    """``quantity`` units of ``gtin`` that may have been taken in place of a line's, with the probability of that."""

    gtin: str
    quantity: int
    probability: float


@dataclass(frozen=True, slots=True)
class BasketLine:
    """``quantity`` > 0 units of ``gtin`` were taken and not put back, with ``probability`` of being exactly that many.

    ``quantities``: the likeliest few numbers of units, likeliest first. ``alternatives``: products that are believed in place of this
    one where it is believed in another quantity, likeliest first.
    """

    gtin: str
    quantity: int
    probability: float
    evidence: tuple[Evidence, ...]
    quantities: tuple[QuantityShare, ...] = ()
    alternatives: tuple[Alternative, ...] = ()


def lines(belief: Belief, store: StoreModel) -> tuple[BasketLine, ...]:
    """The likeliest basket, in the order of the price list. Put-backs are netted out."""
    shares = _shares(belief)
    story = best_story(belief)
    support = {known.gtin: known.changes for known in story.support}
    evidence = {change.number: change.evidence for change in belief.changes}
    order = {product.gtin: place for place, product in enumerate(store.prices.products)}
    found = []
    baskets = [(dict(hypothesis.basket()), mass) for hypothesis, mass in shares]
    believed = dict(story.basket())
    for gtin, quantity in story.basket():
        quantities: dict[int, float] = {}
        others: dict[tuple[str, int], float] = {}
        for basket, mass in baskets:
            count = basket.get(gtin, 0)
            quantities[count] = quantities.get(count, 0.0) + mass
            if count != quantity:
                for other in basket.items():
                    if other[0] != gtin and believed.get(other[0]) != other[1]:
                        others[other] = others.get(other, 0.0) + mass
        cited = tuple(evidence[number] for number in support.get(gtin, ()) if number in evidence)
        found.append(
            BasketLine(
                gtin,
                quantity,
                _trusted(belief, quantities[quantity]),
                cited,
                tuple(QuantityShare(count, _trusted(belief, mass)) for count, mass in _likeliest(quantities)),
                tuple(Alternative(*other, _trusted(belief, mass)) for other, mass in _likeliest(others)),
            )
        )
    return tuple(sorted(found, key=lambda line: (order.get(line.gtin, len(order)), line.gtin)))


def basket_probability(belief: Belief) -> float:
    """How likely it is that the likeliest basket is right as a whole, an empty one included."""
    likeliest = best_story(belief).basket()
    return _trusted(belief, math.fsum(mass for hypothesis, mass in _shares(belief) if hypothesis.basket() == likeliest))


def quantity_probability(belief: Belief, gtin: str, quantity: int) -> float:
    """How likely it is that exactly ``quantity`` units (0: none) of ``gtin`` are held."""
    return _trusted(belief, math.fsum(mass for hypothesis, mass in _shares(belief) if dict(hypothesis.basket()).get(gtin, 0) == quantity))


def basket_shares(belief: Belief) -> tuple[tuple[tuple[tuple[str, int], ...], float], ...]:
    """Every basket that is believed, as ``Hypothesis.basket`` gives it, with its share of the belief; likeliest first, adding up to one."""
    masses: dict[tuple[tuple[str, int], ...], float] = {}
    for hypothesis, mass in _shares(belief):
        basket = hypothesis.basket()
        masses[basket] = masses.get(basket, 0.0) + mass
    return tuple(sorted(masses.items(), key=lambda item: (-item[1], item[0])))


def unexplained(belief: Belief) -> tuple[Evidence, ...]:
    """Weight that the likeliest story can tell no product for: per plate one sum, at the time of the last change in it."""
    evidence = {change.number: change.evidence for change in belief.changes}
    left = []
    for load in best_story(belief).foreign:
        if abs(load.grams) <= LEFT_OVER_SD * math.sqrt(load.var_g2):
            continue
        times = [evidence[number].at_ns for number in load.changes if number in evidence]
        left.append(Evidence(load.plate, max(times, default=0), load.grams, math.sqrt(load.var_g2)))
    return tuple(left)


def nothing_probability(belief: Belief) -> float:
    """How likely it is that the shopper holds nothing: no product, and no weight gone that nobody can name."""
    share = math.fsum(mass for hypothesis, mass in _shares(belief) if not hypothesis.basket() and not _missing_weight(hypothesis))
    return _trusted(belief, share)


def best_story(belief: Belief) -> Hypothesis:
    """The likeliest hypothesis among those that end in the likeliest basket."""
    shares = _shares(belief)
    baskets: dict[tuple[tuple[str, int], ...], float] = {}
    for hypothesis, mass in shares:
        basket = hypothesis.basket()
        baskets[basket] = baskets.get(basket, 0.0) + mass
    likeliest = max(baskets.items(), key=lambda item: item[1])[0]
    return max((pair for pair in shares if pair[0].basket() == likeliest), key=lambda pair: pair[1])[0]


def _likeliest(masses: dict[Key, float]) -> list[tuple[Key, float]]:
    """The first few by mass, none that is next to nothing; equal ones in the order of their keys."""
    named = [(key, mass) for key, mass in masses.items() if mass >= MIN_NAMED]
    return sorted(named, key=lambda item: (-item[1], repr(item[0])))[:MAX_NAMED]


def _shares(belief: Belief) -> list[tuple[Hypothesis, float]]:
    """Each hypothesis with its share if the visit ended now."""
    logs = [hypothesis.log_weight + _left_over(hypothesis) for hypothesis in belief.hypotheses]
    best = max(logs)
    masses = [math.exp(value - best) for value in logs]
    total = math.fsum(masses)
    return [(hypothesis, mass / total) for hypothesis, mass in zip(belief.hypotheses, masses, strict=True)]


def _left_over(hypothesis: Hypothesis) -> float:
    """What it costs to end with foreign loads: per cause once."""
    return sum(
        LOG_LEANING if sum(load.grams for load in hypothesis.foreign if load.cause == cause) > 0.0 else LOG_LEFT_OVER
        for cause in {load.cause for load in hypothesis.foreign}
    )


def _missing_weight(hypothesis: Hypothesis) -> bool:
    return any(load.grams < -LEFT_OVER_SD * math.sqrt(load.var_g2) for load in hypothesis.foreign)


def _trusted(belief: Belief, share: float) -> float:
    trust = REFUSED_TRUST if belief.refused else 1.0
    return min(max(share, 0.0), 1.0) * (1.0 - MODEL_DOUBT) * trust
