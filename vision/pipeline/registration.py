"""Laying one picture of a place upon another of the same place: what a camera's shake moved is moved back. Pure."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import Floats, Picture

MOST_SHIFT: Final = 0.12  # of the longer side; a camera that moved further has moved and did not shake
LEAST_GAIN: Final = 0.04  # of the edges' mismatch that a movement must explain before it is believed
MIDDLING: Final = 24.0  # grey levels of an edge; printed labels have 50 and more
MOST_GAIN: Final = 4.0  # between the lights of two pictures of one place
MUCH: Final = 3.0  # grey levels of mean mismatch; a fixed camera leaves 1 to 2, also with a product gone
LEAST_POINTS: Final = 16  # points of both pictures that must agree on a movement in perspective
_POINTS: Final = 600  # points looked for in each picture

Mask = NDArray[np.uint8]


def laid_upon(before: Picture, after: Picture) -> tuple[Picture, Mask]:
    """``after`` as seen from where ``before`` was taken (same shape), and 255 where it has something to show.

    Tried are no movement, a shift, and, where these leave much unexplained, a movement in perspective; the one under which the edges agree
    best is taken.
    """
    whole = np.full(after.shape[:2], 255, dtype=np.uint8)
    one, other = edges(before), edges(after)
    best, best_apart = (after, whole), _mismatch(one, other, whole)
    best, best_apart = _better(best, best_apart, after, one, _shift(one, other))
    if best_apart > MUCH:
        best, best_apart = _better(best, best_apart, after, one, _perspective(before, after))
    return best


def edges(pixels: Picture) -> Floats:
    """Strength of the grey edges, in grey levels."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=0.25), cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=0.25)
    return np.asarray(cv2.magnitude(across, down), dtype=np.float32)


def _better(
    best: tuple[Picture, Mask], best_apart: float, after: Picture, one: Floats, movement: NDArray[np.float64] | None
) -> tuple[tuple[Picture, Mask], float]:
    """``best`` or, where it agrees clearly better with the edges ``one``, ``after`` moved; and its mismatch."""
    if movement is None:
        return best, best_apart
    moved = _warped(after, movement)
    apart = _mismatch(one, edges(moved[0]), moved[1])
    return (moved, apart) if apart < best_apart * (1.0 - LEAST_GAIN) else (best, best_apart)


def _mismatch(one: Floats, other: Floats, shown: Mask) -> float:
    """Mean difference of the edges where both are shown, in the light of ``one``. Large ones count like middling ones: a product that is
    gone has no say."""
    gain = min(max(float(cv2.mean(one, mask=shown)[0]) / (float(cv2.mean(other, mask=shown)[0]) + 1e-6), 1 / MOST_GAIN), MOST_GAIN)
    return float(cv2.mean(np.minimum(np.abs(one - other * np.float32(gain)), MIDDLING), mask=shown)[0])


def _warped(pixels: Picture, movement: NDArray[np.float64]) -> tuple[Picture, Mask]:
    size = (pixels.shape[1], pixels.shape[0])
    moved = cv2.warpPerspective(pixels, movement, size, borderMode=cv2.BORDER_REPLICATE)
    shown = cv2.warpPerspective(np.full(pixels.shape[:2], 255, dtype=np.uint8), movement, size, flags=cv2.INTER_NEAREST)
    return np.asarray(moved, dtype=np.uint8), np.asarray(shown, dtype=np.uint8)


def _shift(one: Floats, other: Floats) -> NDArray[np.float64] | None:
    window = np.outer(np.hanning(one.shape[0]), np.hanning(one.shape[1])).astype(np.float32)
    (right, down), _ = cv2.phaseCorrelate(one, other, window)
    if not 0.1 <= max(abs(right), abs(down)) <= MOST_SHIFT * max(one.shape):
        return None
    return np.array([[1.0, 0.0, -right], [0.0, 1.0, -down], [0.0, 0.0, 1.0]])


def _perspective(before: Picture, after: Picture) -> NDArray[np.float64] | None:
    finder = cv2.ORB.create(_POINTS, fastThreshold=8)
    (points, described), (others, described_after) = (
        finder.detectAndCompute(cv2.cvtColor(one, cv2.COLOR_BGR2GRAY), None) for one in (before, after)
    )
    if described is None or described_after is None:
        return None
    height, width = before.shape[:2]
    most = MOST_SHIFT * max(height, width)
    pairs = [
        (there, here)
        for match in cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(described, described_after)
        if np.hypot(*np.subtract(here := points[match.queryIdx].pt, there := others[match.trainIdx].pt)) <= most
    ]
    if len(pairs) < LEAST_POINTS:
        return None
    from_points, to_points = (np.array(side, dtype=np.float32) for side in zip(*pairs, strict=True))
    movement, agree = cv2.findHomography(from_points, to_points, cv2.RANSAC, 3.0)
    if movement is None or int(agree.sum()) < LEAST_POINTS:
        return None
    corners = np.array([[[0, 0]], [[width, 0]], [[width, height]], [[0, height]]], dtype=np.float32)
    moved = cv2.perspectiveTransform(corners, movement)
    if not np.isfinite(moved).all() or float(np.abs(moved - corners).max()) > most:
        return None
    return np.asarray(movement, dtype=np.float64)
