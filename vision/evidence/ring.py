"""The last minute of one camera as JPEG, in a bounded number of bytes: what a clip is made of when somebody will want to see one."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from vision.types import Frame, Picture

SPAN_NS: Final = 60_000_000_000  # what is looked back to: a visit's last minute
MAX_BYTES: Final = 6 * 1024 * 1024  # of one camera; 640 x 360 pixels have 25 to 40 KB, so a minute has three to four of them a second
LEAST_NS: Final = 200_000_000  # between two pictures: five a second show what a hand does
MAX_WIDTH: Final = 640  # pixels; larger pictures are made smaller
QUALITY: Final = 70  # of JPEG
SMALL_JPEG: Final = 40_000  # bytes; what comes from the camera so small is kept as it is


@dataclass(frozen=True, slots=True)
class Kept:
    """One picture: when its frame arrived (CLOCK_MONOTONIC) and the JPEG."""

    at_ns: int
    jpeg: bytes


class Ring:
    """Keeps ``span_ns`` in at most ``max_bytes``: where pictures are large it keeps fewer a second, never a shorter time.

    One thread may feed it while others ask.
    """

    def __init__(self, *, max_bytes: int = MAX_BYTES, span_ns: int = SPAN_NS, least_ns: int = LEAST_NS) -> None:
        self._max_bytes = max_bytes
        self._span_ns = span_ns
        self._least_ns = least_ns
        self._lock = threading.Lock()
        self._pictures: deque[Kept] = deque()
        self._bytes = 0

    def look(self, frame: Frame) -> bool:
        """Take the frame where it is time for one; whether it was. A picture larger than all that may be kept is not."""
        with self._lock:
            self._forget_before(frame.at_ns - self._span_ns)
            if self._pictures and frame.at_ns - self._pictures[-1].at_ns < self._apart_ns():
                return False
        jpeg = frame.jpeg if 0 < len(frame.jpeg) <= SMALL_JPEG else small_jpeg(frame.pixels)
        if len(jpeg) > self._max_bytes:
            return False
        with self._lock:
            while self._bytes + len(jpeg) > self._max_bytes:
                self._bytes -= len(self._pictures.popleft().jpeg)
            self._pictures.append(Kept(frame.at_ns, jpeg))
            self._bytes += len(jpeg)
        return True

    def between(self, start_ns: int, end_ns: int) -> tuple[Kept, ...]:
        """The pictures of that time, oldest first."""
        with self._lock:
            return tuple(picture for picture in self._pictures if start_ns <= picture.at_ns <= end_ns)

    def held_bytes(self) -> int:
        """Bytes of the pictures that are held now."""
        with self._lock:
            return self._bytes

    def _apart_ns(self) -> int:
        """Time between two pictures of the present size at which the whole span fits."""
        mean = self._bytes / len(self._pictures)
        return max(self._least_ns, int(self._span_ns * mean / self._max_bytes))

    def _forget_before(self, at_ns: int) -> None:
        while self._pictures and self._pictures[0].at_ns < at_ns:
            self._bytes -= len(self._pictures.popleft().jpeg)


def small_jpeg(pixels: Picture, *, width: int = MAX_WIDTH, quality: int = QUALITY) -> bytes:
    """As JPEG, at most ``width`` pixels wide."""
    if pixels.shape[1] > width:
        size = (width, max(1, round(pixels.shape[0] * width / pixels.shape[1])))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    return cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
