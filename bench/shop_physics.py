"""What plates under goods and hands read: levels of disturbance, hands, leak to neighbours, ringing, noise. No shop, no files, no shoppers.

Loads are grams of an array (samples, plates); everything random comes from the generator that is passed in, so a seed fixes every byte.
The numbers are ranges: a visit draws its own inside (and somewhat beyond) them, lest a detector be fitted to one plate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Span: TypeAlias = tuple[float, float]

RATE_HZ: Final = 60.0  # samples per second of every plate
USUAL_RING_HZ: Final = (12.0, 0.8)  # Hz; mean and spread of a shelf plate with goods on it
ODD_RING_HZ: Final = (9.0, 16.0)  # Hz; softer and stiffer plates
ODD_RING_SHARE: Final = 0.25  # share of visits at such plates
DAMPING: Final = (0.03, 0.055)  # share of the critical one


@dataclass(frozen=True, slots=True)
class Level:
    """How bad it gets. Pairs are ranges that a visit or a plate draws from; shares are probabilities per event unless said otherwise."""

    name: str
    noise_g: Span  # white noise, rms, per plate
    wander_g_per_min: float  # random walk: standard deviation after one minute
    leak: Span  # share of a plate's load that each neighbour carries
    unit_spread: Span  # standard deviation of one unit around its product's mean, as a share
    catalogue_error: float  # standard deviation of the catalogue's mean, as a share
    press_g: Span  # a hand at the goods
    slow_lift: float
    empty_touch: float
    brush: float  # a sleeve or a knuckle at the next plate while a hand works
    lean: float  # share of visits with a lean
    quick_s: Span  # between events that follow at once, at different places


LEVELS: Final = {
    "typical": Level("typical", (0.3, 1.2), 2.0, (0.005, 0.015), (0.010, 0.015), 0.003, (15.0, 200.0), 0.05, 0.10, 0.13, 0.15, (0.45, 2.7)),
    "hard": Level("hard", (0.8, 2.0), 5.0, (0.010, 0.030), (0.015, 0.020), 0.008, (30.0, 400.0), 0.20, 0.35, 0.20, 0.50, (0.30, 1.8)),
}


def wobble(source: np.random.Generator, at_s: Floats, slow_hz: float, fast_hz: float) -> Floats:
    """A smooth wandering value of about ±1 at the given seconds: three sines of random pitch and phase."""
    pitch = source.uniform(slow_hz, fast_hz, 3)
    phase = source.uniform(0.0, 2.0 * np.pi, 3)
    height = source.dirichlet(np.ones(3))
    waves: Floats = (height[:, None] * np.sin(2.0 * np.pi * pitch[:, None] * at_s[None, :] + phase[:, None])).sum(axis=0)
    return waves


def ramp(at_s: Floats, begin_s: float, end_s: float) -> Floats:
    """0 before ``begin_s``, 1 from ``end_s``, smooth between."""
    part = np.clip((at_s - begin_s) / max(end_s - begin_s, 1e-6), 0.0, 1.0)
    smooth: Floats = part * part * (3.0 - 2.0 * part)
    return smooth


def hand(source: np.random.Generator, at_s: Floats, begin_s: float, end_s: float, grams: float) -> Floats:
    """A press of uneven force that comes within a tenth of a second and goes as fast; ``grams`` may be negative (something lifted)."""
    edge = min(source.uniform(0.05, 0.14), 0.45 * (end_s - begin_s))
    envelope = ramp(at_s, begin_s, begin_s + edge) - ramp(at_s, end_s - edge, end_s)
    force: Floats = grams * envelope * (1.0 + source.uniform(0.1, 0.5) * wobble(source, at_s, 1.5, 7.0))
    return force


def lift(source: np.random.Generator, at_s: Floats, gone_s: float, grams: float, press_g: float, slow: bool) -> Floats:
    """The load of one plate while ``grams`` leave it: 0 before, -grams from ``gone_s`` on.

    A quick one is pressed for 0.2-0.5 s, then leaves in a tenth or two of a second; a slow one is held half lifted for 2-4 s.
    """
    away = source.uniform(0.10, 0.25)
    leaving = ramp(at_s, gone_s - away, gone_s)
    if not slow:
        begin = gone_s - away - source.uniform(0.2, 0.5)
        return -grams * leaving + hand(source, at_s, begin, gone_s - 0.6 * away, press_g)
    held = source.uniform(2.0, 4.0)
    begin = gone_s - held
    part = np.clip((at_s - begin) / held, 0.0, 1.0)
    lifted = -grams * source.uniform(0.0, 1.0) * part ** source.uniform(1.0, 4.0)
    grip = (ramp(at_s, begin, begin + 0.1) - leaving) * (1.0 - part) ** 0.4
    return lifted + (-grams - lifted) * leaving + press_g * grip * (0.3 + 1.8 * wobble(source, at_s, 0.6, 2.6))


def put(source: np.random.Generator, at_s: Floats, there_s: float, grams: float, press_g: float) -> Floats:
    """The load of one plate on which ``grams`` come to stand at ``there_s``, the hand resting on them for a moment after."""
    down = source.uniform(0.06, 0.2)
    stays = source.uniform(0.15, 0.5)
    return grams * ramp(at_s, there_s - down, there_s) + hand(source, at_s, there_s - 0.5 * down, there_s + stays, abs(press_g))


def lean(source: np.random.Generator, at_s: Floats, begin_s: float, end_s: float, plates: int) -> Floats:
    """Loads (samples, plates) of an arm or a bag on plates side by side: the middle carries most, wobbling or steady."""
    weight = source.uniform(150.0, 900.0)
    swing = source.uniform(0.02, 0.35)
    middle = 0.5 * (plates - 1)
    edge = min(0.12, 0.4 * (end_s - begin_s))
    envelope = ramp(at_s, begin_s, begin_s + edge) - ramp(at_s, end_s - edge, end_s)
    loads = np.zeros((len(at_s), plates))
    for place in range(plates):
        share = max(source.uniform(0.7, 1.0) * (1.0 - 0.5 * abs(place - middle)), 0.15)
        loads[:, place] = weight * share * envelope * (1.0 + swing * wobble(source, at_s, 0.3, 3.0))
    return loads


def leak_matrix(source: np.random.Generator, neighbours: list[list[int]], leak: Span) -> Floats:
    """(plate loaded, plate read): what stands on one plate and is read there and at its neighbours; every row sums to 1."""
    matrix: Floats = np.eye(len(neighbours))
    for place, beside in enumerate(neighbours):
        for other in beside:
            share = source.uniform(*leak)
            matrix[place, other] += share
            matrix[place, place] -= share
    return matrix


def ringing(source: np.random.Generator, loads: Floats) -> Floats:
    """What springs of 9-16 Hz, little damped, read of ``loads`` that begin at 0: the step response of each plate, sampled."""
    count, width = loads.shape
    usual = source.random() >= ODD_RING_SHARE
    pitch = source.normal(*USUAL_RING_HZ) if usual else source.uniform(*ODD_RING_HZ)
    damping = source.uniform(*DAMPING)
    since = np.arange(count) / RATE_HZ
    size = 1 << (2 * count - 1).bit_length()
    read = np.zeros_like(loads)
    for place in range(width):
        own = 2.0 * np.pi * pitch * source.normal(1.0, 0.02)
        if not loads[:, place].any():
            continue
        swing = np.sqrt(1.0 - damping**2)
        decay = np.exp(-damping * own * since)
        step = 1.0 - decay * (np.cos(own * swing * since) + damping / swing * np.sin(own * swing * since))
        # Step-invariant: the load is constant between samples, its change at each answers with the step response.
        change = np.diff(loads[:, place], prepend=0.0)
        read[:, place] = np.fft.irfft(np.fft.rfft(change, size) * np.fft.rfft(step, size), size)[:count]
    return read


def plate_noise(source: np.random.Generator, count: int, width: int, level: Level, rate_hz: float = RATE_HZ) -> Floats:
    """White noise of each plate's own size plus its slow wander."""
    rough = source.uniform(*level.noise_g, width) * source.uniform(0.9, 1.15)
    pace = level.wander_g_per_min * source.uniform(0.7, 1.4) / np.sqrt(60.0 * rate_hz)
    wander = np.cumsum(source.normal(0.0, pace, (count, width)), axis=0)
    noise: Floats = wander + source.normal(0.0, 1.0, (count, width)) * rough
    return noise
