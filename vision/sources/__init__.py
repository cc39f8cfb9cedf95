"""Cameras of every kind behind the one port :class:`vision.ports.Source`. What is in their pictures belongs to the pipeline."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from vision.ports import Source
from vision.settings import CameraSettings
from vision.sources.camera import Camera
from vision.sources.capture import open_rtsp, open_v4l2
from vision.sources.connection import Connection, SourceError
from vision.sources.credentials import Credentials, read_credentials
from vision.sources.http_mjpeg import HttpMjpeg
from vision.sources.recordings import Recording, every_picture
from vision.sources.stills import decoded, read_still

__all__ = [
    "SourceError",
    "decoded",
    "every_picture",
    "open_source",
    "read_still",
]


def open_source(settings: CameraSettings) -> Source:
    """The source for a camera, not started yet. Returned: the address is one that can be tried, nothing is known of the camera.

    ``file:///…`` and ``folder:///…`` are played once in their own time; with ``?repeat=1`` behind them again and again.
    ValueError with what is accepted where the address is none.
    """
    return Camera(settings.id, _connect(settings), frames_per_s=settings.frames_per_s, rotate=settings.rotate)


def _connect(settings: CameraSettings) -> Callable[[threading.Event], Connection]:
    address = urlsplit(settings.url)
    path = Path(unquote(address.path))
    match address.scheme:
        case "file" | "folder":
            _check_path(settings.url, address)
            repeat = _repeats(address.query, settings.url)
            return lambda ending: Recording(path, ending, frames_per_s=settings.frames_per_s, repeat=repeat)
        case "v4l2":
            _check_path(settings.url, address)
            return lambda ending: open_v4l2(path, settings.width, settings.height, settings.frames_per_s)
        case "http":
            _check_host(settings.url, address)
            return lambda ending: HttpMjpeg(settings.url, _credentials(settings), ending)
        case "rtsp":
            _check_host(settings.url, address)
            return lambda ending: open_rtsp(settings.url, _credentials(settings))
        case _:
            raise ValueError(f"{settings.url} is no camera address; use v4l2:///dev/video0, rtsp://, http://, file:/// or folder:///")


def _check_path(url: str, address: SplitResult) -> None:
    if address.netloc or not address.path.startswith("/") or "%00" in address.path or not url.isprintable():
        raise ValueError(f"{url!r} names no file; write its whole path after three slashes: {address.scheme}:///PATH")


def _check_host(url: str, address: SplitResult) -> None:
    if "@" in address.netloc:
        raise ValueError("a camera's address holds no user and password; put user:password into the file that password_file names")
    if not address.hostname or address.port == 0 or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError(f"{url!r} names no camera; write {address.scheme}://HOST:PORT/PATH, special characters as %XX")


def _credentials(settings: CameraSettings) -> Credentials | None:
    """Read at every connection, so that a changed password needs no restart."""
    return read_credentials(settings.password_file) if settings.password_file is not None else None


def _repeats(query: str, url: str) -> bool:
    if query in {"", "repeat=1"}:
        return query != ""
    raise ValueError(f"{url}: the only thing that can be asked of a recording is ?repeat=1")
