"""The reach: what a hand did at the shelf, told once, with its place and its pictures."""

from __future__ import annotations

import pytest

from tests.vision.shelf_scene import CAMERA, Product, frames, shelf, visit
from vision.pipeline.outcome import MOST_CROPS
from vision.pipeline.reach import Reach, ReachWatcher
from vision.types import Frame, Picture

LEFT, RIGHT = Product(3, 0.25), Product(7, 0.75)


def watched(pictures: list[Picture]) -> list[Reach]:
    watcher = ReachWatcher(CAMERA)
    return [reach for frame in frames(pictures) for reach in watcher.feed(frame)]


def test_a_product_that_was_taken_is_told_once_where_it_stood() -> None:
    (reach,) = watched(visit([LEFT, RIGHT], [RIGHT], 0.25, carries_out=3))
    assert reach.plates == ("A1",)
    assert reach.direction == "taken"
    assert reach.units == 1
    (box,) = reach.before
    assert box.left < 0.25 < box.right
    assert reach.after == ()
    assert 1 <= len(reach.crops) <= MOST_CROPS
    assert reach.start_ns < reach.end_ns


def test_a_product_that_was_put_back_is_told_as_put() -> None:
    (reach,) = watched(visit([LEFT], [LEFT, RIGHT], 0.75, carries_in=7))
    assert (reach.plates, reach.direction, reach.before) == (("A2",), "put", ())


def test_a_hand_that_changed_nothing_is_a_reach_without_change() -> None:
    (reach,) = watched(visit([LEFT, RIGHT], [LEFT, RIGHT], 0.75))
    assert (reach.plates, reach.direction, reach.units, reach.before, reach.after) == (("A2",), "unclear", 0, (), ())


def test_a_calm_shelf_tells_nothing() -> None:
    assert watched([shelf([LEFT, RIGHT])] * 30) == []


def test_a_frame_of_another_camera_is_refused() -> None:
    with pytest.raises(ValueError, match="own watcher"):
        ReachWatcher(CAMERA).feed(Frame("other", 0, 0, shelf([])))
