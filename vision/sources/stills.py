"""Pictures out of files and bytes that somebody else made: sizes are looked at before anything is decoded."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import cv2
import numpy as np

from vision.pipeline.jpeg_stream import jpeg_size
from vision.sources.connection import SourceError
from vision.types import MAX_SIDE, Picture, checked_picture

ENDINGS: Final = (".jpg", ".jpeg", ".png")
MAX_FILE: Final = 32 * 1024 * 1024  # bytes; photographs of telephones have up to 20 MB
MAX_PIXELS: Final = 4096 * 3072  # of a photograph; decoded 38 MB; what is larger is halved until it fits
MOST_FRAME_PIXELS: Final = 1920 * 1200  # of a camera's frame, of which several are in memory at once: 7 MB; a 4K picture is halved
_READ: Final = ((1, cv2.IMREAD_COLOR), (2, cv2.IMREAD_REDUCED_COLOR_2), (4, cv2.IMREAD_REDUCED_COLOR_4), (8, cv2.IMREAD_REDUCED_COLOR_8))
_PNG: Final = b"\x89PNG\r\n\x1a\n"


def read_still(path: Path) -> Picture:
    """The picture in a JPEG or PNG file, upright as its EXIF says, halved until it has at most MAX_PIXELS.

    SourceError (lasting) where there is none, with what to do.
    """
    try:
        if path.stat().st_size > MAX_FILE:
            raise SourceError(f"{path.name} is larger than {MAX_FILE >> 20} MB; save it smaller", lasting=True)
        content = path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}); check the path and its permissions", lasting=True) from error
    try:
        return decoded(content)
    except SourceError as error:
        raise SourceError(f"{path.name}: {error}", lasting=True) from error


def decoded(content: bytes, *, upright: bool = True, most_pixels: int = MAX_PIXELS) -> Picture:
    """The picture in the bytes of a JPEG or PNG file, halved until it has ``most_pixels``, which costs less than decoding it whole.

    ``upright``: turn it as its EXIF says. SourceError where it is none.
    """
    size = _png_size(content) if content.startswith(_PNG) else jpeg_size(content)
    if size is None:
        raise SourceError("neither JPEG nor PNG; save the picture as one of these")
    width, height = size
    scale, how = next(((scale, how) for scale, how in _READ if width * height <= most_pixels * scale * scale), (0, 0))
    if not scale or not 0 < width <= MAX_SIDE * scale or not 0 < height <= MAX_SIDE * scale:
        raise SourceError(f"{width} x {height} pixels are too many; save it smaller")
    if content.startswith(_PNG) and scale > 1:
        raise SourceError(f"{width} x {height} pixels are too many for PNG; save it as JPEG or smaller")
    try:
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), how if upright else how | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error as error:
        raise SourceError("the picture is damaged; take it again") from error
    if pixels is None:
        raise SourceError("the picture is damaged; take it again")
    return checked_picture(np.asarray(pixels, np.uint8))


def frame_of(jpeg: bytes) -> tuple[Picture, bytes]:
    """A camera's JPEG as a frame has it, and its bytes, empty where the frame is smaller than they are. SourceError where it is none."""
    pixels = decoded(jpeg, upright=False, most_pixels=MOST_FRAME_PIXELS)
    return pixels, jpeg if jpeg_size(jpeg) == (pixels.shape[1], pixels.shape[0]) else b""


def as_frame(pixels: Picture) -> Picture:
    """``pixels`` halved until they are no more than a frame may have."""
    height, width = pixels.shape[:2]
    scale = 1
    while height * width > MOST_FRAME_PIXELS * scale * scale:
        scale *= 2
    if scale == 1:
        return pixels
    size = (max(1, width // scale), max(1, height // scale))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _png_size(content: bytes) -> tuple[int, int] | None:
    if len(content) < 24 or content[12:16] != b"IHDR":
        return None
    return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")
