"""Drawn bar codes: right check digits, the same pictures every time, and read where they are held to the camera."""

from __future__ import annotations

import numpy as np
import pytest
import zxingcpp

from bench.barcodes import CONDITIONS, KINDS, drawn_code, measured, picture_of, readers
from vision.barcode import code_of, read_codes


@pytest.mark.parametrize(("kind", "digits"), KINDS)
def test_a_code_held_to_the_camera_is_read(kind: zxingcpp.BarcodeFormat, digits: int) -> None:
    source = np.random.default_rng(digits)
    code = drawn_code(digits, source)
    assert len(code) == digits
    assert read_codes(picture_of(code, kind, CONDITIONS[0], source)) == (code_of(code),)


def test_the_same_seed_draws_the_same_pictures_and_conditions_differ() -> None:
    kind, digits = KINDS[0]
    code = drawn_code(digits, np.random.default_rng(1))
    pictures = [picture_of(code, kind, condition, np.random.default_rng(2)) for condition in (*CONDITIONS, CONDITIONS[0])]
    assert np.array_equal(pictures[0], pictures[-1])
    assert pictures[-2].mean() < 0.3 * pictures[0].mean()  # dark


def test_every_reader_is_asked_about_every_picture() -> None:
    scores = measured(CONDITIONS[0], 6, 1, readers(None))
    assert {"eye", "eye, quick", "OpenCV"} <= set(scores)
    assert all(len(one.times_ms) == 6 for one in scores.values())
    assert scores["eye"].right == 6
    assert measured(CONDITIONS[0], 1, 1, {"liar": lambda _: ["0000000000000"]})["liar"].wrong == 1
