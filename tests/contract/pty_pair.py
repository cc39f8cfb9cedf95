"""A null-modem cable made of two pseudo-terminals, so that a program of another project can be the far end of our port."""

from __future__ import annotations

import os
import select
import threading
import tty
from types import TracebackType
from typing import Self


class PtyPair:
    """``ours`` and ``theirs`` are device names; what is written to one comes out of the other. Not paced."""

    def __init__(self) -> None:
        self._masters: list[int] = []
        self._terminals: list[int] = []  # held open, so that a side may come and go
        for _ in range(2):
            master, terminal = os.openpty()
            tty.setraw(terminal)
            self._masters.append(master)
            self._terminals.append(terminal)
        self.ours, self.theirs = (os.ttyname(terminal) for terminal in self._terminals)
        self._stop_r, self._stop_w = os.pipe()
        self._thread = threading.Thread(target=self._pump, name="null modem", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        os.write(self._stop_w, b"\0")
        self._thread.join()
        for descriptor in (*self._masters, *self._terminals, self._stop_r, self._stop_w):
            os.close(descriptor)

    def _pump(self) -> None:
        across = dict(zip(self._masters, reversed(self._masters), strict=True))
        while True:
            readable, _, _ = select.select([*self._masters, self._stop_r], [], [])
            if self._stop_r in readable:
                return
            for master in readable:
                os.write(across[master], os.read(master, 4096))
