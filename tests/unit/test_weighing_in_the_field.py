"""What a shelf in a real shop does to a plate between and during visits: a compressor, footfall, cold air, creep, a scraping edge."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from devices.facts import DeviceFact, PlateFaulted, PlateSettled
from devices.sim.physics import NS, PlatePhysics, PlateTraits
from devices.weighing import PlateGeometry, Weighing, WeighingSettings

RATE_HZ = 40.0
LOAD_G = 4000.0
ITEM_G = 120.0


def plate(**traits: float) -> PlatePhysics:
    physics = PlatePhysics(PlateTraits(**traits), 5, 0)
    physics.load_at_rest(LOAD_G)
    return physics


def watched(
    physics: PlatePhysics, seconds: float, *, shopping: bool = True, extra: Callable[[float], float] = lambda at_s: 0.0
) -> list[DeviceFact]:
    """The plate's facts, sampled like a transmitter does; ``extra`` is added to what the cell feels."""
    weighing = Weighing(WeighingSettings(), (PlateGeometry("a", (), physics.traits.rated_g),))
    weighing.tracking(not shopping)
    facts: list[DeviceFact] = []
    for number in range(round(seconds * RATE_HZ)):
        at_ns = round(number * NS / RATE_HZ)
        facts += weighing.feed("a", at_ns, physics.conversion_g(number, round(NS / RATE_HZ)) + extra(at_ns / NS), "ok")
    return facts


def deltas(facts: list[DeviceFact]) -> list[float]:
    return [change.delta_g for fact in facts if isinstance(fact, PlateSettled) for change in fact.changes]


def take(physics: PlatePhysics, at_s: float, grams: float = ITEM_G) -> None:
    """A hand of a third of a second."""
    for moment, push in ((at_s, 150.0), (at_s + 0.3, -grams), (at_s + 0.35, -150.0)):
        physics.push(round(moment * NS), push)


@pytest.mark.parametrize(
    ("amplitude_g", "hertz"), [(2.0, 25.0), (3.0, 7.0), (5.0, 12.5)], ids=["compressor", "footfall", "at the plate's own"]
)
def test_a_shaking_shelf_sells_nothing_and_what_is_taken_from_it_is_still_weighed(amplitude_g: float, hertz: float) -> None:
    physics = plate()
    physics.troubles.vibration_g, physics.troubles.vibration_hz = amplitude_g, hertz
    take(physics, 20.0)
    assert deltas(watched(physics, 30.0)) == [pytest.approx(-ITEM_G, abs=4.0)]


def test_cold_air_that_falls_onto_the_cells_when_the_door_opens_is_no_taking() -> None:
    """Five grams in half a minute: a part of ten degrees on a cell of ten kilograms."""
    physics = plate()
    take(physics, 40.0)
    facts = watched(physics, 60.0, extra=lambda at_s: -5.0 * (1.0 - math.exp(-max(0.0, at_s - 10.0) / 10.0)))
    assert deltas(facts) == [pytest.approx(-ITEM_G, abs=3.0)]


def test_creep_after_restocking_is_followed_and_is_no_taking() -> None:
    """Four times what class C3 allows in half an hour, on a plate that was just filled."""
    physics = plate(creep=0.001)
    physics.push(5 * NS, 5000.0)
    assert deltas(watched(physics, 600.0, shopping=False)) == [pytest.approx(5000.0, abs=5.0)]


def test_a_plate_that_scrapes_its_neighbour_shows_a_weight_that_is_too_small_and_no_fault() -> None:
    """Friction carries a third of every change; the basket finds no product of that weight. The plate cannot know."""
    physics = plate()
    take(physics, 10.0, ITEM_G * 2 / 3)
    facts = watched(physics, 20.0)
    assert deltas(facts) == [pytest.approx(-80.0, abs=3.0)]
    assert not [fact for fact in facts if isinstance(fact, PlateFaulted)]
