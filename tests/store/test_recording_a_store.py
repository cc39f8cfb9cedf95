"""A running store is recorded, and its recording gives the receipts that the store gave."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from cloud_bridge.facts import Role
from edge.cli.__main__ import main
from edge.demo.shop import Shop
from edge.recordings.format import read_recording
from edge.recordings.receipts import receipts
from edge.recordings.session_receipt import SessionReceipt
from edge.recordings.shop import opening_stock
from tests.side_by_side import SideBySide

Doing = Callable[[Shop], Awaitable[None]]

READY_S, ENDS_S = 20.0, 20.0  # s; the machine is shared


side_by_side = SideBySide(at_once=2)


def shop_in(folder: Path) -> Shop:
    return Shop(seed=4, directory=folder / "shop", sections={"visit": {"receipt_shown_s": 0.2, "open_within_s": 6.0}})


@asynccontextmanager
async def recorder(*words: str) -> AsyncIterator[Process]:
    """``smartstore record`` in a process of its own, as soon as it hears the store."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "edge.cli", "record", *words, stdout=PIPE, stderr=PIPE)
    assert process.stderr is not None
    try:
        async with asyncio.timeout(READY_S):
            first = await process.stderr.readline()
        assert b"Ctrl-C ends it" in first, first
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def ended(process: Process) -> tuple[str, str]:
    async with asyncio.timeout(ENDS_S):
        out, err = await process.communicate()
    return out.decode(), err.decode()


async def visit(shop: Shop, role: Role, doing: Doing) -> None:
    """Enter, do something, leave; returns when the store has made up its mind."""
    assert await shop.watch.until(lambda now: bool(now["cabinet"]["may_enter"]), READY_S) is not None
    entered, refusal = await shop.enter(shop.make_pass(role, "anna"))
    assert entered is not None, refusal
    assert await shop.cabinet.open_door("front")
    await shop.cabinet.wait(0.4)
    await doing(shop)
    await shop.cabinet.wait(0.4)
    await shop.cabinet.close_door("front")
    assert await shop.watch.until(lambda now: now["visit"] is None and bool(now["cabinet"]["may_enter"]), READY_S) is not None


async def take_two(shop: Shop) -> None:
    await shop.cabinet.take("A1")
    await shop.cabinet.wait(0.8)
    await shop.cabinet.take("A2", 2)


async def put_elsewhere(shop: Shop) -> None:
    units = await shop.cabinet.take("B1")
    await shop.cabinet.wait(0.8)
    await shop.cabinet.put("A3", units)


async def bring_two(shop: Shop) -> None:
    await shop.cabinet.restock("A1", next(plate.gtin for plate in shop.cabinet.layout.plates if plate.plate == "A1"), 2)


def basket(receipt: SessionReceipt) -> Counter[str]:
    return Counter({line.sku: line.quantity for line in receipt.lines})


def billed(row: dict[str, Any]) -> Counter[str]:
    return Counter({line["gtin"]: line["quantity"] for line in row["lines"]})


@side_by_side
async def test_a_recording_gives_the_receipts_that_the_store_gave(tmp_path: Path) -> None:
    async with shop_in(tmp_path) as shop:
        folder, part = tmp_path / "recorded", tmp_path / "part"

        async def take_two_while_a_recording_begins_and_ends(shop: Shop) -> None:
            async with recorder("--out", str(part), "--config", str(shop.config), "--seconds", "0.5") as process:
                out, err = await ended(process)
            assert process.returncode == 0, err
            assert out.endswith("0 visits\n")
            assert "somebody was inside when the recording began; that visit is left out" in err
            assert "somebody is still inside; that visit is left out" in err
            await take_two(shop)

        await visit(shop, "shopper", take_two_while_a_recording_begins_and_ends)
        assert (await asyncio.to_thread(read_recording, part)).sessions == ()
        async with recorder("--out", str(folder), "--config", str(shop.config)) as process:
            await visit(shop, "shopper", take_two)
            await visit(shop, "restocker", bring_two)
            await visit(shop, "shopper", put_elsewhere)
            process.send_signal(signal.SIGINT)
            out, err = await ended(process)
        assert process.returncode == 0, err
        assert out.startswith(f"{folder}: ")
        assert out.endswith("3 visits, 1 of them by staff\n")
        recording = await asyncio.to_thread(read_recording, folder)
        found = await asyncio.to_thread(receipts, recording)
        assert [one.staff for one in recording.sessions] == [False, True, False]
        assert recording.shop.stock is not None
        assert recording.shop.stock != opening_stock(replace(recording.shop, stock=None), recording.store).shelved
        store = {row["visit"]: row for row in shop.watch.snapshot["receipts"]}
        assert basket(found[1]) == Counter()
        store[found[1].session_id] = {"status": "final", "lines": []}  # nothing taken: the store makes no receipt at all
        assert [basket(one) for one in found] == [billed(store[one.session_id]) for one in found]
        assert [one.status for one in found] == [store[one.session_id]["status"] for one in found]
        assert all(one.status == "final" for one in found)


@side_by_side
async def test_the_end_of_the_store_ends_the_recording_and_keeps_whole_visits(tmp_path: Path) -> None:
    async with shop_in(tmp_path) as shop:
        folder = tmp_path / "recorded"
        async with recorder("--out", str(folder), "--config", str(shop.config), "--hz", "30") as process:
            await visit(shop, "shopper", take_two)
            await shop.controller.stop()
            _, err = await ended(process)
        assert process.returncode == 1
        assert "the store has ended" in err or "cannot be read" in err
        recording = await asyncio.to_thread(read_recording, folder)
        assert len(recording.sessions) == 1
        assert round(1e9 / float(np.diff(recording.times_ns).mean())) == 30
        assert main(["receipts", str(folder), "--out", str(tmp_path / "receipts.json")]) == 0
        assert [len(one["lines"]) for one in json.loads((tmp_path / "receipts.json").read_text())] == [2]
