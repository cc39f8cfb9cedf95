"""When something new is held still before a camera, so that a photograph of it is worth taking. Pure: glances in, a word out.

A glance is the thumbnail of :mod:`vision.pipeline.photo_quality`. What was to be seen at the beginning is the background, and nothing new.
"""

from __future__ import annotations

from typing import Final

from vision.types import Floats

STILL_NS: Final = 350_000_000  # ns; a hand that has stopped turning something stays for longer
SAME: Final = 0.97  # correlation of two glances between which nothing moves but a hand that trembles
BACKGROUND: Final = 0.9  # correlation to the background; a product held before it leaves less


class Attention:
    """Follows one camera's glances, in order."""

    def __init__(self) -> None:
        self._background: Floats | None = None
        self._last: Floats | None = None
        self._still_since_ns = 0

    def still(self, glance: Floats, at_ns: int) -> bool:
        """Whether something is held still now that was not there at the beginning."""
        if self._background is None:
            self._background = glance
        if self._last is None or _alike(glance, self._last) < SAME:
            self._still_since_ns = at_ns
        self._last = glance
        return at_ns - self._still_since_ns >= STILL_NS and _alike(glance, self._background) < BACKGROUND


def _alike(one: Floats, other: Floats) -> float:
    return float(one @ other)
