"""Nobody else gets in: foreign names, foreign pages, odd bodies. Whatever is sent, the answer is orderly."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from functools import cache

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edge.web.app import create_app
from edge.web.guard import WRITES_UNDER_WAY
from edge.web.outer import CONNECTIONS
from edge.web.settings import WebSettings
from tests.web.shown_store import ShownStore, served
from tests.web.signed_in import machine

JSON = {"content-type": "application/json"}
GOOD = b'{"pass": "ss1.x"}'


def browser(store: ShownStore, **more: str) -> httpx.AsyncClient:
    app = create_app(store, WebSettings(shopper_panel_url=more.get("panel")))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1:8080", headers=machine(store.access))


@pytest.fixture
def store() -> ShownStore:
    return ShownStore()


@pytest.fixture
async def client(store: ShownStore) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(store) as client:
        yield client


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8080", "localhost:9", "LOCALHOST", "[::1]", "[::1]:8080"])
async def test_own_names_are_served(client: httpx.AsyncClient, host: str) -> None:
    assert (await client.get("/healthz", headers={"host": host})).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "localhost@evil.example", "", "::1", "[::1", "0.0.0.0"]
)
@pytest.mark.parametrize(
    "path", ["/", "/api/v1/snapshot", "/metrics", "/visits", "/kiosk", "/static/ui/index.html", "/api/v1/stream", "/api/v1/samples"]
)
async def test_foreign_names_are_refused(client: httpx.AsyncClient, host: str, path: str) -> None:
    reply = await client.get(path, headers={"host": host})
    assert reply.status_code == 400
    assert reply.json()["code"] == "host"
    assert "allowed_hosts" in reply.json()["detail"]


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:9999", "http://127.0.0.1", "file://", "http://127.0.0.1:8080.evil.example"]
)
async def test_foreign_pages_cannot_act(client: httpx.AsyncClient, store: ShownStore, origin: str) -> None:
    reply = await client.post("/api/v1/entries", content=GOOD, headers=JSON | {"origin": origin})
    assert reply.status_code == 403
    assert reply.json()["code"] == "origin"
    assert store.presented == []


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8080", "https://127.0.0.1:8080"])
async def test_the_own_page_acts(client: httpx.AsyncClient, origin: str) -> None:
    headers = JSON | {"origin": origin, "sec-fetch-site": "same-origin"}
    assert (await client.post("/api/v1/entries", content=GOOD, headers=headers)).json()["accepted"] is True


async def test_other_sites_cannot_read_or_hold_a_stream_but_a_link_opens_the_page(client: httpx.AsyncClient) -> None:
    foreign = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}
    for path in ("/api/v1/snapshot", "/api/v1/stream", "/api/v1/samples", "/metrics"):
        assert (await client.get(path, headers=foreign)).status_code == 403
    assert (await client.get("/", headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"})).status_code == 200


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "application/jsonx"]
)
async def test_forms_and_plain_text_cannot_act(client: httpx.AsyncClient, store: ShownStore, kind: str) -> None:
    reply = await client.post("/api/v1/entries", content=GOOD, headers={"content-type": kind})
    assert reply.status_code == 415
    assert store.presented == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
async def test_other_methods_are_not_served(client: httpx.AsyncClient, method: str) -> None:
    reply = await client.request(method, "/api/v1/entries", headers=JSON)
    assert reply.status_code == 405
    assert "access-control-allow-origin" not in reply.headers


async def test_every_answer_carries_the_policy(client: httpx.AsyncClient) -> None:
    for path in ("/", "/api/v1/snapshot", "/nowhere", "/kiosk", "/nowhere.php", "/static/ui/index.html", "/api/v1/receipts?limit=0"):
        headers = (await client.get(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


async def test_the_policy_lets_the_page_reach_the_shoppers_controls_only_in_a_demo(store: ShownStore) -> None:
    async with browser(store, panel="http://127.0.0.1:8090/shopper") as client:
        reply = await client.get("/")
        assert 'content="http://127.0.0.1:8090/shopper"' in (await client.get("/kiosk")).text
    assert "connect-src 'self' http://127.0.0.1:8090;" in reply.headers["content-security-policy"]
    assert '<meta name="shopper-panel" content="http://127.0.0.1:8090/shopper" />' in reply.text
    async with browser(store) as client:
        assert "shopper-panel" not in (await client.get("/")).text


async def test_a_large_body_is_refused_announced_or_not(client: httpx.AsyncClient, store: ShownStore) -> None:
    body = json.dumps({"pass": "x" * 9000}).encode()

    async def chunks() -> AsyncIterator[bytes]:
        for at in range(0, len(body), 1000):
            yield body[at : at + 1000]

    announced = await client.post("/api/v1/entries", content=body, headers=JSON)
    unannounced = await client.post("/api/v1/entries", content=chunks(), headers=JSON)
    absurd = await client.post("/api/v1/entries", content=GOOD, headers=JSON | {"content-length": "9" * 5000})
    assert [reply.status_code for reply in (announced, unannounced, absurd)] == [413, 413, 413]
    assert store.presented == []


async def test_ambiguous_headers_are_refused(client: httpx.AsyncClient) -> None:
    twice = [("content-type", "application/json"), ("content-type", "text/plain")]
    assert (await client.post("/api/v1/entries", content=GOOD, headers=twice)).json()["code"] == "ambiguous"


async def test_too_many_writes_at_once_are_sent_away(client: httpx.AsyncClient, store: ShownStore) -> None:
    store.decide_after_s = 0.3
    replies = await asyncio.gather(*(client.post("/api/v1/entries", content=GOOD, headers=JSON) for _ in range(WRITES_UNDER_WAY + 3)))
    assert sorted(reply.status_code for reply in replies) == [200] * WRITES_UNDER_WAY + [429] * 3
    assert (await client.post("/api/v1/entries", content=GOOD, headers=JSON)).status_code == 200


@cache
def _one_app_for_all() -> tuple[FastAPI, dict[str, str]]:
    store = ShownStore()
    return create_app(store, WebSettings()), machine(store.access)


hostile_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["pass", "door", "by", "action", "reason", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=120, deadline=None)
@given(
    path=st.sampled_from(["/api/v1/entries", "/api/v1/service"]),
    body=st.binary(max_size=300) | hostile_json.map(lambda v: json.dumps(v).encode()),
)
@example(path="/api/v1/entries", body=b"[" * 4000)
@example(path="/api/v1/entries", body=b'{"pass": ' + b"1" * 6000 + b"}")
@example(path="/api/v1/entries", body=b'{"pass": "\\ud800"}')
@example(path="/api/v1/entries", body=b'{"pass": "a", "door": "\\u0000"}')
@example(path="/api/v1/entries", body=b'{"pass": "a", "<script>alert(1)</script>\\ud800": 1}')
@example(path="/api/v1/service", body=b"\xef\xbb\xbf{}")
@example(path="/api/v1/service", body=b"NaN")
def test_any_body_gets_an_orderly_answer(path: str, body: bytes) -> None:
    async def ask() -> httpx.Response:
        app, headers = _one_app_for_all()
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1:8080", headers=headers) as client:
            return await client.post(path, content=body, headers=JSON)

    reply = asyncio.run(ask())
    assert reply.status_code in {200, 400, 413, 422}
    told = reply.json()
    assert reply.status_code == 200 or (told["status"] == reply.status_code and told["title"] and told["detail"])
    assert "<script" not in reply.text
    assert "Traceback" not in reply.text


async def test_what_was_presented_is_never_repeated_in_an_error(client: httpx.AsyncClient) -> None:
    reply = await client.post("/api/v1/entries", json={"pass": ["my-secret-pass"], "door": "my-secret-pass!"})
    assert reply.status_code == 422
    assert "my-secret-pass" not in reply.text


async def test_who_sends_no_whole_request_is_cut_off_and_keeps_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.web.connection.REQUEST_WITHIN_S", 0.5)
    async with served(ShownStore()) as url:
        host, port = url.removeprefix("http://").split(":")
        lines = [await asyncio.open_connection(host, int(port)) for _ in range(CONNECTIONS + 2)]
        for number, (_, writer) in enumerate(lines):
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: " if number % 2 else b"")
        async with asyncio.timeout(10):
            assert await asyncio.gather(*(reader.read() for reader, _ in lines)) == [b""] * len(lines)
        async with httpx.AsyncClient(base_url=url) as client:
            for _ in range(3):
                assert (await client.get("/healthz")).status_code == 200
        for _, writer in lines:
            writer.close()
            await writer.wait_closed()


async def test_raw_nonsense_on_the_wire_leaves_the_server_standing() -> None:
    async with served(ShownStore()) as url:
        host, port = url.removeprefix("http://").split(":")
        for raw in (
            b"\x16\x03\x01\x02\x00\x01\x00",
            b"GET / HTTP/1.1\r\n\r\n",
            b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
            b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"POST /api/v1/entries HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: -5\r\n\r\n",
        ):
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(raw)
            await writer.drain()
            writer.write_eof()
            async with asyncio.timeout(10):
                answer = await reader.read()
            assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
            writer.close()
            await writer.wait_closed()
        async with httpx.AsyncClient(base_url=url) as client:
            assert (await client.get("/healthz")).status_code == 200
