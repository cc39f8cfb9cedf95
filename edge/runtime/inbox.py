"""The one way in: facts wait here, in the order in which they were observed, until the store loop journals them."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

from edge.session.facts import Fact
from edge.session.state import StoreState

MAX_WAITING = 10_000  # facts; a store makes a few per second, so thousands waiting means the loop is dead
BATCH = 64  # facts per transaction: bounds how long a shopper's fact waits behind a burst


class InboxFull(RuntimeError):
    """The store loop has stopped taking facts. The process must end, so that the supervisor starts it anew from the journal."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A fact and, where somebody waits for it, the future that gets the state right after it, once that is durable."""

    fact: Fact
    done: asyncio.Future[StoreState] | None


class Inbox:
    """Unordered producers, one consumer. Not thread-safe: everything runs on the store's event loop."""

    def __init__(self) -> None:
        self._waiting: deque[Entry] = deque()
        self._arrived = asyncio.Event()

    def put(self, fact: Fact) -> None:
        """Add a fact; returns at once."""
        self._add(Entry(fact, None))

    async def put_and_wait(self, fact: Fact) -> StoreState:
        """Add a fact; returns once it is durable, with the state that it made: later facts may have changed more already."""
        done: asyncio.Future[StoreState] = asyncio.get_running_loop().create_future()
        self._add(Entry(fact, done))
        return await done

    async def take(self, timeout_s: float) -> list[Entry]:
        """Up to ``BATCH`` waiting entries; an empty list after ``timeout_s`` without any, so that the caller can show it is alive."""
        if not self._waiting:
            try:
                async with asyncio.timeout(timeout_s):
                    await self._arrived.wait()
            except TimeoutError:
                return []
        batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
        if not self._waiting:
            self._arrived.clear()
        return batch

    def __len__(self) -> int:
        return len(self._waiting)

    def _add(self, entry: Entry) -> None:
        if len(self._waiting) >= MAX_WAITING:
            raise InboxFull(f"{MAX_WAITING} facts are waiting: the store loop does not answer")
        self._waiting.append(entry)
        self._arrived.set()
