from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest
from pydantic import TypeAdapter

from edge.basket.evidence import Evidence
from edge.basket.reading import BasketLine
from edge.basket.unit_weights import (
    MOST_SHIFT,
    UnitWeight,
    after_count,
    after_visit,
    counted,
    fitting,
    from_catalogue,
    learned,
    weighed,
)
from edge.store.build import MIN_SPREAD_G
from edge.store.model import Product
from tests.cornershop import gtin, shop

COLA = Product("4006381333931", "Cola", 199, 1900, 350.0, 5.25)
NOISE_G2 = 1.0
STORE = shop()


def visits(weight: UnitWeight, *, true_g: float, sd_g: float, count: int, seed: int = 1) -> UnitWeight:
    source = random.Random(seed)
    for _ in range(count):
        units = source.choice((1, 1, 2))
        grams = sum(source.gauss(true_g, sd_g) for _ in range(units)) + source.gauss(0.0, math.sqrt(NOISE_G2))
        weight = after_visit(weight, units, grams, NOISE_G2)
    return weight


def line(number: int, quantity: int, *grams: float, probability: float = 0.995, plate: str = "p0") -> BasketLine:
    evidence = tuple(Evidence(plate, 10 * place + number, each, 0.7) for place, each in enumerate(grams))
    return BasketLine(gtin(number), quantity, probability, evidence)


@pytest.mark.parametrize(("true_g", "sd_g"), [(350.0, 1.5), (356.0, 2.0), (343.0, 6.0)])
def test_visits_find_mean_and_spread(true_g: float, sd_g: float) -> None:
    weight = visits(from_catalogue(COLA), true_g=true_g, sd_g=sd_g, count=300)
    assert abs(weight.mean_g - true_g) < 4.0 * weight.mean_sd_g
    assert weight.mean_sd_g < 1.0
    assert 0.7 * sd_g < weight.spread_g < 1.6 * sd_g
    assert weight.units >= 300


def test_the_posterior_sd_is_honest() -> None:
    within = 0
    for seed in range(60):
        source = random.Random(1000 + seed)
        true_g = source.gauss(350.0, 3.5)  # as far off as a catalogue is believed to be
        weight = visits(from_catalogue(replace(COLA, weight_sd_g=2.0)), true_g=true_g, sd_g=2.0, count=8, seed=seed)
        within += abs(weight.mean_g - true_g) < 2.0 * weight.mean_sd_g
    assert within >= 53, "95 % of sixty, less three standard deviations"


def test_one_visit_moves_it_by_a_bounded_step() -> None:
    weight = from_catalogue(COLA)
    near, far = after_visit(weight, 1, 370.0, NOISE_G2), after_visit(weight, 1, 399.0, NOISE_G2)
    assert far.mean_g == near.mean_g < 365.0


def test_visits_alone_never_carry_it_far_from_the_catalogue_but_counted_pieces_do() -> None:
    weight = from_catalogue(COLA)
    for _ in range(500):
        weight = after_visit(weight, 1, weight.mean_g * 1.1, NOISE_G2)
    assert weight.mean_g <= COLA.unit_weight_g * (1.0 + MOST_SHIFT)
    vouched = after_count(weight, 10, 4200.0, NOISE_G2)
    assert vouched.mean_g == 420.0
    for _ in range(500):
        vouched = after_visit(vouched, 1, vouched.mean_g * 1.1, NOISE_G2)
    assert vouched.mean_g <= 420.0 * (1.0 + MOST_SHIFT)


def test_a_changed_packaging_is_followed() -> None:
    weight = visits(from_catalogue(COLA), true_g=350.0, sd_g=1.5, count=400)
    weight = visits(weight, true_g=360.0, sd_g=1.5, count=400, seed=2)
    assert abs(weight.mean_g - 360.0) < 1.5


def test_a_count_that_agrees_adds_and_one_that_contradicts_replaces() -> None:
    seen = visits(from_catalogue(COLA), true_g=351.0, sd_g=1.5, count=20)
    agreed = after_count(seen, 10, 3513.0, NOISE_G2)
    assert abs(agreed.mean_g - 351.2) < 0.5
    assert agreed.mean_sd_g < seen.mean_sd_g
    replaced = after_count(seen, 10, 3900.0, NOISE_G2)
    assert (replaced.mean_g, replaced.units) == (390.0, 10)
    assert replaced.disagrees


def test_a_wrong_catalogue_is_told_after_a_few_units_and_a_right_one_never() -> None:
    wrong = visits(from_catalogue(COLA), true_g=368.0, sd_g=2.0, count=12)
    assert wrong.disagrees
    assert not wrong.agrees
    for seed in range(20):
        weight = from_catalogue(COLA)
        for _ in range(10):
            weight = visits(weight, true_g=352.0, sd_g=5.0, count=5, seed=seed)
            assert not weight.disagrees
    assert not after_count(from_catalogue(COLA), 4, 1480.0, NOISE_G2).disagrees, "four pieces are too few to alarm anybody"


def test_a_certain_line_teaches_and_a_put_back_counts_as_what_was_kept() -> None:
    (weight,) = learned((), STORE, [line(0, 2, -664.0)])
    assert (weight.gtin, weight.units) == (gtin(0), 2)
    assert 330.0 < weight.mean_g < 332.0
    (kept,) = learned((), STORE, [line(0, 1, -664.0, 332.0)])
    assert kept.units == 1


def test_what_is_not_certain_or_not_alone_teaches_nothing() -> None:
    both = Evidence("p0", 1, -695.0, 0.7)
    shared = [BasketLine(gtin(number), 1, 0.999, (both,)) for number in (0, 1)]
    for told in (
        [line(0, 1, -332.0, probability=0.97)],
        shared,
        [line(0, 1, -332.0, -365.0, 365.0, -500.0)],  # something else is in it that did not come back
        [line(0, 8, *[-331.0] * 8)],  # more may have been forgotten
        [line(0, 1)],
        [BasketLine("4006381333931", 1, 0.999, (both,))],
    ):
        assert learned((), STORE, told) == ()


def test_the_next_visit_uses_what_was_learned_and_nothing_else_changes() -> None:
    product = STORE.prices.products[3]
    weights = counted((), product, 10, 5600.0, NOISE_G2)
    store = weighed(STORE, weights)
    assert store.prices.products[3].unit_weight_g == weights[0].mean_g > 555.0
    assert replace(store.prices.products[3], unit_weight_g=product.unit_weight_g, weight_sd_g=product.weight_sd_g) == product
    assert replace(store, prices=STORE.prices) == STORE
    assert weighed(STORE, ()) is STORE


def test_a_learned_spread_is_never_next_to_nothing() -> None:
    light = replace(COLA, unit_weight_g=24.0, weight_sd_g=0.4)
    weight = from_catalogue(light)
    for _ in range(400):
        weight = after_visit(weight, 1, 24.0, 0.01)
    (product,) = weighed(replace(STORE, prices=replace(STORE.prices, products=(light,))), [weight]).prices.products
    assert product.weight_sd_g >= MIN_SPREAD_G


def test_a_corrected_catalogue_begins_anew() -> None:
    weights = counted((), STORE.prices.products[3], 10, 5600.0, NOISE_G2)
    products = tuple(replace(p, unit_weight_g=560.0) if p.gtin == gtin(3) else p for p in STORE.prices.products)
    corrected = replace(STORE, prices=replace(STORE.prices, products=products))
    assert fitting(weights, corrected) == ()
    assert fitting(weights, replace(STORE, prices=replace(STORE.prices, version="next"))) == weights
    (again,) = counted(weights, products[3], 10, 5610.0, NOISE_G2)
    assert (again.catalogue_g, again.units) == (560.0, 10)


def test_it_survives_as_json() -> None:
    weights = learned((), STORE, [line(0, 2, -664.0), line(3, 1, -547.0, plate="p1")])
    adapter = TypeAdapter(tuple[UnitWeight, ...])
    assert adapter.validate_json(adapter.dump_json(weights)) == weights
