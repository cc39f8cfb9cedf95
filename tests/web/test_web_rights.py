"""Every endpoint, asked by everybody: no login, every role, a token with each right alone, what is expired, revoked, disabled or forged."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from starlette.routing import Route
from starlette.types import Message

from edge.access.rights import ALL, RIGHTS, ROLE_RIGHTS, ROLES, Right, Role
from edge.web.app import create_app
from edge.web.gate import STEP_UP_S, Gate
from edge.web.guard import FORM_PAGES, FORM_TYPE
from edge.web.needs import NEEDS, Endpoint, Need
from edge.web.settings import WebSettings
from tests.web import signed_in
from tests.web.shown_store import ShownStore

OWN = "http://127.0.0.1:8080"
HERE, ELSEWHERE = ("127.0.0.1", 50_000), ("192.0.2.7", 50_000)
REFUSALS = {"signed_out", "not_allowed", "csrf", "step_up"}
PLACES = {"place": "visits", "token": "0" * 16, "session": "0" * 16}
LET_THROUGH = "let through"
UNKNOWN_FIELD = b'{"no such field": 1}'  # every body refuses it, so that nothing is done that the next one asked would miss
Headers = Mapping[str, str]
Ask = Callable[..., Any]


@dataclass(frozen=True)
class Shop:
    app: FastAPI
    store: ShownStore

    async def ask(self, endpoint: Endpoint, headers: Headers, *, client: tuple[str, int] = HERE) -> str:
        """What the gate says: the code of its refusal, or ``LET_THROUGH``. An answer that would not end is let go at its beginning."""
        method, template = endpoint
        path = re.sub(r"{(\w+)(?::\w+)?}", lambda part: PLACES.get(part[1], "1"), template)
        kind = FORM_TYPE if FORM_PAGES.fullmatch(path) else "application/json"
        sent = {"host": "127.0.0.1:8080", "origin": OWN, "content-type": kind, **headers}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in sent.items()],
            "client": client,
            "server": ("127.0.0.1", 8080),
            "state": {},
        }
        begun: list[Message] = []
        body = bytearray()

        async def receive() -> Message:
            if begun or method == "GET":
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": UNKNOWN_FIELD, "more_body": False}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                begun.append(message)
            else:
                body.extend(message.get("body", b""))

        await self.app(scope, receive, send)
        assert begun, endpoint
        assert begun[0]["status"] < 500, (endpoint, bytes(body))
        told = re.search(rb'"code":"(\w+)"', bytes(body)) if begun[0]["status"] in {401, 403} else None
        code = told[1].decode() if told is not None else ""
        return code if code in REFUSALS else LET_THROUGH


@pytest.fixture(scope="module")
def shop() -> Shop:
    store = ShownStore()
    return Shop(create_app(store, WebSettings()), store)


def wanted(need: Need, rights: frozenset[Right] | None, *, person: bool, posts: bool = False, csrf: bool = True, fresh: bool = True) -> str:
    """What the table of rights says to somebody with ``rights``, None for nobody."""
    if need.right is None:
        return LET_THROUGH
    if rights is None:
        return "signed_out"
    lacking = need.right != "anybody" and need.right not in rights
    if lacking or (need.besides is not None and need.besides not in rights) or (need.people and not person):
        return "not_allowed"
    if person and posts and not csrf:
        return "csrf"
    return "step_up" if person and need.step_up and not fresh else LET_THROUGH


async def differences(shop: Shop, headers: Headers, *, client: tuple[str, int] = ELSEWHERE, **how: Any) -> dict[Endpoint, tuple[str, str]]:
    """Where the application answers otherwise than the table says."""
    found = {}
    for endpoint, need in NEEDS.items():
        expected = wanted(need, posts=endpoint[0] == "POST", **how)
        told = await shop.ask(endpoint, headers, client=client)
        if told != expected:
            found[endpoint] = (told, expected)
    return found


async def test_nobody_gets_only_what_is_open(shop: Shop) -> None:
    assert await differences(shop, {}, rights=None, person=False) == {}
    assert {path for (_, path), need in NEEDS.items() if need.right is None and path.startswith("/api/")} == set()


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_gets_what_its_rights_say(shop: Shop, role: Role) -> None:
    opened = await signed_in.session(shop.store.access, role)
    assert await differences(shop, signed_in.headers(opened), rights=ROLE_RIGHTS[role], person=True) == {}


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_needs_a_fresh_password_where_the_table_says_so(shop: Shop, role: Role) -> None:
    opened = await signed_in.session(shop.store.access, role)
    await shop.store.access._write(
        lambda db: db.execute("UPDATE session SET confirmed_s = ? WHERE id = ?", (time.time() - STEP_UP_S - 1.0, opened.session.id))
    )
    assert await differences(shop, signed_in.headers(opened), rights=ROLE_RIGHTS[role], person=True, fresh=False) == {}


@pytest.mark.parametrize("csrf", ["", "x" * 43, "another session's"])
async def test_a_page_that_is_not_the_sessions_own_cannot_act(shop: Shop, csrf: str) -> None:
    opened = await signed_in.session(shop.store.access)
    other = await signed_in.session(shop.store.access)
    headers = signed_in.headers(opened, csrf=other.csrf if csrf == "another session's" else csrf)
    assert await differences(shop, headers, rights=ALL, person=True, csrf=False) == {}
    without = {"cookie": headers["cookie"]}
    assert await differences(shop, without, rights=ALL, person=True, csrf=False) == {}


@pytest.mark.parametrize("right", RIGHTS)
async def test_a_token_gets_what_its_one_right_says(shop: Shop, right: Right) -> None:
    assert await differences(shop, await signed_in.token(shop.store.access, right), rights=frozenset({right}), person=False) == {}


async def test_a_token_without_rights_may_only_say_who_it_is(shop: Shop) -> None:
    headers = await signed_in.token(shop.store.access)
    assert await differences(shop, headers, rights=frozenset(), person=False) == {}


async def test_the_machine_may_do_everything_that_is_not_a_persons_own(shop: Shop) -> None:
    assert await differences(shop, signed_in.machine(shop.store.access), rights=ALL, person=False) == {}


@pytest.fixture
async def ended(shop: Shop) -> AsyncIterator[dict[str, Headers]]:
    """Everybody who had a right to everything, and has it no longer."""
    access = shop.store.access
    revoked = await signed_in.session(access)
    await access.end_session(revoked.session.id, by="test")
    disabled = await signed_in.session(access, name="gone")
    await access.change_user("gone", disabled=True, by="test")
    changed = await signed_in.session(access, name="changed")
    await access.set_password("changed", "another horse, other batteries", by="test")
    idle = await signed_in.session(access, name="idle")
    await access._write(lambda db: db.execute("UPDATE session SET used_s = used_s - 43201 WHERE id = ?", (idle.session.id,)))
    old = await signed_in.session(access, name="old")
    await access._write(lambda db: db.execute("UPDATE session SET made_s = made_s - 2592001 WHERE id = ?", (old.session.id,)))
    secret, token = await access.make_token("revoked", ALL, expires_s=None, by="test")
    await access.revoke_token(token.id, by="test")
    yield {
        "a revoked session": signed_in.headers(revoked),
        "a disabled user": signed_in.headers(disabled),
        "a changed password": signed_in.headers(changed),
        "an idle session": signed_in.headers(idle),
        "an old session": signed_in.headers(old),
        "a revoked token": signed_in.bearer(secret),
        "an expired token": await signed_in.token(access, *RIGHTS, expires_s=time.time() - 1.0),
        "a forged cookie": signed_in.headers(revoked) | {"cookie": f"smartstore_session={'A' * 43}"},
        "a forged token": signed_in.bearer("sst_" + "A" * 43),
        "a forged machine": signed_in.bearer("ssm_" + "A" * 43),
    }
    await access.change_user("gone", disabled=False, by="test")


async def test_what_has_ended_is_nobody(shop: Shop, ended: dict[str, Headers]) -> None:
    for what, headers in ended.items():
        assert await differences(shop, headers, rights=None, person=False) == {}, what


async def test_a_token_that_proves_nothing_is_not_helped_by_a_cookie(shop: Shop) -> None:
    opened = await signed_in.session(shop.store.access)
    for proof in ("Bearer sst_wrong", "Basic YTpi", "Bearer", "sst_wrong"):
        headers = signed_in.headers(opened) | {"authorization": proof}
        assert await shop.ask(("GET", "/api/v1/snapshot"), headers) == "signed_out", proof


async def test_the_shoppers_screen_needs_no_login_on_the_machine_itself(shop: Shop) -> None:
    kiosk = [endpoint for endpoint, need in NEEDS.items() if need.right == "kiosk"]
    assert kiosk
    for endpoint in kiosk:
        assert await shop.ask(endpoint, {}) == LET_THROUGH
        assert await shop.ask(endpoint, {}, client=("::1", 1)) == LET_THROUGH
        assert await shop.ask(endpoint, {}, client=ELSEWHERE) == "signed_out"
        assert await shop.ask(endpoint, {"x-forwarded-for": "127.0.0.1"}, client=ELSEWHERE) == "signed_out"
        for header in ("x-forwarded-for", "forwarded", "x-real-ip", "via", "x-forwarded-proto"):
            assert await shop.ask(endpoint, {header: "127.0.0.1"}) == "signed_out", header
    others = {endpoint: need for endpoint, need in NEEDS.items() if need.right not in {None, "kiosk"}}
    for endpoint in others:
        assert await shop.ask(endpoint, {}) == "signed_out", endpoint


async def test_a_name_that_others_may_ask_under_is_not_the_machine_itself() -> None:
    store = ShownStore()
    shop = Shop(create_app(store, WebSettings(allowed_hosts=("127.0.0.1", "store.example"))), store)
    endpoint = ("GET", "/api/v1/kiosk/snapshot")
    assert await shop.ask(endpoint, {"host": "store.example"}) == "signed_out"
    assert await shop.ask(endpoint, {"host": "127.0.0.1:8080"}) == LET_THROUGH


def test_the_roles_are_those_of_the_house() -> None:
    see = {"see"}
    operator = see | {"pictures", "let_in", "service", "review", "stock"}
    assert {
        "viewer": see,
        "operator": operator,
        "manager": operator | {"goods", "audit", "settings", "users"},
        "technician": see | {"pictures", "service", "stock", "devices", "settings", "restart", "audit"},
        "admin": set(RIGHTS),
    } == ROLE_RIGHTS


def test_what_opens_doors_and_gives_rights_wants_the_password_again() -> None:
    for path in ("entries", "users", "users/{name}", "users/{name}/password-reset", "tokens", "tokens/{token}/revoke", "restart"):
        assert NEEDS["POST", f"/api/v1/{path}"].step_up, path


def test_nothing_is_served_without_a_line_in_the_table_and_no_line_is_left_over() -> None:
    router = APIRouter()
    router.add_api_route("/api/v1/new", lambda: None, methods=["POST"])
    access = ShownStore().access
    with pytest.raises(ValueError, match="no line for POST /api/v1/new"):
        Gate(access, router.routes, {})
    with pytest.raises(ValueError, match="what no route serves: GET /api/v1/old"):
        Gate(access, [], {("GET", "/api/v1/old"): Need(right="see")})
    Gate(access, [Route("/x", lambda _: None)], {("GET", "/x"): Need(right="see")})


async def test_a_route_that_nobody_told_the_gate_of_is_not_served() -> None:
    store = ShownStore()
    app = create_app(store, WebSettings())

    @app.get("/api/v1/forgotten")
    async def forgotten() -> str:
        return "secret"

    async with signed_in.asked_in_process(app, signed_in.machine(store.access)) as client:
        reply = await client.get("/api/v1/forgotten")
    assert (reply.status_code, reply.json()["code"]) == (404, "not_found")
