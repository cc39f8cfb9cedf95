"""Heads in evidence are covered: who took something is known by the pass, and no face is needed for a bill. Arrays in, arrays out."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

import numpy as np

from vision.types import Box, Detection, Picture

PERSON_LABELS: Final = frozenset({"person"})
HEAD_LABELS: Final = frozenset({"head", "face"})
HEAD_HEIGHT: Final = 0.28  # of a standing person's box; a head is an eighth of a body, bent and half-seen bodies are shorter
HEAD_PER_WIDTH: Final = 0.7  # of the box's width: of a person who is cut off at the waist the head is a larger part
MARGIN: Final = 0.15  # of the box on each side, as boxes of detectors are not exact


def mask_heads(picture: Picture, detections: Iterable[Detection]) -> Picture:
    """A copy of ``picture`` in which the head of each person, and each head or face, is one flat colour; itself where there is none.

    Meant for whole pictures: in a close crop of a hand, detectors of persons see a person too, and this would cover the goods in it. Hands
    are not excepted here, as behind a hand that reaches for the lens there may be the face of whom it belongs to.
    """
    masked = picture
    for detection in detections:
        place = _head(detection, picture)
        if place is not None:
            masked = picture.copy() if masked is picture else masked
            inside = place.cut(masked)
            inside[...] = inside.mean(axis=(0, 1)).astype(np.uint8)
    return masked


def _head(detection: Detection, picture: Picture) -> Box | None:
    """Where the head is, in fractions of the picture."""
    box, label = detection.box, detection.label.lower()
    width, height = box.right - box.left, box.bottom - box.top
    if label in HEAD_LABELS:
        bottom = box.bottom + MARGIN * height
    elif label in PERSON_LABELS:
        by_width = HEAD_PER_WIDTH * width * picture.shape[1] / picture.shape[0]
        bottom = box.top + min(height, max(HEAD_HEIGHT * height, min(by_width, 0.6 * height)))
    else:
        return None
    sides = (box.left - MARGIN * width, box.top - MARGIN * height, box.right + MARGIN * width, bottom)
    left, top, right, bottom = (min(1.0, max(0.0, side)) for side in sides)
    return Box(left, top, right, bottom) if left < right and top < bottom and math.isfinite(bottom) else None
