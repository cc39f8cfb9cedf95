"""Cameras that OpenCV reads: RTSP over FFmpeg, USB and board cameras over V4L2. Bounded in time; reasons in words."""

from __future__ import annotations

import errno
import os
import socket
import stat
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

import cv2
import numpy as np

from vision.sources.connection import SourceError
from vision.sources.credentials import Credentials
from vision.types import Picture, checked_picture

OPEN_MS: Final = 5_000  # a camera that answers at all has sent its first frame by then
READ_MS: Final = 3_000  # without data this long the camera is lost; FFmpeg tries twice
RTSP_PORT: Final = 554

_ERRORS_ONLY: Final = 2  # of OpenCV's log levels
PROBE_S: Final = 3.0
_REPLY_BYTES: Final = 4096


class Capture:
    """A connection that OpenCV holds. ``lost``: what to say when it ends."""

    def __init__(self, capture: cv2.VideoCapture, lost: str) -> None:
        self._capture = capture
        self._lost = lost

    def grab(self) -> bool:
        """Wait for the next frame, about twice READ_MS at most."""
        if not self._capture.grab():
            raise SourceError(self._lost)
        return True

    def picture(self) -> tuple[Picture, bytes]:
        """The grabbed frame."""
        got, pixels = self._capture.retrieve()
        if not got:
            raise SourceError(self._lost)
        return checked_picture(np.asarray(pixels, np.uint8)), b""

    def interrupt(self) -> None:
        """Nothing ends a call of OpenCV early; it ends by its own time limits."""

    def close(self) -> None:
        """Let the camera go."""
        self._capture.release()


def open_rtsp(url: str, credentials: Credentials | None) -> Capture:
    """A connection to an RTSP camera, over TCP where it allows that. SourceError with the reason; it names no password."""
    hush()
    _answers(url)
    options = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, READ_MS, cv2.CAP_PROP_N_THREADS, 1]
    capture = cv2.VideoCapture(with_credentials(url, credentials), cv2.CAP_FFMPEG, options)
    if not capture.isOpened():
        capture.release()
        raise SourceError(_refusal(url, credentials))
    return Capture(capture, "the stream broke off, or brings no frames; it is tried again")


def with_credentials(url: str, credentials: Credentials | None) -> str:
    """The address as FFmpeg wants it: user and password in front of the host, every special character quoted."""
    if credentials is None:
        return url
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{quote(credentials.user, safe='')}:{quote(credentials.password, safe='')}@{parts.netloc}"))


def v4l2_options(width: int, height: int, frames_per_s: float) -> list[int]:
    """What is asked of a V4L2 camera: motion JPEG, as USB 2 does not carry raw pictures of this size ten times a second."""
    return [
        cv2.CAP_PROP_FOURCC,
        cv2.VideoWriter.fourcc(*"MJPG"),
        cv2.CAP_PROP_FRAME_WIDTH,
        width,
        cv2.CAP_PROP_FRAME_HEIGHT,
        height,
        cv2.CAP_PROP_FPS,
        max(1, round(frames_per_s)),
    ]


def open_v4l2(device: Path, width: int, height: int, frames_per_s: float) -> Capture:
    """A connection to a V4L2 device such as /dev/video0 or /dev/v4l/by-path/…; the camera may choose another size nearby."""
    hush()
    _usable(device)
    capture = cv2.VideoCapture(str(device), cv2.CAP_V4L2, v4l2_options(width, height, frames_per_s))
    if not capture.isOpened():
        capture.release()
        raise SourceError(f"{device} gives no video; another program may hold it (fuser -v {device}), or it is the camera's second device")
    return Capture(capture, f"{device} brings no frames; check plug and cable, use a shorter one or a powered hub")


def hush() -> None:
    """Keep OpenCV and FFmpeg from writing a line to standard error at every try: what they know is said in our words, once."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # AV_LOG_QUIET; read when FFmpeg is first used
    os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", str(READ_MS // 1000))  # s without a frame; 10 where nothing is set
    set_level = getattr(cv2, "setLogLevel", None) or cv2.utils.logging.setLogLevel  # OpenCV 4 and OpenCV 5
    set_level(_ERRORS_ONLY)


def _usable(device: Path) -> None:
    """SourceError where a look at the device file already says why it cannot work."""
    try:
        if not stat.S_ISCHR(device.stat().st_mode):
            raise SourceError(f"{device} is no camera device; `v4l2-ctl --list-devices` shows them")
        os.close(os.open(device, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError as error:
        match error.errno:
            case errno.ENOENT | errno.ENODEV | errno.ENXIO:
                advice = "plug it in; `v4l2-ctl --list-devices` shows the devices"
            case errno.EACCES | errno.EPERM:
                advice = "the service must be in the group video"
            case errno.EBUSY:
                advice = f"another program holds it; fuser -v {device} names it"
            case _:
                advice = "unplug it and plug it in again"
        raise SourceError(f"{device} cannot be opened ({error.strerror}); {advice}") from error


def _answers(url: str) -> None:
    """SourceError where nothing listens at the address: said at once and in words, as FFmpeg gives no reason."""
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or RTSP_PORT), PROBE_S).close()
    except OSError as error:
        raise SourceError(f"the camera does not answer ({error.strerror or error}); check cable, power and address") from error


def _refusal(url: str, credentials: Credentials | None) -> str:
    """Why an address that answers gives no video, as far as the camera says it when asked without a password."""
    match _describe(url):
        case b"401" | b"403" if credentials is None:
            return "the camera asks for user and password; name a password_file with user:password in it"
        case b"401" | b"403":
            return "the camera gives no video; check user and password in password_file, then whether it sends H.264, H.265 or motion JPEG"
        case b"404" | b"454":
            return "the camera does not know this path; look up the RTSP path of its main or sub stream"
        case b"200":
            return "the camera sends no video that can be read; choose H.264, H.265 or motion JPEG in its settings"
        case _:
            return "what answers there does not speak RTSP; check address and port"


def _describe(url: str) -> bytes:
    """Status code of the answer to DESCRIBE (RFC 2326, 10.2), empty where there is none."""
    parts = urlsplit(url)
    request = f"DESCRIBE {url} RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\n\r\n"
    try:
        with socket.create_connection((parts.hostname or "", parts.port or RTSP_PORT), PROBE_S) as line:
            line.sendall(request.encode())
            words = line.recv(_REPLY_BYTES).split(None, 2)
    except OSError:
        return b""
    return words[1] if len(words) > 1 and words[0].startswith(b"RTSP/") else b""
