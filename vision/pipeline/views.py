"""The views of one reach: pictures of the hand and what it holds, spread over its time, and the best of them for what was moved. Pure."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.pipeline.crop import square_around
from vision.types import Box, Floats, Frame, Picture

MOST_VIEWS: Final = 16  # kept while a reach runs, 5 MB at most
VIEW_SIDE: Final = 320  # pixels; embedders take 224, and a view is cut once more
AROUND: Final = 1.6  # side of a kept view, per longer side of the grip: room to find the thing in it
SAME: Final = 0.5  # distance of colours (0 to 1) under which two pictures show the same product: label, light and angle differ a little
LEAST_LIKE: Final = 0.12  # of a view that has the colours of the thing; below, the thing is not in it
LIKE: Final = 0.5  # of a colour's share in the thing against its share in the views; above, the colour is the thing's
LEAST_SIZES: Final = 4  # frames with a moving hand; fewer do not tell how large it came and went
EDGE_NS: Final = 400_000_000  # ns at both ends of a reach in which a hand is seen whole once
LEAST_WORTH: Final = 0.35  # of the best view's worth; a view worth less shows mostly something else, and would be pooled with the rest
ALWAYS: Final = 0.25  # quantile of a colour's share in all views: what is there in three of four is not what was moved
EMPTY: Final = 0.4  # weight of a view in which the hand held nothing yet, or no longer
_BINS: Final = (6, 16, 16)  # of Lab's lightness from 0 to 255, a and b from 64 to 191
_ALL_BINS: Final = _BINS[0] * _BINS[1] * _BINS[2]


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One kept picture of a hand at ``at_ns``; ``grip``: where in it the hand and what it holds are; ``sharp``: how sharp that is."""

    at_ns: int
    pixels: Picture
    grip: Box
    sharp: float


def colours(pixels: Picture) -> Floats:
    """Share of each colour in the middle of a picture, summing to 1: what makes two pictures of a product alike."""
    height, width = pixels.shape[:2]
    counted = np.bincount(_bins(pixels[height // 8 : height - height // 8, width // 8 : width - width // 8]).ravel(), minlength=_ALL_BINS)
    cells = counted.astype(np.float32).reshape(_BINS)
    for axis in range(3):  # half of each colour to its neighbours, for light and angle differ a little
        cells = cells * 0.5 + np.roll(cells, 1, axis) * 0.25 + np.roll(cells, -1, axis) * 0.25
    return np.asarray(cells.ravel() / max(1e-9, float(cells.sum())), dtype=np.float32)


def apart(one: Floats, other: Floats) -> float:
    """Distance of two shares of colours from 0 (the same) to 1 (none in common), Bhattacharyya's."""
    return math.sqrt(max(0.0, 1.0 - float(np.sqrt(one * other).sum())))


def _bins(pixels: Picture) -> NDArray[np.int32]:
    """The number of each pixel's colour among _ALL_BINS, same height and width."""
    lab = cv2.cvtColor(pixels, cv2.COLOR_BGR2LAB).astype(np.int32)
    lightness = lab[..., 0] * _BINS[0] // 256
    green_red, blue_yellow = (np.clip((lab[..., at] - 64) * _BINS[at] // 128, 0, _BINS[at] - 1) for at in (1, 2))
    return np.asarray((lightness * _BINS[1] + green_red) * _BINS[2] + blue_yellow, dtype=np.int32)


class Views:
    """What is kept while a reach runs: at most MOST_VIEWS, of two that are close in time the sharper one; and how large the hand was."""

    def __init__(self) -> None:
        self._kept: list[View] = []
        self._sizes: list[tuple[int, float]] = []

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, frame: Frame, grip: Box, most: int = MOST_VIEWS) -> None:
        """Keep a copy of what is around ``grip`` in this frame, and ``most`` views in all, at least one."""
        self._sizes.append((frame.at_ns, grip.area))
        cut, within = _square(frame.pixels, grip, AROUND)
        if max(cut.shape) > VIEW_SIDE:
            cut = np.asarray(cv2.resize(cut, (VIEW_SIDE, VIEW_SIDE), interpolation=cv2.INTER_AREA), dtype=np.uint8)
        pixels = cut.copy()
        self._kept.append(View(frame.at_ns, pixels, within, _sharpness(within.cut(pixels))))
        while len(self._kept) > max(1, most):
            gaps = [later.at_ns - earlier.at_ns for earlier, later in itertools.pairwise(self._kept)]
            at = gaps.index(min(gaps))
            self._kept.pop(at if self._kept[at].sharp < self._kept[at + 1].sharp else at + 1)

    def carried(self) -> float:
        """Log of how much larger the hand was when it went than when it came: above 0 it took something away, below it left something."""
        if len(self._sizes) < LEAST_SIZES:
            return 0.0
        first_ns, last_ns = self._sizes[0][0], self._sizes[-1][0]
        window_ns = min(EDGE_NS, (last_ns - first_ns) // 2)
        came = max(size for at_ns, size in self._sizes if at_ns <= first_ns + window_ns)
        went = max(size for at_ns, size in self._sizes if at_ns >= last_ns - window_ns)
        return math.log(went / came)

    def best(self, thing: Picture | None, most: int, carried: float = 0.0) -> tuple[Picture, ...]:
        """At most ``most`` squares, best first, of what the hand held.

        ``thing``: a picture of it from the shelf, if there is one; then views without its colours are left out, and the squares lie about
        them. ``carried``: above 0 where it was taken, below where it was put; then views with an empty hand come last.
        """
        if not self._kept:
            return ()
        if thing is None or min(thing.shape[:2]) < 8:
            held = self._held_shares()
            worth = [_sharp(view) * share * self._loaded(view, carried) for view, share in zip(self._kept, held, strict=True)]
            return _best(
                [(value, square_around(view.pixels, view.grip).copy()) for value, view in zip(worth, self._kept, strict=True)], most
            )
        wanted = colours(thing)
        usual = np.mean([colours(view.pixels) for view in self._kept], axis=0)
        telling = wanted / np.maximum(wanted + usual, 1e-6) * (wanted > 1e-4)
        shown = [(*_shown(view, np.asarray(telling, dtype=np.float32)), view) for view in self._kept]
        worth = [like * _sharp(view) * self._loaded(view, carried) if like >= LEAST_LIKE else 0.0 for like, _, view in shown]
        return _best([(value, square) for value, (_, square, _) in zip(worth, shown, strict=True)], most)

    def _held_shares(self) -> list[float]:
        """How much of each grip is of other colours than nearly all of them: no hand, no wall. From 0.1, an empty hand, to 1."""
        shares = [colours(view.grip.cut(view.pixels)) for view in self._kept]
        always = np.quantile(shares, ALWAYS, axis=0)
        return [0.1 + 0.9 * float(np.maximum(one - always, 0.0).sum()) for one in shares]

    def largest(self) -> float:
        """The largest that the hand with what it holds was, of the picture; 0 without a view."""
        return max((size for _, size in self._sizes), default=0.0)

    def _loaded(self, view: View, carried: float) -> float:
        """Weight of a view: EMPTY where the hand was empty then, if it is known when it was."""
        middle_ns = (self._sizes[0][0] + self._sizes[-1][0]) / 2
        return EMPTY if carried * (view.at_ns - middle_ns) < 0.0 else 1.0


def _best(valued: list[tuple[float, Picture]], most: int) -> tuple[Picture, ...]:
    """The pictures of most worth, best first, without those worth much less than the best."""
    ranked = sorted((one for one in valued if one[0] > 0.0), key=lambda one: -one[0])[:most]
    return tuple(picture for value, picture in ranked if value >= LEAST_WORTH * ranked[0][0])


def _sharp(view: View) -> float:
    """How sharp a view is, from 0.3 to 1.3."""
    return 0.3 + view.sharp / (view.sharp + 200.0)


def _shown(view: View, telling: Floats) -> tuple[float, Picture]:
    """How much of the square about the thing's colours has these colours, and the square."""
    like = telling[_bins(view.pixels)]
    height, width = like.shape[:2]
    side = max(view.grip.right - view.grip.left, view.grip.bottom - view.grip.top)
    window = max(3, round(side * width * 0.5)) | 1
    smooth = cv2.blur(like, (window, window), borderType=cv2.BORDER_CONSTANT)
    _, most, _, (column, row) = cv2.minMaxLoc(smooth)
    reach = round(side * width * 0.5)
    for _ in range(2):  # to the middle of what has its colours
        top, left = max(0, row - reach), max(0, column - reach)
        rows, columns = np.nonzero(like[top : row + reach + 1, left : column + reach + 1] > LIKE)
        if not rows.size:
            break
        row, column = top + round(float(rows.mean())), left + round(float(columns.mean()))
    x, y, half = column / width, row / height, side / 2
    box = Box(max(0.0, x - half), max(0.0, y - half), min(1.0, x + half), min(1.0, y + half))
    return float(most), square_around(view.pixels, box).copy()


def _square(pixels: Picture, box: Box, margin: float) -> tuple[Picture, Box]:
    """The square around ``box``, as square_around cuts it, and where in it the box lies."""
    height, width = pixels.shape[:2]
    cut = square_around(pixels, box, margin)
    side = cut.shape[0]
    left = min(max(round((box.left + box.right) / 2.0 * width - side / 2.0), 0), width - side)
    top = min(max(round((box.top + box.bottom) / 2.0 * height - side / 2.0), 0), height - side)
    inner = ((box.left * width - left) / side, (box.top * height - top) / side)
    outer = ((box.right * width - left) / side, (box.bottom * height - top) / side)
    return cut, Box(max(0.0, inner[0]), max(0.0, inner[1]), min(1.0, outer[0]), min(1.0, outer[1]))


def _sharpness(pixels: Picture) -> float:
    """Variance of the Laplacian of the grey picture at 64 pixels: low where movement blurred it."""
    grey = cv2.cvtColor(cv2.resize(pixels, (64, 64), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    return float(cv2.Laplacian(grey, cv2.CV_32F).var())
