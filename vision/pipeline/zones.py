"""Which plates lie behind which part of a camera's picture. Pure: polygons in fractions of the picture become masks of pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.settings import ZoneSettings
from vision.types import Box

WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


@dataclass(frozen=True, slots=True)
class Zone:
    """A part of the picture: its ``plates``, its ``polygon`` and the smallest ``box`` around it."""

    plates: tuple[str, ...]
    polygon: tuple[tuple[float, float], ...]
    box: Box

    def mask(self, width: int, height: int) -> NDArray[np.uint8]:
        """255 inside the polygon, 0 outside, for a picture of this size; never empty."""
        corners = np.array([[x * (width - 1), y * (height - 1)] for x, y in self.polygon])
        drawn = np.zeros((height, width), dtype=np.uint8)
        cv2.fillPoly(drawn, [np.round(corners).astype(np.int32)], (255,))
        return drawn


def zones_of(settings: Sequence[ZoneSettings]) -> tuple[Zone, ...]:
    """The zones of a camera; without any the whole picture is one, behind which no plate is known."""
    if not settings:
        return (Zone((), WHOLE, box_around(WHOLE)),)
    return tuple(Zone(one.plates, one.polygon, box_around(one.polygon)) for one in settings)


def box_around(polygon: Sequence[tuple[float, float]]) -> Box:
    """The smallest box around a polygon."""
    xs, ys = zip(*polygon, strict=True)
    return Box(min(xs), min(ys), max(xs), max(ys))
