"""What goes over one wire, row by row, for a technician who watches it. Nothing is kept or explained beyond the link's own short trace
while nobody does."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from devices.drivers.driver import Driver, Link
from devices.errors import Misconfigured
from devices.protocols.meaning import Explainer, Meaning, Untold
from devices.wire_log import WireDirection, WireEvent

WATCHED_FOR_S: Final = 10.0  # s after the last look; a page looks every second
EVENTS_WATCHED: Final = 2_000  # kept between two looks: two seconds of the busiest line
ROWS_WATCHED: Final = 2_000  # explained rows kept for the looks that are a little behind

RowDirection: TypeAlias = WireDirection | Literal["silent"]
"""``silent``: the request before the next one was not answered."""


@dataclass(frozen=True, slots=True)
class WireRow:
    """One piece of traffic and what it says. ``number`` counts from 1 and never repeats; ``at_ns`` is CLOCK_MONOTONIC.

    ``message``: the bytes, None where they are worth something to whoever reads them. ``device``: who is asked or answers, None where that
    cannot be told.
    """

    number: int
    at_ns: int
    direction: RowDirection
    message: bytes | None
    size: int
    device: str | None
    meanings: tuple[Meaning, ...] = ()


@dataclass(frozen=True, slots=True)
class WireRows:
    """``rows`` are those after the number that was asked for, oldest first; ``missed`` more came between and are not kept. ``newest`` is
    the number to ask with next."""

    rows: tuple[WireRow, ...]
    newest: int
    missed: int


class WireWatch:
    """The rows of one link. ``drivers``: the devices on it."""

    def __init__(self, link: Link, drivers: Sequence[Driver]) -> None:
        self._link = link
        self._drivers = tuple(drivers)
        self._shows_bytes = all(driver.SHOWS_BYTES for driver in drivers)
        self._by_address = {address: driver.name for driver in drivers if (address := address_of(driver)) is not None}
        self._only = drivers[0].name if len(drivers) == 1 else None
        self._explainer: Explainer = Untold()
        self._partner: str | None = None
        self._echo = b""
        self._rows: deque[WireRow] = deque(maxlen=ROWS_WATCHED)
        self._newest = 0
        self._taken = 0
        self._narrow: asyncio.TimerHandle | None = None

    def look(self, after: int) -> WireRows:
        """The rows after row ``after``. From now on everything is kept until nobody has looked for WATCHED_FOR_S. Needs a running loop."""
        trace = self._link.trace
        if self._narrow is None:
            trace.keep(EVENTS_WATCHED)
            self._taken = max(self._taken, trace.count - trace.limit)
            self._forget()
        else:
            self._narrow.cancel()
        self._narrow = asyncio.get_running_loop().call_later(WATCHED_FOR_S, self._unwatched)
        events = trace.since(self._taken)
        if trace.count - self._taken > len(events):
            self._newest += trace.count - self._taken - len(events)
            self._forget()
        self._taken = trace.count
        for event in events:
            self._explain(event)
        if not 0 <= after <= self._newest:
            after = 0
        rows = tuple(row for row in self._rows if row.number > after)
        return WireRows(rows, self._newest, self._newest - after - len(rows) if after else 0)

    def _unwatched(self) -> None:
        self._narrow = None
        self._rows.clear()
        self._link.trace.keep(0)

    def _forget(self) -> None:
        """What follows has nothing to do with what came before."""
        self._explainer = self._drivers[0].explainer() if self._drivers else Untold()
        self._partner = self._only
        self._echo = b""

    def _explain(self, event: WireEvent) -> None:
        if event.direction == "sent":
            unanswered = self._explainer.unanswered
            if unanswered is not None:
                self._add(event.at_ns, "silent", b"", (unanswered,))
            meanings = tuple(self._explainer.sent(event.message))
            self._partner = self._only
            self._echo = event.message if self._link.settings.echo else b""
        elif event.direction == "received":
            message = event.message
            if self._echo and self._echo.startswith(message):
                self._echo = self._echo[len(message) :]
                meanings = (Meaning("own_echo"),)
            else:
                message = message.removeprefix(self._echo)
                self._echo = b""
                meanings = tuple(self._explainer.received(message))
        else:
            meanings = (Meaning("unasked"),)
        self._add(event.at_ns, event.direction, event.message, meanings)

    def _add(self, at_ns: int, direction: RowDirection, message: bytes, meanings: tuple[Meaning, ...]) -> None:
        for meaning in meanings:
            if meaning.address is not None:
                self._partner = self._by_address.get(meaning.address, self._only)
        self._newest += 1
        device = self._only if direction == "dropped" else self._partner
        self._rows.append(WireRow(self._newest, at_ns, direction, message if self._shows_bytes else None, len(message), device, meanings))


def address_of(driver: Driver) -> int | None:
    """Its address on the bus; None where it has none."""
    try:
        return driver.address
    except Misconfigured:
        return None
