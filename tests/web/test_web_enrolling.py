"""Teaching the eye over the API: what reaches the store, under whose name, who may, and what is refused before it does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from edge.access.rights import Role
from edge.web.app import create_app
from edge.web.enrolment import WeighingResult
from edge.web.settings import WebSettings
from tests.web.shown_enrolment import TOKEN, enrolment, view
from tests.web.shown_store import COLA, ShownStore
from tests.web.signed_in import headers, machine, session

TEA = "9521234500070"
ONE = f"/api/v1/enrolments/{TOKEN}"
WISHES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/api/v1/enrolments", {"gtin": TEA}),
    (f"{ONE}/look", {"camera": "upper", "looking": "view"}),
    (f"{ONE}/views/3", {"action": "drop"}),
    (f"{ONE}/save", {"gtin": TEA}),
    (f"{ONE}/end", {}),
    ("/api/v1/gallery/forget", {"gtin": COLA.gtin}),
    ("/api/v1/gallery/back", {}),
    ("/api/v1/weighings", {"plate": "P1", "units": 5}),
)


@pytest.fixture
def store() -> ShownStore:
    return ShownStore()


@pytest.fixture
async def client(store: ShownStore) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=create_app(store, WebSettings(answer_within_s=0.5)))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
        yield client


@pytest.fixture
async def program(client: httpx.AsyncClient, store: ShownStore) -> httpx.AsyncClient:
    """A program on the store's own machine."""
    client.headers.update(machine(store.access))
    return client


async def of(store: ShownStore, role: Role) -> dict[str, str]:
    """Headers of somebody with this role."""
    return headers(await session(store.access, role))


async def test_each_wish_reaches_the_store_with_the_name_of_whoever_asks(client: httpx.AsyncClient, store: ShownStore) -> None:
    maria = await of(store, "manager")
    for path, body in WISHES:
        reply = await client.post(path, json=body, headers=maria)
        assert (reply.status_code, reply.json()["accepted"]) == (200, True), path
    assert store.enrolment.asked == [
        ("begin", "", TEA, "manager-1"),
        ("look", TOKEN, "upper", "view"),
        ("mind", TOKEN, "3", "drop"),
        ("save", TOKEN, TEA, "manager-1"),
        ("end", TOKEN, "manager-1"),
        ("forget", COLA.gtin, "manager-1"),
        ("go_back", "manager-1"),
        ("weigh", "P1", "5"),
    ]


@pytest.mark.parametrize("role", ["viewer", "operator", "technician"])
async def test_who_may_not_touch_the_goods_teaches_nothing(client: httpx.AsyncClient, store: ShownStore, role: Role) -> None:
    somebody = await of(store, role)
    replies = [await client.post(path, json=body, headers=somebody) for path, body in WISHES]
    replies += [await client.get(path, headers=somebody) for path in ("/api/v1/enrolments", ONE)]
    assert {(reply.status_code, reply.json()["code"]) for reply in replies} == {(403, "not_allowed")}
    assert store.enrolment.asked == []


async def test_everything_and_one_of_them_are_told(program: httpx.AsyncClient, store: ShownStore) -> None:
    store.enrolment.now = enrolment(TEA, views=(view(1), view(2, used=False, flaw="blurred")), looks_most_like="Cola 0.33 l")
    told = (await program.get("/api/v1/enrolments")).json()
    assert [one["token"] for one in told["enrolments"]] == [TOKEN]
    assert told["enrolled"][0] == {"gtin": "04006381333931", "name": "Spring Water 0.5 l", "photographs": 5}
    assert (told["gallery"], told["before"]) == ("3", "2")
    one = (await program.get(ONE, params={"gtin": TEA, "unit_weight_g": 402.0, "weight_sd_g": 1.5, "plate": "P1"})).json()
    assert [(row["number"], row["used"], row["flaw"]) for row in one["views"]] == [(1, True, None), (2, False, "blurred")]
    assert one["views"][0]["picture"] == f"enrol/{TOKEN}/1.jpg"
    assert store.enrolment.drafts[-1] is not None
    assert (store.enrolment.drafts[-1].unit_weight_g, store.enrolment.drafts[-1].plate) == (402.0, "P1")
    await program.get(ONE)
    assert store.enrolment.drafts[-1] is None


async def test_an_enrolment_that_is_over_is_told_as_such(program: httpx.AsyncClient) -> None:
    reply = await program.get(ONE)
    assert (reply.status_code, reply.json()["code"]) == (404, "no_enrolment")


async def test_what_is_no_name_or_number_never_reaches_the_store(program: httpx.AsyncClient, store: ShownStore) -> None:
    for path, body in (
        ("/api/v1/enrolments", {"gtin": "../../etc"}),
        ("/api/v1/enrolments", {"token": "../../etc"}),
        ("/api/v1/enrolments", {"gtin": TEA, "by": "somebody else"}),
        ("/api/v1/enrolments/..%2f..%2fetc/save", {"gtin": TEA}),
        (f"/api/v1/enrolments/{'A' * 32}/save", {"gtin": TEA}),
        (f"{ONE}/look", {"camera": "../cam", "looking": "view"}),
        (f"{ONE}/look", {"camera": "upper", "looking": "everything"}),
        (f"{ONE}/views/0", {"action": "drop"}),
        (f"{ONE}/views/3", {"action": "frame"}),
        (f"{ONE}/save", {"gtin": ""}),
        (f"{ONE}/save", {"gtin": "x" * 100_000}),
        ("/api/v1/gallery/forget", {"gtin": "1"}),
        ("/api/v1/weighings", {"plate": "P1", "units": 0}),
        ("/api/v1/weighings", {"plate": "P1", "units": 1e9}),
    ):
        reply = await program.post(path, json=body)
        assert reply.status_code in (404, 413, 422), (path, body)
    for query in ({"unit_weight_g": "nan"}, {"unit_weight_g": -1}, {"gtin": "x"}, {"plate": "p" * 100}):
        assert (await program.get(ONE, params=query)).status_code in (404, 422)
    assert store.enrolment.asked == []


async def test_a_weighing_that_comes_to_nothing_says_why(program: httpx.AsyncClient, store: ShownStore) -> None:
    store.enrolment.weighed = WeighingResult(accepted=False, code="moving", words="The plate is not at rest yet.")
    told = (await program.post("/api/v1/weighings", json={"plate": "P1", "units": 3})).json()
    assert (told["accepted"], told["code"], told["each_g"], told["spread_g"]) == (False, "moving", None, None)
