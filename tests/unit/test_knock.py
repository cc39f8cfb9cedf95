"""The knock test: what is heard after a knock, and when it says that it heard nothing."""

from __future__ import annotations

import math
import random

import pytest

from devices.sim.physics import NS, PlatePhysics, PlateTraits, gaussian
from devices.weighing.knock import NotHeard, Ringing, averaging_s, heard

Samples = list[tuple[int, float]]


def knocked(
    hertz: float = 12.0,
    damping: float = 0.04,
    *,
    rate_hz: float = 80.0,
    jitter: float = 0.02,
    noise_g: float = 0.4,
    push_g: float = 300.0,
    at_s: tuple[float, ...] = (1.0,),
    seconds: float = 4.0,
    seed: int = 1,
) -> Samples:
    """A plate of 2 kg, knocked for 20 ms at each of ``at_s``."""
    plate = PlatePhysics(PlateTraits(ring_hz=hertz, damping=damping), seed, 0)
    plate.load_at_rest(2000.0)
    for moment in at_s:
        plate.push(round(moment * NS), push_g)
        plate.push(round((moment + 0.02) * NS), -push_g)
    source = random.Random(seed)
    samples: Samples = []
    for number in range(1, int(seconds * rate_hz)):
        at_ns = round((number + source.uniform(-jitter, jitter)) / rate_hz * NS)
        samples.append((at_ns, plate.deflection_g(at_ns) + noise_g * gaussian(seed, number)))
    return samples


def refused(samples: Samples) -> NotHeard:
    found = heard(samples)
    assert isinstance(found, NotHeard), found
    return found


@pytest.mark.parametrize("rate_hz", [60.0, 80.0, 250.0])
@pytest.mark.parametrize("damping", [0.01, 0.04, 0.12])
@pytest.mark.parametrize("hertz", [3.5, 6.0, 12.0, 20.0])
def test_frequency_and_damping_are_those_of_the_plate(hertz: float, damping: float, rate_hz: float) -> None:
    found = heard(knocked(hertz, damping, rate_hz=rate_hz))
    assert isinstance(found, Ringing)
    assert found.hertz == pytest.approx(hertz, rel=0.01)
    assert found.damping == pytest.approx(damping, rel=0.1)
    assert found.rate_hz == pytest.approx(rate_hz, rel=0.02)
    assert found.hertz_sd < 0.02
    assert found.explained > 0.98


def test_the_plate_is_quiet_when_its_damping_says_so() -> None:
    found = heard(knocked(12.0, 0.04))
    assert isinstance(found, Ringing)
    assert found.decrement == pytest.approx(2 * math.pi * 0.04, rel=0.02)
    assert found.quiet_after_s(found.amplitude_g) == 0.0
    periods = found.quiet_after_s(found.amplitude_g * math.exp(-10 * found.decrement)) * found.hertz
    assert periods == pytest.approx(10.0, rel=0.01)


def test_times_that_jitter_by_a_third_of_the_period_do_no_harm() -> None:
    found = heard(knocked(12.0, rate_hz=60.0, jitter=0.33))
    assert isinstance(found, Ringing)
    assert found.hertz == pytest.approx(12.0, rel=0.01)


def test_a_soft_knock_on_a_display_of_whole_grams_is_enough() -> None:
    found = heard([(at_ns, float(round(grams))) for at_ns, grams in knocked(noise_g=1.0, push_g=40.0)])
    assert isinstance(found, Ringing)
    assert found.hertz == pytest.approx(12.0, rel=0.02)


@pytest.mark.parametrize(("hertz", "rate_hz"), [(12.0, 10.0), (12.0, 20.0), (14.0, 20.0), (20.0, 40.0), (25.0, 40.0), (29.0, 60.0)])
def test_fewer_samples_than_two_and_a_half_per_period_are_refused_with_the_rate_that_is_needed(hertz: float, rate_hz: float) -> None:
    said = refused(knocked(hertz, rate_hz=rate_hz, jitter=0.0))
    assert said.reason == "too_slow"
    assert "samples per second are too few" in said.words


def test_a_frequency_that_the_sampling_folds_onto_another_is_not_guessed() -> None:
    """14 Hz sampled 20 times per second looks exactly like 6 Hz."""
    said = refused(knocked(14.0, rate_hz=20.0, jitter=0.0))
    assert "6.0 or 14.0 Hz" in said.words


def test_nothing_was_knocked() -> None:
    for seed in range(20):
        assert refused(knocked(at_s=(), noise_g=1.5, seed=seed)).reason in ("no_ringing", "too_short")
    assert refused([(number * NS // 80 + 1, 2000.0) for number in range(320)]).reason == "no_ringing"


def test_a_plate_that_does_not_ring_needs_no_average() -> None:
    assert refused(knocked(8.0, 0.6)).reason == "no_ringing"


def test_a_compressor_is_no_knock() -> None:
    humming = [(number * NS // 80 + 1, 2000.0 + 5.0 * math.sin(2 * math.pi * 7.0 * number / 80)) for number in range(320)]
    said = refused(humming)
    assert said.reason == "vibration"
    assert "7.0 Hz" in said.words


def test_two_knocks_in_a_row_are_asked_for_again() -> None:
    assert refused(knocked(at_s=(1.0, 1.3))).reason == "unclear"


def test_a_recording_that_ends_with_the_knock_is_too_short() -> None:
    assert refused(knocked(seconds=1.3)).reason == "too_short"
    assert refused([]).reason == "too_short"


def test_times_that_do_not_rise_and_weights_that_are_no_numbers_are_errors() -> None:
    with pytest.raises(ValueError, match="times must rise"):
        heard([(2, 0.0), (2, 1.0)])
    with pytest.raises(ValueError, match="not a number"):
        heard([(1, 0.0), (2, math.nan)])


def test_the_average_is_whole_periods() -> None:
    assert averaging_s(12.0) == 0.25
    for hertz in (3.0, 7.5, 30.0):
        assert averaging_s(hertz) * hertz == pytest.approx(round(averaging_s(hertz) * hertz))
    with pytest.raises(ValueError, match="3 to 30 Hz"):
        averaging_s(40.0)
