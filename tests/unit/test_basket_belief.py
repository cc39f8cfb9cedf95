from __future__ import annotations

import math
import time
from dataclasses import replace

import pytest
from pydantic import TypeAdapter

from devices.facts import PlateSettled
from edge.basket.belief import BEAM, MAX_CHANGES, observe, open_belief
from edge.basket.hypothesis import Belief
from edge.basket.reading import lines, nothing_probability, unexplained
from edge.basket.stock import Shelved, Stock, full_stock
from edge.store.model import Facing, StoreModel
from tests.cornershop import gtin, settled, shop

STORE = shop()


def seen(*facts: PlateSettled, store: StoreModel = STORE, stock: Stock | None = None) -> Belief:
    belief = open_belief(store, full_stock(store) if stock is None else stock)
    for fact in facts:
        belief = observe(belief, store, fact)
    return belief


def basket(belief: Belief, store: StoreModel = STORE) -> dict[str, int]:
    return {line.gtin: line.quantity for line in lines(belief, store)}


def test_nothing_seen_is_nothing_taken() -> None:
    belief = seen()
    assert lines(belief, STORE) == ()
    assert unexplained(belief) == ()
    assert nothing_probability(belief) > 0.99


def test_one_unit_taken_is_one_line_with_its_evidence() -> None:
    belief = seen(settled(1.0, ("p0", -331.0)))
    (line,) = lines(belief, STORE)
    assert (line.gtin, line.quantity) == (gtin(0), 1)
    assert line.probability > 0.95
    assert [(part.plate, part.at_ns, part.delta_g) for part in line.evidence] == [("p0", 1_000_000_000, -331.0)]
    assert nothing_probability(belief) < 0.01


def test_several_units_in_one_movement() -> None:
    assert basket(seen(settled(1.0, ("p1", -1502.0)))) == {gtin(2): 3}


def test_two_products_in_one_movement() -> None:
    assert basket(seen(settled(1.0, ("p2", -370.5)))) == {gtin(4): 1, gtin(5): 1}


def test_put_back_nets_out() -> None:
    belief = seen(settled(1.0, ("p0", -331.0)), settled(3.0, ("p0", 331.2)))
    assert lines(belief, STORE) == ()
    assert nothing_probability(belief) > 0.95


def test_put_back_on_a_wrong_plate_nets_out() -> None:
    belief = seen(settled(1.0, ("p0", -331.0)), settled(3.0, ("p4", 331.2)))
    assert basket(belief) == {}
    assert unexplained(belief) == ()


def test_misplaced_goods_are_known_to_whoever_takes_them_next() -> None:
    stock = Stock((*full_stock(STORE).shelved, Shelved("p4", gtin(0), 1)))
    assert basket(seen(settled(1.0, ("p4", -330.5)), stock=stock)) == {gtin(0): 1}


def test_an_item_on_two_plates_is_one_item() -> None:
    belief = seen(settled(1.0, ("p0", -180.0), ("p1", -151.0)))
    assert basket(belief) == {gtin(0): 1}
    assert len(lines(belief, STORE)[0].evidence) == 2


def test_two_items_from_two_plates_in_one_fact() -> None:
    assert basket(seen(settled(1.0, ("p0", -329.0), ("p1", -501.0)))) == {gtin(0): 1, gtin(2): 1}


def test_an_item_that_tips_over_to_the_next_plate_later() -> None:
    assert basket(seen(settled(1.0, ("p0", -200.0)), settled(1.8, ("p1", -131.0)))) == {gtin(0): 1}


def test_leakage_to_a_neighbour_is_no_item() -> None:
    belief = seen(settled(1.0, ("p4", -1052.0), ("p5", -24.0)))
    assert basket(belief) == {gtin(9): 1}
    assert unexplained(belief) == ()


def test_a_steady_lean_is_forgotten_when_it_ends() -> None:
    belief = seen(settled(1.0, ("p0", 815.0)))
    assert [part.delta_g for part in unexplained(belief)] == [815.0]
    belief = observe(belief, STORE, settled(9.0, ("p0", -814.0)))
    assert unexplained(belief) == ()
    assert nothing_probability(belief) > 0.9


def test_taking_under_a_leaning_hand() -> None:
    assert basket(seen(settled(1.0, ("p0", 815.0)), settled(4.0, ("p0", -815.0 - 330.0)))) == {gtin(0): 1}


def test_a_lift_in_two_halves_is_one_unit() -> None:
    assert basket(seen(settled(1.0, ("p0", -140.0)), settled(2.0, ("p0", -191.0)))) == {gtin(0): 1}


def test_what_no_product_weighs_stays_as_evidence() -> None:
    belief = seen(settled(2.0, ("p3", -700.0)))
    assert lines(belief, STORE) == ()
    (part,) = unexplained(belief)
    assert (part.plate, part.at_ns, part.delta_g) == ("p3", 2_000_000_000, -700.0)
    assert nothing_probability(belief) < 0.1


def test_equal_weights_on_one_plate_stay_uncertain() -> None:
    twins = shop(weights_g=(330.0, 330.0))
    (line,) = lines(seen(settled(1.0, ("p0", -330.0)), store=twins), twins)
    assert line.probability < 0.6


def test_later_evidence_corrects_an_earlier_choice() -> None:
    """Two products of nearly one weight; only one unit of the likelier is left, so the second take tells what the first was."""
    similar = shop(weights_g=(330.0, 334.0))
    stock = Stock((Shelved("p0", gtin(0), 1), Shelved("p0", gtin(1), 8)))
    first = seen(settled(1.0, ("p0", -331.5)), store=similar, stock=stock)
    assert basket(first, similar) == {gtin(0): 1}
    second = observe(first, similar, settled(3.0, ("p0", -328.0)))
    assert basket(second, similar) == {gtin(0): 1, gtin(1): 1}
    before = {line.gtin: line.probability for line in lines(first, similar)}[gtin(0)]
    assert before < 0.8


def test_a_put_back_is_recognised_by_the_very_weight_that_was_taken() -> None:
    similar = shop(weights_g=(330.0, 336.0), facings=(Facing("p0", gtin(0), 8), Facing("p3", gtin(1), 8)))
    belief = seen(settled(1.0, ("p0", -333.9)), settled(2.0, ("p3", -332.1)), settled(3.0, ("p5", 333.8)), store=similar)
    assert basket(belief, similar) == {gtin(1): 1}


def test_a_facing_that_should_be_empty_can_still_sell() -> None:
    stock = Stock((Shelved("p0", gtin(0), 0), Shelved("p0", gtin(1), 8)))
    assert basket(seen(settled(1.0, ("p0", -330.0)), stock=stock)) == {gtin(0): 1}


@pytest.mark.parametrize("grams", [math.nan, math.inf, -math.inf, 1e300, -2e6])
def test_what_cannot_be_a_weight_is_counted_and_makes_everything_doubtful(grams: float) -> None:
    taken = seen(settled(1.0, ("p0", -330.0)))
    bad = settled(2.0, ("p0", -1.0))
    bad = replace(bad, changes=(replace(bad.changes[0], delta_g=grams),))
    belief = observe(taken, STORE, bad)
    assert belief.refused == 1
    assert basket(belief) == {gtin(0): 1}
    assert lines(belief, STORE)[0].probability < 0.6
    assert nothing_probability(observe(seen(), STORE, bad)) < 0.6


def test_negative_time_bad_deviation_and_unknown_plates_are_refused() -> None:
    good = settled(1.0, ("p0", -330.0))
    for bad in (
        replace(good, at_ns=-1),
        replace(good, changes=(replace(good.changes[0], sd_g=math.nan),)),
        replace(good, changes=(replace(good.changes[0], sd_g=-1.0),)),
        replace(good, changes=(replace(good.changes[0], plate="p99"),)),
    ):
        assert seen(bad).refused == 1


def test_a_touch_that_took_nothing_changes_nothing() -> None:
    belief = seen(settled(1.0, ("p0", -330.0)))
    assert observe(belief, STORE, settled(2.0)) is belief


def test_a_long_visit_stays_bounded_and_serialises_exactly() -> None:
    belief = seen()
    for step in range(150):
        belief = observe(belief, STORE, settled(float(step), (f"p{step % 6}", -37.0 * (step % 23) + 11.0)))
    assert len(belief.hypotheses) <= BEAM
    assert len(belief.changes) <= MAX_CHANGES
    adapter = TypeAdapter(Belief)
    stored = adapter.dump_json(belief)
    assert adapter.validate_json(stored) == belief
    assert len(stored) < 600_000


def test_the_weights_of_the_ways_add_up_to_one() -> None:
    belief = seen(settled(1.0, ("p0", -347.0)), settled(2.0, ("p1", -520.0)))
    assert math.fsum(math.exp(way.log_weight) for way in belief.hypotheses) == pytest.approx(1.0)


def test_one_observation_takes_bounded_work_even_when_every_plate_changes_and_holds_everything() -> None:
    crowded = shop(facings=tuple(Facing(f"p{plate}", gtin(number), 8) for plate in range(6) for number in range(12)))
    belief = open_belief(crowded, full_stock(crowded))
    slowest = 0.0
    for step in range(8):
        fact = settled(float(step), *((f"p{plate}", -53.0 * (1 + (step * 7 + plate * 5) % 15)) for plate in range(6)))
        started = time.process_time()
        belief = observe(belief, crowded, fact)
        slowest = max(slowest, time.process_time() - started)
    assert slowest < 1.0  # s of CPU; about 0.1 on a desktop machine


def test_an_ordinary_observation_is_fast() -> None:
    belief = seen()
    spent = []
    for step in range(20):
        started = time.process_time()
        belief = observe(belief, STORE, settled(float(step), (f"p{step % 6}", -(330.0, 500.0, 250.0, 90.0, 60.0, 400.0)[step % 6])))
        spent.append(time.process_time() - started)
    assert sorted(spent)[10] < 0.02  # s of CPU; a few milliseconds on a desktop machine
