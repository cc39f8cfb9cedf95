"""Which checks there are, in the order in which somebody reads them: of the machine, of a store file, and of a store that runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

from devices.station.live import StationLive
from edge.runtime.checkup import changes, eye, keys, machine, network, ports, storage, way_in
from edge.runtime.checkup.finding import Finding, failure, ok, warning
from edge.runtime.settings import SettingsError, StoreSettings, load_store
from edge.snapshot import EyeView


def of_machine() -> Iterator[Finding]:
    """What holds without any store."""
    yield from machine.check_versions()
    yield from machine.check_package_names()
    yield from machine.check_user()
    yield from machine.check_clock()
    yield from ports.check_plugged_in()


def of_store_file(config: Path, *, probe_devices: bool, reach_broker: bool) -> Iterator[Finding]:
    """A store file and everything it names, while its store does not run. Opens its ports and asks its devices where that is wanted."""
    try:
        loaded = load_store(config, check_files=False)
    except SettingsError as error:
        yield from _wrong(error)
        return
    settings = loaded.settings
    yield ok("config", "config", f"{config} fits together", path=str(config))
    yield from changes.check_changes(loaded)
    yield from keys.check_keys(settings)
    yield from way_in.check_way_in(settings)
    yield from storage.check_disk(settings.journal)
    yield from storage.check_journal(settings.journal.path)
    if settings.cameras:
        yield from eye.check_running(settings)
    port_findings = list(ports.check_ports(settings.devices.buses))
    yield from port_findings
    if probe_devices:
        if all(finding.code != "port_held" for finding in port_findings):
            yield from asyncio.run(ports.check_devices(settings.devices))
        else:
            yield ok("devices", "devices_held", "not asked: a running program holds a port")
    if reach_broker:
        yield from network.check_broker(settings.cloud)


def of_running_store(
    settings: StoreSettings, config: Path | None, pid: int, live: Callable[[], StationLive], eye_view: Callable[[], EyeView]
) -> Iterator[Finding]:
    """A store that runs as process ``pid``. Its ports are its own: no port is opened, and its devices are told as the station knows them.

    Takes seconds; ``live`` and ``eye_view`` are asked when their turn has come.
    """
    yield from of_machine()
    if config is not None:
        yield from _file_now(config, settings)
    yield from keys.check_keys(settings)
    yield from way_in.check_way_in(settings)
    yield from storage.check_disk(settings.journal)
    yield from storage.check_journal(settings.journal.path)
    if settings.cameras:
        yield from eye.check_known(settings, eye_view())
    yield from ports.check_ports(settings.devices.buses, ours=pid)
    yield from ports.check_station(live())
    yield from network.check_broker(settings.cloud)


def _file_now(config: Path, running: StoreSettings) -> Iterator[Finding]:
    """The store file as it is now, beside what runs."""
    try:
        loaded = load_store(config, check_files=False)
    except SettingsError as error:
        yield from _wrong(error)
        return
    yield from changes.check_changes(loaded)
    if loaded.settings == running:
        yield ok("config", "config", f"{config} fits together", path=str(config))
    else:
        text, advice = f"{config} says something else than what runs", "Restart the store when nobody is inside, so that it holds."
        yield warning("config", "config_changed", text, advice, path=str(config))


def _wrong(error: SettingsError) -> Iterator[Finding]:
    for problem in error.problems:
        yield failure("config", "config_wrong", problem, "Correct the line; docs/config.md describes every key.", problem=problem)
