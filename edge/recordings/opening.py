"""How a recording begins: where its plates are put, that they have rested before, and what one weighed that is touched already."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge.recordings.samples import Grams
from edge.recordings.shop import RATED_G

NS_PER_S = 1_000_000_000
PREROLL_NS = 2 * NS_PER_S  # how long the plates are taken to have rested before the recording
OPENING_NS = NS_PER_S // 5  # the recording's own moment of rest
MIN_OPENING = 4  # rows in it; fewer tell no noise
TOUCH_ROWS = 3  # rows averaged to tell a touch from noise
TOUCH_SPAN_G = 7.0  # g; a plate that wanders further in its moment of rest is touched
TOUCH_NOISE_G = 4.0  # g; no resting plate is noisier
TOUCH_G = 35.0  # g; how hard a hand presses that has just arrived, on average
TOUCH_SD_G = 75.0  # g; how much that varies

RESTING_G = RATED_G / 4.0  # g; where a plate with an arbitrary tare is put: goods can leave it without passing zero
FLOOR_G = 200.0  # g; what stays above zero on a plate that loses more than that


def tare_of(grams: Grams) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Per column the grams to add, so that every plate begins well above its zero and no goods that leave it take it below."""
    first = grams[0].astype(np.float64)
    drop = first - grams.min(axis=0) + FLOOR_G
    rest = np.where((drop > RESTING_G) & (drop < RATED_G), drop, RESTING_G)
    return np.asarray(rest - first, np.float64)


def rest_before(times_ns: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[tuple[int, int]]:
    """Times and rows of a rest before the recording: its first moments to and fro. Recordings begin at rest, a moment before the first
    hand, and a plate that is touched that soon would otherwise never have been weighed before."""
    rows = int(np.searchsorted(times_ns, times_ns[0] + OPENING_NS))
    if rows < MIN_OPENING or len(times_ns) < 2:
        return []
    period = max(1, int(times_ns[rows - 1] - times_ns[0]) // (rows - 1))
    there_and_back = [*range(rows - 1, 0, -1), *range(rows - 1)]
    count = (PREROLL_NS - 1) // period
    return [(PREROLL_NS - back * period, there_and_back[(count - back) % len(there_and_back)]) for back in range(count, 0, -1)]


def touched_before(grams: Grams, names: Sequence[str], tare: np.ndarray[tuple[int], np.dtype[np.float64]], rows: int) -> dict[str, float]:
    """Plates that were touched already when the recording began, with the best guess of their weight before that."""
    opening = grams[: max(rows, 1)].astype(np.float64) + tare
    first = opening[:TOUCH_ROWS].mean(axis=0)
    ends = np.stack([opening[place : place + TOUCH_ROWS].mean(axis=0) for place in range(max(1, len(opening) - TOUCH_ROWS + 1))])
    noise = np.median(np.abs(np.diff(opening, axis=0)), axis=0) if len(opening) > 1 else np.zeros_like(first)
    moved = np.abs(ends - first).max(axis=0) > TOUCH_SPAN_G + 2.0 * np.minimum(noise, TOUCH_NOISE_G)
    return {name: float(first[place]) - TOUCH_G for place, name in enumerate(names) if moved[place]}
