"""The stream of raw weight samples for a recorder on this machine: one JSON object a line, for as long as the recorder stays.

Few at a time, let go when they stall, ended when the store shuts down. What the lines mean is the front's business.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from edge.web.problem import Problem

MOST_RECORDERS = 2  # one, and one more that somebody forgot: each may hold a few megabytes
STALLED_AFTER_S = 30.0  # s; a recorder that takes no byte for so long is let go
MEDIA_TYPE = "application/x-ndjson"

log = logging.getLogger(__name__)

Lines = AsyncGenerator[Mapping[str, Any]]


class SampleStreams:
    """Hands out streams over ``listen``, ``limit`` at a time."""

    def __init__(self, listen: Callable[[], Lines], *, limit: int = MOST_RECORDERS) -> None:
        self._listen = listen
        self._limit = limit
        self._places = 0
        self.closing = asyncio.Event()

    def open(self) -> SampleStream:
        """A stream as an HTTP answer; it holds a place until it has been sent. Raises Problem 503 where none is free."""
        if self.closing.is_set() or self._places >= self._limit:
            raise Problem(
                503,
                "recorders_taken",
                "No more recordings at the same time",
                "End another 'smartstore record' of this store, then try again.",
            )
        self._places += 1
        return SampleStream(self)

    def leave(self) -> None:
        """Give back the place that ``open`` took."""
        self._places -= 1

    def close(self) -> None:
        """End every stream."""
        self.closing.set()

    async def lines(self) -> AsyncGenerator[bytes]:
        """What one recorder is sent."""
        source = self._listen()
        try:
            async for line in source:
                yield json.dumps(line, separators=(",", ":")).encode() + b"\n"
        finally:
            await source.aclose()


class SampleStream(Response):
    """Sends lines until the recorder is gone, stalls, or the store shuts down."""

    media_type = MEDIA_TYPE

    def __init__(self, streams: SampleStreams) -> None:
        super().__init__(headers={"cache-control": "no-store", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        tasks = [
            asyncio.create_task(self._feed(send)),
            asyncio.create_task(_gone(receive)),
            asyncio.create_task(self._streams.closing.wait()),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._streams.leave()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        feeding = tasks[0]
        if not feeding.cancelled() and (failure := feeding.exception()) is not None:
            log.error("a stream of samples failed", exc_info=failure)

    async def _feed(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        lines = self._streams.lines()
        try:
            async for line in lines:
                async with asyncio.timeout(STALLED_AFTER_S):
                    await send({"type": "http.response.body", "body": line, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            log.info("a stream of samples took nothing for %g s and was closed", STALLED_AFTER_S)
        finally:
            await lines.aclose()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
