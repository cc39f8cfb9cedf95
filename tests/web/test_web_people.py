"""Who somebody is, where they are signed in, and whom they may let in: over the API, as the store's own page asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from edge.access.passwords import SHORTEST
from edge.access.records import Opened
from edge.access.rights import ALL, ROLE_RIGHTS, Role
from edge.web.app import create_app
from edge.web.cookies import CSRF_COOKIE, SESSION_COOKIE
from edge.web.front import AuditRow
from edge.web.settings import WebSettings
from tests.web import signed_in
from tests.web.shown_store import ShownStore

NEW_PASSWORD = "seven wooden bridges"


@pytest.fixture
def store() -> ShownStore:
    return ShownStore()


@pytest.fixture
def app(store: ShownStore) -> FastAPI:
    return create_app(store, WebSettings())


@asynccontextmanager
async def asking(app: FastAPI, store: ShownStore, role: Role, opened: Opened | None = None) -> AsyncIterator[httpx.AsyncClient]:
    headers = signed_in.headers(opened or await signed_in.session(store.access, role))
    async with signed_in.asked_in_process(app, headers) as client:
        yield client


async def act(client: httpx.AsyncClient, place: str, **body: Any) -> httpx.Response:
    return await client.post(f"/api/v1/{place}", json=body)


def refused(reply: httpx.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["code"]


async def test_everybody_is_told_who_they_are_and_what_they_may_do(app: FastAPI, store: ShownStore) -> None:
    async with asking(app, store, "manager") as client:
        me = (await client.get("/api/v1/me")).json()
    assert (me["name"], me["kind"], me["role"]) == ("manager-1", "session", "manager")
    assert set(me["rights"]) == ROLE_RIGHTS["manager"]
    assert me["manages"] == ["viewer", "operator"]
    assert me["confirmed_until_unix_s"] is not None
    async with signed_in.asked_in_process(app, await signed_in.token(store.access, "metrics")) as client:
        me = (await client.get("/api/v1/me")).json()
    assert (me["kind"], me["role"], me["rights"], me["manages"], me["confirmed_until_unix_s"]) == ("token", None, ["metrics"], [], None)


async def test_a_password_given_again_opens_what_wants_it(app: FastAPI, store: ShownStore) -> None:
    async with asking(app, store, "admin") as client:
        await store.access._write(lambda db: db.execute("UPDATE session SET confirmed_s = 0"))
        assert refused(await act(client, "entries", **{"pass": "ss1.x"})) == (403, "step_up")
        assert refused(await act(client, "me/step-up", password="not this one")) == (403, "wrong_password")
        assert refused(await act(client, "entries", **{"pass": "ss1.x"})) == (403, "step_up")
        assert (await act(client, "me/step-up", password=signed_in.PASSWORD)).json()["name"] == "admin-1"
        assert (await act(client, "entries", **{"pass": "ss1.x"})).json()["accepted"] is True


async def test_guessing_the_password_again_gets_slower(app: FastAPI, store: ShownStore) -> None:
    async with asking(app, store, "viewer") as client:
        codes = [refused(await act(client, "me/step-up", password=f"guess {number}")) for number in range(6)]
        assert codes == [(403, "wrong_password")] * 4 + [(429, "slow_down")] * 2
        waiting = await act(client, "me/step-up", password=signed_in.PASSWORD)
        assert waiting.status_code == 429, "also the right one waits"
        assert int(waiting.headers["retry-after"]) >= 1


async def test_another_password_signs_out_everywhere_else(app: FastAPI, store: ShownStore) -> None:
    elsewhere = await signed_in.session(store.access, "viewer")
    async with asking(app, store, "viewer") as client:
        assert refused(await act(client, "me/password", password="wrong", new_password=NEW_PASSWORD)) == (403, "wrong_password")
        short = await act(client, "me/password", password=signed_in.PASSWORD, new_password="x" * (SHORTEST - 1))
        assert refused(short) == (422, "password_short")
        reply = await act(client, "me/password", password=signed_in.PASSWORD, new_password=NEW_PASSWORD)
        assert reply.status_code == 200
        assert (await client.get("/api/v1/me")).status_code == 401, "the session of before is over"
        cookies = [each.split(";")[0].partition("=") for each in reply.headers.get_list("set-cookie")]
        kept = {name: value for name, _, value in cookies}
        assert [each for each in reply.headers.get_list("set-cookie") if each.startswith(SESSION_COOKIE) and "HttpOnly" in each]
        assert all("SameSite=strict" in each for each in reply.headers.get_list("set-cookie"))
        page = {"cookie": f"{SESSION_COOKIE}={kept[SESSION_COOKIE]}", "x-csrf-token": kept[CSRF_COOKIE]}
        assert (await client.get("/api/v1/me", headers=page)).status_code == 200
    assert store.access.session_of(elsewhere.cookie) is None
    assert await store.access.check_password("viewer-1", NEW_PASSWORD, address="", near=True) is not None


async def test_somebody_sees_where_they_are_signed_in_and_ends_it(app: FastAPI, store: ShownStore) -> None:
    first, second, mine = [await signed_in.session(store.access, "viewer") for _ in range(3)]
    other = await signed_in.session(store.access, "operator")
    async with asking(app, store, "viewer", mine) as client:
        rows = (await client.get("/api/v1/me/sessions")).json()["sessions"]
        assert {row["session"] for row in rows} == {first.session.id, second.session.id, mine.session.id}
        assert [row["session"] for row in rows if row["this"]] == [mine.session.id]
        assert {(row["address"], row["agent"]) for row in rows} == {("127.0.0.1", "test")}
        assert (await act(client, "me/sessions/revoke", session=first.session.id)).json() == {"ended": 1}
        assert store.access.session_of(first.cookie) is None
        assert refused(await act(client, "me/sessions/revoke", session=other.session.id)) == (404, "unknown_session")
        assert store.access.session_of(other.cookie) is not None
        assert (await act(client, "me/sessions/revoke")).json() == {"ended": 1}
        assert store.access.session_of(second.cookie) is None
        reply = await act(client, "logout")
        assert reply.json() == {"ended": 1}
        assert all('=""' in each for each in reply.headers.get_list("set-cookie"))
        assert (await client.get("/api/v1/me")).status_code == 401


async def test_somebody_new_chooses_a_password_by_a_link_that_is_good_once(app: FastAPI, store: ShownStore) -> None:
    async with asking(app, store, "admin") as client:
        assert refused(await act(client, "users", name="Kim Lee", role="operator")) == (422, "bad_name")
        invited = (await act(client, "users", name=" Kim.Lee ", role="operator")).json()
        assert refused(await act(client, "users", name="kim.LEE", role="viewer")) == (409, "taken")
        (kim,) = [row for row in (await client.get("/api/v1/users")).json()["users"] if row["name"] == "kim.lee"]
    assert (kim["role"], kim["has_password"], kim["disabled"], kim["manageable"]) == ("operator", False, False, True)
    secret = invited["link"].removeprefix("/enter/")
    link = await store.access.take_link(secret)
    assert link is not None
    assert (link.purpose, link.user) == ("password", "kim.lee")
    assert await store.access.take_link(secret) is None


async def test_nobody_manages_their_equals_or_gives_what_they_have_not(app: FastAPI, store: ShownStore) -> None:
    for role in ("admin", "manager", "technician", "operator", "viewer"):
        await store.access.create_user(f"a-{role}", role, signed_in.PASSWORD, by="test")
    async with asking(app, store, "manager") as client:
        for role in ("admin", "manager", "technician"):
            assert refused(await act(client, "users", name="new", role=role)) == (403, "not_allowed")
            assert refused(await act(client, f"users/a-{role}", disabled=True)) == (403, "not_allowed")
            assert refused(await act(client, f"users/a-{role}/password-reset")) == (403, "not_allowed")
            assert refused(await act(client, "users/a-viewer", role=role)) == (403, "not_allowed")
        assert (await act(client, "users/a-viewer", role="operator")).json()["role"] == "operator"
        assert (await act(client, "users/a-operator", disabled=True)).json()["disabled"] is True
        for right in ALL - ROLE_RIGHTS["manager"]:
            assert refused(await act(client, "tokens", name="x", rights=["see", right], expires_days=1)) == (403, "not_allowed")
        _, strong = await store.access.make_token("strong", ALL, expires_s=None, by="test")
        assert refused(await act(client, f"tokens/{strong.id}/revoke")) == (403, "not_allowed")
        shown = {row["name"]: row["manageable"] for row in (await client.get("/api/v1/users")).json()["users"] if "-" in row["name"]}
    assert shown == {"a-admin": False, "a-manager": False, "a-technician": False, "a-operator": True, "a-viewer": True, "manager-1": False}
    assert store.access.user("a-admin") == store.access.user("A-Admin")


async def test_a_token_that_manages_users_makes_none_that_may_more_than_it(app: FastAPI, store: ShownStore) -> None:
    async with signed_in.asked_in_process(app, await signed_in.token(store.access, "users", "see")) as client:
        assert (await act(client, "users", name="new", role="viewer")).status_code == 200
        for role in ("operator", "manager", "technician", "admin"):
            assert refused(await act(client, "users", name=f"new-{role}", role=role)) == (403, "not_allowed")
        assert refused(await act(client, "tokens", name="x", rights=["devices"], expires_days=None)) == (403, "not_allowed")


async def test_the_last_admin_stays(app: FastAPI, store: ShownStore) -> None:
    async with asking(app, store, "admin") as client:
        assert refused(await act(client, "users/admin-1", disabled=True)) == (409, "last_admin")
        assert refused(await act(client, "users/admin-1", role="viewer")) == (409, "last_admin")
        await act(client, "users", name="second", role="admin")
        assert refused(await act(client, "users/admin-1", disabled=True)) == (409, "last_admin"), "who has no password yet does not count"
        await store.access.set_password("second", signed_in.PASSWORD, by="test")
        assert (await act(client, "users/admin-1", role="viewer")).json()["role"] == "viewer"
        assert refused(await act(client, "users", name="third", role="viewer")) == (403, "not_allowed"), "another role holds at once"


async def test_a_token_is_told_once_and_holds_what_it_was_given(app: FastAPI, store: ShownStore) -> None:
    async with asking(app, store, "admin") as client:
        made = (await act(client, "tokens", name="prometheus", rights=["metrics"], expires_days=30)).json()
        assert refused(await act(client, "tokens", name="prometheus", rights=["see"], expires_days=None)) == (409, "taken")
        listed = await client.get("/api/v1/tokens")
        assert made["secret"] not in listed.text
        (row,) = listed.json()["tokens"]
        assert (row["name"], row["rights"], row["made_by"], row["expired"], row["used_unix_s"]) == (
            "prometheus",
            ["metrics"],
            "admin-1",
            False,
            None,
        )
        async with signed_in.asked_in_process(app, signed_in.bearer(made["secret"])) as scraper:
            assert (await scraper.get("/metrics")).status_code == 200
            assert refused(await scraper.get("/api/v1/snapshot")) == (403, "not_allowed")
        await act(client, f"tokens/{row['token']}/revoke")
        async with signed_in.asked_in_process(app, signed_in.bearer(made["secret"])) as scraper:
            assert (await scraper.get("/metrics")).status_code == 401
        good = {"name": "x", "rights": ["see"], "expires_days": None}
        for field, wrong in (
            ("rights", []),
            ("rights", ["all"]),
            ("expires_days", 0),
            ("expires_days", "soon"),
            ("name", ""),
            ("by", "kim"),
        ):
            assert (await act(client, "tokens", **{**good, field: wrong})).status_code == 422, (field, wrong)


async def test_every_change_is_told_with_who_made_it_and_no_secret(app: FastAPI, store: ShownStore) -> None:
    async with asking(app, store, "admin") as client:
        await store.access.told(10**6)
        invited = (await act(client, "users", name="kim", role="operator")).json()
        await act(client, "users/kim", role="viewer", disabled=True)
        made = (await act(client, "tokens", name="till", rights=["let_in"], expires_days=None)).json()
        await act(client, f"tokens/{made['token']['token']}/revoke")
        await act(client, "logout")
    told = [(change.action, change.by, change.detail) for change in store.access.untold()]
    token = made["token"]["token"]
    assert told == [
        ("user_created", "admin-1", "kim, operator"),
        ("link_made", "admin-1", "kim, password"),
        ("role_changed", "admin-1", "kim: operator, now viewer"),
        ("user_disabled", "admin-1", "kim"),
        ("token_made", "admin-1", f"till ({token}): let_in"),
        ("token_revoked", "admin-1", f"till ({token})"),
        ("signed_out", "admin-1", "admin-1, 127.0.0.1"),
    ]
    assert not any(secret in str(told) for secret in (invited["link"], made["secret"]))


async def test_the_audit_record_is_read_in_pages_by_action_and_by_whom(app: FastAPI, store: ShownStore) -> None:
    store.audited = [
        AuditRow(number=number, at_unix_s=1e9 + number, action=("entry_refused", "signed_in")[number % 2], by=f"p{number % 3}", detail="")
        for number in range(1, 11)
    ]
    async with asking(app, store, "manager") as client:
        seen: list[int] = []
        before: int | None = None
        while True:
            asked = {"limit": 4} | ({} if before is None else {"before": before})
            page = (await client.get("/api/v1/audit", params=asked)).json()
            seen += [row["number"] for row in page["rows"]]
            before = page["next_before"]
            if before is None:
                break
        assert seen == list(range(10, 0, -1))
        assert page["actions"] == ["entry_refused", "signed_in"]
        both = (await client.get("/api/v1/audit", params={"action": "signed_in", "by": "p0"})).json()
        assert [row["number"] for row in both["rows"]] == [9, 3]
        for wrong in ("limit=0", "limit=201", "before=0", "before=x", "action=DROP%20TABLE", "action=", "by="):
            assert (await client.get(f"/api/v1/audit?{wrong}")).status_code == 422, wrong
