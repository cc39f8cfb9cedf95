"""Tells the service manager that the controller lives, only while every one of its loops does."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass

log = logging.getLogger(__name__)

FEED_S = 1.0  # s; well under half of any sensible WatchdogSec
NOTIFY_WITHIN_S = 0.1  # s for the service manager to take a word; one that has no time for us must not stop the loops


@dataclass(frozen=True, slots=True)
class _Loop:
    last_beat_ns: Callable[[], int]
    limit_s: float


class Watchdog:
    """Loops register how to read their last beat; ``run`` feeds the service manager while none is older than its limit."""

    def __init__(self, monotonic_ns: Callable[[], int]) -> None:
        self._now_ns = monotonic_ns
        self._loops: dict[str, _Loop] = {}
        self._beats: dict[str, int] = {}
        self._late: set[str] = set()
        self.loop_lag_s = 0.0

    def watch(self, name: str, *, limit_s: float, last_beat_ns: Callable[[], int] | None = None) -> None:
        """Register a loop. Without ``last_beat_ns`` the loop calls :meth:`beat` itself. ``limit_s``: seconds of silence it is allowed."""
        self._beats[name] = self._now_ns()
        self._loops[name] = _Loop(last_beat_ns or (lambda: self._beats[name]), limit_s)

    def beat(self, name: str) -> None:
        """The loop ``name`` is alive now."""
        self._beats[name] = self._now_ns()

    def ages(self) -> dict[str, float]:
        """Seconds since each loop last showed that it is alive."""
        now = self._now_ns()
        return {name: (now - loop.last_beat_ns()) / 1e9 for name, loop in self._loops.items()}

    def late(self) -> dict[str, float]:
        """Loops that have been silent for longer than they may, with their silence in seconds."""
        return {name: age for name, age in self.ages().items() if age > self._loops[name].limit_s}

    async def run(self) -> None:
        """Feed until cancelled. Logged once when a loop falls silent and once when it is back."""
        while True:
            before = self._now_ns()
            await asyncio.sleep(FEED_S)
            self.loop_lag_s = max(0.0, (self._now_ns() - before) / 1e9 - FEED_S)
            late = self.late()
            for name in sorted(late.keys() - self._late):
                log.error("loop does not answer", extra={"loop": name, "silent_s": round(late[name], 1)})
            for name in sorted(self._late - late.keys()):
                log.info("loop answers again", extra={"loop": name})
            self._late = set(late)
            if not late:
                notify("WATCHDOG=1")


def notify(message: str) -> bool:
    """Send one state line to the service manager (sd_notify(3)). False where there is none, as in a terminal."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as notifier:
        notifier.settimeout(NOTIFY_WITHIN_S)
        try:
            notifier.connect(address)
            notifier.sendall(message.encode())
        except OSError as error:
            log.warning("service manager not reached", extra={"error": str(error)})
            return False
    return True
