"""What programs on the store's machine read and ask for."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import TypeAdapter

from edge.access.records import THIS_MACHINE
from edge.basket.evidence import Evidence
from edge.session.revision import Wanted
from edge.snapshot import ReceiptRecord, StoreSnapshot
from edge.web.app import create_app
from edge.web.needs import NEEDS
from edge.web.settings import WebSettings
from tests.web.kept_receipts import ISSUED_UNIX_S, WATER_LINE, kept_receipt
from tests.web.shown_store import BARS, COLA, WATER, WRAP, ShownStore, broken_store, quiet_store, shopping_store
from tests.web.signed_in import machine

WEIGHED_LINE = replace(WATER_LINE, evidence=(Evidence(plate="P1", at_ns=9_000_000_000_000_000_001, delta_g=-1040.25, sd_g=1.5),))


@pytest.fixture
def store() -> ShownStore:
    return ShownStore(kept=[kept_receipt(number, lines=(WEIGHED_LINE,)) for number in range(1, 6)])


@pytest.fixture
async def client(store: ShownStore) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(store, WebSettings(answer_within_s=0.5))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1:8080", headers=machine(store.access)
    ) as client:
        yield client


@pytest.mark.parametrize("make", [quiet_store, shopping_store, broken_store])
async def test_a_snapshot_survives_the_way_through_json(
    client: httpx.AsyncClient, store: ShownStore, make: Callable[[], StoreSnapshot]
) -> None:
    store.now = make()
    reply = await client.get("/api/v1/snapshot")
    assert reply.status_code == 200
    assert reply.headers["cache-control"] == "no-store"
    assert TypeAdapter(StoreSnapshot).validate_json(reply.content) == store.now


async def test_receipts_come_newest_first_in_pages(client: httpx.AsyncClient) -> None:
    seen: list[str] = []
    before: str | None = None
    while True:
        page = (await client.get("/api/v1/receipts", params={"limit": 2} | ({"before": before} if before else {}))).json()
        seen += [each["receipt"]["visit"] for each in page["receipts"]]
        before = page["next_before"]
        if before is None:
            break
    assert seen == [f"0193-visit-{number:04d}" for number in (5, 4, 3, 2, 1)]


async def test_a_receipt_carries_its_evidence_in_grams(client: httpx.AsyncClient, store: ShownStore) -> None:
    reply = await client.get("/api/v1/receipts/0193-visit-0004")
    assert reply.json()["receipt"]["lines"][0]["evidence"][0]["delta_g"] == -1040.25
    assert TypeAdapter(ReceiptRecord).validate_json(reply.content) == store.kept[3]


async def test_an_unknown_receipt_says_where_to_look(client: httpx.AsyncClient) -> None:
    reply = await client.get("/api/v1/receipts/0193-visit-9999")
    assert reply.status_code == 404
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["code"] == "no_receipt"
    assert "/api/v1/receipts" in reply.json()["detail"]


async def test_what_waits_for_a_person_comes_oldest_first_in_pages(client: httpx.AsyncClient, store: ShownStore) -> None:
    store.kept = [replace(one, outcome="review" if number % 2 else "billed") for number, one in enumerate(store.kept)]
    first = (await client.get("/api/v1/reviews?limit=1")).json()
    assert [one["receipt"]["visit"] for one in first["reviews"]] == ["0193-visit-0002"]
    second = (await client.get("/api/v1/reviews", params={"open": "true", "after": first["next_after"]})).json()
    assert [one["receipt"]["visit"] for one in second["reviews"]] == ["0193-visit-0004"]
    assert second["next_after"] is None
    assert (await client.get("/api/v1/reviews?open=false")).json() == {"reviews": [], "next_after": None}


async def test_a_decision_goes_through_the_front(client: httpx.AsyncClient, store: ShownStore) -> None:
    body = {
        "revision": 1,
        "decision": "corrected",
        "lines": [{"gtin": WATER.gtin, "quantity": 2}],
        "reason": "one was put back",
    }
    reply = await client.post("/api/v1/receipts/0193-visit-0002/review", json=body)
    assert reply.json() == {"accepted": True, "code": "reviewed", "words": "Decided.", "revision": 1, "total_minor": 0, "due_minor": -689}
    ((visit, order),) = store.reviewed
    assert (visit, order.by, order.lines) == ("0193-visit-0002", THIS_MACHINE, (Wanted(WATER.gtin, 2),))
    stale = (await client.post("/api/v1/receipts/0193-visit-0002/review", json=body | {"revision": 2})).json()
    assert (stale["accepted"], stale["code"], stale["due_minor"]) == (False, "stale", None)
    assert (await client.post("/api/v1/receipts/0193-visit-9999/review", json=body)).json()["code"] == "no_receipt"


@pytest.mark.parametrize(
    "changes",
    [
        {"revision": 0},
        {"revision": 1.5},
        {"decision": "doubled"},
        {"decision": "refunded"},
        {"lines": []},
        {"lines": [{"gtin": WATER.gtin, "quantity": 0}]},
        {"lines": [{"gtin": WATER.gtin, "quantity": 1001}]},
        {"lines": [{"gtin": "water", "quantity": 1}]},
        {"lines": 2 * [{"gtin": WATER.gtin, "quantity": 1}]},
        {"lines": [{"gtin": WATER.gtin, "quantity": 1, "price": 1}]},
        {"by": "maria"},
        {"reason": "x"},
        {"reason": "x" * 201},
        {"total_minor": 1},
    ],
)
async def test_a_decision_out_of_bounds_never_reaches_the_store(
    client: httpx.AsyncClient, store: ShownStore, changes: dict[str, object]
) -> None:
    body = {"revision": 1, "decision": "corrected", "lines": [{"gtin": WATER.gtin, "quantity": 2}], "reason": "put back"}
    reply = await client.post("/api/v1/receipts/0193-visit-0002/review", json=body | changes)
    assert (reply.status_code, reply.json()["code"], store.reviewed) == (422, "invalid", [])


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "before=../../etc", "before=" + "a" * 65])
async def test_a_page_out_of_bounds_is_refused(client: httpx.AsyncClient, query: str) -> None:
    reply = await client.get(f"/api/v1/receipts?{query}")
    assert reply.status_code == 422
    assert reply.json()["fields"][0]["at"].startswith("query.")


async def test_a_pass_goes_through_the_front(client: httpx.AsyncClient, store: ShownStore) -> None:
    reply = await client.post("/api/v1/entries", json={"pass": " ss1.k.c.s ", "door": "main"})
    assert reply.json() == {
        "accepted": True,
        "code": "accepted",
        "words": "Welcome. The door is being unlocked.",
        "visit": "0193-visit-0003",
        "door": "main",
    }
    assert store.presented == [("ss1.k.c.s", "api", "main")]


async def test_a_refusal_is_an_answer_not_an_error(client: httpx.AsyncClient) -> None:
    reply = await client.post("/api/v1/entries", json={"pass": "nonsense"})
    assert reply.status_code == 200
    assert reply.json()["accepted"] is False
    assert reply.json()["code"] == "malformed"


async def test_a_decision_that_does_not_come_is_told(client: httpx.AsyncClient, store: ShownStore) -> None:
    store.decide_after_s = 5.0
    reply = await client.post("/api/v1/entries", json={"pass": "ss1.x"})
    assert reply.status_code == 504
    assert "may still take effect" in reply.json()["detail"]


async def test_service_needs_a_reason_and_takes_the_name_from_who_asks(client: httpx.AsyncClient, store: ShownStore) -> None:
    good = {"action": "take_out_of_service", "reason": "glass broken"}
    assert (await client.post("/api/v1/service", json=good)).json()["accepted"] is True
    assert store.serviced == [("take_out_of_service", THIS_MACHINE, "glass broken")]
    for wrong in ({"by": "Kim"}, {"reason": "  "}, {"action": "open_everything"}, {"force": True}):
        reply = await client.post("/api/v1/service", json=good | wrong)
        assert reply.status_code == 422
        assert reply.json()["fields"][0]["at"] == f"body.{next(iter(wrong))}"
    assert len(store.serviced) == 1


async def test_a_day_is_told_by_hour_and_by_product(client: httpx.AsyncClient, store: ShownStore) -> None:
    store.kept = [kept_receipt(3), kept_receipt(2, final=False)]
    issued = datetime.fromtimestamp(ISSUED_UNIX_S, UTC).date()
    day = (await client.get("/api/v1/day", params={"date": str(issued)})).json()
    assert (day["visits"], day["receipts"], day["reviews"], len(day["hours"])) == (2, 1, 1, 24)
    assert day["takings_minor"] == sum(one["takings_minor"] for one in day["products"]) > 0
    assert (await client.get("/api/v1/day")).json() == day  # today
    assert (await client.get("/api/v1/day", params={"date": "2020-02-29"})).json()["visits"] == 0
    for wrong in ("yesterday", "2026-02-30", "0001-01-01", "9999-12-31", ""):
        assert (await client.get("/api/v1/day", params={"date": wrong})).status_code == 422, wrong


async def test_one_fault_is_acknowledged_by_its_code_and_what_has_it(client: httpx.AsyncClient, store: ShownStore) -> None:
    good = {"action": "clear_faults", "reason": "new cell", "code": "plate_drifting", "subject": "P2"}
    assert (await client.post("/api/v1/service", json=good)).json()["accepted"] is True
    assert store.acknowledged == [("plate_drifting", "P2")]
    for wrong in ({"code": ""}, {"subject": ""}, {"action": "return_to_service"}, {"code": "x" * 61}, {"subject": "x" * 101}):
        assert (await client.post("/api/v1/service", json=good | wrong)).status_code == 422, wrong
    assert len(store.serviced) == 1


async def test_counted_pieces_teach_a_weight(client: httpx.AsyncClient, store: ShownStore) -> None:
    good = {"plate": "P1", "gtin": "04006381333931", "units": 10}
    answer = (await client.post("/api/v1/counts", json=good)).json()
    assert (answer["accepted"], answer["each_g"], answer["learned_g"]) == (True, 521.4, 521.1)
    assert store.counted == [("P1", "04006381333931", 10, THIS_MACHINE)]
    for wrong in ({"plate": ""}, {"gtin": "cola"}, {"units": 0}, {"units": 501}, {"by": "Kim"}, {"grams": 5}):
        assert (await client.post("/api/v1/counts", json=good | wrong)).status_code == 422
    assert len(store.counted) == 1


async def test_health_names_the_phase(client: httpx.AsyncClient, store: ShownStore) -> None:
    store.now = broken_store()
    assert (await client.get("/healthz")).json() == {"alive": True, "phase": "out_of_service"}


async def test_the_description_covers_every_route_and_error(client: httpx.AsyncClient) -> None:
    described = (await client.get("/api/v1/openapi.json")).json()
    named = {re.sub(r":\w+}", "}", path) for _, path in NEEDS if path.startswith("/api/") or path in {"/healthz", "/metrics"}}
    assert set(described["paths"]) == named - {"/api/v1/openapi.json"}
    snapshot = described["paths"]["/api/v1/snapshot"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert snapshot == {"$ref": "#/components/schemas/StoreSnapshot"}
    for path, verbs in described["paths"].items():
        for verb, what in verbs.items():
            assert what["summary"], (path, verb)
            for codes in ("4XX", "5XX"):
                assert "application/problem+json" in what["responses"][codes]["content"], (path, verb)


async def test_metrics_are_what_prometheus_reads(client: httpx.AsyncClient, store: ShownStore) -> None:
    store.now = broken_store()
    reply = await client.get("/metrics")
    families = {family.name: family for family in text_string_to_metric_families(reply.text)}
    values = {(sample.name, *sorted(sample.labels.items())): sample.value for family in families.values() for sample in family.samples}
    assert all(name.startswith("smartstore_") for name in families)
    assert values[("smartstore_visits_total", ("outcome", "billed"))] == 7
    assert values[("smartstore_visits_total", ("outcome", "review"))] == 0
    assert values[("smartstore_receipts_minor_total", ("currency", "EUR"), ("status", "final"))] == 4123
    assert values[("smartstore_outbox_events",)] == 17
    assert values[("smartstore_outbox_oldest_seconds",)] == 720
    assert values[("smartstore_device_up", ("device", "scale-1"), ("product", "modbus-transmitter-4"))] == 0
    assert values[("smartstore_bus_events_total", ("bus", "a"), ("counter", "replies"))] == 3833
    assert values[("smartstore_plate_grams", ("plate", "P1"))] == 3120
    assert ("smartstore_plate_grams", ("plate", "P2")) not in values
    assert values[("smartstore_plate_condition", ("condition", "lost"), ("plate", "P2"))] == 1
    assert values[("smartstore_cabinet_phase", ("phase", "out_of_service"))] == 1
    assert values[("smartstore_step_seconds_bucket", ("le", "0.01"))] == 99
    assert values[("smartstore_step_seconds_bucket", ("le", "+Inf"))] == 100
    assert values[("smartstore_step_seconds_count",)] == 100
    assert values[("smartstore_product_short", ("gtin", WRAP.gtin))] == 1
    assert values[("smartstore_misplaced_units", ("gtin", BARS.gtin))] == 2
    assert values[("smartstore_unit_weight_grams", ("gtin", WATER.gtin), ("source", "plates"))] == 521.3
    assert ("smartstore_unit_weight_grams", ("gtin", COLA.gtin), ("source", "plates")) not in values
    assert values[("smartstore_proposed_facings",)] == 1
    assert values[("smartstore_journal_bytes",)] == 1_530_000
    assert values[("smartstore_loop_lag_seconds",)] == 0.002


async def test_names_from_the_shop_cannot_break_the_metrics(client: httpx.AsyncClient, store: ShownStore) -> None:
    odd = 'P"1\\\n{x="y"} 3'
    store.now = replace(quiet_store(), plates=(replace(quiet_store().plates[0], plate=odd),))
    families = {family.name: family for family in text_string_to_metric_families((await client.get("/metrics")).text)}
    assert [sample.labels["plate"] for sample in families["smartstore_plate_grams"].samples] == [odd]


async def test_a_store_that_fails_shows_no_trace(client: httpx.AsyncClient, store: ShownStore, caplog: pytest.LogCaptureFixture) -> None:
    store.fails = RuntimeError("secret detail 4711")
    reply = await client.get("/api/v1/snapshot")
    assert reply.status_code == 500
    assert reply.headers["content-type"] == "application/problem+json"
    assert "secret" not in reply.text
    assert "Traceback" not in reply.text
    assert "secret detail 4711" in caplog.text, "the operator's log has it"


def test_a_snapshot_is_plain_json() -> None:
    assert json.loads(TypeAdapter(StoreSnapshot).dump_json(shopping_store()))["visit"]["lines"][0]["quantity"] == 2
