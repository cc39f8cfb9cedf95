"""An open port: one file descriptor, read as soon as it is readable, written without blocking the loop.

Serial lines and TCP sockets look the same here. What the bytes mean, when one may send and what to do when the port is gone belong to
the owner of the port.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable
from typing import Final, Literal, Protocol, TypeAlias

PortTrouble: TypeAlias = Literal["missing", "busy", "denied", "unsupported", "unusable", "gone"]

_READ_BYTES: Final = 4096
_DRAIN_READS: Final = 64  # a babbling device cannot hold the loop longer than this many reads


class PortError(Exception):
    """The port cannot be used; the message says what to do. ``trouble`` is its kind."""

    def __init__(self, trouble: PortTrouble, message: str) -> None:
        super().__init__(message)
        self.trouble = trouble


class Receiver(Protocol):
    """Who owns a port: told of every byte and of the end, in the event loop, never from another thread."""

    def received(self, chunk: bytes) -> None:
        """Bytes arrived (at least one)."""
        ...

    def lost(self, error: PortError) -> None:
        """The port is gone. Called at most once, and not after ``close``."""
        ...


class Port(Protocol):
    """What a transport offers."""

    def write(self, message: bytes) -> None:
        """Hand bytes to the line. Returns at once; what the line does not take now follows as soon as it does."""
        ...

    @property
    def unsent(self) -> int:
        """Bytes that the operating system has not taken yet."""
        ...

    def drain(self) -> None:
        """Deliver to the receiver, before returning, every byte that has already arrived."""
        ...

    def close(self) -> None:
        """Give the port back. Nothing is delivered afterwards. Harmless when repeated."""
        ...


class DescriptorPort:
    """A port over a non-blocking file descriptor on which 0 bytes read mean the end (a tty with VMIN 1, or a stream socket)."""

    def __init__(self, fd: int, receiver: Receiver, *, name: str, give_back: Callable[[], None]) -> None:
        self._fd = fd
        self._receiver = receiver
        self._name = name
        self._give_back = give_back
        self._loop = asyncio.get_running_loop()
        self._outgoing = bytearray()
        self._open = True
        self._loop.add_reader(fd, self._readable)

    @property
    def unsent(self) -> int:
        return len(self._outgoing)

    def write(self, message: bytes) -> None:
        if not self._open:
            return
        if self._outgoing:
            self._outgoing += message
            return
        taken = self._send(message)
        if self._open and taken < len(message):
            self._outgoing += message[taken:]
            self._loop.add_writer(self._fd, self._writable)

    def drain(self) -> None:
        for _ in range(_DRAIN_READS):
            if not self._open or not self._read():
                return

    def close(self) -> None:
        if not self._open:
            return
        self._open = False
        self._outgoing.clear()
        self._loop.remove_reader(self._fd)
        self._loop.remove_writer(self._fd)
        self._give_back()

    def _readable(self) -> None:
        if self._open:
            self._read()

    def _read(self) -> bool:
        try:
            chunk = os.read(self._fd, _READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError as error:
            self._fail(error)
            return False
        if not chunk:
            self._fail(None)
            return False
        self._receiver.received(chunk)
        return True

    def _writable(self) -> None:
        taken = self._send(bytes(self._outgoing))
        if self._open:
            del self._outgoing[:taken]
            if not self._outgoing:
                self._loop.remove_writer(self._fd)

    def _send(self, message: bytes) -> int:
        try:
            return os.write(self._fd, message)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError as error:
            self._fail(error)
            return 0

    def _fail(self, error: OSError | None) -> None:
        if error is None:
            reason = "the other end closed it"
        else:
            reason = errno.errorcode.get(error.errno or 0, "") + f" ({os.strerror(error.errno or 0)})"
        self.close()
        self._receiver.lost(PortError("gone", f"{self._name} is gone: {reason}; it is reopened by its name as soon as it is back"))
