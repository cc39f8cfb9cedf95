"""Photographs of products while they are enrolled: ``FOLDER/enrol/TOKEN/3.jpg``. Few, small, and gone when the enrolment is.

Only files of these names are ever deleted. A folder from before a restart is found again.
"""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from vision.types import Picture
from vision.wire import ENROLMENTS, view_name

QUALITY: Final = 90  # of JPEG; the photographs are looked at again by the eye after its restart
MOST_BYTES: Final = 600_000  # of one photograph; of 768 pixels square the busiest have half of it

_TOKEN: Final = re.compile(r"[0-9a-f]{32}")
_VIEW: Final = re.compile(r"([1-9]\d{0,5})\.jpg")
_UNFINISHED: Final = ".new"


class SittingFolder:
    """Below the evidence folder ``root``. ``least_free_mb`` of its disk are left to others. One thread uses it."""

    def __init__(self, root: Path, *, least_free_mb: int = 0) -> None:
        self._root = root
        self._folder = root / ENROLMENTS
        self._least_free_bytes = least_free_mb * 1_000_000

    def tokens(self) -> tuple[str, ...]:
        """Enrolments of which there are photographs."""
        try:
            entries = list(os.scandir(self._folder))
        except OSError:
            return ()
        return tuple(sorted(entry.name for entry in entries if _TOKEN.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)))

    def numbers(self, token: str) -> tuple[int, ...]:
        """Photographs of one enrolment, in order."""
        try:
            entries = list(os.scandir(self._of(token)))
        except OSError:
            return ()
        found = (_VIEW.fullmatch(entry.name) for entry in entries if entry.is_file(follow_symlinks=False))
        return tuple(sorted(int(one.group(1)) for one in found if one is not None))

    def keep(self, token: str, number: int, picture: Picture) -> str:
        """Keep one photograph; its name in the evidence folder. OSError where the disk has no room for it."""
        content = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()
        if len(content) > MOST_BYTES:
            raise OSError(errno.EFBIG, f"a photograph of {len(content)} bytes is larger than one may be")
        name = view_name(token, number)
        path = self._root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        disk = os.statvfs(path.parent)
        if disk.f_bavail * disk.f_frsize < self._least_free_bytes + len(content):
            raise OSError(errno.ENOSPC, "less of the disk is free than evidence may leave")
        unfinished = path.with_name(path.name + _UNFINISHED)
        try:
            unfinished.write_bytes(content)
            os.replace(unfinished, path)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise
        return name

    def read(self, token: str, number: int) -> Picture | None:
        """One photograph, None where it is not there or is no picture."""
        try:
            content = (self._root / view_name(token, number)).read_bytes()
        except OSError:
            return None
        found = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR) if 0 < len(content) <= MOST_BYTES else None
        return None if found is None else np.asarray(found, np.uint8)

    def drop(self, token: str, number: int) -> None:
        """Let one photograph go; harmless where it is not there. OSError."""
        (self._root / view_name(token, number)).unlink(missing_ok=True)

    def forget(self, token: str) -> None:
        """Let all photographs of an enrolment go. OSError."""
        folder = self._of(token)
        if folder.is_symlink() or not folder.is_dir():
            return
        for entry in list(os.scandir(folder)):
            if _VIEW.fullmatch(entry.name.removesuffix(_UNFINISHED)) and entry.is_file(follow_symlinks=False):
                Path(entry.path).unlink(missing_ok=True)
        try:
            folder.rmdir()
        except OSError:
            pass  # something of somebody else's lies there

    def _of(self, token: str) -> Path:
        return self._folder / token
