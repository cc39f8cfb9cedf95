"""A bus in the hands of somebody who only asks around: last in every queue, and nothing that could move something. On a paced line."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from devices.bus import Bus, LentBus, Priority
from devices.errors import Refused
from tests.unit.bus_bench import CountingStation, ask, number, running, settings_for, until, wire


async def test_who_asks_around_waits_for_everybody_else_and_is_served_all_the_same(tmp_path: Path) -> None:
    with wire(tmp_path, CountingStation(1, delay_s=0.03)) as paced:
        bus = Bus(settings_for(paced))
        lent = LentBus(bus)
        async with running(bus):
            running_one = asyncio.create_task(ask(bus, count=1))
            await until(lambda: bus.counters.requests == 1)
            order: list[str] = []

            async def enqueue(who: Bus, name: str, priority: Priority) -> None:
                await ask(who, priority=priority)
                order.append(name)

            async with asyncio.TaskGroup() as group:
                group.create_task(enqueue(lent, "lent", Priority.UNLOCK))  # it may ask as urgently as it likes
                group.create_task(enqueue(bus, "weight", Priority.WEIGHT))
                group.create_task(enqueue(bus, "status", Priority.STATUS))
            await running_one
            assert number(await ask(lent)) == 5
    assert order == ["status", "weight", "lent"]


async def test_a_lent_bus_sends_nothing_that_nobody_answers_and_is_nobody_elses_to_run(tmp_path: Path) -> None:
    station = CountingStation(1)
    with wire(tmp_path, station) as paced:
        bus = Bus(settings_for(paced))
        lent = LentBus(bus)
        assert not lent.connected
        async with running(bus):
            await until(lambda: lent.connected)
            assert (lent.opened, lent.trouble, lent.settings) == (1, None, bus.settings)
            with pytest.raises(Refused, match="nothing was sent"):
                await lent.send_only(b"\x02\x00\x31\x03\x36", priority=Priority.UNLOCK, device="board")
            with pytest.raises(RuntimeError, match="its owner runs it"):
                await lent.run()
        assert bus.counters.sent_only == 0
    assert station.heard == []
