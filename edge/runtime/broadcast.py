"""Hands the newest snapshot to everybody who watches. A slow reader misses what lies between, never the newest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

from edge.snapshot import StoreSnapshot

LIVE_S = 0.05  # s between looks at the live weights while somebody watches
SETTLE_S = 0.005  # s; facts that come in one burst become one snapshot


class Broadcast:
    """Snapshots are made only while somebody watches: an idle store without open pages spends nothing here."""

    def __init__(self, make: Callable[[], StoreSnapshot]) -> None:
        self._make = make
        self._newest: StoreSnapshot | None = None
        self._number = 0
        self._changed = asyncio.Condition()
        self._poked = asyncio.Event()
        self._watchers = 0
        self._closed = False

    def poke(self) -> None:
        """Something changed: do not wait for the next look."""
        self._poked.set()

    async def run(self) -> None:
        """Make snapshots until cancelled; then every subscription ends."""
        try:
            while True:
                if self._watchers == 0:
                    await self._poked.wait()
                try:
                    async with asyncio.timeout(LIVE_S):
                        await self._poked.wait()
                    await asyncio.sleep(SETTLE_S)
                except TimeoutError:
                    pass
                self._poked.clear()
                if self._watchers:
                    await self._publish()
        finally:
            self._closed = True
            async with self._changed:
                self._changed.notify_all()

    async def subscribe(self) -> AsyncIterator[StoreSnapshot]:
        """The present snapshot at once, then each one that shows something new."""
        self._watchers += 1
        try:
            self.poke()
            seen, snapshot = self._number, self._make()
            while not self._closed:
                yield snapshot
                async with self._changed:
                    while self._number == seen and not self._closed:
                        await self._changed.wait()
                if self._newest is not None:
                    seen, snapshot = self._number, self._newest
        finally:
            self._watchers -= 1

    async def _publish(self) -> None:
        snapshot = self._make()
        before = self._newest
        if before is not None and replace(snapshot, at_s=before.at_s, at_unix_s=before.at_unix_s) == before:
            return
        self._newest = snapshot
        async with self._changed:
            self._number += 1
            self._changed.notify_all()
