"""Keeping one port open: opening, noticing its loss, opening again by name with growing, jittered waits.

What is sent and received belongs to the bus or line that owns the connection.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from typing import Final

from devices.config import BusSettings
from devices.transports import OpenTransport, Port, PortError
from devices.wire_log import PortTotals

_log = logging.getLogger(__name__)

_PROVEN_S: Final = 10.0  # s; a port that stayed this long without a byte is not flapping, so the next loss starts with a short wait


def waits(settings: BusSettings, attempt: int, rng: random.Random) -> float:
    """Seconds to wait before reopening for the ``attempt``-th time (from 0): doubling up to the limit, half to full length at random."""
    longest = min(settings.reconnect_most_s, settings.reconnect_first_s * 2.0 ** min(attempt, 30))
    return longest * rng.uniform(0.5, 1.0)


class Connection:
    """The receiver of a port that is opened again and again.

    ``trouble`` is None from the start until the first failure and while the port is open, otherwise what to do about it. Loss and return
    are logged once each.
    """

    def __init__(
        self,
        settings: BusSettings,
        *,
        on_bytes: Callable[[bytes], None],
        on_down: Callable[[str], None],
        open_transport: OpenTransport,
        rng: random.Random,
    ) -> None:
        self.settings = settings
        self.port: Port | None = None
        self.trouble: str | None = None
        self.opened = 0
        self.open_failures = 0
        self.port_losses = 0
        self._on_bytes = on_bytes
        self._on_down = on_down
        self._open_transport = open_transport
        self._rng = rng
        self._attempt = 0
        self._lost: asyncio.Future[None] | None = None
        self._connected_s = 0.0
        self._since: float | None = None

    @property
    def totals(self) -> PortTotals:
        """Counts of openings and losses, and the seconds that the port has been open."""
        running = 0.0 if self._since is None else time.monotonic() - self._since
        return PortTotals(self.opened, self.open_failures, self.port_losses, self._connected_s + running)

    async def run(self, serve: Callable[[Port], Awaitable[None]]) -> None:
        """Keep the port open and ``serve`` running on it, until cancelled. ``serve`` is cancelled when the port is lost."""
        try:
            while True:
                await self._once(serve)
                await asyncio.sleep(waits(self.settings, self._attempt, self._rng))
                self._attempt += 1
        finally:
            self.trouble = f"{self.settings.url} is not in use any more; the controller is stopping"
            self._on_down(self.trouble)

    async def _once(self, serve: Callable[[Port], Awaitable[None]]) -> None:
        loop = asyncio.get_running_loop()
        lost = self._lost = loop.create_future()
        try:
            port = await self._open_transport(self.settings, self)
        except PortError as error:
            self.open_failures += 1
            self._down(str(error))
            return
        if lost.done():
            return
        self._up(port, time.monotonic())
        serving = asyncio.ensure_future(serve(port))
        try:
            await asyncio.wait({serving, lost}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            port.close()
            self.port = None
            open_s = time.monotonic() - self._since if self._since is not None else 0.0
            self._connected_s += open_s
            self._since = None
            if open_s > _PROVEN_S:
                self._attempt = 0
            if not serving.done():
                serving.cancel()
                await asyncio.wait({serving})  # not ``await serving``: whether it is serving's cancellation or ours could not be told
        if serving.done() and not serving.cancelled():
            serving.result()

    def give_up(self, reason: str) -> None:
        """The owner found the open port useless (it takes no bytes): close it and open it again."""
        self.lost(PortError("gone", f"{self.settings.url}: {reason}; it is opened again"))

    def received(self, chunk: bytes) -> None:
        """Called by the port."""
        self._attempt = 0
        self._on_bytes(chunk)

    def lost(self, error: PortError) -> None:
        """Called by the port."""
        self.port_losses += 1
        self.port = None
        self._down(str(error))
        if self._lost is not None and not self._lost.done():
            self._lost.set_result(None)

    def _up(self, port: Port, now: float) -> None:
        self.port = port
        self.opened += 1
        self._since = now
        if self.trouble is not None:
            _log.info("bus %s: %s is open again", self.settings.name, self.settings.url)
        self.trouble = None

    def _down(self, reason: str) -> None:
        if self.trouble is None:
            _log.warning("bus %s: %s", self.settings.name, reason)
        self.trouble = reason
        self._on_down(reason)
