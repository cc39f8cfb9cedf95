"""What the eye works on: pictures and places in them, checked when they are made. Pure: numpy values, no I/O.

A picture is an array of shape (height, width, 3), uint8, blue-green-red. A place is in fractions of the picture, so that it holds for any
resolution: (0, 0) is the upper left corner, (1, 1) the lower right.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Picture: TypeAlias = NDArray[np.uint8]
Floats: TypeAlias = NDArray[np.float32]

MAX_SIDE = 8192  # pixels; a larger picture is a wrong file or an attack on memory


def checked_picture(pixels: Picture) -> Picture:
    """``pixels`` if it is a picture as described above, else ValueError with what was expected and what came."""
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise ValueError(f"a picture is uint8 (height, width, 3), this is {pixels.dtype} {pixels.shape}")
    if not 1 <= pixels.shape[0] <= MAX_SIDE or not 1 <= pixels.shape[1] <= MAX_SIDE:
        raise ValueError(f"a picture has 1 to {MAX_SIDE} pixels on each side, this has shape {pixels.shape}")
    return pixels


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of one camera. ``at_ns``: CLOCK_MONOTONIC at which it arrived; ``number`` grows by one with each frame of the camera.

    ``jpeg``: the same picture as JPEG where the camera sent it so, else empty; whoever keeps pictures need not encode those again.
    """

    camera: str
    at_ns: int
    number: int
    pixels: Picture
    jpeg: bytes = b""

    def __post_init__(self) -> None:
        checked_picture(self.pixels)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in fractions of the picture."""

    left: float
    top: float
    right: float
    bottom: float

    def __post_init__(self) -> None:
        sides = (self.left, self.top, self.right, self.bottom)
        if not all(math.isfinite(side) and 0.0 <= side <= 1.0 for side in sides) or self.left >= self.right or self.top >= self.bottom:
            raise ValueError(f"a box lies within the picture, left of right and top above bottom, this is {sides}")

    @property
    def area(self) -> float:
        """Its share of the picture."""
        return (self.right - self.left) * (self.bottom - self.top)

    def cut(self, pixels: Picture) -> Picture:
        """The pixels inside, at least one; a view of ``pixels``."""
        height, width = pixels.shape[:2]
        top, left = min(int(self.top * height), height - 1), min(int(self.left * width), width - 1)
        bottom, right = max(top + 1, math.ceil(self.bottom * height)), max(left + 1, math.ceil(self.right * width))
        return pixels[top:bottom, left:right]


@dataclass(frozen=True, slots=True)
class Detection:
    """Something a detector found: ``label`` from the model's manifest, ``score`` from 0 to 1."""

    box: Box
    label: str
    score: float
