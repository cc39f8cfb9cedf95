"""The bus master on a paced line: matching, order, deadlines, silence. Real bytes on a pseudo-terminal."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from devices.bus import Bus, Priority
from devices.config import BusSettings
from devices.errors import Expired, Garbled, Unreachable
from devices.protocols.modbus_frames import Registers, WriteOne, Written
from devices.protocols.modbus_rtu import ModbusReplyReader, encode_reply, encode_request
from devices.sim.line import LateReply, Transmission
from devices.sim.paced_bus import PacedBus
from devices.transports import Port, Receiver
from tests.unit.bus_bench import CountingStation, ask, number, running, settings_for, until, wire


def sent(paced: PacedBus) -> list[bytes]:
    return [frame.data for frame in paced.log if frame.source == "controller"]


async def test_each_request_gets_its_own_reply(tmp_path: Path) -> None:
    with wire(tmp_path, CountingStation(1), CountingStation(2)) as paced:
        bus = Bus(settings_for(paced))
        async with running(bus):
            assert [number(await ask(bus, address)) for address in (1, 1, 2, 1, 2)] == [1, 2, 1, 3, 2]
            counters = bus.counters.snapshot()
    assert (counters.requests, counters.replies, counters.timeouts, counters.garbled) == (5, 5, 0, 0)
    assert 0.0 < counters.busy_fraction <= 1.0


async def test_a_late_reply_is_never_taken_for_the_next_one(tmp_path: Path) -> None:
    station = CountingStation(1)
    with wire(tmp_path, station) as paced:
        bus = Bus(settings_for(paced))
        async with running(bus):
            assert [number(await ask(bus)) for _ in range(2)] == [1, 2]
            paced.faults.late[station.name] = LateReply(0.1, once=True)
            with pytest.raises(Unreachable):
                await ask(bus, timeout_s=0.05, settle_s=0.2)
            assert [number(await ask(bus)) for _ in range(3)] == [4, 5, 6]
            assert bus.counters.snapshot().stale_bytes_dropped == 9
            assert [event.direction for event in bus.trace.events()].count("dropped") == 1


async def test_the_late_reply_would_be_taken_without_the_settling_time(tmp_path: Path) -> None:
    """Shows that the test above can fail: a settling time shorter than the device's worst case is a wrong setting."""
    station = CountingStation(1)
    with wire(tmp_path, station) as paced:
        bus = Bus(settings_for(paced))
        async with running(bus):
            assert number(await ask(bus)) == 1
            paced.faults.late[station.name] = LateReply(0.1, once=True)
            with pytest.raises(Unreachable):
                await ask(bus, timeout_s=0.05, settle_s=0.0)
            station.delay_s = 0.2
            assert number(await ask(bus, timeout_s=0.4)) == 2


@pytest.mark.parametrize("baud", [9600, 19200, 115200])
async def test_the_silent_gap_is_kept_on_the_wire(tmp_path: Path, baud: int) -> None:
    with wire(tmp_path, CountingStation(1), baud=baud) as paced:
        bus = Bus(settings_for(paced))
        async with running(bus):
            for _ in range(12):
                await ask(bus)
        frames = paced.log
        violations = paced.gap_violations
    gaps_ms = [(after.start_ns - before.end_ns) / 1e6 for before, after in pairwise(frames) if after.source == "controller"]
    assert len(gaps_ms) == 11
    assert violations == 0
    assert min(gaps_ms) >= paced.line.gap_ns / 1e6
    assert sorted(gaps_ms)[len(gaps_ms) // 2] < paced.line.gap_ns / 1e6 + 5.0


async def test_the_most_urgent_request_goes_first(tmp_path: Path) -> None:
    with wire(tmp_path, CountingStation(1, delay_s=0.03)) as paced:
        bus = Bus(settings_for(paced))
        async with running(bus):
            running_one = asyncio.create_task(ask(bus, count=1))
            await until(lambda: bus.counters.requests == 1)
            order: list[str] = []

            async def enqueue(priority: Priority) -> None:
                await ask(bus, priority=priority)
                order.append(priority.name)

            async with asyncio.TaskGroup() as group:
                for priority in (Priority.WEIGHT, Priority.STATUS, Priority.WEIGHT, Priority.UNLOCK):
                    group.create_task(enqueue(priority))
            await running_one
    assert order == ["UNLOCK", "STATUS", "WEIGHT", "WEIGHT"]


async def test_an_expired_request_is_never_sent(tmp_path: Path) -> None:
    unlock = WriteOne(1, 5, 0x200, 7)
    with wire(tmp_path, CountingStation(1, delay_s=0.05)) as paced:
        bus = Bus(settings_for(paced))
        async with running(bus):
            slow = asyncio.create_task(ask(bus, timeout_s=0.2))
            await until(lambda: bus.counters.requests == 1)
            with pytest.raises(Expired):
                await bus.transact(
                    encode_request(unlock),
                    ModbusReplyReader(unlock),
                    priority=Priority.UNLOCK,
                    timeout_s=0.1,
                    settle_s=0.1,
                    device="locks",
                    expires_ns=time.monotonic_ns() + 10_000_000,
                )
            await slow
            assert bus.counters.expired == 1
            assert number(await ask(bus, expires_ns=time.monotonic_ns() + 1_000_000_000, timeout_s=0.2)) == 2
        assert encode_request(unlock) not in sent(paced)


async def test_a_cancelled_caller_leaves_the_line_in_step(tmp_path: Path) -> None:
    with wire(tmp_path, CountingStation(1, delay_s=0.02)) as paced:
        bus = Bus(settings_for(paced))
        async with running(bus):
            in_flight = asyncio.create_task(ask(bus))
            await until(lambda: bus.counters.requests == 1)
            queued = asyncio.create_task(ask(bus, count=1))
            behind = asyncio.create_task(ask(bus))
            await asyncio.sleep(0)
            in_flight.cancel()
            queued.cancel()
            assert number(await behind) == 2
            assert number(await ask(bus)) == 3
            counters = bus.counters.snapshot()
    assert (counters.requests, counters.replies, counters.timeouts, counters.stale_bytes_dropped) == (3, 3, 0, 0)


async def test_echo_is_stripped_even_where_the_reply_repeats_the_request(tmp_path: Path) -> None:
    pulse = WriteOne(1, 5, 0x200, 7)
    station = CountingStation(1)
    with wire(tmp_path, station) as paced:
        paced.faults.echo = True
        bus = Bus(settings_for(paced, echo=True))
        async with running(bus):
            assert number(await ask(bus)) == 1
            reply = await bus.transact(
                encode_request(pulse), ModbusReplyReader(pulse), priority=Priority.UNLOCK, timeout_s=0.06, settle_s=0.1, device="locks"
            )
            assert reply.frame == Written(1, 5, 0x200, 7)
            assert bus.counters.echoes_stripped == 2
            paced.faults.silent.add(station.name)
            with pytest.raises(Unreachable):  # the echo alone is no acknowledgement
                await bus.transact(
                    encode_request(pulse), ModbusReplyReader(pulse), priority=Priority.UNLOCK, timeout_s=0.06, settle_s=0.1, device="locks"
                )


async def test_an_unexpected_echo_is_named(tmp_path: Path) -> None:
    station = CountingStation(1)
    with wire(tmp_path, station) as paced:
        paced.faults.echo = True
        paced.faults.silent.add(station.name)
        bus = Bus(settings_for(paced))
        async with running(bus):
            with pytest.raises(Garbled, match="set echo = true"):
                await ask(bus)


async def test_noise_gives_errors_and_never_a_wrong_value(tmp_path: Path) -> None:
    station = CountingStation(1, delay_s=0.001)
    right = failed = 0
    with wire(tmp_path, station) as paced:
        paced.faults.noise = 0.02
        bus = Bus(settings_for(paced))
        async with running(bus):
            for _ in range(100):
                try:
                    reply = await ask(bus, timeout_s=0.015, settle_s=0.02)
                except (Unreachable, Garbled):
                    failed += 1
                else:
                    right += 1
                    assert number(reply) == len(station.heard)
            counters = bus.counters.snapshot()
    assert right > 30
    assert failed > 5
    assert counters.replies == right
    assert counters.timeouts + counters.garbled == failed


async def test_a_cut_reply_is_garbled_and_the_next_one_is_whole(tmp_path: Path) -> None:
    station = CountingStation(1)
    with wire(tmp_path, station) as paced:
        paced.faults.cut_next[station.name] = 5
        bus = Bus(settings_for(paced))
        async with running(bus):
            with pytest.raises(Garbled, match="01 03 04 00 00"):
                await ask(bus)
            assert number(await ask(bus)) == 2


async def test_another_devices_reply_is_passed_over(tmp_path: Path) -> None:
    with wire(tmp_path, CountingStation(1, delay_s=0.03)) as paced:
        bus = Bus(settings_for(paced))
        async with running(bus):
            asking = asyncio.create_task(ask(bus))
            await until(lambda: bus.counters.requests == 1)
            stranger = encode_reply(Registers(2, 3, (9, 9)))
            paced.say(stranger, after_s=0.01)
            assert number(await asking) == 1
            assert bus.counters.skipped_bytes == len(stranger)


async def test_a_babbling_station_stops_requests_but_not_the_bus(tmp_path: Path) -> None:
    with wire(tmp_path, CountingStation(1)) as paced:
        bus = Bus(settings_for(paced))
        async with running(bus):
            assert number(await ask(bus)) == 1
            before = len(sent(paced))
            paced.babble(1.0)
            await until(lambda: bus.counters.stale_bytes_dropped > 0)
            with pytest.raises(Garbled, match="babbles"):
                await ask(bus)
            assert len(sent(paced)) == before
            await asyncio.sleep(0.6)  # the rest of the babbling
            assert number(await ask(bus)) == 2
            assert bus.counters.babbles == 1


async def test_a_glitch_behind_every_reply_costs_no_time(tmp_path: Path) -> None:
    """RS-485 transceivers often add a byte when they turn around."""

    class Glitching(CountingStation):
        def hear(self, data: bytes, at_ns: int) -> Sequence[Transmission]:
            said = super().hear(data, at_ns)
            return (*said, *(Transmission(b"\x00", part.after_s + 0.0012) for part in said))  # 0.4 ms behind the reply's last byte

    with wire(tmp_path, Glitching(1, delay_s=0.001)) as paced:
        bus = Bus(settings_for(paced))
        async with running(bus):
            began = time.monotonic()
            assert [number(await ask(bus)) for _ in range(20)] == list(range(1, 21))
            assert time.monotonic() - began < 20 * 0.02
            assert bus.counters.stale_bytes_dropped >= 19


async def test_requests_without_answer_take_their_line_time(tmp_path: Path) -> None:
    with wire(tmp_path, CountingStation(2), baud=9600) as paced:
        bus = Bus(settings_for(paced))
        async with running(bus):
            written_ns = await bus.send_only(bytes(range(20)), priority=Priority.UNLOCK, device="locks")
            assert time.monotonic_ns() - written_ns >= 20 * 10 * 1_000_000_000 // 9600
            assert number(await ask(bus, 2)) == 1
            assert bus.counters.sent_only == 1
        assert paced.gap_violations == 0


@pytest.mark.parametrize("seed", range(3))
async def test_no_reply_is_ever_taken_for_another_requests(tmp_path: Path, seed: int) -> None:
    """The law of the bus under random lateness, cuts, strangers and silence: an answered request has its own answer."""
    chance = random.Random(seed)
    stations = [CountingStation(1, delay_s=0.002), CountingStation(2, delay_s=0.002)]
    answered = 0
    with wire(tmp_path, *stations) as paced:
        bus = Bus(settings_for(paced))
        async with running(bus):
            for _ in range(40):
                station = chance.choice(stations)
                match chance.randrange(5):
                    case 0:
                        paced.faults.late[station.name] = LateReply(chance.uniform(0.005, 0.05), once=True)
                    case 1:
                        paced.faults.cut_next[station.name] = chance.randrange(1, 9)
                    case 2:
                        paced.say(encode_reply(Registers(chance.choice((1, 2, 3)), 3, (9, 9, 9))), after_s=chance.uniform(0.0, 0.01))
                    case _:
                        pass
                try:
                    reply = await ask(bus, station.address, timeout_s=0.02, settle_s=0.08)
                except (Unreachable, Garbled):
                    continue
                answered += 1
                assert number(reply) == len(station.heard)
    assert answered >= 15


async def test_an_adapter_that_holds_bytes_back_is_only_slow(tmp_path: Path) -> None:
    with wire(tmp_path, CountingStation(1)) as paced:
        paced.faults.adapter_latency_s = 0.016
        bus = Bus(settings_for(paced))
        async with running(bus):
            assert [number(await ask(bus)) for _ in range(5)] == [1, 2, 3, 4, 5]


async def test_two_stations_at_one_address_are_garbled_not_believed(tmp_path: Path) -> None:
    first, second = CountingStation(1), CountingStation(1)
    second.name = "the other"
    with wire(tmp_path, first, second) as paced:
        bus = Bus(settings_for(paced))
        async with running(bus):
            for _ in range(3):
                with pytest.raises(Garbled):
                    await ask(bus)
            paced.detach(second)
            assert number(await ask(bus)) == 4


async def test_a_wrong_speed_gets_no_valid_reply(tmp_path: Path) -> None:
    with wire(tmp_path, CountingStation(1), baud=19200) as paced:
        bus = Bus(settings_for(paced, baud=9600))
        async with running(bus):
            with pytest.raises((Garbled, Unreachable)):
                await ask(bus)


class RacingPort:
    """A port on which a stale reply has arrived that the loop has not seen yet, the moment before each request is written."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._unread = b""
        self._requests = 0
        self.unsent = 0

    def write(self, message: bytes) -> None:
        self._requests += 1
        answer = encode_reply(Registers(1, 3, (0, self._requests)))
        asyncio.get_running_loop().call_soon(self._receiver.received, self._unread + answer)
        self._unread = answer

    def drain(self) -> None:
        if self._unread:
            unread, self._unread = self._unread, b""
            self._receiver.received(unread)

    def close(self) -> None:
        pass


async def test_bytes_that_arrive_just_before_a_request_are_drained() -> None:
    """A scripted port stands in here, since the moment between two looks of the event loop cannot be hit from outside."""

    async def opened(settings: BusSettings, receiver: Receiver) -> Port:
        return RacingPort(receiver)

    bus = Bus(BusSettings(name="race", url="serial:///dev/null", baud=115200), open_transport=opened)
    async with running(bus):
        assert [number(await ask(bus)) for _ in range(4)] == [1, 2, 3, 4]
    assert bus.counters.stale_bytes_dropped == 3 * 9
