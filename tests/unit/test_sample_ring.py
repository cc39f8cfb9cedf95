"""What the store remembers of its weights: bounded, whole, and with the shop as it was where an excerpt begins."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest

from edge.basket.stock import Shelved
from edge.runtime import sample_ring
from edge.runtime.sample_ring import PIECE_SAMPLES, Excerpt, SampleRing
from tests.tapped_story import TappedStory
from tests.unit.visit_story import BAR, COLA, NS


def samples(excerpt: Excerpt) -> list[tuple[int, int, float]]:
    return [row for line in excerpt.lines({}) for row in line.get("samples", ())]


def units(excerpt: Excerpt) -> dict[str, int]:
    return {one.gtin: one.units for one in excerpt.shop.stock.shelved}


def taken(excerpt: Excerpt | None) -> Excerpt:
    assert excerpt is not None
    return excerpt


def test_a_visit_is_remembered_with_the_rest_around_it_and_the_stock_before_it() -> None:
    told = TappedStory()
    told.rest(20.0)
    told.visit("v1")
    told.rest(20.0)
    told.visit("v2", takes=700.0)
    told.rest(20.0)
    assert told.ring.holds("v1")
    assert told.ring.holds("v2")
    assert not told.ring.holds("v3")
    first = taken(told.ring.visit("v1", told.story.at_ns))
    assert [row["visit"] for row in first.visits] == ["v1"]
    assert first.from_ns == first.visits[0]["start_ns"] - 10 * NS
    assert first.to_ns == first.visits[0]["end_ns"] + 10 * NS
    assert units(first) == {COLA.gtin: 10, BAR.gtin: 8}
    second = taken(told.ring.visit("v2", told.story.at_ns))
    assert units(second) == {COLA.gtin: 9, BAR.gtin: 8}
    rows = samples(second)
    assert [at for _, at, _ in rows] == sorted(at for _, at, _ in rows)
    assert all(second.from_ns <= at <= second.to_ns for _, at, _ in rows)
    assert rows[0][2] == pytest.approx(3150.0, abs=2.0)
    assert not second.under_way


def test_the_last_minutes_hold_every_visit_in_them() -> None:
    told = TappedStory()
    told.rest(10.0)
    told.visit("v1")
    told.rest(10.0)
    told.visit("v2")
    told.rest(5.0)
    whole = taken(told.ring.last(60.0, told.story.at_ns))
    assert [row["visit"] for row in whole.visits] == ["v1", "v2"]
    assert len(samples(whole)) == told.samples
    since_ns = told.story.at_ns - whole.visits[1]["start_ns"] + 5 * NS
    part = taken(told.ring.last(since_ns / 60e9, told.story.at_ns))
    assert [row["visit"] for row in part.visits] == ["v2"]
    assert units(part) == {COLA.gtin: 9, BAR.gtin: 8}


def test_an_excerpt_that_would_begin_in_a_visit_begins_after_it_with_what_it_left() -> None:
    told = TappedStory()
    told.rest(10.0)
    told.visit("v1")
    told.visit("v2", takes=0.0)
    told.visit("v3")
    told.rest(3.0)
    ends = [row["end_ns"] for row in taken(told.ring.last(60.0, told.story.at_ns)).visits]
    cut = taken(told.ring.last((told.story.at_ns - ends[0] + NS) / 60e9, told.story.at_ns))  # a second before the first visit's end
    assert cut.from_ns > ends[0]
    assert [row["visit"] for row in cut.visits] == ["v2", "v3"]
    assert units(cut) == {COLA.gtin: 9, BAR.gtin: 8}


def test_what_goes_on_is_not_told_as_over() -> None:
    told = TappedStory()
    told.rest(10.0)
    told.story.enter(visit="v1")
    told.rest(1.0)
    excerpt = taken(told.ring.last(60.0, told.story.at_ns))
    assert excerpt.under_way
    assert excerpt.visits == ()
    assert [*excerpt.lines({"columns": []})][-1] == {"under_way": True}


def test_what_is_too_old_is_forgotten_with_everything_about_it() -> None:
    told = TappedStory(minutes=1.0)
    told.rest(10.0)
    told.visit("v1")
    told.rest(3 * 60.0 + 3 * PIECE_SAMPLES * 0.025)
    assert not told.ring.holds("v1")
    assert told.ring.visit("v1", told.story.at_ns) is None
    assert told.ring.seconds(told.story.at_ns) < 60.0 + 2.5 * PIECE_SAMPLES * 0.025
    excerpt = taken(told.ring.last(60.0, told.story.at_ns))
    assert excerpt.visits == ()
    assert units(excerpt) == {COLA.gtin: 9, BAR.gtin: 8}


def test_nothing_was_remembered_yet() -> None:
    ring = SampleRing(1.0)
    assert ring.last(1.0, 5) is None
    assert ring.visit("v1", 5) is None
    assert (ring.bytes, ring.seconds(5)) == (0, 0.0)


def test_the_memory_is_bounded_and_as_large_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample_ring, "MOST_SAMPLES", 10 * PIECE_SAMPLES)
    ring = SampleRing(60.0)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for at_ns in range(30 * PIECE_SAMPLES):
            ring.take(at_ns % 40, at_ns, 1.5)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert ring.bytes <= 14 * 12 * PIECE_SAMPLES
    assert after - before < 1.3 * 14 * 12 * PIECE_SAMPLES


def test_stock_that_stays_is_remembered_once() -> None:
    told = TappedStory()
    told.rest(5.0)
    told.rest(5.0)
    shops: Any = told.ring._shops
    assert len(shops) == 1
    assert Shelved("p1", COLA.gtin, 10) in shops[0][1].stock.shelved
