"""Laws of the weighing stage for all inputs: nothing raises, every movement ends once, grams are conserved."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from devices.facts import (
    DeviceFact,
    PlateFaulted,
    PlateMoving,
    PlateSettled,
    PlatesMeasured,
)
from devices.weighing import PlateGeometry, Weighing, WeighingSettings
from tests.plate_physics import PlatePhysics

S = 1_000_000_000
ROW = tuple(PlateGeometry(name, beside, 10_000.0) for name, beside in (("a", ("b",)), ("b", ()), ("c", ())))
FACT: TypeAdapter[DeviceFact] = TypeAdapter(DeviceFact)

sample = st.tuples(
    st.sampled_from("abc"),
    st.integers(-(10**10), 10**10) | st.integers(),
    st.floats() | st.floats(-50.0, 12_000.0),
    st.sampled_from(["ok", "ok", "ok", "unstable", "overload", "underload", "fault", "nonsense"]),
)


@given(st.lists(sample, max_size=80), st.booleans())
@settings(max_examples=300, deadline=None)
def test_any_samples_give_facts_that_can_be_stored(samples: list[tuple[str, int, float, str]], ticking: bool) -> None:
    weighing = Weighing(WeighingSettings(), ROW)
    weighing.settle(0)
    facts: list[DeviceFact] = []
    for plate, at_ns, grams, quality in samples:
        facts.extend(weighing.feed(plate, at_ns, grams, quality))
        if ticking:
            facts.extend(weighing.tick(at_ns))
    for fact in facts:
        assert FACT.validate_json(FACT.dump_json(fact)) == fact
        if isinstance(fact, PlateSettled):
            assert all(math.isfinite(change.delta_g) and change.sd_g >= 0.0 for change in fact.changes)
    assert set(weighing.live()) == {"a", "b", "c"}


visits = st.lists(
    st.tuples(st.sampled_from("abc"), st.floats(12.0, 900.0), st.booleans(), st.floats(0.1, 3.0), st.floats(-300.0, 300.0)),
    min_size=1,
    max_size=6,
)


def visited(takings: list[tuple[str, float, bool, float, float]]) -> tuple[dict[str, PlatePhysics], float]:
    plates = {name: PlatePhysics(load_g=5000.0, noise_g=0.5, seed=ord(name)) for name in "abc"}
    at_s = 3.0
    for name, grams, back, pause, press in takings:
        at_s += pause
        plates[name].take(at_s, -grams if back else grams, press_g=press)
    return plates, at_s + 4.0


def run(plates: dict[str, PlatePhysics], end_s: float, rate_hz: float, *, tick_every: int = 0) -> list[DeviceFact]:
    weighing = Weighing(WeighingSettings(), ROW)
    weighing.tracking(False)
    samples = sorted((at_ns, name, grams) for name, physics in plates.items() for at_ns, grams in physics.samples(end_s, rate_hz))
    facts: list[DeviceFact] = []
    for number, (at_ns, name, grams) in enumerate(samples):
        facts.extend(weighing.feed(name, at_ns, grams, "ok"))
        if tick_every and number % tick_every == 0:
            facts.extend(weighing.tick(at_ns))
    return facts


@given(visits, st.sampled_from([40.0, 80.0]))
@settings(max_examples=400, deadline=None)
def test_changes_add_up_to_what_the_plates_lost_and_every_movement_ends(
    takings: list[tuple[str, float, bool, float, float]], rate_hz: float
) -> None:
    plates, end_s = visited(takings)
    facts = run(plates, end_s, rate_hz)
    assert not [fact for fact in facts if isinstance(fact, PlateFaulted)]
    moving: set[str] = set()
    sums = dict.fromkeys("abc", 0.0)
    for fact in facts:
        if isinstance(fact, PlateMoving):
            assert fact.plate not in moving
            moving.add(fact.plate)
        elif isinstance(fact, PlateSettled):
            assert set(fact.plates) <= moving
            moving -= set(fact.plates)
            for change in fact.changes:
                sums[change.plate] += change.delta_g
    assert not moving
    for name, physics in plates.items():
        expected = physics.grams(end_s) - 5000.0
        moves = 1 + sum(1 for taking in takings if taking[0] == name)
        assert sums[name] == pytest.approx(expected, abs=4.0 * moves), name


@given(visits, st.integers(1, 40))
@settings(max_examples=40, deadline=None)
def test_ticks_between_samples_change_no_weight(takings: list[tuple[str, float, bool, float, float]], every: int) -> None:
    plates, end_s = visited(takings)
    calm, ticked = run(plates, end_s, 40.0), run(plates, end_s, 40.0, tick_every=every)
    assert [f for f in calm if isinstance(f, PlatesMeasured)] == [f for f in ticked if isinstance(f, PlatesMeasured)]
    sums = [
        {
            name: round(sum(c.delta_g for f in facts if isinstance(f, PlateSettled) for c in f.changes if c.plate == name), 6)
            for name in "abc"
        }
        for facts in (calm, ticked)
    ]
    assert sums[0] == sums[1]


@given(visits)
@settings(max_examples=20, deadline=None)
def test_the_same_samples_give_the_same_facts(takings: list[tuple[str, float, bool, float, float]]) -> None:
    plates, end_s = visited(takings)
    assert run(plates, end_s, 40.0) == run(plates, end_s, 40.0)
