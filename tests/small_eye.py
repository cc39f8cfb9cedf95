"""The other end of the eye's socket without an eye behind it: greets who connects, says what a test wants, keeps what it is told."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from pathlib import Path
from typing import Any

from tests import waiting
from vision.facts import EyeOpened, ItemSeen
from vision.wire import Wish, fact_line, wish_of

SOON_S = 10.0


class SmallEye:
    """One socket that greets who connects; keeps what it was told."""

    def __init__(self, path: Path, greeting: bytes | None = None) -> None:
        self.path = path
        self.greeting = opened() if greeting is None else greeting
        self.wishes: list[Wish] = []
        self.writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> SmallEye:
        self._server = await asyncio.start_unix_server(self._serve, path=self.path)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in self.writers:
            writer.transport.abort()
        self.path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        writer.write(self.greeting)
        while line := await reader.readline():
            wish = wish_of(line)
            assert wish is not None
            self.wishes.append(wish)

    def say(self, *lines: bytes) -> None:
        self.writers[-1].write(b"".join(lines))


def opened() -> bytes:
    return fact_line(EyeOpened(at_ns=time.monotonic_ns(), cameras=("c1",), model="m", gallery="g", products=3))


def seen(reach: int = 1, **more: Any) -> ItemSeen:
    now = time.monotonic_ns()
    fields: dict[str, Any] = {
        "at_ns": now,
        "camera": "c1",
        "reach": reach,
        "plates": ("p1",),
        "start_ns": now - 10**9,
        "end_ns": now,
        "direction": "taken",
        "log_likelihoods": (("4006381333931", -0.5),),
        "log_other": -3.0,
    }
    return ItemSeen(**{**fields, **more})


until = partial(waiting.until, within_s=SOON_S)
