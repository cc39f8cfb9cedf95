"""Whether a decoder filled in what it lacked: pictures that were cut off on their way, or that build on one that never came. Pure."""

from __future__ import annotations

from typing import Final

import numpy as np

from vision.types import Picture

SHARE: Final = 16  # part of the height at the bottom that is looked at: decoders work from top to bottom
GREY: Final = (126, 132)  # brightness in which nothing was decoded: 128, written in full or in limited range (ITU-R BT.601)
ALIKE: Final = 2  # grey levels within which it lies; a sensor's noise is more, even where it films a grey card


def is_torn(pixels: Picture) -> bool:
    """Whether the lowest rows are the grey of nothing from one side to the other. Goods would seem to be gone where they are grey."""
    height, width = pixels.shape[:2]
    low = pixels[height - max(1, height // SHARE) :: 4, :: max(1, width // 64)]
    least, most = int(np.min(low)), int(np.max(low))
    return GREY[0] <= least and most <= GREY[1] and most - least <= ALIKE
