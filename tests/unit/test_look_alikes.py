from __future__ import annotations

from edge.store.look_alikes import look_alikes
from edge.store.model import Facing
from tests.cornershop import gtin, shop


def pairs(*weights_g: float, plates: tuple[str, ...]) -> list[tuple[int, int, int, int]]:
    store = shop(weights_g=weights_g, facings=tuple(Facing(plate, gtin(n), 5) for n, plate in enumerate(plates)))
    place = {product.gtin: n for n, product in enumerate(store.prices.products)}
    return [(place[one.one.gtin], one.units_one, place[one.two.gtin], one.units_two) for one in look_alikes(store)]


def test_what_weighs_the_same_on_one_plate_is_named() -> None:
    assert pairs(330.0, 335.0, 500.0, plates=("p0", "p0", "p0")) == [(0, 1, 1, 1)]


def test_two_of_one_that_weigh_like_one_of_the_other_are_named() -> None:
    assert pairs(250.0, 125.0, plates=("p0", "p0")) == [(0, 1, 1, 2)]


def test_plates_beside_each_other_count_and_others_do_not() -> None:
    assert pairs(330.0, 332.0, plates=("p0", "p1")) == [(0, 1, 1, 1)]
    assert pairs(330.0, 332.0, plates=("p0", "p2")) == []


def test_a_pair_is_named_once_and_a_product_is_no_double_of_itself() -> None:
    store = shop(
        weights_g=(330.0, 332.0),
        facings=(Facing("p0", gtin(0), 5), Facing("p1", gtin(0), 5), Facing("p0", gtin(1), 5), Facing("p1", gtin(1), 5)),
    )
    (pair,) = look_alikes(store)
    assert pair.words == (
        "1 × product 0 (330 g) and 1 × product 1 (332 g) on plate p0 cannot be told apart by weight alone; "
        "put them on plates that are not beside each other"
    )


def test_what_differs_enough_is_not_named() -> None:
    assert pairs(330.0, 365.0, 500.0, 90.0, plates=("p0", "p0", "p1", "p1")) == []
