"""A whole simulated cabinet: doors, shelf and people on one side, wires that speak the devices' own bytes on the other.

In real time it is a context manager (plain or async) that serves its ports; with a :class:`devices.sim.virtual_clock.VirtualClock` and
without entering it, the same physics can be asked directly. What people do is in the async methods; what is true is in ``truth``.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from devices.sim.converter import WeighingChannel
from devices.sim.doors import DoorPhysics
from devices.sim.layout import CabinetLayout, demo_layout
from devices.sim.paced_bus import PacedBus
from devices.sim.physics import NS, PlatePhysics
from devices.sim.shelf import GRASP_S, REACH_S, Shelf, ShelfPlate, Unit
from devices.sim.store_config import Table, store_tables, write_store_file
from devices.sim.wiring import Wiring, wire

_TRY_AGAIN_S = 0.05  # s; how often a waiting person pulls at the handle


@dataclass(frozen=True, slots=True)
class Truth:
    """What really is where. ``hands``: taken and not put back since the last ``walk_away``."""

    plates: Mapping[str, Mapping[str, int]]
    hands: Mapping[str, int]
    doors_open: tuple[str, ...]
    openings: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class HandReach:
    """A hand that comes at ``begin_ns``, is on ``plate`` from ``arrive_ns`` to ``leave_ns``, and takes or puts units at ``change_ns``.

    ``shares``: of each of these units, which plates carry how much of it.
    """

    plate: str
    begin_ns: int
    arrive_ns: int
    change_ns: int
    leave_ns: int
    taken: tuple[Unit, ...] = ()
    put: tuple[Unit, ...] = ()
    shares: tuple[tuple[str, float], ...] = ()


class SimulatedCabinet:
    """One cabinet. ``directory`` gets the port names (default: a temporary one, removed at the end). Equal seeds give equal goods, hands
    and noise. ``clock_ns`` and ``sleep`` are replaced together for virtual time."""

    def __init__(
        self,
        layout: CabinetLayout | None = None,
        *,
        seed: int = 0,
        directory: Path | None = None,
        clock_ns: Callable[[], int] = time.monotonic_ns,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.layout = layout or demo_layout()
        self.lock = threading.RLock()  # held around every touch of the physics
        self.clock_ns = clock_ns
        self._sleep = sleep
        self._own_directory = directory is None
        self.directory = directory or Path(tempfile.mkdtemp(prefix="smartstore-sim-"))
        start_ns = clock_ns()
        self.doors = {door.door: DoorPhysics(door.traits) for door in self.layout.doors}
        self.shelf = Shelf(
            {
                plate.plate: ShelfPlate(PlatePhysics(plate.traits, seed * 1009 + number, start_ns), plate.neighbours)
                for number, plate in enumerate(self.layout.plates)
            },
            seed,
        )
        self.channels = {plate: WeighingChannel(here.physics) for plate, here in self.shelf.plates.items()}
        self.hands: list[Unit] = []
        self._watcher: Callable[[HandReach], None] | None = None
        self._approach_s = 0.0
        self._products = {product.gtin: product for product in (*self.layout.products, *self.layout.unlisted)}
        for plate in self.layout.plates:
            self.shelf.stock(plate.plate, self.make(plate.gtin, plate.count))
        self.wiring: Wiring = wire(self.layout, self.doors, self.channels, directory=self.directory, lock=self.lock, seed=seed)

    def __enter__(self) -> Self:
        for bus in self.buses.values():
            bus.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for bus in self.buses.values():
            bus.stop()
        if self._own_directory:
            shutil.rmtree(self.directory, ignore_errors=True)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.__exit__(kind, error, trace)

    @property
    def buses(self) -> dict[str, PacedBus]:
        """The lines by name; their ``faults`` and ``log`` are there."""
        return self.wiring.buses

    def ports(self) -> dict[str, str]:
        """Device path of every line, by line name."""
        return {name: bus.path for name, bus in self.buses.items()}

    def write_config(
        self,
        path: Path,
        *,
        tenant: str = "demo",
        store: str = "cabinet-1",
        broker: str = "mqtt://127.0.0.1:1883",
        keys: Mapping[str, str] | None = None,
        sections: Mapping[str, Table] | None = None,
        cameras: Sequence[Table] = (),
    ) -> Path:
        """Write the complete store file that matches this cabinet; arguments as :func:`devices.sim.store_config.store_tables`."""
        tables = store_tables(self, tenant=tenant, store=store, broker=broker, keys=keys, sections=sections, cameras=cameras)
        return write_store_file(path, tables)

    def make(self, gtin: str, count: int) -> list[Unit]:
        """New units of a product of this cabinet, each with its own weight."""
        product = self._products[gtin]
        with self.lock:
            return self.shelf.make(gtin, product.unit_weight_g, product.weight_sd_g, count)

    def truth(self) -> Truth:
        """What is really on the plates and in the shopper's hands now."""
        with self.lock:
            return Truth(
                plates={plate: dict(self.shelf.holds(plate)) for plate in self.shelf.plates},
                hands=dict(Counter(unit.gtin for unit in self.hands)),
                doors_open=tuple(name for name, door in self.doors.items() if door.contact_open(self.clock_ns())),
                openings={name: door.openings for name, door in self.doors.items()},
            )

    def watched(self, watcher: Callable[[HandReach], None], approach_s: float) -> None:
        """Tell ``watcher`` of every hand as it comes, ``approach_s`` before it is on the plate: a camera sees it from then on."""
        self._watcher, self._approach_s = watcher, approach_s

    # What people do.

    def present(self, text: str) -> None:
        """Hold a code in front of the reader. RuntimeError where the layout has none."""
        if self.wiring.reader is None:
            raise RuntimeError(f"layout {self.layout.name!r} has no code reader; present the pass another way")
        self.wiring.reader.show(text)
        self.buses["reader"].poke()

    async def open_door(self, door: str, timeout_s: float = 10.0) -> bool:
        """Pull at the handle until the door opens. False: it was never released within ``timeout_s``."""
        give_up = self.clock_ns() + round(timeout_s * NS)
        while True:
            with self.lock:
                if self.doors[door].pull(self.clock_ns()):
                    return True
            if self.clock_ns() >= give_up:
                return False
            await self._sleep(_TRY_AGAIN_S)

    async def force_door(self, door: str) -> None:
        """Break the door open."""
        with self.lock:
            self.doors[door].pull(self.clock_ns(), force=True)

    async def close_door(self, door: str, *, ajar: bool = False) -> None:
        """Push the door shut, or nearly. Returned: the latch has had its time to catch."""
        with self.lock:
            physics = self.doors[door]
            physics.push(self.clock_ns(), ajar=ajar)
        await self._sleep(physics.traits.latch_s)

    async def let_go(self, door: str) -> None:
        """Leave the door as it is; its closer, if it has one, shuts it later."""
        with self.lock:
            self.doors[door].let_go(self.clock_ns())

    async def wait(self, seconds: float) -> None:
        """Do nothing for a while, in this cabinet's time."""
        await self._sleep(seconds)

    async def take(self, plate: str, count: int = 1, gtin: str | None = None) -> list[Unit]:
        """Grasp ``count`` units at once. Returned: the hand has left the plate; the units are in the hands."""
        if self._watcher is not None:
            with self.lock:
                there = self.shelf.front(plate, count, gtin)
                straddle = self.shelf.plates[plate].straddling.get(there[0]) if there else None
            await self._approach(plate, taken=there, straddle=straddle)
        with self.lock:
            units, ends = self.shelf.take(plate, count, self.clock_ns(), gtin)
            self.hands.extend(units)
        await self._until(ends)
        return units

    async def put(self, plate: str, units: Sequence[Unit], straddle: tuple[str, float] | None = None) -> None:
        """Put units down in one movement, back or elsewhere. ``straddle`` (neighbour, share): they stand partly on the neighbour."""
        await self._approach(plate, put=units, straddle=straddle)
        with self.lock:
            for unit in units:
                if unit in self.hands:
                    self.hands.remove(unit)
            ends = self.shelf.put(plate, units, self.clock_ns(), straddle)
        await self._until(ends)

    async def touch(self, plate: str) -> None:
        """Feel and take nothing."""
        await self._approach(plate)
        with self.lock:
            ends = self.shelf.touch(plate, self.clock_ns())
        await self._until(ends)

    async def lean(self, plate: str, grams: float, seconds: float, wobble_g: float = 0.0) -> None:
        """Lean on a plate for a while."""
        await self._approach(plate, stays_s=seconds)
        with self.lock:
            ends = self.shelf.lean(plate, grams, seconds, self.clock_ns(), wobble_g)
        await self._until(ends)

    async def knock(self, plate: str) -> None:
        """Knock on a plate with a knuckle."""
        with self.lock:
            ends = self.shelf.knock(plate, self.clock_ns())
        await self._until(ends)

    async def load(self, plate: str, grams: float) -> None:
        """Put something on a plate that is no product (a calibration weight, a bag), or take it off again (negative)."""
        with self.lock:
            ends = self.shelf.load(plate, grams, self.clock_ns())
        await self._until(ends)

    async def restock(self, plate: str, gtin: str, count: int) -> None:
        """Stand ``count`` new units on a plate, a few at a time."""
        units = self.make(gtin, count)
        for first in range(0, count, 4):
            await self.put(plate, units[first : first + 4])

    def walk_away(self) -> tuple[Unit, ...]:
        """The shopper leaves. Returned: what they carry."""
        with self.lock:
            carried = tuple(self.hands)
            self.hands.clear()
        return carried

    async def _approach(
        self,
        plate: str,
        *,
        taken: Sequence[Unit] = (),
        put: Sequence[Unit] = (),
        straddle: tuple[str, float] | None = None,
        stays_s: float = REACH_S,
    ) -> None:
        """Tell the watcher, if there is one, and let the hand come near."""
        if self._watcher is None:
            return
        begin_ns = self.clock_ns()
        arrive_ns = begin_ns + round(self._approach_s * NS)
        shares = ((plate, 1.0),) if straddle is None else ((plate, 1.0 - straddle[1]), straddle)
        change_ns, leave_ns = arrive_ns + round(GRASP_S * NS), arrive_ns + round(stays_s * NS)
        self._watcher(HandReach(plate, begin_ns, arrive_ns, change_ns, leave_ns, tuple(taken), tuple(put), shares))
        await self._until(arrive_ns)

    async def _until(self, at_ns: int) -> None:
        await self._sleep(max(0.0, (at_ns - self.clock_ns()) / NS))
