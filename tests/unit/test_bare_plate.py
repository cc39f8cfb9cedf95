"""Goods that the planogram knows nothing of: what was taken from a bare plate once is taken from it again."""

from __future__ import annotations

from edge.basket.belief import observe, open_belief
from edge.basket.reading import lines
from edge.basket.stock import full_stock
from edge.store.model import Facing
from tests.cornershop import gtin, settled, shop

STORE = shop(facings=[Facing(f"p{n // 2}", gtin(n), 8) for n in range(2, 12)])  # nothing is planned on p0


def test_one_more_of_what_was_taken_from_a_bare_plate() -> None:
    belief = open_belief(STORE, full_stock(STORE))
    belief = observe(belief, STORE, settled(10.0, ("p0", -330.0)))
    (first,) = lines(belief, STORE)
    assert (first.gtin, first.quantity) == (gtin(0), 1)
    belief = observe(belief, STORE, settled(14.0, ("p0", -329.0)))
    (both,) = lines(belief, STORE)
    assert (both.gtin, both.quantity) == (gtin(0), 2)
    assert both.probability > 0.9


def test_what_was_taken_and_put_back_there_may_be_taken_again() -> None:
    belief = open_belief(STORE, full_stock(STORE))
    for at_s, grams in ((10.0, -330.0), (14.0, 330.2), (18.0, -330.1)):
        belief = observe(belief, STORE, settled(at_s, ("p0", grams)))
    assert [(line.gtin, line.quantity) for line in lines(belief, STORE)] == [(gtin(0), 1)]
