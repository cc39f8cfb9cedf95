"""The paced line against its own promise: real time, real faults, a real terminal that any program can open."""

from __future__ import annotations

import os
import select
import termios
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import pytest
import serial

from devices.protocols.crc import crc16_modbus
from devices.sim.line import AnsweringStation, LateReply, LineFormat, Transmission
from devices.sim.paced_bus import PacedBus
from devices.sim.relay_board import PROFILES, RelayBoard

READ_INPUTS = bytes.fromhex("01 02 00 00 00 08 79 CC")
REPLY_CHARACTERS = 6  # address, function, count, one byte of bits, CRC


class Parrot(AnsweringStation):
    """Answers every frame at once with fixed bytes."""

    framing: Literal["gap", "stream"] = "stream"

    def __init__(self, name: str, answer: bytes, after_s: float = 0.0) -> None:
        self.name = name
        self.answer = answer
        self.after_s = after_s
        self.heard = b""

    def hear(self, data: bytes, at_ns: int) -> Sequence[Transmission]:
        self.heard += data
        return (Transmission(self.answer, self.after_s),)


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[PacedBus]:
    with PacedBus(tmp_path / "line", LineFormat(9600), stations=[RelayBoard("board", PROFILES["waveshare"])]) as line:
        yield line


def _open(bus: PacedBus, timeout_s: float = 0.3, baud: int | None = None) -> serial.Serial:
    return serial.Serial(bus.path, baud or bus.line.baud, timeout=timeout_s)


def _ask(port: serial.Serial, request: bytes = READ_INPUTS, size: int = REPLY_CHARACTERS) -> bytes:
    port.write(request)
    return port.read(size)


def _valid(reply: bytes) -> bool:
    return len(reply) == REPLY_CHARACTERS and crc16_modbus(reply[:-2]) == int.from_bytes(reply[-2:], "little")


@pytest.mark.parametrize("baud", [9600, 19200, 115200])
def test_an_exchange_takes_its_line_time(tmp_path: Path, baud: int) -> None:
    board = RelayBoard("board", PROFILES["waveshare"], reply_delay_s=0.002)
    with PacedBus(tmp_path / "line", LineFormat(baud), stations=[board]) as bus, _open(bus) as port:
        assert _valid(_ask(port))
        line_s = (len(READ_INPUTS) + REPLY_CHARACTERS) * bus.line.character_ns / 1e9 + bus.line.gap_ns / 1e9 + 0.002
        ratios = []
        for _ in range(20):
            time.sleep(bus.line.gap_ns / 1e9)
            start = time.perf_counter()
            assert _valid(_ask(port))
            ratios.append((time.perf_counter() - start) / line_s)
    assert min(ratios) >= 1.0  # never faster than the wire
    assert min(ratios) <= 1.15  # and where the machine lets it, hardly slower


def test_frame_format_counts_in_the_character_time() -> None:
    assert LineFormat(9600).character_ns == pytest.approx(1e9 * 10 / 9600, abs=1)
    assert LineFormat(9600, parity="even").character_ns == pytest.approx(1e9 * 11 / 9600, abs=1)
    assert LineFormat(9600, stop_bits=2, data_bits=7).character_ns == pytest.approx(1e9 * 10 / 9600, abs=1)
    assert LineFormat(9600).gap_ns == pytest.approx(4.01e6, rel=1e-3)
    assert LineFormat(115200).gap_ns == 1_750_000


def test_the_log_tells_what_was_on_the_wire(bus: PacedBus) -> None:
    with _open(bus) as port:
        reply = _ask(port)
    request, answer = bus.log
    assert (request.source, request.data) == ("controller", READ_INPUTS)
    assert (answer.source, answer.data) == ("board", reply)
    assert answer.start_ns - request.end_ns == pytest.approx(bus.line.gap_ns + 4e6, rel=0.001)
    assert answer.end_ns - answer.start_ns == REPLY_CHARACTERS * bus.line.character_ns


def test_a_request_inside_the_silent_gap_is_not_understood(bus: PacedBus) -> None:
    with _open(bus, 0.15) as port:
        for _ in range(50):  # a busy machine may be too slow to be too fast
            time.sleep(0.02)
            assert _valid(_ask(port))
            reply = _ask(port)  # at once: no 3.5 characters of silence
            if bus.gap_violations:
                break
        assert bus.gap_violations == 1
        assert reply == b""
        time.sleep(0.02)
        assert _valid(_ask(port))


def test_echo_brings_back_what_was_sent_in_line_time(bus: PacedBus) -> None:
    with _open(bus) as port:
        assert _valid(_ask(port))
        bus.faults.echo = True
        time.sleep(0.02)
        start = time.perf_counter()
        port.write(READ_INPUTS)
        assert port.read(len(READ_INPUTS)) == READ_INPUTS
        assert time.perf_counter() - start >= len(READ_INPUTS) * bus.line.character_ns / 1e9
        assert _valid(port.read(REPLY_CHARACTERS))


def test_noise_flips_bits_at_its_rate_and_the_crc_sees_it(tmp_path: Path) -> None:
    answer = bytes(4000)
    with PacedBus(tmp_path / "line", LineFormat(460800, half_duplex=False), stations=[Parrot("p", answer)], seed=5) as bus:
        bus.faults.noise = 0.02
        with _open(bus, 2.0) as port:
            heard = _ask(port, b"?", len(answer))
    flipped = [byte for byte in heard if byte]
    assert len(heard) == len(answer)
    assert 40 <= len(flipped) <= 130  # 80 expected
    assert all(byte.bit_count() == 1 for byte in flipped)


def test_loss_swallows_bytes_at_its_rate(tmp_path: Path) -> None:
    answer = bytes(range(250)) * 16
    with PacedBus(tmp_path / "line", LineFormat(460800, half_duplex=False), stations=[Parrot("p", answer)], seed=5) as bus:
        bus.faults.loss = 0.02
        with _open(bus, 0.3) as port:
            heard = _ask(port, b"??", len(answer))
    assert 40 <= len(answer) - len(heard) <= 130


def test_one_late_reply_then_in_time_again(bus: PacedBus) -> None:
    bus.faults.late["board"] = LateReply(0.15, once=True)
    with _open(bus, 0.1) as port:
        assert _ask(port) == b""
        assert _valid(port.read(REPLY_CHARACTERS))  # there it is, too late
        time.sleep(0.01)
        assert _valid(_ask(port))
    assert "board" not in bus.faults.late


def test_every_third_reply_is_late(bus: PacedBus) -> None:
    bus.faults.late["board"] = LateReply(0.1, every=3)
    with _open(bus, 0.4) as port:
        times = []
        for _ in range(6):
            start = time.perf_counter()
            assert _valid(_ask(port))
            times.append(time.perf_counter() - start)
            time.sleep(0.01)
    assert [number for number, seconds in enumerate(times, 1) if seconds > 0.1] == [3, 6]


def test_a_silent_station_acts_but_does_not_answer(bus: PacedBus) -> None:
    flash = bytes.fromhex("01 05 02 00 00 07 8D B0")
    with _open(bus, 0.12) as port:
        bus.faults.silent.add("board")
        assert _ask(port, flash, 8) == b""
        bus.faults.silent.clear()
        coils = _ask(port, _framed("01 01 00 00 00 08"))
        assert coils[3] == 1
        bus.faults.absent.add("board")
        assert _ask(port) == b""


def test_a_cut_reply_stops_in_the_middle(bus: PacedBus) -> None:
    bus.faults.cut_next["board"] = 3
    with _open(bus, 0.12) as port:
        assert len(_ask(port)) == 3
        assert _valid(_ask(port))


def test_babble_fills_the_line_and_spoils_what_is_said_meanwhile(bus: PacedBus) -> None:
    with _open(bus, 0.25) as port:
        bus.babble(0.2)
        heard = _ask(port, size=1000)
        assert 120 <= len(heard) <= 230  # 0.2 s at 9600 Bd are 192 characters
        assert READ_INPUTS not in heard
        assert _valid(_ask(port))


def test_two_stations_of_one_address_destroy_each_other(bus: PacedBus) -> None:
    twin = RelayBoard("twin", PROFILES["waveshare"])
    bus.attach(twin)
    with _open(bus, 0.12) as port:
        assert not _valid(_ask(port, size=20)[:REPLY_CHARACTERS])
        assert {frame.source for frame in bus.log if frame.collided} == {"board", "twin"}
        bus.detach(twin)
        assert _valid(_ask(port))


def test_unplugging_fails_the_open_port_and_replugging_brings_the_name_back(bus: PacedBus) -> None:
    with _open(bus, 0.5) as port:
        assert _valid(_ask(port))
        before = os.readlink(bus.path)
        bus.unplug()
        assert not os.path.lexists(bus.path)
        with pytest.raises((serial.SerialException, termios.error, OSError)):
            _ask(port)
    bus.replug()
    assert os.path.exists(bus.path)
    with _open(bus) as port:
        assert _valid(_ask(port))
        assert os.readlink(bus.path).startswith("/dev/pts/")
    assert before.startswith("/dev/pts/")


def test_the_port_can_be_left_and_opened_again_and_holds_nothing_old(bus: PacedBus) -> None:
    for _ in range(5):
        with _open(bus) as port:
            port.write(READ_INPUTS)  # and leaves before the answer
        time.sleep(0.05)
        with _open(bus) as port:
            time.sleep(0.03)
            assert port.in_waiting == 0
            assert _valid(_ask(port))


def test_another_baud_rate_hears_garbage_and_is_not_understood(bus: PacedBus) -> None:
    with _open(bus, 0.12, baud=19200) as port:
        assert not _valid(_ask(port))
    with _open(bus) as port:
        assert _valid(_ask(port))


def test_a_slow_adapter_holds_answers_back(bus: PacedBus) -> None:
    with _open(bus) as port:
        assert _valid(_ask(port))
        bus.faults.adapter_latency_s = 0.05
        time.sleep(0.02)
        start = time.perf_counter()
        assert _valid(_ask(port))
        characters_s = (len(READ_INPUTS) + REPLY_CHARACTERS) * bus.line.character_ns / 1e9
        assert time.perf_counter() - start >= characters_s + 0.05


def test_unsolicited_bytes_reach_the_controller(bus: PacedBus) -> None:
    with _open(bus) as port:
        _ask(port)
        bus.say(b"hello")
        assert port.read(5) == b"hello"


def test_a_port_nobody_drains_blocks_its_writer(bus: PacedBus) -> None:
    bus.faults.deaf = True
    bus.poke()
    with serial.Serial(bus.path, 9600, timeout=0.1, write_timeout=0.3) as port, pytest.raises(serial.SerialTimeoutException):
        port.write(bytes(200_000))


def test_an_idle_line_costs_next_to_nothing(bus: PacedBus) -> None:
    with _open(bus) as port:
        _ask(port)
        before = time.process_time()
        assert select.select([port.fileno()], [], [], 1.0)[0] == []
        assert time.process_time() - before < 0.02


def _framed(text: str) -> bytes:
    body = bytes.fromhex(text)
    return body + crc16_modbus(body).to_bytes(2, "little")
