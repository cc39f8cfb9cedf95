"""What a port keeps about its own traffic for diagnosis: counters and the last transmissions. No I/O."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal, TypeAlias

_SHOWN_BYTES: Final = 300  # longer pieces are cut; a Modbus frame has at most 256

WireDirection: TypeAlias = Literal["sent", "received", "dropped"]


@dataclass(frozen=True, slots=True)
class WireEvent:
    """One piece of traffic; ``at_ns`` is CLOCK_MONOTONIC. ``dropped`` arrived while nothing was expected."""

    at_ns: int
    direction: WireDirection
    message: bytes


class WireTrace:
    """The last ``limit`` events. ``count``: how many there have been."""

    def __init__(self, limit: int) -> None:
        self._events: deque[tuple[int, WireDirection, bytes]] = deque(maxlen=limit)
        self.limit = limit
        self.count = 0

    def add(self, at_ns: int, direction: WireDirection, message: bytes) -> None:
        self.count += 1
        self._events.append((at_ns, direction, message[:_SHOWN_BYTES]))

    def events(self) -> tuple[WireEvent, ...]:
        """Oldest first."""
        return tuple(WireEvent(*event) for event in self._events)

    def since(self, count: int) -> tuple[WireEvent, ...]:
        """The events after the first ``count``, as far as they are kept; oldest first."""
        fresh = min(self.count - count, len(self._events))
        newest = list(islice(reversed(self._events), max(0, fresh)))
        return tuple(WireEvent(*event) for event in reversed(newest))

    def keep(self, events: int) -> None:
        """Keep so many from now on, never fewer than ``limit``."""
        most = max(self.limit, events)
        if most != self._events.maxlen:
            self._events = deque(self._events, maxlen=most)


@dataclass(frozen=True, slots=True)
class PortTotals:
    """What the connection counts about its port."""

    opened: int
    open_failures: int
    port_losses: int
    connected_s: float


@dataclass(frozen=True, slots=True)
class BusCounters:
    """Totals since the bus was made."""

    requests: int = 0  # transmissions that expected an answer
    replies: int = 0
    sent_only: int = 0  # transmissions that expected none
    timeouts: int = 0  # no byte came
    garbled: int = 0  # bytes came, no valid answer among them
    expired: int = 0  # never sent, too old
    babbles: int = 0  # given up since the line was never silent
    stale_bytes_dropped: int = 0  # arrived with no request open, or behind a reply
    skipped_bytes: int = 0  # inside an exchange, not part of the reply
    echoes_stripped: int = 0
    echo_mismatches: int = 0
    opened: int = 0
    open_failures: int = 0
    port_losses: int = 0
    busy_s: float = 0.0  # spent in exchanges and in the silence after failed ones
    connected_s: float = 0.0

    @property
    def reconnects(self) -> int:
        """Times the port was opened again after the first time."""
        return max(0, self.opened - 1)

    @property
    def busy_fraction(self) -> float:
        """Share of the connected time that was spent in exchanges, 0..1."""
        return self.busy_s / self.connected_s if self.connected_s > 0 else 0.0


@dataclass(frozen=True, slots=True)
class LineCounters:
    """Totals since the line was made."""

    frames: int = 0
    sent: int = 0
    skipped_bytes: int = 0  # part of no valid frame
    overflowed: int = 0  # frames thrown away, oldest first, since nobody fetched them
    opened: int = 0
    open_failures: int = 0
    port_losses: int = 0

    @property
    def reconnects(self) -> int:
        """Times the port was opened again after the first time."""
        return max(0, self.opened - 1)


class Tally:
    """Running totals behind :class:`BusCounters`; only the owner of the port writes it."""

    def __init__(self, port_totals: Callable[[], PortTotals]) -> None:
        self._port_totals = port_totals
        self.requests = 0
        self.replies = 0
        self.sent_only = 0
        self.timeouts = 0
        self.garbled = 0
        self.expired = 0
        self.babbles = 0
        self.stale_bytes_dropped = 0
        self.skipped_bytes = 0
        self.echoes_stripped = 0
        self.echo_mismatches = 0
        self.busy_s = 0.0

    def snapshot(self) -> BusCounters:
        """The totals of this moment."""
        totals = self._port_totals()
        return BusCounters(
            requests=self.requests,
            replies=self.replies,
            sent_only=self.sent_only,
            timeouts=self.timeouts,
            garbled=self.garbled,
            expired=self.expired,
            babbles=self.babbles,
            stale_bytes_dropped=self.stale_bytes_dropped,
            skipped_bytes=self.skipped_bytes,
            echoes_stripped=self.echoes_stripped,
            echo_mismatches=self.echo_mismatches,
            busy_s=self.busy_s,
            opened=totals.opened,
            open_failures=totals.open_failures,
            port_losses=totals.port_losses,
            connected_s=totals.connected_s,
        )
