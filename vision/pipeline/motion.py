"""The motion gate: does anything move in this camera's picture, and where? Pure.

It looks at a small copy of each frame that costs a fraction of a millisecond to make; everything that is slower happens only behind it.
What is a hand, a product or a change on a shelf is decided elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import Picture, checked_picture

SMALL_WIDTH: Final = 160  # pixels of the small copy; a hand at a shelf is a tenth of the picture wide and still has 16 of them
ROWS: Final = 180  # rows of the frame that are read; all of them would cost four times as much and tell nothing more
LEAST_DIFFERENCE: Final = 12.0  # grey levels between two small copies that count as movement; averaging leaves 1 to 2 of the sensor's noise
NOISE_TIMES: Final = 5.0  # a picture noisier than usual moves only where it differs by this many times its usual difference
SATURATED: Final = 248  # grey levels from which a pixel may have been brighter than can be written
GAIN_TOLERANCE: Final = 30.0  # grey levels more per unit of log gain: a camera's tone curve is no pure gain
MOST_GAIN: Final = 4.0  # brightness between two frames that exposure control can change at once
_BLOCKS: Final = (16, 9)  # columns and rows of the blocks whose median ratio is the change of light

Mask = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """What one frame shows. ``small``: the small copy; ``moving``: 255 where it moved against the frame before, same height and width;
    ``share``: part of the picture that moved."""

    small: Picture
    moving: Mask
    share: float


def small_copy(pixels: Picture) -> Picture:
    """``pixels`` at SMALL_WIDTH, averaged; the height keeps the shape of the picture, at least 8 rows."""
    height, width = pixels.shape[:2]
    rows = max(8, round(SMALL_WIDTH * height / width))
    step = max(1, height // ROWS)
    return np.asarray(cv2.resize(pixels[::step], (SMALL_WIDTH, rows), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def light_gain(now: Picture, before: Picture) -> tuple[float, float, float]:
    """By how much each channel became brighter between two small copies: the median over blocks, so that what moves in less than half of
    the picture does not count. 1.0 where the pictures are too dark to tell."""
    bright = cv2.resize(now, _BLOCKS, interpolation=cv2.INTER_AREA).astype(np.float32).reshape(-1, 3)
    was = cv2.resize(before, _BLOCKS, interpolation=cv2.INTER_AREA).astype(np.float32).reshape(-1, 3)
    gains = []
    for channel in range(3):
        one, other = bright[:, channel], was[:, channel]
        usable = (one > 4) & (other > 4) & (one < SATURATED) & (other < SATURATED)
        ratio = float(np.median(one[usable] / other[usable])) if usable.sum() >= 8 else 1.0
        gains.append(min(max(ratio, 1 / MOST_GAIN), MOST_GAIN))
    return gains[0], gains[1], gains[2]


def difference(now: Picture, before: Picture) -> tuple[Mask, float]:
    """Largest difference of any channel, pixel by pixel, after taking out a change of light; and how much the log of the light changed."""
    gain = light_gain(now, before)
    change = max(abs(float(np.log(one))) for one in gain)
    expected = before
    if change > 0.005:
        expected = np.clip(before * np.asarray(gain, dtype=np.float32) + 0.5, 0, 255).astype(np.uint8)
    apart = cv2.absdiff(now, expected)
    if change > 0.005:
        # What was or is saturated is only known to be at least so bright.
        apart[(before >= SATURATED) & (now >= expected)] = 0
        apart[(now >= SATURATED) & (expected >= SATURATED - 4)] = 0
    blue, green, red = cv2.split(apart)
    return np.asarray(cv2.max(cv2.max(blue, green), red), dtype=np.uint8), change


class MotionGate:
    """Compares each frame of one camera with the one before it."""

    def __init__(self) -> None:
        self._last: Picture | None = None
        self._usual = 0.0  # mean difference of frames in which nothing moves, in grey levels

    def feed(self, pixels: Picture) -> Motion:
        """What moved since the frame before. The first frame, and one of another shape, moves nowhere."""
        small = small_copy(checked_picture(pixels))
        last, self._last = self._last, small
        if last is None or last.shape != small.shape:
            return Motion(small, np.zeros(small.shape[:2], dtype=np.uint8), 0.0)
        apart, light = difference(small, last)
        threshold = self.threshold(light)
        moving = np.asarray(cv2.threshold(apart, threshold, 255, cv2.THRESH_BINARY)[1], dtype=np.uint8)
        share = cv2.countNonZero(moving) / moving.size
        if share > 0.0:
            moving = np.asarray(cv2.medianBlur(moving, 3), dtype=np.uint8)
            share = cv2.countNonZero(moving) / moving.size
        if share == 0.0:
            self._usual += 0.05 * (float(cv2.mean(apart)[0]) - self._usual)
        return Motion(small, moving, share)

    def threshold(self, light: float = 0.0) -> float:
        """Grey levels above which a difference between small copies counts, after a change of light by ``light`` (log gain)."""
        return min(max(LEAST_DIFFERENCE, NOISE_TIMES * self._usual), 60.0) + GAIN_TOLERANCE * light
