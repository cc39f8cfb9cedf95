"""Who asks, over real sockets and with hostile headers: streams end with the right to them, and no header ends in a failure."""

from __future__ import annotations

import asyncio
import time
from functools import cache

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edge.access.machine_token import machine_token_path, read_machine_token
from edge.access.store import AccessStore
from edge.web import gate
from edge.web.app import create_app
from edge.web.cookies import SESSION_COOKIE
from edge.web.guard import FORMS_UNDER_WAY
from edge.web.settings import WebSettings
from tests.web import signed_in
from tests.web.shown_store import ShownStore, served

SOON_S = 10.0


async def until_over(url: str, path: str, headers: dict[str, str], end: asyncio.Event) -> None:
    """Reads until the other end ends the answer properly; ``end`` is set once it has begun."""
    async with (
        httpx.AsyncClient(base_url=url, headers=headers, timeout=SOON_S) as client,
        client.stream("GET", path) as reply,
    ):
        assert reply.status_code == 200
        async for _ in reply.aiter_bytes():
            end.set()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "LOOK_EVERY_S", 0.05)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("path", ["/api/v1/stream", "/api/v1/samples", "/api/v1/kiosk/stream"])
async def test_a_stream_ends_with_the_session_or_token_that_opened_it(path: str, caplog: pytest.LogCaptureFixture) -> None:
    store = ShownStore()
    async with served(store, allowed_hosts=["127.0.0.1"]) as url, asyncio.timeout(SOON_S):
        opened = await signed_in.session(url)
        secret, token = await store.access.make_token("reader", ["see", "devices", "kiosk"], expires_s=None, by="test")
        elsewhere = {"x-forwarded-for": "192.0.2.7"}  # so that the shopper's screen is not open to it by where it stands
        for headers, end in (
            (signed_in.headers(opened), store.access.end_session(opened.session.id, by="test")),
            (signed_in.bearer(secret), store.access.revoke_token(token.id, by="test")),
        ):
            begun = asyncio.Event()
            reading = asyncio.create_task(until_over(url, path, headers | elsewhere, begun))
            await begun.wait()
            await end
            await reading
            async with httpx.AsyncClient(base_url=url, headers=headers | elsewhere) as client:
                assert (await client.get(path)).status_code == 401
    assert "ASGI callable returned without completing response" not in caplog.text


@pytest.mark.usefixtures("quick")
async def test_a_stream_ends_when_another_program_ends_the_session() -> None:
    store = ShownStore()
    async with served(store) as url, asyncio.timeout(SOON_S):
        opened = await signed_in.session(url, "viewer")
        begun = asyncio.Event()
        reading = asyncio.create_task(until_over(url, "/api/v1/stream", signed_in.headers(opened), begun))
        await begun.wait()
        beside = AccessStore.open(signed_in.file_of(store.access))
        await beside.change_user("viewer-1", disabled=True, by="the command line")
        beside.close()
        await reading


async def test_watching_does_not_keep_a_session_alive() -> None:
    store = ShownStore()
    opened = await signed_in.session(store.access)
    await store.access._write(lambda db: db.execute("UPDATE session SET used_s = used_s - 600"))
    before = store.access.sessions("admin-1")[0].used_s
    assert store.access.session_of(opened.cookie, touch=False) is not None
    await store.access._write(lambda _: None)
    assert store.access.sessions("admin-1")[0].used_s == before
    assert store.access.session_of(opened.cookie) is not None
    await store.access._write(lambda _: None)
    assert store.access.sessions("admin-1")[0].used_s == pytest.approx(time.time(), abs=5.0)


@cache
def _one_app_for_all() -> FastAPI:
    return create_app(ShownStore(), WebSettings())


hostile = st.binary(max_size=200).map(lambda raw: raw.replace(b"\r", b"").replace(b"\n", b"").replace(b"\0", b""))


@settings(max_examples=150, deadline=None)
@given(cookie=hostile, authorization=hostile, csrf=hostile, method=st.sampled_from(["GET", "POST"]))
@example(cookie=f'{SESSION_COOKIE}="a\\"b; {SESSION_COOKIE}'.encode(), authorization=b"", csrf=b"", method="GET")
@example(cookie=f"{SESSION_COOKIE}=a; {SESSION_COOKIE}=b".encode(), authorization=b"", csrf=b"", method="POST")
@example(cookie=f"{SESSION_COOKIE}={'A' * 7000}".encode(), authorization=b"", csrf=b"", method="GET")
@example(cookie=b"\xff" * 100, authorization=b"Bearer \xff\xfe", csrf=b"\xff", method="GET")
@example(cookie=b"", authorization=b"Bearer sst_" + b"x" * 5000, csrf=b"", method="GET")
@example(cookie=b"", authorization=b"Bearer ssm_", csrf=b"", method="POST")
@example(cookie=b"", authorization=b"bearer  sst_%00", csrf=b"", method="GET")
def test_hostile_cookies_and_headers_are_nobody(cookie: bytes, authorization: bytes, csrf: bytes, method: str) -> None:
    async def ask() -> httpx.Response:
        headers = [(b"cookie", cookie), (b"authorization", authorization), (b"x-csrf-token", csrf), (b"content-type", b"application/json")]
        transport = httpx.ASGITransport(app=_one_app_for_all())
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
            return await client.request(method, "/api/v1/me" if method == "GET" else "/api/v1/logout", headers=headers, content=b"{}")

    reply = asyncio.run(ask())
    assert (reply.status_code, reply.json()["code"]) == (401, "signed_out")
    assert reply.headers["www-authenticate"] == "Bearer"
    assert reply.headers["cache-control"] == "no-store"


async def test_two_identities_at_once_are_none() -> None:
    store = ShownStore()
    opened = await signed_in.session(store.access)
    cookie = f"{SESSION_COOKIE}={opened.cookie}"
    app = create_app(store, WebSettings())
    async with signed_in.asked_in_process(app, {}) as client:
        twice = [("cookie", cookie), ("cookie", f"{SESSION_COOKIE}=x")]
        assert (await client.get("/api/v1/me", headers=twice)).status_code == 401
        one = [("cookie", "theme=dark"), ("cookie", cookie)]
        assert (await client.get("/api/v1/me", headers=one)).json()["name"] == "admin-1"
        proofs = [("authorization", signed_in.machine(store.access)["authorization"]), ("authorization", "Bearer x")]
        assert (await client.get("/api/v1/me", headers=proofs)).status_code == 401


async def test_slow_strangers_keep_nobody_out_who_is_known_or_on_the_machine() -> None:
    store = ShownStore()
    async with served(store) as url:
        host, port = url.removeprefix("http://").split(":")
        head = f"POST /login HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: {url}\r\nX-Forwarded-For: 192.0.2.7\r\n"
        head += "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\n"
        slow = []
        for _ in range(FORMS_UNDER_WAY):
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(head.encode())
            await writer.drain()
            slow.append((reader, writer))
        form = {"origin": url, "content-type": "application/x-www-form-urlencoded"}
        async with httpx.AsyncClient(base_url=url) as stranger, signed_in.program(url) as program, asyncio.timeout(SOON_S):
            while (await stranger.post("/login", content=b"", headers=form | {"x-forwarded-for": "192.0.2.8"})).status_code != 429:
                pass
            assert (await stranger.post("/login", content=b"", headers=form)).status_code != 429
            assert (await program.post("/api/v1/entries", json={"pass": "ss1.x"})).status_code == 200
        for _, writer in slow:
            writer.close()
            await writer.wait_closed()


async def test_the_machine_token_is_for_this_start_only_and_for_its_user_alone() -> None:
    store = ShownStore()
    before = signed_in.machine(store.access)["authorization"].partition(" ")[2]
    token_file = machine_token_path(signed_in.file_of(store.access))
    assert token_file.stat().st_mode & 0o777 == 0o600
    assert store.access.is_machine(before)
    store.access.lend_to_machine(token_file)
    assert not store.access.is_machine(before)
    assert store.access.is_machine(read_machine_token(token_file))
    assert not store.access.is_machine("")
