"""The wizard lets a technician in, at a simulated cabinet with real bytes: a lock tested, and one visit as a shopper makes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace

import pytest
import pytest_asyncio

from devices.sim.cabinet import SimulatedCabinet
from devices.sim.layout import demo_layout
from edge.runtime.app import Controller
from edge.runtime.commissioning import golden as golden_step
from edge.runtime.commissioning.wizard import Commissioning
from edge.runtime.settings import load_store
from edge.session.state import Idle, StoreState, visit_of
from edge.web.bench import ProcedureView, SaidView, StepOrder
from tests.store.bench_rig import done_step, soon

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Rig:
    """A store with a real controller, its shelf full; tina commissions."""

    cabinet: SimulatedCabinet
    controller: Controller

    @property
    def bench(self) -> Commissioning:
        return self.controller._bench

    @property
    def state(self) -> StoreState:
        return self.controller._loop.state

    async def does(self, order: StepOrder, obey: Callable[[SaidView], Awaitable[object]] | None = None) -> ProcedureView:
        return await done_step(self.bench, order, obey)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    folder = tmp_path_factory.mktemp("entering")
    whole = demo_layout()
    plates = tuple(replace(plate, neighbours=()) for plate in whole.plates[:2])
    layout = replace(whole, plates=plates, reader=False, channel=replace(whole.channel, filter_length=1), scale_baud=115200)
    async with SimulatedCabinet(layout, directory=folder) as cabinet:
        sections: dict[str, dict[str, str | float | bool]] = {
            "web": {"enabled": False},
            "visit": {"receipt_shown_s": 0.0, "unlock_expires_s": 1.0, "relock_within_s": 1.0, "open_within_s": 3.0},
        }
        controller = Controller(load_store(cabinet.write_config(folder / "store.toml", sections=sections), check_files=False))
        task = asyncio.create_task(controller.run())
        try:
            async with asyncio.timeout(20.0):
                await controller.ready.wait()
            found = Rig(cabinet, controller)
            await soon(lambda: all(door.proven_shut for door in found.state.doors) and all(plate.measured for plate in found.state.plates))
            assert (await found.bench.begin("tina")).accepted
            yield found
        finally:
            controller.stop()
            await task


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def shut(rig: Rig) -> AsyncIterator[None]:
    yield
    rig.cabinet.walk_away()
    door = rig.cabinet.doors["front"]
    door.troubles = replace(door.troubles, coil_dead=False, latch_jammed=False, bolt_stuck="none")
    await rig.cabinet.close_door("front")
    await soon(lambda: isinstance(rig.state.phase, Idle) and rig.state.doors[0].proven_shut)


async def through_the_door(rig: Rig, said: SaidView) -> None:
    """Open the door and close it again, as told."""
    if said.code == "open_unlocked":
        assert await rig.cabinet.open_door("front")
    elif said.code == "close_door":
        await rig.cabinet.close_door("front")


async def test_a_lock_that_works_lets_go_and_holds_again_each_time(rig: Rig) -> None:
    found = await rig.does(StepOrder(step="lock", subject="front", repeats=2), lambda said: through_the_door(rig, said))
    assert found.state == "passed", found.trouble
    lock = found.found.lock
    assert lock is not None
    assert (lock.door, lock.has_bolt, len(lock.runs)) == ("front", True, 2)
    for run in lock.runs:
        assert run.released_ms is not None
        assert run.secured_ms is not None
        assert 0 < run.released_ms <= run.opened_ms < run.closed_ms
    assert all(result.receipt is None and result.role == "technician" for result in rig.state.results)


async def test_a_pulse_that_moves_no_bolt_is_told_as_power_or_wiring(rig: Rig) -> None:
    door = rig.cabinet.doors["front"]
    door.troubles = replace(door.troubles, coil_dead=True)
    found = await rig.does(StepOrder(step="lock", subject="front"))
    assert found.trouble is not None
    assert (found.state, found.trouble.code) == ("failed", "no_bolt_movement")


async def test_a_latch_that_does_not_catch_is_told(rig: Rig) -> None:
    door = rig.cabinet.doors["front"]

    async def jam(said: SaidView) -> None:
        if said.code == "close_door":
            door.troubles = replace(door.troubles, latch_jammed=True)
        await through_the_door(rig, said)

    found = await rig.does(StepOrder(step="lock", subject="front"), jam)
    assert found.trouble is not None
    assert found.trouble.code == "not_locked_again"


async def test_a_bolt_that_does_not_hold_is_not_tested_but_told(rig: Rig) -> None:
    door = rig.cabinet.doors["front"]
    door.troubles = replace(door.troubles, bolt_stuck="off")
    await soon(lambda: rig.state.doors[0].secured is False)
    found = await rig.does(StepOrder(step="lock", subject="front"))
    assert found.trouble is not None
    assert (found.trouble.code, visit_of(rig.state.phase)) == ("door_not_shut", None)


async def test_two_of_a_product_taken_and_one_put_back_are_counted_right(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(golden_step, "CLOUD_WITHIN_S", 0.5)
    asked: dict[str, object] = {}

    async def shop(said: SaidView) -> None:
        if said.code == "take_goods":
            asked.update(said.figures)
            await rig.cabinet.take(str(said.figures["plate"]), 2)
        elif said.code == "give_back":
            await rig.cabinet.put(str(said.figures["plate"]), rig.cabinet.hands[:1])
        elif said.code == "close_up":
            await rig.cabinet.close_door("front")
        else:
            await through_the_door(rig, said)

    found = await rig.does(StepOrder(step="golden"), shop)
    golden = found.found.golden
    assert golden is not None, found.trouble
    assert (golden.right, golden.most, golden.cloud) == (True, 2, "silent"), (found.trouble, golden)
    assert found.trouble is not None
    assert found.trouble.code == "cloud_silent"  # no broker runs here
    assert [(one.plate, one.units) for one in golden.changes] == [(asked["plate"], -1)]
    assert golden.counted_s is not None
    assert 0 <= golden.counted_s < 10
    assert rig.state.results[-1].receipt is None


async def test_taking_another_number_than_asked_is_told_with_what_was_counted(rig: Rig) -> None:
    async def shop(said: SaidView) -> None:
        if said.code == "take_goods":
            await rig.cabinet.take(str(said.figures["plate"]), 2)
        elif said.code == "give_back":
            await rig.cabinet.close_door("front")
        else:
            await through_the_door(rig, said)

    found = await rig.does(StepOrder(step="golden"), shop)
    golden = found.found.golden
    assert golden is not None
    assert found.trouble is not None, golden
    assert (found.trouble.code, golden.right, [one.units for one in golden.changes]) == ("miscounted", False, [-2])


async def test_a_test_that_is_cancelled_leaves_the_door_shut(rig: Rig) -> None:
    answer = await rig.bench.start(StepOrder(step="lock", subject="front"), "tina")
    assert answer.accepted
    await soon(lambda: (now := rig.bench.look().procedure) is not None and any(said.code == "unlocking" for said in now.log))
    assert (await rig.bench.cancel("tina")).accepted
    await soon(lambda: isinstance(rig.state.phase, Idle))
    assert rig.state.doors[0].proven_shut
