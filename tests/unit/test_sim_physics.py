"""Plates, units, hands and converters of the simulated shelf, against their formulas."""

from __future__ import annotations

import itertools
import math
import statistics
from typing import Any

import pytest

from devices.sim.converter import ChannelSettings, WeighingChannel
from devices.sim.physics import NS, PlatePhysics, PlateTraits, gaussian, ring_down_s
from devices.sim.shelf import Shelf, ShelfPlate

QUIET = PlateTraits(noise_sd_g=0.0, creep=0.0)


def _shelf(traits: PlateTraits = QUIET, seed: int = 1) -> Shelf:
    return Shelf(
        {name: ShelfPlate(PlatePhysics(traits, seed, 0), beside) for name, beside in (("A", ("B",)), ("B", ("A", "C")), ("C", ("B",)))},
        seed,
    )


def test_units_differ_as_the_product_says() -> None:
    units = _shelf().make("9521234500018", 500.0, 3.0, 2000)
    weights = [unit.grams for unit in units]
    assert statistics.fmean(weights) == pytest.approx(500.0, abs=0.25)
    assert statistics.stdev(weights) == pytest.approx(3.0, rel=0.08)
    assert max(abs(weight - 500.0) for weight in weights) <= 12.0
    assert len({unit.number for unit in units}) == 2000


def test_ringing_decays_as_a_damped_oscillator() -> None:
    plate = PlatePhysics(QUIET, 0, 0)
    plate.push(0, -330.0)
    omega = 2 * math.pi * QUIET.ring_hz
    for period in range(1, 30):
        crest_s = period * 2 * math.pi / (omega * math.sqrt(1 - QUIET.damping**2))
        envelope = 330.0 * math.exp(-QUIET.damping * omega * crest_s)
        assert plate.deflection_g(round(crest_s * NS)) - -330.0 == pytest.approx(envelope, rel=1e-3, abs=1e-3)


def test_ring_down_time_is_the_published_one() -> None:
    assert ring_down_s(330.0, 2.0, QUIET) == pytest.approx(1.69, abs=0.01)
    plate = PlatePhysics(QUIET, 0, 0)
    plate.push(0, 330.0)
    quiet_from = ring_down_s(330.0, 2.0, QUIET)
    late = [abs(plate.deflection_g(round((quiet_from + step / 400) * NS)) - 330.0) for step in range(400)]
    assert max(late) <= 2.0
    assert max(late[:40]) > 1.5  # and not much earlier


def test_the_signal_does_not_depend_on_how_often_it_is_asked() -> None:
    often, seldom = (PlatePhysics(PlateTraits(drift_g_per_h=30.0), 5, 0) for _ in range(2))
    for plate in (often, seldom):
        plate.push(100_000_000, 250.0)
        plate.push(900_000_000, -80.0)
    for step in range(1, 2000):
        often.deflection_g(step * 1_000_000)
    assert often.deflection_g(2 * NS) == pytest.approx(seldom.deflection_g(2 * NS), abs=1e-6)


def test_creep_stays_within_class_c3_and_recovers() -> None:
    plate = PlatePhysics(PlateTraits(noise_sd_g=0.0), 0, 0)
    plate.push(0, 10_000.0)
    after_30_min = plate.deflection_g(1800 * NS) - 10_000.0
    assert 1.5 < after_30_min <= 2.45
    plate.push(1800 * NS, -10_000.0)
    assert plate.deflection_g(3600 * NS) == pytest.approx(0.0, abs=0.2)


def test_noise_is_normal_and_belongs_to_the_seed() -> None:
    values = [gaussian(7, number) for number in range(4000)]
    assert statistics.fmean(values) == pytest.approx(0.0, abs=0.06)
    assert statistics.stdev(values) == pytest.approx(1.0, abs=0.05)
    assert values == [gaussian(7, number) for number in range(4000)]
    assert values[:10] != [gaussian(8, number) for number in range(10)]
    lagged = sum(a * b for a, b in itertools.pairwise(values)) / len(values)
    assert abs(lagged) < 0.06


def test_a_touch_leaves_nothing() -> None:
    shelf = _shelf()
    plate = shelf.plates["A"].physics
    ends = shelf.touch("A", 0)
    during = max(abs(plate.deflection_g(step * 10_000_000)) for step in range(1, 35))
    assert during > 40.0
    assert plate.deflection_g(ends + 5 * NS) == pytest.approx(0.0, abs=0.01)


def test_a_lean_wobbles_and_ends() -> None:
    shelf = _shelf()
    plate = shelf.plates["A"].physics
    ends = shelf.lean("A", 800.0, 3.0, 0, wobble_g=60.0)
    during = [plate.deflection_g(NS + step * 20_000_000) for step in range(90)]
    assert statistics.fmean(during) == pytest.approx(800.0, abs=60.0)
    assert max(during) - min(during) > 60.0
    assert plate.deflection_g(ends + 5 * NS) == pytest.approx(0.0, abs=0.01)


def test_a_straddling_item_weighs_on_both_plates_and_leaves_both() -> None:
    shelf = _shelf()
    unit = shelf.make("x", 400.0, 1.0, 1)[0]
    shelf.put("A", [unit], 0, straddle=("B", 0.25))
    later = 10 * NS
    assert shelf.plates["A"].physics.deflection_g(later) == pytest.approx(0.75 * unit.grams, abs=0.01)
    assert shelf.plates["B"].physics.deflection_g(later) == pytest.approx(0.25 * unit.grams, abs=0.01)
    shelf.take("A", 1, later)
    for name in ("A", "B"):
        assert shelf.plates[name].physics.deflection_g(later + 10 * NS) == pytest.approx(0.0, abs=0.01)


def test_leakage_reaches_the_neighbours_only() -> None:
    shelf = _shelf(PlateTraits(noise_sd_g=0.0, creep=0.0, leakage=0.03))
    shelf.put("A", shelf.make("x", 1500.0, 0.001, 1), 0)
    assert shelf.plates["B"].physics.deflection_g(20 * NS) == pytest.approx(45.0, abs=0.1)
    assert shelf.plates["C"].physics.deflection_g(20 * NS) == pytest.approx(0.0, abs=1e-9)


def test_taking_more_than_there_is_says_so() -> None:
    shelf = _shelf()
    shelf.stock("A", shelf.make("x", 100.0, 1.0, 2))
    with pytest.raises(ValueError, match="plate A holds 2 units of anything, not 3"):
        shelf.take("A", 3, 0)
    assert shelf.holds("A") == {"x": 2}


def _channel(traits: PlateTraits = QUIET, **settings: Any) -> WeighingChannel:
    return WeighingChannel(PlatePhysics(traits, 3, 0), ChannelSettings(**settings))


def test_the_average_is_over_the_filter_length() -> None:
    channel = _channel(PlateTraits(noise_sd_g=2.0, creep=0.0), filter_length=40, stable_time_s=0.1)
    short = _channel(PlateTraits(noise_sd_g=2.0, creep=0.0), filter_length=1)
    many = [channel.sample(step * NS).grams for step in range(1, 120)]
    single = [short.sample(step * NS).grams for step in range(1, 120)]
    assert statistics.stdev(single) == pytest.approx(2.0, rel=0.25)
    assert statistics.stdev(many) == pytest.approx(2.0 / math.sqrt(40), rel=0.3)


def test_a_reading_is_stable_only_when_the_plate_is() -> None:
    channel = _channel(PlateTraits(creep=0.0))
    assert channel.sample(NS).stable
    channel.physics.push(NS, 300.0)
    assert not channel.sample(NS + 100_000_000).stable
    assert channel.sample(6 * NS).stable
    assert channel.sample(6 * NS).grams == pytest.approx(300.0, abs=1.0)


def test_auto_zero_erases_a_slow_taking_and_only_when_on() -> None:
    for divisions, seen in ((0, -20.0), (10, 0.0)):
        channel = _channel(auto_zero_divisions=divisions, division_g=0.1)
        for step in range(400):
            channel.physics.push(step * NS, -0.05)
            channel.sample((step + 1) * NS)
        assert channel.sample(402 * NS).grams == pytest.approx(seen, abs=1.1)


def test_creep_tracking_erases_a_slow_taking_from_a_full_plate() -> None:
    for divisions, seen in ((0, 980.0), (10, 1000.0)):
        channel = _channel(creep_track_divisions=divisions, division_g=0.1)
        channel.physics.load_at_rest(1000.0)
        channel.sample(NS)
        for step in range(1, 401):
            channel.physics.push(step * NS, -0.05)
            channel.sample((step + 1) * NS)
        assert channel.sample(402 * NS).grams == pytest.approx(seen, abs=1.1)


def test_cell_faults_look_as_they_do() -> None:
    channel = _channel(PlateTraits(creep=0.0))
    channel.physics.load_at_rest(1000.0)
    channel.sample(NS)
    troubles = channel.physics.troubles
    troubles.fault = "stuck"
    stuck = {channel.sample(step * NS).grams for step in range(5, 25)}
    assert len(stuck) == 1
    troubles.fault = "saturated"
    sample = channel.sample(30 * NS)
    assert sample.overflow
    assert sample.counts == 8_388_607
    troubles.fault = "disconnected"
    assert channel.sample(40 * NS).overflow
    troubles.fault = "none"
    channel.physics.push(50 * NS, 20_000.0)
    assert channel.sample(60 * NS).overload


def test_factory_reset_loses_the_calibration() -> None:
    channel = _channel()
    channel.physics.load_at_rest(1000.0)
    assert channel.sample(2 * NS).grams == pytest.approx(1000.0, abs=0.1)
    channel.factory_reset()
    assert abs(channel.sample(4 * NS).grams - 1000.0) > 100.0
    assert channel.settings.auto_zero_divisions > 0
