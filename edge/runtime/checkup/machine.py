"""Versions, package names, user and clock of this machine."""

from __future__ import annotations

import grp
import importlib.util
import os
import sqlite3
import struct
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from edge.runtime.checkup.finding import Finding, failure, ok, warning
from edge.runtime.clock import EARLIEST_PLAUSIBLE_S, ClockSync, clock_sync
from edge.runtime.release import DISTRIBUTION, versions

ROOMS = ("edge", "devices", "cloud_bridge", "vision", "models")
OLDEST_PYTHON = (3, 11)
OLDEST_SQLITE = (3, 37, 0)  # STRICT tables
PORT_GROUPS = ("dialout", "uucp", "store")
LATEST_PLAUSIBLE_YEAR = 2100


def check_versions() -> Iterator[Finding]:
    """Interpreter, SQLite and this program."""
    found = versions()
    names = ", ".join(f"{name} {version}" for name, version in found.items())
    if sys.version_info < OLDEST_PYTHON:
        oldest = f"{OLDEST_PYTHON[0]}.{OLDEST_PYTHON[1]}"
        yield failure("versions", "versions_python", names, f"Python {oldest} or newer is needed.", names=names, oldest=oldest)
    elif sqlite3.sqlite_version_info < OLDEST_SQLITE:
        oldest = ".".join(map(str, OLDEST_SQLITE))
        advice = f"SQLite {oldest} or newer is needed; update the system."
        yield failure("versions", "versions_sqlite", names, advice, names=names, oldest=oldest)
    elif struct.calcsize("P") < 8:
        advice = "The locked dependencies are for 64-bit systems; install a 64-bit image."
        yield warning("versions", "versions_bits", f"{names}; 32-bit system", advice, names=names)
    else:
        yield ok("versions", "versions", names, names=names)


def check_package_names(
    providers: Mapping[str, Sequence[str]] | None = None, *, rooms: Sequence[str] = ROOMS, home: Path | None = None
) -> Iterator[Finding]:
    """Our packages have short names at the top level: make sure that they are ours and that nobody else installed the same names."""
    providers = metadata.packages_distributions() if providers is None else providers
    home = home if home is not None else Path(__file__).parents[3]
    wrong = 0
    for room in rooms:
        spec = importlib.util.find_spec(room)
        places = {Path(place).resolve().parent for place in (spec.submodule_search_locations or ())} if spec is not None else set()
        others = sorted({name for name in providers.get(room, ()) if name != DISTRIBUTION})
        if places != {home.resolve()}:
            wrong += 1
            where = ", ".join(sorted(map(str, places))) or "nowhere"
            text = f"the package {room!r} is found in {where}, not in {home}"
            yield failure("packages", "packages_elsewhere", text, _own_environment(), room=room, where=where, home=str(home))
        elif others:
            wrong += 1
            names = ", ".join(others)
            text = f"{names} also installs a package named {room!r}"
            yield failure("packages", "packages_double", text, _own_environment(), room=room, names=names)
    if not wrong:
        names = ", ".join(rooms)
        yield ok("packages", "packages", f"{names} are ours alone, from {home}", names=names, home=str(home))


def check_user() -> Iterator[Finding]:
    """Not root, and in a group that may open serial ports."""
    if os.geteuid() == 0:
        yield warning("user", "user_root", "running as root", "Run the store as its own user; systemd/install.sh makes one.")
        return
    groups = _group_names()
    names = ", ".join(group for group in PORT_GROUPS if group in groups)
    if names:
        yield ok("user", "user", f"member of {names}", names=names)
    else:
        names = ", ".join(PORT_GROUPS)
        advice = "Type: sudo usermod -aG dialout $USER, then log in again."
        yield warning("user", "user_no_group", f"member of none of {names}: serial ports may not open", advice, names=names)


def check_clock(*, now_ns: int | None = None, sync: ClockSync | None = None, rtc: Path = Path("/sys/class/rtc")) -> Iterator[Finding]:
    """A sane date, someone who vouches for it, and a battery-backed clock for starts without network."""
    now_ns = time.time_ns() if now_ns is None else now_ns
    sync = clock_sync(now_ns) if sync is None else sync
    shown = datetime.fromtimestamp(now_ns / 1e9, UTC).strftime("%Y-%m-%d %H:%M UTC")
    if now_ns < EARLIEST_PLAUSIBLE_S * 1_000_000_000 or now_ns >= _year_ns(LATEST_PLAUSIBLE_YEAR):
        advice = "Set it (sudo timedatectl set-ntp true). Until then TLS refuses the broker and passes cannot be judged."
        yield failure("clock", "clock_wrong", f"it says {shown}", advice, at=shown)
    elif sync == "ntp":
        yield ok("clock", "clock_ntp", f"{shown}, kept by a time server", at=shown)
    elif sync == "rtc":
        yield ok("clock", "clock_rtc", f"{shown}, set from the battery-backed clock; no time server at the moment", at=shown)
    else:
        advice = "Type: sudo timedatectl set-ntp true, and let the network reach a time server (UDP 123)."
        yield warning("clock", "clock_nobody", f"{shown}, but nobody vouches for it", advice, at=shown)
    if any(rtc.glob("rtc*")):
        yield ok("clock", "clock_battery", "a battery-backed clock is fitted")
    else:
        advice = "Fit one (Pi 5: a battery at J5): after a power cut without network the date is wrong."
        yield warning("clock", "clock_no_battery", "no battery-backed clock", advice)


def _group_names() -> set[str]:
    names = set()
    for number in {*os.getgroups(), os.getegid()}:
        try:
            names.add(grp.getgrgid(number).gr_name)
        except KeyError:
            continue  # a number without a name opens no port by its name
    return names


def _own_environment() -> str:
    return "Install this program into a virtual environment of its own: systemd/install.sh or make setup."


def _year_ns(year: int) -> int:
    return int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000_000
