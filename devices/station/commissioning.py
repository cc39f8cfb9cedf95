"""The plates as a technician listens to them: every sample of the chosen ones, as fast as the line gives them, undetected and unfiltered.

Moves nothing and zeroes nothing. Not to be used while a station is running on the same ports: they are opened exclusively.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Collection

from devices import registry
from devices.commissioning.said import CannotWeigh
from devices.commissioning.samples import SILENT_S, PlateSample
from devices.config import DevicesSettings, PlateSettings
from devices.drivers.driver import Clock, Driver
from devices.errors import DeviceError, Misconfigured
from devices.ports import Scale
from devices.station.probe import ATTEMPTS, opened, running

__all__ = ["CannotWeigh", "PlateSample", "PlateSamples", "weighing_plates"]

PACE_S = 0.005
"""From the end of one reading to the next: converters give at most a few hundred samples per second."""


class PlateSamples:
    """What the plates say, one sample after the other, in the order of arrival."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[PlateSample | CannotWeigh] = asyncio.Queue()

    async def next(self, within_s: float = SILENT_S) -> PlateSample:
        """The next sample. CannotWeigh when a scale fails or none comes for ``within_s``."""
        try:
            async with asyncio.timeout(within_s):
                said = await self._queue.get()
        except TimeoutError:
            raise CannotWeigh(
                f"no weight came for {within_s:g} s",
                "Check the scale's power and its line.",
                code="silent",
                figures={"within_s": within_s},
            ) from None
        if isinstance(said, CannotWeigh):
            raise said
        return said

    def skip(self) -> None:
        """Drop what nobody has looked at yet: the technician took his time."""
        while not self._queue.empty():
            said = self._queue.get_nowait()
            if isinstance(said, CannotWeigh):
                raise said

    async def read(self, driver: Driver, scale: Scale, plates: dict[int, PlateSettings]) -> None:
        """Read a scale until cancelled or until it fails several times in a row."""
        failures = 0
        while True:
            try:
                readings = await scale.read()
            except DeviceError as error:
                failures += 1
                if failures >= ATTEMPTS or isinstance(error, Misconfigured):
                    self._queue.put_nowait(CannotWeigh(str(error), "See what 'smartstore doctor' says of this scale."))
                    return
                continue
            failures = 0
            for reading in readings:
                if (plate := plates.get(reading.channel)) is not None:
                    grams = reading.grams * plate.grams_per_shown_gram
                    self._queue.put_nowait(PlateSample(plate.id, reading.at_ns, grams, reading.quality))
            await asyncio.sleep(PACE_S if driver.weight_poll_s > 0.0 else 0.0)


@contextlib.asynccontextmanager
async def weighing_plates(
    settings: DevicesSettings, plates: Collection[str], *, clock_ns: Clock = time.monotonic_ns
) -> AsyncIterator[PlateSamples]:
    """Open the lines of these plates and read them. Raises CannotWeigh with what to do, KeyError for an unknown plate.

    Plates on other scales are left in peace, so that fewer plates are sampled faster.
    """
    known = {plate.id: plate for plate in settings.plates}
    chosen = [known[plate] for plate in plates]
    try:
        registry.check(settings)
    except (DeviceError, ValueError) as error:
        raise CannotWeigh(str(error), "Correct the store file.") from error
    samples = PlateSamples()
    async with contextlib.AsyncExitStack() as stack:
        for bus in settings.buses:
            devices = settings.devices_on(bus.name)
            wanted = {device.name: _channels(device.name, chosen) for device in devices}
            if not any(wanted.values()):
                continue
            link = await stack.enter_async_context(opened(bus, devices))
            if not link.connected:
                raise CannotWeigh(
                    f"bus {bus.name}: {bus.url} did not open{f': {link.trouble}' if link.trouble else ''}",
                    "The controller must not run meanwhile (systemctl stop smartstore); then see what 'smartstore doctor' says.",
                )
            for device in devices:
                if not wanted[device.name]:
                    continue
                driver = registry.make(device, link, clock_ns)
                await stack.enter_async_context(running(driver.listen(), f"listen {driver.name}"))
                scale = await _introduced(driver)
                await stack.enter_async_context(running(samples.read(driver, scale, wanted[device.name]), f"weigh {driver.name}"))
        yield samples


def _channels(device: str, plates: Collection[PlateSettings]) -> dict[int, PlateSettings]:
    return {plate.channel: plate for plate in plates if plate.device == device}


async def _introduced(driver: Driver) -> Scale:
    if not isinstance(driver, Scale):
        raise CannotWeigh(f"device {driver.name} is no scale", "Correct the plate's device in the store file.")
    failed: DeviceError | None = None
    for _ in range(ATTEMPTS):
        try:
            await driver.identify()
        except Misconfigured as error:
            raise CannotWeigh(str(error), "Correct the device or its [[device]] section as the message says.") from error
        except DeviceError as error:
            failed = error
        else:
            return driver
    raise CannotWeigh(str(failed), "See what 'smartstore doctor' says of this scale.") from failed
