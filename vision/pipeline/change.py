"""What is different on a shelf between two quiet moments: where something stood before, and where something stands after. Pure.

A change of light, a shadow, sensor noise and a camera that shook by a few pixels are no changes. Both pictures are compared at a working
size, aligned, with the change of light taken out as a smooth field; what then differs in structure or in colour is a change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import Box, Floats, Picture, checked_picture

WORK_SIDE: Final = 320  # pixels of the longer side; a product on a shelf has 30 of them or more
MOST_SHIFT: Final = 0.06  # of the longer side; a camera that moved further has moved and did not shake
SLACK: Final = 2  # pixels at working size within which an edge may lie elsewhere: what is left of shake after aligning
STRUCTURE: Final = 22.0  # grey levels outside the range of the other picture's neighbourhood that are another thing
COLOUR: Final = 14.0  # units of Lab's a and b by which a flat surface is another one; a shadow changes 3 to 6
LEAST_AREA: Final = 0.004  # of the compared picture; smaller is a label that curled up
LEAST_STRENGTH: Final = 0.35  # share of a change's box that must really differ

Mask = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Change:
    """One place that differs. ``vanished``: how much more it looks like a thing on a background in the picture before (1) than in the one
    after (-1), by the edges along its outline; near 0 it was one thing before and another after. ``area``: its share of the picture."""

    box: Box
    vanished: float
    area: float


def aligned(before: Picture, after: Picture) -> Picture:
    """``after`` shifted onto ``before`` (same shape), by the phase of their grey edges; unchanged where no shift up to MOST_SHIFT fits."""
    one, other = _edges(before), _edges(after)
    window = np.outer(np.hanning(one.shape[0]), np.hanning(one.shape[1])).astype(np.float32)
    (right, down), certain = cv2.phaseCorrelate(one, other, window)
    most = MOST_SHIFT * max(one.shape)
    if certain < 0.03 or abs(right) > most or abs(down) > most or max(abs(right), abs(down)) < 0.2:
        return after
    back = np.array([[1.0, 0.0, -right], [0.0, 1.0, -down]], dtype=np.float32)
    height, width = after.shape[:2]
    return np.asarray(cv2.warpAffine(after, back, (width, height), borderMode=cv2.BORDER_REPLICATE), dtype=np.uint8)


def changes(before: Picture, after: Picture, mask: Mask | None = None) -> tuple[Change, ...]:
    """Where two pictures of the same place differ, largest first; boxes in fractions of the picture.

    ``mask``: 255 where to look, of any size; None looks everywhere. ValueError where the pictures differ in shape.
    """
    if checked_picture(before).shape != checked_picture(after).shape:
        raise ValueError(
            f"pictures of one place have one shape, these have {before.shape} and {after.shape}; take both from the same camera"
        )
    one, other = _at_work(before), _at_work(after)
    other = aligned(one, other)
    where = different(one, other)
    if mask is not None:
        where[cv2.resize(mask, (where.shape[1], where.shape[0]), interpolation=cv2.INTER_NEAREST) == 0] = 0
    return _components(where, one, other)


def different(before: Picture, after: Picture) -> Mask:
    """255 where two aligned pictures differ, light and shadows left out."""
    lab_before, lab_after = _lab(before), _lab(after)
    field = _light_field(lab_before[..., 0], lab_after[..., 0])
    lit = lab_after[..., 0] - field
    structure = cv2.max(_outside(_local(lab_before[..., 0]), _local(lit)), _outside(_local(lit), _local(lab_before[..., 0])))
    colour = np.zeros(structure.shape, dtype=np.float32)
    for channel in (1, 2):
        offset = float(np.median(lab_after[..., channel] - lab_before[..., channel]))
        one, other = lab_before[..., channel], lab_after[..., channel] - offset
        colour = np.hypot(colour, cv2.max(_outside(one, other), _outside(other, one)))
    score = cv2.blur(structure, (5, 5)) / STRUCTURE + cv2.blur(colour, (5, 5)) / COLOUR
    mask = ((score > 1.0) * 255).astype(np.uint8)
    mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), dtype=np.uint8)
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((13, 13), np.uint8)), dtype=np.uint8)


def _at_work(pixels: Picture) -> Picture:
    height, width = pixels.shape[:2]
    scale = min(1.0, WORK_SIDE / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _lab(pixels: Picture) -> Floats:
    smooth = cv2.GaussianBlur(pixels, (3, 3), 0)
    return np.asarray(cv2.cvtColor(smooth, cv2.COLOR_BGR2LAB), dtype=np.float32)


def _edges(pixels: Picture) -> Floats:
    grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY).astype(np.float32)
    return np.asarray(cv2.magnitude(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)), dtype=np.float32)


def _light_field(before: Floats, after: Floats) -> Floats:
    """Smooth difference of lightness: the median of a wide neighbourhood, so that a thing smaller than half of it does not count."""
    small = (max(4, before.shape[1] // 8), max(4, before.shape[0] // 8))
    apart = cv2.resize(after - before, small, interpolation=cv2.INTER_AREA)
    levels = np.clip(apart + 128.0, 0, 255).astype(np.uint8)
    size = (min(levels.shape) // 2) * 2 - 1
    field = cv2.medianBlur(levels, max(3, size)).astype(np.float32) - 128.0
    return np.asarray(cv2.resize(field, (before.shape[1], before.shape[0]), interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def _local(lightness: Floats) -> Floats:
    """Lightness against its surroundings: a shadow with a soft edge is taken out, the edges of things stay."""
    return np.asarray(lightness - cv2.blur(lightness, (41, 41)), dtype=np.float32)


def _outside(one: Floats, other: Floats) -> Floats:
    """How far ``one`` lies outside the range of ``other`` within SLACK pixels: 0 for an edge that moved less than that."""
    reach = np.ones((2 * SLACK + 1, 2 * SLACK + 1), np.uint8)
    return np.asarray(np.maximum(np.maximum(one - cv2.dilate(other, reach), cv2.erode(other, reach) - one), 0), dtype=np.float32)


def _components(where: Mask, before: Picture, after: Picture) -> tuple[Change, ...]:
    height, width = where.shape
    count, labels, stats, _ = cv2.connectedComponentsWithStats(where, connectivity=8)
    edges_before, edges_after = _edges(before), _edges(after)
    found = []
    for label in range(1, count):
        left, top, wide, high, area = (int(one) for one in stats[label])
        if area < LEAST_AREA * height * width or area < LEAST_STRENGTH * wide * high:
            continue
        part = ((labels == label) * 255).astype(np.uint8)
        outline = cv2.morphologyEx(part, cv2.MORPH_GRADIENT, np.ones((7, 7), np.uint8)) > 0
        was, is_now = float(edges_before[outline].mean()), float(edges_after[outline].mean())
        box = Box(left / width, top / height, min(1.0, (left + wide) / width), min(1.0, (top + high) / height))
        found.append(Change(box, (was - is_now) / (was + is_now + 1e-6), area / (height * width)))
    return tuple(sorted(found, key=lambda change: -change.area))
