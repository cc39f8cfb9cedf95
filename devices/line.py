"""The listener of a port whose device speaks unasked: our own node, a code reader, a scale told to repeat.

It keeps the port open, cuts the bytes into frames and hands them on with their arrival time. Requests that expect an answer at a certain
moment belong on a :class:`devices.bus.Bus`.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from devices.config import BusSettings
from devices.connection import Connection
from devices.errors import Unreachable
from devices.protocols.reply import StreamDecoder
from devices.transports import OpenTransport, Port, open_transport
from devices.wire_log import LineCounters, WireTrace

__all__ = ["Heard", "Line", "LineCounters"]

Frame = TypeVar("Frame")

UNSENT_LIMIT_BYTES: Final = 4096  # a port that has this much waiting does not take bytes any more


@dataclass(frozen=True, slots=True)
class Heard(Generic[Frame]):
    """One frame and the CLOCK_MONOTONIC time at which its last byte arrived."""

    frame: Frame
    at_ns: int


class Line(Generic[Frame]):
    """The owner of one port; ``run`` must be running. One consumer at a time.

    At most ``backlog`` unfetched frames are kept; then the oldest is thrown away and counted.
    """

    def __init__(
        self,
        settings: BusSettings,
        decoder: StreamDecoder[Frame],
        *,
        open_transport: OpenTransport = open_transport,
        rng: random.Random | None = None,
        backlog: int = 256,
    ) -> None:
        if backlog < 1:
            raise ValueError(f"backlog must be at least 1, not {backlog}")
        self.settings = settings
        self.trace = WireTrace(settings.trace_frames)
        self._decoder = decoder
        self._backlog = backlog
        self._frames: deque[Heard[Frame]] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._counted = 0
        self._sent = 0
        self._overflowed = 0
        self._connection = Connection(
            settings,
            on_bytes=self._received,
            on_down=self._down,
            open_transport=open_transport,
            rng=rng or random.Random(),  # noqa: S311 - jitter, no secret
        )

    @property
    def connected(self) -> bool:
        """The port is open (whether anything speaks on it is another matter)."""
        return self._connection.port is not None

    @property
    def opened(self) -> int:
        """How often the port has been opened: another number means that somebody else may be at the other end now."""
        return self._connection.opened

    @property
    def trouble(self) -> str | None:
        """Why the port is not open and what to do about it; None while it is open or has not been tried yet."""
        return self._connection.trouble

    @property
    def counters(self) -> LineCounters:
        """Totals of this moment."""
        totals = self._connection.totals
        return LineCounters(
            frames=self._counted,
            sent=self._sent,
            skipped_bytes=self._decoder.skipped,
            overflowed=self._overflowed,
            opened=totals.opened,
            open_failures=totals.open_failures,
            port_losses=totals.port_losses,
        )

    async def run(self) -> None:
        """Own the port until cancelled: open it, listen, open it again after it was lost."""
        await self._connection.run(self._serve)

    async def next(self, device: str, timeout_s: float | None = None) -> Heard[Frame]:
        """The oldest unfetched frame; waits for one, also while the port is being opened again.

        Raises Unreachable when the port is lost or an opening fails while waiting, or when nothing came within ``timeout_s``.
        """
        try:
            async with asyncio.timeout(timeout_s):
                while not self._frames:
                    if self._waiter is not None:
                        raise RuntimeError(f"{device}: two consumers wait on line {self.settings.name}; a line has one")
                    self._waiter = asyncio.get_running_loop().create_future()
                    try:
                        await self._waiter
                    finally:
                        self._waiter = None
        except TimeoutError as error:
            reason = self.trouble or f"silent on {self.settings.name} for {timeout_s} s"
            raise Unreachable(device, reason) from error
        except _Down as down:
            raise Unreachable(device, str(down)) from down
        return self._frames.popleft()

    def send(self, device: str, frame: bytes) -> int:
        """Hand a frame to the line. Returned: the CLOCK_MONOTONIC time. Raises Unreachable when the port is not open or takes nothing."""
        port = self._connection.port
        if port is None:
            raise Unreachable(device, self.trouble or f"{self.settings.url} is not open yet")
        if port.unsent > UNSENT_LIMIT_BYTES:
            self._connection.give_up("it takes no bytes")
            raise Unreachable(device, f"{self.settings.url} takes no bytes; check flow control and the adapter")
        at_ns = time.monotonic_ns()
        self.trace.add(at_ns, "sent", frame)
        port.write(frame)
        self._sent += 1
        return at_ns

    async def _serve(self, port: Port) -> None:
        self._decoder.reset()
        await asyncio.get_running_loop().create_future()  # bytes come by themselves; ends by cancellation when the port is lost

    def _received(self, chunk: bytes) -> None:
        at_ns = time.monotonic_ns()
        self.trace.add(at_ns, "received", chunk)
        for frame in self._decoder.feed(chunk):
            self._counted += 1
            if len(self._frames) >= self._backlog:
                self._frames.popleft()
                self._overflowed += 1
            self._frames.append(Heard(frame, at_ns))
        if self._frames and self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _down(self, reason: str) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(_Down(reason))


class _Down(Exception):
    """The port was lost while somebody waited."""
