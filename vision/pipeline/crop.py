"""Which part of a picture goes to the embedder. Pure: views of arrays, no resizing and no model.

An embedder is trained on squares that the product nearly fills; what surrounds it costs accuracy.
"""

from __future__ import annotations

from vision.types import Box, Picture, checked_picture

PRODUCT_SHARE = 0.75  # of the short side: where the product lies on a photograph held towards it
LOOK_SHARES = (0.6, PRODUCT_SHARE, 0.9)  # of the short side: how near the product may be on a photograph that nothing was found on
BOX_MARGIN = 1.1  # side of the square around a box, per longer side of the box


def centre_square(pixels: Picture, share: float = PRODUCT_SHARE) -> Picture:
    """The square about the centre whose side is ``share`` of the short side, at least one pixel; a view of ``pixels``."""
    if not 0.0 < share <= 1.0:
        raise ValueError(f"the share of a crop is above 0 and at most 1, this is {share}")
    height, width = checked_picture(pixels).shape[:2]
    side = max(1, int(min(height, width) * share))
    top, left = (height - side) // 2, (width - side) // 2
    return pixels[top : top + side, left : left + side]


def looks(pixels: Picture, of: float = 1.0) -> tuple[Picture, ...]:
    """Centre squares of a photograph for each of ``LOOK_SHARES``; the mean of their vectors stands for it where time allows three.

    ``of``: share of its short side that was left when ``pixels`` were cut out of its middle.
    """
    return tuple(centre_square(pixels, share / of) for share in LOOK_SHARES)


def square_around(pixels: Picture, box: Box, margin: float = BOX_MARGIN) -> Picture:
    """The square about the middle of ``box``, ``margin`` times its longer side, moved into the picture and never larger than it."""
    height, width = checked_picture(pixels).shape[:2]
    wanted = max((box.right - box.left) * width, (box.bottom - box.top) * height) * margin
    side = max(1, min(round(wanted), height, width))
    left = round((box.left + box.right) / 2.0 * width - side / 2.0)
    top = round((box.top + box.bottom) / 2.0 * height - side / 2.0)
    left, top = min(max(left, 0), width - side), min(max(top, 0), height - side)
    return pixels[top : top + side, left : left + side]
