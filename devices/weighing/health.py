"""Whether a plate's samples can be weights at all: the gate before detection, and the memory of what a healthy cell looks like. Pure.

Nothing here knows items or visits. What is found becomes a fault of the plate (its weights are worth nothing) or, for drift, an alarm
(they are right, but the cell is going).
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from typing import Literal, TypeAlias

from devices.weighing.settings import WeighingSettings
from devices.weighing.trace import NS_PER_S

Fault: TypeAlias = Literal[
    "disconnected", "overload", "saturated", "below_zero", "stuck", "unsteady", "no_samples", "not_a_number", "factory_reset"
]

SATURATED_G = 1_000_000.0  # g; no plate of a shop carries a ton: a converter at its rail
DITHER_STEPS = 1.0  # rms around the mean in units of the finest step; from there on no value is shown by more than 4 of 10 samples
SPREAD_MOST_G = 3.0  # g; a larger deviation is another load, not noise
DITHER_SAMPLES = 50  # differing samples before the dither is believed
PULLED_SHARE = 0.5  # of the rated load; nobody lifts a plate with that, an open bridge reads so

JUMP_G = 50.0  # g; a smaller jump without ringing may be anything
JUMP_WITHIN_NS = 45_000_000  # ns; between two samples further apart a quick lift may begin and end
STILL_BEFORE_NS, STILL_AFTER_NS = 250_000_000, 200_000_000  # ns; the shortest rest around a jump; a hand takes longer
STILL_SAMPLES = 5  # on each side
GAIN_PLATES = 3  # plates that changed by one and the same factor; two may have sold the same share of their goods
GAIN_LOAD_G = 100.0  # g; on a plate with less the factor is noise
SAME_GAIN, OTHER_GAIN = 0.015, 0.1  # shares; factors that agree, and a factor that is not 1

DRIFT_STEP_NS = NS_PER_S  # of the drift's memory; the newest step is dropped when a movement begins
DRIFT_WINDOW_NS = 3600 * NS_PER_S
DRIFT_LEAST_NS = 1200 * NS_PER_S  # of rest before a rate is believed: creep after restocking is over its steepest part
DRIFT_SAMPLES = 60  # remembered steps per window


def impossible(settings: WeighingSettings, rated_g: float, grams: float, quality: str) -> Fault | None:
    """Why this sample can be no weight, or None where it can."""
    if not math.isfinite(grams):
        return "not_a_number"
    if abs(grams) >= SATURATED_G:
        return "saturated"
    match quality:
        case "saturated":
            return "saturated"
        case "fault":
            return "disconnected"
        case "overload":
            return "overload"
        case "underload":
            return "below_zero"
    if grams > settings.overload_factor * rated_g:
        return "overload"
    if grams < -max(settings.below_zero_g, PULLED_SHARE * rated_g):
        return "disconnected"
    if grams < -settings.below_zero_g:
        return "below_zero"
    return None


class Repeats:
    """Counts identical samples, and tells a stuck converter from a display that is coarser than the noise.

    A transmitter that reports whole grams repeats itself by right. Only where the samples were seen to spread over several of
    their finest steps, repetition means that nothing measures any more.
    """

    def __init__(self, settings: WeighingSettings) -> None:
        self._settings = settings
        self._value: float | None = None
        self._since_ns = 0
        self._count = 0
        self._finest = math.inf
        self._mean = math.inf
        self._mean_square = 0.0
        self._differing = 0

    def stuck(self, at_ns: int, grams: float, *, resting: bool) -> bool:
        """Take one sample; True when it is one of too many identical ones. Steps are learned only from a ``resting`` plate."""
        if grams == self._value:
            self._count += 1
            long_enough = at_ns - self._since_ns >= self._settings.stuck_after_s * NS_PER_S
            return self._count >= self._settings.stuck_samples and long_enough and self._dithers()
        if self._value is not None and resting:
            self._learn(grams, abs(grams - self._value))
        self._value, self._since_ns, self._count = grams, at_ns, 1
        return False

    def _learn(self, grams: float, step_g: float) -> None:
        """Of the samples that differ from the one before: the finest step, and the spread around a mean that follows slow drift."""
        self._finest = min(self._finest, step_g)
        off = grams - self._mean
        if abs(off) > SPREAD_MOST_G:
            self._mean = grams
            return
        weight = max(0.02, 1.0 / (self._differing + 1))
        self._mean += weight * off
        self._mean_square += weight * (off * off - self._mean_square)
        self._differing += 1

    def _dithers(self) -> bool:
        return self._differing >= DITHER_SAMPLES and math.sqrt(self._mean_square) >= DITHER_STEPS * self._finest


class Jumps:
    """Finds a weight that jumped without any movement: an electronic step, because a mass on a spring overshoots or at least takes time.

    A transmitter that was zeroed, tared, reset or given another calibration does it. Only where sampling is fast enough to tell.
    """

    def __init__(self, settings: WeighingSettings) -> None:
        self._span_g = settings.still_span_g
        self._before: deque[tuple[int, float]] = deque()
        self._after: list[tuple[int, float]] = []
        self.from_g = 0.0

    def forget(self) -> None:
        """Samples were lost: what follows has no before."""
        self._before.clear()
        self._after.clear()

    def take(self, at_ns: int, grams: float) -> bool:
        """One raw sample, later than all before; True when it proves a jump. ``from_g`` is then the level before it."""
        if self._after:
            return self._watch(at_ns, grams)
        if self._before and self._jumped(at_ns, grams):
            self._after.append((at_ns, grams))
            return False
        self._remember(at_ns, grams)
        return False

    def _jumped(self, at_ns: int, grams: float) -> bool:
        last_ns, last_g = self._before[-1]
        if abs(grams - last_g) < JUMP_G or at_ns - last_ns > JUMP_WITHIN_NS or len(self._before) < STILL_SAMPLES:
            return False
        return last_ns - self._before[0][0] >= STILL_BEFORE_NS and _span(self._before) <= self._span_g

    def _watch(self, at_ns: int, grams: float) -> bool:
        self._after.append((at_ns, grams))
        if _span(self._after) > self._span_g:  # it overshoots, it moves on: a real load
            self._before.clear()
            self._before.extend(self._after)
            self._after.clear()
            return False
        if at_ns - self._after[0][0] < STILL_AFTER_NS or len(self._after) < STILL_SAMPLES:
            return False
        self.from_g = math.fsum(value for _, value in self._before) / len(self._before)
        self.forget()
        return True

    def _remember(self, at_ns: int, grams: float) -> None:
        self._before.append((at_ns, grams))
        while len(self._before) > STILL_SAMPLES and at_ns - self._before[1][0] >= STILL_BEFORE_NS:
            self._before.popleft()


def _span(samples: deque[tuple[int, float]] | list[tuple[int, float]]) -> float:
    values = [grams for _, grams in samples]
    return max(values) - min(values)


def rescaled(before: Mapping[str, float], after: Mapping[str, float]) -> frozenset[str]:
    """The plates whose stable weights (grams, before and after a gap) differ by one common factor: their transmitter lost its calibration.

    Empty where goods may explain it: fewer than three loaded plates, different factors, a factor near 1, or everything gone.
    """
    factors = {plate: after[plate] / grams for plate, grams in before.items() if plate in after and grams >= GAIN_LOAD_G}
    if len(factors) < GAIN_PLATES:
        return frozenset()
    middle = sorted(factors.values())[len(factors) // 2]
    agree = frozenset(plate for plate, factor in factors.items() if abs(factor - middle) <= SAME_GAIN * abs(middle))
    if len(agree) < max(GAIN_PLATES, len(factors)) or abs(middle - 1.0) < OTHER_GAIN or abs(middle) < OTHER_GAIN:
        return frozenset()
    return agree


class Drift:
    """How fast a resting plate creeps while nobody is shopping: its slow movement, summed over the last hour of rest.

    Movements are left out, so that goods put on or taken off are no drift. Memory is bounded.
    """

    def __init__(self, settings: WeighingSettings) -> None:
        self._limit_g_per_h = settings.drifting_g_per_h
        self._steps: deque[tuple[int, float]] = deque()  # (ns of rest, grams crept in them), oldest first
        self._rested_ns = 0
        self._crept_g = 0.0
        self._anchor: tuple[int, float] | None = None
        self._newest: tuple[int, float] | None = None  # a step that a beginning movement may still spoil

    def rest(self, at_ns: int, grams: float) -> float | None:
        """One smoothed value of the resting plate. The rate in g/h when it is too fast, then not again for twenty minutes of rest.

        Always a finite number: a value that is none is not counted, as the journal could keep no rate made from it.
        """
        if self._limit_g_per_h <= 0.0:
            return None
        if not math.isfinite(grams):
            self.interrupt()
            return None
        if self._anchor is None:
            self._anchor = (at_ns, grams)
            return None
        since_ns, level = self._anchor
        if at_ns - since_ns < DRIFT_STEP_NS:
            return None
        confirmed, self._newest = self._newest, (at_ns - since_ns, grams - level)
        self._anchor = (at_ns, grams)
        if confirmed is None:
            return None
        self._add(*confirmed)
        rate = self._crept_g / self._rested_ns * DRIFT_WINDOW_NS if self._rested_ns >= DRIFT_LEAST_NS else 0.0
        if abs(rate) < self._limit_g_per_h:
            return None
        self._steps.clear()
        self._rested_ns, self._crept_g = 0, 0.0
        return rate if math.isfinite(rate) else None

    def interrupt(self) -> None:
        """The plate moves, somebody may be shopping, or it is not seen: the next value begins anew."""
        self._anchor = self._newest = None

    def _add(self, rested_ns: int, crept_g: float) -> None:
        self._rested_ns += rested_ns
        self._crept_g += crept_g
        if self._steps and self._steps[-1][0] < DRIFT_WINDOW_NS // DRIFT_SAMPLES:
            rested_ns, crept_g = rested_ns + self._steps[-1][0], crept_g + self._steps[-1][1]
            self._steps.pop()
        self._steps.append((rested_ns, crept_g))
        while self._rested_ns - self._steps[0][0] >= DRIFT_WINDOW_NS:
            old_ns, old_g = self._steps.popleft()
            self._rested_ns -= old_ns
            self._crept_g -= old_g
