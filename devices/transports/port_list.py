"""The serial ports of this machine: their names, what is plugged in there, and which programs hold them. Opens no port."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from serial.tools import list_ports

STABLE_FOLDERS: Final = ("by-id", "by-path")
DEV: Final = Path("/dev")
PROC: Final = Path("/proc")


@dataclass(frozen=True, slots=True)
class PortFound:
    """One serial port. ``names``: every name that it has, those that outlast a replugging first; ``description``: what its adapter says it
    is, "" where it says nothing. ``there``: the device exists; ``permitted``: this user may open it. ``holders``: programs that have it
    open, as "name (pid)"; those of other users only where root asks."""

    names: tuple[str, ...]
    description: str
    there: bool
    permitted: bool
    holders: tuple[str, ...]

    @property
    def url(self) -> str:
        """As a bus would name it."""
        return f"serial://{self.names[0]}"


def stable_names(dev: Path = DEV) -> list[Path]:
    """The stable names of all serial adapters, by-id before by-path."""
    return [entry for folder in STABLE_FOLDERS for entry in sorted((dev / "serial" / folder).glob("*"))]


def ports(named: Iterable[str] = (), *, dev: Path = DEV, proc: Path = PROC) -> list[PortFound]:
    """The ports that are plugged in, and those of ``named`` (paths, as in a serial:// url), which may be missing. Looks at every running
    program: call it in a thread."""
    stable = stable_names(dev)
    plugged = {Path(port.device).resolve(): _described(port.description) for port in list_ports.comports()}
    wanted = {Path(path): Path(path).resolve() for path in named}
    found = []
    for real in sorted({*plugged, *(name.resolve() for name in stable), *wanted.values()}):
        own = [str(name) for name in wanted if wanted[name] == real]
        names = dict.fromkeys([*own, *(str(name) for name in stable if name.resolve() == real), str(real)])
        there = real.exists()
        found.append(
            PortFound(
                names=tuple(names),
                description=plugged.get(real, ""),
                there=there,
                permitted=there and os.access(real, os.R_OK | os.W_OK),
                holders=tuple(holders_of(real, proc)) if there else (),
            )
        )
    return found


def path_of(url: str) -> str | None:
    """The device path of a serial:// url; None for another one."""
    parts = urlsplit(url)
    return parts.path if parts.scheme == "serial" else None


def holders_of(port: Path, proc: Path = PROC) -> list[str]:
    """Programs that have ``port`` open, as "name (pid)"; those of other users only where root asks."""
    target = port.resolve()
    found = []
    for process in proc.glob("[0-9]*"):
        try:
            if any(entry.resolve() == target for entry in (process / "fd").iterdir()):
                found.append(f"{(process / 'comm').read_text().strip()} ({process.name})")
        except OSError:
            continue  # it ended meanwhile, or belongs to somebody else
    return sorted(found)


def _described(text: str | None) -> str:
    return "" if text in (None, "n/a") else str(text)
