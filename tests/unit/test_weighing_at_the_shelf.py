"""What shoppers do to plates: each is counted, or said to be uncertain; nothing is wrong and silent."""

from __future__ import annotations

import math

import pytest

from devices.weighing import WeighingSettings
from tests.shelf_story import ShelfStory

FINE = WeighingSettings()


@pytest.mark.parametrize("noise_g", [0.2, 0.5, 1.0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_item_of_eight_grams_is_seen(noise_g: float, seed: int) -> None:
    story = ShelfStory(noise_g=noise_g, seed=seed)
    story.take("a", 6.0, 8.0)
    assert story.told(10.0, settings=FINE).deltas() == [pytest.approx(-8.0, abs=1.5)]


def test_a_dozen_light_items_one_after_the_other_are_a_dozen_changes() -> None:
    story = ShelfStory()
    for number in range(12):
        story.take("a", 6.0 + 2.0 * number, 8.4)
    told = story.told(32.0, settings=FINE)
    assert told.deltas() == [pytest.approx(-8.4, abs=1.5)] * 12


@pytest.mark.parametrize(("grams", "seconds"), [(43.0, 0.1), (43.0, 2.0), (350.0, 0.5), (350.0, 6.0), (1500.0, 0.1), (1500.0, 6.0)])
def test_however_slowly_it_is_lifted_its_weight_is_counted_once(seconds: float, grams: float) -> None:
    story = ShelfStory()
    story.lift("a", 6.0, grams, seconds)
    told = story.told(12.0 + seconds)
    assert told.total() == pytest.approx(-grams, abs=2.0 + 0.01 * grams)
    assert all(delta < 0.0 for delta in told.deltas())


@pytest.mark.parametrize("press_g", [800.0, -400.0])
def test_a_steady_lean_leaves_nothing_behind(press_g: float) -> None:
    """A lean that holds still is a change like any other until it ends; what counts is that both parts are told."""
    story = ShelfStory()
    story.press("a", 6.0, press_g, 5.0)
    told = story.told(16.0)
    assert told.total() == pytest.approx(0.0, abs=2.0)


def test_a_lean_that_wobbles_for_long_is_told_as_a_disturbance_and_changes_nothing() -> None:
    story = ShelfStory()
    story.wobble("a", 6.0, 800.0, 15.0, 60.0)
    told = story.told(26.0)
    assert told.disturbed
    assert told.total() == pytest.approx(0.0, abs=2.0)


def test_something_taken_under_cover_of_a_lean_is_found_when_the_lean_ends() -> None:
    story = ShelfStory()
    story.wobble("a", 6.0, 800.0, 8.0, 60.0)
    story.force("a", 9.0, -350.0)
    assert story.told(20.0).total() == pytest.approx(-350.0, abs=3.0)


def test_an_item_that_is_held_just_over_the_plate_and_put_back_is_nothing_in_the_end() -> None:
    story = ShelfStory()
    story.lift("a", 6.0, 350.0, 0.3)
    story.lift("a", 10.0, -350.0, 0.3)
    assert story.told(15.0).total() == pytest.approx(0.0, abs=1.0)


def test_a_bag_put_down_on_the_shelf_is_told_with_its_weight_and_so_is_its_removal() -> None:
    story = ShelfStory()
    story.take("a", 6.0, -2300.0)
    story.take("a", 12.0, 2300.0)
    assert story.told(18.0).deltas() == [pytest.approx(2300.0, abs=4.0), pytest.approx(-2300.0, abs=4.0)]


@pytest.mark.parametrize("apart_s", [0.4, 0.6, 0.8, 0.95])
def test_two_takes_within_a_second_are_together_what_was_taken(apart_s: float) -> None:
    story = ShelfStory()
    story.take("a", 6.0, 350.0)
    story.take("a", 6.0 + apart_s, 109.0)
    told = story.told(12.0)
    assert told.total() == pytest.approx(-459.0, abs=3.0)
    assert len(told.deltas()) <= 2


def test_two_items_at_once_are_one_change_of_both() -> None:
    story = ShelfStory()
    story.take("a", 6.0, 350.0 + 109.0)
    assert story.told(10.0).deltas() == [pytest.approx(-459.0, abs=2.0)]


def test_two_hands_at_two_plates_at_once_lose_nothing() -> None:
    story = ShelfStory()
    story.take("a", 6.0, 350.0)
    story.take("b", 6.1, 109.0)
    told = story.told(10.0)
    assert told.total("a") == pytest.approx(-350.0, abs=2.0)
    assert told.total("b") == pytest.approx(-109.0, abs=2.0)


@pytest.mark.parametrize("g_per_min", [3.0, -3.0])
def test_drift_while_people_shop_does_not_spoil_a_weight(g_per_min: float) -> None:
    story = ShelfStory(weather=lambda at_s: g_per_min * at_s / 60.0)
    for number in range(4):
        story.take("a", 20.0 + 20.0 * number, 43.0)
    told = story.told(100.0)
    assert told.deltas() == [pytest.approx(-43.0, abs=2.0)] * 4
    assert told.total("b") == pytest.approx(0.0, abs=1.0)


def test_creep_after_restocking_is_not_sold() -> None:
    story = ShelfStory(creep=0.0005)
    story.take("a", 6.0, -4000.0)
    story.take("a", 60.0, 43.0)
    deltas = story.told(70.0).deltas()
    assert deltas == [pytest.approx(4000.0, abs=5.0), pytest.approx(-43.0, abs=2.0)]


@pytest.mark.parametrize("grams", [4.0, -4.0])
def test_cold_air_from_an_open_door_is_not_sold(grams: float) -> None:
    """The zero moves within ten seconds by what ten degrees do to a cell of 10 kg."""
    story = ShelfStory(weather=lambda at_s: grams * (1.0 - math.exp(-max(0.0, at_s - 6.0) / 5.0)))
    story.take("a", 30.0, 43.0)
    told = story.told(36.0)
    assert told.deltas() == [pytest.approx(-43.0, abs=2.0)]
    assert told.total("b") == pytest.approx(0.0, abs=1.0)


@pytest.mark.parametrize(("amplitude_g", "hertz"), [(3.0, 7.0), (2.0, 24.5), (4.0, 11.0)])
def test_a_humming_shelf_sells_nothing_and_weighs(amplitude_g: float, hertz: float) -> None:
    story = ShelfStory(weather=lambda at_s: amplitude_g * math.sin(2.0 * math.pi * hertz * at_s))
    story.take("a", 10.0, 43.0)
    told = story.told(16.0)
    assert told.deltas() == [pytest.approx(-43.0, abs=3.0)]
    assert told.total("b") == pytest.approx(0.0, abs=1.0)


def test_a_footfall_beside_the_cabinet_is_nothing() -> None:
    story = ShelfStory()
    for step in range(12):
        for plate in story.plates:
            story.press(plate, 6.0 + 0.5 * step, 60.0, 0.02)
    told = story.told(15.0)
    assert told.deltas("a") == told.deltas("b") == []


@pytest.mark.parametrize("ring_hz", [8.0, 12.0, 18.0])
@pytest.mark.parametrize("damping", [0.02, 0.08])
@pytest.mark.parametrize("rate_hz", [40.0, 60.0, 100.0])
def test_every_usual_plate_at_every_usual_speed_weighs(ring_hz: float, damping: float, rate_hz: float) -> None:
    story = ShelfStory(ring_hz=ring_hz, damping=damping, rate_hz=rate_hz)
    story.take("a", 6.0, 350.0)
    story.take("a", 11.0, -350.0)
    told = story.told(17.0)
    assert told.total() == pytest.approx(0.0, abs=2.0)
    assert max(abs(delta) for delta in told.deltas()) == pytest.approx(350.0, abs=3.0)
