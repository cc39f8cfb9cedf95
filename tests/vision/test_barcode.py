"""Codes are read from pictures as they come: turned, small, grey, noisy; and one reading alone never counts."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st

from edge.store.gtin import gtin_problem
from vision.barcode import agreed_code, code_of, read_codes
from vision.types import Picture

CARTON = "4006381333931"
OTHER = "5400141000016"


def printed(code: str, kind: zxingcpp.BarcodeFormat, scale: int = 2) -> Picture:
    """A code printed on a mid-grey package, dark on white."""
    bars = np.array(zxingcpp.create_barcode(code, kind).to_image(scale=scale))
    picture = np.full((360, 480, 3), 120, np.uint8)
    picture[100 : 100 + bars.shape[0], 80 : 80 + bars.shape[1]] = bars[:, :, None]
    return picture


def turned(picture: Picture, degrees: float) -> Picture:
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    return np.asarray(cv2.warpAffine(picture, matrix, (width, height), borderValue=(120, 120, 120)), np.uint8)


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [
        (zxingcpp.BarcodeFormat.EAN13, CARTON, CARTON),
        (zxingcpp.BarcodeFormat.EAN8, "96385074", "0000096385074"),
        (zxingcpp.BarcodeFormat.UPCA, "036000291452", "0036000291452"),
        (zxingcpp.BarcodeFormat.UPCE, "04252614", "0042100005264"),
    ],
)
def test_every_retail_code_is_told_as_thirteen_digits(kind: zxingcpp.BarcodeFormat, text: str, told: str) -> None:
    assert read_codes(printed(text, kind)) == (told,)


@pytest.mark.parametrize("degrees", [-90, -12, 8, 90, 180])
def test_a_turned_code_is_read(degrees: float) -> None:
    assert read_codes(turned(printed(CARTON, zxingcpp.BarcodeFormat.EAN13), degrees)) == (CARTON,)


def test_a_noisy_blurred_code_is_read_and_never_as_another_one() -> None:
    generator = np.random.default_rng(7)
    clean = cv2.GaussianBlur(printed(CARTON, zxingcpp.BarcodeFormat.EAN13, scale=3), (0, 0), 1.2)
    readings = [
        read_codes(np.clip(clean + generator.normal(0, spread, clean.shape), 0, 255).astype(np.uint8)) for spread in (2, 8, 14, 20, 60)
    ]
    assert set().union(*readings) == {CARTON}


def test_the_quick_way_reads_an_upright_code_and_leaves_a_turned_one() -> None:
    upright = printed(CARTON, zxingcpp.BarcodeFormat.EAN13)
    assert read_codes(upright, thorough=False) == (CARTON,)
    assert read_codes(turned(upright, 90), thorough=False) == ()


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (zxingcpp.BarcodeFormat.Code128, CARTON),
        (zxingcpp.BarcodeFormat.QRCode, CARTON),
        (zxingcpp.BarcodeFormat.ITF14, "15400141288763"),
    ],
)
def test_other_kinds_of_codes_are_not_products(kind: zxingcpp.BarcodeFormat, text: str) -> None:
    assert read_codes(printed(text, kind, scale=1)) == ()


@pytest.mark.parametrize("shape", [(1, 1, 3), (15, 400, 3), (400, 2, 3), (16, 16, 3)])
def test_a_sliver_has_no_code(shape: tuple[int, int, int]) -> None:
    assert read_codes(np.zeros(shape, np.uint8)) == ()


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="a picture is uint8"):
        read_codes(np.zeros((40, 40), np.uint8))


def test_a_code_counts_when_two_pictures_agree() -> None:
    assert agreed_code([]) is None
    assert agreed_code([(CARTON,)]) is None
    assert agreed_code([(CARTON, CARTON)]) is None  # twice on one picture is one picture
    assert agreed_code([(CARTON,), (), (OTHER,)]) is None
    assert agreed_code([(CARTON,), (OTHER,), (CARTON,)]) == CARTON


def test_two_agreed_codes_say_nothing_about_the_hand() -> None:
    assert agreed_code([(CARTON, OTHER), (CARTON, OTHER)]) is None


def test_two_codes_in_one_picture_are_both_read() -> None:
    both = np.vstack([printed(CARTON, zxingcpp.BarcodeFormat.EAN13), printed(OTHER, zxingcpp.BarcodeFormat.EAN13)])
    assert read_codes(both) == (CARTON, OTHER)


@given(st.text(st.characters(codec="utf-8"), max_size=16) | st.from_regex(r"[0-9]{7,15}", fullmatch=True))
def test_a_code_is_a_gtin_that_the_shop_would_take(text: str) -> None:
    code = code_of(text)
    if code is None:
        assert gtin_problem(text) is not None or (len(text) == 14 and text[0] != "0")
    else:
        assert gtin_problem(text) is None
        assert int(code) == int(text)
        assert len(code) == 13


@given(st.integers(min_value=1, max_value=10**12 - 1), st.integers(0, 12), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(number: int, place: int, step: int) -> None:
    body = f"{number:012d}"
    whole = next(body + str(last) for last in range(10) if code_of(body + str(last)))
    wrong = whole[:place] + str((int(whole[place]) + step) % 10) + whole[place + 1 :]
    assert code_of(whole) == whole
    assert code_of(wrong) is None
