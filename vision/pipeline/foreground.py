"""What was there already, painted over: of a product that is held before a shelf full of others, only it is to be learned. Pure.

An embedder sees all of a picture, and goods behind the one that is held would count as part of it. One even colour does so least, far less
than the same goods blurred.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from vision.pipeline.crop import PRODUCT_SHARE, centre_square
from vision.pipeline.motion import LEAST_DIFFERENCE, difference, small_copy
from vision.types import Picture

LEAST_SHARE: Final = 0.05  # of the middle that must be new; less is no product held before the camera
MOST_SHARE: Final = 0.9  # more is another light, or another view of the camera
LEAST_CENTRE: Final = 0.6  # of the very middle that must be new: otherwise the product was there already
CENTRE: Final = 0.25  # of the short side: the very middle
GAP: Final = 7  # pixels of the small copy between parts of one thing: a part of it may have the background's colour
RIM: Final = 1.5  # pixels of the small copy over which the thing fades into the colour around it


def standing_out(pixels: Picture, background: Picture) -> Picture:
    """``pixels`` with one colour in place of everything that is in ``background`` too, the small copy of an earlier picture; unchanged
    where that cannot be told, as when the camera was moved or the product was there already."""
    small = small_copy(pixels)
    if small.shape != background.shape:
        return pixels
    apart, _ = difference(small, background)
    new = (apart > LEAST_DIFFERENCE).astype(np.uint8)
    new = np.asarray(cv2.morphologyEx(new, cv2.MORPH_CLOSE, np.ones((GAP, GAP), np.uint8)), np.uint8)
    new = np.asarray(cv2.medianBlur(new, 3), np.uint8)
    as_picture = np.repeat(new[:, :, None], 3, 2)
    share, centre = (float(centre_square(as_picture, part).mean()) for part in (PRODUCT_SHARE, CENTRE))
    if not LEAST_SHARE <= share <= MOST_SHARE or centre < LEAST_CENTRE:
        return pixels
    height, width = pixels.shape[:2]
    thing = cv2.resize(cv2.GaussianBlur(new.astype(np.float32), (0, 0), RIM), (width, height), interpolation=cv2.INTER_LINEAR)[:, :, None]
    ground = small[new == 0].mean(axis=0, dtype=np.float32)
    return np.asarray(pixels * thing + ground * (1.0 - thing) + 0.5, np.uint8)
