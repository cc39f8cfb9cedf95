"""When a source takes a frame and when it tries again. Time is an argument here."""

from __future__ import annotations

from typing import Final

FIRST_WAIT_S: Final = 0.5  # a camera that only hiccuped is back at once
LONGEST_WAIT_S: Final = 30.0  # a camera that was plugged in again is seen within half a minute
STEADY_S: Final = 10.0  # a connection that lasted this long was a good one


def next_wait_s(previous_s: float, lasted_s: float) -> float:
    """Seconds to wait before the next try, after a connection that lasted ``lasted_s`` (0 where there was none) and a wait of
    ``previous_s`` before it: doubling up to the longest, from the beginning after a good connection."""
    if previous_s <= 0.0 or lasted_s >= STEADY_S:
        return FIRST_WAIT_S
    return min(2.0 * previous_s, LONGEST_WAIT_S)


class Pace:
    """Chooses ``per_s`` frames a second out of more, evenly; a frame that comes a little late does not cost the next one."""

    def __init__(self, per_s: float) -> None:
        self._per_ns = per_s / 1e9
        self._allowed = 1.0
        self._last_ns: int | None = None

    def due(self, at_ns: int) -> bool:
        """Whether the frame that arrived at ``at_ns`` is one to take."""
        if self._last_ns is not None:
            self._allowed = min(1.5, self._allowed + (at_ns - self._last_ns) * self._per_ns)
        self._last_ns = at_ns
        if self._allowed < 0.95:  # clocks of cameras are not exact; at the wanted rate no frame shall be lost to that
            return False
        self._allowed -= 1.0
        return True
