"""Reads the bar codes of retail goods in pictures of one reach and says which product they name. The only importer of zxing-cpp.

A code is EAN-13, EAN-8, UPC-A or UPC-E; it is told as 13 digits, shorter ones filled with zeros in front, so that two spellings of one
number are equal. Whether the shop sells that product is nothing this module knows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import cv2
import numpy as np
import zxingcpp

from vision.types import Picture, checked_picture

CODE_DIGITS: Final = 13
AGREEING: Final = 2  # pictures; a misread code passes the check digit one time in ten, but seldom reads the same twice
DARK: Final = 80  # grey level that the brightest hundredth of a picture does not reach where there is too little light
NOISE: Final = 0.7  # pixels; smoothed over so far, a sensor's noise in the dark is gone and the bars are not
MIN_SIDE: Final = 16  # pixels; less cannot hold the 95 modules of a code, and the reader is spared odd slivers

_RETAIL: Final = zxingcpp.BarcodeFormats(
    [zxingcpp.BarcodeFormat.EAN13, zxingcpp.BarcodeFormat.EAN8, zxingcpp.BarcodeFormat.UPCA, zxingcpp.BarcodeFormat.UPCE]
)


def read_codes(pixels: Picture, *, thorough: bool = True) -> tuple[str, ...]:
    """The different codes in one picture as 13 digits with a right check digit, in ascending order; empty where none can be read.

    ``thorough`` false looks only for codes that stand upright, dark on light and in full resolution: about half the time, and nearly as
    many codes found. ValueError where ``pixels`` is no picture.
    """
    checked_picture(pixels)
    if min(pixels.shape[:2]) < MIN_SIDE:
        return ()
    found = zxingcpp.read_barcodes(pixels, formats=_RETAIL, try_rotate=thorough, try_downscale=thorough, try_invert=thorough)
    if not found and thorough:
        grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
        if np.percentile(grey[::4, ::4], 99) < DARK:
            soft = cv2.GaussianBlur(grey, (0, 0), NOISE)
            lit = cv2.normalize(soft, soft, 0, 255, cv2.NORM_MINMAX)
            found = zxingcpp.read_barcodes(lit, formats=_RETAIL)
    return tuple(sorted({code for one in found if (code := code_of(one.text)) is not None}))


def agreed_code(readings: Iterable[Sequence[str]]) -> str | None:
    """The code that at least two pictures of one reach agree on; None where none do, or where they agree on several.

    ``readings``: what ``read_codes`` gave, one entry per picture. Several agreed codes mean that several products are in sight, and a
    code alone does not say which of them the hand holds.
    """
    seen = Counter(code for reading in readings for code in set(reading))
    agreed = [code for code, pictures in seen.items() if pictures >= AGREEING]
    return agreed[0] if len(agreed) == 1 else None


def code_of(text: str) -> str | None:
    """``text`` as 13 digits where it is 8, 12 or 13 digits, or 14 that begin with 0, with a right GS1 check digit; else None."""
    if not (text.isascii() and text.isdigit()) or len(text) not in (8, 12, 13, 14) or set(text) == {"0"}:
        return None
    if len(text) == CODE_DIGITS + 1:
        if text[0] != "0":  # a code for a case of goods: its number is no single product's
            return None
        text = text[1:]
    digits = [int(digit) for digit in reversed(text)]
    right = (digits[0] + 3 * sum(digits[1::2]) + sum(digits[2::2])) % 10 == 0  # GS1 General Specifications, 7.9
    return text.zfill(CODE_DIGITS) if right else None
