"""Good photographs pass whatever camera took them; dark, blurred, overexposed, empty and repeated ones are told for what they are."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.vision.products import EXTRA, LIGHT, LOOKS, blurred, jpeg, lit, noisy, pictures, shaken
from vision.pipeline.crop import centre_square
from vision.pipeline.photo_quality import LEAST_SIDE, Flaw, PhotoQuality, photo_quality
from vision.types import Picture


def measured(pixels: Picture) -> PhotoQuality:
    return photo_quality(centre_square(pixels))


@pytest.mark.parametrize("gtin", LOOKS)
def test_good_photographs_pass(gtin: str) -> None:
    assert {measured(pixels).flaw for pixels in pictures(gtin)} == {None}


@pytest.mark.parametrize("gtin", [EXTRA, LIGHT])
@pytest.mark.parametrize(
    ("flaw", "change"),
    [
        ("blurred", blurred),
        ("blurred", shaken),
        ("blurred", lambda pixels: noisy(blurred(pixels, 0.015), 4.0)),
        ("dark", lambda pixels: lit(pixels, 0.2)),
        ("dark", lambda pixels: noisy(lit(pixels, 0.2), 5.0)),
        ("bright", lambda pixels: lit(pixels, 12.0)),
        ("flat", lambda pixels: np.full_like(pixels, 128)),
        ("flat", lambda pixels: noisy(np.full_like(pixels, 128), 3.0)),
        ("small", lambda pixels: np.asarray(cv2.resize(pixels, (140, 140)), np.uint8)),
    ],
)
def test_each_flaw_is_called_by_its_name(gtin: str, flaw: Flaw, change: object) -> None:
    assert callable(change)
    assert {measured(change(pixels)).flaw for pixels in pictures(gtin, 3)} == {flaw}


def test_noise_does_not_make_a_sharp_photograph_worse() -> None:
    for pixels in pictures(EXTRA):
        assert measured(noisy(pixels, 6.0)).flaw is None


def test_more_blur_is_never_taken_for_less() -> None:
    for pixels in pictures(EXTRA, 3):
        grades = [measured(blurred(pixels, share)).blur for share in (0.0005, 0.004, 0.008, 0.016, 0.03)]
        assert grades == sorted(grades)


@pytest.mark.parametrize("side", [240, 1440])
def test_the_number_of_pixels_does_not_matter(side: int) -> None:
    pixels = pictures(EXTRA)[0]
    scaled = measured(np.asarray(cv2.resize(pixels, (side, side), interpolation=cv2.INTER_AREA), np.uint8))
    assert scaled.flaw is None
    assert scaled.highlight == pytest.approx(measured(pixels).highlight, abs=4.0)
    assert scaled.same_shot(measured(pixels))


def test_saved_anew_it_is_the_same_shot_and_another_photograph_is_not() -> None:
    first, *others = pictures(EXTRA)
    again = np.asarray(cv2.imdecode(np.frombuffer(jpeg(lit(first, 0.9), quality=40), np.uint8), cv2.IMREAD_COLOR), np.uint8)
    assert measured(again).same_shot(measured(first))
    assert not any(measured(other).same_shot(measured(first)) for other in others)


def test_the_smallest_side_that_will_do() -> None:
    pixels = np.asarray(cv2.resize(pictures(EXTRA)[0], (LEAST_SIDE, LEAST_SIDE), interpolation=cv2.INTER_AREA), np.uint8)
    assert photo_quality(pixels).flaw is None
    assert photo_quality(pixels[:-1]).flaw == "small"


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 4000, 3), (3, 3, 3)])
def test_any_picture_can_be_measured(shape: tuple[int, int, int]) -> None:
    assert photo_quality(np.zeros(shape, np.uint8)).flaw == "small"


@pytest.mark.parametrize("level", [0, 1, 117, 255])
def test_a_picture_of_one_colour_has_no_sharpness_to_measure(level: int) -> None:
    found = photo_quality(np.full((90, 120, 3), level, np.uint8))
    assert all(np.isfinite(value) for value in (found.highlight, found.span, found.blur))


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="a picture is uint8"):
        photo_quality(np.zeros((200, 200), np.uint8))
