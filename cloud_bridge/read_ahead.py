"""Events read from the outbox a few hundred at a time, in the order in which they are to leave. Reads by the function it is given."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from cloud_bridge.delivery import Delivery
from cloud_bridge.messages import Priority
from cloud_bridge.outbox_marks import StoredEvent

READ_AHEAD = 200  # events; one look at the outbox costs as much as a hundred rows of it

Read: TypeAlias = Callable[[Mapping[Priority, int], int, bool], Awaitable[list[StoredEvent]]]
"""Waiting events above the given numbers, at most so many, urgent ones first or not."""


class ReadAhead:
    """What was read is thrown away when anything changes: new events may be more urgent, a repetition begins further back."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._events: deque[StoredEvent] = deque()
        self._changes = 0
        self._seen = (0, 0, True)
        self.more = True
        """Whether there may be events that have not been sent."""

    def changed(self) -> None:
        """The outbox has something new, or sending begins anew."""
        self._changes += 1
        self.more = True

    async def take(self, delivery: Delivery, room: int) -> list[StoredEvent]:
        """The next events to send, at most ``room``; none where all of them were sent."""
        now = (self._changes, delivery.begun, delivery.urgent_first)
        if not self._events or now != self._seen:
            self._events = deque(await self._read(delivery.after, READ_AHEAD, delivery.urgent_first))
            self._seen = now
            if not self._events and self._changes == now[0]:
                self.more = False
        return [self._events.popleft() for _ in range(min(room, len(self._events)))]
