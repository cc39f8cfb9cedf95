"""Serial ports: what is plugged in, what the store file names, and who holds it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from devices.config import BusSettings, DevicesSettings
from devices.station import probe
from devices.transports.port_list import holders_of, stable_names
from edge.cli.checkup.finding import Finding, failure, ok, warning

CHANGING_PREFIXES = ("ttyUSB", "ttyACM")


def check_plugged_in(dev: Path = Path("/dev")) -> Iterator[Finding]:
    """The names to use in the store file."""
    found = stable_names(dev)
    plain = sorted(entry.name for prefix in CHANGING_PREFIXES for entry in dev.glob(f"{prefix}*"))
    if found:
        for entry in found:
            yield ok("ports", f"serial://{entry} is {entry.resolve().name}")
    elif plain:
        advice = "Install udev, or name the port by a rule as in systemd/99-smartstore.rules."
        yield warning("ports", f"{', '.join(plain)} without a stable name", advice)
    else:
        yield ok("ports", "no USB serial adapter is plugged in")


def check_ports(buses: Sequence[BusSettings], *, dev: Path = Path("/dev"), proc: Path = Path("/proc")) -> Iterator[Finding]:
    """The ports that the store file names: there, permitted, free."""
    for bus in buses:
        url = urlsplit(bus.url)
        if url.scheme != "serial":
            continue  # a network line is opened by the probe
        port = Path(url.path)
        name = f"bus {bus.name}: {port}"
        if not port.exists():
            names = ", ".join(map(str, stable_names(dev))) or "none"
            yield failure("ports", f"{name} is not there", f"Plug the adapter in or correct the url. Plugged in now: {names}.")
            continue
        if port.name.startswith(CHANGING_PREFIXES) and not port.is_symlink():
            stable = [entry for entry in stable_names(dev) if entry.resolve() == port.resolve()]
            advice = f"Use serial://{stable[0]}." if stable else "Use its name under /dev/serial/by-id or by-path."
            yield warning("ports", f"{name} may be another adapter after a replug", advice)
        if not os.access(port, os.R_OK | os.W_OK):
            yield failure("ports", f"{name} may not be opened by this user", "Type: sudo usermod -aG dialout $USER, then log in again.")
            continue
        holders = holders_of(port, proc)
        if holders:
            yield warning("ports", f"{name} is held by {', '.join(holders)}", "Stop it to let doctor ask the devices.")
        else:
            yield ok("ports", f"{name} is there and free")


async def check_devices(settings: DevicesSettings) -> list[Finding]:
    """Open every port, ask every device who it is, read once. Moves nothing."""
    return [
        Finding("devices", "ok" if result.ok else "failure", f"{result.subject}: {result.text}", result.advice)
        for result in await probe(settings)
    ]
