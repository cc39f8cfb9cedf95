"""The station: every device of the configuration behind one sink of facts and two verbs, ``pulse`` and ``settle``.

There is deliberately no verb that locks or holds a door: doors lock themselves when a pulse ends, and nothing here can keep one shut.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterable

from devices import registry
from devices.bus import Bus
from devices.config import DevicesSettings, PlateSettings
from devices.drivers.driver import Clock, Link
from devices.errors import DeviceError
from devices.facts import DeviceFact, DeviceFound, DeviceLost
from devices.ports import CodeReader, InputBits, LockBoard, Reading, Scale
from devices.station.bench import Bench
from devices.station.device_watch import LONGEST_SLEEP_S, DeviceWatch
from devices.station.door_watch import DoorWatch
from devices.station.lifeline import ProbeBudget
from devices.station.live import BusLive, DeviceLive, StationLive
from devices.station.plate_watch import PlateWatch, SampleSink
from devices.station.reader_watch import ReaderWatch
from devices.station.unlock import Unlocker
from devices.station.wire_watch import WireRows, WireWatch, address_of
from devices.weighing.crosstalk import CrossTalk
from devices.weighing.weighing import PlateGeometry, Weighing

TICK_S = 0.05
"""Between two looks of the weighing stage at the time; staleness and quiet are judged no finer."""


IDLE_POLL_S = 2.0
"""A device that no door and no plate uses is asked only whether it is still there."""


class Station:
    """Everything that is wired to the controller. Raises Misconfigured or ValueError at construction; opens ports in ``run``.

    ``tap`` hears every weight sample as it came, before it is judged.
    """

    def __init__(
        self,
        settings: DevicesSettings,
        *,
        sink: Callable[[DeviceFact], None],
        clock_ns: Clock = time.monotonic_ns,
        tap: SampleSink | None = None,
    ) -> None:
        registry.check(settings)
        self.settings = settings
        self.last_beat_ns: dict[str, int] = {}
        self._sink = sink
        self._clock_ns = clock_ns
        self._links: dict[str, Link] = {bus.name: registry.connect(bus, settings.devices_on(bus.name)) for bus in settings.buses}
        budgets = {bus.name: ProbeBudget() for bus in settings.buses}
        cross_talk = CrossTalk({plate.id: plate.leaks for plate in settings.plates})
        self._weighing = Weighing(
            settings.weighing,
            tuple(
                PlateGeometry(plate.id, tuple(sorted({*plate.neighbours, *cross_talk.touches(plate.id)})), plate.rated_g, plate.ringing_hz)
                for plate in settings.plates
            ),
            cross_talk,
        )
        self._doors = {door.id: DoorWatch(door) for door in settings.doors}
        self._watches = {
            device.name: DeviceWatch(
                registry.make(device, self._links[device.bus], clock_ns),
                self._links[device.bus],
                budgets[device.bus],
                lost=self._device_lost,
                found=self._device_found,
                beat=self._beat,
                clock_ns=clock_ns,
            )
            for device in settings.devices
        }
        on_scale: defaultdict[str, list[PlateSettings]] = defaultdict(list)
        for plate in settings.plates:
            on_scale[plate.device].append(plate)
        self._plates = {device: PlateWatch(plates, self._weighing, self._emit, tap) for device, plates in on_scale.items()}
        self._readers = {reader.device: ReaderWatch(reader, sink) for reader in settings.readers}
        self._addresses = {name: address_of(watch.driver) for name, watch in self._watches.items()}
        self._inputs: dict[str, InputBits] = {}
        self._readings: dict[str, tuple[Reading, ...]] = {}
        self._wires = {
            name: WireWatch(link, [self._watches[device.name].driver for device in settings.devices_on(name)])
            for name, link in self._links.items()
        }
        self._unlocker = Unlocker(self._doors, self._watches, self._report, clock_ns)
        self._trading = False
        self.bench = Bench(
            self._watches,
            self._links,
            weighs=frozenset(self._plates),
            senses=frozenset().union(*(door.sensing_devices for door in self._doors.values())),
            paced=self._pace,
        )
        for watch in self._watches.values():
            self._give_jobs(watch)

    async def run(self) -> None:
        """Open the buses, identify the devices, watch them, report facts; until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for name, link in self._links.items():
                tasks.create_task(link.run(), name=f"bus {name}")
            for name, watch in self._watches.items():
                tasks.create_task(watch.driver.listen(), name=f"listen {name}")
                tasks.create_task(watch.run(), name=f"device {name}")
            for device, reader in self._readers.items():
                tasks.create_task(self._read_codes(device, reader), name=f"reader {reader.settings.id}")
            tasks.create_task(self._tick(), name="weighing")

    async def pulse(self, door: str, *, token: str, pulse_s: float, expires_ns: int) -> None:
        """Ask for one unlock. Never raises; Unlocked or UnlockFailed arrives at the sink before it returns.

        The same token and door are executed once. After ``expires_ns`` (monotonic) nothing is sent, however long the bus was busy.
        """
        await self._unlocker.pulse(door, token=token, pulse_s=pulse_s, expires_ns=expires_ns)

    def settle(self, after_ns: int) -> None:
        """Ask for PlatesQuiet: every healthy plate stable over a window that began after ``after_ns``."""
        self._weighing.settle(after_ns)

    def tracking(self, enabled: bool) -> None:
        """Nobody is at the shelf (true): follow slow drift of the plates' zero, and weigh at a calm pace. False: weigh as fast as the
        lines allow, because how soon a change is seen depends on it."""
        self._weighing.tracking(enabled)
        self._trading = not enabled
        self._pace()

    def live(self) -> StationLive:
        """What is known now."""
        return StationLive(
            devices={name: self._device_live(watch) for name, watch in self._watches.items()},
            doors={name: door.live() for name, door in self._doors.items()},
            plates=self._weighing.live(),
            buses={name: _bus_live(name, link) for name, link in self._links.items()},
        )

    def wire(self, bus: str, after: int) -> WireRows:
        """What went over a bus after row ``after``, for a technician who watches. Raises KeyError where there is no such bus."""
        return self._wires[bus].look(after)

    def _pace(self) -> None:
        for watch in self._watches.values():
            watch.attend(self._trading or self.bench.is_open)

    def _give_jobs(self, watch: DeviceWatch) -> None:
        """Read what somebody uses; a board without doors, or a scale without plates, is only kept known."""
        driver = watch.driver
        doors = [door for door in self._doors.values() if driver.name in door.sensing_devices]
        if doors and isinstance(driver, LockBoard):
            board: LockBoard = driver

            async def read_inputs() -> None:
                reading = self._inputs[board.name] = await board.read_inputs()
                for door in doors:
                    self._emit(door.feed(board.name, reading))
                self.bench.inputs(board.name, reading)

            watch.add(read_inputs, driver.poll_s, urgent=True)
        plates = self._plates.get(driver.name)
        if plates is not None and isinstance(driver, Scale):
            scale: Scale = driver

            async def read_weights() -> None:
                readings = self._readings[scale.name] = await scale.read()
                plates.take(readings)
                self.bench.weights(scale.name, readings)

            watch.add(read_weights, driver.weight_poll_s, weighs=True)
        if not watch.busy:

            async def still_there() -> None:
                await driver.identify()

            watch.add(still_there, IDLE_POLL_S)

    async def _read_codes(self, device: str, reader: ReaderWatch) -> None:
        driver = self._watches[device].driver
        if not isinstance(driver, CodeReader):
            raise TypeError(f"{device} reads no codes")  # refused by registry.check
        while True:
            self._beat(f"reader {reader.settings.id}")
            try:
                async with asyncio.timeout(LONGEST_SLEEP_S):
                    text = await driver.next_code()
            except TimeoutError:
                continue
            except DeviceError:
                await asyncio.sleep(TICK_S)  # the device's own loop reports it lost
                continue
            reader.take(text, self._clock_ns())

    async def _tick(self) -> None:
        while True:
            self._beat("weighing")
            self._emit(self._weighing.tick(self._clock_ns()))
            await asyncio.sleep(TICK_S)

    def _device_lost(self, device: str, reason: str) -> None:
        now_ns = self._clock_ns()
        doors, plates = self._dependents(device)
        self._sink(DeviceLost(at_ns=now_ns, device=device, doors=doors, plates=plates, reason=reason))
        for door in self._doors.values():
            door.forget(device)
        if device in self._plates:
            self._plates[device].lost(now_ns)

    def _device_found(self, device: str) -> None:
        doors, plates = self._dependents(device)
        self._sink(DeviceFound(at_ns=self._clock_ns(), device=device, doors=doors, plates=plates))

    def _dependents(self, device: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        doors = tuple(name for name, door in self._doors.items() if device in door.devices)
        plates = tuple(self._plates[device].plates.values()) if device in self._plates else ()
        return doors, plates

    def _emit(self, facts: Iterable[DeviceFact]) -> None:
        for fact in facts:
            self._report(fact)

    def _report(self, fact: DeviceFact) -> None:
        self._sink(fact)
        self._unlocker.noticed(fact)

    def _beat(self, loop: str) -> None:
        self.last_beat_ns[loop] = self._clock_ns()

    def _device_live(self, watch: DeviceWatch) -> DeviceLive:
        settings, lifeline = watch.driver.settings, watch.lifeline
        return DeviceLive(
            device=watch.name,
            driver=settings.driver,
            product=settings.product,
            bus=settings.bus,
            state=lifeline.state,
            identity=watch.identity,
            last_error=lifeline.last_error,
            last_seen_ns=lifeline.last_seen_ns,
            hits=lifeline.hits,
            misses=lifeline.misses,
            times_lost=lifeline.times_lost,
            address=self._addresses[watch.name],
            last_failure=watch.last_failure,
            inputs=self._inputs.get(watch.name),
            readings=self._readings.get(watch.name, ()),
            pulses=self._unlocker.pulses(watch.name),
        )


def _bus_live(name: str, link: Link) -> BusLive:
    counters = link.counters.snapshot() if isinstance(link, Bus) else link.counters
    return BusLive(bus=name, connected=link.connected, trouble=link.trouble, counters=counters)
