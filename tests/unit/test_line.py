"""The listening line: codes and node frames as they come, over a paced pseudo-terminal that is pulled and put back."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Literal

import pytest

from devices.errors import Unreachable
from devices.line import Line
from devices.protocols.code_line import CodeDecoder, encode_code
from devices.sim.line import Transmission
from devices.sim.paced_bus import PacedBus
from tests.unit.bus_bench import running, settings_for, until, wire


class Parrot:
    """Says what it hears."""

    name = "parrot"
    framing: Literal["gap", "stream"] = "stream"

    def hear(self, data: bytes, at_ns: int) -> tuple[Transmission, ...]:
        return (Transmission(data),)

    def due_ns(self) -> int | None:
        return None

    def speak(self, at_ns: int) -> tuple[Transmission, ...]:
        return ()


def listening(paced: PacedBus, backlog: int = 256) -> Line[str]:
    return Line(settings_for(paced), CodeDecoder(), backlog=backlog)


async def test_frames_come_in_order_with_their_arrival_time(tmp_path: Path) -> None:
    with wire(tmp_path) as paced:
        line = listening(paced)
        async with running(line):
            await until(lambda: line.connected)
            began = time.monotonic_ns()
            paced.say(encode_code("one") + encode_code("two")[:3])
            first = await line.next("reader", 1.0)
            paced.say(encode_code("two")[3:])
            second = await line.next("reader", 1.0)
            assert [first.frame, second.frame] == ["one", "two"]
            assert began < first.at_ns < second.at_ns < time.monotonic_ns()
            assert line.counters.frames == 2


async def test_what_is_sent_reaches_the_other_end(tmp_path: Path) -> None:
    with PacedBus(tmp_path / "tty", stations=[Parrot()]) as paced:
        line = listening(paced)
        with pytest.raises(Unreachable, match="not open yet"):
            line.send("node", b"too early\r\n")
        async with running(line):
            await until(lambda: line.connected)
            line.send("node", b"hello\r\n")
            assert (await line.next("node", 1.0)).frame == "hello"
            assert line.trace.events()[0].direction == "sent"
            assert line.counters.sent == 1


async def test_silence_ends_in_unreachable(tmp_path: Path) -> None:
    with wire(tmp_path) as paced:
        line = listening(paced)
        async with running(line):
            await until(lambda: line.connected)
            with pytest.raises(Unreachable, match="silent on bench"):
                await line.next("reader", 0.05)
            paced.say(encode_code("later"))
            assert (await line.next("reader", 1.0)).frame == "later"


async def test_losing_the_port_wakes_the_listener_and_drops_the_half_frame(tmp_path: Path) -> None:
    with wire(tmp_path) as paced:
        line = listening(paced)
        async with running(line):
            await until(lambda: line.connected)
            paced.say(b"half a co")
            await until(lambda: len(line.trace.events()) > 0)
            waiting = asyncio.create_task(line.next("reader"))
            await asyncio.sleep(0)
            paced.unplug()
            with pytest.raises(Unreachable):
                await waiting
            assert not line.connected
            paced.replug()
            await until(lambda: line.connected)
            paced.say(encode_code("whole"))
            assert (await line.next("reader", 1.0)).frame == "whole"
            assert line.counters.reconnects == 1


async def test_unfetched_frames_are_bounded_and_the_newest_kept(tmp_path: Path) -> None:
    with wire(tmp_path) as paced:
        line = listening(paced, backlog=3)
        async with running(line):
            await until(lambda: line.connected)
            paced.say(b"".join(encode_code(f"code{index}") for index in range(8)))
            await until(lambda: line.counters.frames == 8)
            assert [(await line.next("reader", 1.0)).frame for _ in range(3)] == ["code5", "code6", "code7"]
            assert line.counters.overflowed == 5


async def test_a_cancelled_listener_makes_room_for_the_next(tmp_path: Path) -> None:
    with wire(tmp_path) as paced:
        line = listening(paced)
        async with running(line):
            await until(lambda: line.connected)
            first = asyncio.create_task(line.next("reader"))
            await asyncio.sleep(0)
            with pytest.raises(RuntimeError, match="two consumers"):
                await line.next("reader")
            first.cancel()
            with pytest.raises(asyncio.CancelledError):
                await first
            paced.say(encode_code("heard"))
            assert (await line.next("reader", 1.0)).frame == "heard"


def test_a_line_needs_room(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 1, not 0"):
        listening(PacedBus(tmp_path / "tty"), backlog=0)
