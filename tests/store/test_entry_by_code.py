"""Somebody scans the code on the shop's screen: their phone, the cloud, a real broker and the real controller, up to the receipt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cloud_bridge.entry_messages import EntryOfferV1
from cloud_bridge.fleet.offering import offer, scanned
from cloud_bridge.settings import CloudSettings
from edge.demo.phone import NoCode, enter_by_code, scan
from edge.demo.shop import Shop
from tests import waiting


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with Shop(directory=tmp_path) as shop:
        await shop.watch.until(lambda now: bool(now["cloud"]["condition"] == "connected"), 20.0)
        yield shop


async def shown(shop: Shop) -> str:
    return await asyncio.to_thread(scan, shop.page_url)


def journal(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("journal.db*"))


async def test_a_scanned_code_lets_in_once_and_ends_in_a_receipt(shop: Shop) -> None:
    first = await shown(shop)
    answer = await enter_by_code(shop.page_url, shop.broker_url, shop.make_pass("shopper", "ada"))
    assert (answer.accepted, answer.code) == (True, "accepted")
    with pytest.raises(NoCode, match="no code"):  # somebody is inside: nobody else may enter
        await enter_by_code(shop.page_url, shop.broker_url, shop.make_pass("shopper", "eve"))
    door = shop.cabinet.layout.doors[0].door
    assert await shop.cabinet.open_door(door, 5.0)
    plate = shop.cabinet.layout.plates[0].plate
    await shop.cabinet.take(plate, 1)
    await shop.cabinet.close_door(door)
    shop.cabinet.walk_away()
    done = await shop.watch.until(lambda now: any(row["visit"] == answer.visit for row in now["receipts"]), 15.0)
    assert done is not None
    await shop.watch.until(lambda now: bool(now["cabinet"]["may_enter"]), 15.0)
    again = scanned(first)
    late = await offer(
        CloudSettings(broker=shop.broker_url), again.store, EntryOfferV1(code=again.code, presented=shop.make_pass("shopper", "eve"))
    )
    assert (late.accepted, late.code) == (False, "code_unknown")
    assert await shown(shop) != first
    assert shop.cabinet.truth().doors_open == ()


async def test_a_pass_that_does_not_hold_is_refused_with_the_reason_and_the_journal_has_no_pass(shop: Shop, tmp_path: Path) -> None:
    at = scanned(await shown(shop))
    forged = shop.make_pass("shopper", "eve")[:-4] + "AAAA"
    answer = await offer(CloudSettings(broker=shop.broker_url), at.store, EntryOfferV1(code=at.code, presented=forged))
    assert (answer.accepted, answer.code, answer.visit) == (False, "bad_signature", None)
    await waiting.until(lambda: shop.watch.snapshot["refusal"] is not None, 5.0)
    assert forged.encode() not in journal(tmp_path)
