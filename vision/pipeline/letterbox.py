"""How a picture becomes a model's tensor, and how places in the tensor become places in the picture again. Pure.

cv2 is used for its resizing and colour arithmetic only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import Floats, Picture, checked_picture

Fit: TypeAlias = Literal["squash", "letterbox", "letterbox_centred"]
Tensor: TypeAlias = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a picture of ``width`` × ``height`` pixels lies in a tensor: scaled, then moved by ``left`` and ``top`` pixels."""

    width: int
    height: int
    x_scale: float
    y_scale: float
    left: float
    top: float

    def to_fractions(self, boxes: Floats) -> Floats:
        """Boxes (n, 4) as left, top, right, bottom in pixels of the tensor, as fractions of the picture, cut at its edges."""
        moved = (boxes - np.array([self.left, self.top] * 2, dtype=np.float32)) / np.array(
            [self.x_scale * self.width, self.y_scale * self.height] * 2, dtype=np.float32
        )
        return np.clip(moved, 0.0, 1.0)


def placement(width: int, height: int, into_width: int, into_height: int, fit: Fit) -> Placement:
    """How a picture of ``width`` × ``height`` pixels is fitted into a tensor."""
    if fit == "squash":
        return Placement(width, height, into_width / width, into_height / height, 0.0, 0.0)
    scale = min(into_width / width, into_height / height)
    scaled_width, scaled_height = _scaled(width, scale, into_width), _scaled(height, scale, into_height)
    left, top = (0, 0) if fit == "letterbox" else ((into_width - scaled_width) // 2, (into_height - scaled_height) // 2)
    return Placement(width, height, scaled_width / width, scaled_height / height, left, top)


def fitted(
    pixels: Picture, into_width: int, into_height: int, fit: Fit, *, fill: int = 114, average: bool = False
) -> tuple[Picture, Placement]:
    """The picture at the tensor's size and where it lies in it.

    ``average``: pixels that become one are averaged exactly, which takes ten times as long. Else the picture is halved while it is at least
    twice too large, and then interpolated: no pixel is passed over, and it costs little.
    """
    height, width = checked_picture(pixels).shape[:2]
    place = placement(width, height, into_width, into_height, fit)
    scaled_width, scaled_height = round(width * place.x_scale), round(height * place.y_scale)
    if average and scaled_width <= width and scaled_height <= height:
        scaled = cv2.resize(pixels, (scaled_width, scaled_height), interpolation=cv2.INTER_AREA)
    else:
        source = _halved(pixels, scaled_width, scaled_height)
        scaled = cv2.resize(source, (scaled_width, scaled_height), interpolation=cv2.INTER_LINEAR)
    if (scaled_width, scaled_height) == (into_width, into_height):
        return np.asarray(scaled, dtype=np.uint8), place
    canvas = np.full((into_height, into_width, 3), fill, dtype=np.uint8)
    top, left = int(place.top), int(place.left)
    canvas[top : top + scaled_height, left : left + scaled_width] = scaled
    return canvas, place


def write_tensor(
    pixels: Picture,
    into: Tensor,
    *,
    rgb: bool,
    channels_first: bool,
    mean: tuple[float, float, float],
    deviation: tuple[float, float, float],
) -> None:
    """Write ``(value - mean) / deviation`` of a fitted picture into one element of a batch: (3, h, w), if not ``channels_first`` (h, w, 3).

    ``mean`` and ``deviation`` are in the tensor's order of colours. Values are those of ``into``'s type.
    """
    planes = cv2.split(pixels)  # once, so that what follows runs over memory in its order
    for channel in range(3):
        plane = planes[2 - channel if rgb else channel]
        target = into[channel] if channels_first else into[:, :, channel]
        if mean[channel] == 0.0 and deviation[channel] == 1.0:
            target[...] = plane
        else:
            np.multiply(plane, np.float32(1.0 / deviation[channel]), out=target, casting="unsafe")
            target -= np.asarray(mean[channel] / deviation[channel], dtype=into.dtype)


def _halved(pixels: Picture, width: int, height: int) -> Picture:
    """Halved until a further halving would make it smaller than asked for. An odd last row or column is left out."""
    while pixels.shape[1] >= 2 * width and pixels.shape[0] >= 2 * height:
        rows, columns = pixels.shape[0] // 2, pixels.shape[1] // 2
        halved = cv2.resize(pixels[: 2 * rows, : 2 * columns], (columns, rows), interpolation=cv2.INTER_AREA)
        pixels = np.asarray(halved, dtype=np.uint8)
    return pixels


def _scaled(side: int, scale: float, into: int) -> int:
    return min(into, max(1, round(side * scale)))
