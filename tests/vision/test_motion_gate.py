"""The motion gate: what moves is seen, what only gets brighter, noisier or older is not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vision.shelf_scene import Arm, Product, noisy, shaken, shelf
from vision.pipeline.hand import LEAST_SHARE, hands
from vision.pipeline.motion import SMALL_WIDTH, Motion, MotionGate, small_copy

A_HAND = 0.01  # of the picture; the smallest that is far enough away to be seen whole
SHELF = shelf([Product(3, 0.25), Product(7, 0.75)])


def fed(*pictures: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Motion:
    gate = MotionGate()
    last = [gate.feed(picture) for picture in pictures]
    return last[-1]


@settings(max_examples=15, deadline=None)
@given(right=st.floats(-3, 3), down=st.floats(-3, 3), seed=st.integers(0, 1000))
def test_a_camera_that_trembles_by_some_pixels_sees_no_movement(right: float, down: float, seed: int) -> None:
    picture = shelf([Product(seed, 0.25), Product(seed + 1, 0.75)], seed=seed)
    assert fed(noisy(picture, 1), noisy(shaken(picture, right, down), 2)).share < A_HAND


def test_the_first_frame_moves_nowhere() -> None:
    assert fed(SHELF).share == 0.0


def test_a_hand_is_seen_where_it_moves() -> None:
    moved = fed(noisy(SHELF, 1), noisy(shelf([Product(3, 0.25), Product(7, 0.75)], [Arm(0.5, 0.6)]), 2))
    rows, columns = np.nonzero(moved.moving)
    assert moved.share > 2 * A_HAND
    assert abs(columns.mean() / moved.moving.shape[1] - 0.5) < 0.05
    assert rows.min() / moved.moving.shape[0] < 0.62


@settings(max_examples=15, deadline=None)
@given(gain=st.floats(0.5, 2.0), sigma=st.floats(0.0, 6.0), seed=st.integers(0, 1000))
def test_light_and_noise_are_no_movement(gain: float, sigma: float, seed: int) -> None:
    picture = shelf([Product(seed, 0.25), Product(seed + 1, 0.75)], seed=seed)
    assert fed(noisy(picture, seed, sigma), noisy(picture, seed + 1, sigma, gain)).share < A_HAND


@settings(max_examples=15, deadline=None)
@given(x=st.floats(0.1, 0.9), y=st.floats(0.2, 0.8), gain=st.floats(0.7, 1.4))
def test_a_hand_is_seen_also_while_the_light_changes(x: float, y: float, gain: float) -> None:
    moved = fed(noisy(SHELF, 1), noisy(shelf([Product(3, 0.25), Product(7, 0.75)], [Arm(x, y)]), 2, gain=gain))
    assert moved.share > A_HAND


def test_noise_that_was_always_there_is_no_movement() -> None:
    gate = MotionGate()
    shares = [gate.feed(noisy(SHELF, number, sigma=25.0)).share for number in range(60)]
    assert max(shares[40:]) == 0.0


@pytest.mark.parametrize("size", [(1280, 720), (640, 480), (97, 61), (61, 97), (8, 8), (3000, 40)])
def test_frames_of_any_size_have_a_small_copy(size: tuple[int, int]) -> None:
    small = small_copy(np.full((size[1], size[0], 3), 77, dtype=np.uint8))
    assert small.shape[1] == SMALL_WIDTH
    assert small.shape[0] >= 8
    assert int(small.min()) == int(small.max()) == 77


def test_a_frame_of_another_size_begins_anew() -> None:
    assert fed(SHELF, np.ascontiguousarray(SHELF[:100])).share == 0.0


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="uint8"):
        MotionGate().feed(np.zeros((4, 4), dtype=np.uint8))


def test_a_hand_has_its_tip_away_from_the_rim_and_its_grip_at_the_end() -> None:
    mask = np.zeros((90, 160), dtype=np.uint8)
    mask[50:, 76:84] = 255  # an arm from below
    mask[30:50, 70:90] = 255  # a hand with a box
    (hand,) = hands(mask, mask)
    assert hand.enters
    assert abs(hand.tip[0] - 0.5) < 0.05
    assert hand.tip[1] < 0.45
    assert abs(hand.grip.left - 70 / 160) < 0.03
    assert abs(hand.grip.right - 90 / 160) < 0.03
    assert hand.grip.bottom < 0.7


def test_a_lamp_is_no_hand() -> None:
    mask = np.full((90, 160), 255, dtype=np.uint8)
    assert hands(mask, mask) == ()


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_mask_has_hands_that_lie_in_the_picture(data: st.DataObject) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 10_000)))
    mask = np.zeros((90, 160), dtype=np.uint8)
    for _ in range(data.draw(st.integers(0, 6))):
        left, top = int(rng.integers(0, 160)), int(rng.integers(0, 90))
        mask[top : top + int(rng.integers(1, 50)), left : left + int(rng.integers(1, 60))] = 255
    moving = np.where(rng.random((90, 160)) < data.draw(st.floats(0, 1)), mask, 0).astype(np.uint8)
    for hand in hands(mask, moving):
        assert 0.0 <= hand.tip[0] <= 1.0
        assert 0.0 <= hand.tip[1] <= 1.0
        assert hand.share >= LEAST_SHARE
        assert hand.grip.area > 0.0
