"""Laying a cut-out product over a picture, upright or turned. Arrays in, arrays out."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.sim.looks import Drawn
from vision.types import Picture


@dataclass(frozen=True, slots=True, eq=False)
class Sprite:
    """A product ready to be laid over a picture: colour times opacity and what it lets through, both 0 to 255 in uint16, (h, w, 3)."""

    colour: NDArray[np.uint16]
    through: NDArray[np.uint16]


def sprite(product: Drawn, high: float, *, angle: float = 0.0, squeeze: float = 1.0, blur: int = 0) -> Sprite:
    """``product`` at ``high`` pixels, turned by ``angle`` degrees, its width times ``squeeze``, blurred over ``blur`` pixels downwards."""
    height, width = product.opaque.shape
    scale = max(high, 4.0) / height
    wide = max(3.0, width * scale * squeeze)
    small = (round(wide), max(4, round(high)))
    pixels = cv2.resize(product.pixels, small, interpolation=cv2.INTER_AREA)
    opaque = cv2.resize(product.opaque, small, interpolation=cv2.INTER_AREA)
    if angle or blur:
        side = math.ceil(math.hypot(*small)) + 2 * blur + 2
        turn = cv2.getRotationMatrix2D((small[0] / 2, small[1] / 2), angle, 1.0)
        turn[:, 2] += np.array([(side - small[0]) / 2, (side - small[1]) / 2])
        pixels = cv2.warpAffine(pixels, turn, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        opaque = cv2.warpAffine(opaque, turn, (side, side), flags=cv2.INTER_LINEAR)
        if blur > 1:
            pixels, opaque = cv2.blur(pixels, (1, blur)), cv2.blur(opaque, (1, blur))
    through = (255 - opaque.astype(np.uint16))[:, :, None]
    colour = pixels.astype(np.uint16) * opaque.astype(np.uint16)[:, :, None] // 255
    return Sprite(colour, np.repeat(through, 3, 2))


def paste(pixels: Picture, cut_out: Sprite, x: float, foot: float) -> None:
    """Lay it over ``pixels`` with the middle of its lower edge at (``x``, ``foot``); what lies outside is left out."""
    high, wide = cut_out.colour.shape[:2]
    left, top = round(x - wide / 2), round(foot - high)
    from_left, from_top = max(0, -left), max(0, -top)
    to_right, to_bottom = min(wide, pixels.shape[1] - left), min(high, pixels.shape[0] - top)
    if from_left >= to_right or from_top >= to_bottom:
        return
    inside = (slice(from_top, to_bottom), slice(from_left, to_right))
    under = pixels[top + from_top : top + to_bottom, left + from_left : left + to_right]
    # x * 257 >> 16 is x // 255 to within one level, without a division.
    under[:] = cut_out.colour[inside] + (under.astype(np.uint32) * cut_out.through[inside] * 257 >> 16).astype(np.uint16)
