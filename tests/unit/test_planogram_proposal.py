from __future__ import annotations

from dataclasses import replace

from edge.basket.planogram_proposal import ProposedFacing, proposed, still_open, taken_over
from edge.basket.stock import Shelved, Shortage, Stock, full_stock, misplaced, shortages
from edge.store.model import Facing, StoreModel
from tests.cornershop import gtin, shop

STORE = shop(facings=tuple(Facing(f"p{n}", gtin(n), 8, 2) for n in range(4)))


def stock(**units: int) -> Stock:
    """The full stock, but for ``p0_3=5``: five units of product 3 on plate p0."""
    held = {(shelved.plate, shelved.gtin): shelved.units for shelved in full_stock(STORE).shelved}
    for name, count in units.items():
        plate, _, number = name.partition("_")
        held[plate, gtin(int(number))] = count
    return Stock(tuple(Shelved(plate, product, count) for (plate, product), count in sorted(held.items())))


def with_planogram(facings: tuple[Facing, ...]) -> StoreModel:
    return replace(STORE, planogram=facings)


def test_a_refill_suggests_nothing() -> None:
    assert proposed(STORE, stock(p0_0=2), stock()) == ()
    assert proposed(STORE, stock(), stock(p0_0=2)) == ()


def test_goods_on_a_plate_of_their_own_are_a_new_facing() -> None:
    assert proposed(STORE, stock(), stock(p5_7=12)) == (ProposedFacing("p5", gtin(7), 12, 0),)


def test_more_than_fits_the_facing_is_a_larger_one() -> None:
    assert proposed(STORE, stock(p1_1=3), stock(p1_1=11)) == (ProposedFacing("p1", gtin(1), 11, 8),)


def test_a_product_that_moved_ends_its_empty_facing() -> None:
    moved = proposed(STORE, stock(p2_2=1), stock(p2_2=0, p4_2=8))
    assert moved == (ProposedFacing("p2", gtin(2), 0, 8), ProposedFacing("p4", gtin(2), 8, 0))
    assert proposed(STORE, stock(p2_2=0, p4_2=8), stock(p2_2=6, p4_2=8), moved) == (ProposedFacing("p4", gtin(2), 8, 0),)


def test_what_a_shopper_misplaced_is_no_suggestion() -> None:
    stray = stock(p0_0=7, p3_0=1)
    assert [shelved.plate for shelved in misplaced(stray, STORE)] == ["p3"]
    assert proposed(STORE, stray, replace(stray)) == ()


def test_a_suggestion_stays_until_it_is_taken_over_or_taken_away() -> None:
    first = proposed(STORE, stock(), stock(p5_7=12))
    sold = stock(p5_7=9)
    assert proposed(STORE, sold, sold, first) == first
    assert proposed(STORE, sold, stock(p5_7=0), first) == ()
    taken = with_planogram(taken_over(STORE.planogram, first))
    assert taken.planogram[-1] == Facing("p5", gtin(7), 12, 3)
    assert still_open(taken, first) == ()
    assert still_open(replace(STORE, plates=STORE.plates[:2]), first) == ()


def test_taking_over_keeps_the_order_and_the_share_that_is_short() -> None:
    wanted = [ProposedFacing("p1", gtin(1), 16, 8), ProposedFacing("p2", gtin(2), 0, 8)]
    assert taken_over(STORE.planogram, wanted) == (STORE.planogram[0], Facing("p1", gtin(1), 16, 4), STORE.planogram[3])


def test_a_facing_below_its_least_count_is_short() -> None:
    assert shortages(stock(p0_0=1, p1_1=2), STORE) == (Shortage("p0", gtin(0), 1, 2),)
    assert shortages(Stock(), with_planogram((Facing("p0", gtin(0), 8, 0),))) == ()
