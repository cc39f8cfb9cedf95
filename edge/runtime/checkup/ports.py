"""Serial ports: what is plugged in, what the store file names, and who holds it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from devices.config import BusSettings, DevicesSettings
from devices.station import probe
from devices.station.live import StationLive
from devices.transports.port_list import holders_of, stable_names
from edge.runtime.checkup.finding import Finding, failure, ok, warning

CHANGING_PREFIXES = ("ttyUSB", "ttyACM")
MISSED_SHARE = 0.01  # of the questions to a device; a healthy line loses less than one in ten thousand


def check_plugged_in(dev: Path = Path("/dev")) -> Iterator[Finding]:
    """The names to use in the store file."""
    found = stable_names(dev)
    plain = sorted(entry.name for prefix in CHANGING_PREFIXES for entry in dev.glob(f"{prefix}*"))
    if found:
        for entry in found:
            name = entry.resolve().name
            yield ok("ports", "port_plugged", f"serial://{entry} is {name}", url=f"serial://{entry}", name=name)
    elif plain:
        advice = "Install udev, or name the port by a rule as in systemd/99-smartstore.rules."
        names = ", ".join(plain)
        yield warning("ports", "port_unstable", f"{names} without a stable name", advice, names=names)
    else:
        yield ok("ports", "port_none", "no USB serial adapter is plugged in")


def check_ports(
    buses: Sequence[BusSettings], *, dev: Path = Path("/dev"), proc: Path = Path("/proc"), ours: int | None = None
) -> Iterator[Finding]:
    """The ports that the store file names: there, permitted, free, or held by the process ``ours``."""
    for bus in buses:
        url = urlsplit(bus.url)
        if url.scheme != "serial":
            continue  # a network line is opened by the probe
        port = Path(url.path)
        name = f"bus {bus.name}: {port}"
        if not port.exists():
            names = ", ".join(map(str, stable_names(dev))) or "none"
            advice = f"Plug the adapter in or correct the url. Plugged in now: {names}."
            yield failure("ports", "port_missing", f"{name} is not there", advice, bus=bus.name, path=str(port), names=names)
            continue
        if port.name.startswith(CHANGING_PREFIXES) and not port.is_symlink():
            stable = [entry for entry in stable_names(dev) if entry.resolve() == port.resolve()]
            advice = f"Use serial://{stable[0]}." if stable else "Use its name under /dev/serial/by-id or by-path."
            better = f"serial://{stable[0]}" if stable else "/dev/serial/by-id, /dev/serial/by-path"
            text = f"{name} may be another adapter after a replug"
            yield warning("ports", "port_changing", text, advice, bus=bus.name, path=str(port), better=better)
        if not os.access(port, os.R_OK | os.W_OK):
            advice = "Type: sudo usermod -aG dialout $USER, then log in again."
            yield failure("ports", "port_forbidden", f"{name} may not be opened by this user", advice, bus=bus.name, path=str(port))
            continue
        holders = holders_of(port, proc)
        others = ", ".join(holder for holder in holders if not holder.endswith(f"({ours})"))
        if others:
            advice = "Stop it to let doctor ask the devices."
            yield warning("ports", "port_held", f"{name} is held by {others}", advice, bus=bus.name, path=str(port), holders=others)
        elif holders:
            yield ok("ports", "port_ours", f"{name} is held by this store", bus=bus.name, path=str(port))
        else:
            yield ok("ports", "port_free", f"{name} is there and free", bus=bus.name, path=str(port))


def check_station(live: StationLive) -> Iterator[Finding]:
    """What a running station knows of its own lines and devices: nothing is opened and nobody is asked."""
    for bus in live.buses.values():
        if bus.trouble is not None:
            text, advice = f"bus {bus.bus}: {bus.trouble}", "Look at its adapter and its cable."
            yield failure("devices", "bus_closed", text, advice, bus=bus.bus, problem=bus.trouble)
    for device in live.devices.values():
        name, problem = device.device, device.last_error or ""
        if device.state == "lost":
            text, advice = f"device {name} does not answer: {problem}", f"Look at its power, its wires to bus {device.bus} and its address."
            yield failure("devices", "device_lost", text, advice, device=name, bus=device.bus, problem=problem)
        elif device.state == "starting":
            text, advice = f"device {name} has not answered yet", "Look again in a moment."
            yield warning("devices", "device_starting", text, advice, device=name)
        elif (asked := device.hits + device.misses) and device.misses > MISSED_SHARE * asked:
            share = round(100 * device.misses / asked, 1)
            text = f"device {name} left {share:g} % of {asked} questions unanswered"
            advice = "Look at its wires, the ends of the line, and what else lies beside it."
            yield warning("devices", "device_unsteady", text, advice, device=name, share=share, asked=asked)
        else:
            product = device.product if device.identity is None else device.identity.product
            yield ok("devices", "device_up", f"device {name}: {product} answers", device=name, product=product)


async def check_devices(settings: DevicesSettings) -> list[Finding]:
    """Open every port, ask every device who it is, read once. Moves nothing."""
    return [
        Finding("devices", "ok" if result.ok else "failure", f"{result.subject}: {result.text}", result.advice)
        for result in await probe(settings)
    ]
