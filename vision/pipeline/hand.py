"""The hand at the shelf, by motion alone: what stands out from the quiet picture, where it came in and how far it reaches. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import Box, Picture

LEAST_SHARE: Final = 0.002  # of the picture; a hand at a shelf is ten times as large
MOST_SHARE: Final = 0.6  # of the picture; more is a lamp, a lens that was covered or a camera that moved, not a hand

Mask = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Hand:
    """One thing that stands out: ``mask`` at the small copy's size, its ``box``, the ``tip`` (x, y, in fractions) that is farthest from
    where it enters the picture, and its ``share`` of the picture. ``enters``: it touches the rim of the picture."""

    mask: Mask
    box: Box
    tip: tuple[float, float]
    share: float
    enters: bool


def hands(standing_out: Mask) -> tuple[Hand, ...]:
    """The things in a mask of what differs from the quiet picture, largest first; none where most of the picture differs."""
    height, width = standing_out.shape
    if cv2.countNonZero(standing_out) > MOST_SHARE * standing_out.size:
        return ()
    joined = cv2.morphologyEx(standing_out, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    found = []
    for label in range(1, count):
        left, top, wide, high, area = (int(one) for one in stats[label])
        if area < LEAST_SHARE * joined.size:
            continue
        rows, columns = np.nonzero(labels == label)
        rim = (rows == 0) | (rows == height - 1) | (columns == 0) | (columns == width - 1)
        mask = ((labels == label) * 255).astype(np.uint8)
        box = Box(left / width, top / height, min(1.0, (left + wide) / width), min(1.0, (top + high) / height))
        enters = bool(rim.any())
        found.append(Hand(mask, box, _tip(rows, columns, rim, width, height), area / joined.size, enters))
    return tuple(sorted(found, key=lambda hand: -hand.share))


def _tip(rows: NDArray[np.intp], columns: NDArray[np.intp], rim: NDArray[np.bool_], width: int, height: int) -> tuple[float, float]:
    if not rim.any():
        return float(columns.mean()) / width, float(rows.mean()) / height
    away = np.hypot(rows - rows[rim].mean(), columns - columns[rim].mean())
    far = away >= np.quantile(away, 0.9)
    return float(columns[far].mean()) / width, float(rows[far].mean()) / height


def crop_around(pixels: Picture, centre: tuple[float, float], side: float) -> Picture:
    """A square of ``side`` (share of the picture's height) about ``centre``, moved inside the picture where it would stick out; a copy."""
    height, width = pixels.shape[:2]
    edge = max(8, min(round(side * height), height, width))
    left = min(max(0, round(centre[0] * width - edge / 2)), width - edge)
    top = min(max(0, round(centre[1] * height - edge / 2)), height - edge)
    return pixels[top : top + edge, left : left + edge].copy()


def sharpness(pixels: Picture) -> float:
    """Variance of the Laplacian of the grey picture at 64 pixels: low where it is blurred by movement."""
    grey = cv2.cvtColor(cv2.resize(pixels, (64, 64), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    return float(cv2.Laplacian(grey, cv2.CV_32F).var())
