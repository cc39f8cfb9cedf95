"""When a camera that was lost counts as found again, so that one that comes and goes stays lost instead of changing all day. Pure."""

from __future__ import annotations

from typing import Final

GOOD_NS: Final = 1_000_000_000  # of good frames in a row
GOOD_FRAMES: Final = 3  # in that time at least; the slowest camera that can be set sends one a second
LONGEST_NS: Final = 30_000_000_000  # of good frames that are asked of a camera that was lost soon after it was found, time after time
STEADY_NS: Final = 60_000_000_000  # found for so long: the next loss is a first one
GAP_NS: Final = 3_000_000_000  # between two frames of a row at most; one picture for each time it was called is no picture


class Steadiness:
    """Follows one camera. Found after GOOD_NS of good frames; after twice as long each time it is lost again within STEADY_NS."""

    def __init__(self) -> None:
        self._needed_ns = GOOD_NS
        self._since_ns: int | None = None
        self._last_ns = 0
        self._frames = 0
        self._found_ns: int | None = None

    def good(self, at_ns: int) -> bool:
        """A frame was good; whether the camera is found, now or since before."""
        if self._since_ns is None or (self._found_ns is None and at_ns - self._last_ns > GAP_NS):
            self._since_ns, self._frames = at_ns, 0
        self._frames += 1
        self._last_ns = at_ns
        if self._found_ns is None and self._frames >= GOOD_FRAMES and at_ns - self._since_ns >= self._needed_ns:
            self._found_ns = at_ns
        return self._found_ns is not None

    def bad(self, at_ns: int) -> None:
        """A frame was of no use, or none came for too long."""
        if self._found_ns is not None:
            soon = at_ns - self._found_ns < STEADY_NS
            self._needed_ns = min(2 * self._needed_ns, LONGEST_NS) if soon else GOOD_NS
        self._since_ns = self._found_ns = None

    def good_for_ns(self, at_ns: int) -> int:
        """How long its frames have been good now."""
        return at_ns - self._since_ns if self._since_ns is not None else 0
