"""Cameras that are files: a folder of pictures, a video, a clip of the eye's own. Played in their own time, once or again and again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

import cv2
import numpy as np

from vision.pipeline.clip import CLIP_ENDING, stamp_of
from vision.pipeline.jpeg_stream import JpegStream
from vision.sources.capture import hush
from vision.sources.connection import SourceError
from vision.sources.stills import ENDINGS, frame_of, read_still
from vision.types import Picture, checked_picture

CLIP_FRAMES_PER_S: Final = 10.0  # of JPEG pictures without times
MAX_GAP_S: Final = 5.0  # a longer pause in a recording is not waited for
MAX_PICTURES: Final = 100_000  # of one folder

_READ_BYTES: Final = 1 << 16

Still: TypeAlias = Callable[[], tuple[Picture, bytes]]


def every_picture(path: Path) -> Iterator[Picture]:
    """Every picture of a folder, a video or a clip, in order and without waiting. SourceError where there is none."""
    for _, still in _pictures(path, CLIP_FRAMES_PER_S):
        yield still()[0]


class Recording:
    """A connection to a recording at ``path``. ``frames_per_s``: of a folder. ``repeat``: begin again at the end."""

    def __init__(self, path: Path, ending: threading.Event, *, frames_per_s: float, repeat: bool) -> None:
        self._path = path
        self._ending = ending
        self._frames_per_s = frames_per_s
        self._repeat = repeat
        self._pictures = _pictures(path, frames_per_s)
        self._still: Still | None = None
        self._begun_s = time.monotonic()
        self._previous_s = 0.0
        self._shown = 0

    def grab(self) -> bool:
        """Wait until it is the next picture's turn."""
        following = next(self._pictures, None)
        if following is None:
            if not self._repeat or self._shown == 0:
                return False
            self._begin_again()
            following = next(self._pictures, None)
            if following is None:
                return False
        at_s, self._still = following
        if not 0.0 <= at_s - self._previous_s <= MAX_GAP_S:
            self._begun_s += self._previous_s + 1.0 / self._frames_per_s - at_s  # time jumped: go on with the next frame
        self._previous_s = at_s
        self._shown += 1
        early_s = self._begun_s + at_s - time.monotonic()
        self._begun_s += max(0.0, -early_s)  # a busy machine makes the recording longer; it drops nothing
        return not self._ending.wait(max(0.0, early_s))

    def picture(self) -> tuple[Picture, bytes]:
        """The picture whose turn it is."""
        if self._still is None:
            raise SourceError("no picture was grabbed")
        return self._still()

    def interrupt(self) -> None:
        """The event that ends waiting is set by whoever interrupts."""

    def close(self) -> None:
        """Let the files go."""
        self._pictures.close()

    def _begin_again(self) -> None:
        self._ending.wait(1.0 / self._frames_per_s)
        self._pictures.close()
        self._pictures = _pictures(self._path, self._frames_per_s)
        self._begun_s, self._previous_s, self._shown = time.monotonic(), 0.0, 0


_Played: TypeAlias = Generator[tuple[float, Still], None, None]


def _pictures(path: Path, frames_per_s: float) -> _Played:
    """(seconds from the beginning, how to get the picture) of each picture."""
    if path.is_dir():
        return _folder(path, frames_per_s)
    if not path.is_file():
        raise SourceError(f"{path} is neither a file nor a folder; check the path, and that its disk is mounted")
    return _clip(path) if path.suffix == CLIP_ENDING else _video(path)


def _folder(path: Path, frames_per_s: float) -> _Played:
    try:
        names = sorted(name for name in path.iterdir() if name.suffix.lower() in ENDINGS)
    except OSError as error:
        raise _unreadable(path, error) from error
    if not names:
        raise SourceError(f"{path} holds no picture; put files ending in {', '.join(ENDINGS)} there")
    if len(names) > MAX_PICTURES:
        raise SourceError(f"{path} holds {len(names)} pictures, at most {MAX_PICTURES} are played")
    for number, name in enumerate(names):
        yield number / frames_per_s, partial(_from_file, name)


def _clip(path: Path) -> _Played:
    stream, first_ns, number = JpegStream(), None, 0
    try:
        clip = path.open("rb")
    except OSError as error:
        raise _unreadable(path, error) from error
    with clip:
        while chunk := clip.read(_READ_BYTES):
            for jpeg in stream.feed(chunk):
                at_ns = stamp_of(jpeg)
                if at_ns is None:
                    at_ns = int(number * 1e9 / CLIP_FRAMES_PER_S)
                first_ns = at_ns if first_ns is None else first_ns
                number += 1
                yield (at_ns - first_ns) / 1e9, partial(_from_jpeg, jpeg)
    if number == 0:
        raise SourceError(f"{path} holds no JPEG picture")


def _video(path: Path) -> _Played:
    hush()
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    try:
        if not capture.isOpened():
            raise SourceError(f"{path} is no video that can be read; convert it: ffmpeg -i {path.name} -c:v libx264 video.mp4")
        number = 0
        rate = capture.get(cv2.CAP_PROP_FPS)
        rate = rate if 0.1 <= rate <= 1000.0 else CLIP_FRAMES_PER_S
        while capture.grab():
            at_s = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000.0
            yield (at_s if at_s > 0.0 or number == 0 else number / rate), partial(_from_video, capture)
            number += 1
        if number == 0:
            raise SourceError(f"{path} holds no picture that can be read")
    finally:
        capture.release()


def _unreadable(path: Path, error: OSError) -> SourceError:
    return SourceError(f"{path} cannot be read ({error.strerror}); the service's user must be allowed to read it")


def _from_file(path: Path) -> tuple[Picture, bytes]:
    return read_still(path), b""


def _from_jpeg(jpeg: bytes) -> tuple[Picture, bytes]:
    return frame_of(jpeg)


def _from_video(capture: cv2.VideoCapture) -> tuple[Picture, bytes]:
    got, pixels = capture.retrieve()
    if not got:
        raise SourceError("the video holds a picture that cannot be read; convert it again")
    return checked_picture(np.asarray(pixels, np.uint8)), b""
