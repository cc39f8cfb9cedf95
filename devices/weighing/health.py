"""Whether a plate's samples can be weights at all: the gate before detection, and the memory of what a healthy cell looks like. Pure."""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

from devices.weighing.settings import WeighingSettings
from devices.weighing.trace import NS_PER_S

Fault: TypeAlias = Literal["disconnected", "overload", "saturated", "below_zero", "stuck", "unsteady", "no_samples", "not_a_number"]

SATURATED_G = 1_000_000.0  # g; no plate of a shop carries a ton: a converter at its rail
DITHER_STEPS = 2.5  # rms of the differing steps in units of the finest; above it a cell's noise is finer than its display
DITHER_SAMPLES = 50  # differing samples before the dither is believed


def impossible(settings: WeighingSettings, rated_g: float, grams: float, quality: str) -> Fault | None:
    """Why this sample can be no weight, or None where it can."""
    if not math.isfinite(grams):
        return "not_a_number"
    if abs(grams) >= SATURATED_G:
        return "saturated"
    match quality:
        case "fault":
            return "disconnected"
        case "overload":
            return "overload"
        case "underload":
            return "below_zero"
    if grams > settings.overload_factor * rated_g:
        return "overload"
    if grams < -settings.below_zero_g:
        return "below_zero"
    return None


class Repeats:
    """Counts identical samples, and tells a stuck converter from a display that is coarser than the noise.

    A transmitter that reports whole grams repeats itself by right. Only where the samples were seen to differ by several of
    their finest steps, repetition means that nothing measures any more.
    """

    def __init__(self, settings: WeighingSettings) -> None:
        self._settings = settings
        self._value: float | None = None
        self._since_ns = 0
        self._count = 0
        self._finest = math.inf
        self._mean_square = 0.0
        self._differing = 0

    def stuck(self, at_ns: int, grams: float, *, resting: bool) -> bool:
        """Take one sample; True when it is one of too many identical ones. Steps are learned only from a ``resting`` plate."""
        if grams == self._value:
            self._count += 1
            long_enough = at_ns - self._since_ns >= self._settings.stuck_after_s * NS_PER_S
            return self._count >= self._settings.stuck_samples and long_enough and self._dithers()
        if self._value is not None and resting:
            self._learn(abs(grams - self._value))
        self._value, self._since_ns, self._count = grams, at_ns, 1
        return False

    def _learn(self, step_g: float) -> None:
        self._finest = min(self._finest, step_g)
        weight = max(0.02, 1.0 / (self._differing + 1))
        self._mean_square += weight * (step_g * step_g - self._mean_square)
        self._differing += 1

    def _dithers(self) -> bool:
        return self._differing >= DITHER_SAMPLES and math.sqrt(self._mean_square) >= DITHER_STEPS * self._finest
