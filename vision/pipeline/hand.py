"""The hand at the shelf, by motion alone: what stands out from the quiet picture, how far it reaches, where it holds something. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import Box, Detection

LEAST_SHARE: Final = 0.002  # of the picture; a hand at a shelf is ten times as large
MOST_SHARE: Final = 0.6  # of the picture; more is a lamp, a lens that was covered or a camera that moved, not a hand
LIVELY: Final = 9  # pixels of the small copy around movement that belong to what moves: the middle of a plain box does not change
FAR_HALF: Final = 0.5  # of the way from the rim to the tip: what is held is farther in than that
ARM: Final = 0.6  # of the thickest place's half width; what is thinner is the arm behind what is held
GRIP: Final = 3.2  # half widths of the thickest place that what is held extends from it at most: a bottle is three times as long as wide
HELD_BESIDE_HAND: Final = 0.6  # of a found hand's sides that are added around it to show what it holds

Mask = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Hand:
    """One thing that stands out of the quiet picture, with what it holds.

    ``mask``: at the small copy's size. ``box``: around it. ``tip`` (x, y, in fractions): what is farthest from where it enters the picture.
    ``grip``: around the hand and what is in it. ``share``: of the picture. ``enters``: it touches the rim of the picture. ``moves``: part
    of it moved since the frame before; a place from which something was taken stands out as well, and does not.
    """

    mask: Mask
    box: Box
    tip: tuple[float, float]
    grip: Box
    share: float
    enters: bool
    moves: bool


def hands(standing_out: Mask, moving: Mask) -> tuple[Hand, ...]:
    """The things in a mask of what differs from the quiet picture, largest first; none where most of the picture differs.

    ``moving``, of the same shape: what moved since the frame before. Tip and grip are looked for there, where anything of it moves.
    """
    if cv2.countNonZero(standing_out) > MOST_SHARE * standing_out.size:
        return ()
    joined = cv2.morphologyEx(standing_out, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    large = [label for label in range(1, count) if stats[label][cv2.CC_STAT_AREA] >= LEAST_SHARE * joined.size]
    lively = np.asarray(cv2.dilate(moving, np.ones((LIVELY, LIVELY), np.uint8)), dtype=np.uint8)
    found = [_hand(((labels == label) * 255).astype(np.uint8), lively) for label in large]
    return tuple(sorted(found, key=lambda hand: -hand.share))


def held(hand: Hand, found: Sequence[Detection]) -> Box:
    """Where to look for what ``hand`` holds: around the surest detection whose middle lies on it, else its grip."""
    for one in sorted(found, key=lambda detection: -detection.score):
        x, y = (one.box.left + one.box.right) / 2, (one.box.top + one.box.bottom) / 2
        if hand.box.left <= x <= hand.box.right and hand.box.top <= y <= hand.box.bottom:
            wide, high = (one.box.right - one.box.left) * HELD_BESIDE_HAND / 2, (one.box.bottom - one.box.top) * HELD_BESIDE_HAND / 2
            return Box(
                max(0.0, one.box.left - wide),
                max(0.0, one.box.top - high),
                min(1.0, one.box.right + wide),
                min(1.0, one.box.bottom + high),
            )
    return hand.grip


def _hand(mask: Mask, lively: Mask) -> Hand:
    height, width = mask.shape
    whole_rows, whole_columns = np.nonzero(mask)
    at_rim = (whole_rows == 0) | (whole_rows == height - 1) | (whole_columns == 0) | (whole_columns == width - 1)
    moves = bool((mask & lively).any())
    part = mask & lively if moves else mask
    rows, columns = np.nonzero(part)
    away = np.ones(rows.shape)
    if at_rim.any():
        away = np.hypot(rows - whole_rows[at_rim].mean(), columns - whole_columns[at_rim].mean())
    far = away >= np.quantile(away, 0.9)
    return Hand(
        mask=mask,
        box=_box(cv2.boundingRect(mask), width, height),
        tip=(float(columns[far].mean()) / width, float(rows[far].mean()) / height),
        grip=_grip(part, rows, columns, away >= FAR_HALF * away.max()),
        share=whole_rows.size / mask.size,
        enters=bool(at_rim.any()),
        moves=moves,
    )


def _grip(mask: Mask, rows: NDArray[np.intp], columns: NDArray[np.intp], far: NDArray[np.bool_]) -> Box:
    """Around the thickest place of the far half, without the arm that is thinner."""
    height, width = mask.shape
    thickness = cv2.distanceTransform(cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT), cv2.DIST_L2, 3)[1:-1, 1:-1]
    at = int(np.argmax(np.where(far, thickness[rows, columns], 0.0)))
    row, column = int(rows[at]), int(columns[at])
    half = float(thickness[row, column])
    thin = max(0, round(ARM * half))
    core = cv2.morphologyEx(mask, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * thin + 1, 2 * thin + 1)))
    extent = max(2, round(GRIP * half))
    top, left = max(0, row - extent), max(0, column - extent)
    near = np.zeros_like(mask)
    near[top : row + extent + 1, left : column + extent + 1] = core[top : row + extent + 1, left : column + extent + 1]
    _, labels = cv2.connectedComponents(near, connectivity=8)
    label = labels[row, column]
    part = ((labels == label) & (label > 0)).astype(np.uint8)
    if not part.any():
        part[row, column] = 1
    return _box(cv2.boundingRect(part), width, height)


def _box(rectangle: Sequence[int], width: int, height: int) -> Box:
    left, top, wide, high = rectangle
    return Box(left / width, top / height, min(1.0, (left + wide) / width), min(1.0, (top + high) / height))
