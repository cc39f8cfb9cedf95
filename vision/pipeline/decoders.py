"""What the outputs of detectors mean: from raw tensors to boxes, scores and classes. Pure.

Every decoder takes the model's outputs for one picture and returns boxes in pixels of the input tensor, those above the least score, in no
order and before suppression. Outputs of another shape raise ValueError with what was expected and what came. Numbers that are not finite
never become boxes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision.types import Floats

SSD_VARIANCES = (10.0, 10.0, 5.0, 5.0)  # divide the offsets of y, x, height, width: TensorFlow's faster_rcnn_box_coder
SSD_SCALES = (0.2, 0.95)  # of the picture: anchors of the finest and of the coarsest map
SSD_RATIOS = (1.0, 2.0, 1 / 2, 3.0, 1 / 3)  # width to height
MOST_GROWTH = 10.0  # nats; a box e^10 times its anchor is larger than any picture, and exp does not overflow


# Overflows and NaN are sorted out at the end, for all boxes at once.
_wild_numbers_may_come = np.errstate(over="ignore", invalid="ignore")


@dataclass(frozen=True, slots=True, eq=False)
class RawBoxes:
    """``boxes`` float32 (n, 4): left, top, right, bottom; ``scores`` float32 (n,) from 0 to 1; ``classes`` (n,)."""

    boxes: Floats
    scores: Floats
    classes: NDArray[np.intp]


@_wild_numbers_may_come
def decode_yolox(
    outputs: Sequence[NDArray[Any]], width: int, height: int, strides: Sequence[int], *, labels: int, least: float
) -> RawBoxes:
    """One output (1, cells, 5 + labels): offset of the centre in cells, logarithm of the size in cells, objectness, classes (both already
    from 0 to 1). Cells run row by row, stride by stride. Source of the formula: Megvii YOLOX, ``demo_postprocess``.
    """
    grid = _yolox_grid(width, height, tuple(strides))
    rows = _single(outputs, (len(grid), 5 + labels), "yolox")
    scores, classes = _best(rows[:, 5:] * rows[:, 4:5])
    chosen = np.flatnonzero(scores >= least)
    rows, cells = rows[chosen], grid[chosen]
    centres = (rows[:, :2] + cells[:, :2]) * cells[:, 2:]
    sizes = _exp(rows[:, 2:4]) * cells[:, 2:]
    return _finite(_from_centres(centres, sizes), scores[chosen], classes[chosen])


@_wild_numbers_may_come
def decode_yolov8(outputs: Sequence[NDArray[Any]], *, labels: int, least: float) -> RawBoxes:
    """One output (1, 4 + labels, cells): centre and size in pixels, classes from 0 to 1; exports of YOLOv8, v9 and 11."""
    rows = _single(outputs, (4 + labels, None), "yolov8").T
    scores, classes = _best(rows[:, 4:])
    chosen = np.flatnonzero(scores >= least)
    return _finite(_from_centres(rows[chosen, :2], rows[chosen, 2:4]), scores[chosen], classes[chosen])


@_wild_numbers_may_come
def decode_end_to_end(outputs: Sequence[NDArray[Any]], *, labels: int, least: float) -> RawBoxes:
    """One output (1, n, 6): left, top, right, bottom in pixels, score, class; exports of YOLOv10 and 26, which suppress by themselves."""
    rows = _single(outputs, (None, 6), "yolo_end_to_end")
    named = np.isfinite(rows[:, 5]) & (rows[:, 5] >= 0) & (rows[:, 5] < labels)
    rows = rows[named & (rows[:, 4] >= least)]
    return _finite(rows[:, :4], rows[:, 4], rows[:, 5].astype(np.intp))


@_wild_numbers_may_come
def decode_rtdetr(outputs: Sequence[NDArray[Any]], width: int, height: int, *, labels: int, least: float) -> RawBoxes:
    """Centre and size in fractions of the tensor and one score per class and query; nothing to suppress.

    Either one output (1, queries, 4 + labels) with scores from 0 to 1, or two: logits (1, queries, labels) and boxes (1, queries, 4).
    """
    if len(outputs) == 2:
        logits = _checked(outputs[0], (None, labels), "rtdetr, logits")
        boxes = _checked(outputs[1], (len(logits), 4), "rtdetr, boxes")
        scores, classes = _best(_sigmoid(logits))
    else:
        rows = _single(outputs, (None, 4 + labels), "rtdetr")
        boxes = rows[:, :4]
        scores, classes = _best(rows[:, 4:])
    chosen = np.flatnonzero(scores >= least)
    side = np.array([width, height], dtype=np.float32)
    return _finite(_from_centres(boxes[chosen, :2] * side, boxes[chosen, 2:] * side), scores[chosen], classes[chosen])


@_wild_numbers_may_come
def decode_ssd(outputs: Sequence[NDArray[Any]], width: int, height: int, grids: Sequence[int], *, labels: int, least: float) -> RawBoxes:
    """Two outputs: logits (1, anchors, 1 + labels), of which the first column is "nothing"; offsets (1, anchors, 4) or (1, anchors, 1, 4)
    of y, x, height and width to the anchors. Source of the formula: TensorFlow's object detection, SSD with sigmoid scores.
    """
    anchors = ssd_anchors(tuple(grids))
    if len(outputs) != 2:
        raise ValueError(f"the ssd decoder wants two outputs, logits and offsets, the model gives {len(outputs)}")
    logits = _checked(outputs[0], (len(anchors), 1 + labels), "ssd, logits")
    offsets = _checked(np.reshape(outputs[1], (1, -1, 4)) if outputs[1].ndim == 4 else outputs[1], (len(anchors), 4), "ssd, offsets")
    scores, classes = _best(_sigmoid(logits[:, 1:]))
    chosen = np.flatnonzero(scores >= least)
    near = anchors[chosen]
    moved = np.asarray(offsets[chosen] / np.array(SSD_VARIANCES), dtype=np.float32)
    centres = near[:, :2] + moved[:, [1, 0]] * near[:, 2:]
    sizes = near[:, 2:] * _exp(moved[:, [3, 2]])
    side = np.array([width, height], dtype=np.float32)
    return _finite(_from_centres(centres * side, sizes * side), scores[chosen], classes[chosen])


@lru_cache(maxsize=8)
def ssd_anchors(grids: tuple[int, ...]) -> Floats:
    """Anchors of maps with so many cells a side, finest first: float32 (n, 4), centre x, y, width, height in fractions of the picture."""
    low, high = SSD_SCALES
    scales = [low + (high - low) * place / max(1, len(grids) - 1) for place in range(len(grids))] + [1.0]
    found = []
    for place, cells in enumerate(grids):
        scale, between = scales[place], float(np.sqrt(scales[place] * scales[place + 1]))
        # The finest map has three small anchors a cell instead of six.
        kinds = [(0.1, 1.0), (scale, 2.0), (scale, 0.5)] if place == 0 else [*((scale, ratio) for ratio in SSD_RATIOS), (between, 1.0)]
        sizes = [(size * np.sqrt(ratio), size / np.sqrt(ratio)) for size, ratio in kinds]
        middles = (np.arange(cells) + 0.5) / cells
        found += [(x, y, wide, tall) for y in middles for x in middles for wide, tall in sizes]
    return _frozen(np.array(found, dtype=np.float32))


@lru_cache(maxsize=8)
def _yolox_grid(width: int, height: int, strides: tuple[int, ...]) -> Floats:
    """Column, row and stride of each cell: float32 (n, 3)."""
    parts = []
    for stride in strides:
        rows, columns = np.mgrid[: height // stride, : width // stride]
        parts.append(np.stack([columns.ravel(), rows.ravel(), np.full(columns.size, stride)], axis=1))
    return _frozen(np.concatenate(parts).astype(np.float32))


def _frozen(array: Floats) -> Floats:
    array.flags.writeable = False  # it is kept and handed out again
    return array


def _single(outputs: Sequence[NDArray[Any]], shape: tuple[int | None, int | None], decoder: str) -> Floats:
    if len(outputs) != 1:
        raise ValueError(f"the {decoder} decoder wants one output, the model gives {len(outputs)}; name the right one under outputs")
    return _checked(outputs[0], shape, decoder)


def _checked(output: NDArray[Any], shape: tuple[int | None, int | None], decoder: str) -> Floats:
    """The output of one picture without its batch axis."""
    wanted = (1, *shape)
    if output.ndim != 3 or any(side is not None and side != found for side, found in zip(wanted, output.shape, strict=True)):
        words = " × ".join("any" if side is None else str(side) for side in wanted)
        raise ValueError(f"the {decoder} decoder wants {words}, the model gives {' × '.join(map(str, output.shape))}")
    return np.asarray(output[0], dtype=np.float32)


def _best(scores: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """Highest score of each row and its class; NaN counts as nothing."""
    clean = np.nan_to_num(scores, nan=0.0, posinf=0.0, neginf=0.0)
    classes = clean.argmax(axis=1)
    return clean[np.arange(len(clean)), classes], classes


def _sigmoid(values: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(values, -60.0, 60.0))), dtype=np.float32)


def _exp(values: Floats) -> Floats:
    return np.asarray(np.exp(np.minimum(values, MOST_GROWTH)), dtype=np.float32)


def _from_centres(centres: Floats, sizes: Floats) -> Floats:
    half = sizes / 2.0
    return np.concatenate([centres - half, centres + half], axis=1)


def _finite(boxes: Floats, scores: Floats, classes: NDArray[np.intp]) -> RawBoxes:
    good = np.isfinite(boxes).all(axis=1) & np.isfinite(scores)
    return RawBoxes(boxes[good].astype(np.float32), np.clip(scores[good], 0.0, 1.0).astype(np.float32), classes[good])
