"""The controller dies at every step of a visit and comes back: each visit ends once, in the journal and at the far end.

Real parts: the controller as a process of its own on simulated wires, mosquitto, the consumer with its database.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio

from devices.sim.store_config import Table
from edge.demo.receipts import CloudReceipts
from edge.demo.shop import Shop
from edge.runtime.journal import JournalReader
from edge.runtime.replay import replay
from edge.session.commands import EndVisit, IssueReceipt, PulseLock
from tests.brokers import Mosquitto

QUICK: dict[str, Table] = {
    "visit": {"receipt_shown_s": 0.2, "open_within_s": 4.0, "unlock_confirm_s": 5.0},
    "cloud": {"delivery": {"retry_first_s": 0.1, "retry_max_s": 0.5, "resend_after_s": 1.0}},
}
DOOR = "front"


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    """One store for all tests of a module: each of them leaves it fit for the next."""
    folder = tmp_path_factory.mktemp("power-cut")
    broker = Mosquitto(folder / "mosquitto")
    broker.start()
    try:
        async with Shop(seed=3, directory=folder / "shop", broker_port=broker.port, sections=QUICK) as shop:
            yield shop
    finally:
        broker.stop()


async def killed_and_back(shop: Shop) -> None:
    """A power cut of the controller's process, and the service manager starting it again."""
    shop.controller.kill()
    await shop.controller.wait()
    shop.watch.snapshot = {}
    await shop.controller.start()


async def entered(shop: Shop) -> str:
    visit, refusal = await shop.enter(shop.make_pass("shopper", "anna"))
    assert visit is not None, refusal
    return visit


async def idle_again(shop: Shop) -> None:
    assert await shop.watch.until(lambda now: bool(now["cabinet"]["may_enter"]), 25.0) is not None, shop.watch.snapshot


def outcomes(shop: Shop, visit: str) -> tuple[list[str], int, int]:
    """From the journal: how the visit ended (every time it did), receipts issued, pulses ordered."""
    ends: list[str] = []
    receipts = pulses = 0
    for one in replay(shop.journal):
        for command in one.commands:
            match command:
                case EndVisit() if command.visit == visit:
                    ends.append(command.outcome)
                case IssueReceipt() if command.receipt.visit == visit:
                    receipts += 1
                case PulseLock() if command.token == visit:
                    pulses += 1
                case _:
                    pass
    return ends, receipts, pulses


def far_end(shop: Shop, visit: str) -> dict[str, Any]:
    with sqlite3.connect(f"file:{shop.directory / 'fleet.db'}?mode=ro", uri=True) as connection:
        rows = connection.execute("SELECT status, total_minor FROM receipt WHERE visit=?", (visit,)).fetchall()
        charges = connection.execute("SELECT amount_minor FROM charge WHERE visit=?", (visit,)).fetchall()
    return {"receipts": rows, "charges": [amount for (amount,) in charges]}


async def at_the_grant(shop: Shop) -> None:
    await killed_and_back(shop)


async def while_open(shop: Shop) -> None:
    assert await shop.cabinet.open_door(DOOR)
    await shop.cabinet.take("B2", 1)
    await shop.watch.until(lambda now: bool(now["visit"] and now["visit"]["lines"]), 8.0)
    await killed_and_back(shop)
    await shop.cabinet.close_door(DOOR)


async def while_taking(shop: Shop) -> None:
    assert await shop.cabinet.open_door(DOOR)
    await shop.watch.until(lambda now: now["cabinet"]["phase"] == "open", 5.0)
    taking = asyncio.create_task(shop.cabinet.take("B2", 1))
    await killed_and_back(shop)
    await taking
    await shop.watch.until(lambda now: all(plate["condition"] == "stable" for plate in now["plates"]), 10.0)
    await shop.cabinet.close_door(DOOR)


async def while_settling(shop: Shop) -> None:
    assert await shop.cabinet.open_door(DOOR)
    await shop.watch.until(lambda now: now["cabinet"]["phase"] == "open", 5.0)
    await shop.cabinet.take("B2", 1)
    await shop.cabinet.close_door(DOOR)
    await shop.watch.until(lambda now: now["cabinet"]["phase"] in ("closed", "settling", "receipt"), 5.0)
    await killed_and_back(shop)


async def at_the_receipt(shop: Shop) -> None:
    assert await shop.cabinet.open_door(DOOR)
    await shop.cabinet.take("B2", 1)
    await asyncio.sleep(0.5)
    await shop.cabinet.close_door(DOOR)
    await shop.watch.until(lambda now: now["cabinet"]["phase"] == "receipt" or bool(now["receipts"]), 15.0)
    await killed_and_back(shop)


@pytest.mark.parametrize(
    ("moment", "taken"),
    [(at_the_grant, 0), (while_open, 1), (while_taking, 1), (while_settling, 1), (at_the_receipt, 1)],
    ids=lambda value: value.__name__ if callable(value) else None,
)
async def test_a_power_cut_never_gives_goods_away_nor_bills_twice(
    shop: Shop, moment: Callable[[Shop], Awaitable[None]], taken: int
) -> None:
    visit = await entered(shop)
    await moment(shop)
    await idle_again(shop)
    words = await CloudReceipts(shop.directory / "fleet.db").wait_for(visit, 15.0)

    assert words is not None, "the far end never heard of the visit"
    ends, receipts, pulses = outcomes(shop, visit)
    assert len(ends) == 1
    assert pulses == 1, "an unlock is never repeated after a restart"
    stored = far_end(shop, visit)
    assert len(stored["receipts"]) == receipts <= 1
    if taken == 0:
        assert ends[0] in ("not_opened", "nothing_taken")
        assert stored["charges"] == []
    elif ends == ["billed"]:
        assert stored["charges"] == [149]
    else:
        assert ends == ["review"], "goods left the cabinet: billed or handed to a person, nothing else"
        assert stored["charges"] == []
        assert stored["receipts"][0][0] == "provisional"
    reader = JournalReader(shop.journal)
    assert next(iter(reader.facts(after=0))).no == 1
    reader.close()
