"""A TCP connection to a camera whose reads end by one time, whatever drips in: a timeout of each read would begin anew with each byte.

What the bytes mean belongs to the protocols.
"""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

LOOK_S: Final = 0.2  # s that one wait takes; between waits the connection can be ended


class TooMuch(OSError):
    """More came than may come before ``allow``."""


class Line(socket.socket):
    """Reads until ``by_s`` (monotonic) and at most ``budget`` bytes, until ``allow`` says more; TimeoutError and TooMuch beyond."""

    by_s: float
    budget: int | None
    ending: threading.Event

    def allow(self, seconds: float) -> None:
        """Read for so long from now on, as much as comes."""
        self.by_s = time.monotonic() + seconds
        self.budget = None

    def recv_into(self, buffer: WriteableBuffer, nbytes: int = 0, flags: int = 0) -> int:
        """As a socket's; this is what reading its file calls."""
        if self.budget is not None:
            if self.budget <= 0:
                raise TooMuch("too many bytes")
            nbytes = min(nbytes or memoryview(buffer).nbytes, self.budget)
        while True:
            left_s = self.by_s - time.monotonic()
            if left_s <= 0.0 or self.ending.is_set():
                raise TimeoutError("timed out")
            self.settimeout(min(left_s, LOOK_S))
            try:
                came = super().recv_into(buffer, nbytes, flags)
            except TimeoutError:
                continue
            if self.budget is not None:
                self.budget -= came
            return came


def dialled(host: str, port: int, by_s: float, budget: int, ending: threading.Event) -> Line:
    """A connection to ``host`` that was made, and is used, before ``by_s``. OSError where nobody answers."""
    left_s = by_s - time.monotonic()
    if left_s <= 0.0 or ending.is_set():
        raise TimeoutError("timed out")
    with socket.create_connection((host, port), left_s) as plain:
        line = Line(plain.family, plain.type, plain.proto, plain.detach())
    line.by_s, line.budget, line.ending = by_s, budget, ending
    line.settimeout(left_s)
    return line
