"""The reach: what a hand did at the shelf, told once, with its place and its pictures."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vision.shelf_scene import CAMERA, FRAME_NS, SKIN, Arm, Product, frames, noisy, shadowed, shaken, shelf, visit
from vision.pipeline.outcome import MOST_CROPS, calm_picture
from vision.pipeline.reach import LONGEST_NS, MOST_VIEWS_IN_ALL, QUIET_NS, Reach, ReachWatcher
from vision.pipeline.views import apart, colours
from vision.settings import CameraSettings, ZoneSettings
from vision.types import Box, Detection, Frame, Picture

LEFT, RIGHT = Product(3, 0.25), Product(7, 0.75)


def watched(pictures: list[Picture]) -> list[Reach]:
    watcher = ReachWatcher(CAMERA)
    return [reach for frame in frames(pictures) for reach in watcher.feed(frame)]


def test_a_product_that_was_taken_is_told_once_where_it_stood() -> None:
    (reach,) = watched(visit([LEFT, RIGHT], [RIGHT], 0.25, carries_out=3))
    assert (reach.plates, reach.direction, reach.units, reach.after) == (("A1",), "taken", 1, ())
    (box,) = reach.before
    assert abs(box.left - LEFT.box.left) < 0.03
    assert abs(box.bottom - LEFT.box.bottom) < 0.03
    assert 10 * FRAME_NS <= reach.start_ns < reach.end_ns <= 23 * FRAME_NS


def test_the_crops_show_the_thing_from_the_shelf_first_and_then_in_the_hand() -> None:
    (reach,) = watched(visit([LEFT, RIGHT], [RIGHT], 0.25, carries_out=3))
    own, other = (colours(one.box.cut(shelf([one]))) for one in (LEFT, RIGHT))
    assert 4 <= len(reach.crops) <= MOST_CROPS
    assert all(crop.shape[0] == crop.shape[1] >= 40 for crop in reach.crops)
    assert all(apart(colours(crop), own) < apart(colours(crop), other) for crop in reach.crops)
    skin = [float((np.abs(crop.astype(int) - SKIN).max(axis=2) < 16).mean()) for crop in reach.crops]
    assert skin[0] < 0.01
    assert sum(one > 0.02 for one in skin) >= 3


def test_a_product_that_was_put_back_is_told_as_put() -> None:
    (reach,) = watched(visit([LEFT], [LEFT, RIGHT], 0.75, carries_in=7))
    assert (reach.plates, reach.direction, reach.units, reach.before) == (("A2",), "put", 1, ())


def test_a_hand_that_changed_nothing_is_a_reach_without_change() -> None:
    (reach,) = watched(visit([LEFT, RIGHT], [LEFT, RIGHT], 0.75))
    assert (reach.plates, reach.direction, reach.units, reach.before, reach.after) == (("A2",), "unclear", 0, (), ())


def test_two_of_a_kind_taken_at_once_are_two_units() -> None:
    (reach,) = watched(visit([LEFT, Product(3, 0.38), RIGHT], [RIGHT], 0.3, carries_out=3))
    assert (reach.direction, reach.units, len(reach.before)) == ("taken", 2, 2)


def test_two_kinds_taken_at_once_are_two_reaches_over_the_same_time() -> None:
    first, second = watched(visit([LEFT, Product(9, 0.38), RIGHT], [RIGHT], 0.3, carries_out=3))
    assert (first.direction, second.direction, first.units, second.units) == ("taken", "taken", 1, 1)
    assert (first.start_ns, first.end_ns) == (second.start_ns, second.end_ns)
    assert apart(colours(first.crops[0]), colours(second.crops[0])) > 0.3


def test_a_product_that_was_pushed_aside_is_neither_taken_nor_put() -> None:
    (reach,) = watched(visit([LEFT], [Product(3, 0.4)], 0.3))
    assert (reach.direction, reach.units) == ("unclear", 0)


def test_hands_at_both_ends_at_once_are_told_apart() -> None:
    way = [1.0, 0.8, 0.6, 0.5, 0.5]
    going = [shelf([LEFT], [Arm(0.25, y), Arm(0.75, y, 7)]) for y in way]
    coming = [shelf([RIGHT], [Arm(0.25, y, 3), Arm(0.75, y)]) for y in way[::-1]]
    reaches = watched([shelf([LEFT])] * 10 + going + coming + [shelf([RIGHT])] * 10)
    assert {(reach.plates, reach.direction) for reach in reaches} == {(("A1",), "taken"), (("A2",), "put")}
    assert {reach.number for reach in reaches} == {1, 2}


def test_an_arm_that_only_crosses_a_zone_is_no_reach_into_it() -> None:
    zones = (
        ZoneSettings(plates=("low",), polygon=((0.1, 0.55), (0.9, 0.55), (0.9, 0.95), (0.1, 0.95))),
        ZoneSettings(plates=("high",), polygon=((0.1, 0.05), (0.9, 0.05), (0.9, 0.5), (0.1, 0.5))),
    )
    high, low = Product(3, 0.5, 0.46, high=0.35), Product(7, 0.2, 0.9, high=0.3)
    watcher = ReachWatcher(CameraSettings(id="cam", url="folder:///shelf", zones=zones))
    pictures = visit([high, low], [low], 0.5, carries_out=3, deep=0.25)
    (reach,) = [reach for frame in frames(pictures) for reach in watcher.feed(frame)]
    assert (reach.plates, reach.direction) == (("high",), "taken")


def test_a_hand_that_pauses_in_the_shelf_is_one_reach() -> None:
    way = [1.0, 0.7, 0.5]
    pictures = [shelf([LEFT])] * 10 + [shelf([LEFT], [Arm(0.25, y)]) for y in [*way, *[0.5] * 12]]
    pictures += [shelf([], [Arm(0.25, y, 3)]) for y in way[::-1]] + [shelf([])] * 10
    (reach,) = watched(pictures)
    assert reach.direction == "taken"


def test_several_visits_are_several_reaches_with_growing_numbers() -> None:
    pictures = [
        *visit([LEFT, RIGHT], [RIGHT], 0.25, carries_out=3),
        *visit([RIGHT], [LEFT, RIGHT], 0.25, carries_in=3),
        *visit([LEFT, RIGHT], [LEFT], 0.75, carries_out=7),
    ]
    reaches = watched(pictures)
    assert [(reach.number, reach.plates, reach.direction) for reach in reaches] == [
        (1, ("A1",), "taken"),
        (2, ("A1",), "put"),
        (3, ("A2",), "taken"),
    ]


def test_a_camera_without_zones_tells_where_but_no_plates() -> None:
    watcher = ReachWatcher(CameraSettings(id="cam", url="folder:///shelf"))
    pictures = visit([LEFT, RIGHT], [RIGHT], 0.25, carries_out=3)
    (reach,) = [reach for frame in frames(pictures) for reach in watcher.feed(frame)]
    assert (reach.plates, reach.direction, len(reach.before)) == ((), "taken", 1)


@settings(max_examples=4, deadline=None)
@given(st.lists(st.floats(0.6, 1.6), min_size=3, max_size=8), st.integers(0, 300))
def test_light_alone_is_no_reach(gains: list[float], seed: int) -> None:
    picture = shelf([Product(seed, 0.25), Product(seed + 1, 0.75)], seed=seed)
    pictures = [noisy(picture, at, 2.0, gain) for at, gain in enumerate([1.0] * 8 + [gain for gain in gains for _ in range(3)] + [1.0] * 6)]
    assert watched(pictures) == []


@settings(max_examples=4, deadline=None)
@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(-3, 3)), min_size=6, max_size=16), st.integers(0, 300))
def test_a_trembling_camera_alone_is_no_reach(moves: list[tuple[float, float]], seed: int) -> None:
    picture = shelf([Product(seed, 0.25), Product(seed + 1, 0.75)], seed=seed)
    assert watched([picture] * 8 + [shaken(picture, *move) for move in moves] + [picture] * 6) == []


@settings(max_examples=4, deadline=None)
@given(st.floats(0.0, 1.0), st.floats(0.1, 0.4), st.integers(0, 300))
def test_a_shadow_that_passes_changes_nothing(ends: float, depth: float, seed: int) -> None:
    picture = shelf([Product(seed, 0.25), Product(seed + 1, 0.75)], seed=seed)
    passing = [shadowed(picture, x, depth) for x in np.linspace(1.3, ends, 8)]
    assert [reach.units for reach in watched([picture] * 8 + passing + passing[-1:] * 12)] in ([], [0], [0, 0])


def test_a_product_taken_while_the_light_changes_is_still_found() -> None:
    pictures = visit([LEFT, RIGHT], [RIGHT], 0.25, carries_out=3)
    lit = [noisy(picture, at, 0.0, 1.0 if at < 15 else 1.35) for at, picture in enumerate(pictures)]
    taken = [reach for reach in watched(lit) if reach.units]
    assert [(reach.plates, reach.direction) for reach in taken] == [(("A1",), "taken")]


class OneHand:
    """A detector that sees one hand, always at the same place."""

    def __init__(self, box: Box) -> None:
        self.box, self.asked = box, 0

    def detect(self, pixels: Picture) -> list[Detection]:
        self.asked += 1
        return [Detection(self.box, "hand", 0.9)]


def test_a_detector_says_where_the_hand_is_and_is_not_asked_while_nothing_moves() -> None:
    detector = OneHand(Box(0.2, 0.45, 0.3, 0.6))
    watcher = ReachWatcher(CAMERA, detector)
    calm = frames([shelf([LEFT])] * 10)
    assert [watcher.feed(frame) for frame in calm] == [()] * 10
    assert detector.asked == 0
    reaches = [reach for frame in frames(visit([LEFT], [LEFT], 0.25)[10:], 10) for reach in watcher.feed(frame)]
    assert detector.asked > 3
    assert len(reaches) == 1


def test_what_runs_can_be_ended_and_is_told_as_far_as_it_got() -> None:
    watcher = ReachWatcher(CAMERA)
    for frame in frames(visit([LEFT], [], 0.25, carries_out=3)[:18]):
        assert watcher.feed(frame) == ()
    assert watcher.busy
    (reach,) = watcher.end()
    assert (reach.plates, reach.units, reach.before, reach.after) == (("A1",), 0, (), ())
    assert reach.crops
    assert not watcher.busy
    assert watcher.end() == ()


def test_a_reach_that_does_not_end_is_told_in_parts() -> None:
    watcher = ReachWatcher(CAMERA)
    restless = [shelf([LEFT], [Arm(0.25, 0.5 + 0.2 * (at % 2))]) for at in range(4)]
    reaches: list[Reach] = []
    at = 0
    for at in range(10 + 2 * LONGEST_NS // FRAME_NS // 4):
        picture = shelf([LEFT]) if at < 10 else restless[at % 4]
        number = at if at < 10 else 10 + (at - 10) * 4  # every fourth frame only, so that the test is short
        reaches.extend(watcher.feed(Frame("cam", number * FRAME_NS, number, picture)))
    assert len(reaches) >= 1
    assert all(reach.end_ns - reach.start_ns <= LONGEST_NS + QUIET_NS for reach in reaches)


def test_frames_of_another_size_and_old_frames_do_no_harm() -> None:
    watcher = ReachWatcher(CAMERA)
    for frame in frames(visit([LEFT], [], 0.25)[:15]):
        watcher.feed(frame)
    (reach,) = watcher.feed(Frame("cam", 15 * FRAME_NS, 15, shelf([LEFT], width=320, height=240)))
    assert reach.units == 0
    assert watcher.feed(Frame("cam", 14 * FRAME_NS, 16, shelf([]))) == ()


def test_a_calm_shelf_tells_nothing() -> None:
    assert watched([shelf([LEFT, RIGHT])] * 30) == []


def test_a_frame_of_another_camera_is_refused() -> None:
    with pytest.raises(ValueError, match="own watcher"):
        ReachWatcher(CAMERA).feed(Frame("other", 0, 0, shelf([])))


def test_one_of_many_that_stand_one_behind_the_other_is_a_reach_though_nothing_is_seen_to_change() -> None:
    (reach,) = watched(visit([LEFT, RIGHT], [LEFT, RIGHT], 0.25, carries_out=3))
    assert (reach.plates, reach.units, reach.before, reach.after) == (("A1",), 0, (), ())
    assert reach.direction != "put"
    own, other = (colours(one.box.cut(shelf([one]))) for one in (LEFT, RIGHT))
    assert apart(colours(reach.crops[0]), own) < apart(colours(reach.crops[0]), other)


def test_views_are_bounded_however_many_zones_are_stirred() -> None:
    columns = [(at / 20, (at + 0.9) / 20) for at in range(20)]
    zones = tuple(ZoneSettings(plates=(f"A{at}",), polygon=((a, 0.0), (b, 0.0), (b, 1.0), (a, 1.0))) for at, (a, b) in enumerate(columns))
    watcher = ReachWatcher(CameraSettings(id="cam", url="folder:///shelf", zones=zones))
    arms = [[Arm(0.05 + 0.1 * at, 0.3 + 0.3 * (number % 2)) for at in range(0, 10, 2)] for number in range(25)]
    for frame in frames([shelf([])] * 8 + [shelf([], some) for some in arms]):
        watcher.feed(frame)
    assert sum(one.reached for one in watcher._watched) >= 5
    assert sum(len(one.views) for one in watcher._watched) <= MOST_VIEWS_IN_ALL


def test_a_calm_picture_waits_in_a_small_part_of_its_memory_and_shows_what_was_there() -> None:
    pixels = shelf([Product(3, 0.25)])
    drawn = Frame("cam", 1, 1, pixels)
    calm = calm_picture(drawn)
    assert len(calm.jpeg) < pixels.nbytes / 4
    assert float(np.abs(calm.pixels().astype(int) - pixels).mean()) < 2.0
    sent = replace(drawn, jpeg=cv2.imencode(".jpg", pixels)[1].tobytes())
    assert calm_picture(sent).jpeg is sent.jpeg


def test_what_was_in_the_hand_is_let_go_with_the_reach() -> None:
    pictures = frames(visit([LEFT, RIGHT], [RIGHT], 0.25, carries_out=3))
    watched(visit([LEFT, RIGHT], [RIGHT], 0.25, carries_out=3))  # what is kept for good, as windows of a transformation, is there now
    watcher, held = ReachWatcher(CAMERA), list[int]()
    tracemalloc.start()
    try:
        for frame in pictures:
            watcher.feed(frame)
            held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    before, during, after = held[9], max(held[10:22]), held[-1]
    assert not watcher.busy
    assert after - before < 0.4 * (during - before)
