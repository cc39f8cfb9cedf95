"""The recent samples of one plate: a ring buffer on monotonic time, its moving average, and windows of it. Pure, no clock."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

NS_PER_S = 1_000_000_000
MIN_AVERAGED = 4  # samples; fewer in the averaging time say nothing about the ringing, so values are used as they come
MIN_IN_THIRD = 3  # samples per third of the averaging time for three means in a row
SAME_PERIOD = 1.6  # times; polling jitters, a changed poll rate differs by more
MIN_WINDOW = 3  # samples; two equal values prove nothing
MAX_SAMPLES = 2048  # per plate; 8 s of history at 250 samples/s, a bound on memory
SLOPE_SHARE = 0.25  # of the span that counts as still, by which the halves of a window may differ
SLOW_WINDOW_NS = 3 * NS_PER_S // 10  # shortest window without the full average: ringing that is sampled slowly looks still for a moment
SLOWEST_PERIOD_NS = 2 * NS_PER_S  # a longer gap is no sampling period


@dataclass(frozen=True, slots=True)
class Window:
    """Values that were judged together: from ``start_ns`` to ``end_ns``, their median, its standard deviation, and their span."""

    start_ns: int
    end_ns: int
    median_g: float
    sd_g: float
    span_g: float


class _Box:
    """A running mean over exactly the last ``length_ns``: the integral of the straight lines between the samples.

    A mean of the samples themselves would hold now one more, now one less of them, as their times jitter, and let the ringing through.
    """

    def __init__(self, length_ns: int) -> None:
        self._length_ns = length_ns
        self._recent: deque[tuple[int, float, float]] = deque()  # time, value, integral until then in g x ns

    def add(self, at_ns: int, value: float) -> float | None:
        """The mean with ``value`` in it, None while values do not reach back far enough."""
        recent = self._recent
        integral = 0.0
        if recent:
            last_ns, last, before = recent[-1]
            integral = before + 0.5 * (last + value) * (at_ns - last_ns)
        recent.append((at_ns, value, integral))
        edge_ns = at_ns - self._length_ns
        while len(recent) > 1 and recent[1][0] <= edge_ns:
            recent.popleft()
        first_ns, first, until = recent[0]
        if first_ns > edge_ns or len(recent) < 2:
            return None
        second_ns, second, _ = recent[1]
        at_edge = first + (second - first) * (edge_ns - first_ns) / (second_ns - first_ns)
        return (integral - until - 0.5 * (first + at_edge) * (edge_ns - first_ns)) / self._length_ns


class Trace:
    """Samples in, smoothed values out. ``history_s`` bounds how far back windows may reach.

    The average is three running means in a row, each a third as long: a ringing of one period per third is cancelled three times, so that
    neither its decay nor a wrong guess of its frequency by a few percent gets through. Slower sampling gets one mean or none.
    """

    def __init__(self, average_s: float, history_s: float) -> None:
        self._average_ns = round(average_s * NS_PER_S)
        self._history_ns = round(history_s * NS_PER_S) + self._average_ns
        self._boxes: tuple[_Box, ...] = ()
        self._chosen_period_ns = 0.0
        self._last_ns: int | None = None
        self._values: deque[tuple[int, float]] = deque(maxlen=MAX_SAMPLES)
        self.period_ns: float | None = None

    def clear(self) -> None:
        """Forget the samples, keep the period."""
        self._last_ns = None
        self._values.clear()
        self._choose()

    def add(self, at_ns: int, grams: float) -> float | None:
        """Take one sample, later than all before. Returns the smoothed value, None while the average is not yet filled."""
        if self._last_ns is not None:
            self._learn_period(at_ns - self._last_ns)
        self._last_ns = at_ns
        value: float | None = grams
        for box in self._boxes:
            if value is not None:
                value = box.add(at_ns, value)
        if value is None:
            return None
        self._values.append((at_ns, value))
        while self._values[0][0] < at_ns - self._history_ns:
            self._values.popleft()
        return value

    @property
    def averaging(self) -> bool:
        """Whether the sampling is fast enough for the moving average."""
        return bool(self._boxes)

    @property
    def feel_ns(self) -> int:
        """How long a value may still feel what happened before it: the average, or one sampling period."""
        return self._average_ns if self.averaging else round(self.period_ns or 0.0)

    def still(self, after_ns: int, length_ns: int, span_g: float) -> Window | None:
        """The newest window of at least ``length_ns`` whose values lie within ``span_g`` and feel nothing from before ``after_ns``.

        None too while they climb or fall: a slow hand still lifts. The slope is that of the halves' means.
        """
        low, high = math.inf, -math.inf
        found: list[float] = []
        end_ns = self._values[-1][0] if self._values else 0
        if len(self._boxes) < 3:
            length_ns = max(length_ns, SLOW_WINDOW_NS)
        first_ns = after_ns + (self._average_ns if self.averaging else 0)
        for at_ns, grams in reversed(self._values):
            if at_ns < first_ns:
                return None
            low, high = min(low, grams), max(high, grams)
            if high - low > span_g:
                return None
            found.append(grams)
            if end_ns - at_ns >= length_ns and len(found) >= MIN_WINDOW:
                half = len(found) // 2
                slope_g = abs(math.fsum(found[:half]) - math.fsum(found[-half:])) / half
                climbs = self.averaging and slope_g > SLOPE_SHARE * span_g  # without the average, ringing that is sampled slowly looks so
                return None if climbs else _window(at_ns, end_ns, found)
        return None

    def between(self, start_ns: int, end_ns: int) -> Window | None:
        """The values from ``start_ns`` to ``end_ns``, None where there are fewer than two."""
        found = [grams for at_ns, grams in self._values if start_ns <= at_ns <= end_ns]
        return _window(start_ns, end_ns, found) if len(found) >= 2 else None

    def _learn_period(self, gap_ns: int) -> None:
        if not 0 < gap_ns <= SLOWEST_PERIOD_NS:
            return
        known = self.period_ns
        self.period_ns = float(gap_ns) if known is None else known + 0.1 * (min(gap_ns, 3.0 * known) - known)
        if not self._chosen_period_ns / SAME_PERIOD < self.period_ns < self._chosen_period_ns * SAME_PERIOD:
            self._values.clear()
            self._choose()

    def _choose(self) -> None:
        """The running means that the sampling period allows; chosen anew only when the period has clearly changed."""
        period_ns = self._chosen_period_ns = self.period_ns or 0.0
        if 0.0 < period_ns * MIN_IN_THIRD <= self._average_ns / 3.0:
            self._boxes = tuple(_Box(self._average_ns // 3) for _ in range(3))
        elif 0.0 < period_ns * MIN_AVERAGED <= self._average_ns:
            self._boxes = (_Box(self._average_ns),)
        else:
            self._boxes = ()


def _window(start_ns: int, end_ns: int, grams: list[float]) -> Window:
    ordered = sorted(grams)
    count = len(ordered)
    middle = count // 2
    median = ordered[middle] if count % 2 else 0.5 * (ordered[middle - 1] + ordered[middle])
    mean = math.fsum(ordered) / count
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in ordered) / count)
    # A median's standard error is 1.25 sd / sqrt(n); neighbouring values share filters, so only every third counts as new.
    return Window(start_ns, end_ns, median, 1.25 * spread / math.sqrt(max(1.0, count / 3.0)), ordered[-1] - ordered[0])
