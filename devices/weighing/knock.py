"""The knock test of one plate: how fast it rings and how soon it stops, from the samples around a knock. Pure.

Commissioning uses it once per plate; the detector only gets the frequency. A plate on its cell is a damped spring: after a knock it shows
``a + b t + exp(-2 pi f z t) (c cos(w t) + d sin(w t))`` with ``w = 2 pi f sqrt(1 - z^2)``. For given f and z the other four follow by least
squares, so only two numbers are searched: f on a grid from 3 to 30 Hz, then both together. Samples may be jittered; their own times count.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

NS_PER_S = 1_000_000_000

LOWEST_HZ, HIGHEST_HZ = 3.0, 30.0  # Hz; a softer plate is broken, a stiffer one is quiet before anybody notices
CONFUSED_HZ = 26.0  # Hz; up to here plates ring long enough to be mistaken for a slower one that was sampled too rarely
SAME_HZ = 0.5  # Hz; closer fits are one and the same
SAMPLES_PER_PERIOD = 2.5  # fewer say nothing reliable about a frequency
AVERAGED_PERIODS = 3  # the detector's moving average is three means in a row, each of one period
LISTEN_S = 1.5  # s; what follows the knock: 18 periods at 12 Hz, and five decay times of the usual plate
HAND_S = 0.06  # s; from the hardest moment of the knock on, the finger is off the plate
MIN_SAMPLES = 12  # twice the numbers that are fitted
MIN_AMPLITUDE_G = 2.0  # g; a knock that moves less is not above floor and air
MIN_EVIDENCE = (
    30.0  # of N ln(rss without / rss with ringing): noise alone reaches 15 in one of 100 recordings, the best of the grid included
)
MIN_EXPLAINED = 0.8  # of the variance after the knock; less means two knocks, or a hand that moved
SAME_FIT = 12.0  # of N ln(rss1 / rss2): a smaller difference tells no two frequencies apart
DAMPINGS = (0.01, 0.03, 0.08, 0.2)  # ratios tried on the grid
LEAST_DAMPING, MOST_DAMPING = 0.002, 0.4  # below: driven from outside; above: gone within one period

Refusal: TypeAlias = Literal["too_slow", "too_short", "no_ringing", "vibration", "unclear"]


@dataclass(frozen=True, slots=True)
class Ringing:
    """One plate's ringing. ``damping``: ratio (share of critical). ``amplitude_g``: right after the knock. ``explained``: share of the
    variance after the knock that is this ringing. ``hertz_sd``: standard error of the fit. ``rate_hz``: samples per second."""

    hertz: float
    damping: float
    amplitude_g: float
    hertz_sd: float
    explained: float
    rate_hz: float

    @property
    def decrement(self) -> float:
        """Logarithmic decrement: how much of the natural logarithm of the amplitude one period takes away."""
        return 2.0 * math.pi * self.damping / math.sqrt(1.0 - self.damping**2)

    def quiet_after_s(self, tolerance_g: float) -> float:
        """Seconds from the knock until less than ``tolerance_g`` of it is left: ln(A / tolerance) / (2 pi f z)."""
        return math.log(max(1.0, self.amplitude_g / tolerance_g)) / (2.0 * math.pi * self.hertz * self.damping)


@dataclass(frozen=True, slots=True)
class NotHeard:
    """Why these samples say nothing about the ringing, and what to do, in words."""

    reason: Refusal
    words: str


def averaging_s(ringing_hz: float) -> float:
    """Length of the detector's moving average for a plate that rings at ``ringing_hz``: whole periods, in seconds."""
    if not LOWEST_HZ <= ringing_hz <= HIGHEST_HZ:
        raise ValueError(f"a plate rings at {LOWEST_HZ:g} to {HIGHEST_HZ:g} Hz, not at {ringing_hz:g}")
    return AVERAGED_PERIODS / ringing_hz


def heard(samples: Sequence[tuple[int, float]]) -> Ringing | NotHeard:
    """The ringing after the hardest knock in ``samples``: (monotonic ns, grams), times rising, the rest before the knock may be in it.

    Raises ValueError for times that do not rise and for weights that are no numbers.
    """
    if any(later[0] <= earlier[0] for earlier, later in itertools.pairwise(samples)):
        raise ValueError("the samples' times must rise")
    if not all(math.isfinite(grams) for _, grams in samples):
        raise ValueError("a sample is not a number")
    after = _after_the_knock(samples)
    if len(after) < 2 or after[-1][0] < 0.5 * LISTEN_S:
        return NotHeard("too_short", f"The recording ends too early: go on for {LISTEN_S:g} s after the knock.")
    rate_hz = (len(after) - 1) / (after[-1][0] - after[0][0])
    if len(after) < MIN_SAMPLES or rate_hz < SAMPLES_PER_PERIOD * LOWEST_HZ:
        return _too_slow(rate_hz, None)
    quiet_rss = _Fit(after, None).rss
    best = _scanned(after)
    evidence = len(after) * math.log(max(quiet_rss, 1e-12) / max(best.rss, 1e-12))
    amplitude_g = math.hypot(*best.ringing) * math.exp(2.0 * math.pi * best.hertz * best.damping * HAND_S)
    if quiet_rss < 1e-12 or evidence < MIN_EVIDENCE or amplitude_g < MIN_AMPLITUDE_G:
        return NotHeard(
            "no_ringing",
            "No ringing is to be seen: knock harder, with a knuckle; or the transmitter's own filter hides it (set it short).",
        )
    explained = 1.0 - best.rss / quiet_rss
    if best.damping > MOST_DAMPING:
        return NotHeard("no_ringing", "The plate stops within one period: nothing rings, nothing needs averaging away.")
    if best.damping < LEAST_DAMPING:
        return NotHeard("vibration", f"Something shakes the shelf at {best.hertz:.1f} Hz and does not stop: switch it off and knock again.")
    if explained < MIN_EXPLAINED:
        return NotHeard(
            "unclear",
            "More than one knock, a hand that stayed, or too soft a knock: knock once with a knuckle, take the hand away, and wait.",
        )
    others = [other for other in _confused_with(after, rate_hz, best) if other.hertz <= CONFUSED_HZ or other.rss < 0.5 * best.rss]
    if others or rate_hz < SAMPLES_PER_PERIOD * best.hertz:
        return _too_slow(rate_hz, sorted(fit.hertz for fit in (best, *others)))
    return Ringing(best.hertz, best.damping, amplitude_g, _hertz_sd(after, best), explained, rate_hz)


def _too_slow(rate_hz: float, candidates: Sequence[float] | None) -> NotHeard:
    rings = f"; it may ring at {' or '.join(f'{hertz:.1f}' for hertz in candidates)} Hz" if candidates else ""
    needed = SAMPLES_PER_PERIOD * (max(candidates) if candidates else 12.0)
    return NotHeard(
        "too_slow",
        f"{rate_hz:.0f} samples per second are too few{rings}: sample at {math.ceil(needed)} per second or more (a higher baud rate, "
        "a faster conversion rate in the transmitter).",
    )


def _after_the_knock(samples: Sequence[tuple[int, float]]) -> list[tuple[float, float]]:
    """(seconds since the hand left, grams from the median) of what is listened to."""
    if not samples:
        return []
    ordered = sorted(grams for _, grams in samples)
    middle = ordered[len(ordered) // 2]
    knocked_ns = max(samples, key=lambda sample: abs(sample[1] - middle))[0]
    start_ns = knocked_ns + round(HAND_S * NS_PER_S)
    end_ns = start_ns + round(LISTEN_S * NS_PER_S)
    return [((at_ns - start_ns) / NS_PER_S, grams - middle) for at_ns, grams in samples if start_ns <= at_ns <= end_ns]


class _Fit:
    """Least squares of a straight line and, where ``shape`` (Hz, damping ratio) is given, a dying oscillation."""

    __slots__ = ("damping", "hertz", "ringing", "rss")

    def __init__(self, points: Sequence[tuple[float, float]], shape: tuple[float, float] | None) -> None:
        self.hertz, self.damping = shape or (0.0, 0.0)
        omega = 2.0 * math.pi * self.hertz
        decay, turn = self.damping * omega, omega * math.sqrt(1.0 - self.damping**2)
        size = 4 if shape else 2
        normal = [[0.0] * (size + 1) for _ in range(size)]
        total = 0.0
        for at_s, grams in points:
            row: tuple[float, ...] = (1.0, at_s)
            if shape:
                shrink = math.exp(-decay * at_s)
                row = (1.0, at_s, shrink * math.cos(turn * at_s), shrink * math.sin(turn * at_s))
            total += grams * grams
            for i in range(size):
                line, weight = normal[i], row[i]
                for j in range(i, size):
                    line[j] += weight * row[j]
                line[size] += weight * grams
        for i in range(size):
            for j in range(i):
                normal[i][j] = normal[j][i]
        right = [line[size] for line in normal]
        solved = _solved(normal)
        self.ringing = (solved[2], solved[3]) if shape else (0.0, 0.0)
        self.rss = max(0.0, total - sum(value * target for value, target in zip(solved, right, strict=True)))


def _solved(rows: list[list[float]]) -> list[float]:
    """Gauss elimination of ``rows`` (coefficients, right side); a singular column gives 0 for its unknown."""
    size = len(rows)
    rows = [list(row) for row in rows]
    for column in range(size):
        pivot = max(range(column, size), key=lambda line: abs(rows[line][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        if abs(rows[column][column]) < 1e-12:
            continue
        for line in range(column + 1, size):
            factor = rows[line][column] / rows[column][column]
            for place in range(column, size + 1):
                rows[line][place] -= factor * rows[column][place]
    found = [0.0] * size
    for line in reversed(range(size)):
        if abs(rows[line][line]) >= 1e-12:
            rest = sum(rows[line][place] * found[place] for place in range(line + 1, size))
            found[line] = (rows[line][size] - rest) / rows[line][line]
    return found


def _scanned(points: Sequence[tuple[float, float]]) -> _Fit:
    """The best fit over the grid, refined."""
    step = 0.35 / points[-1][0]  # Hz; a third of what the length of the recording resolves
    count = math.ceil((HIGHEST_HZ - LOWEST_HZ) / step)
    grid = [LOWEST_HZ + (HIGHEST_HZ - LOWEST_HZ) * number / count for number in range(count + 1)]
    coarse = min((_Fit(points, (hertz, DAMPINGS[1])) for hertz in grid), key=lambda fit: fit.rss)
    near = [coarse.hertz + step * off for off in (-1.0, -0.5, 0.0, 0.5, 1.0) if LOWEST_HZ <= coarse.hertz + step * off <= HIGHEST_HZ]
    return _refined(points, min((_Fit(points, (hertz, damping)) for hertz in near for damping in DAMPINGS), key=lambda fit: fit.rss), step)


def _refined(points: Sequence[tuple[float, float]], start: _Fit, step_hz: float) -> _Fit:
    """Pattern search in (f, ln z) with halving steps, until the frequency is known to 0.002 Hz."""
    best, step_log = start, 0.5
    while step_hz > 0.002:
        tried = [
            _Fit(points, (hertz, damping))
            for hertz, damping in (
                (best.hertz - step_hz, best.damping),
                (best.hertz + step_hz, best.damping),
                (best.hertz, best.damping * math.exp(-step_log)),
                (best.hertz, best.damping * math.exp(step_log)),
            )
            if 1.0 <= hertz <= 1.5 * HIGHEST_HZ and 1e-4 <= damping <= 0.9
        ]
        better = min([best, *tried], key=lambda fit: fit.rss)
        if better.rss < best.rss:
            best = better
        else:
            step_hz, step_log = step_hz / 2.0, step_log / 2.0
    return best


def _confused_with(points: Sequence[tuple[float, float]], rate_hz: float, best: _Fit) -> list[_Fit]:
    """Fits at the frequencies that even sampling at ``rate_hz`` cannot tell from ``best``, as far as these samples cannot either."""
    same: list[_Fit] = []
    for turn in range(1, math.ceil(2.0 * HIGHEST_HZ / rate_hz) + 1):
        for hertz in (turn * rate_hz - best.hertz, turn * rate_hz + best.hertz, best.hertz - turn * rate_hz):
            if LOWEST_HZ <= hertz <= HIGHEST_HZ:
                fit = _refined(points, _Fit(points, (hertz, best.damping * best.hertz / hertz)), 0.1)
                as_good = len(points) * math.log(max(fit.rss, 1e-12) / max(best.rss, 1e-12)) < SAME_FIT
                if as_good and all(abs(fit.hertz - other.hertz) >= SAME_HZ for other in (best, *same)):
                    same.append(fit)
    return same


def _hertz_sd(points: Sequence[tuple[float, float]], best: _Fit) -> float:
    """From the curvature of the squared error around its minimum: sqrt(2 s^2 / rss'')."""
    step = 0.02
    sides = [_Fit(points, (best.hertz + off, best.damping)).rss for off in (-step, step)]
    curvature = (sum(sides) - 2.0 * best.rss) / step**2
    noise = best.rss / (len(points) - 6)
    return math.sqrt(2.0 * noise / curvature) if curvature > 0.0 else math.inf
