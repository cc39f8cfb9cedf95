"""The master of one shared line: one request at a time, the most urgent first, each reply matched to its own request.

One owner task per port. What it guarantees:

- Silence of ``BusSettings.gap_s`` before every transmission, measured from the last byte heard or sent; longer after stray bytes.
- Bytes that arrive while no request is open are dropped and counted, and whatever has arrived is drained right before a transmission.
  After a failed exchange nothing is sent until the device's worst-case reply time has passed. So a late reply is never taken for the
  answer to a later request.
- ``expires_ns`` is compared with the clock in the same step that writes the request: an expired request is never sent.
- A cancelled caller never leaves an exchange half done: what is on the wire is finished by the owner, what is queued is dropped.

What the bytes mean belongs to the protocol's reply reader; retries belong to the driver. Devices that speak unasked belong on a
:class:`devices.line.Line`.
"""

from __future__ import annotations

import asyncio
import heapq
import math
import random
import time
from enum import IntEnum
from typing import Any, Final, TypeVar

from devices.config import BusSettings
from devices.connection import Connection
from devices.errors import Expired, Garbled, Refused, Unreachable
from devices.exchange import Exchange, Reply
from devices.protocols.reply import ReplyReader
from devices.transports import OpenTransport, Port, open_transport
from devices.wire_log import BusCounters, Tally, WireTrace

__all__ = ["Bus", "BusCounters", "LentBus", "Priority", "Reply"]

Frame = TypeVar("Frame")

BABBLE_LIMIT_S: Final = 0.5  # s; a line that is not silent for one gap within this time is not used, since nothing on it can be matched
ECHO_LIMIT_S: Final = 0.05  # s; an adapter's echo of a request without answer is waited for this long (FTDI delivers within 16 ms)
STRAY_SILENCE_S: Final = 0.02  # s; silence asked for after bytes that nobody asked for: adapters deliver in groups up to 16 ms apart


class Priority(IntEnum):
    """Who goes first when several requests wait; within limits, see PATIENCE_S."""

    UNLOCK = 0
    STATUS = 1
    WEIGHT = 2
    SEARCH = 3


PATIENCE_S: Final = {Priority.UNLOCK: -math.inf, Priority.STATUS: 0.0, Priority.WEIGHT: 0.2, Priority.SEARCH: 0.4}
"""Seconds for which a request lets later, more urgent ones go first: busy doors cannot starve the plates. Unlocks always go first."""


class Bus:
    """The owner of one port. ``run`` must be running for requests to be served."""

    def __init__(self, settings: BusSettings, *, open_transport: OpenTransport = open_transport, rng: random.Random | None = None) -> None:
        self.settings = settings
        self.trace = WireTrace(settings.trace_frames)
        self._connection = Connection(
            settings,
            on_bytes=self._received,
            on_down=self._fail_all,
            open_transport=open_transport,
            rng=rng or random.Random(),  # noqa: S311 - jitter, no secret
        )
        self.counters = Tally(lambda: self._connection.totals)
        self._gap_s = settings.gap_s
        self._character_s = settings.character_s
        self._queue: list[tuple[float, int, Exchange[Any]]] = []  # when its turn is, order of arrival
        self._order = 0
        self._wake = asyncio.Event()
        self._current: Exchange[Any] | None = None
        self._active_until = 0.0  # loop time at which the line was last known to carry a byte
        self._tail_until = 0.0  # loop time until which stray bytes are the last reply's tail: a transceiver that turns around
        self._hold_until = 0.0  # loop time before which a late reply of a failed exchange may still come

    @property
    def connected(self) -> bool:
        """The port is open (whether anything answers on it is another matter)."""
        return self._connection.port is not None

    @property
    def opened(self) -> int:
        """How often the port has been opened: another number means that somebody else may be at the other end now."""
        return self._connection.opened

    @property
    def trouble(self) -> str | None:
        """Why the port is not open and what to do about it; None while it is open or has not been tried yet."""
        return self._connection.trouble

    async def run(self) -> None:
        """Own the port until cancelled: open it, serve requests, open it again after it was lost."""
        await self._connection.run(self._serve)

    async def transact(
        self,
        request: bytes,
        reader: ReplyReader[Frame],
        *,
        priority: Priority,
        timeout_s: float,
        settle_s: float,
        device: str,
        expires_ns: int | None = None,
    ) -> Reply[Frame]:
        """Send ``request`` and return the reply that ``reader`` accepts.

        ``timeout_s``: from the last bit of the request to the last byte of the reply. ``settle_s``: from the same moment, the latest at
        which this device may still begin to answer; silence is kept that long after a failure. ``expires_ns``: CLOCK_MONOTONIC time from
        which on the request is not sent any more.

        Raises Unreachable (no byte came, or the port is gone: whether the device acted is unknown), its subclass Expired (nothing was
        sent), Garbled (bytes came, none a valid answer; or the line is never silent).
        """
        answer: asyncio.Future[Reply[Frame]] = asyncio.get_running_loop().create_future()
        return await self._submit(priority, Exchange(request, reader, device, timeout_s, settle_s, expires_ns, answer))

    async def send_only(
        self, request: bytes, *, priority: Priority, device: str, settle_s: float = 0.0, expires_ns: int | None = None
    ) -> int:
        """Send a request that is not answered. Returned: it is on the line, and this is the CLOCK_MONOTONIC time at which it was written.

        ``settle_s``: silence kept afterwards. Raises Unreachable, Expired, Garbled as :meth:`transact`.
        """
        answer: asyncio.Future[Reply[None]] = asyncio.get_running_loop().create_future()
        reply = await self._submit(priority, Exchange(request, None, device, 0.0, settle_s, expires_ns, answer))
        return reply.sent_ns

    async def _submit(self, priority: Priority, exchange: Exchange[Frame]) -> Reply[Frame]:
        if self._connection.trouble is not None:
            raise Unreachable(exchange.device, self._connection.trouble)
        self._order += 1
        heapq.heappush(self._queue, (asyncio.get_running_loop().time() + PATIENCE_S[priority], self._order, exchange))
        self._wake.set()
        return await exchange.answer

    async def _serve(self, port: Port) -> None:
        loop = asyncio.get_running_loop()
        self._active_until = loop.time()  # the line may have carried a byte just before it was opened
        while True:
            if not self._queue:
                self._wake.clear()
                await self._wake.wait()
            silent = await self._silence(port, loop)
            exchange = self._next()
            if exchange is None:
                continue
            if not silent:
                self.counters.babbles += 1
                exchange.fail(Garbled(exchange.device, f"the line is never silent for {self._gap_s * 1000:.2f} ms; a station babbles"))
                continue
            await self._perform(exchange, port, loop)

    async def _silence(self, port: Port, loop: asyncio.AbstractEventLoop) -> bool:
        """Wait until the line has been silent long enough. Returned: it is silent now; nothing that arrived before is unread."""
        gap_s = self._gap_s
        give_up = max(loop.time(), self._hold_until) + BABBLE_LIMIT_S
        while True:
            now = loop.time()
            ready = max(self._active_until + gap_s, self._hold_until)
            if now >= ready:
                port.drain()
                if self._active_until + gap_s <= now:
                    return True
                continue
            if now >= give_up:
                return False
            await asyncio.sleep(min(ready, give_up) - now)

    def _next(self) -> Exchange[Any] | None:
        while self._queue:
            exchange = heapq.heappop(self._queue)[2]
            if exchange.answer.done():
                continue
            if exchange.expires_ns is not None and time.monotonic_ns() >= exchange.expires_ns:
                self.counters.expired += 1
                exchange.fail(Expired(exchange.device, "its time was over before the line was free; nothing was sent"))
                continue
            return exchange
        return None

    async def _perform(self, exchange: Exchange[Any], port: Port, loop: asyncio.AbstractEventLoop) -> None:
        started = loop.time()
        sent_end = started + len(exchange.request) * self._character_s
        exchange.echo = exchange.request if self.settings.echo else b""
        exchange.sent_ns = time.monotonic_ns()
        self._active_until = sent_end
        self._current = exchange
        closed = exchange.closed = loop.create_future()
        self.trace.add(exchange.sent_ns, "sent", exchange.request)
        port.write(exchange.request)
        if exchange.reader is None:
            self.counters.sent_only += 1
            limit = sent_end + (ECHO_LIMIT_S if exchange.echo else 0.0)
        else:
            self.counters.requests += 1
            limit = sent_end + exchange.timeout_s
        timer = loop.call_at(limit, exchange.close)
        try:
            await closed
        finally:
            timer.cancel()
            self._current = None
            if not exchange.replied:
                self._hold_until = sent_end + exchange.settle_s
            self.counters.busy_s += max(loop.time(), self._hold_until) - started
        if exchange.replied:
            return
        if port.unsent:
            exchange.fail(Unreachable(exchange.device, f"{self.settings.url} takes no bytes; check flow control and the adapter"))
            self._connection.give_up("it takes no bytes")
        elif exchange.reader is None:
            exchange.succeed(Reply(None, exchange.sent_ns, time.monotonic_ns()))
        else:
            self._failed(exchange)

    def _failed(self, exchange: Exchange[Any]) -> None:
        if exchange.heard:
            self.counters.garbled += 1
            self.counters.skipped_bytes += len(exchange.heard)
        else:
            self.counters.timeouts += 1
        exchange.fail(exchange.failure(self.settings))

    def _received(self, chunk: bytes) -> None:
        at_ns = time.monotonic_ns()
        self._active_until = at_ns / 1e9
        exchange = self._current
        if exchange is None:
            self._drop(at_ns, chunk)
            return
        self.trace.add(at_ns, "received", chunk)
        if exchange.echo:
            chunk = self._without_echo(exchange, chunk)
            if not chunk:
                return
        if exchange.reader is None:
            self.counters.stale_bytes_dropped += len(chunk)
            return
        exchange.heard += chunk
        frame = exchange.reader.feed(chunk)
        if frame is None:
            return
        self.counters.replies += 1
        self.counters.skipped_bytes += exchange.reader.skipped
        self.counters.stale_bytes_dropped += exchange.reader.excess
        self._current = None
        self._tail_until = self._active_until + self._gap_s
        exchange.succeed(Reply(frame, exchange.sent_ns, at_ns))
        exchange.close()

    def _without_echo(self, exchange: Exchange[Any], chunk: bytes) -> bytes:
        rest = exchange.strip_echo(chunk)
        if rest is None:
            self.counters.echo_mismatches += 1
            return chunk
        if not exchange.echo:
            self.counters.echoes_stripped += 1
            if exchange.reader is None:
                exchange.close()
        return rest

    def _drop(self, at_ns: int, chunk: bytes) -> None:
        if self._active_until > self._tail_until:
            self._active_until += max(0.0, STRAY_SILENCE_S - self._gap_s)
        self.counters.stale_bytes_dropped += len(chunk)
        self.trace.add(at_ns, "dropped", chunk)

    def _fail_all(self, reason: str) -> None:
        """The port is down: nobody waits for it."""
        waiting = [entry[2] for entry in self._queue]
        self._queue.clear()
        if self._current is not None:
            waiting.append(self._current)
            self._current = None
        for exchange in waiting:
            exchange.fail(Unreachable(exchange.device, reason))


class LentBus(Bus):
    """The bus of a running station in the hands of somebody who only asks around: all requests come last, and nothing is sent that no
    answer is expected to, since that is how some boards are told to move. ``run`` stays its owner's business."""

    def __init__(self, owner: Bus) -> None:
        self.settings = owner.settings
        self.trace = owner.trace
        self.counters = owner.counters
        self._owner = owner

    @property
    def connected(self) -> bool:
        return self._owner.connected

    @property
    def opened(self) -> int:
        return self._owner.opened

    @property
    def trouble(self) -> str | None:
        return self._owner.trouble

    async def run(self) -> None:
        raise RuntimeError(f"bus {self.settings.name} is lent: its owner runs it")

    async def transact(
        self,
        request: bytes,
        reader: ReplyReader[Frame],
        *,
        priority: Priority,
        timeout_s: float,
        settle_s: float,
        device: str,
        expires_ns: int | None = None,
    ) -> Reply[Frame]:
        """As :meth:`Bus.transact`, behind everything else that waits."""
        return await self._owner.transact(
            request,
            reader,
            priority=max(priority, Priority.SEARCH),
            timeout_s=timeout_s,
            settle_s=settle_s,
            device=device,
            expires_ns=expires_ns,
        )

    async def send_only(
        self, request: bytes, *, priority: Priority, device: str, settle_s: float = 0.0, expires_ns: int | None = None
    ) -> int:
        """Refused, always."""
        raise Refused(device, f"bus {self.settings.name} is lent for questions only; nothing was sent")
