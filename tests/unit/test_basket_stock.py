from __future__ import annotations

from pydantic import TypeAdapter

from devices.facts import PlateSettled
from edge.basket.belief import observe, open_belief
from edge.basket.recount import RestockUpdate, after, reconcile, restocked
from edge.basket.stock import Shelved, Stock, StockChange, full_stock
from edge.store.model import Facing
from tests.cornershop import gtin, settled, shop

STORE = shop()
SINGLE = shop(facings=tuple(Facing(f"p{n}", gtin(n), 8) for n in range(6)))


def units(stock: Stock, plate: str, number: int) -> int:
    return sum(shelved.units for shelved in stock.shelved if (shelved.plate, shelved.gtin) == (plate, gtin(number)))


def test_a_full_stock_is_the_planogram() -> None:
    stock = full_stock(STORE)
    assert [shelved.units for shelved in stock.shelved] == [8] * 12
    assert TypeAdapter(Stock).validate_json(TypeAdapter(Stock).dump_json(stock)) == stock


def test_a_sale_leaves_the_shelf() -> None:
    stock = full_stock(STORE)
    update = after(stock, observe(open_belief(STORE, stock), STORE, settled(1.0, ("p0", -660.0))))
    assert update.changes == (StockChange("p0", gtin(0), -2, 6),)
    assert units(update.stock, "p0", 0) == 6
    assert update.unexplained == ()


def test_misplaced_goods_stay_where_they_were_put() -> None:
    stock = full_stock(STORE)
    belief = open_belief(STORE, stock)
    for fact in (settled(1.0, ("p0", -331.0)), settled(2.0, ("p4", 331.0))):
        belief = observe(belief, STORE, fact)
    update = after(stock, belief)
    assert units(update.stock, "p0", 0) == 7
    assert units(update.stock, "p4", 0) == 1
    again = after(update.stock, observe(open_belief(STORE, update.stock), STORE, settled(9.0, ("p4", -331.0))))
    assert units(again.stock, "p4", 0) == 0


def test_a_stock_never_falls_below_nothing() -> None:
    stock = Stock((Shelved("p0", gtin(0), 0),))
    update = after(stock, observe(open_belief(STORE, stock), STORE, settled(1.0, ("p0", -330.0))))
    assert units(update.stock, "p0", 0) == 0
    assert update.changes == ()


def test_what_vanishes_between_visits_is_booked_and_not_the_next_shoppers_bill() -> None:
    update = reconcile(full_stock(STORE), STORE, settled(1.0, ("p0", -330.0)))
    assert update.changes == (StockChange("p0", gtin(0), -1, 7),)


def test_goods_that_fall_over_between_visits_move() -> None:
    store = shop(facings=(Facing("p0", gtin(0), 8), Facing("p1", gtin(0), 4)))
    update = reconcile(full_stock(store), store, settled(1.0, ("p0", -330.0), ("p1", 330.0)))
    assert (units(update.stock, "p0", 0), units(update.stock, "p1", 0)) == (7, 5)


def test_what_no_product_explains_between_visits_is_kept_as_evidence() -> None:
    update = reconcile(full_stock(STORE), STORE, settled(1.0, ("p3", -675.0)))
    assert update.changes == ()
    assert [part.delta_g for part in update.unexplained] == [-675.0]


def test_a_restock_counts_units_against_a_full_facing() -> None:
    stock = Stock(tuple(Shelved(f"p{n}", gtin(n), 2) for n in range(6)))
    belief = open_belief(SINGLE, stock, restocking=True)
    for fact in (
        settled(1.0, ("p0", 900.0)),  # a hand and some units
        settled(2.0, ("p0", 1080.0)),  # the rest and the hand gone: 6 x 330 together
        settled(3.0, ("p1", -730.0)),  # both old ones out
        settled(4.0, ("p1", 7 * 365.0)),
    ):
        belief = observe(belief, SINGLE, fact)
    update = restocked(stock, SINGLE, belief)
    assert units(update.stock, "p0", 0) == 8
    assert units(update.stock, "p1", 1) == 7
    assert update.unexplained == ()
    counts = {recount.gtin: (recount.expected, recount.counted) for recount in update.recounts}
    assert counts[gtin(0)] == (8, 8)
    assert counts[gtin(1)] == (8, 7)
    assert counts[gtin(2)] == (8, 2)


def test_a_restock_of_a_shared_plate_follows_the_likeliest_story() -> None:
    stock = Stock((Shelved("p0", gtin(0), 1), Shelved("p0", gtin(1), 1)))
    belief = open_belief(STORE, stock, restocking=True)
    for fact in (settled(1.0, ("p0", 3 * 330.0)), settled(2.0, ("p0", 2 * 365.0))):
        belief = observe(belief, STORE, fact)
    update = restocked(stock, STORE, belief)
    assert (units(update.stock, "p0", 0), units(update.stock, "p0", 1)) == (4, 3)


def test_a_bag_left_by_the_restocker_is_evidence() -> None:
    stock = full_stock(SINGLE)
    update = restocked(stock, SINGLE, observe(open_belief(SINGLE, stock, restocking=True), SINGLE, settled(1.0, ("p0", 150.0))))
    assert [part.plate for part in update.unexplained] == ["p0"]


def staff(*facts: PlateSettled, stock: Stock) -> RestockUpdate:
    belief = open_belief(SINGLE, stock, restocking=True, whole_catalogue=True)
    for fact in facts:
        belief = observe(belief, SINGLE, fact)
    return restocked(stock, SINGLE, belief)


def test_a_product_on_a_plate_without_a_facing_for_it_is_known_by_its_weight() -> None:
    update = staff(settled(1.0, ("p3", 2 * 1050.0)), settled(4.0, ("p3", 1052.0)), stock=full_stock(SINGLE))
    assert update.changes == (StockChange("p3", gtin(9), 3, 3),)
    assert update.unexplained == ()


def test_an_empty_plate_without_any_facing_takes_what_stands_on_it() -> None:
    bare = shop(facings=tuple(Facing(f"p{n}", gtin(n), 8) for n in range(5)))
    stock = full_stock(bare)
    belief = open_belief(bare, stock, restocking=True, whole_catalogue=True)
    for number in range(3):
        belief = observe(belief, bare, settled(3.0 * number, ("p5", 2 * 400.0)))
    assert restocked(stock, bare, belief).changes == (StockChange("p5", gtin(10), 6, 6),)


def test_a_refill_is_a_refill_and_no_stranger() -> None:
    for number in range(6):
        update = staff(settled(1.0, (f"p{number}", 5 * SINGLE.prices.products[number].unit_weight_g)), stock=Stock())
        assert update.changes == (StockChange(f"p{number}", gtin(number), 5, 5),)


def test_nothing_arrives_that_does_not_belong_while_nobody_is_inside() -> None:
    update = reconcile(full_stock(SINGLE), SINGLE, settled(1.0, ("p3", 800.0)))
    assert update.changes == ()
    assert [part.plate for part in update.unexplained] == ["p3"]


def test_what_came_in_twos_and_ones_is_one_product() -> None:
    """Two of 500 g or three of 330 g: the single ones that follow tell."""
    update = staff(
        *(settled(3.0 * number, ("p5", grams)) for number, grams in enumerate((995.0, 995.0, 498.0))),
        stock=Stock(tuple(Shelved(f"p{n}", gtin(n), 8) for n in range(5))),
    )
    assert update.changes == (StockChange("p5", gtin(2), 5, 5),)
