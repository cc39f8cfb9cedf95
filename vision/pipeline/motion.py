"""The motion gate: does anything move in this camera's picture, and where? Pure.

It looks at a small copy of each frame that costs a fraction of a millisecond to make; everything that is slower happens only behind it.
What is a hand, a product or a change on a shelf is decided elsewhere.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import Picture, checked_picture

SMALL_WIDTH: Final = 160  # pixels of the small copy; a hand at a shelf is a tenth of the picture wide and still has 16 of them
ROWS: Final = 180  # rows of the frame that are read; all of them would cost four times as much and tell nothing more
LEAST_DIFFERENCE: Final = 12.0  # grey levels between two small copies that count as movement; averaging leaves 1 to 2 of the sensor's noise
NOISE_TIMES: Final = 4.0  # times the usual difference of what does not move; noise alone reaches three
SATURATED: Final = 240  # grey levels from which a pixel, or part of what it averages, may have been brighter than can be written
GAIN_TOLERANCE: Final = 30.0  # grey levels more per unit of log gain: a camera's tone curve is no pure gain, and noise grows with it
MOST_GAIN: Final = 4.0  # brightness between two frames that exposure control can change at once
LEAST_MOVING: Final = 0.001  # of the picture; less is noise, or the rim of something saturated while the light changes
STEADY: Final = 0.005  # log gain; below, the light is the same
MOST_THRESHOLD: Final = 60.0  # grey levels; a picture noisier than that shows no hands either
SAME_LIGHT: Final = (1.0, 1.0, 1.0)
_LEARN: Final = 0.05  # share of each frame in what is the usual noise: two seconds at 10 frames a second
EVERY: Final = 3  # pixels of the small copy of which one is asked for the light
LEAST_TOLD: Final = 0.2  # of them that must be neither dark nor saturated for a channel to tell

_NEAR: Final = np.ones((3, 3), dtype=np.uint8)

Mask = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """What one frame shows. ``small``: the small copy; ``moving``: 255 where it moved against the frame before, same height and width;
    ``share``: part of the picture that moved; ``gain``: by how much each channel became brighter, 1.0 where the light is the same."""

    small: Picture
    moving: Mask
    share: float
    gain: tuple[float, float, float] = SAME_LIGHT


def small_copy(pixels: Picture) -> Picture:
    """``pixels`` at SMALL_WIDTH, averaged; the height keeps the shape of the picture, at least 8 rows."""
    height, width = pixels.shape[:2]
    rows = max(8, round(SMALL_WIDTH * height / width))
    step = max(1, height // ROWS)
    return np.asarray(cv2.resize(pixels[::step], (SMALL_WIDTH, rows), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def light_gain(now: Picture, before: Picture) -> tuple[float, float, float]:
    """By how much each channel became brighter between two small copies: the median over the picture, so that what moves in less than half
    of it does not count. A channel too dark or too bright to tell has the largest of the others' gains, 1.0 where none can tell."""
    bright, was = (one[1::EVERY, 1::EVERY].reshape(-1, 3).astype(np.float32) for one in (now, before))
    gains: list[float | None] = []
    for channel in range(3):
        one, other = bright[:, channel], was[:, channel]
        usable = (one > 8) & (other > 8) & (one < SATURATED) & (other < SATURATED)
        told = np.count_nonzero(usable) >= LEAST_TOLD * usable.size
        gains.append(min(max(float(np.median(one[usable] / other[usable])), 1 / MOST_GAIN), MOST_GAIN) if told else None)
    known = [gain for gain in gains if gain is not None]
    blue, green, red = (max(known, default=1.0) if gain is None else gain for gain in gains)
    return blue, green, red


def difference(now: Picture, before: Picture) -> tuple[Mask, tuple[float, float, float]]:
    """Largest difference of any channel, pixel by pixel, after taking out a change of light; and the gain of that light for each channel.

    Both are compared in the brighter light of the two, so that what is saturated in one is in the other too. An edge that moved by less
    than a pixel of the small copy is no difference: a camera that trembles.
    """
    gain = light_gain(now, before)
    if log_of(gain) <= STEADY:
        gain = SAME_LIGHT
    else:
        gains = np.array(gain, dtype=np.float32)
        now, before = _brighter(now, 1.0 / gains), _brighter(before, gains)
    blue, green, red = cv2.split(cv2.max(_outside(now, before), _outside(before, now)))
    return np.asarray(cv2.max(cv2.max(blue, green), red), dtype=np.uint8), gain


def log_of(gain: tuple[float, float, float]) -> float:
    """How much the log of the light changed, in the channel in which it changed most."""
    return max(abs(math.log(one)) for one in gain)


def _outside(one: Picture, other: Picture) -> Picture:
    """How far ``one`` lies outside the range of ``other`` and its neighbours."""
    return np.asarray(cv2.max(cv2.subtract(one, cv2.dilate(other, _NEAR)), cv2.subtract(cv2.erode(other, _NEAR), one)), dtype=np.uint8)


def _brighter(small: Picture, gain: NDArray[np.float32]) -> Picture:
    return np.asarray(np.clip(small * np.maximum(gain, 1.0) + 0.5, 0, 255), dtype=np.uint8)


class MotionGate:
    """Compares each frame of one camera with the one before it."""

    def __init__(self) -> None:
        self._last: Picture | None = None
        self._usual = 0.0  # mean difference of what does not move, in grey levels

    def feed(self, pixels: Picture) -> Motion:
        """What moved since the frame before. The first frame, and one of another shape, moves nowhere."""
        small = small_copy(checked_picture(pixels))
        last, self._last = self._last, small
        if last is None or last.shape != small.shape:
            return Motion(small, np.zeros(small.shape[:2], dtype=np.uint8), 0.0)
        apart, gain = difference(small, last)
        threshold = self.threshold(gain)
        moving = np.asarray(cv2.threshold(apart, threshold, 255, cv2.THRESH_BINARY)[1], dtype=np.uint8)
        share = cv2.countNonZero(moving) / moving.size
        if share > 0.0:
            moving = np.asarray(cv2.medianBlur(moving, 3), dtype=np.uint8)
            share = cv2.countNonZero(moving) / moving.size
        if 0.0 < share < LEAST_MOVING:
            moving, share = np.zeros_like(moving), 0.0
        self._usual += _LEARN * (float(cv2.mean(apart, mask=cv2.bitwise_not(moving))[0]) - self._usual)
        return Motion(small, moving, share, gain)

    def threshold(self, gain: tuple[float, float, float] = SAME_LIGHT) -> float:
        """Grey levels above which a difference between small copies counts, after a change of light by ``gain``."""
        return min(max(LEAST_DIFFERENCE, NOISE_TIMES * self._usual), MOST_THRESHOLD) + GAIN_TOLERANCE * log_of(gain)
