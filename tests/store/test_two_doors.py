"""A cabinet with two doors and a reader at one of them: a code opens the door it is presented at, the API any door, one bill for both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from devices.sim.layout import SimDoor, demo_layout
from edge.demo.shop import Shop


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    layout = replace(demo_layout(), doors=(SimDoor("front"), SimDoor("back")))
    async with Shop(
        layout, seed=6, directory=tmp_path, sections={"visit": {"receipt_shown_s": 0.2, "open_within_s": 6.0, "pulse_s": 4.0}}
    ) as shop:
        yield shop


async def test_a_code_opens_the_door_of_its_reader_only(shop: Shop) -> None:
    visit, refusal = await shop.enter(shop.make_pass("shopper", "anna"))
    assert visit is not None, refusal
    assert not await shop.cabinet.open_door("back", 1.0)
    assert await shop.cabinet.open_door("front")
    assert await shop.watch.until(lambda now: now["cabinet"]["phase"] == "open", 5.0) is not None
    await asyncio.sleep(0.5)
    await shop.cabinet.take("A2")
    await shop.cabinet.close_door("front")
    ended = await shop.watch.until(lambda now: bool(now["receipts"]), 10.0)
    assert ended is not None
    assert (ended["receipts"][0]["status"], ended["receipts"][0]["total_minor"]) == ("final", 189)
