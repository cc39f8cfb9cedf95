"""The simulated devices against clients of other projects: minimalmodbus, pymodbus, libmodbus (mbpoll), and the published frames."""

from __future__ import annotations

import asyncio
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import minimalmodbus
import pytest
import serial
from pymodbus.client import ModbusSerialClient

from devices.protocols.kerong import KerongDialect, KerongReplyReader, KerongStatusRequest, KerongUnlock, encode_request
from devices.protocols.node import (
    ControllerHeartbeat,
    Hello,
    Inputs,
    Message,
    NodeDecoder,
    NodeFrame,
    NodeHeartbeat,
    Pulse,
    PulseAnswer,
    Samples,
    WhoIs,
    encode_frame,
)
from devices.sim.cabinet import SimulatedCabinet
from devices.sim.converter import WeighingChannel
from devices.sim.doors import DoorPhysics
from devices.sim.layout import LockKind, demo_layout, kerong_layout
from devices.sim.line import LineFormat, Station
from devices.sim.load_cell_node import COUNTS_PER_G, EMPTY_COUNTS, LoadCellNode
from devices.sim.paced_bus import PacedBus
from devices.sim.physics import PlatePhysics, PlateTraits
from devices.sim.relay_board import PROFILES, RelayBoard
from devices.sim.sics_scale import SicsScale
from devices.sim.weighing_transmitter import WeighingTransmitter


@pytest.fixture
def cabinet(tmp_path: Path) -> Iterator[SimulatedCabinet]:
    with SimulatedCabinet(demo_layout(), seed=4, directory=tmp_path) as running:
        yield running


def _minimal(path: str, baud: int, address: int = 1) -> minimalmodbus.Instrument:
    instrument = minimalmodbus.Instrument(path, address)
    instrument.serial.baudrate = baud
    instrument.serial.timeout = 0.3
    return instrument


def _mbpoll(path: str, baud: int, *arguments: str) -> list[int]:
    *options, values = arguments
    line = ["-m", "rtu", "-a", "1", "-b", str(baud), "-P", "none", "-0", "-1"]
    told = subprocess.run(
        ["/usr/bin/mbpoll", *line, *options, path, *values.split()], capture_output=True, text=True, timeout=20, check=True
    )
    return [int(value) for value in re.findall(r"^\[-?\d+\]:\s+(-?\d+)", told.stdout, re.MULTILINE)]


def _line(tmp_path: Path, station: Station, baud: int = 9600, *, half_duplex: bool = True) -> PacedBus:
    return PacedBus(tmp_path / "line", LineFormat(baud, half_duplex=half_duplex), stations=[station])


def _channel(grams: float, noise_g: float = 0.2) -> WeighingChannel:
    physics = PlatePhysics(PlateTraits(noise_sd_g=noise_g, creep=0.0), 1, time.monotonic_ns())
    physics.load_at_rest(grams)
    return WeighingChannel(physics)


def _exchange(port: serial.Serial, request: str, size: int) -> str:
    time.sleep(0.006)  # the silent gap at 9600 Bd
    port.write(bytes.fromhex(request))
    return port.read(size).hex(" ").upper()


def test_minimalmodbus_reads_the_door_and_sees_a_pulse(cabinet: SimulatedCabinet) -> None:
    board = _minimal(cabinet.ports()["locks"], 9600)
    with closing(board.serial):
        assert board.read_bits(0, 8, 2) == [1, 1, 0, 0, 0, 0, 0, 0]  # shut, held
        board.write_bit(0, 1)
        time.sleep(0.06)
        assert board.read_bits(0, 2, 2) == [1, 0]
        assert asyncio.run(cabinet.open_door("front", 1.0))
        assert board.read_bits(0, 2, 2) == [0, 0]
        board.write_bit(0, 0)
        assert board.read_bits(0, 8, 1) == [0] * 8
        asyncio.run(cabinet.close_door("front"))
        assert board.read_bits(0, 2, 2) == [1, 1]
        with pytest.raises(minimalmodbus.IllegalRequestError):
            board.read_bits(0, 9, 2)


def test_minimalmodbus_weighs(cabinet: SimulatedCabinet) -> None:
    scale = _minimal(cabinet.ports()["scales"], cabinet.layout.scale_baud)
    with closing(scale.serial):
        assert scale.read_register(0xFF) == 6
        for channel, plate in enumerate(cabinet.shelf.plates):
            truth = cabinet.shelf.plates[plate].physics.resting_g()
            weight = scale.read_long(0x0101 + 3 * channel, signed=True, number_of_registers=2)
            assert weight / 10.0 == pytest.approx(truth, abs=3.0)
            assert scale.read_register(0x0100 + 3 * channel) & 0b111 == 1  # one digit behind the point
        asyncio.run(cabinet.take("A1", 3))
        time.sleep(1.5)
        weight = scale.read_long(0x0101, signed=True, number_of_registers=2)
        assert weight / 10.0 == pytest.approx(cabinet.shelf.plates["A1"].physics.resting_g(), abs=3.0)


def test_pymodbus_reads_all_channels_in_one_block(cabinet: SimulatedCabinet) -> None:
    client = ModbusSerialClient(cabinet.ports()["scales"], baudrate=cabinet.layout.scale_baud, timeout=0.5)
    assert client.connect()
    with closing(client):
        block = client.read_holding_registers(0x0100, count=18, device_id=1)
        assert not block.isError()
        weights = [(block.registers[3 * n + 1] << 16 | block.registers[3 * n + 2]) / 10.0 for n in range(6)]
        assert weights == pytest.approx([here.physics.resting_g() for here in cabinet.shelf.plates.values()], abs=3.0)
        assert client.read_holding_registers(0x0400, count=1, device_id=1).exception_code == 2


def test_mbpoll_reads_inputs_and_weights_and_switches_a_relay(cabinet: SimulatedCabinet) -> None:
    locks, scales = cabinet.ports()["locks"], cabinet.ports()["scales"]
    assert _mbpoll(locks, 9600, "-t", "1", "-r", "0", "-c", "8", "") == [1, 1, 0, 0, 0, 0, 0, 0]
    _mbpoll(locks, 9600, "-t", "0", "-r", "0", "1")
    assert _mbpoll(locks, 9600, "-t", "0", "-r", "0", "-c", "2", "") == [1, 0]
    high, low = _mbpoll(scales, cabinet.layout.scale_baud, "-t", "4", "-r", str(0x50), "-c", "2", "")
    weight = (high << 16 | low & 0xFFFF) / 10.0
    assert weight == pytest.approx(cabinet.shelf.plates["A1"].physics.resting_g(), abs=3.0)


def test_published_relay_frames(tmp_path: Path) -> None:
    door = DoorPhysics()
    board = RelayBoard("board", PROFILES["waveshare"], loads=[door])
    with _line(tmp_path, board) as bus, serial.Serial(bus.path, 9600, timeout=0.3) as port:
        for frame in ("01 05 02 00 00 07 8D B0", "01 05 02 00 00 32 4D A7", "01 05 00 00 FF 00 8C 3A"):
            assert _exchange(port, frame, 8) == frame
    flashes = [(output, round((end - start) / 1e6)) for output, start, end in board.pulses]
    assert flashes == [(0, 700), (0, 5000)]


def test_published_frames_of_other_boards(tmp_path: Path) -> None:
    for profile, frame, answered in (
        ("lc-255", "FF 05 00 00 FF 00 99 E4", True),
        ("pulse-0100", "01 05 00 01 01 00 9D 9A", True),
        ("waveshare", "01 05 00 01 01 00 9D 9A", False),
    ):
        board = RelayBoard("board", PROFILES[profile])
        with _line(tmp_path, board) as bus, serial.Serial(bus.path, 9600, timeout=0.1) as port:
            reply = _exchange(port, frame, 8)
        assert (reply == frame) is answered
        if not answered:
            assert reply.startswith("01 85 03")


def test_a_board_pulse_ends_without_its_controller_and_a_welded_one_does_not(tmp_path: Path) -> None:
    doors = [DoorPhysics(), DoorPhysics()]
    board = RelayBoard("board", PROFILES["waveshare"], loads=doors)
    board.welded.add(1)
    with _line(tmp_path, board) as bus, serial.Serial(bus.path, 9600, timeout=0.3) as port:
        _exchange(port, "01 05 02 00 00 07 8D B0", 8)
        time.sleep(0.01)
        instrument = minimalmodbus.Instrument(port, 1)
        instrument.write_bit(1, 1)
        instrument.write_bit(1, 0)
    much_later = time.monotonic_ns() + 10_000_000_000
    assert doors[0].bolt_holds(much_later)
    assert not doors[1].bolt_holds(much_later)


def test_published_transmitter_frames(tmp_path: Path) -> None:
    transmitter = WeighingTransmitter("scale", [_channel(13.2, noise_g=0.0)])
    with _line(tmp_path, transmitter) as bus, serial.Serial(bus.path, 9600, timeout=0.3) as port:
        time.sleep(0.3)
        assert _exchange(port, "01 03 00 50 00 02 C4 1A", 9) == "01 03 04 00 00 00 84 FA 50"
        assert _exchange(port, "01 10 00 60 00 01 02 00 64 AE 1B", 8).startswith("01 10 00 60 00 01")
        assert transmitter.channels[0].settings.auto_zero_divisions == 100
        assert _exchange(port, "01 10 00 5E 00 01 02 00 01 6A EE", 8).startswith("01 10 00 5E 00 01")
        assert _exchange(port, "01 03 00 50 00 02 C4 1A", 9).startswith("01 03 04 00 00 00 00")


def test_transmitter_settings_are_registers(tmp_path: Path) -> None:
    transmitter = WeighingTransmitter("scale", [_channel(500.0)], address=9)
    with _line(tmp_path, transmitter) as bus:
        scale = _minimal(bus.path, 9600, 9)
        with closing(scale.serial):
            assert scale.read_register(0) == 9
            scale.write_register(0x05, 0x5AA5)
            scale.write_register(0x60, 0)
            scale.write_register(0x04, 60)
            start = time.perf_counter()
            assert scale.read_register(0x60) == 0
            assert time.perf_counter() - start > 0.06
            transmitter.factory_reset()
            assert scale.read_register(0x60) > 0
            assert scale.read_long(0x50, signed=True) / 10 < 400.0
            transmitter.channels[0].physics.push(time.monotonic_ns(), 30_000.0)
            time.sleep(0.3)
            assert scale.read_register(0x08) & (1 << 9)


@pytest.mark.parametrize(("lock", "dialect"), [("kr-cu16", "classic"), ("kr-cu-wide", "wide")])
def test_a_lock_board_opens_and_tells_its_hook(tmp_path: Path, lock: LockKind, dialect: KerongDialect) -> None:
    layout = replace(kerong_layout(), lock=lock)
    with (
        SimulatedCabinet(layout, directory=tmp_path) as cabinet,
        serial.Serial(cabinet.ports()["locks"], 19200, timeout=0.3) as port,
    ):

        def hooks() -> tuple[bool, ...]:
            ask = KerongStatusRequest(0)
            port.write(encode_request(ask, dialect))
            status = KerongReplyReader(ask, dialect).feed(port.read(9 if dialect == "classic" else 10))
            assert status is not None
            return status.hooks[:3]

        assert hooks() == (True, True, True)
        port.write(encode_request(KerongUnlock(0, 1), dialect))
        time.sleep(0.1)
        assert hooks() == (True, False, True)
        assert cabinet.truth().doors_open == ("right",)
        asyncio.run(cabinet.close_door("right"))
        time.sleep(0.5)


def test_published_lock_board_frames(tmp_path: Path) -> None:
    with (
        SimulatedCabinet(kerong_layout(), directory=tmp_path) as cabinet,
        serial.Serial(cabinet.ports()["locks"], 19200, timeout=0.3) as port,
    ):
        assert _exchange(port, "02 00 30 03 35", 9) == "02 00 35 FF FF 00 00 03 38"
        assert _exchange(port, "02 00 31 03 36 02 00 30 03 35", 9) == "02 00 35 FF FF 00 00 03 38"  # the hook needs its 40 ms
        time.sleep(0.06)
        assert _exchange(port, "02 00 30 03 35", 9) == "02 00 35 FE FF 00 00 03 37"
        assert _exchange(port, "02 10 30 03 45", 9) == ""  # another board


def test_a_busy_board_ignores_a_second_unlock_until_asked_something_else(tmp_path: Path) -> None:
    with (
        SimulatedCabinet(kerong_layout(), directory=tmp_path) as cabinet,
        serial.Serial(cabinet.ports()["locks"], 19200, timeout=0.1) as port,
    ):
        board = cabinet.wiring.lock_board
        assert not isinstance(board, RelayBoard)
        board.busy_after_unlock = True
        port.write(bytes.fromhex("02 00 31 03 36 02 01 31 03 37"))
        time.sleep(0.05)
        assert [lock for lock, _, _ in board.pulses] == [0]
        _exchange(port, "02 00 30 03 35", 9)
        port.write(bytes.fromhex("02 01 31 03 37"))
        time.sleep(0.05)
        assert [lock for lock, _, _ in board.pulses] == [0, 1]


def test_a_line_scale_answers_the_published_commands(tmp_path: Path) -> None:
    scale = SicsScale("scale", _channel(100.0, noise_g=0.0), serial="B123456789", stable_timeout_s=0.4)
    with _line(tmp_path, scale, half_duplex=False) as bus, serial.Serial(bus.path, 9600, timeout=0.5) as port:

        def ask(command: str) -> str:
            port.write(command.encode() + b"\r\n")
            return port.readline().decode()

        time.sleep(0.3)
        assert ask("SI") == "S S     100.00 g\r\n"
        assert ask("S") == "S S     100.00 g\r\n"
        assert ask("@") == 'I4 A "B123456789"\r\n'
        assert ask("NONSENSE") == "ES\r\n"
        scale.channel.physics.push(time.monotonic_ns(), 200.0)
        time.sleep(0.1)
        assert ask("SI").startswith("S D ")
        assert ask("S") == "S I\r\n"  # not stable in time
        time.sleep(2.0)
        assert float(ask("S").removeprefix("S S ").removesuffix(" g\r\n")) == pytest.approx(300.0, abs=0.1)
        assert ask("T").startswith("T S")
        # a digit either way: its cell is noisy
        assert float(ask("SI").removeprefix("S S ").removesuffix(" g\r\n")) == pytest.approx(0.0, abs=0.02)
        port.write(b"SIR\r\n")
        assert len([port.readline() for _ in range(5)]) == 5
        assert ask("@").startswith(("S ", "I4"))


def _said(port: serial.Serial, decoder: NodeDecoder, seconds: float) -> list[Message]:
    until = time.monotonic() + seconds
    said: list[Message] = []
    while time.monotonic() < until:
        said += [frame.message for frame in decoder.feed(port.read(256))]
    return said


def test_our_node_streams_and_guards_its_outputs(tmp_path: Path) -> None:
    door = DoorPhysics()
    node = LoadCellNode("node", [_channel(750.0), _channel(0.0)], loads=[door], senses=[door.bolt_holds])
    decoder = NodeDecoder()
    with (
        _line(tmp_path, node, 460_800, half_duplex=False) as bus,
        serial.Serial(bus.path, 460_800, timeout=0.02) as port,
    ):

        def send(message: WhoIs | ControllerHeartbeat | Pulse, seq: int) -> None:
            port.write(encode_frame(NodeFrame(1, seq, 0, message)))

        said = _said(port, decoder, 1.1)
        samples = [message for message in said if isinstance(message, Samples)]
        assert 75 <= len(samples) <= 96
        grams = [(count - EMPTY_COUNTS) / COUNTS_PER_G for count in samples[-1].counts]
        assert grams == pytest.approx([750.0, 0.0], abs=2.0)
        assert any(isinstance(message, NodeHeartbeat) for message in said)
        send(WhoIs(), 1)
        send(Pulse(7, 0, 500), 2)  # no heartbeat yet
        answers = _said(port, decoder, 0.1)
        assert any(isinstance(message, Hello) and message.channels == 2 for message in answers)
        assert PulseAnswer(7, 0, "no_heartbeat", 0) in answers
        assert node.pulses == []
        send(ControllerHeartbeat(), 3)
        send(Pulse(8, 0, 500), 4)
        send(Pulse(8, 0, 500), 5)  # the same token again
        answers = _said(port, decoder, 0.2)
        assert answers.count(PulseAnswer(8, 0, "accepted", 500)) == 2
        assert len(node.pulses) == 1
        assert Inputs((False,)) in answers
        assert decoder.skipped == 0


def test_a_reader_sends_a_line_unasked(cabinet: SimulatedCabinet) -> None:
    with serial.Serial(cabinet.ports()["reader"], 9600, timeout=1.0) as port:
        time.sleep(0.05)
        cabinet.present("ss1.key.claims.signature")
        assert port.readline() == b"ss1.key.claims.signature\r\n"
