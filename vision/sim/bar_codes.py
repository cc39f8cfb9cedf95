"""The label on a simulated product's back: its GTIN as EAN-13 bars, wide enough for a camera (GS1 General Specifications, 5.2)."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import cv2
import numpy as np

from vision.sim.looks import FONT, Drawn

LEFT_ODD: Final = ("0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111", "0001011")
FIRST_DIGIT: Final = ("OOOOOO", "OOEOEE", "OOEEOE", "OOEEEO", "OEOOEE", "OEEOOE", "OEEEOO", "OEOEOE", "OEOEEO", "OEEOEO")
QUIET: Final = 11  # modules without a bar on each side
MODULE: Final = 5  # pixels of the drawn label
HEIGHT: Final = 420  # pixels


def modules(gtin: str) -> str:
    """The 95 modules of a GTIN of at most 13 digits, "1" for a bar. ValueError for anything else."""
    digits = gtin.zfill(13)
    if len(digits) != 13 or not (digits.isascii() and digits.isdecimal()):
        raise ValueError(f"a bar code of 13 digits cannot show {gtin!r}")
    left = "".join(_left(int(digit), kind) for digit, kind in zip(digits[1:7], FIRST_DIGIT[int(digits[0])], strict=True))
    right = "".join(_inverted(LEFT_ODD[int(digit)]) for digit in digits[7:])
    return f"101{left}01010{right}101"


@lru_cache(maxsize=64)
def label(gtin: str) -> Drawn:
    """A white label with the code and its digits."""
    bars = np.array([255 if one == "0" else 20 for one in modules(gtin)], np.uint8).repeat(MODULE)
    quiet = np.full(QUIET * MODULE, 255, np.uint8)
    row = np.concatenate([quiet, bars, quiet])
    pixels = np.full((HEIGHT, row.size, 3), 255, np.uint8)
    pixels[HEIGHT // 8 : -HEIGHT // 4] = row[None, :, None]
    cv2.putText(pixels, gtin, (QUIET * MODULE, HEIGHT - HEIGHT // 12), FONT, 1.4, (20, 20, 20), 3, cv2.LINE_AA)
    return Drawn(pixels, np.full(pixels.shape[:2], 255, np.uint8))


def _left(digit: int, kind: str) -> str:
    return LEFT_ODD[digit] if kind == "O" else _inverted(LEFT_ODD[digit])[::-1]


def _inverted(bits: str) -> str:
    return bits.translate(str.maketrans("01", "10"))
