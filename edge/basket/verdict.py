"""Whether the machine may bill what it believes, or a person looks first. Pure: one decision for the daemon and for recordings."""

from __future__ import annotations

from dataclasses import dataclass

from edge.basket.evidence import Evidence
from edge.basket.hypothesis import Belief
from edge.basket.reading import BasketLine, basket_probability, lines, nothing_probability, unexplained
from edge.store.model import StoreModel


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
    if left_over:
        reasons.append("unexplained_change")
    if not basket and not left_over and nothing_probability(belief) < min_line_probability:
        reasons.append("uncertain_nothing")
    return Verdict(basket, left_over, probability, tuple(reasons))
