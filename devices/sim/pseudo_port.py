"""A pseudo-terminal behind a stable name: the controller's port of a simulated line. Knows nothing of timing or protocols."""

from __future__ import annotations

import contextlib
import os
import select
import termios
import time
import tty
from pathlib import Path

_OPENING_S = 0.001  # s; whoever found the old name before the link moved has opened it by then
_READ_SIZE = 4096  # bytes; size of the kernel's terminal buffer

_SPEED_CODES = {
    getattr(termios, f"B{baud}"): baud
    for baud in (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)
    if hasattr(termios, f"B{baud}")
}
_CODE_OF_SPEED = {baud: code for code, baud in _SPEED_CODES.items()}


class PseudoPort:
    """One pseudo-terminal, reached through ``link``. ``plug`` makes it, ``unplug`` tears it down, and both may be repeated.

    The far side is not held open here, so that the hang-up tells when a controller is attached. A port that a controller has left
    is replaced by a fresh one: its exclusive flag and unread bytes must not meet the next controller.
    """

    def __init__(self, link: Path, baud: int) -> None:
        self.link = link
        self._baud = baud
        self._fd: int | None = None
        self._name = ""
        self._poll = select.poll()
        self._used = False

    @property
    def plugged(self) -> bool:
        """The device exists."""
        return self._fd is not None

    @property
    def fd(self) -> int:
        """Descriptor to wait on; OSError when unplugged."""
        if self._fd is None:
            raise OSError("port is unplugged")
        return self._fd

    def plug(self) -> None:
        """Create the terminal and point the link at it."""
        if self._fd is None:
            master, name = self._fresh()
            self._adopt(master, name)
            self._point(name)

    def unplug(self) -> None:
        """Remove the link and the terminal: a controller's next read or write fails."""
        if self._fd is None:
            return
        with contextlib.suppress(FileNotFoundError):
            self.link.unlink()
        self._poll.unregister(self._fd)
        os.close(self._fd)
        self._fd = None

    def attached(self) -> bool:
        """A controller has the port open."""
        attached = self._fd is not None and not self._hung_up()
        self._used = self._used or attached
        return attached

    def read(self) -> bytes:
        """Everything the controller has written, also by one that has left since; empty when there is nothing."""
        if self._fd is None:
            return b""
        try:
            written = os.read(self._fd, _READ_SIZE)
        except OSError:  # EAGAIN: nothing there; EIO: the controller closed the port
            return b""
        self._used = True
        return written

    def renew(self) -> None:
        """Replace the terminal that a controller has used and left."""
        if self._fd is None or not self._used or not self._hung_up():
            return
        master, name = self._fresh()
        self._point(name)
        time.sleep(_OPENING_S)
        if not self._hung_up():  # reopened in the meantime: keep the old one
            self._point(self._name)
            os.close(master)
            return
        old = self._fd
        self._poll.unregister(old)
        self._adopt(master, name)
        os.close(old)

    def write(self, data: bytes) -> bool:
        """Hand bytes to the controller. False: nobody is attached or the buffer is full; the bytes are lost as on a real port."""
        if self._fd is None or self._hung_up():
            return False
        try:
            return os.write(self._fd, data) == len(data)
        except OSError:
            return False

    def controller_baud(self) -> int:
        """Speed that the controller has set on its side (0: not a standard one)."""
        if self._fd is None:
            return 0
        return _SPEED_CODES.get(termios.tcgetattr(self._fd)[5], 0)

    def _hung_up(self) -> bool:
        return any(events & select.POLLHUP for _, events in self._poll.poll(0))

    def _fresh(self) -> tuple[int, str]:
        master, terminal = os.openpty()
        try:
            name = os.ttyname(terminal)
            tty.setraw(terminal)
            attributes = termios.tcgetattr(terminal)
            attributes[4] = attributes[5] = _CODE_OF_SPEED.get(self._baud, termios.B38400)
            termios.tcsetattr(terminal, termios.TCSANOW, attributes)
        finally:
            os.close(terminal)
        os.set_blocking(master, False)
        return master, name

    def _adopt(self, master: int, name: str) -> None:
        self._fd, self._name = master, name
        self._used = False
        self._poll.register(master, select.POLLIN)

    def _point(self, name: str) -> None:
        self.link.parent.mkdir(parents=True, exist_ok=True)
        staged = self.link.with_name(f"{self.link.name}.new")
        with contextlib.suppress(FileNotFoundError):
            staged.unlink()
        staged.symlink_to(name)
        staged.replace(self.link)
