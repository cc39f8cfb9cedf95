"""What a change shows on its neighbours is added to it; what the plates lost is what is billed; an eye's word counts."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from devices.facts import PlateChange, PlateSettled
from edge.basket.belief import observe, open_belief
from edge.basket.cross_talk import SHARE_MEAN, loads
from edge.basket.reading import lines, nothing_probability
from edge.basket.sight import LEAST_LOG, OTHERS, Movement, Sighting, matched, word
from edge.basket.stock import full_stock
from edge.basket.traits import Traits
from edge.basket.verdict import verdict
from tests.cornershop import gtin, settled, shop

STORE = shop()
BESIDE = {"p0": {"p1"}, "p1": {"p0", "p2"}, "p2": {"p1", "p3"}, "p3": {"p2"}}


def change(plate: str, grams: float, sd_g: float = 0.4) -> PlateChange:
    return PlateChange(plate, grams, sd_g, 0.0)


def shown(*changes: tuple[str, float]) -> PlateSettled:
    """What plates show whose cross-talk nobody has measured."""
    return replace(settled(1.0, *changes), covariance_g2=())


def found(*changes: PlateChange, cross_talk: bool = True) -> list[tuple[str, float]]:
    all_loads = loads(changes, [one.sd_g**2 for one in changes], BESIDE, cross_talk=cross_talk, shared=None)
    return [(load.plate, load.grams) for load in all_loads.loads]


def test_an_echo_belongs_to_the_change_beside_it() -> None:
    ((plate, grams),) = found(change("p0", -8.0), change("p1", -480.0), change("p2", -12.0))
    assert plate == "p1"
    assert grams == pytest.approx(-500.0, abs=1.0)


def test_an_echo_too_small_to_measure_is_the_usual_share() -> None:
    ((_, grams),) = found(change("p1", -20.0, 2.0), change("p2", 0.9, 2.0))
    assert grams == pytest.approx(-20.0 * (1.0 + 2.0 * SHARE_MEAN), abs=0.2)


def test_without_cross_talk_a_change_is_what_its_plate_shows() -> None:
    assert found(change("p0", -8.0), change("p1", -480.0), cross_talk=False) == [("p1", -480.0)]


def test_a_real_item_beside_another_is_no_echo() -> None:
    assert [plate for plate, _ in found(change("p1", -480.0), change("p2", -60.0))] == ["p1", "p2"]


def test_two_loads_taken_as_one_share_their_covariance_and_owe_each_other_nothing() -> None:
    changes = (change("p1", -250.0, 1.0), change("p2", -250.0, 1.0))
    apart = loads(changes, [1.0, 1.0], BESIDE, cross_talk=True, shared={(0, 0): 1.0, (1, 1): 1.0, (0, 1): -0.5, (1, 0): -0.5})
    assert list(apart.together((0, 1))) == pytest.approx([-500.0, 1.0])
    assert list(apart.together((0,))) == pytest.approx([-250.0, 1.0])


def test_leaking_plates_are_billed_by_the_whole_load() -> None:
    belief = observe(open_belief(STORE, full_stock(STORE)), STORE, shown(("p0", -8.0), ("p1", -480.0), ("p2", -12.0)))
    assert [(line.gtin, line.quantity) for line in lines(belief, STORE)] == [(gtin(2), 1)]


@pytest.mark.parametrize("rows", [((math.nan,),), ((-1.0,),), ((1.0, 2.0),)])
def test_a_covariance_that_is_none_is_not_used(rows: tuple[tuple[float, ...], ...]) -> None:
    fact = replace(settled(1.0, ("p0", -331.0)), covariance_g2=rows)
    (line,) = lines(observe(open_belief(STORE, full_stock(STORE)), STORE, fact), STORE)
    assert line.gtin == gtin(0)
    assert math.isfinite(line.probability)


def test_small_takings_that_nobody_names_go_to_a_person() -> None:
    belief = open_belief(STORE, full_stock(STORE))
    for step in range(6):
        belief = observe(belief, STORE, settled(1.0 + step, ("p0", -14.0)))
    told = verdict(belief, STORE, min_line_probability=0.8, min_basket_probability=0.8)
    assert "unexplained_change" in told.reasons


ALIKE = shop(weights_g=(330.0, 330.0, *(500.0 + 37.0 * n for n in range(10))))


def look(log_first: float, log_second: float, plate: str = "p0") -> Sighting:
    return Sighting((plate,), 0, 2_000_000_000, ((gtin(0), log_first), (gtin(1), log_second)), -6.0)


def test_an_eye_tells_equal_weights_apart() -> None:
    taken = settled(1.0, ("p0", -331.0))
    (blind,) = lines(observe(open_belief(ALIKE, full_stock(ALIKE)), ALIKE, taken), ALIKE)
    assert blind.probability < 0.6
    (line,) = lines(observe(open_belief(ALIKE, full_stock(ALIKE)), ALIKE, taken, sightings=[look(-5.0, -0.1)]), ALIKE)
    assert (line.gtin, line.quantity) == (gtin(1), 1)
    assert line.probability > 0.95


def test_an_eye_is_never_a_verdict_of_its_own() -> None:
    taken = settled(1.0, ("p0", -331.0))
    sure = Sighting(("p0",), 0, 2_000_000_000, ((gtin(9), 0.0),), -500.0)
    (line,) = lines(observe(open_belief(ALIKE, full_stock(ALIKE)), ALIKE, taken, sightings=[sure]), ALIKE)
    assert line.gtin in (gtin(0), gtin(1))
    assert nothing_probability(open_belief(ALIKE, full_stock(ALIKE))) > 0.9


def test_what_was_seen_elsewhere_or_is_no_number_says_nothing() -> None:
    taken = Movement.of(settled(1.0, ("p0", -331.0)), ())
    for elsewhere in (look(-5.0, 0.0, plate="p4"), replace(look(0.0, 0.0), end_ns=-5_000_000_000, start_ns=-9_000_000_000)):
        assert matched([elsewhere], [taken]) == {(): (elsewhere,)}
    odd = word(look(math.nan, -math.inf))
    assert all(math.isfinite(value) for value in odd.values())
    assert min(word(look(-500.0, 0.0)).values()) == LEAST_LOG
    assert OTHERS in odd


def test_the_parts_of_the_belief_can_be_switched_off() -> None:
    taken = shown(("p0", -8.0), ("p1", -480.0), ("p2", -12.0))
    for name in ("beam", "dynamic_planogram", "cross_talk", "basket_prior", "unit_spread"):
        traits = Traits(**{name: False})
        belief = observe(open_belief(STORE, full_stock(STORE)), STORE, taken, traits)
        assert belief.hypotheses
        assert len(belief.hypotheses) == 1 or name != "beam"
