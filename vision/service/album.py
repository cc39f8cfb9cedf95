"""Which pictures are kept, and for how long: those of reaches while somebody is inside, and a camera's newest while somebody looks at it.

How they lie on the disk is the evidence's business. Cameras, recognition and socket call from threads of their own.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from vision.pipeline.reach import Reach
from vision.ports import Detector
from vision.settings import EyeSettings
from vision.types import Frame, Picture
from vision.wire import shown_name

log = logging.getLogger(__name__)

MOST_VISITS: Final = 16  # visits that can run at once; more is somebody who plays with the socket
SHOWN_EVERY_NS: Final = 400_000_000  # ns between two pictures for the page; a person sees it move
SHOWN_FOR_NS: Final = 60_000_000_000  # ns that one wish for a picture counts at most; whoever still looks asks again
SHOWN_WIDTH: Final = 640  # pixels of the page's picture
SHOWN_QUALITY: Final = 75  # of JPEG


class Album:
    """``settings``: cameras and folder. Raises OSError where the folder cannot be made."""

    def __init__(self, settings: EyeSettings, person_detector: Detector | None, monotonic_ns: Callable[[], int]) -> None:
        self._folder = settings.vision.evidence
        self._now_ns = monotonic_ns
        self._lock = threading.Lock()
        self._visits: dict[str, int] = {}
        self._shown_until_ns = {camera.id: 0 for camera in settings.cameras}
        self._shown_ns = {camera.id: 0 for camera in settings.cameras}
        for camera in settings.cameras:
            path = self._folder / shown_name(camera.id)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)

    def begin(self, visit: str) -> None:
        """Somebody is inside: keep what is seen under ``visit``."""
        with self._lock:
            self._visits.pop(visit, None)
            self._visits[visit] = self._now_ns()
            while len(self._visits) > MOST_VISITS:
                self._visits.pop(next(iter(self._visits)))

    def end(self, visit: str, *, keep: bool) -> None:
        """The visit has its receipt; without ``keep`` nobody will ask for its pictures."""
        with self._lock:
            self._visits.pop(visit, None)

    def show(self, camera: str, until_ns: int) -> None:
        """Somebody looks at this camera; unknown ones are passed over."""
        if camera in self._shown_until_ns:
            self._shown_until_ns[camera] = min(until_ns, self._now_ns() + SHOWN_FOR_NS)

    def look(self, frame: Frame) -> None:
        """Every frame of every camera comes by here, in that camera's thread."""
        now = self._now_ns()
        until = self._shown_until_ns[frame.camera]
        if until == 0 or now - self._shown_ns[frame.camera] < SHOWN_EVERY_NS:
            return
        path = self._folder / shown_name(frame.camera)
        try:
            if now > until:
                self._shown_until_ns[frame.camera] = 0
                path.unlink(missing_ok=True)
            else:
                self._shown_ns[frame.camera] = now
                _write(path, _small_jpeg(frame.pixels))
        except OSError as error:
            self._shown_until_ns[frame.camera] = 0
            log.warning("a camera's picture cannot be shown", extra={"camera": frame.camera, "error": str(error)})

    def keep(self, reach: Reach) -> str:
        """Keep the pictures of a reach in a running visit; the name under which they are found, "" outside of one."""
        return ""

    def tidy(self) -> None:
        """Let go what is old or too much."""


def _small_jpeg(pixels: Picture) -> bytes:
    height, width = pixels.shape[:2]
    if width > SHOWN_WIDTH:
        size = (SHOWN_WIDTH, max(1, round(height * SHOWN_WIDTH / width)))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, SHOWN_QUALITY])[1].tobytes()


def _write(path: Path, content: bytes) -> None:
    """Replace it as a whole, so that nobody reads half a picture. It needs not survive a power cut."""
    unfinished = path.with_suffix(".new")
    unfinished.write_bytes(content)
    os.replace(unfinished, path)
