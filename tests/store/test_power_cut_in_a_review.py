"""The controller dies while a person decides about a receipt: the decision is whole or was never made, and the money is right in the end.

Real parts: the controller as a process of its own on simulated wires, mosquitto, the consumer with its database.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from edge.demo.shop import Shop
from tests.store.test_power_cut import DOOR, entered, idle_again, killed_and_back, shop

__all__ = ["shop"]  # the fixture

pytestmark = pytest.mark.asyncio(loop_scope="module")

CUTS_S = (0.002, 0.008)  # s after the request left; a commit takes about a millisecond here


def told(shop: Shop, place: str, body: dict[str, Any] | None = None) -> dict[str, Any] | None:
    """The answer, None where none came."""
    data = None if body is None else json.dumps(body).encode()
    request = Request(f"{shop.page_url}/api/v1/{place}", data=data, headers={"content-type": "application/json", **shop.headers})
    try:
        with urlopen(request, timeout=5.0) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
    except (URLError, OSError, json.JSONDecodeError):
        return None


async def test_a_power_cut_while_a_person_decides_loses_no_decision_and_moves_no_money_twice(shop: Shop) -> None:
    visit = await entered(shop)
    assert await shop.cabinet.open_door(DOOR)
    await shop.cabinet.take("B2", 1)
    await asyncio.sleep(0.5)
    await shop.cabinet.close_door(DOOR)
    await shop.watch.until(lambda now: bool(now["receipts"]), 15.0)
    await idle_again(shop)
    record = await asyncio.to_thread(told, shop, f"receipts/{visit}")
    assert record is not None
    gtin, price = record["receipt"]["lines"][0]["gtin"], record["receipt"]["lines"][0]["unit_price_minor"]
    wanted = 1
    for number, cut_s in enumerate(CUTS_S, start=1):
        wanted = 0 if number == len(CUTS_S) else number + 1
        body: dict[str, Any] = {
            "revision": number,
            "decision": "refunded" if wanted == 0 else "corrected",
            "reason": "looked at it",
        }
        if wanted:
            body["lines"] = [{"gtin": gtin, "quantity": wanted}]
        asked = asyncio.create_task(asyncio.to_thread(told, shop, f"receipts/{visit}/review", body))
        await asyncio.sleep(cut_s)
        await killed_and_back(shop)
        await idle_again(shop)
        heard = await asked
        after = await asyncio.to_thread(told, shop, f"receipts/{visit}")
        assert after is not None
        assert len(after["revisions"]) in ((number,) if heard is not None else (number - 1, number)), "what was answered is kept"
        again = await asyncio.to_thread(told, shop, f"receipts/{visit}/review", body)
        assert again is not None
        assert again["code"] == ("stale" if len(after["revisions"]) == number else "reviewed")
    assert await arrived(shop.directory / "fleet.db", visit, wanted * price, reviews=len(CUTS_S))


async def arrived(database: Path, visit: str, total_minor: int, *, reviews: int) -> bool:
    """Whether the far end comes to know all decisions, with money that sums up to the last total."""
    for _ in range(150):
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            rows = connection.execute("SELECT purpose, amount_minor FROM charge WHERE visit = ?", (visit,)).fetchall()
            (known,) = connection.execute("SELECT count(*) FROM event WHERE type LIKE '%checkout.reviewed.v1'").fetchone()
        if known == reviews:
            return bool(sum(amount for _, amount in rows) == total_minor)
        await asyncio.sleep(0.1)
    return False
