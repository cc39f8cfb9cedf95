"""SIGINT and SIGTERM as something to wait for. Their handler takes no lock: one that had interrupted its holder would wait for ever."""

from __future__ import annotations

import select
import signal
import socket
from contextlib import suppress
from typing import Protocol


class Stop(Protocol):
    """What ends a loop; a :class:`threading.Event` is one as well."""

    def is_set(self) -> bool:
        """Whether it is time to end."""
        ...

    def wait(self, timeout: float, /) -> bool:
        """The same, at the latest after ``timeout`` seconds, and as soon as it is time."""
        ...


class Ending:
    """Set by the first of these signals that comes after it was made, on the main thread."""

    def __init__(self) -> None:
        self._set = False
        self._heard, self._said = socket.socketpair()
        self._said.setblocking(False)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._came)

    def is_set(self) -> bool:
        """Whether one has come."""
        return self._set

    def wait(self, timeout: float, /) -> bool:
        """Whether one has come, at the latest after ``timeout`` seconds."""
        if not self._set:
            select.select([self._heard], [], [], timeout)
        return self._set

    def _came(self, *_: object) -> None:
        self._set = True
        with suppress(BlockingIOError):  # so many have come that it is full, which wakes whoever waits as well
            self._said.send(b"\0")
