"""The recent samples of one plate: a ring buffer on monotonic time, its moving average, and windows of it. Pure, no clock."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

NS_PER_S = 1_000_000_000
MIN_AVERAGED = 4  # samples; fewer in the averaging time say nothing about the ringing, so values are used as they come
MIN_WINDOW = 3  # samples; two equal values prove nothing
MAX_SAMPLES = 2048  # per plate; 8 s of history at 250 samples/s, a bound on memory
SLOWEST_PERIOD_NS = 2 * NS_PER_S  # a longer gap is no sampling period


@dataclass(frozen=True, slots=True)
class Window:
    """Values that were judged together: from ``start_ns`` to ``end_ns``, their median, its standard deviation, and their span."""

    start_ns: int
    end_ns: int
    median_g: float
    sd_g: float
    span_g: float


class Trace:
    """Samples in, smoothed values out. ``history_s`` bounds how far back windows may reach."""

    def __init__(self, average_s: float, history_s: float) -> None:
        self._average_ns = round(average_s * NS_PER_S)
        self._history_ns = round(history_s * NS_PER_S) + self._average_ns
        self._recent: deque[tuple[int, float]] = deque()  # the samples inside the moving average
        self._sum = 0.0
        self._values: deque[tuple[int, int, float]] = deque(maxlen=MAX_SAMPLES)  # (end, start of what it averages, grams)
        self.period_ns: float | None = None

    def clear(self) -> None:
        """Forget the samples, keep the period."""
        self._recent.clear()
        self._sum = 0.0
        self._values.clear()

    def add(self, at_ns: int, grams: float) -> float | None:
        """Take one sample, later than all before. Returns the smoothed value, None while the average is not yet filled."""
        if self._recent:
            self._learn_period(at_ns - self._recent[-1][0])
        self._recent.append((at_ns, grams))
        self._sum += grams
        filled = False
        while self._recent[0][0] <= at_ns - self._average_ns and len(self._recent) > 1:
            self._sum -= self._recent.popleft()[1]
            filled = True
        if not self.averaging:
            start, value = at_ns, grams
        elif filled or self._values:
            start, value = self._recent[0][0], self._sum / len(self._recent)
        else:
            return None
        self._values.append((at_ns, start, value))
        while self._values[0][0] < at_ns - self._history_ns:
            self._values.popleft()
        return value

    @property
    def averaging(self) -> bool:
        """Whether the sampling is fast enough for the moving average."""
        return self.period_ns is not None and self._average_ns >= MIN_AVERAGED * self.period_ns

    @property
    def feel_ns(self) -> int:
        """How long a value may still feel what happened before it: the average, or one sampling period."""
        return self._average_ns if self.averaging else round(self.period_ns or 0.0)

    def still(self, after_ns: int, length_ns: int, span_g: float) -> Window | None:
        """The newest window of at least ``length_ns`` whose values lie within ``span_g`` and feel nothing from before ``after_ns``."""
        low, high = math.inf, -math.inf
        found: list[float] = []
        end_ns = self._values[-1][0] if self._values else 0
        for at_ns, start_ns, grams in reversed(self._values):
            if start_ns < after_ns:
                return None
            low, high = min(low, grams), max(high, grams)
            if high - low > span_g:
                return None
            found.append(grams)
            if end_ns - at_ns >= length_ns and len(found) >= MIN_WINDOW:
                return _window(at_ns, end_ns, found)
        return None

    def between(self, start_ns: int, end_ns: int) -> Window | None:
        """The values from ``start_ns`` to ``end_ns``, None where there are fewer than two."""
        found = [grams for at_ns, _, grams in self._values if start_ns <= at_ns <= end_ns]
        return _window(start_ns, end_ns, found) if len(found) >= 2 else None

    def _learn_period(self, gap_ns: int) -> None:
        if not 0 < gap_ns <= SLOWEST_PERIOD_NS:
            return
        known = self.period_ns
        self.period_ns = float(gap_ns) if known is None else known + 0.1 * (min(gap_ns, 3.0 * known) - known)


def _window(start_ns: int, end_ns: int, grams: list[float]) -> Window:
    ordered = sorted(grams)
    count = len(ordered)
    middle = count // 2
    median = ordered[middle] if count % 2 else 0.5 * (ordered[middle - 1] + ordered[middle])
    mean = math.fsum(ordered) / count
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in ordered) / count)
    # A median's standard error is 1.25 sd / sqrt(n); neighbouring values share filters, so only every third counts as new.
    return Window(start_ns, end_ns, median, 1.25 * spread / math.sqrt(max(1.0, count / 3.0)), ordered[-1] - ordered[0])
