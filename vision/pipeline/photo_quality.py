"""Whether a photograph is good enough to know a product by: measured on the crop that the embedder will see. Pure.

The limits were chosen on 400 shop photographs, most of goods in the hand: two are refused, which are blurred to the eye too, and each limit
stands apart from what the same photographs become when they are blurred, darkened or overexposed. What one shows is not judged here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import Floats, Picture, checked_picture

Flaw: TypeAlias = Literal["small", "dark", "bright", "flat", "blurred"]

LEAST_SIDE: Final = 112  # pixels of the crop; half of what embedders look at
LEAST_HIGHLIGHT: Final = 80.0  # grey level that 2 % of the crop exceed; shop photographs have 162 and more, at a quarter of the light 63
MOST_CLIPPED: Final = 0.7  # share of the middle that is white; shop photographs have 0.08 at most, cut-outs of white cartons up to 0.74
LEAST_RANGE: Final = 25.0  # grey levels from the darkest to the brightest 2 %; a wall or a covered lens has less
MOST_BLUR: Final = 0.7  # of `blur`; 99 in 100 shop photographs have less than 0.68, with a blur of 1 % of the side 0.72 and more
SAME_SHOT: Final = 0.985  # correlation of thumbnails; two photographs of one product taken one after the other have 0.94 at most

_SIDE: Final = 224  # pixels at which all is measured, so that the numbers do not depend on the camera
_THUMB: Final = 32  # pixels; coarse enough that saving a picture anew changes nothing
_SPAN: Final = 9  # pixels; the blur that a picture is compared with
_EDGE: Final = 0.027  # of the range; what is left of an edge after that blur, while noise is gone
_LEAST_EDGES: Final = 50  # pixels; a picture with fewer has no edge worth the name


@dataclass(frozen=True, slots=True, eq=False)
class PhotoQuality:
    """``side``: of the crop, pixels; ``highlight``, ``span``: grey levels; ``clipped``: share of the middle at white; ``blur``: 0 to 1.

    ``blur`` is the share of the differences between neighbouring pixels that survive a strong blur, in the worse of the two directions
    (Crete et al. 2007, doi 10.1117/12.702790): a picture that is blurred already has little to lose. Only edges count, so that noise does
    not pass for sharpness.
    """

    side: int
    highlight: float
    span: float
    clipped: float
    blur: float
    thumb: Floats = field(repr=False)

    @property
    def flaw(self) -> Flaw | None:
        """The first reason not to use it, None where it will do."""
        if self.side < LEAST_SIDE:
            return "small"
        if self.highlight < LEAST_HIGHLIGHT:
            return "dark"
        if self.clipped > MOST_CLIPPED:
            return "bright"
        if self.span < LEAST_RANGE:
            return "flat"
        return "blurred" if self.blur > MOST_BLUR else None

    def same_shot(self, other: PhotoQuality) -> bool:
        """True where both are one and the same shot, saved twice or taken without moving anything."""
        return float(self.thumb @ other.thumb) >= SAME_SHOT


def photo_quality(crop: Picture) -> PhotoQuality:
    """Measure ``crop``, the part of a photograph that shows the product. ValueError where it is no picture."""
    side = min(checked_picture(crop).shape[:2])
    grey = np.asarray(cv2.cvtColor(cv2.resize(crop, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY), np.uint8)
    dark, light = (float(level) for level in np.percentile(grey, (2, 98)))
    middle = grey[_SIDE // 4 : -_SIDE // 4, _SIDE // 4 : -_SIDE // 4]
    return PhotoQuality(side, light, light - dark, float((middle >= 250).mean()), _blur(grey, _EDGE * (light - dark)), _thumb(grey))


def _blur(grey: NDArray[np.uint8], edge: float) -> float:
    sharp = grey.astype(np.float32)
    return max(_kept(sharp, cv2.blur(sharp, (1, _SPAN)), 0, edge), _kept(sharp, cv2.blur(sharp, (_SPAN, 1)), 1, edge))


def _kept(sharp: NDArray[np.float32], blurred: cv2.typing.MatLike, axis: int, edge: float) -> float:
    before, after = np.abs(np.diff(sharp, axis=axis)), np.abs(np.diff(blurred, axis=axis))
    edges = after > edge
    steps = float(before[edges].sum())
    if int(edges.sum()) < _LEAST_EDGES or steps <= 0.0:  # of one colour all over: blurring leaves rounding errors, and they are no edges
        return 1.0
    return float(np.minimum(before, after)[edges].sum()) / steps


def _thumb(grey: NDArray[np.uint8]) -> Floats:
    small = np.asarray(cv2.resize(grey, (_THUMB, _THUMB), interpolation=cv2.INTER_AREA), np.float32).ravel()
    small -= small.mean()
    return np.asarray(small / max(float(np.linalg.norm(small)), 1e-6), np.float32)
