"""A creeping cell as the weighing stage tells it: while nobody shops, once, with its rate, and without selling anything."""

from __future__ import annotations

import math

import pytest

from devices.facts import DeviceFact, PlateDrifting, PlateSettled
from devices.sim.physics import NS, PlatePhysics, PlateTraits
from devices.weighing import PlateGeometry, Weighing, WeighingSettings
from devices.weighing.health import Drift

RATE_HZ = 10  # samples per second of a closed cabinet at its calm pace


def an_hour(g_per_h: float, *, shopping: bool = False, minutes: int = 60) -> list[DeviceFact]:
    physics = PlatePhysics(PlateTraits(drift_g_per_h=g_per_h), 3, 0)
    physics.load_at_rest(3000.0)
    weighing = Weighing(WeighingSettings(), (PlateGeometry("a", (), 10_000.0),))
    weighing.tracking(not shopping)
    facts: list[DeviceFact] = []
    for number in range(minutes * 60 * RATE_HZ):
        facts += weighing.feed("a", number * NS // RATE_HZ, physics.conversion_g(number, NS // RATE_HZ), "ok")
    return facts


@pytest.mark.parametrize("g_per_h", [60.0, -90.0])
def test_a_creeping_cell_is_told_and_sells_nothing(g_per_h: float) -> None:
    facts = an_hour(g_per_h)
    told = [fact for fact in facts if isinstance(fact, PlateDrifting)]
    assert 1 <= len(told) <= 3
    assert all(fact.plate == "a" and fact.g_per_h == pytest.approx(g_per_h, rel=0.1) for fact in told)
    assert not any(fact.changes for fact in facts if isinstance(fact, PlateSettled))


def test_a_quiet_cell_and_a_shopper_s_slow_hand_are_no_drift() -> None:
    assert not any(isinstance(fact, PlateDrifting) for fact in an_hour(3.0))
    assert not any(isinstance(fact, PlateDrifting) for fact in an_hour(200.0, shopping=True, minutes=30))


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf, 1e308])
def test_a_value_that_is_no_weight_makes_no_rate_that_is_no_number(wrong: float) -> None:
    drift, rates = Drift(WeighingSettings()), []
    for second in range(2 * 3600):
        grams = 3000.0 + 60.0 * second / 3600
        rate = drift.rest(second * NS, wrong * (-1) ** second if second % 100 in (50, 51, 52) and second < 1200 else grams)
        rates += [] if rate is None else [rate]
    assert rates
    assert all(math.isfinite(rate) for rate in rates)
    assert rates[-1] == pytest.approx(60.0, rel=0.1)  # and what creeps is told all the same
