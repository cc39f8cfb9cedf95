"""Motion JPEG over HTTP on the loopback address: every camera of a stage at ``/ID.mjpeg``, its newest picture at ``/ID.jpg``.

Pictures are made only while somebody watches. A viewer that reads too slowly misses pictures and delays nobody.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

import cv2

from vision.sim.camera import ShelfCamera

BOUNDARY: Final = b"frame"
QUALITY: Final = 82  # of JPEG; what network cameras send
MOST_WAITING: Final = 1_000_000  # bytes that a viewer may be behind before pictures are left out
REQUEST_WITHIN_S: Final = 5.0  # s for a viewer to say what it wants
MOST_VIEWERS: Final = 32


class Broadcast:
    """Serves ``cameras`` by id. ``clock_ns`` gives the time of a picture."""

    def __init__(self, cameras: Mapping[str, ShelfCamera], frames_per_s: float, *, clock_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._cameras = dict(cameras)
        self._period_s = 1.0 / frames_per_s
        self._clock_ns = clock_ns
        self._viewers: dict[str, set[asyncio.StreamWriter]] = {name: set() for name in cameras}
        self._server: asyncio.Server | None = None
        self._rolling: asyncio.Task[None] | None = None
        self.pictures = 0  # made since the start

    @property
    def port(self) -> int:
        """TCP port. RuntimeError before ``start``."""
        if self._server is None:
            raise RuntimeError("the broadcast has not been started")
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self, port: int = 0) -> None:
        """Listen. OSError where the port is taken."""
        self._server = await asyncio.start_server(self._view, "127.0.0.1", port)
        self._rolling = asyncio.create_task(self._roll())

    async def close(self) -> None:
        """Let all viewers go and stop listening."""
        if self._rolling is not None:
            self._rolling.cancel()
            with suppress(asyncio.CancelledError):
                await self._rolling
        for viewers in self._viewers.values():
            for writer in tuple(viewers):
                writer.transport.abort()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _roll(self) -> None:
        due = time.monotonic()
        while True:
            for name, viewers in self._viewers.items():
                if viewers:
                    picture = self._jpeg(name)
                    head = b"--%s\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % (BOUNDARY, len(picture))
                    for writer in tuple(viewers):
                        if writer.transport.get_write_buffer_size() < MOST_WAITING:
                            writer.write(head + picture + b"\r\n")
            due = max(due + self._period_s, time.monotonic())
            await asyncio.sleep(due - time.monotonic())

    def _jpeg(self, name: str) -> bytes:
        self.pictures += 1
        encoded = cv2.imencode(".jpg", self._cameras[name].picture(self._clock_ns()), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
        return encoded.tobytes()

    async def _view(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(REQUEST_WITHIN_S):
                words = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0].split(b" ")
            name, _, kind = words[1].decode("ascii", "replace").lstrip("/").rpartition(".") if len(words) == 3 else ("", "", "")
            if words[0] != b"GET" or name not in self._cameras or kind not in ("mjpeg", "jpg"):
                writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                await writer.drain()
            elif kind == "jpg":
                picture = self._jpeg(name)
                head = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(picture)
                writer.write(head + picture)
                await writer.drain()
            elif sum(len(viewers) for viewers in self._viewers.values()) < MOST_VIEWERS:
                kind_of = b"multipart/x-mixed-replace; boundary=" + BOUNDARY
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n" % kind_of)
                self._viewers[name].add(writer)
                try:
                    while await reader.read(1024):
                        pass  # a viewer has nothing more to say
                finally:
                    self._viewers[name].discard(writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # whoever it was has gone or speaks no HTTP
        finally:
            writer.close()
