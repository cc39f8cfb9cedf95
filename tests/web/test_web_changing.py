"""Goods and settings over the API: what reaches the store, who may, when the password is asked for, and how large a body may be."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from edge.access.rights import Role
from edge.web.app import create_app
from edge.web.changing import ChangeResult
from edge.web.gate import STEP_UP_S
from edge.web.needs import WHOLE_LIST_BYTES
from edge.web.settings import WebSettings
from tests.web.shown_changes import NEXT_VERSION, VERSION
from tests.web.shown_store import COLA, ShownStore
from tests.web.signed_in import headers, machine, session

PRODUCT = {"gtin": "5449000000996", "name": "Cola", "price_minor": 199, "tax_bp": 1900, "unit_weight_g": 350.0}
FACING = {"plate": "P1", "gtin": COLA.gtin, "count": 8}
PORT = {"changes": {"web": {"port": 8081}}}
SAID = {"version": VERSION, "reason": "spring prices"}
NOT_AS_DESCRIBED: list[tuple[str, dict[str, Any]]] = [
    ("/api/v1/products", {"product": PRODUCT | {"price_minor": 0}}),
    ("/api/v1/products", {"product": PRODUCT | {"price_minor": 1.5}}),
    ("/api/v1/products", {"product": PRODUCT | {"gtin": "5449000000997"}}),
    ("/api/v1/products", {"product": PRODUCT | {"unit_weight_g": 0}}),
    ("/api/v1/products", {"product": PRODUCT | {"colour": "red"}}),
    ("/api/v1/products", {"product": PRODUCT, "by": "somebody else"}),
    ("/api/v1/products", {"product": PRODUCT, "reason": "x"}),
    ("/api/v1/products", {"product": PRODUCT, "version": "newest"}),
    ("/api/v1/products/abc/remove", {}),
    ("/api/v1/planogram", {"facings": [FACING | {"count": 0}]}),
    ("/api/v1/planogram", {"facings": [FACING | {"short_below": 9}]}),
    ("/api/v1/planogram", {}),
    ("/api/v1/planogram/proposal", {"action": "perhaps"}),
    ("/api/v1/settings", {"changes": []}),
    ("/api/v1/settings", {"changes": {"visit": 3}}),
    ("/api/v1/settings", {"changes": {}, "unset": ["visit"]}),
    ("/api/v1/changes/back", {"number": -1}),
    ("/api/v1/restart", {}),
]
TRIED = ChangeResult(accepted=True, code="would_change", words="Nothing speaks against it.", version=VERSION)


@pytest.fixture
def store() -> ShownStore:
    return ShownStore()


@pytest.fixture
async def page(store: ShownStore) -> AsyncIterator[httpx.AsyncClient]:
    """A client that nobody is behind yet."""
    transport = httpx.ASGITransport(app=create_app(store, WebSettings(answer_within_s=0.5)))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
        yield client


@pytest.fixture
def client(page: httpx.AsyncClient, store: ShownStore) -> httpx.AsyncClient:
    """A program on the machine itself."""
    page.headers.update(machine(store.access))
    return page


async def of(store: ShownStore, role: Role) -> dict[str, str]:
    """Headers of somebody with this role whose password was given just now."""
    return headers(await session(store.access, role))


async def test_goods_settings_and_history_are_told_whole(client: httpx.AsyncClient, store: ShownStore) -> None:
    goods = (await client.get("/api/v1/goods")).json()
    assert goods["version"] == VERSION
    assert [row["gtin"] for row in goods["products"]] == [row.gtin for row in store.goods.view.products]
    settings = (await client.get("/api/v1/settings")).json()
    fields = {f"{section['section']}.{field['field']}": field for section in settings["sections"] for field in section["fields"]}
    waits = fields["visit.open_within_s"]
    assert (waits["value"], waits["file_value"], waits["default"], waits["origin"], waits["applies"]) == (20, 15, 15, "changed", "at_once")
    assert (waits["unit"], waits["least"], waits["most"], waits["kind"], waits["title"]) == ("s", 3, 120, "number", "Open within")
    secret = fields["cloud.key_file"]
    assert (secret["secret"], secret["is_set"], secret["value"], secret["file_value"]) == (True, True, None, None)
    assert "cloud_client.key" not in (await client.get("/api/v1/settings")).text
    assert fields["journal.path"]["applies"] == "never"
    assert {name for name in ("web.host", "entry.keys", "journal.path", "plate.rated_g") if fields[name]["dangerous"]} == {
        "web.host",
        "entry.keys",
        "journal.path",
        "plate.rated_g",
    }
    assert not fields["visit.open_within_s"]["dangerous"]
    history = (await client.get("/api/v1/changes")).json()
    assert [row["number"] for row in history["changes"]] == [2, 1, 0]


async def test_each_wish_reaches_the_store_with_the_name_of_whoever_asks(page: httpx.AsyncClient, store: ShownStore) -> None:
    maria = await of(store, "manager")
    asked = store.goods.asked
    reply = await page.post("/api/v1/products", json=SAID | {"product": PRODUCT}, headers=maria)
    assert (reply.json()["code"], reply.json()["version"]) == ("changed", NEXT_VERSION)
    by = {"by": "manager-1", "reason": "spring prices", "version": VERSION, "check": False}
    assert asked.pop() == ("set_product", by | {"product": PRODUCT})
    await page.post("/api/v1/products", json=SAID | {"product": PRODUCT | {"weight_sd_g": 2.0}, "check": True}, headers=maria)
    assert asked.pop() == ("set_product", by | {"product": PRODUCT | {"weight_sd_g": 2.0}, "check": True})
    await page.post(f"/api/v1/products/{COLA.gtin}/remove", json=SAID | {"anyway": True}, headers=maria)
    assert asked.pop() == ("remove_product", by | {"gtin": COLA.gtin, "anyway": True})
    await page.post("/api/v1/planogram", json=SAID | {"facings": [FACING, FACING | {"plate": "P2", "short_below": 0}]}, headers=maria)
    assert asked.pop() == ("set_planogram", by | {"facings": [FACING, FACING | {"plate": "P2", "min_count": 0}]})
    await page.post("/api/v1/planogram/proposal", json=SAID | {"action": "dismiss"}, headers=maria)
    assert asked.pop() == ("decide_proposal", by | {"take": False})
    await page.post("/api/v1/restart", json={"reason": "another port"}, headers=await of(store, "technician"))
    assert store.restarts == [("technician-1", "another port")]
    stale = await page.post("/api/v1/products", json=SAID | {"product": PRODUCT, "version": "0" * 16}, headers=maria)
    assert (stale.status_code, stale.json()["accepted"], stale.json()["code"]) == (200, False, "stale")


async def test_what_is_not_as_described_never_reaches_the_store(client: httpx.AsyncClient, store: ShownStore) -> None:
    for place, body in NOT_AS_DESCRIBED:
        reply = await client.post(place, json=SAID | body)
        assert (reply.status_code, reply.json()["code"]) == (422, "invalid"), (place, body)
    assert (store.goods.asked, store.changing.asked, store.restarts) == ([], [], [])


async def test_a_dangerous_setting_asks_for_the_password_and_a_trial_does_not(
    page: httpx.AsyncClient, store: ShownStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.changing.answer = replace(TRIED, places=("web.port",), dangerous=("web.port",))
    late = await of(store, "technician")
    monkeypatch.setattr("edge.web.gate.time", SimpleNamespace(time=lambda: time.time() + STEP_UP_S + 60))
    tried = await page.post("/api/v1/settings", json=SAID | PORT | {"check": True}, headers=late)
    assert tried.json()["dangerous"] == ["web.port"]
    refused = await page.post("/api/v1/settings", json=SAID | PORT, headers=late)
    assert (refused.status_code, refused.json()["code"]) == (403, "step_up")
    assert [wish["check"] for _, wish in store.changing.asked] == [True, True]
    store.changing.answer = replace(TRIED, places=("visit.open_within_s",))
    harmless = await page.post("/api/v1/settings", json=SAID | {"changes": {"visit": {"open_within_s": 9}}}, headers=late)
    assert harmless.status_code == 200
    assert [wish["check"] for _, wish in store.changing.asked] == [True, True, True, False]
    store.changing.answer = replace(TRIED, places=("web.port",), dangerous=("web.port",))
    monkeypatch.undo()
    assert (await page.post("/api/v1/settings", json=SAID | PORT, headers=late)).status_code == 200
    assert store.changing.asked[-1][1]["check"] is False


async def test_who_may_set_the_store_sets_no_prices_by_it(page: httpx.AsyncClient, store: ShownStore) -> None:
    technician = await of(store, "technician")
    refused = await page.post("/api/v1/settings", json=SAID | {"changes": {"product": []}}, headers=technician)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert store.changing.asked == []
    store.changing.answer = replace(TRIED, places=("product", "visit.pulse_s"))
    refused = await page.post("/api/v1/changes/back", json=SAID | {"number": 1}, headers=technician)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert all(wish["check"] for _, wish in store.changing.asked)


async def test_a_whole_shelf_may_be_larger_than_other_bodies_and_no_larger_than_it_need_be(client: httpx.AsyncClient) -> None:
    facings = [FACING | {"plate": f"plate-{number:032d}"} for number in range(2000)]
    assert (await client.post("/api/v1/planogram", json=SAID | {"facings": facings})).status_code == 200
    too_many = await client.post("/api/v1/planogram", json=SAID | {"facings": [*facings, FACING]})
    assert too_many.status_code == 422
    huge = await client.post("/api/v1/settings", content=b" " * (WHOLE_LIST_BYTES + 1), headers={"content-type": "application/json"})
    assert (huge.status_code, huge.json()["code"]) == (413, "too_large")
    small = await client.post("/api/v1/products", content=b" " * 8193, headers={"content-type": "application/json"})
    assert small.status_code == 413
