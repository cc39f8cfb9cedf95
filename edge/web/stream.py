"""The live stream: each changed snapshot becomes one server-sent event, encoded once, sent to every listener; the newest wins.

What people wait for (visit, doors, cabinet, refusal) is sent at once; weights and counters, which change all the time, only now and then.

Wire: first ``event: hello`` with ``{"keep_alive_s": ...}``, then ``event: snapshot`` with the whole snapshot and a rising ``id``
(a client that comes back gets the present snapshot, whatever id it last saw), and after silence a comment with ``event: alive``,
so that programs behind a proxy and scripts in a page both notice a dead line.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any, Generic, TypeVar

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from edge.web.problem import Problem

RETRY_MS = 1000  # ms; how long a browser waits before it comes back after a cut
STALLED_AFTER_S = 30.0  # s; a reader that takes no byte for so long is let go, its place is needed

Shown = TypeVar("Shown")

log = logging.getLogger(__name__)


class Hub(Generic[Shown]):
    """One subscription to the store for all listeners, held only while somebody listens.

    ``encode`` turns a snapshot into one line of JSON. ``timeless`` is what of it is worth sending at all, ``awaited`` what is sent at once.
    ``limit`` listeners at most.
    """

    def __init__(
        self,
        subscribe: Callable[[], AsyncIterator[Shown]],
        encode: Callable[[Shown], bytes],
        *,
        timeless: Callable[[Shown], object],
        awaited: Callable[[Shown], object],
        limit: int,
        interval_s: float,
        keep_alive_s: float,
        stalled_after_s: float = STALLED_AFTER_S,
    ) -> None:
        self._subscribe = subscribe
        self._encode = encode
        self._timeless = timeless
        self._awaited = awaited
        self._limit = limit
        self._interval_s = interval_s
        self._keep_alive_s = keep_alive_s
        self.stalled_after_s = stalled_after_s
        self._listeners: set[asyncio.Event] = set()
        self._places = 0
        self._pump: asyncio.Task[None] | None = None
        self._newest: bytes | None = None
        self._closed = False
        self.sequence = 0

    @property
    def listeners(self) -> int:
        """Streams that are open now, or about to be."""
        return self._places

    def open(self) -> LiveStream:
        """A stream as an HTTP answer; it holds a place until it has been sent. Raises Problem 503 when all places are taken or the store
        shuts down."""
        if self._closed or self._places >= self._limit:
            raise Problem(
                503,
                "streams_taken",
                "No live stream is free",
                "Close another page of this store, or try again.",
                headers={"retry-after": "5"},
            )
        self._places += 1
        return LiveStream(self)

    def leave(self) -> None:
        """Give back the place that ``open`` took."""
        self._places -= 1

    async def events(self) -> AsyncGenerator[bytes, None]:
        """What one listener is sent, until the store shuts down. Never queues: a listener that was slow continues with the newest."""
        news = asyncio.Event()
        self._listeners.add(news)
        if self._pump is None:
            self._pump = asyncio.create_task(self._follow(), name="web-stream")
        try:
            yield b'retry: %d\nevent: hello\ndata: {"keep_alive_s": %g}\n\n' % (RETRY_MS, self._keep_alive_s)
            seen = 0
            while not self._closed and self._pump is not None:
                if self._newest is not None and self.sequence != seen:
                    seen = self.sequence
                    news.clear()
                    yield self._newest
                    continue
                news.clear()
                try:
                    async with asyncio.timeout(self._keep_alive_s):
                        await news.wait()
                except TimeoutError:
                    yield b": keep-alive\nevent: alive\ndata: {}\n\n"
        finally:
            self._listeners.discard(news)
            if not self._listeners and self._pump is not None:
                self._pump.cancel()
                self._pump = None
                self._newest = None

    async def close(self) -> None:
        """End every stream. Returned: no subscription is left."""
        self._closed = True
        pump, self._pump = self._pump, None
        self._wake()
        if pump is not None:
            pump.cancel()
            await asyncio.gather(pump, return_exceptions=True)

    async def _follow(self) -> None:
        """Encode what changed. When the store ends or fails, the streams end and their readers come back."""
        this = asyncio.current_task()
        loop = asyncio.get_running_loop()
        shown: Shown | None = None
        later: asyncio.TimerHandle | None = None
        next_s = 0.0
        source = self._subscribe()

        def send(snapshot: Shown) -> None:
            nonlocal shown, later, next_s
            if later is not None:
                later.cancel()
            shown, later, next_s = snapshot, None, loop.time() + self._interval_s
            self._publish(snapshot)

        try:
            async for snapshot in source:
                if shown is not None and self._timeless(snapshot) == self._timeless(shown):
                    continue
                if shown is None or self._awaited(snapshot) != self._awaited(shown) or loop.time() >= next_s:
                    send(snapshot)
                else:
                    if later is not None:
                        later.cancel()
                    later = loop.call_at(next_s, send, snapshot)
        except Exception:
            log.exception("live stream lost the store")
        finally:
            if later is not None:
                later.cancel()
            if isinstance(source, AsyncGenerator):
                await source.aclose()
            if self._pump is this:
                self._pump = None
                self._newest = None
                self._wake()

    def _publish(self, snapshot: Shown) -> None:
        self.sequence += 1
        self._newest = b"id: %d\nevent: snapshot\ndata: %s\n\n" % (self.sequence, self._encode(snapshot))
        self._wake()

    def _wake(self) -> None:
        for news in self._listeners:
            news.set()


class LiveStream(Response):
    """Sends a hub's events until the reader is gone, stalls, or the store shuts down."""

    media_type = "text/event-stream"

    def __init__(self, hub: Hub[Any]) -> None:
        super().__init__(headers={"cache-control": "no-store", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        feeding = asyncio.create_task(self._feed(send))
        leaving = asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait({feeding, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._hub.leave()
            for task in (feeding, leaving):
                task.cancel()
            await asyncio.gather(feeding, leaving, return_exceptions=True)
            if not feeding.cancelled() and (failure := feeding.exception()) is not None:
                log.error("a live stream failed", exc_info=failure)

    async def _feed(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        events = self._hub.events()
        try:
            async for event in events:
                async with asyncio.timeout(self._hub.stalled_after_s):
                    await send({"type": "http.response.body", "body": event, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            log.info("a live stream took nothing for %g s and was closed", self._hub.stalled_after_s)
        finally:
            await events.aclose()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
