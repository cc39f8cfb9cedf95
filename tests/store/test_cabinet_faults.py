"""The real controller at a cabinet whose wires, sensors or power fail during a visit: what it does with the goods and with the door."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import pytest
import pytest_asyncio

from devices.sim.relay_board import RelayBoard
from devices.sim.store_config import Table
from edge.demo.shop import Shop
from edge.runtime.replay import replay
from edge.session.commands import EndVisit, IssueReceipt
from edge.session.receipt import Receipt
from tests.waiting import until

DOOR = "front"
PLATE = "B2"  # cola, 1.49
QUICK: dict[str, Table] = {"visit": {"receipt_shown_s": 0.1, "open_within_s": 3.0, "relock_within_s": 1.0, "settle_within_s": 6.0}}


@dataclass
class Ended:
    """What the journal says about one visit."""

    outcomes: list[str] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    """One store for all tests: each of them has to leave it fit for the next."""
    async with Shop(seed=11, directory=tmp_path_factory.mktemp("faults") / "shop", sections=QUICK) as shop:
        yield shop


@pytest_asyncio.fixture(loop_scope="module")
async def shop(running: Shop) -> AsyncIterator[Shop]:
    assert await may_enter(running), running.watch.snapshot["cabinet"]
    assert await running.watch.until(lambda now: all(device["condition"] == "up" for device in now["devices"]), 10.0) is not None
    yield running
    door = running.cabinet.doors[DOOR]
    door.troubles.contact_stuck = "none"
    for bus in running.cabinet.buses.values():
        bus.faults.clear()


async def entered(shop: Shop) -> str:
    visit, refusal = await shop.enter(shop.make_pass("shopper", "anna"))
    assert visit is not None, refusal
    return visit


async def opened(shop: Shop) -> str:
    visit = await entered(shop)
    assert await shop.cabinet.open_door(DOOR)
    assert await shop.watch.until(lambda now: now["cabinet"]["phase"] == "open", 5.0) is not None
    return visit


async def over(shop: Shop, visit: str) -> Ended:
    """Wait until nobody is inside any more; then what the journal says about ``visit``."""
    assert await shop.watch.until(lambda now: now["visit"] is None, 20.0) is not None, shop.watch.snapshot
    ended = Ended()
    for one in replay(shop.journal):
        for command in one.commands:
            if isinstance(command, EndVisit) and command.visit == visit:
                ended.outcomes.append(command.outcome)
            elif isinstance(command, IssueReceipt) and command.receipt.visit == visit:
                ended.receipts.append(command.receipt)
    return ended


async def may_enter(shop: Shop, within_s: float = 15.0) -> bool:
    return await shop.watch.until(lambda now: bool(now["cabinet"]["may_enter"]), within_s) is not None


async def acknowledge(shop: Shop) -> None:
    service = {"action": "clear_faults", "reason": "looked at it"}
    async with httpx.AsyncClient(base_url=shop.page_url, headers=shop.headers) as client:
        answer = await client.post("/api/v1/service", json=service)
    assert answer.json()["accepted"] is True, answer.text


def alarms(shop: Shop) -> set[str]:
    return {str(alarm["code"]) for alarm in shop.watch.snapshot["alarms"]}


def lock_board(shop: Shop) -> RelayBoard:
    board = shop.cabinet.wiring.lock_board
    assert isinstance(board, RelayBoard)
    return board


async def test_a_welded_relay_closes_the_cabinet_until_the_bolt_holds_again(shop: Shop) -> None:
    lock_board(shop).welded.add(0)
    visit = await opened(shop)
    await shop.cabinet.take(PLATE, 1)
    await asyncio.sleep(0.5)
    await shop.cabinet.close_door(DOOR)
    ended = await over(shop, visit)
    assert ended.outcomes == ["review"], "the goods are known, but somebody could still get at more of them"
    assert ended.receipts[0].total_minor == 149
    assert "relock_fault" in alarms(shop)
    assert not shop.watch.snapshot["cabinet"]["may_enter"]
    lock_board(shop).welded.clear()
    with shop.cabinet.lock:
        lock_board(shop).rebooted(time.monotonic_ns())
    assert await may_enter(shop)
    assert "relock_fault" not in alarms(shop)


async def test_goods_that_leave_past_a_shorted_door_contact_go_to_a_person(shop: Shop) -> None:
    shop.cabinet.doors[DOOR].troubles.contact_stuck = "off"
    visit = await entered(shop)
    assert await shop.cabinet.open_door(DOOR)
    await shop.cabinet.take(PLATE, 1)
    await asyncio.sleep(0.5)
    await shop.cabinet.close_door(DOOR)
    ended = await over(shop, visit)
    assert ended.outcomes == ["review"]
    assert [line.quantity for line in ended.receipts[0].lines] == [1]
    assert "door_sensors_disagree" in alarms(shop)
    assert not shop.watch.snapshot["cabinet"]["may_enter"], "until somebody has looked at the contact"
    shop.cabinet.doors[DOOR].troubles.contact_stuck = "none"
    await acknowledge(shop)
    assert await may_enter(shop)


async def test_when_every_port_dies_during_a_visit_the_scales_show_afterwards_what_was_taken(shop: Shop) -> None:
    """A hub without power takes all adapters at once; the shopper goes on shopping, and leaves."""
    visit = await opened(shop)
    buses = shop.cabinet.buses
    for bus in buses.values():
        bus.unplug()
    assert await shop.watch.until(lambda now: sum(device["condition"] == "lost" for device in now["devices"]) >= 2, 10.0) is not None
    await shop.cabinet.take(PLATE, 2)
    await shop.cabinet.close_door(DOOR)
    buses["scales"].replug()
    assert await shop.watch.until(lambda now: all(plate["condition"] == "stable" for plate in now["plates"]), 10.0) is not None
    buses["locks"].replug()
    buses["reader"].replug()
    ended = await over(shop, visit)
    assert ended.outcomes == ["review"]
    (receipt,) = ended.receipts
    assert "reconstructed" in receipt.review_reasons
    assert [line.quantity for line in receipt.lines] == [2]
    assert await may_enter(shop)


async def test_a_lock_board_that_loses_its_power_after_the_grant_gives_no_second_pulse(shop: Shop) -> None:
    """Outputs fall with the power; when it returns, nothing is made up for: the shopper may present the pass again."""
    board, line = lock_board(shop), shop.cabinet.buses["locks"]
    pulses = len(board.pulses)
    visit = await entered(shop)
    await until(lambda: len(board.pulses) > pulses, within_s=5.0)
    with shop.cabinet.lock:
        board.rebooted(time.monotonic_ns())
    line.faults.absent.add("locks")
    assert await shop.watch.until(lambda now: any(device["condition"] == "lost" for device in now["devices"]), 10.0) is not None
    line.faults.clear()
    ended = await over(shop, visit)
    assert ended.outcomes == ["not_opened"]
    assert ended.receipts == []
    assert await may_enter(shop)
    assert len(board.pulses) == pulses + 1


async def test_a_door_contact_that_is_cut_while_nobody_is_there_is_a_forced_door(shop: Shop) -> None:
    pulses = len(lock_board(shop).pulses)
    shop.cabinet.doors[DOOR].troubles.contact_stuck = "on"
    assert await shop.watch.until(lambda now: any(alarm["code"] == "forced_door" for alarm in now["alarms"]), 5.0) is not None
    assert not shop.watch.snapshot["cabinet"]["may_enter"]
    assert len(lock_board(shop).pulses) == pulses
