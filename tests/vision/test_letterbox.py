"""Pictures go into tensors and places come back: golden pixels, and laws for all shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from vision.pipeline.letterbox import Fit, fitted, placement, write_tensor
from vision.types import Picture

sides = st.integers(1, 300)
fits: st.SearchStrategy[Fit] = st.sampled_from(["squash", "letterbox", "letterbox_centred"])


def grey(height: int, width: int, value: int = 200) -> Picture:
    return np.full((height, width, 3), value, dtype=np.uint8)


def test_a_letterbox_keeps_the_shape_and_fills_the_rest() -> None:
    canvas, place = fitted(grey(90, 160), 64, 64, "letterbox", fill=114)
    assert canvas.shape == (64, 64, 3)
    assert (canvas[:36] == 200).all()
    assert (canvas[36:] == 114).all()
    assert (place.x_scale, place.y_scale, place.left, place.top) == (0.4, 0.4, 0, 0)


def test_a_centred_letterbox_has_a_border_on_both_sides() -> None:
    canvas, place = fitted(grey(160, 90), 64, 64, "letterbox_centred", fill=0)
    assert place.left == 14
    assert (canvas[:, :14] == 0).all()
    assert (canvas[:, 14:50] == 200).all()
    assert (canvas[:, 50:] == 0).all()


def test_squashing_uses_the_whole_tensor() -> None:
    canvas, place = fitted(grey(30, 90), 45, 60, "squash")
    assert canvas.shape == (60, 45, 3)
    assert (canvas == 200).all()
    assert (place.x_scale, place.y_scale) == (0.5, 2.0)


@pytest.mark.parametrize("average", [False, True])
def test_no_pixel_is_passed_over_when_a_picture_gets_much_smaller(average: bool) -> None:
    """Lines one pixel wide: taking every eighth pixel would show them all or none."""
    picture = grey(256, 256, 0)
    picture[:, ::2] = 200
    canvas, _ = fitted(picture, 32, 32, "squash", average=average)
    assert np.abs(canvas.astype(int) - 100).max() <= 1


def test_a_picture_of_the_tensor_s_size_is_left_as_it_is() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (24, 40, 3), dtype=np.uint8)
    for average in (False, True):
        canvas, _ = fitted(picture, 40, 24, "squash", average=average)
        assert np.array_equal(canvas, picture)


def test_the_argument_is_not_changed_even_where_it_is_a_view() -> None:
    whole = np.random.default_rng(0).integers(0, 256, (80, 90, 3), dtype=np.uint8)
    before = whole.copy()
    fitted(whole[3:70, 5:71], 32, 32, "letterbox")
    assert np.array_equal(whole, before)


@given(sides, sides, st.integers(8, 200), st.integers(8, 200), fits)
def test_every_picture_fits_within_the_tensor(height: int, width: int, into_width: int, into_height: int, fit: Fit) -> None:
    canvas, place = fitted(grey(height, width), into_width, into_height, fit)
    assert canvas.shape == (into_height, into_width, 3)
    assert place.left >= 0
    assert place.top >= 0
    assert place.left + width * place.x_scale <= into_width + 1e-6
    assert place.top + height * place.y_scale <= into_height + 1e-6
    assert (canvas == 200).any()


@given(sides, sides, st.integers(8, 200), st.integers(8, 200), fits, st.lists(st.floats(0.0, 1.0, width=32), min_size=4, max_size=4))
def test_a_place_goes_there_and_back(
    height: int, width: int, into_width: int, into_height: int, fit: Fit, place_in_picture: list[float]
) -> None:
    place = placement(width, height, into_width, into_height, fit)
    left, top, right, bottom = place_in_picture
    scale = np.array([width * place.x_scale, height * place.y_scale] * 2)
    box = (np.array([[left, top, right, bottom]]) * scale + np.array([place.left, place.top] * 2)).astype(np.float32)
    assert np.allclose(place.to_fractions(box), [place_in_picture], atol=1e-3)


def test_places_outside_the_picture_are_cut_at_its_edge() -> None:
    place = placement(160, 90, 64, 64, "letterbox")
    assert np.allclose(place.to_fractions(np.array([[-10.0, 18.0, 32.0, 60.0]], dtype=np.float32)), [[0.0, 0.5, 0.5, 1.0]])


@pytest.mark.parametrize("channels_first", [True, False])
@pytest.mark.parametrize("rgb", [True, False])
def test_colours_go_where_the_model_wants_them(channels_first: bool, rgb: bool) -> None:
    picture = np.array([[[10, 20, 30], [40, 50, 60]]], dtype=np.uint8)  # blue, green, red
    into = np.empty((3, 1, 2) if channels_first else (1, 2, 3), dtype=np.float32)
    write_tensor(picture, into, rgb=rgb, channels_first=channels_first, mean=(10.0, 20.0, 30.0), deviation=(1.0, 2.0, 4.0))
    first = [(30 - 10) / 1, (20 - 20) / 2, (10 - 30) / 4] if rgb else [(10 - 10) / 1, (20 - 20) / 2, (30 - 30) / 4]
    assert np.allclose(into[:, 0, 0] if channels_first else into[0, 0], first, atol=1e-5)


@pytest.mark.parametrize("dtype", [np.uint8, np.float16, np.float32])
def test_values_are_those_of_the_tensor_s_type(dtype: type[np.generic]) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    into = np.empty((3, 5, 7), dtype=dtype)
    write_tensor(picture, into, rgb=False, channels_first=True, mean=(0.0, 0.0, 0.0), deviation=(1.0, 1.0, 1.0))
    assert np.array_equal(into.astype(np.float32), picture.transpose(2, 0, 1).astype(np.float32))
    if dtype != np.uint8:
        write_tensor(picture, into, rgb=False, channels_first=True, mean=(127.0,) * 3, deviation=(128.0,) * 3)
        wanted = (picture.transpose(2, 0, 1).astype(np.float64) - 127.0) / 128.0
        assert np.abs(into.astype(np.float64) - wanted).max() < (2e-3 if dtype == np.float16 else 1e-6)


def test_what_is_no_picture_is_refused() -> None:
    wrongs: list[NDArray[Any]] = [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
    ]
    for wrong in wrongs:
        with pytest.raises(ValueError, match="a picture"):
            fitted(wrong, 8, 8, "squash")
