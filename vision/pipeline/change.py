"""What is different on a shelf between two quiet moments: where something stood before, and where something stands after. Pure.

A change of light, a soft shadow, sensor noise and a camera that shook are no changes. Both pictures are compared as a whole at a working
size: the second is laid upon the first, the change of light is taken out as a smooth field, and what then differs in structure or in colour
by more than a small displacement explains is a change. Which of the two shows the thing and which the place without it is told by the
outline: a thing has edges along it, and is of other colours than what is around it.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.pipeline.motion import SATURATED, light_gain
from vision.pipeline.registration import edges, laid_upon
from vision.types import Box, Floats, Picture, checked_picture

WORK_SIDE: Final = 480  # pixels of the longer side; a product on a shelf has 40 of them or more
SLACK: Final = 2  # pixels at working size within which an edge may lie elsewhere: what is left of shake after laying upon
STRUCTURE: Final = 22.0  # grey levels outside the range of the other picture's neighbourhood that are another thing
COLOUR: Final = 13.0  # units of Lab's a and b by which a flat surface is another one; a shadow changes 3 to 6
LIGHTNESS: Final = 60.0  # grey levels by which a flat surface of the same colour is another one; a shadow on a shelf takes 20 to 40
LEAST_AREA: Final = 0.0015  # of the picture; the smallest product at a shelf's camera has three times as much
LEAST_FILL: Final = 0.25  # share of a change's box that must differ; less is an outline or a shadow's rim
LEAST_SIDE: Final = 9  # pixels at working size; thinner is the rim of something that was moved a little
BESIDE: Final = 0.08  # of the largest change; what is smaller is something that it touched
TAIL: Final = 0.35  # of a change's half width: parts thinner than that are not of the thing; the neck of a bottle is thicker
LEAST_THING: Final = 0.3  # of the largest piece's area: smaller ones are parts of it, not things beside it
LEAST_LIKE_HIGH: Final = 0.7  # of the highest piece: things side by side are of like height, parts of one thing seldom
_GAP: Final = 11  # pixels at working size between pieces of one thing: a part of it may have the background's colour
_SURROUNDINGS: Final = 61  # pixels at working size over which lightness is compared with its surroundings
_RING: Final = 9  # pixels around a change that show what it stands before
_NARROW_RING: Final = 4  # the same on small copies

Mask = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Change:
    """One place that differs. ``vanished``: 1 where a thing stood before and its background is seen after, -1 the other way round, near 0
    where that cannot be told, as when another thing stands there now. ``area``: its share of the picture."""

    box: Box
    vanished: float
    area: float


def at_work(pixels: Picture) -> Picture:
    """``pixels`` at the size at which pictures are compared; smaller ones stay as they are."""
    height, width = checked_picture(pixels).shape[:2]
    scale = min(1.0, WORK_SIDE / max(height, width))
    size = (max(16, round(width * scale)), max(16, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def changes(before: Picture, after: Picture, mask: Mask | None = None) -> tuple[Change, ...]:
    """Where two pictures of the same place differ, largest first; boxes in fractions of the picture before.

    ``mask``: 255 where to look, of any size; None looks everywhere. What lies outside still helps to know the light and the shake.
    ValueError where the pictures differ in shape.
    """
    if checked_picture(before).shape != checked_picture(after).shape:
        raise ValueError(
            f"pictures of one place have one shape, these have {before.shape} and {after.shape}; take both from the same camera"
        )
    one, other = at_work(before), at_work(after)
    other, shown = laid_upon(one, other)
    pieces = cv2.bitwise_and(different(one, other), shown)
    if mask is not None:
        pieces = cv2.bitwise_and(pieces, cv2.resize(mask, (pieces.shape[1], pieces.shape[0]), interpolation=cv2.INTER_NEAREST))
    where = cv2.morphologyEx(cv2.morphologyEx(pieces, cv2.MORPH_CLOSE, _square(_GAP)), cv2.MORPH_OPEN, _square(LEAST_SIDE))
    return _told(np.asarray(where, dtype=np.uint8), np.asarray(pieces, dtype=np.uint8), one, other)


def shows_thing(now: Picture, before: Picture, part: Mask, elsewhere: Mask) -> float:
    """Whether ``now`` (above 0, to 1) or ``before`` (below, to -1) shows a thing on a background in ``part`` (255 there, size of the
    pictures); ``elsewhere``: 255 where they differ also, which is not taken for background."""
    ring = _ring(part, elsewhere, _NARROW_RING)
    is_now, was = (_Sight(one).stands_out(part, ring) for one in (now, before))
    return (is_now - was) / (is_now + was + 1e-6)


def different(before: Picture, after: Picture) -> Mask:
    """255 where two pictures of one shape, laid upon each other, differ; light and shadows left out. A thing may be in pieces."""
    lab_before, lab_after = (_lab(one) for one in _in_one_light(before, after))
    one, other = lab_before[..., 0], lab_after[..., 0]
    score = _apart(_against_surroundings(one), _against_surroundings(other)) / STRUCTURE
    colour = np.hypot(_apart(lab_before[..., 1], lab_after[..., 1]), _apart(lab_before[..., 2], lab_after[..., 2]))
    score = np.asarray(cv2.blur(score + colour / COLOUR + _apart(one, other) / LIGHTNESS, (5, 5)), dtype=np.float32)
    mask = ((score > _usual(score)) * 255).astype(np.uint8)
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, _square(5)), dtype=np.uint8)


def _usual(score: Floats) -> float:
    """The score above which something is different here: 1, and more where even what did not change scores, by blur or strong shake."""
    return min(max(1.0, 4.0 * float(np.median(score))), 1.6)


def _square(side: int) -> Mask:
    return np.ones((side, side), np.uint8)


def _lab(pixels: Picture) -> Floats:
    return np.asarray(cv2.cvtColor(cv2.GaussianBlur(pixels, (3, 3), 0), cv2.COLOR_BGR2LAB), dtype=np.float32)


def _in_one_light(before: Picture, after: Picture) -> tuple[Picture, Picture]:
    """Both pictures in the brighter light of the two, place by place and channel by channel: what is saturated in one is in the other too.

    The light between them is a smooth field of gain, the median of a wide neighbourhood: a thing smaller than half of it does not count.
    Where a channel is saturated it has the gain of the picture as a whole.
    """
    height, width = before.shape[:2]
    small = (max(8, width // 10), max(8, height // 10))
    was, is_now = (cv2.resize(one, small, interpolation=cv2.INTER_AREA).astype(np.float32) + 2.0 for one in (before, after))
    gains = np.log(is_now / was)
    told = (is_now < SATURATED) & (was < SATURATED)
    usual = light_gain(*(cv2.resize(one, (64, 48), interpolation=cv2.INTER_AREA).astype(np.uint8) for one in (after, before)))
    gains = np.where(told, gains, np.log(np.array(usual, dtype=np.float32)))
    levels = np.clip(gains * 64.0 + 128.0, 0, 255).astype(np.uint8)  # gains from 1/7 to 7 in steps of 1.6 %
    wide = min(small) // 2 * 2 - 1
    field = cv2.GaussianBlur(cv2.medianBlur(levels, max(3, wide)), (5, 5), 0).astype(np.float32)
    gain = np.exp((cv2.resize(field, (width, height), interpolation=cv2.INTER_LINEAR) - 128.0) / 64.0)
    return _brighter(before, gain), _brighter(after, 1.0 / gain)


def _brighter(pixels: Picture, gain: Floats) -> Picture:
    return np.asarray(np.clip(pixels * np.maximum(gain, 1.0) + 0.5, 0, 255), dtype=np.uint8)


def _against_surroundings(lightness: Floats) -> Floats:
    """Lightness against its surroundings: a shadow with a soft edge is taken out, the edges of things stay."""
    return np.asarray(lightness - cv2.blur(lightness, (_SURROUNDINGS, _SURROUNDINGS)), dtype=np.float32)


def _apart(one: Floats, other: Floats) -> Floats:
    """How far each lies outside the range of the other within SLACK pixels, the larger of both: 0 for an edge that moved less than that."""
    reach = _square(2 * SLACK + 1)
    first = cv2.max(one - cv2.dilate(other, reach), cv2.erode(other, reach) - one)
    second = cv2.max(other - cv2.dilate(one, reach), cv2.erode(one, reach) - other)
    return np.asarray(np.maximum(cv2.max(first, second), 0), dtype=np.float32)


def _told(where: Mask, pieces: Mask, before: Picture, after: Picture) -> tuple[Change, ...]:
    height, width = where.shape
    count, labels, stats, _ = cv2.connectedComponentsWithStats(where, connectivity=8)
    least = LEAST_AREA * height * width
    large = [((labels == label) * 255).astype(np.uint8) for label in range(1, count) if stats[label][cv2.CC_STAT_AREA] >= least]
    sight = (_Sight(before), _Sight(after))
    found = []
    for part in [_without_tails(one) for joined in large for one in _side_by_side(joined, pieces)]:
        left, top, wide, high = cv2.boundingRect(part)
        area = cv2.countNonZero(part)
        if area < least or area < LEAST_FILL * wide * high:
            continue
        was, is_now = (one.stands_out(part, _ring(part, where, _RING)) for one in sight)
        box = Box(left / width, top / height, min(1.0, (left + wide) / width), min(1.0, (top + high) / height))
        found.append(Change(box, (was - is_now) / (was + is_now + 1e-6), area / (height * width)))
    largest = max((change.area for change in found), default=0.0)
    return tuple(sorted((change for change in found if change.area >= BESIDE * largest), key=lambda change: -change.area))


def _ring(part: Mask, different_too: Mask, width: int) -> NDArray[np.bool_]:
    """What lies within ``width`` pixels around ``part`` and is the same in both pictures."""
    around: NDArray[np.bool_] = (cv2.dilate(part, _square(2 * width + 1)) > 0) & (part == 0) & (different_too == 0)
    return around


def _side_by_side(joined: Mask, pieces: Mask) -> list[Mask]:
    """``joined`` cut between things that stand side by side: pieces of it that are large, of like height, and share no column."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(cv2.bitwise_and(joined, pieces), connectivity=8)
    most = max((int(one[cv2.CC_STAT_AREA]) for one in stats[1:]), default=0)
    things = sorted(
        (int(one[cv2.CC_STAT_LEFT]), int(one[cv2.CC_STAT_LEFT] + one[cv2.CC_STAT_WIDTH]), int(one[cv2.CC_STAT_HEIGHT]))
        for one in stats[1:]
        if one[cv2.CC_STAT_AREA] >= LEAST_THING * most
    )
    apart = all(first[1] <= second[0] for first, second in itertools.pairwise(things))
    if len(things) < 2 or not apart or min(thing[2] for thing in things) < LEAST_LIKE_HIGH * max(thing[2] for thing in things):
        return [joined]
    cuts = [0, *((first[1] + second[0]) // 2 for first, second in itertools.pairwise(things)), joined.shape[1]]
    parts = []
    for left, right in itertools.pairwise(cuts):
        part = np.zeros_like(joined)
        part[:, left:right] = joined[:, left:right]
        parts.append(part)
    return parts


def _without_tails(part: Mask) -> Mask:
    """``part`` without what is thin beside its thickest place: rims of the shelf and shadows that touch it."""
    rimmed = cv2.copyMakeBorder(part, 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    thin = round(TAIL * float(cv2.distanceTransform(rimmed, cv2.DIST_L2, 3).max()))
    return np.asarray(cv2.morphologyEx(part, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * thin + 1, 2 * thin + 1))))


class _Sight:
    """One picture, and how much a part of it looks like a thing before a background."""

    def __init__(self, pixels: Picture) -> None:
        self._edges = edges(pixels)
        self._lab = cv2.cvtColor(pixels, cv2.COLOR_BGR2LAB)

    def stands_out(self, part: Mask, ring: NDArray[np.bool_]) -> float:
        """Edges along the outline, per usual edge of the picture, times the distance of the colours inside from those around."""
        outline = cv2.morphologyEx(part, cv2.MORPH_GRADIENT, _square(5)) > 0
        if not outline.any() or not ring.any():
            return 1.0
        along = float(self._edges[outline].mean()) / (float(self._edges.mean()) + 1e-6)
        inside, around = self._colours((part > 0).astype(np.uint8)), self._colours(ring.astype(np.uint8))
        return along * (0.1 + math.sqrt(max(0.0, 1.0 - float(np.sqrt(inside * around).sum()))))

    def _colours(self, mask: Mask) -> Floats:
        counted = cv2.calcHist([self._lab], [0, 1, 2], mask, [8, 16, 16], [0, 256, 64, 192, 64, 192])
        return np.asarray(counted / max(1.0, float(counted.sum())), dtype=np.float32)
