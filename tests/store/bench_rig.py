"""A technician at a running store: simulated cabinet, real station and state machine, the wizard over them, and ways to obey it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from devices.config import DevicesSettings
from devices.facts import CodeScanned, DeviceFact
from devices.sim.cabinet import SimulatedCabinet
from devices.sim.layout import CabinetLayout, demo_layout, with_plates
from devices.sim.store_config import device_tables
from devices.station.station import Station
from edge.runtime.clock import SystemClock
from edge.runtime.commissioning.record import CommissioningRecord
from edge.runtime.commissioning.wizard import Commissioning
from edge.runtime.inbox import Inbox
from edge.session.facts import Tended
from edge.session.machine import step
from edge.session.state import StoreState
from edge.web.bench import BenchView, ProcedureView, SaidView, StepOrder
from tests.unit.visit_story import Story
from tests.web.shown_changes import ShownChanges

WITHIN_S = 25.0  # s for a procedure with a quick person, on a busy machine


def bench_layout(plates: int = 3, **traits: float) -> CabinetLayout:
    """Some plates without goods, that ring and leak as asked, on a quick line."""
    layout = demo_layout()
    names = [plate.plate for plate in layout.plates[:plates]]
    fewer = tuple(replace(plate, count=0, neighbours=tuple(sorted(set(plate.neighbours) & set(names)))) for plate in layout.plates[:plates])
    shelf = replace(layout, plates=fewer, reader=False, channel=replace(layout.channel, filter_length=1), scale_baud=115200)
    return with_plates(shelf, **{"damping": 0.2, **traits})


async def soon(true: Callable[[], bool]) -> None:
    """Returned: it is true."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            if true():
                return
            await asyncio.sleep(0.02)


@dataclass
class CabinetChanges(ShownChanges):
    """Changes of a store file that has just these tables."""

    kept_tables: Mapping[str, Any] = field(default_factory=dict)

    async def tables(self) -> tuple[str, Mapping[str, Any]]:
        return self.view.version, self.kept_tables


@dataclass
class BenchRig:
    """``bench`` is the wizard. ``state`` is the store's; ``put`` enters facts as the runtime does."""

    cabinet: SimulatedCabinet
    settings: DevicesSettings
    station: Station
    inbox: Inbox
    bench: Commissioning
    changes: CabinetChanges
    state: StoreState
    folder: Path
    tended: list[Tended] = field(default_factory=list)

    async def until(self, wanted: Callable[[BenchView], bool], within_s: float = WITHIN_S) -> BenchView:
        """What the page would see, once it is so."""
        view = self.bench.look()
        try:
            async with asyncio.timeout(within_s):
                while not wanted(view):
                    await asyncio.sleep(0.02)
                    view = self.bench.look()
        except TimeoutError:
            raise AssertionError(f"not seen within {within_s} s: {view.procedure}") from None
        return view

    async def does(self, order: StepOrder, obey: Callable[[SaidView], Awaitable[object]] | None = None) -> ProcedureView:
        """Begin a procedure, do what it says (each thing once), and wait for its end."""
        return await done_step(self.bench, order, obey)


async def done_step(bench: Commissioning, order: StepOrder, obey: Callable[[SaidView], Awaitable[object]] | None = None) -> ProcedureView:
    """Tina begins a procedure, does what it says (each thing once), and waits for its end."""
    answer = await bench.start(order, "tina")
    assert answer.accepted, answer
    heard = 0
    errands: set[asyncio.Task[object]] = set()
    async with asyncio.timeout(4 * WITHIN_S):
        while (procedure := bench.look().procedure) is not None and procedure.state == "running":
            for said in procedure.log[heard:]:
                if obey is not None:
                    errands.add(asyncio.create_task(_errand(obey, said)))
            heard = len(procedure.log)
            await asyncio.sleep(0.02)
    await asyncio.gather(*errands)
    assert procedure is not None
    return procedure


async def _errand(obey: Callable[[SaidView], Awaitable[object]], said: SaidView) -> object:
    return await obey(said)


@contextlib.asynccontextmanager
async def bench_rig(
    cabinet: SimulatedCabinet,
    folder: Path,
    *,
    settings: DevicesSettings | None = None,
    page_lost_s: float = 30.0,
    patience_s: float = 8.0,
    begun: bool = True,
) -> AsyncIterator[BenchRig]:
    """The wizard over a running station of ``cabinet``, once its doors were sensed; begun unless told otherwise."""
    settings = settings or DevicesSettings.model_validate(device_tables(cabinet))
    inbox, clock, changes = Inbox(), SystemClock(), CabinetChanges(kept_tables=device_tables(cabinet))

    def sink(fact: DeviceFact) -> None:
        if not isinstance(fact, CodeScanned):
            bench.heard(fact)
            inbox.put(fact)

    station = Station(settings, sink=sink, clock_ns=clock.monotonic_ns)
    bench = Commissioning(
        settings,
        station=station,
        inbox=inbox,
        state=lambda: rig.state,
        changing=changes,
        record=CommissioningRecord(folder / "commissioning.jsonl"),
        clock=clock,
        version="test",
        page_lost_s=page_lost_s,
        patience_s=patience_s,
    )
    rig = BenchRig(cabinet, settings, station, inbox, bench, changes, Story().state, folder)

    async def loop() -> None:
        while True:
            for entry in await inbox.take(1.0):
                rig.state, _ = step(rig.state, entry.fact)
                if isinstance(entry.fact, Tended):
                    rig.tended.append(entry.fact)
                if entry.done is not None:
                    entry.done.set_result(rig.state)

    tasks = [asyncio.create_task(work) for work in (loop(), station.run(), bench.run())]
    try:
        await soon(lambda: all(device.state == "online" for device in station.live().devices.values() if device.bus in cabinet.buses))
        if begun:
            assert (await bench.begin("tina")).accepted
            await rig.until(lambda view: all(channel.grams is not None for channel in view.channels))
        yield rig
    finally:
        for task in tasks:
            task.cancel()
        for end in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(end, Exception):
                raise end
