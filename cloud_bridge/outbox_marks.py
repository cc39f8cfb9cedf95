"""What the outbox tells the rest of the bridge: where it stands and the events it hands out. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from cloud_bridge.messages import Priority


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One event as it travels. ``leaf`` is the topic below the store's prefix."""

    seq: int
    priority: Priority
    leaf: str
    body: bytes


@dataclass(frozen=True, slots=True)
class OutboxMarks:
    """Where the outbox stands: ``confirmed <= last``; the difference waits. ``first`` is the lowest number that can still be sent."""

    epoch: int
    first: int
    confirmed: int
    last: int

    @property
    def depth(self) -> int:
        """Events not confirmed by the far end."""
        return self.last - self.confirmed
