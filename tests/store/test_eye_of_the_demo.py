"""The demonstration's eye: the real vision process at a simulated camera, in step with the plates; killed, and up again."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from devices.sim.cabinet import HandReach, SimulatedCabinet
from devices.sim.layout import BAR, COLA, TEA, demo_layout, kerong_layout
from devices.sim.virtual_clock import VirtualClock
from edge.demo.eye import CAMERA, rows_of, stage_of
from edge.demo.scene import APPROACH_S, SceneTeller
from edge.demo.shop import Shop
from vision.sim.scene import DoorMoved, HandMoved, HeldUp, SceneFact, SceneOpened, scene_fact

READY_S = 30.0  # s; the machine is shared
NS = 1_000_000_000


def test_every_plate_of_every_layout_is_in_the_picture() -> None:
    for layout in (demo_layout(), kerong_layout()):
        rows = rows_of(layout)
        assert sorted(plate for row in rows for plate in row) == sorted(plate.plate for plate in layout.plates)
        stage = stage_of(layout)
        assert set(stage.looks) == {product.gtin for product in layout.products}
        assert set(stage.scene(CAMERA).spots) == {plate.plate for plate in layout.plates}


def test_what_the_store_does_not_sell_yet_has_a_look_and_is_enrolled_by_nobody() -> None:
    stage = stage_of(replace(demo_layout(), unlisted=(TEA,)))
    assert stage.strangers == (TEA.gtin,)
    assert TEA.gtin in stage.looks


async def test_a_hand_is_told_before_it_is_on_the_plate_and_takes_the_units_that_go() -> None:
    clock = VirtualClock()
    cabinet = SimulatedCabinet(clock_ns=clock, sleep=clock.sleep)
    seen: list[HandReach] = []
    cabinet.watched(seen.append, 0.4)
    begins_ns = clock()
    taken = await cabinet.take("B2", 2)
    await cabinet.put("A1", taken[:1], ("A2", 0.25))
    await cabinet.touch("A3")
    first, second, third = seen
    assert first.taken == tuple(taken)
    assert (first.begin_ns, first.arrive_ns - first.begin_ns) == (begins_ns, 4 * NS // 10)
    assert first.arrive_ns < first.change_ns < first.leave_ns
    assert (second.put, second.shares) == (tuple(taken[:1]), (("A1", 0.75), ("A2", 0.25)))
    assert (third.taken, third.put, third.plate) == ((), (), "A3")
    with pytest.raises(ValueError, match="holds"):
        await cabinet.take("A1", 99)
    assert len(seen) == 3


async def test_without_a_watcher_nothing_takes_longer_than_before() -> None:
    clock = VirtualClock()
    cabinet = SimulatedCabinet(clock_ns=clock, sleep=clock.sleep)
    begins_ns = clock()
    await cabinet.take("B2")
    assert clock() - begins_ns == 350_000_000


async def test_whoever_listens_late_learns_what_stands_there_now_and_every_hand_from_then_on(tmp_path: Path) -> None:
    with SimulatedCabinet() as cabinet:
        teller = SceneTeller(cabinet, tmp_path / "scene.sock")
        await cabinet.take("B2")
        serving = asyncio.create_task(teller.serve())
        try:
            reader, writer = await _connected(tmp_path / "scene.sock")
            opened = await _told(reader)
            assert isinstance(opened, SceneOpened)
            assert sum(goods.gtin == COLA.gtin for goods in opened.goods) == 13
            moving = asyncio.create_task(cabinet.take("A1", 2))
            hand = await _told(reader)
            assert isinstance(hand, HandMoved)
            assert hand.begin_ns == hand.arrive_ns - round(APPROACH_S * NS)
            assert {goods.number for goods in hand.taken} <= {goods.number for goods in opened.goods}
            assert [goods.gtin for goods in hand.taken] == [BAR.gtin, BAR.gtin]
            await moving
            await cabinet.force_door("front")
            door = await _told(reader)
            assert isinstance(door, DoorMoved)
            assert door.open
            teller.hold_up(TEA.gtin, 6.0, sides=3)
            shown = await _told(reader)
            assert isinstance(shown, HeldUp)
            assert (shown.gtin, shown.side, shown.end_ns - shown.begin_ns) == (TEA.gtin, "front", 6 * NS)
            assert [turn - shown.begin_ns for turn in shown.turns_ns] == [2 * NS, 4 * NS]
            writer.close()
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


async def test_it_ends_while_a_camera_listens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def until_nobody_is_connected(server: asyncio.Server) -> None:
        """What Python 3.12 does; before, it waited for nothing."""
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.Server, "wait_closed", until_nobody_is_connected)
    with SimulatedCabinet() as cabinet:
        serving = asyncio.create_task(SceneTeller(cabinet, tmp_path / "scene.sock").serve())
        reader, writer = await _connected(tmp_path / "scene.sock")
        await _told(reader)
        serving.cancel()
        done, _ = await asyncio.wait({serving}, timeout=5.0)
        serving.cancel()
        assert done
        async with asyncio.timeout(5.0):
            with suppress(ConnectionError):
                await reader.read()
        writer.close()


async def _connected(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    async with asyncio.timeout(5.0):
        while True:
            with suppress(OSError):
                return await asyncio.open_unix_connection(path, limit=1 << 22)
            await asyncio.sleep(0.01)


async def _told(reader: asyncio.StreamReader) -> SceneFact:
    async with asyncio.timeout(5.0):
        fact = scene_fact(await reader.readline())
    assert fact is not None
    return fact


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[tuple[Shop, list[str]]]:
    said: list[str] = []
    async with Shop(seed=5, directory=tmp_path / "shop", camera=True, sections={"visit": {"receipt_shown_s": 0.2}}) as shop:
        assert shop.eye is not None
        running = asyncio.create_task(shop.eye.run(said.append))
        try:
            yield shop, said
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def until(shop: Shop, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    found = await shop.watch.until(wanted, READY_S)
    assert found is not None, shop.watch.snapshot.get("eye")
    return found


async def shop_once(shop: Shop, plate: str) -> dict[str, Any]:
    """One visit that takes one unit; returned: its receipt."""
    await until(shop, lambda now: bool(now["cabinet"]["may_enter"]))
    visit, refusal = await shop.enter(shop.make_pass("shopper", "anna"))
    assert visit is not None, refusal
    assert await shop.cabinet.open_door("front")
    await shop.cabinet.wait(1.5)
    await shop.cabinet.take(plate)
    await shop.cabinet.wait(1.5)
    await shop.cabinet.close_door("front")
    shop.cabinet.walk_away()
    now = await until(shop, lambda now: any(row["visit"] == visit for row in now["receipts"]))
    receipt: dict[str, Any] = next(row for row in now["receipts"] if row["visit"] == visit)
    return receipt


@pytest.mark.timeout(150)
async def test_it_sees_a_visit_is_killed_and_sees_again_while_the_shop_sells_on(shop: tuple[Shop, list[str]]) -> None:
    store, said = shop
    assert store.eye is not None
    early = await shop_once(store, "B2")  # the eye may be blind yet: the shop sells
    assert early["total_minor"] == COLA.price_minor
    await until(store, lambda now: bool(now["eye"]) and now["eye"]["products"] == 6)
    assert any("knows 6 products" in words for words in said)
    seen = await shop_once(store, "A3")
    assert seen["status"] == "final"
    now = await until(store, lambda now: bool(now["eye"]["cameras"][0]["last"]))
    assert now["eye"]["cameras"][0]["last"]["plates"] == ["A3"]
    os.kill(store.eye.eye.pid, signal.SIGKILL)
    await until(store, lambda now: now["eye"]["condition"] == "lost")
    blind = await shop_once(store, "B2")
    assert blind["total_minor"] == COLA.price_minor
    await until(store, lambda now: bool(now["eye"]) and now["eye"]["products"] == 6)
    assert any("eye ended by itself" in words for words in said)
