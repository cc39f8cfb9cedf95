"""Suppression of boxes that mean the same: a golden case, and laws."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from vision.pipeline.nms import MOST_CANDIDATES, intersection_over_union, kept
from vision.types import Floats


def boxes(*rows: tuple[float, float, float, float]) -> Floats:
    return np.array(rows, dtype=np.float32).reshape(-1, 4)


def test_overlap_is_the_shared_area_over_the_joint_one() -> None:
    found = intersection_over_union(
        np.array([0, 0, 10, 10], dtype=np.float32), boxes((0, 0, 10, 10), (5, 0, 15, 10), (5, 5, 15, 15), (10, 0, 20, 10), (3, 3, 3, 9))
    )
    assert np.allclose(found, [1.0, 50 / 150, 25 / 175, 0.0, 0.0])


def test_the_best_of_those_that_overlap_stays_in_each_class() -> None:
    places = boxes((0, 0, 10, 10), (1, 0, 11, 10), (1, 0, 11, 10), (50, 50, 60, 60), (0, 1, 10, 11))
    scores = np.array([0.6, 0.9, 0.8, 0.3, 0.5], dtype=np.float32)
    classes = np.array([0, 0, 1, 0, 0])
    assert kept(places, scores, classes, 0.5, 100).tolist() == [1, 2, 3]
    assert kept(places, scores, classes, 1.0, 100).tolist() == [1, 2, 0, 4, 3], "1 suppresses nothing"
    assert kept(places, scores, classes, 0.5, 2).tolist() == [1, 2]


def test_of_equals_the_first_stays() -> None:
    assert kept(boxes((0, 0, 1, 1), (0, 0, 1, 1)), np.array([0.5, 0.5], dtype=np.float32), np.array([3, 3]), 0.5, 9).tolist() == [0]


def test_nothing_comes_of_nothing() -> None:
    assert kept(boxes(), np.zeros(0, np.float32), np.zeros(0, np.intp), 0.5, 9).tolist() == []


Scene = tuple[Floats, Floats, NDArray[np.intp]]


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    count = draw(st.integers(0, 30))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    corners = rng.integers(0, 20, (count, 2)).astype(np.float32)
    places = np.concatenate([corners, corners + rng.integers(1, 12, (count, 2))], axis=1).astype(np.float32)
    return places, (rng.integers(1, 10, count) / 10).astype(np.float32), rng.integers(0, 3, count)


@given(scenes(), st.sampled_from([0.2, 0.5, 0.8]))
def test_what_stays_overlaps_little_and_what_goes_has_a_better_one(scene: Scene, overlap: float) -> None:
    places, scores, classes = scene
    stay = kept(places, scores, classes, overlap, 100).tolist()
    assert scores[stay].tolist() == sorted(scores[stay].tolist(), reverse=True)
    for index in range(len(places)):
        rivals = [one for one in stay if one != index and classes[one] == classes[index]]
        overlaps = {one: float(intersection_over_union(places[one], places[index : index + 1])[0]) for one in rivals}
        if index in stay:
            assert all(value <= overlap + 1e-6 for value in overlaps.values())
        else:
            assert any(value > overlap - 1e-6 and scores[one] >= scores[index] for one, value in overlaps.items())


def test_a_flood_of_boxes_is_bounded() -> None:
    rng = np.random.default_rng(0)
    corners = rng.uniform(0, 4000, (50_000, 2)).astype(np.float32)
    places = np.concatenate([corners, corners + 1], axis=1)
    assert len(kept(places, rng.uniform(0, 1, 50_000).astype(np.float32), np.zeros(50_000, np.intp), 0.5, 10**6)) <= MOST_CANDIDATES
