"""Decoders on golden arrays: each case is worked out by hand from the published layout, in pixels of the tensor."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.pipeline.decoders import (
    RawBoxes,
    decode_end_to_end,
    decode_rtdetr,
    decode_ssd,
    decode_yolov8,
    decode_yolox,
    ssd_anchors,
)
from vision.types import Floats

LN2 = math.log(2.0)
EGOHANDS = (19, 10, 5, 3, 2, 1)


def zeros(*shape: int) -> Floats:
    return np.zeros(shape, dtype=np.float32)


def logit(probability: float) -> float:
    return math.log(probability / (1.0 - probability))


def rows(found: RawBoxes) -> list[tuple[list[float], float, int]]:
    order = np.argsort(-found.scores)
    return [
        ([round(side, 3) for side in found.boxes[one].tolist()], round(float(found.scores[one]), 4), int(found.classes[one]))
        for one in order
    ]


def test_yolox() -> None:
    # 96 × 64 pixels: strides 8, 16, 32 have 12 × 8 = 96, 6 × 4 = 24, 3 × 2 = 6 cells.
    output = zeros(1, 126, 5 + 3)
    output[0, 2 * 12 + 5] = [0.5, 0.25, LN2, 0.0, 0.9, 0.1, 0.8, 0.2]  # stride 8, row 2, column 5
    output[0, 96 + 3 * 6 + 1] = [0.0, 0.5, 0.0, LN2, 0.5, 0.9, 0.0, 0.0]  # stride 16, row 3, column 1
    output[0, 120 + 5] = [-0.5, -0.5, 0.0, 0.0, 1.0, 0.0, 0.0, 0.5]  # stride 32, row 1, column 2
    output[0, 121] = [0.0, 0.0, 0.0, 0.0, 0.5, 0.5, 0.5, 0.5]  # 0.25: too little
    found = decode_yolox([output], 96, 64, (8, 16, 32), labels=3, least=0.3)
    assert rows(found) == [
        ([36.0, 14.0, 52.0, 22.0], 0.72, 1),  # centre (5.5, 2.25) · 8, size (2, 1) · 8
        ([32.0, 0.0, 64.0, 32.0], 0.5, 2),  # centre (1.5, 0.5) · 32, size 32
        ([8.0, 40.0, 24.0, 72.0], 0.45, 0),  # centre (1, 3.5) · 16, size (1, 2) · 16
    ]


def test_yolov8() -> None:
    output = zeros(1, 4 + 2, 7)
    output[0, :, 3] = [50.0, 40.0, 20.0, 10.0, 0.3, 0.8]
    output[0, :, 6] = [10.0, 10.0, 30.0, 30.0, 0.6, 0.59]
    output[0, :, 0] = [10.0, 10.0, 30.0, 30.0, 0.2, 0.1]
    found = decode_yolov8([output], labels=2, least=0.5)
    assert rows(found) == [([40.0, 35.0, 60.0, 45.0], 0.8, 1), ([-5.0, -5.0, 25.0, 25.0], 0.6, 0)]


def test_yolo_end_to_end() -> None:
    output = np.array(
        [[[1, 2, 30, 40, 0.9, 1], [5, 5, 6, 6, 0.4, 0], [0, 0, 9, 9, 0.8, 2], [0, 0, 9, 9, 0.8, -1], [0, 0, 9, 9, 0.1, 0]]],
        dtype=np.float32,
    )
    found = decode_end_to_end([output], labels=2, least=0.25)
    assert rows(found) == [([1.0, 2.0, 30.0, 40.0], 0.9, 1), ([5.0, 5.0, 6.0, 6.0], 0.4, 0)], "a class without a label is no class"


def test_rtdetr_in_one_output() -> None:
    output = zeros(1, 3, 4 + 2)
    output[0, 1] = [0.5, 0.25, 0.5, 0.5, 0.1, 0.7]
    assert rows(decode_rtdetr([output], 640, 320, labels=2, least=0.5)) == [([160.0, 0.0, 480.0, 160.0], 0.7, 1)]


def test_rtdetr_in_two_outputs() -> None:
    logits, boxes = np.full((1, 3, 2), -9.0, dtype=np.float32), zeros(1, 3, 4)
    logits[0, 2] = [logit(0.8), logit(0.3)]
    boxes[0, 2] = [0.5, 0.5, 1.0, 0.5]
    assert rows(decode_rtdetr([logits, boxes], 200, 100, labels=2, least=0.5)) == [([0.0, 25.0, 200.0, 75.0], 0.8, 0)]


def test_ssd_anchors_are_those_of_the_published_network() -> None:
    anchors = ssd_anchors(EGOHANDS)
    assert anchors.shape == (1917, 4)
    middle = 0.5 / 19
    assert np.allclose(anchors[0], [middle, middle, 0.1, 0.1])
    assert np.allclose(anchors[1], [middle, middle, 0.2 * math.sqrt(2), 0.2 / math.sqrt(2)])
    assert np.allclose(anchors[2], [middle, middle, 0.2 / math.sqrt(2), 0.2 * math.sqrt(2)])
    assert np.allclose(anchors[3, :2], [3 * middle, middle]), "along the row first"
    second = 19 * 19 * 3
    assert np.allclose(anchors[second], [0.05, 0.05, 0.35, 0.35]), "scales 0.2, 0.35, 0.5, 0.65, 0.8, 0.95"
    assert np.allclose(anchors[second + 5], [0.05, 0.05, math.sqrt(0.35 * 0.5), math.sqrt(0.35 * 0.5)])
    assert np.allclose(anchors[-6:, :2], 0.5)
    assert np.allclose(anchors[-6], [0.5, 0.5, 0.95, 0.95])
    assert np.allclose(anchors[-3], [0.5, 0.5, 0.95 * math.sqrt(3), 0.95 / math.sqrt(3)])
    assert np.allclose(anchors[-1, 2:], math.sqrt(0.95))
    with pytest.raises(ValueError, match="read-only"):
        anchors[0, 0] = 1.0


@pytest.mark.parametrize("offset_axes", [3, 4])
def test_ssd(offset_axes: int) -> None:
    logits = np.full((1, 1917, 2), -9.0, dtype=np.float32)
    logits[:, :, 0] = 9.0
    offsets = zeros(1, 1917, 4)
    logits[0, -6] = [5.0, logit(0.9)]  # the largest square, moved down by a tenth of it and made half as high again
    offsets[0, -6] = [1.0, 0.0, 5.0 * math.log(1.5), 0.0]
    logits[0, 0] = [-9.0, logit(0.6)]
    outputs = [logits, offsets if offset_axes == 3 else offsets[:, :, None, :]]
    found = decode_ssd(outputs, 300, 200, EGOHANDS, labels=1, least=0.5)
    tall, centre = 0.95 * 1.5, 0.5 + 0.1 * 0.95
    assert rows(found) == [
        ([7.5, round((centre - tall / 2) * 200, 3), 292.5, round((centre + tall / 2) * 200, 3)], 0.9, 0),
        ([round((0.5 / 19 - 0.05) * 300, 3), round((0.5 / 19 - 0.05) * 200, 3), round((0.5 / 19 + 0.05) * 300, 3), 15.263], 0.6, 0),
    ]


Decode = Callable[[list[Floats]], RawBoxes]
CASES: list[tuple[Decode, list[tuple[int, ...]]]] = [
    (lambda outputs: decode_yolox(outputs, 32, 32, (8, 16, 32), labels=2, least=0.3), [(1, 21, 7)]),
    (lambda outputs: decode_yolov8(outputs, labels=2, least=0.3), [(1, 6, 9)]),
    (lambda outputs: decode_end_to_end(outputs, labels=2, least=0.3), [(1, 9, 6)]),
    (lambda outputs: decode_rtdetr(outputs, 32, 32, labels=2, least=0.3), [(1, 9, 6)]),
    (lambda outputs: decode_rtdetr(outputs, 32, 32, labels=2, least=0.3), [(1, 9, 2), (1, 9, 4)]),
    (lambda outputs: decode_ssd(outputs, 32, 32, (2, 1), labels=2, least=0.3), [(1, 18, 3), (1, 18, 4)]),
]
NAMES = ["yolox", "yolov8", "end_to_end", "rtdetr", "rtdetr_two", "ssd"]


@pytest.mark.parametrize(("decode", "shapes"), CASES, ids=NAMES)
@given(seed=st.integers(0, 2**32 - 1), wild=st.sampled_from([np.nan, np.inf, -np.inf, 3e38, -3e38, 88.0, 0.5]))
def test_wild_numbers_become_no_boxes(decode: Decode, shapes: list[tuple[int, ...]], seed: int, wild: float) -> None:
    rng = np.random.default_rng(seed)
    outputs = [rng.uniform(-1.0, 1.0, shape).astype(np.float32) for shape in shapes]
    for output in outputs:
        output[rng.uniform(size=output.shape) < 0.3] = wild
    found = decode(outputs)
    assert np.isfinite(found.boxes).all()
    assert ((found.scores >= 0.3) & (found.scores <= 1.0)).all()
    assert found.boxes.shape == (len(found.scores), 4)
    assert found.classes.shape == found.scores.shape
    assert ((found.classes >= 0) & (found.classes < 2)).all()


@pytest.mark.parametrize(("decode", "shapes"), CASES, ids=NAMES)
def test_outputs_of_another_shape_are_refused_with_both_shapes(decode: Decode, shapes: list[tuple[int, ...]]) -> None:
    decode([zeros(*shape) for shape in shapes])
    first = shapes[0]
    with pytest.raises(ValueError, match="the model gives"):
        decode([zeros(first[0], first[1] + 1, first[2] + 1), *(zeros(*shape) for shape in shapes[1:])])
    with pytest.raises(ValueError, match="the model gives"):
        decode([zeros(*first[1:]), *(zeros(*shape) for shape in shapes[1:])])
    with pytest.raises(ValueError, match="the model gives"):
        decode([zeros(*first)] * 3)
