"""Opening, losing and giving back ports: pseudo-terminals and TCP sockets."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import logging
import os
import pty
import random
import socket
import struct
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.bus import Bus, Priority
from devices.config import BusSettings
from devices.connection import waits
from devices.errors import Unreachable
from devices.protocols.modbus_rtu import decode_request
from devices.sim.paced_bus import PacedBus
from devices.transports import Port, PortError, open_transport
from devices.transports.serial_port import claim, explained
from tests.unit.bus_bench import CountingStation, ask, number, running, settings_for, until, wire

_TIOCGEXCL = 0x80045440  # Linux: ask whether TIOCEXCL is set


class Listener:
    def __init__(self) -> None:
        self.heard = bytearray()
        self.error: PortError | None = None

    def received(self, chunk: bytes) -> None:
        self.heard += chunk

    def lost(self, error: PortError) -> None:
        assert self.error is None, "lost is called once"
        self.error = error


@contextlib.contextmanager
def terminal() -> Iterator[tuple[int, str]]:
    master, slave = pty.openpty()
    name = os.ttyname(slave)
    os.close(slave)
    try:
        yield master, name
    finally:
        with contextlib.suppress(OSError):
            os.close(master)


def serial_settings(path: str, **changes: object) -> BusSettings:
    return BusSettings.model_validate({"name": "locks", "url": f"serial://{path}"} | changes)


async def opened(path: str, listener: Listener) -> Port:
    return await open_transport(serial_settings(path), listener)


async def test_bytes_travel_both_ways_unchanged() -> None:
    everything = bytes(range(256))
    listener = Listener()
    with terminal() as (master, name):
        port = await opened(name, listener)
        port.write(everything)
        assert os.read(master, 4096) == everything
        os.write(master, everything)
        await until(lambda: len(listener.heard) == 256)
        port.close()
        port.close()
    assert listener.heard == everything
    assert listener.error is None


async def test_drain_delivers_at_once_what_has_arrived() -> None:
    listener = Listener()
    with terminal() as (master, name):
        port = await opened(name, listener)
        port.drain()
        assert listener.heard == b""
        assert listener.error is None
        os.write(master, b"late")
        port.drain()
        assert listener.heard == b"late"
        port.close()


async def test_a_vanished_port_is_reported_once_with_what_to_do() -> None:
    listener = Listener()
    with terminal() as (master, name):
        port = await opened(name, listener)
        os.close(master)
        await until(lambda: listener.error is not None)
        port.write(b"into the void")
        port.drain()
        port.close()
    assert listener.error is not None
    assert listener.error.trouble == "gone"
    assert "reopened by its name" in str(listener.error)


async def test_a_second_program_is_refused_and_told_so() -> None:
    with terminal() as (_, name):
        first = await opened(name, Listener())
        with pytest.raises(PortError, match="in use by another program") as caught:
            await opened(name, Listener())
        assert caught.value.trouble == "busy"
        first.close()
        (await opened(name, Listener())).close()


async def test_a_missing_port_is_named_with_those_present() -> None:
    with pytest.raises(PortError, match="ports present now") as caught:
        await opened("/dev/serial/by-id/usb-none", Listener())
    assert caught.value.trouble == "missing"


async def test_a_file_is_no_port(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a tty")
    with pytest.raises(PortError) as caught:
        await opened(str(tmp_path / "file"), Listener())
    assert caught.value.trouble == "unusable"


def test_missing_permission_is_explained() -> None:
    problem = explained("/dev/ttyS0", PermissionError(errno.EACCES, "denied"))
    assert problem.trouble == "denied"
    assert "group" in str(problem)


@pytest.mark.parametrize("option", ["rs485", "low_latency"])
async def test_modes_the_driver_lacks_are_refused_only_where_asked_for(option: str) -> None:
    with terminal() as (_, name):
        with pytest.raises(PortError, match=f"{option} = true") as caught:
            await open_transport(serial_settings(name, **{option: True}), Listener())
        assert caught.value.trouble == "unsupported"
        (await opened(name, Listener())).close()


def test_real_lines_are_closed_to_later_openers() -> None:
    with terminal() as (_, name):
        fd = os.open(name, os.O_RDWR | os.O_NOCTTY)
        claim(fd, name)
        assert not _exclusive(fd)
        claim(fd, "/dev/ttyS0")
        assert _exclusive(fd)
        fcntl.ioctl(fd, termios.TIOCNXCL)
        os.close(fd)


def _exclusive(fd: int) -> bool:
    return bool(struct.unpack("i", fcntl.ioctl(fd, _TIOCGEXCL, b"\0" * 4))[0])


async def test_a_cancelled_opening_leaves_the_port_free() -> None:
    with terminal() as (_, name):
        opening = asyncio.create_task(opened(name, Listener()))
        await asyncio.sleep(0)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        async with asyncio.timeout(5):
            while True:
                with contextlib.suppress(PortError):
                    port = await opened(name, Listener())
                    break
                await asyncio.sleep(0.01)
        port.close()


async def test_a_bus_survives_unplug_and_replug(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "devices.connection")
    with wire(tmp_path, CountingStation(1)) as paced:
        bus = Bus(settings_for(paced))
        async with running(bus):
            assert number(await ask(bus)) == 1
            first_terminal = os.readlink(paced.path)
            paced.unplug()
            await until(lambda: not bus.connected)
            with pytest.raises(Unreachable, match=r"gone|not there"):
                await ask(bus)
            await until(lambda: bus.counters.snapshot().open_failures >= 2)
            paced.replug()
            await until(lambda: bus.connected)
            assert number(await ask(bus)) == 2
            assert os.readlink(paced.path) != first_terminal or bus.trouble is None
            counters = bus.counters.snapshot()
    assert (counters.reconnects, counters.port_losses) == (1, 1)
    assert [record.levelname for record in caplog.records if record.name == "devices.connection"] == ["WARNING", "INFO"]


@pytest.mark.parametrize("turns", range(6))
async def test_a_bus_that_is_told_to_end_while_it_loses_its_port_ends(tmp_path: Path, turns: int) -> None:
    """As when a demonstration dies with its simulated wires: whichever comes first, and however shortly before the other."""
    with wire(tmp_path, CountingStation(1)) as paced:
        bus = Bus(settings_for(paced))
        owning = asyncio.create_task(bus.run())
        await until(lambda: bus.connected)
        bus._connection.lost(PortError("gone", "unplugged"))
        for _ in range(turns):
            await asyncio.sleep(0)
        owning.cancel()
        done, _ = await asyncio.wait({owning}, timeout=1.0)
        owning.cancel()
        assert done


async def test_losing_the_port_ends_the_exchange_at_once(tmp_path: Path) -> None:
    with wire(tmp_path, CountingStation(1, delay_s=2.0)) as paced:
        bus = Bus(settings_for(paced))
        async with running(bus):
            in_flight = asyncio.create_task(ask(bus, timeout_s=3.0))
            await until(lambda: bus.counters.requests == 1)
            queued = asyncio.create_task(ask(bus))
            await asyncio.sleep(0)
            paced.unplug()
            async with asyncio.timeout(1.0):
                with pytest.raises(Unreachable):
                    await in_flight
                with pytest.raises(Unreachable):
                    await queued


async def test_a_bus_on_a_busy_port_says_so_and_waits_for_it(tmp_path: Path) -> None:
    with wire(tmp_path, CountingStation(1)) as paced:
        first, second = Bus(settings_for(paced)), Bus(settings_for(paced, name="second"))
        async with running(second):
            async with running(first):
                await until(lambda: first.connected or second.connected)
                loser = second if first.connected else first
                with pytest.raises(Unreachable, match="in use by another program"):
                    await ask(loser)
            await until(lambda: second.connected)


async def test_a_stopped_bus_refuses(tmp_path: Path) -> None:
    with wire(tmp_path, CountingStation(1)) as paced:
        bus = Bus(settings_for(paced))
        async with running(bus):
            await ask(bus)
        with pytest.raises(Unreachable, match="stopping"):
            await ask(bus)
        assert not bus.connected


async def test_tcp_carries_the_same_bytes_and_a_closed_connection_is_a_lost_port() -> None:
    station = CountingStation(1)
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        while frame := await reader.read(256):
            assert decode_request(frame) is not None
            for said in station.hear(frame, 0):
                writer.write(said.data)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        settings = BusSettings(name="far", url=f"socket://127.0.0.1:{port}", baud=115200, reconnect_first_s=0.05)
        bus = Bus(settings)
        async with running(bus):
            assert number(await ask(bus)) == 1
            writers[0].close()
            await until(lambda: bus.counters.snapshot().port_losses == 1)
            await until(lambda: bus.connected)
            assert number(await ask(bus)) == 2
        server.close()


async def test_an_absent_server_is_explained() -> None:
    with pytest.raises(PortError, match="start the server") as caught:
        await open_transport(BusSettings(name="far", url=f"socket://127.0.0.1:{_free_port()}"), Listener())
    assert caught.value.trouble == "missing"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


async def test_a_port_that_takes_no_bytes_is_given_up(tmp_path: Path) -> None:
    with PacedBus(tmp_path / "tty") as paced:
        paced.faults.deaf = True
        bus = Bus(settings_for(paced, baud=921600))
        async with running(bus):
            with pytest.raises(Unreachable, match="takes no bytes"):
                await bus.send_only(bytes(70_000), priority=Priority.STATUS, device="locks")
            assert bus.counters.snapshot().port_losses == 1
            await until(lambda: bus.counters.snapshot().opened == 2)


def test_reopening_waits_grow_to_a_limit_and_differ() -> None:
    settings = BusSettings(name="locks", url="serial:///dev/null", reconnect_first_s=0.25, reconnect_most_s=5.0)
    rng = random.Random(1)
    for attempt, longest in enumerate([0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 5.0]):
        drawn = {waits(settings, attempt, rng) for _ in range(50)}
        assert all(longest / 2 <= wait <= longest for wait in drawn)
        assert len(drawn) == 50
