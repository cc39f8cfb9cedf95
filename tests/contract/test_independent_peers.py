"""Our drivers against devices that other projects wrote: pymodbus, libmodbus, mt-sics-emulator; and minimalmodbus on our simulator."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import minimalmodbus
import pytest
from mtsics.core.simulator import WeightSimulator
from mtsics.core.state import ScaleState
from mtsics.profiles import load
from mtsics.protocol.engine import MTSICSEngine
from mtsics.transport.serial import SerialConfig, SerialTransport
from mtsics.transport.tcp import TCPConfig, TCPTransport
from pymodbus.server import ModbusSerialServer
from pymodbus.simulator import DataType, SimData, SimDevice

from devices import registry
from devices.config import BusSettings, DeviceSettings
from devices.drivers.driver import Driver
from devices.drivers.modbus_relay import ModbusRelay
from devices.drivers.modbus_scale import ModbusScale
from devices.drivers.mt_sics import SicsScale
from devices.errors import Misconfigured, Refused
from devices.sim.line import LineFormat
from devices.sim.paced_bus import PacedBus
from tests.contract.driver_peers import PEERS, running
from tests.contract.pty_pair import PtyPair

SLAVE = Path(__file__).with_name("libmodbus_slave.c")


@contextlib.asynccontextmanager
async def driving(url: str, driver: str, product: str, *, baud: int = 115_200, **changes: Any) -> AsyncIterator[Driver]:
    """Our driver on that port; closed at the end."""
    bus = BusSettings(name="line", url=url, baud=baud)
    device = DeviceSettings(name="device", driver=driver, product=product, bus="line", **changes)
    link = registry.connect(bus, [device])
    made = registry.make(device, link)
    async with running(link, made):
        yield made


@contextlib.asynccontextmanager
async def pymodbus_server(port: str, *devices: SimDevice) -> AsyncIterator[None]:
    server = ModbusSerialServer(list(devices), port=port, baudrate=115_200, ignore_missing_devices=True)
    serving = asyncio.create_task(server.serve_forever())
    try:
        yield
    finally:
        await server.shutdown()  # type: ignore[no-untyped-call]  # pymodbus leaves it untyped
        await asyncio.gather(serving, return_exceptions=True)


def bits(address: int, *values: int, count: int = 1) -> SimData:
    return SimData(address, values=[bool(value) for value in values], count=count, datatype=DataType.BITS)


def words(address: int, *values: int) -> SimData:
    return SimData(address, values=list(values), datatype=DataType.REGISTERS)


def relay_board(*, address: int = 1, links: int = 0, version: int = 200, on: int = 0) -> SimDevice:
    """Coils 0 to 7 and the flash-on block, eight inputs, version and link registers: what pymodbus knows of such a board."""
    coils = [bits(0, on, *[0] * 15), bits(0x200, *[0] * 16)]
    return SimDevice(
        address,
        simdata=(coils, [bits(0, 1, 0, 1, 1, 0, 0, 0, 1, *[0] * 8)], [words(0x1000, *[links] * 8), words(0x8000, version)], [words(0, 0)]),
    )


def transmitter(address: int, weight: int, *, status: int = 1, auto_zero: int = 0) -> SimDevice:
    """The single-channel register map, 0 to 67, with a weight of that many counts."""
    registers = [0] * 0x70
    registers[0x00] = address
    registers[0x08] = status
    registers[0x50] = weight >> 16 & 0xFFFF
    registers[0x51] = weight & 0xFFFF
    registers[0x60] = auto_zero
    return SimDevice(address, simdata=[words(0, *registers)])


async def test_pymodbus_as_relay_board() -> None:
    told = {"repeats_value": False}  # pymodbus acknowledges every coil value but 0 with FF00
    with PtyPair() as cable:
        async with (
            pymodbus_server(cable.theirs, relay_board()),
            driving(f"serial://{cable.ours}", "modbus_relay", "waveshare-relay-d-8ch", options=told) as board,
        ):
            assert isinstance(board, ModbusRelay)
            assert (await board.identify()).firmware == "2.00"
            assert (await board.read_inputs()).bits == (True, False, True, True, False, False, False, True)
            assert await board.pulse(3, 0.7) == pytest.approx(0.7)
            assert await board.coils(0x200, 8) == (False, False, False, True, False, False, False, False)
            assert await board.coils(0, 8) == (False,) * 8, "a lock's coil itself is never switched"


@pytest.mark.parametrize(
    ("device", "words_said"),
    [
        (relay_board(links=1), "its inputs switch its outputs"),
        (relay_board(version=100), "has firmware 1.00"),
        (relay_board(on=1), "output 0 is on without a pulse"),
    ],
)
async def test_a_board_that_is_not_safe_for_locks_is_refused(device: SimDevice, words_said: str) -> None:
    with PtyPair() as cable:
        async with (
            pymodbus_server(cable.theirs, device),
            driving(f"serial://{cable.ours}", "modbus_relay", "waveshare-relay-d-8ch") as board,
        ):
            with pytest.raises(Misconfigured, match=words_said):
                await board.identify()


async def test_pymodbus_as_inputs_only_board_at_address_255() -> None:
    with PtyPair() as cable:
        async with (
            pymodbus_server(cable.theirs, relay_board(address=255)),
            driving(f"serial://{cable.ours}", "modbus_relay", "lc-relay-8ch") as board,
        ):
            assert isinstance(board, ModbusRelay)
            await board.identify()
            assert (await board.read_inputs()).bits[:4] == (True, False, True, True)
            with pytest.raises(Misconfigured):
                await board.pulse(0, 0.7)


async def test_pymodbus_as_transmitters_on_one_line() -> None:
    loads = {1: 12_345, 2: -67, 3: 0, 4: 1_000_000}
    with PtyPair() as cable:
        async with pymodbus_server(cable.theirs, *(transmitter(address, counts) for address, counts in loads.items())):
            bus = BusSettings(name="line", url=f"serial://{cable.ours}", baud=115_200)
            devices = [
                DeviceSettings(name=f"scale-{address}", driver="modbus_scale", product="transmitter-1ch", bus="line", address=address)
                for address in loads
            ]
            link = registry.connect(bus, devices)
            scales = [registry.make(device, link) for device in devices]
            async with running(link, *scales):
                for scale in scales:
                    await scale.identify()
                assert [(await read_grams(scale)) for scale in scales] == [[1234.5], [-6.7], [0.0], [100_000.0]]


@pytest.mark.parametrize(
    ("status", "weight", "quality"),
    [(1, 100, "ok"), (1 | 1 << 5, 100, "unstable"), (1 | 1 << 9, 100, "overload"), (1 | 1 << 6, 100, "fault"), (1, 8_388_607, "saturated")],
)
async def test_status_bits_become_a_quality(status: int, weight: int, quality: str) -> None:
    with PtyPair() as cable:
        async with (
            pymodbus_server(cable.theirs, transmitter(1, weight, status=status)),
            driving(f"serial://{cable.ours}", "modbus_scale", "transmitter-1ch") as scale,
        ):
            assert isinstance(scale, ModbusScale)
            assert [reading.quality for reading in await scale.read()] == [quality]


async def test_settings_are_written_the_way_pymodbus_understands() -> None:
    device = transmitter(1, 0, auto_zero=100)
    with PtyPair() as cable:
        async with pymodbus_server(cable.theirs, device):
            async with driving(f"serial://{cable.ours}", "modbus_scale", "transmitter-1ch") as scale:
                with pytest.raises(Misconfigured, match="auto-zero is on"):
                    await scale.identify()
            async with driving(f"serial://{cable.ours}", "modbus_scale", "transmitter-1ch", options={"settings": "set"}) as scale:
                assert isinstance(scale, ModbusScale)
                await scale.identify()
                assert await scale.registers(0x60, 1) == (0,)
                assert await scale.registers(0x05, 1) == (0x5AA5,)
                await scale.zero(0)
                assert await scale.registers(0x5E, 1) == (1,)


@pytest.fixture(scope="module")
def libmodbus_slave(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A slave of some forty lines of C around libmodbus."""
    built = tmp_path_factory.mktemp("libmodbus") / "slave"
    subprocess.run(["gcc", "-Wall", "-O1", "-o", built, SLAVE, "-I/usr/include/modbus", "-lmodbus"], check=True, capture_output=True)
    return built


@contextlib.contextmanager
def libmodbus(program: Path, port: str) -> Iterator[None]:
    """The slave, ready to answer."""
    with subprocess.Popen([program, port], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline().strip() == "ready"
            yield
        finally:
            process.terminate()


async def test_libmodbus_as_transmitter_and_as_board_without_our_pulse(libmodbus_slave: Path) -> None:
    with PtyPair() as cable, libmodbus(libmodbus_slave, cable.theirs):
        async with driving(f"serial://{cable.ours}", "modbus_scale", "transmitter-1ch") as scale:
            await scale.identify()
            assert await read_grams(scale) == [-432.1]
        async with driving(f"serial://{cable.ours}", "modbus_relay", "pulse-0100-8ch") as board:
            assert isinstance(board, ModbusRelay)
            await board.identify()
            assert (await board.read_inputs()).bits == (False, True, True, False, False, False, False, False)
            with pytest.raises(Refused, match="illegal value"):
                await board.pulse(0, 0.5)  # libmodbus knows FF00 and 0000 only


async def test_the_mt_sics_emulator_over_a_serial_line() -> None:
    state, simulator, engine = emulated_scale()
    with PtyPair() as cable:
        emulator = SerialTransport(engine, simulator, SerialConfig(port=cable.theirs, read_timeout=0.02))
        await emulator.open()
        serving = asyncio.create_task(emulator.serve_forever())
        try:
            async with driving(f"serial://{cable.ours}", "mt_sics", "mt-sics", timeout_ms=3000.0) as scale:
                await weighs_as_told(scale, state, simulator)
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


async def test_the_mt_sics_emulator_over_tcp() -> None:
    state, simulator, engine = emulated_scale()
    emulator = TCPTransport(engine, simulator, TCPConfig(host="127.0.0.1", port=0))
    await emulator.start()
    host, port = emulator.address
    try:
        async with driving(f"socket://{host}:{port}", "mt_sics", "mt-sics", timeout_ms=3000.0) as scale:
            await weighs_as_told(scale, state, simulator)
    finally:
        await emulator.close()


def emulated_scale() -> tuple[Any, Any, Any]:
    state = ScaleState(config=load("ohaus-scout"))
    return state, WeightSimulator(state, seed=1), MTSICSEngine(state)


async def weighs_as_told(scale: Driver, state: Any, simulator: Any) -> None:
    assert isinstance(scale, SicsScale)
    identity = await scale.identify()
    assert identity.serial == state.config.serial_number
    assert (await scale.read())[0].grams == pytest.approx(0.0, abs=0.2)
    simulator.set_target(330.0)
    async with asyncio.timeout(2.0):  # its next tick moves the weight
        while (await scale.read())[0].quality != "unstable":
            pass
    simulator.advance_to_stable()
    (reading,) = await scale.read()
    assert reading.grams == pytest.approx(330.0, abs=0.3)
    assert reading.quality == "ok"
    simulator.set_target(10.0)
    simulator.advance_to_stable()
    await scale.zero(0)
    assert (await scale.read())[0].grams == pytest.approx(0.0, abs=0.2)


async def test_minimalmodbus_reads_our_simulator_as_our_driver_does(tmp_path: Path) -> None:
    peer = PEERS["modbus_scale", "transmitter-multi"]()
    with PacedBus(tmp_path / "line", LineFormat(peer.baud), stations=[peer.station]) as wire:
        async with driving(f"serial://{wire.path}", "modbus_scale", "transmitter-multi", baud=peer.baud, options=peer.options) as scale:
            assert isinstance(scale, ModbusScale)
            await scale.identify()
            ours = await read_grams(scale)
            settings = await scale.registers(0x20, 4)
        theirs, their_settings = await asyncio.to_thread(read_by_minimalmodbus, wire.path, peer.baud, len(peer.grams))
    assert theirs == pytest.approx(ours, abs=0.3)  # g; the plates' own noise between two readings
    assert their_settings == list(settings)


def read_by_minimalmodbus(path: str, baud: int, count: int) -> tuple[list[float], list[int]]:
    instrument = minimalmodbus.Instrument(path, 1)
    instrument.serial.baudrate = baud
    instrument.serial.timeout = 0.5
    try:
        grams = [instrument.read_long(0x101 + 3 * channel, signed=True) / 10.0 for channel in range(count)]
        return grams, instrument.read_registers(0x20, 4)
    finally:
        instrument.serial.close()


async def read_grams(scale: Driver) -> list[float]:
    assert isinstance(scale, ModbusScale)
    return [reading.grams for reading in await scale.read()]
