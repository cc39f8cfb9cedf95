"""Whatever a few people do at a shelf, in whatever order: what the plates lost is told in full, and what was only touched is not told."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.facts import PlateMoving, PlateSettled
from tests.shelf_story import ShelfStory

ITEM_G = st.floats(15.0, 900.0)
PLATE = st.sampled_from(["a", "b", "c"])
PAUSE_S = st.floats(0.2, 4.0)

take = st.tuples(st.just("take"), PLATE, PAUSE_S, ITEM_G, st.floats(-200.0, 200.0))
put = st.tuples(st.just("put"), PLATE, PAUSE_S, ITEM_G, st.floats(-200.0, 200.0))
lift = st.tuples(st.just("lift"), PLATE, PAUSE_S, st.floats(60.0, 900.0), st.floats(0.1, 1.5))
# A hand that rests with less than the smallest change that is told may hide as much until the next movement.
press = st.tuples(st.just("press"), PLATE, PAUSE_S, st.floats(20.0, 1500.0) | st.floats(-500.0, -20.0), st.floats(0.1, 6.0))
wobble = st.tuples(st.just("wobble"), PLATE, PAUSE_S, st.floats(100.0, 1200.0), st.floats(1.0, 12.0))
happenings = st.lists(take | put | lift | press | wobble, min_size=1, max_size=5)

Happening = tuple[str, str, float, float, float]


def played(events: list[Happening], **shelf: Any) -> tuple[ShelfStory, float]:
    """The story, and when it is over."""
    story = ShelfStory(plates=("a", "b", "c"), rate_hz=60.0, **shelf)
    at_s, end_s = 5.0, 5.0
    for kind, plate, pause_s, grams, more in events:
        at_s += pause_s
        lasts_s = 0.35
        match kind:
            case "take":
                story.take(plate, at_s, grams, press_g=more)
            case "put":
                story.take(plate, at_s, -grams, press_g=more)
            case "lift":
                story.lift(plate, at_s, grams, more)
                lasts_s = more
            case "press":
                story.press(plate, at_s, grams, more)
                lasts_s = more
            case _:
                story.wobble(plate, at_s, grams, more, 40.0)
                lasts_s = more
        end_s = max(end_s, at_s + lasts_s)
    return story, end_s + 5.0


@given(happenings, st.integers(1, 50))
@settings(max_examples=120, deadline=None)
def test_what_was_taken_is_told_in_full_and_what_was_only_touched_is_not(events: list[Happening], seed: int) -> None:
    story, end_s = played(events, seed=seed)
    told = story.told(end_s)
    assert not told.faulted
    for plate, truth in story.truth().items():
        movements = sum(1 for event in events if event[1] == plate)
        assert told.total(plate) == pytest.approx(truth, abs=2.0 + 2.0 * movements + 0.003 * abs(truth)), plate


@given(happenings)
@settings(max_examples=40, deadline=None)
def test_every_movement_ends_and_says_for_how_long_it_was(events: list[Happening]) -> None:
    story, end_s = played(events)
    moving: set[str] = set()
    for fact in story.told(end_s).facts:
        if isinstance(fact, PlateMoving):
            moving.add(fact.plate)
        elif isinstance(fact, PlateSettled):
            assert fact.start_ns <= fact.end_ns <= fact.at_ns
            assert all(math.isfinite(change.sd_g) and change.sd_g > 0.0 for change in fact.changes)
            moving -= set(fact.plates)
    assert not moving
