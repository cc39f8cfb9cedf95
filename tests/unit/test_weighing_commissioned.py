"""Weighing with what commissioning found: each plate's own ringing, and the leaks between them."""

from __future__ import annotations

import pytest

from devices.facts import PlateSettled
from devices.weighing import PlateGeometry, Weighing, WeighingSettings
from devices.weighing.crosstalk import CrossTalk
from tests.shelf_story import ShelfStory

LEAK = 0.03


def leaky(story: ShelfStory) -> CrossTalk:
    """What a technician would have measured on this shelf."""
    beside = {plate: [story.plates[n] for n in (at - 1, at + 1) if 0 <= n < len(story.plates)] for at, plate in enumerate(story.plates)}
    return CrossTalk({plate: dict.fromkeys(others, story.leak) for plate, others in beside.items()})


@pytest.mark.parametrize("grams", [1500.0, -1500.0, 350.0])
def test_what_a_load_shows_on_the_plates_beside_it_is_no_goods(grams: float) -> None:
    story = ShelfStory(plates=("a", "b", "c"), leak=LEAK)
    story.take("b", 6.0, grams)
    told = story.told(12.0, cross_talk=leaky(story))
    assert told.total("b") == pytest.approx(-grams, abs=1.0)
    assert told.total("a") == pytest.approx(0.0, abs=1.5)
    assert told.total("c") == pytest.approx(0.0, abs=1.5)


def test_an_item_across_two_leaking_plates_keeps_its_weight() -> None:
    story = ShelfStory(plates=("a", "b"), leak=LEAK)
    story.take("a", 6.0, 400.0)
    story.force("b", 6.25, -120.0)
    told = story.told(12.0, cross_talk=leaky(story))
    assert told.total("a") == pytest.approx(-400.0, abs=1.5)
    assert told.total("b") == pytest.approx(-120.0, abs=1.5)


def test_the_covariance_says_that_the_corrected_changes_are_not_independent() -> None:
    story = ShelfStory(plates=("a", "b"), leak=LEAK)
    story.take("a", 6.0, 1500.0)
    (fact,) = (fact for fact in story.told(12.0, cross_talk=leaky(story)).settled if fact.changes)
    rows = fact.covariance_g2
    assert len(rows) == len(fact.changes) == 2
    assert rows[0][1] == rows[1][0] != 0.0
    assert [row[place] for place, row in enumerate(rows)] == [pytest.approx(change.sd_g**2, rel=0.02) for change in fact.changes]


def test_without_a_matrix_the_fact_says_nothing_of_leaks() -> None:
    story = ShelfStory()
    story.take("a", 6.0, 350.0)
    assert all(fact.covariance_g2 == () for fact in story.told(10.0).settled)


def settled_s(ring_hz: float, known_hz: float | None) -> float:
    """Seconds from the hand's leaving until the change is told, on a soft plate that holds a bottle."""
    story = ShelfStory(plates=("a",), ring_hz=ring_hz, damping=0.03)
    story.take("a", 6.0, 900.0)
    weighing = Weighing(WeighingSettings(), (PlateGeometry("a", (), 10_000.0, known_hz),))
    weighing.tracking(False)
    for at_ns, grams in story.samples("a", 14.0):
        for fact in weighing.feed("a", at_ns, grams, "ok"):
            if isinstance(fact, PlateSettled):
                return at_ns / 1e9 - 6.35
    raise AssertionError("never told")


def test_a_soft_plate_whose_ringing_is_known_is_told_sooner() -> None:
    assert settled_s(7.0, 7.0) < 0.8
    assert settled_s(7.0, 7.0) < settled_s(7.0, None) - 0.3
