"""Whether the machine may bill what it believes, or a person looks first. Pure: one decision for the daemon and for recordings."""

from __future__ import annotations

import math
from dataclasses import dataclass

from edge.basket.evidence import Evidence
from edge.basket.explain import units_variance
from edge.basket.hypothesis import Belief
from edge.basket.reading import BasketLine, basket_probability, lines, nothing_probability, unexplained
from edge.store.model import StoreModel

BALANCE_SD = 4.0  # standard deviations that the basket may be off what the plates lost
SLACK_G = 2.0  # g; touches too small to report
UNHEARD_SHARE = 0.01  # of a plate's change that may show on neighbours that were not heard


@dataclass(frozen=True, slots=True)
class Verdict:
    """``lines`` are the likeliest basket, ``probability`` that it is right as a whole. Final where ``reasons`` is empty."""

    lines: tuple[BasketLine, ...]
    unexplained: tuple[Evidence, ...]
    probability: float
    reasons: tuple[str, ...]


def verdict(belief: Belief, store: StoreModel, *, min_line_probability: float, min_basket_probability: float) -> Verdict:
    """``reasons``: line_uncertain, basket_uncertain, unexplained_change, uncertain_nothing. Probabilities are bounds from 0 to 1."""
    basket = lines(belief, store)
    left_over = unexplained(belief)
    probability = basket_probability(belief)
    reasons = []
    if any(line.probability < min_line_probability for line in basket):
        reasons.append("line_uncertain")
    if basket and probability < min_basket_probability:
        reasons.append("basket_uncertain")
    if left_over or not weighs_the_same(belief, store, basket):
        reasons.append("unexplained_change")
    if not basket and not reasons and nothing_probability(belief) < min_line_probability:
        reasons.append("uncertain_nothing")
    return Verdict(basket, left_over, probability, tuple(reasons))


def weighs_the_same(belief: Belief, store: StoreModel, basket: tuple[BasketLine, ...]) -> bool:
    """Whether everything that the plates lost over the visit is what the basket weighs, within what is known of both."""
    products = {product.gtin: product for product in store.prices.products}
    lost = -math.fsum(known.grams for known in belief.sums)
    var = math.fsum(known.var_g2 for known in belief.sums)
    for line in basket:
        product = products[line.gtin]
        lost -= line.quantity * product.unit_weight_g
        var += units_variance(product, line.quantity)
    var += math.fsum((UNHEARD_SHARE * known.grams) ** 2 for known in belief.sums)
    return abs(lost) <= SLACK_G + BALANCE_SD * math.sqrt(var)
