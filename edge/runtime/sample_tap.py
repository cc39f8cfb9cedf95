"""Raw weight samples, the visits around them and what cameras saw, for whoever records them.

The last minutes are kept in the ring. Beyond it nothing is stored for a listener but what it has not fetched yet, in flat arrays; one that
falls behind is told so and let go, so that a recording has no silent gap.
"""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from edge.basket.unit_weights import weighed
from edge.runtime.clock import ClockReading
from edge.runtime.sample_ring import SampleRing
from edge.session.state import StoreState, Visit, visit_of
from vision.facts import ItemSeen

BATCH_S: Final = 0.1  # s between two batches: a person watching the count sees it move
MOST_WAITING: Final = 200_000  # samples kept for one listener, 3 MB: a minute of 40 plates at 80 SPS
MOST_SIGHTINGS: Final = 1_000  # kept for one listener; hands are slower than that by far
ROWS_PER_LINE: Final = 2_000  # samples of one line of the answer


@dataclass(slots=True)
class _Listener:
    """What one listener has not fetched yet; ``plates`` are places in the tap's order."""

    plates: array[int] = field(default_factory=lambda: array("H"))
    times_ns: array[int] = field(default_factory=lambda: array("q"))
    grams: array[float] = field(default_factory=lambda: array("d"))
    visits: list[Mapping[str, Any]] = field(default_factory=list)
    sightings: list[ItemSeen] = field(default_factory=list)
    overrun: bool = False


class SampleTap:
    """``take``, ``saw`` and ``see`` are called with everything. ``ring`` None: nothing is kept for later."""

    def __init__(self, plates: Sequence[str], ring: SampleRing | None = None) -> None:
        self.columns = tuple(plates)
        self.ring = ring
        self._place = {plate: place for place, plate in enumerate(plates)}
        self._listeners: list[_Listener] = []
        self._visit: Visit | None = None

    def take(self, plate: str, at_ns: int, grams: float) -> None:
        """One sample as the scale gave it."""
        place = self._place[plate]
        if self.ring is not None:
            self.ring.take(place, at_ns, grams)
        for listener in self._listeners:
            if len(listener.times_ns) >= MOST_WAITING:
                listener.overrun = True
                continue
            listener.plates.append(place)
            listener.times_ns.append(at_ns)
            listener.grams.append(grams)

    def saw(self, sighting: ItemSeen) -> None:
        """What a camera saw, as the eye told it."""
        if self.ring is not None:
            self.ring.saw(sighting)
        for listener in self._listeners:
            if len(listener.sightings) >= MOST_SIGHTINGS:
                listener.overrun = True
                continue
            listener.sightings.append(sighting)

    def see(self, state: StoreState, at_ns: int) -> None:
        """The store after some facts: a visit that is over becomes known with its beginning and the closing of its door."""
        before, now = self._visit, visit_of(state.phase)
        self._visit = now
        if self.ring is not None:
            self.ring.see(state, at_ns)
        if before is None or (now is not None and now.visit == before.visit) or not (before.opened or before.changed):
            return
        over = {
            "visit": before.visit,
            "role": before.role,
            "start_ns": before.granted_ns,
            "end_ns": at_ns if before.closed_ns is None else before.closed_ns,
        }
        if self.ring is not None:
            self.ring.over(over)
        for listener in self._listeners:
            listener.visits.append(over)

    async def listen(self, head: Callable[[], Mapping[str, Any]]) -> AsyncGenerator[Mapping[str, Any]]:
        """First the ``columns`` (plates by place) and what ``head`` says.

        Then, about every ``BATCH_S``, ``{"samples": [[place, at_ns, grams], ...]}``, ``{"seen": {...}}`` and ``{"visit": {...}}`` as often
        as needed, and last ``{"under_way": true}`` while somebody is inside or ``{}``. After ``{"overrun": true}`` nothing comes: the
        listener was too slow.
        """
        listener = _Listener()
        self._listeners.append(listener)
        try:
            yield {"columns": list(self.columns), **head()}
            while True:
                await asyncio.sleep(BATCH_S)
                fresh = _Listener()
                listener.plates, fresh.plates = fresh.plates, listener.plates
                listener.times_ns, fresh.times_ns = fresh.times_ns, listener.times_ns
                listener.grams, fresh.grams = fresh.grams, listener.grams
                listener.visits, fresh.visits = fresh.visits, listener.visits
                listener.sightings, fresh.sightings = fresh.sightings, listener.sightings
                rows = list(zip(fresh.plates, fresh.times_ns, fresh.grams, strict=True))
                for first in range(0, len(rows), ROWS_PER_LINE):
                    yield {"samples": rows[first : first + ROWS_PER_LINE]}
                for sighting in fresh.sightings:
                    yield {"seen": asdict(sighting)}
                for visit in fresh.visits:
                    yield {"visit": visit}
                if listener.overrun:
                    yield {"overrun": True}
                    return
                yield {"under_way": True} if self._visit is not None else {}
        finally:
            self._listeners.remove(listener)


def shop_for_recording(state: StoreState, clock: ClockReading) -> Mapping[str, Any]:
    """The shop as the next visit would find it, with the unit weights learned so far and the stock as it is believed to be; and how its
    monotonic times become wall-clock times. Without a shop the lists are empty."""
    store = state.store
    shop: dict[str, Any] = {"wall_ns": clock.wall_ns, "monotonic_ns": clock.monotonic_ns, "under_way": visit_of(state.phase) is not None}
    if store is None:
        return shop | {"plates": [], "products": [], "planogram": [], "stock": []}
    return shop | {
        "plates": [{"id": plate.plate, "neighbours": plate.neighbours} for plate in store.plates],
        "products": [
            {
                "sku": product.gtin,
                "name": product.name,
                "unit_weight_g": product.unit_weight_g,
                "weight_sd_g": product.weight_sd_g,
                "price_minor": product.price_minor,
            }
            for product in weighed(store, state.unit_weights).prices.products
        ],
        "planogram": [{"plate": facing.plate, "sku": facing.gtin, "count": facing.count} for facing in store.planogram],
        "stock": [{"plate": one.plate, "sku": one.gtin, "units": one.units} for one in state.stock.shelved],
    }
