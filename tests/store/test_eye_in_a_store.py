"""A whole store that listens to an eye: what it saw is on the receipt and the page, and the store sells on when it is gone."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from edge.demo.shop import Shop
from tests.small_eye import SmallEye, seen, until
from vision.facts import CameraFound, CameraLost
from vision.wire import VisitOver, WatchVisit, fact_line

READY_S = 20.0  # s; the machine is shared
CAMERA = """
[[camera]]
id = "c1"
url = "folder:///nowhere"
[[camera.zones]]
plates = ["A1", "A2"]
polygon = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]
"""


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    shop = Shop(seed=4, directory=tmp_path / "shop", sections={"visit": {"receipt_shown_s": 0.2}, "vision": {"socket": "eye.sock"}})
    shop.config.write_text(shop.config.read_text(encoding="utf-8") + CAMERA, encoding="utf-8")
    async with shop:
        yield shop


async def visit(shop: Shop, eye: SmallEye | None, plate: str) -> dict[str, Any]:
    """Somebody takes one thing off ``plate``, the eye tells of it in the middle; the row of the receipt."""
    assert await shop.watch.until(lambda now: bool(now["cabinet"]["may_enter"]), READY_S) is not None
    entered, refusal = await shop.enter(shop.make_pass("shopper", "anna"))
    assert entered is not None, refusal
    assert await shop.cabinet.open_door("front")
    await shop.cabinet.wait(0.4)
    before_ns = time.monotonic_ns()
    (unit,) = await shop.cabinet.take(plate)
    if eye is not None:
        sighting = seen(
            plates=(plate,), start_ns=before_ns, log_likelihoods=((unit.gtin, 0.0),), log_other=-5.0, evidence=f"{entered}/c1-00001"
        )
        eye.say(fact_line(sighting))
    await shop.cabinet.wait(0.4)
    await shop.cabinet.close_door("front")
    now = await shop.watch.until(lambda now: any(row["visit"] == entered for row in now["receipts"]), READY_S)
    assert now is not None
    row: dict[str, Any] = next(row for row in now["receipts"] if row["visit"] == entered)
    return row


async def test_a_store_hears_its_eye_and_sells_on_without_it(shop: Shop) -> None:
    async with SmallEye(shop.directory / "eye.sock") as eye:
        await until(lambda: eye.writers)
        eye.say(fact_line(CameraFound(at_ns=1, camera="c1", plates=("A1", "A2"))))
        assert await shop.watch.until(lambda now: now["eye"]["cameras"][0]["condition"] == "seeing", READY_S) is not None

        facts = shop.watch.snapshot["controller"]["facts"]
        for reach in range(10):  # what moves while nobody is inside is news once in a while
            eye.say(fact_line(seen(reach, plates=("A2",))))
        now = await shop.watch.until(lambda now: now["eye"]["cameras"][0]["last"] is not None, READY_S)
        assert now is not None
        assert now["controller"]["facts"] - facts < 10

        row = await visit(shop, eye, "A1")
        (line,) = row["lines"]
        (picture,) = line["pictures"]
        assert (picture["camera"], picture["plates"]) == ("c1", ["A1"])
        assert picture["guesses"][0]["name"] == line["name"]
        assert (row["status"], row["notes"]) == ("final", [])
        await until(lambda: len(eye.wishes) == 2)
        assert [(wish.kind, wish.visit) for wish in eye.wishes if isinstance(wish, WatchVisit | VisitOver)] == [
            ("watch_visit", row["visit"]),
            ("visit_over", row["visit"]),
        ]
        kept = shop.directory / "evidence" / row["visit"]
        kept.mkdir(parents=True)
        (kept / "c1-00001-1.jpg").write_bytes(b"\xff\xd8\xff picture")
        async with httpx.AsyncClient(base_url=shop.page_url, headers=shop.headers) as client:
            (name,) = (await client.get(f"/api/v1/evidence/{picture['evidence']}")).json()["pictures"]
            assert (await client.get(f"/api/v1/pictures/{name}")).content == b"\xff\xd8\xff picture"

        eye.say(fact_line(CameraLost(at_ns=1, camera="c1", plates=("A1", "A2"), reason="blurred")))
        now = await shop.watch.until(lambda now: any(alarm["code"] == "camera_lost" for alarm in now["alarms"]), READY_S)
        assert now is not None
        assert now["cabinet"]["may_enter"] or now["cabinet"]["phase"] == "receipt"
        row = await visit(shop, None, "A1")
        assert (row["status"], len(row["notes"]), row["lines"][0]["pictures"]) == ("final", 1, [])
    now = await shop.watch.until(lambda now: now["eye"]["condition"] == "lost", READY_S)
    assert now is not None
    assert [alarm["code"] for alarm in now["alarms"]] == ["eye_lost"]
    row = await visit(shop, None, "A2")
    assert row["status"] == "final"
    assert "weight alone" in row["notes"][0]
    async with SmallEye(shop.directory / "eye.sock") as eye:
        assert await shop.watch.until(lambda now: now["eye"]["condition"] == "open" and not now["alarms"], READY_S) is not None
