"""Pictures of the evidence folder, for the page: listed, read and never anything else. The eye writes them; here they are only read."""

from __future__ import annotations

import asyncio
import os
import re
import stat
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final

from edge.runtime.executor import EyeListener
from edge.session.looks import EVIDENCE
from edge.web.front import CameraPicture
from vision.wire import ShowPicture, shown_name

JPEG: Final = b"\xff\xd8\xff"
MAX_BYTES: Final = 8_000_000  # a larger file is no picture of a shelf
MOST_LISTED: Final = 16
SHOWN_FOR_NS: Final = 10_000_000_000  # ns a camera shows itself after somebody looked last


class PictureShelf:
    """``folder`` None: the store has no cameras, and so no pictures."""

    def __init__(self, folder: Path | None, cameras: Collection[str], eye: EyeListener | None, monotonic_ns: Callable[[], int]) -> None:
        self._folder = folder
        self._cameras = frozenset(cameras)
        self._eye = eye
        self._now_ns = monotonic_ns
        self._asked_ns: dict[str, int] = {}

    async def listing(self, evidence: str) -> tuple[str, ...]:
        """Names of the pictures that are kept under ``evidence``, as ``read`` takes them; empty where none are (any more)."""
        return await asyncio.to_thread(self._listed, evidence)

    async def read(self, name: str) -> bytes | None:
        """One JPEG, None where there is none of that name or it is something else."""
        return await asyncio.to_thread(self._content, name)

    async def of_camera(self, camera: str) -> CameraPicture | None:
        """The camera's newest picture, and a word to the eye that somebody looks; None for a camera that is not there."""
        if camera not in self._cameras or self._folder is None:
            return None
        now_ns = self._now_ns()
        if self._eye is not None and now_ns - self._asked_ns.get(camera, -SHOWN_FOR_NS) > SHOWN_FOR_NS // 3:
            self._asked_ns[camera] = now_ns
            self._eye.tell(ShowPicture(camera=camera, until_ns=now_ns + SHOWN_FOR_NS))
        taken_ns = await asyncio.to_thread(_taken_ns, self._folder / shown_name(camera))
        return CameraPicture(picture=None if taken_ns is None else shown_name(camera), version=taken_ns or 0)

    def _listed(self, evidence: str) -> tuple[str, ...]:
        """A folder of pictures, or the pictures whose names begin like it."""
        place = self._place(evidence)
        if place is None or self._folder is None:
            return ()
        try:
            if place.is_dir():
                found = [entry for entry in place.iterdir() if entry.suffix == ".jpg"]
            else:
                begins = re.compile(re.escape(place.name) + r"([._-].*)?\.jpg")
                found = [entry for entry in place.parent.iterdir() if begins.fullmatch(entry.name) or entry == place]
        except OSError:
            return ()
        names = sorted(entry.relative_to(self._folder).as_posix() for entry in found)
        return tuple(name for name in names if EVIDENCE.fullmatch(name))[:MOST_LISTED]

    def _content(self, name: str) -> bytes | None:
        place = self._place(name)
        if place is None:
            return None
        try:
            opened = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return None
        known = os.fstat(opened)
        if not stat.S_ISREG(known.st_mode) or known.st_size > MAX_BYTES:
            os.close(opened)
            return None
        with open(opened, "rb") as file:
            content = file.read(MAX_BYTES)
        return content if content.startswith(JPEG) else None

    def _place(self, name: str) -> Path | None:
        """Where ``name`` lies, None where it is no name or leads out of the folder."""
        if self._folder is None or not EVIDENCE.fullmatch(name):
            return None
        try:
            folder, place = self._folder.resolve(), (self._folder / name).resolve()
        except (OSError, RuntimeError):  # RuntimeError: symbolic links in a circle
            return None
        return self._folder / name if place.is_relative_to(folder) else None


def _taken_ns(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None
