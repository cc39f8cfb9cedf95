"""Follows a running store through its live stream, as a page does."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from edge.access.machine_token import read_machine_token
from edge.access.refusals import AccessError

RETRY_S: Final = 0.1  # s between attempts while the store is not there
MAX_LINE_BYTES: Final = 4 * 1024 * 1024


class StoreWatch:
    """``snapshot`` is the newest one as decoded JSON, empty before the first. ``token_file`` holds the store's machine token, another one
    after every start."""

    def __init__(self, url: str, token_file: Path) -> None:
        self._url = urlsplit(url)
        self._token_file = token_file
        self.snapshot: dict[str, Any] = {}
        self._news = asyncio.Condition()

    async def run(self) -> None:
        """Follow until cancelled; a lost stream is taken up again."""
        while True:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, ValueError, AccessError):
                await self._follow()
            await asyncio.sleep(RETRY_S)

    async def until(self, wanted: Callable[[dict[str, Any]], bool], timeout_s: float) -> dict[str, Any] | None:
        """The first snapshot from now on (the present one included) that is ``wanted``; None when none came in time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s), self._news:
                while not (self.snapshot and wanted(self.snapshot)):
                    await self._news.wait()
                return self.snapshot
        return None

    async def _follow(self) -> None:
        host, port = self._url.hostname or "127.0.0.1", self._url.port or 80
        reader, writer = await asyncio.open_connection(host, port, limit=MAX_LINE_BYTES)
        try:
            lines = (
                "GET /api/v1/stream HTTP/1.1",
                f"Host: {host}:{port}",
                f"Authorization: Bearer {read_machine_token(self._token_file)}",
                "Accept: text/event-stream",
                "Connection: close",
            )
            writer.write("".join(f"{line}\r\n" for line in (*lines, "")).encode())
            await writer.drain()
            event = ""
            while line := await reader.readline():
                text = line.decode().rstrip("\r\n")
                if text.startswith("event:"):
                    event = text.partition(":")[2].strip()
                elif text.startswith("data:") and event == "snapshot":
                    async with self._news:
                        self.snapshot = json.loads(text.partition(":")[2])
                        self._news.notify_all()
        finally:
            writer.close()
