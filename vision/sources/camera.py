"""A source: one connection after the other, read by a thread of its own, of whose frames only the newest is kept.

What the bytes of a camera mean belongs to the connections; what is in the pictures, to the pipeline.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from typing import Final, Literal

import cv2
import numpy as np

from vision.pipeline.torn import is_torn
from vision.ports import SourceState
from vision.sources.connection import Connect, Connection, SourceError
from vision.sources.pace import Pace, next_wait_s
from vision.sources.stills import as_frame
from vision.types import Frame, Picture

_RATE_OVER_NS: Final = 5_000_000_000  # frames per second are said over this time
MOST_BAD: Final = 8  # pictures in a row that cannot be decoded; a loose plug spoils one now and then, a wrong setting all of them
_END_WAIT_S: Final = 15.0  # longer than any connection may wait for its camera

log = logging.getLogger(__name__)
_TURNS: Final = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


class Camera:
    """A camera as the port :class:`vision.ports.Source` describes it. Frames carry the monotonic time at which they arrived here."""

    def __init__(self, name: str, connect: Connect, *, frames_per_s: float, rotate: Literal[0, 90, 180, 270] = 0) -> None:
        self.name = name
        self._connect = connect
        self._frames_per_s = frames_per_s
        self._rotate = rotate
        self._news = threading.Condition()
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._connection: Connection | None = None
        self._frame: Frame | None = None
        self._arrivals: deque[int] = deque(maxlen=512)
        self._connected = False
        self._trouble = "not started"
        self._connects = 0
        self._since: float | None = None  # monotonic seconds of the first frame of this connection

    def start(self) -> None:
        """Begin to connect and read. RuntimeError where it was started before."""
        if self._thread is not None:
            raise RuntimeError(f"camera {self.name} was started before; open a new source")
        self._trouble = "connecting"
        self._thread = threading.Thread(target=self._run, name=f"camera {self.name}", daemon=True)
        self._thread.start()

    def newest(self, after: int, timeout_s: float) -> Frame | None:
        """The newest frame with a number above ``after``; waits up to ``timeout_s``, not at all once the source is closed."""
        with self._news:
            self._news.wait_for(lambda: self._number() > after or self._ending.is_set(), timeout_s)
            return self._frame if self._number() > after else None

    def state(self) -> SourceState:
        """How it is doing now."""
        with self._news:
            since = time.monotonic_ns() - _RATE_OVER_NS
            recent = [at_ns for at_ns in self._arrivals if at_ns >= since]
            span_ns = recent[-1] - recent[0] if len(recent) > 1 else 0
            rate = (len(recent) - 1) * 1e9 / span_ns if span_ns and self._connected else 0.0
            return SourceState(self._connected, rate, max(0, self._connects - 1), self._trouble)

    def close(self) -> None:
        """End the thread and let the camera go. Harmless when repeated."""
        with self._news:
            self._ending.set()
            connection = self._connection
            self._news.notify_all()
        if connection is not None:
            connection.interrupt()
        if self._thread is not None:
            self._thread.join(_END_WAIT_S)
            if self._thread.is_alive():
                log.warning("a camera does not let go; its thread is left behind", extra={"camera": self.name})
        self._say(connected=False, trouble="closed")

    def _number(self) -> int:
        return self._frame.number if self._frame is not None else 0

    def _run(self) -> None:
        wait_s = 0.0
        while not self._ending.is_set():
            self._since = None
            try:
                if not self._connect_and_read():
                    return
            except Exception as error:  # a mistake of ours must not leave a camera dead for good
                log.exception("the source of a camera failed and is tried again", extra={"camera": self.name})
                self._say(connected=False, trouble=f"its source failed: {type(error).__name__}; see the log")
            wait_s = next_wait_s(wait_s, time.monotonic() - self._since if self._since is not None else 0.0)
            self._ending.wait(wait_s)

    def _connect_and_read(self) -> bool:
        """Publish the frames of one connection; whether to try again."""
        try:
            connection = self._connect(self._ending)
        except SourceError as error:
            self._lost(str(error))
            return not error.lasting
        with self._news:
            self._connection = connection
        try:
            if self._read(connection):
                self._say(connected=False, trouble="at its end")
            return False
        except SourceError as error:
            self._lost(str(error))
            return not error.lasting
        except (cv2.error, MemoryError, ValueError) as error:
            self._lost(f"its pictures cannot be used ({type(error).__name__}); check its stream settings, plug and cable")
            return True
        finally:  # after the loss was said: to let a dead camera go may take seconds
            with self._news:
                self._connection = None
            connection.close()

    def _read(self, connection: Connection) -> bool:
        """One connection to its end: True where a recording is over, False where the source is closed."""
        pace, bad = Pace(self._frames_per_s), 0
        while not self._ending.is_set():
            if not connection.grab():
                return not self._ending.is_set()
            at_ns = time.monotonic_ns()
            if not pace.due(at_ns):
                continue
            try:
                pixels, jpeg = connection.picture()
                if is_torn(pixels):
                    raise SourceError("its pictures arrive in part and are grey below; check cable and network, or lower its bit rate")
            except (SourceError, cv2.error, MemoryError, ValueError) as error:  # what no decoder wants is the camera's fault, not ours
                bad += 1
                if bad >= MOST_BAD or (isinstance(error, SourceError) and error.lasting):
                    raise
                continue
            bad = 0
            if self._since is None:
                self._since = at_ns / 1e9
                self._found()
            self._publish(at_ns, pixels, jpeg)
        return False

    def _publish(self, at_ns: int, pixels: Picture, jpeg: bytes) -> None:
        fitting = as_frame(pixels)
        if fitting is not pixels:
            pixels, jpeg = fitting, b""
        if self._rotate:
            pixels, jpeg = np.asarray(cv2.rotate(pixels, _TURNS[self._rotate]), np.uint8), b""
        with self._news:
            self._frame = Frame(self.name, at_ns, self._number() + 1, pixels, jpeg)
            self._arrivals.append(at_ns)
            self._news.notify_all()

    def _found(self) -> None:
        with self._news:
            self._connects += 1
        log.info("camera delivers frames", extra={"camera": self.name})
        self._say(connected=True, trouble="")

    def _lost(self, trouble: str) -> None:
        with self._news:
            known = not self._connected and self._trouble == trouble
        if not known and not self._ending.is_set():
            log.warning("camera cannot be read", extra={"camera": self.name, "trouble": trouble})
        self._say(connected=False, trouble=trouble)

    def _say(self, *, connected: bool, trouble: str) -> None:
        with self._news:
            self._connected, self._trouble = connected, trouble
