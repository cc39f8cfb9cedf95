"""Evidence on the disk: crops and clips of visits, each file written as a whole, let go when it is old or there is too much.

::

    FOLDER/VISIT/CAMERA-00007-1.jpg …  crops of the camera's 7th reach, best first; their name in facts is VISIT/CAMERA-00007
    FOLDER/VISIT/CAMERA-clip1.mjpeg    a clip (vision.pipeline.clip)

Only files of these names are ever deleted, so a folder that holds something else by mistake loses none of it.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2

from vision.evidence.ring import Kept
from vision.pipeline.clip import CLIP_ENDING, stamped
from vision.types import Picture

CROP_QUALITY: Final = 85  # of JPEG; a label stays readable
MOST_CROPS: Final = 8
MOST_CLIP_BYTES: Final = 16 * 1024 * 1024  # of one clip; a ring's minute has less than half of it
PLAUSIBLE_S: Final = 1_704_067_200.0  # 2024-01-01 UTC; a clock before it was never set, and says nothing about ages
FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
FUTURE_S: Final = 86_400.0  # a file this much newer than now was dated by a wrong clock

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_FILE: Final = re.compile(r"[A-Za-z0-9_-]{1,64}(-\d{5,}-\d\.jpg|-clip\d+\.mjpeg)(\.new)?")
_UNFINISHED: Final = ".new"


@dataclass(frozen=True, slots=True)
class _Stored:
    path: Path
    modified_s: float
    size: int


class EvidenceFolder:
    """The evidence of one store. ``days`` 0 keeps none; ``max_mb`` holds for all files together. Any thread may use it.

    ``least_free_mb`` of its disk are left to others: where there is less, the oldest goes, and where that is not enough, none is kept.
    """

    def __init__(self, root: Path, days: int, max_mb: int, *, least_free_mb: int = 0, wall_s: Callable[[], float] = time.time) -> None:
        self.root = root
        self._days = days
        self._max_bytes = max_mb * 1_000_000
        self._least_free_bytes = least_free_mb * 1_000_000
        self._wall_s = wall_s
        self._lock = threading.Lock()
        self._bytes: int | None = None  # None: not counted yet

    def keep_crops(self, visit: str, camera: str, reach: int, crops: Sequence[Picture]) -> str:
        """Keep the pictures of a reach, MOST_CROPS at most; the name under which they are found, "" where none are kept.

        The name carries the next free number where a reach of that number is there from before a restart.
        OSError where the disk does not take them; nothing is left of them then.
        """
        if self._days == 0 or not crops:
            return ""
        contents = [cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, CROP_QUALITY])[1].tobytes() for crop in crops[:MOST_CROPS]]
        with self._lock:
            name = self._free(f"{_safe(visit)}/{_safe(camera)}-{{:05}}", reach, "-1.jpg")
            return name if self._write({f"{name}-{number}.jpg": content for number, content in enumerate(contents, 1)}) else ""

    def keep_clip(self, visit: str, camera: str, pictures: Iterable[Kept]) -> str:
        """Keep a clip, which ends where it becomes larger than MOST_CLIP_BYTES; its name, "" where none is kept. OSError as above."""
        if self._days == 0:
            return ""
        clip = bytearray()
        for picture in pictures:
            next_picture = stamped(picture.jpeg, picture.at_ns)
            if len(clip) + len(next_picture) > MOST_CLIP_BYTES:
                break
            clip += next_picture
        if not clip:
            return ""
        with self._lock:
            name = self._free(f"{_safe(visit)}/{_safe(camera)}-clip{{}}", 1, CLIP_ENDING) + CLIP_ENDING
            return name if self._write({name: bytes(clip)}) else ""

    def forget(self, visit: str) -> None:
        """Let go everything of a visit."""
        with self._lock:
            folder = self.root / _safe(visit)
            for stored in _files_in(folder):
                self._delete(stored)
            _remove_empty(folder)

    def tidy(self) -> int:
        """Let go what is too old, then the oldest until the rest fits, and what a power cut left unfinished; the bytes that stay.

        A clock that was never set lets nothing become old; files that such a clock dated count as written now.
        """
        with self._lock:
            return self._tidy(0, 0)

    def _tidy(self, wanted: int, room: int) -> int:
        now_s = self._wall_s()
        clock_is_set = now_s >= PLAUSIBLE_S
        staying: list[_Stored] = []
        stored = list(self._everything())
        self._bytes = sum(one.size for one in stored)
        for one in stored:
            dated = PLAUSIBLE_S <= one.modified_s <= now_s + FUTURE_S
            if one.path.name.endswith(_UNFINISHED) or (clock_is_set and dated and now_s - one.modified_s > self._days * 86_400.0):
                self._delete(one)
                continue
            if clock_is_set and not dated:
                os.utime(one.path, (now_s, now_s))
            staying.append(one)
        for one in sorted(staying, key=lambda one: one.modified_s):
            if self._bytes + wanted <= self._max_bytes and self._room() >= room:
                break
            self._delete(one)
        for folder in {one.path.parent for one in stored}:
            _remove_empty(folder)
        return self._bytes

    def _write(self, files: dict[str, bytes]) -> bool:
        """All of them or none; False where they alone are more than may be kept, or the disk has no room for any. The lock is held."""
        size = sum(len(content) for content in files.values())
        if size > self._max_bytes:
            return False
        if self._bytes is None or self._bytes + size > self._max_bytes or self._room() < size:
            # Some room is made at once, so that a full folder is not gone through for each reach.
            self._tidy(max(size, self._max_bytes // 20), 4 * size)
            if self._least_free_bytes and self._room() < size:
                return False
        try:
            self._write_all(files)
        except OSError as error:
            if error.errno not in FULL or not self._give_up(2 * size):
                raise
            self._write_all(files)
        if self._bytes is not None:  # after a failure it is counted anew, at the next reach
            self._bytes += size
        return True

    def _room(self) -> int:
        """Bytes that may be written to the disk."""
        try:
            disk = os.statvfs(self.root)
        except FileNotFoundError:
            return self._max_bytes
        return disk.f_bavail * disk.f_frsize - self._least_free_bytes

    def _give_up(self, wanted: int) -> int:
        """Let the oldest go until ``wanted`` bytes are gone: a quota is full, of which the disk says nothing. The bytes that went."""
        gone = 0
        for one in sorted(self._everything(), key=lambda one: one.modified_s):
            if gone >= wanted:
                break
            self._delete(one)
            _remove_empty(one.path.parent)
            gone += one.size
        return gone

    def _write_all(self, files: dict[str, bytes]) -> None:
        written: list[Path] = []
        try:
            for name, content in files.items():
                path = self.root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                unfinished = path.with_name(path.name + _UNFINISHED)
                written.append(unfinished)
                unfinished.write_bytes(content)
                os.replace(unfinished, path)
                written[-1] = path
        except OSError:
            self._bytes = None
            for path in written:
                path.unlink(missing_ok=True)
            raise

    def _free(self, pattern: str, number: int, ending: str) -> str:
        """The pattern with the first number from ``number`` on of which there is no file yet."""
        while (self.root / (pattern.format(number) + ending)).exists():
            number += 1
        return pattern.format(number)

    def _everything(self) -> Iterator[_Stored]:
        try:
            visits = [entry for entry in os.scandir(self.root) if _NAME.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)]
        except FileNotFoundError:
            return
        for visit in visits:
            yield from _files_in(Path(visit.path))

    def _delete(self, stored: _Stored) -> None:
        stored.path.unlink(missing_ok=True)
        if self._bytes is not None:
            self._bytes -= stored.size


def _files_in(folder: Path) -> list[_Stored]:
    """Files of ours in the folder of a visit; nothing behind symbolic links is."""
    found: list[_Stored] = []
    if folder.is_symlink():
        return found
    try:
        for entry in os.scandir(folder):
            if _FILE.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                known = entry.stat(follow_symlinks=False)
                found.append(_Stored(Path(entry.path), known.st_mtime, known.st_size))
    except (FileNotFoundError, NotADirectoryError):
        pass
    return found


def _remove_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        pass  # something is left in it, or it was never there


def _safe(name: str) -> str:
    """``name`` where it is fit for a file, else a name of its own that is: it came over a socket."""
    return name if _NAME.fullmatch(name) else "x" + hashlib.sha256(name.encode(errors="replace")).hexdigest()[:32]
