"""A technician's look at every port and device: open, identify, read once, say in plain words what is wrong and what to do about it.

Moves nothing: no pulse, no zero. Not to be used while a station is running on the same ports: they are opened exclusively.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass
from typing import Any

from devices import registry
from devices.config import BusSettings, DeviceSettings, DevicesSettings
from devices.drivers.driver import Clock, Driver, Link
from devices.errors import DeviceError, Garbled, Misconfigured, Refused
from devices.ports import LockBoard, Scale

OPEN_WITHIN_S = 2.0
"""A port that is not open by then is reported as closed; opening a serial port takes milliseconds."""

ATTEMPTS = 3
"""Questions to a device before it is reported silent, as many as the station allows."""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """One line of the report. ``subject``: "bus NAME", "device NAME" or "configuration". ``advice``: empty when all is well."""

    subject: str
    ok: bool
    text: str
    advice: str = ""


async def probe(settings: DevicesSettings, *, clock_ns: Clock = time.monotonic_ns) -> list[ProbeResult]:
    """Look at everything that is configured. Never raises; takes a few seconds, longer with silent devices."""
    try:
        registry.check(settings)
    except (DeviceError, ValueError) as error:
        return [ProbeResult("configuration", False, str(error), "Correct the configuration, then run this again.")]
    reports = await asyncio.gather(*(_probe_bus(bus, settings.devices_on(bus.name), clock_ns) for bus in settings.buses))
    return [result for report in reports for result in report]


async def _probe_bus(settings: BusSettings, devices: tuple[DeviceSettings, ...], clock_ns: Clock) -> list[ProbeResult]:
    subject = f"bus {settings.name}"
    async with opened(settings, devices) as link:
        if not link.connected:
            return [
                ProbeResult(
                    subject,
                    False,
                    f"{settings.url} did not open within {OPEN_WITHIN_S:g} s{f': {link.trouble}' if link.trouble else ''}",
                    "Check that the adapter is plugged in, that the name under /dev/serial is right, that this user may open it "
                    "(group dialout or store), and that no other program, a running controller included, holds it.",
                )
            ]
        results = [ProbeResult(subject, True, f"{settings.url} is open, {settings.baud} baud")]
        return [*results, *[await _probe_device(registry.make(device, link, clock_ns)) for device in devices]]


@contextlib.asynccontextmanager
async def opened(settings: BusSettings, devices: tuple[DeviceSettings, ...]) -> AsyncIterator[Link]:
    """A port with these devices, open if it opens within OPEN_WITHIN_S: ``connected`` tells. Closed at the end."""
    link = registry.connect(settings, devices)
    async with running(link.run(), f"probe {settings.name}") as task:
        deadline = time.monotonic() + OPEN_WITHIN_S
        while not link.connected and time.monotonic() < deadline:
            await asyncio.wait({task}, timeout=0.02)
        yield link


@contextlib.asynccontextmanager
async def running(work: Coroutine[Any, Any, None], name: str) -> AsyncIterator[asyncio.Task[None]]:
    """``work`` runs beside the block and is cancelled at its end."""
    task = asyncio.create_task(work, name=name)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})  # a cancellation of our own goes on
        if not task.cancelled():
            task.result()


async def _probe_device(driver: Driver) -> ProbeResult:
    async with running(driver.listen(), f"listen {driver.name}"):
        return await _ask_device(driver)


async def _ask_device(driver: Driver) -> ProbeResult:
    subject = f"device {driver.name}"
    error: DeviceError | None = None
    for _ in range(ATTEMPTS):
        try:
            identity = await driver.identify()
            detail = await _one_reading(driver)
        except Misconfigured as wrong:
            return ProbeResult(subject, False, str(wrong), "Correct the device or its [[device]] section as the message says.")
        except DeviceError as failed:
            error = failed
            continue
        words = [
            identity.product,
            *(f"{what} {value}" for what, value in (("serial", identity.serial), ("firmware", identity.firmware)) if value),
        ]
        return ProbeResult(subject, True, ", ".join([*words, *([detail] if detail else [])]))
    return ProbeResult(subject, False, str(error), _advice(driver, error))


async def _one_reading(driver: Driver) -> str:
    words = []
    if driver.inputs and isinstance(driver, LockBoard):
        inputs = await driver.read_inputs()
        words.append("inputs " + "".join("1" if bit else "0" for bit in inputs.bits))
    if driver.channels and isinstance(driver, Scale):
        words.append("weights " + ", ".join(f"{reading.grams:.1f} g ({reading.quality})" for reading in await driver.read()))
    return ", ".join(words)


def _advice(driver: Driver, error: DeviceError | None) -> str:
    line = f"bus {driver.settings.bus}"
    if isinstance(error, Garbled):
        return f"Something answers, but not readably: check baud and parity of {line}, swapped wires, and two devices with one address."
    if isinstance(error, Refused):
        return f"It answers and refuses: check that product = {driver.settings.product!r} is the right one, and its firmware."
    where = "" if driver.settings.address is None else f" {driver.settings.address}"
    return f"Check its power, its wires to {line}, its address{where}, and the line's baud and parity."
