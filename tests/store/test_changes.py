"""Goods and settings changed while a real controller runs on a simulated cabinet: prices and visits, versions, restarts, hostile bodies."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, Literal

import httpx
import pytest
import pytest_asyncio

from devices.sim.layout import WATER
from devices.sim.store_config import Table
from edge.cli.__main__ import main
from edge.demo.shop import Shop
from edge.runtime.changes_file import ChangesFile
from edge.runtime.replay import replay
from edge.runtime.settings import is_split
from edge.session.commands import RecordAudit

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]

WITHIN_S: Final = 25.0  # s; the machine is shared
DOOR: Final = "front"
PLATE: Final = "B2"
QUICK: Final[dict[str, Table]] = {"visit": {"receipt_shown_s": 0.2, "open_within_s": 4.0}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    async with Shop(seed=5, directory=tmp_path_factory.mktemp("shop"), sections=QUICK) as shop:
        yield shop


async def get(shop: Shop, place: str) -> dict[str, Any]:
    async with httpx.AsyncClient(base_url=shop.page_url, timeout=WITHIN_S, headers=shop.headers) as client:
        reply = await client.get(place)
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


async def post(shop: Shop, place: str, body: dict[str, Any], *, status: int = 200) -> dict[str, Any]:
    async with httpx.AsyncClient(base_url=shop.page_url, timeout=WITHIN_S, headers=shop.headers) as client:
        reply = await client.post(place, json=body)
    assert reply.status_code == status, reply.text
    found: dict[str, Any] = reply.json()
    return found


async def change(shop: Shop, place: str, body: dict[str, Any], *, view: str = "/api/v1/goods") -> dict[str, Any]:
    """A change of what holds now."""
    version = (await get(shop, view))["version"]
    return await post(shop, place, {"version": version, "reason": "a test", **body})


async def on_the_plate(shop: Shop) -> dict[str, Any]:
    """The product that stands on PLATE, as it is written in the store file."""
    goods = await get(shop, "/api/v1/goods")
    (gtin,) = [facing["gtin"] for facing in goods["facings"] if facing["plate"] == PLATE]
    row = next(row for row in goods["products"] if row["gtin"] == gtin)
    return {key: row[key] for key in ("gtin", "name", "price_minor", "tax_bp", "unit_weight_g", "weight_sd_g")}


@asynccontextmanager
async def visit(shop: Shop, role: Literal["shopper", "restocker"] = "shopper") -> AsyncIterator[list[str]]:
    """Somebody is inside with the door open; afterwards the list holds the visit's id, and the cabinet is free again."""
    found, refusal = await shop.enter(shop.make_pass(role, "anna"))
    assert found is not None, refusal
    assert await shop.cabinet.open_door(DOOR)
    assert await shop.watch.until(lambda now: now["cabinet"]["phase"] == "open", WITHIN_S) is not None
    yield [found]
    await shop.cabinet.close_door(DOOR)
    assert await shop.watch.until(lambda now: bool(now["cabinet"]["may_enter"]), WITHIN_S) is not None, shop.watch.snapshot["cabinet"]


async def bought(shop: Shop, inside: list[str]) -> dict[str, Any]:
    receipt: dict[str, Any] = (await get(shop, f"/api/v1/receipts/{inside[0]}"))["receipt"]
    return receipt


def audits(shop: Shop) -> list[tuple[str, str, str]]:
    commands = (command for one in replay(shop.journal) for command in one.commands)
    return [(one.action, one.by, one.detail) for one in commands if isinstance(one, RecordAudit)]


def kept_number(shop: Shop) -> int:
    return ChangesFile(shop.directory, is_split).highest()


async def test_a_price_that_is_changed_while_somebody_shops_holds_from_the_next_visit_on(shop: Shop) -> None:
    product = await on_the_plate(shop)
    before = await get(shop, "/api/v1/goods")
    async with visit(shop) as first:
        result = await change(shop, "/api/v1/products", {"product": product | {"price_minor": product["price_minor"] + 150}})
        assert (result["accepted"], result["code"], result["restart_needed"]) == (True, "changed", False)
        await shop.cabinet.take(PLATE, 1)
        await shop.watch.until(lambda now: bool(now["visit"] and now["visit"]["lines"]), WITHIN_S)
    receipt = await bought(shop, first)
    assert (receipt["total_minor"], receipt["price_version"]) == (product["price_minor"], before["price_version"])
    async with visit(shop) as second:
        await shop.cabinet.take(PLATE, 1)
        await shop.watch.until(lambda now: bool(now["visit"] and now["visit"]["lines"]), WITHIN_S)
    receipt = await bought(shop, second)
    after = await get(shop, "/api/v1/goods")
    assert (receipt["total_minor"], receipt["price_version"]) == (product["price_minor"] + 150, after["price_version"])
    assert after["price_version"] != before["price_version"]
    (told,) = [(by, detail) for action, by, detail in audits(shop) if action == "store_changed"]
    price = product["price_minor"]
    assert told == ("this machine", f"1: product {product['gtin']} price_minor {price} -> {price + 150} (a test)")


async def test_a_version_that_somebody_else_has_changed_is_refused(shop: Shop) -> None:
    product = await on_the_plate(shop)
    seen = (await get(shop, "/api/v1/goods"))["version"]
    await change(shop, "/api/v1/products", {"product": product | {"name": "Another name"}})
    number = kept_number(shop)
    result = await post(shop, "/api/v1/products", {"version": seen, "reason": "a test", "product": product | {"price_minor": 1}})
    assert (result["accepted"], result["code"]) == (False, "stale")
    assert (kept_number(shop), (await on_the_plate(shop))["name"]) == (number, "Another name")
    assert result["version"] == (await get(shop, "/api/v1/goods"))["version"]


async def test_two_who_change_at_once_are_taken_one_after_the_other(shop: Shop) -> None:
    version = (await get(shop, "/api/v1/goods"))["version"]
    product = await on_the_plate(shop)
    bodies = [{"version": version, "reason": "a test", "product": product | {"price_minor": price}} for price in (500, 600, 700)]
    results = await asyncio.gather(*(post(shop, "/api/v1/products", body) for body in bodies))
    assert sorted(result["code"] for result in results) == ["changed", "stale", "stale"]


async def test_a_facing_where_none_can_be_is_refused_with_its_row(shop: Shop) -> None:
    goods = await get(shop, "/api/v1/goods")
    facings = [{key: row[key] for key in ("plate", "gtin", "count", "short_below")} for row in goods["facings"]]
    wrong = await change(shop, "/api/v1/planogram", {"facings": [*facings, {"plate": "Z9", "gtin": facings[0]["gtin"], "count": 3}]})
    assert (wrong["accepted"], wrong["code"]) == (False, "invalid")
    assert "plate 'Z9' is not among the plates of this store" in wrong["problems"][0]["words"]
    heavy = await change(shop, "/api/v1/planogram", {"facings": [{**facings[0], "count": 999}, *facings[1:]], "check": True})
    assert "would carry" in heavy["problems"][0]["words"]
    assert (await get(shop, "/api/v1/goods"))["facings"] == goods["facings"]


async def test_a_shelf_that_is_laid_out_anew_throws_no_goods_away(shop: Shop) -> None:
    goods = await get(shop, "/api/v1/goods")
    facings = [{key: row[key] for key in ("plate", "gtin", "count", "short_below")} for row in goods["facings"]]
    gtin = (await on_the_plate(shop))["gtin"]
    other = next(row["plate"] for row in goods["plates"] if row["plate"] not in {one["plate"] for one in facings if one["gtin"] == gtin})
    units = next(row["units"] for row in goods["products"] if row["gtin"] == gtin)
    tried = await change(shop, "/api/v1/planogram", {"facings": [*facings, {"plate": other, "gtin": gtin, "count": 2}], "check": True})
    assert (tried["accepted"], tried["code"], tried["places"]) == (True, "would_change", ["planogram"])
    assert (await get(shop, "/api/v1/goods"))["facings"] == goods["facings"]
    done = await change(shop, "/api/v1/planogram", {"facings": [*facings, {"plate": other, "gtin": gtin, "count": 2}]})
    assert done["code"] == "changed"
    after = await get(shop, "/api/v1/goods")
    assert [row["units"] for row in after["facings"] if row["gtin"] == gtin] == [units, 0]
    assert next(row["units"] for row in after["products"] if row["gtin"] == gtin) == units
    assert (await change(shop, "/api/v1/planogram", {"facings": facings}))["accepted"]


async def test_a_product_goes_only_without_its_facing_and_with_a_word_about_what_stands_there(shop: Shop) -> None:
    goods = await get(shop, "/api/v1/goods")
    facings = [{key: row[key] for key in ("plate", "gtin", "count", "short_below")} for row in goods["facings"]]
    gtin = (await on_the_plate(shop))["gtin"]
    remove = f"/api/v1/products/{gtin}/remove"
    refused = await change(shop, remove, {})
    assert (refused["code"], PLATE in refused["words"]) == ("on_planogram", True)
    assert (await change(shop, "/api/v1/planogram", {"facings": [one for one in facings if one["gtin"] != gtin]}))["accepted"]
    refused = await change(shop, remove, {})
    assert (refused["code"], f"on {PLATE}" in refused["words"]) == ("in_store", True)
    assert (await change(shop, remove, {"anyway": True}))["code"] == "changed"
    assert gtin not in {row["gtin"] for row in (await get(shop, "/api/v1/goods"))["products"]}
    assert (await change(shop, remove, {"anyway": True}))["code"] == "unknown_product"
    async with visit(shop):  # the goods stand there all the same
        await shop.cabinet.take(PLATE, 1)
    number = max(row["number"] for row in (await get(shop, "/api/v1/changes"))["changes"])
    back = await change(shop, "/api/v1/changes/back", {"number": number - 2}, view="/api/v1/changes")
    assert (back["accepted"], sorted(back["places"])) == (True, ["planogram", "product"])
    assert (await get(shop, "/api/v1/goods"))["facings"] == [
        {**row, "units": now["units"]} for row, now in zip(goods["facings"], (await get(shop, "/api/v1/goods"))["facings"], strict=True)
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [("[visit]", "[visit"), ("[visit]", "plate = 3\n[visit]"), ("[visit]", "[visit]\npulse_s = 900"), ("[[plate]]", "[[plate]]\nid = 1")],
)
async def test_a_store_file_that_somebody_is_just_editing_is_told_and_keeps_no_page_away(shop: Shop, old: str, new: str) -> None:
    before = await get(shop, "/api/v1/goods")
    text = shop.config.read_text()
    shop.config.write_text(text.replace(old, new, 1))
    try:
        assert (await get(shop, "/api/v1/goods"))["products"] == before["products"]
        assert (await get(shop, "/api/v1/settings"))["sections"]
        refused = await change(shop, "/api/v1/products", {"product": await on_the_plate(shop) | {"price_minor": 5}})
        assert (refused["accepted"], refused["code"]) == (False, "file_wrong")
        assert refused["words"].startswith("The store file itself was edited and is wrong")
    finally:
        shop.config.write_text(text)
    assert (await get(shop, "/api/v1/goods"))["version"] == before["version"]


async def test_the_command_line_goes_back_by_asking_a_store_that_runs(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    before = kept_number(shop)
    product = await on_the_plate(shop)
    await change(shop, "/api/v1/products", {"product": product | {"price_minor": product["price_minor"] + 1}})
    words = ["changes", "back", str(before), "--config", str(shop.config), "--reason", "a slip"]
    assert await asyncio.to_thread(main, words) == 0
    assert "product" in capsys.readouterr().out
    assert (await on_the_plate(shop))["price_minor"] == product["price_minor"]
    assert await asyncio.to_thread(main, [*words[:2], "4711", *words[3:]]) == 1
    assert "not kept any more" in capsys.readouterr().err


async def test_what_a_restocker_has_laid_out_is_dropped_or_taken_over_by_one_press(shop: Shop) -> None:
    gtin = (await on_the_plate(shop))["gtin"]
    goods = await get(shop, "/api/v1/goods")
    other = next(row["plate"] for row in goods["facings"] if row["gtin"] == WATER.gtin)  # no number of waters weighs like cola
    before = await shop.watch.until(lambda now: not now["stock"]["proposal"], WITHIN_S)
    assert before is not None
    for units in (2, 1):  # the first layout is dropped; the restocker insists
        async with visit(shop, "restocker"):
            await shop.cabinet.restock(other, gtin, units)
            await shop.watch.until(lambda now: all(plate["condition"] == "stable" for plate in now["plates"]), WITHIN_S)
        goods = await get(shop, "/api/v1/goods")
        assert [(one["plate"], one["gtin"], one["was"]) for one in goods["proposal"]] == [(other, gtin, 0)]
        assert "proposal_waits" in {warned["code"] for warned in goods["warnings"]}
        if units == 2:
            dropped = await change(shop, "/api/v1/planogram/proposal", {"action": "dismiss"})
            assert dropped["code"] == "dropped"
            assert (await get(shop, "/api/v1/goods"))["proposal"] == []
    taken = await change(shop, "/api/v1/planogram/proposal", {"action": "take"})
    assert (taken["accepted"], taken["places"]) == (True, ["planogram"])
    goods = await get(shop, "/api/v1/goods")
    assert [(row["count"], row["units"]) for row in goods["facings"] if (row["plate"], row["gtin"]) == (other, gtin)] == [(3, 3)]
    assert goods["proposal"] == []
    assert (await change(shop, "/api/v1/planogram/proposal", {"action": "take"}))["code"] == "no_proposal"


HOSTILE: Final[list[tuple[str, dict[str, Any]]]] = [
    ("/api/v1/settings", {"changes": {"journal": {"path": "/tmp/other.db"}}}),
    ("/api/v1/settings", {"changes": {"nowhere": {"key": 1}}}),
    ("/api/v1/settings", {"changes": {"visit": {"pulse_s": "long"}}}),
    ("/api/v1/settings", {"changes": {"visit": {"pulse_s": 1e999}}}),
    ("/api/v1/settings", {"changes": {"visit": {"pulse_s": {"a": {"b": [1]}}}}}),
    ("/api/v1/settings", {"changes": {"visit": {"__class__.x": 1}}}),
    ("/api/v1/settings", {"changes": {"visit": {"a.b.c.d.e.f": 1}}}),
    ("/api/v1/settings", {"changes": {"visit": {"": 1}}}),
    ("/api/v1/settings", {"changes": {"visit": [1, 2]}}),
    ("/api/v1/settings", {"changes": {"visit": [{"pulse_s": 1}]}}),
    ("/api/v1/settings", {"changes": {"plate": {"id": "A1"}}}),
    ("/api/v1/settings", {"changes": {"plate": []}}),
    ("/api/v1/settings", {"changes": {"door": [{"id": "front", "lock": "locks:0", "person_can_be_inside": True}]}}),
    ("/api/v1/settings", {"changes": {"store": {"name": "\ud800"}}}),
    ("/api/v1/settings", {"changes": {"store": {"tenant": "a b"}}}),
    ("/api/v1/settings", {"changes": {"entry": {"keys": {"k": "AAAA"}}}}),
    ("/api/v1/settings", {"changes": {"cloud": {"key_file": "/etc/shadow"}}}),
    ("/api/v1/settings", {"changes": {"web": {"host": "0.0.0.0\nallowed_hosts = []"}}}),
    ("/api/v1/settings", {"changes": {}, "unset": ["journal.path"]}),
    ("/api/v1/settings", {"changes": {}, "unset": ["store.tenant"]}),
    ("/api/v1/settings", {"changes": {}, "unset": ["../../etc"]}),
    ("/api/v1/settings", {"changes": {f"section{number}": {} for number in range(40)}}),
    ("/api/v1/planogram", {"facings": []} | {"facings": [{"plate": "A1", "gtin": "4006381333931", "count": 1.5}]}),
    ("/api/v1/planogram", {"facings": [{"plate": "A1", "gtin": "4006381333931", "count": 2, "short_below": 3}]}),
    ("/api/v1/planogram", {"facings": 2001 * [{"plate": "A1", "gtin": "4006381333931", "count": 1}]}),
    ("/api/v1/products", {"product": {"gtin": "4006381333931", "name": "x", "price_minor": True, "tax_bp": 0, "unit_weight_g": 1}}),
    ("/api/v1/products", {"product": {"gtin": "4006381333931", "name": "\u202e", "price_minor": 1, "tax_bp": 0, "unit_weight_g": 1}}),
    ("/api/v1/products", {"product": {"gtin": "4006381333930", "name": "x", "price_minor": 1, "tax_bp": 0, "unit_weight_g": 1}}),
    ("/api/v1/products/..%2f..%2fetc/remove", {}),
    ("/api/v1/products/00000000/remove", {"anyway": "perhaps"}),
    ("/api/v1/changes/back", {"number": -1}),
    ("/api/v1/changes/back", {"number": 10**12}),
    ("/api/v1/changes/back", {"number": 4711}),
    ("/api/v1/planogram/proposal", {"action": "burn"}),
    ("/api/v1/planogram/proposal", {"action": "take"}),
]


async def test_what_is_hostile_or_wrong_changes_nothing_and_breaks_nothing(shop: Shop) -> None:
    number = kept_number(shop)
    version = (await get(shop, "/api/v1/goods"))["version"]
    async with httpx.AsyncClient(base_url=shop.page_url, timeout=WITHIN_S, headers=shop.headers) as client:
        for place, body in HOSTILE:
            content = json.dumps({"version": version, "reason": "a test", **body})
            reply = await client.post(place, content=content, headers={"content-type": "application/json"})
            assert reply.status_code in (200, 400, 404, 413, 422), (place, body, reply.text)
            if reply.status_code == 200:
                assert reply.json()["accepted"] is False, (place, body, reply.text)
                assert reply.json()["words"], (place, body)
        for content in ("[" * 5000, '{"changes": {"visit": ' + '{"a":' * 3000 + "1" + "}" * 3003, "\x00", '{"a": ' + "9" * 5000 + "}"):
            reply = await client.post("/api/v1/settings", content=content, headers={"content-type": "application/json"})
            assert reply.status_code in (400, 422), reply.text
    assert kept_number(shop) == number
    assert (await get(shop, "/api/v1/goods"))["version"] == version


async def test_what_needs_a_restart_waits_for_it_and_the_demonstration_starts_the_controller_again(shop: Shop) -> None:
    watched = asyncio.create_task(shop.controller.died())
    try:
        before, started_s = shop.controller.pid, shop.watch.snapshot["controller"]["started_s"]
        kept = await change(shop, "/api/v1/settings", {"changes": {"log": {"level": "debug"}, "visit": {"receipt_shown_s": 0.3}}})
        assert (kept["code"], kept["restart_needed"], sorted(kept["places"])) == ("waits", True, ["log.level", "visit.receipt_shown_s"])
        settings = await get(shop, "/api/v1/settings")
        assert (settings["waiting"], settings["restarting"]) == (["log.level"], False)
        async with visit(shop):
            asked = await post(shop, "/api/v1/restart", {"reason": "more words"})
            assert (asked["accepted"], asked["code"]) == (True, "after_visit")
            assert (await get(shop, "/api/v1/settings"))["restarting"]
        anew = await shop.watch.until(lambda now: now["cabinet"]["may_enter"] and now["controller"]["started_s"] != started_s, WITHIN_S)
        assert anew is not None, (shop.watch.snapshot["cabinet"], shop.watch.snapshot["alarms"])
        after = await get(shop, "/api/v1/settings")
        assert shop.controller.pid != before
        assert (after["waiting"], after["version"], after["restarting"]) == ([], kept["version"], False)
        (level,) = [
            one for section in after["sections"] if section["section"] == "log" for one in section["fields"] if one["field"] == "level"
        ]
        assert (level["value"], level["origin"], level["file_value"], level["default"]) == ("debug", "changed", None, "info")
        assert ("restart", "this machine", "more words") in audits(shop)
        assert not watched.done()
    finally:
        watched.cancel()
        await asyncio.gather(watched, return_exceptions=True)
