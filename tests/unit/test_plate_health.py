"""What a cell that is going, or a transmitter that was reset, looks like; and what only looks like it."""

from __future__ import annotations

import math

import pytest

from devices.facts import PlateWeight
from devices.sim.physics import NS, PlatePhysics, PlateTraits, gaussian
from devices.weighing.health import Drift, Jumps, Repeats, impossible, rescaled
from devices.weighing.returning import Returning
from devices.weighing.settings import WeighingSettings

SETTINGS = WeighingSettings()


def jumped(samples: list[tuple[int, float]]) -> list[float]:
    """Levels before the jumps that were found."""
    jumps = Jumps(SETTINGS)
    return [jumps.from_g for at_ns, grams in samples if jumps.take(at_ns, grams)]


def electronic(before_g: float, after_g: float, *, rate_hz: float = 80.0, noise_g: float = 0.5) -> list[tuple[int, float]]:
    """One second of each level."""
    count = round(2 * rate_hz)
    return [
        (round(n / rate_hz * NS), (before_g if n < count // 2 else after_g) + noise_g * gaussian(3, n))  # one sample between the levels
        for n in range(count)
    ]


def physical(
    push: list[tuple[float, float]], *, ring_hz: float = 12.0, damping: float = 0.04, rate_hz: float = 80.0
) -> list[tuple[int, float]]:
    plate = PlatePhysics(PlateTraits(ring_hz=ring_hz, damping=damping), 4, 0)
    plate.load_at_rest(2000.0)
    for at_s, grams in push:
        plate.push(round(at_s * NS), grams)
    return [(n * round(NS / rate_hz), plate.conversion_g(n, round(NS / rate_hz))) for n in range(round(3 * rate_hz))]


@pytest.mark.parametrize("after_g", [0.0, 740.0, 5000.0, -300.0])
def test_a_transmitter_that_was_zeroed_or_reset_jumps_between_two_samples(after_g: float) -> None:
    assert jumped(electronic(2000.0, after_g)) == [pytest.approx(2000.0, abs=1.0)]


@pytest.mark.parametrize("rate_hz", [25.0, 40.0, 80.0, 250.0])
def test_a_jump_is_seen_at_every_speed_that_shows_a_plate_moving(rate_hz: float) -> None:
    assert len(jumped(electronic(2000.0, 0.0, rate_hz=rate_hz))) == 1


def test_sampled_slowly_a_taking_looks_just_the_same_and_nothing_is_said() -> None:
    assert jumped(electronic(2000.0, 0.0, rate_hz=10.0)) == []


@pytest.mark.parametrize("damping", [0.02, 0.1, 0.4, 0.8])
@pytest.mark.parametrize("ring_hz", [5.0, 12.0, 22.0])
@pytest.mark.parametrize("rate_hz", [40.0, 80.0, 250.0])
def test_a_mass_on_a_spring_is_no_jump_however_sudden(ring_hz: float, damping: float, rate_hz: float) -> None:
    for grams in (-2000.0, -330.0, 330.0):
        assert jumped(physical([(1.0, grams)], ring_hz=ring_hz, damping=damping, rate_hz=rate_hz)) == []


def test_a_small_or_a_restless_jump_is_none() -> None:
    assert jumped(electronic(2000.0, 1960.0)) == []
    assert jumped(electronic(2000.0, 0.0, noise_g=3.0)) == []


@pytest.mark.parametrize(
    ("after", "lost"),
    [
        ({"a": 370.0, "b": 740.0, "c": 1110.0, "d": 0.1}, {"a", "b", "c"}),
        ({"a": 371.0, "b": 737.0, "c": 1112.0, "d": 3.0}, {"a", "b", "c"}),
        ({"a": 1000.0, "b": 2000.0, "c": 3000.0, "d": 5.0}, set()),  # nothing happened
        ({"a": 0.0, "b": 0.3, "c": 0.1, "d": 0.0}, set()),  # somebody cleared the shelf
        ({"a": 370.0, "b": 740.0, "c": 3000.0, "d": 5.0}, set()),  # goods were taken from two plates
        ({"a": 370.0, "b": 740.0}, set()),  # two plates may have sold the same share
    ],
)
def test_another_gain_is_one_factor_on_every_loaded_plate(after: dict[str, float], lost: set[str]) -> None:
    assert rescaled({"a": 1000.0, "b": 2000.0, "c": 3000.0, "d": 5.0}, after) == lost


def crept(rate_g_per_h: float, hours: float, *, noise_g: float = 0.3, pause_every_s: int = 10**9, step_g: float = 0.0) -> list[float]:
    """Rates reported for a plate that is looked at twice per second; every ``pause_every_s`` it moves and rests at another weight."""
    drift = Drift(SETTINGS)
    found = []
    level = 1000.0
    for half in range(round(hours * 7200)):
        if half and half % (2 * pause_every_s) == 0:
            drift.interrupt()
            level += step_g
        rate = drift.rest(half * NS // 2, level + rate_g_per_h * half / 7200 + noise_g * gaussian(9, half))
        if rate is not None:
            found.append(rate)
    return found


def test_a_creeping_cell_is_reported_now_and_then_with_its_rate() -> None:
    found = crept(45.0, 2.0)
    assert 1 <= len(found) <= 6
    assert all(rate == pytest.approx(45.0, abs=10.0) for rate in found)
    assert crept(-200.0, 0.5)[0] == pytest.approx(-200.0, abs=10.0)


def test_a_healthy_cell_is_not_reported_even_with_a_cold_draught_and_after_restocking() -> None:
    assert crept(0.0, 3.0, noise_g=1.0) == []
    assert crept(10.0, 3.0) == []
    drift = Drift(SETTINGS)
    creep = [drift.rest(n * NS, 5000.0 + 10.0 * (1.0 - math.exp(-n / 600.0))) for n in range(7200)]
    assert creep == [None] * 7200


def test_goods_that_come_and_go_are_no_drift() -> None:
    assert crept(0.0, 2.0, pause_every_s=60, step_g=50.0) == []
    assert len(crept(60.0, 2.0, pause_every_s=60, step_g=-120.0)) >= 1


def test_the_alarm_can_be_switched_off() -> None:
    drift = Drift(WeighingSettings(drifting_g_per_h=0.0))
    assert all(drift.rest(n * NS, float(n)) is None for n in range(4000))


@pytest.mark.parametrize(
    ("grams", "quality", "reason"),
    [(8e6, "saturated", "saturated"), (-8_000.0, "ok", "disconnected"), (-100.0, "ok", "below_zero"), (300.0, "fault", "disconnected")],
)
def test_an_open_bridge_and_a_converter_at_its_limit_have_their_names(grams: float, quality: str, reason: str) -> None:
    assert impossible(SETTINGS, 10_000.0, grams, quality) == reason


def weighed(**grams: float) -> list[PlateWeight]:
    return [PlateWeight(plate, each, 0.2) for plate, each in grams.items()]


def returning(**grams: float) -> Returning:
    plates = Returning()
    for plate, each in grams.items():
        plates.lost(plate, each)
        plates.lost(plate, None)  # lost again before it was weighed: the older weight holds
    return plates


def test_plates_that_come_back_are_told_together_and_at_once_when_all_are_there() -> None:
    plates = returning(a=1000.0, b=2000.0)
    first, second = weighed(a=1000.2, b=1650.0)
    assert plates.holds(first, NS)
    assert plates.due(NS) == ((), {})
    assert plates.holds(second, NS + 1)
    assert plates.due(NS + 1) == ((first, second), {})
    assert plates.due(NS + 2) == ((), {})
    assert not plates.holds(first, NS + 3)


def test_a_plate_that_stays_away_is_waited_for_only_a_second() -> None:
    plates = returning(a=1000.0, b=2000.0)
    (first, late) = weighed(a=1000.2, b=2000.1)
    plates.holds(first, NS)
    assert plates.due(2 * NS - 1) == ((), {})
    assert plates.due(2 * NS) == ((first,), {})
    assert plates.holds(late, 9 * NS)
    assert plates.due(9 * NS) == ((late,), {})


def test_plates_that_all_came_back_by_another_gain_are_told_of_no_goods() -> None:
    plates = returning(a=1000.0, b=2000.0, c=3000.0, d=4.0)
    for weight in weighed(a=370.0, b=740.0, c=1110.0, d=1.5):
        assert plates.holds(weight, NS)
    told, distrusted = plates.due(NS)
    assert [weight.plate for weight in told] == ["d"]
    assert distrusted == {"a": 1000.0, "b": 2000.0, "c": 3000.0}


def test_a_plate_that_is_faulty_when_it_comes_back_is_not_told() -> None:
    plates = returning(a=1000.0)
    plates.holds(weighed(a=1000.0)[0], NS)
    plates.forgets("a")
    assert plates.due(5 * NS) == ((), {})


@pytest.mark.parametrize(
    ("display_g", "noise_g", "found"), [(0.1, 0.15, True), (0.1, 1.0, True), (1.0, 1.5, True), (1.0, 0.3, False), (1.0, 0.02, False)]
)
def test_a_stuck_value_is_told_from_a_display_that_is_coarser_than_the_noise(display_g: float, noise_g: float, found: bool) -> None:
    repeats = Repeats(SETTINGS)

    def shown(number: int, grams: float) -> float:
        return round((grams + noise_g * gaussian(6, number)) / display_g) * display_g

    moved = [repeats.stuck(n * NS // 40, shown(n, 2000.0 if n < 800 else 1650.37), resting=True) for n in range(2000)]
    assert not any(moved)
    assert any(repeats.stuck(n * NS // 40, 1650.0, resting=True) for n in range(2000, 3000)) == found
