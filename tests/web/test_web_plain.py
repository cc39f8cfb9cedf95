"""The way in without a browser: what becomes of first runs, passwords, recovery codes and links, well and badly used."""

from __future__ import annotations

import asyncio
import re

import pytest

from edge.access.store import AccessStore
from edge.access.tickets import new_secret, new_typed
from tests.web.plain_browser import HOSTILE, above, beside, browser, known_store, sealed, sent, session_in, typed_into, written_code
from tests.web.signed_in import PASSWORD, access_of_tests

NEW = "another horse with batteries"


@pytest.fixture
def fresh() -> AccessStore:
    """A store that nobody has set up."""
    return access_of_tests(set_up=False)


@pytest.fixture
async def known() -> AccessStore:
    return await known_store()


# the first run


async def test_the_first_user_is_made_by_the_token_and_gets_a_code_once(fresh: AccessStore) -> None:
    token = await fresh.setup_token()
    assert token is not None
    async with browser(fresh) as client:
        assert (await client.get("/login")).headers["location"] == "/setup"
        assert (await client.get("/recover")).headers["location"] == "/setup"
        reply = await sent(client, "/setup", token=token.lower(), name="Ann", password=PASSWORD, again=PASSWORD)
        assert reply.status_code == 200
        assert reply.headers["cache-control"] == "no-store"
        cookie = session_in(reply)
        assert cookie is not None
        assert (found := fresh.session_of(cookie)) is not None
        assert (found.user, found.role) == ("ann", "admin")
        code = written_code(reply)
        again = await client.get("/setup")
    assert again.status_code == 410
    assert code not in again.text
    assert await fresh.recover("ann", code, NEW, address="10.0.0.1") is not None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"token": "ABCD-EFGH"}, {"token": "not the setup token"}),
        ({"token": ""}, {"token": "Fill this in"}),
        ({"token": "x" * 129}, {"token": "too long"}),
        ({"name": HOSTILE}, {"name": "1 to 40 letters"}),
        ({"password": "short", "again": "short"}, {"password": "at least 12"}),
        ({"password": "passwordpassword", "again": "passwordpassword"}, {"password": "Too many people"}),
        ({"password": "x" * 257, "again": "x" * 257}, {"password": "too long", "again": "too long"}),
        ({"again": NEW}, {"again": "not the same"}),
        ({"name": "", "password": "", "again": ""}, {"name": "Fill", "password": "Fill", "again": "Fill"}),
    ],
)
async def test_a_mistake_is_said_beside_its_field_and_what_was_typed_stays(
    fresh: AccessStore, wrong: dict[str, str], said: dict[str, str]
) -> None:
    token = await fresh.setup_token()
    assert token is not None
    filled = {"token": token, "name": "Ann", "password": PASSWORD, "again": PASSWORD} | wrong
    async with browser(fresh) as client:
        reply = await sent(client, "/setup", **filled)
        found = beside(reply)
        assert reply.status_code == 422
        assert found.keys() == said.keys()
        assert all(words in found[name] for name, words in said.items())
        assert [typed_into(reply, name) for name in ("token", "name")] == [filled["token"][:128], filled["name"]]
        assert [typed_into(reply, name) for name in ("password", "again")] == [None, None]
        assert PASSWORD not in reply.text
        assert "<title>Please mend: " in reply.text
        assert fresh.empty
        mended = await sent(client, "/setup", token=token, name="Ann", password=PASSWORD, again=PASSWORD)
    assert mended.status_code == 200


async def test_of_two_first_runs_at_once_one_counts(fresh: AccessStore) -> None:
    token = await fresh.setup_token()
    assert token is not None
    async with browser(fresh) as one, browser(fresh) as other:
        forms = [await sealed(client, "/setup") for client in (one, other)]
        both = await asyncio.gather(
            *(
                client.post("/setup", data={**form, "token": token, "name": name, "password": PASSWORD, "again": PASSWORD})
                for client, form, name in zip((one, other), forms, ("ann", "bob"), strict=True)
            )
        )
    assert sorted(reply.status_code for reply in both) == [200, 410]
    assert len(fresh.users()) == 1
    assert sum(session_in(reply) is not None for reply in both) == 1


async def test_a_used_setup_token_makes_no_second_admin(fresh: AccessStore) -> None:
    token = await fresh.setup_token()
    assert token is not None
    async with browser(fresh) as client:
        form = await sealed(client, "/setup")
        filled = {**form, "token": token, "password": PASSWORD, "again": PASSWORD}
        assert (await client.post("/setup", data={**filled, "name": "ann"})).status_code == 200
        replayed = await client.post("/setup", data={**filled, "name": "mallory"})
    assert replayed.status_code == 410
    assert [user.name for user in fresh.users()] == ["ann"]


# signing in and out


async def test_signing_in_leads_on_and_out_again(known: AccessStore) -> None:
    async with browser(known) as client:
        reply = await sent(client, "/login?next=%2Freview", name=" ANN ", password=PASSWORD)
        assert (reply.status_code, reply.headers["location"]) == (303, "/review")
        cookies = {cookie.partition("=")[0]: cookie.lower() for cookie in reply.headers.get_list("set-cookie")}
        assert "httponly" in cookies["smartstore_session"]
        assert "httponly" not in cookies["smartstore_csrf"]
        assert all("samesite=strict" in cookie for cookie in cookies.values())
        assert (await client.get("/login?next=/stock")).headers["location"] == "/stock"
        asked = await client.get("/signed-out")
        assert "You are signed in as ann." in asked.text
        out = await sent(client, "/signed-out")
        assert (out.status_code, out.headers["location"]) == (303, "/signed-out")
        assert "You are signed out" in (await client.get("/signed-out")).text
    assert known.sessions("ann") == ()


async def test_signing_in_anew_ends_the_session_before(known: AccessStore) -> None:
    await known.create_user("bob", "viewer", PASSWORD, by="test")
    async with browser(known) as client:
        form = await sealed(client, "/login")
        for name in ("ann", "bob"):
            assert (await client.post("/login", data={**form, "name": name, "password": PASSWORD})).status_code == 303
    assert (len(known.sessions("ann")), len(known.sessions("bob"))) == (0, 1)


@pytest.mark.parametrize("name", ["ann", "nobody", HOSTILE, "x" * 64])
async def test_a_wrong_password_is_told_alike_for_every_name(known: AccessStore, name: str) -> None:
    async with browser(known) as client:
        reply = await sent(client, "/login", name=name, password="wrong wrong wrong")
    assert reply.status_code == 403
    assert above(reply) == "Name or password is wrong."
    assert typed_into(reply, "name") == name
    assert "wrong wrong wrong" not in reply.text
    assert "<script" not in reply.text
    assert session_in(reply) is None


async def test_guessing_is_slowed_down_in_the_readers_words(known: AccessStore) -> None:
    async with browser(known) as client:
        for _ in range(4):
            reply = await sent(client, "/login", name="ann", password="wrong wrong wrong")
        reply = await sent(client, "/login", name="ann", password=PASSWORD)
        assert reply.status_code == 429
        assert int(reply.headers["retry-after"]) >= 1
        assert re.fullmatch(r"Too many tries\. Try again after \d+ s\.", above(reply))
        in_chinese = await sent(client, "/login?language=zh", name="ann", password=PASSWORD)
    assert "尝试次数过多" in in_chinese.text


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", HOSTILE])
async def test_nobody_is_led_away(known: AccessStore, target: str) -> None:
    async with browser(known) as client:
        page = await client.get("/login", params={"next": target})
        assert "evil" not in page.text
        assert "<script" not in page.text
        form = await sealed(client, "/login")
        reply = await client.post("/login", data={**form, "next": target, "name": "ann", "password": PASSWORD})
        assert reply.headers["location"] == "/"
        assert (await client.get("/login", params={"next": target})).headers["location"] == "/"


# recovery and links


async def test_the_recovery_code_gives_a_password_and_the_next_code(known: AccessStore) -> None:
    code = await known.make_recovery_code("ann", by="ann")
    async with browser(known) as client:
        wrong = await sent(client, "/recover", name="ann", code=new_typed(), password=NEW, again=NEW)
        assert (wrong.status_code, above(wrong)) == (403, "Name or recovery code is wrong.")
        easy = await sent(client, "/recover", name="ann", code=code, password="short", again="short")
        assert "at least 12" in beside(easy)["password"]
        reply = await sent(client, "/recover", name="ann", code=code, password=NEW, again=NEW)
        assert (reply.status_code, session_in(reply) is not None) == (200, True)
        assert written_code(reply) != code
        used = await sent(client, "/recover", name="ann", code=code, password=PASSWORD, again=PASSWORD)
    assert used.status_code == 403
    assert await known.check_password("ann", NEW, address="10.0.0.1") is not None


async def test_a_link_signs_in_by_its_button_once(known: AccessStore) -> None:
    place = f"/enter/{await known.make_link('enter', 'ann', by='test')}"
    async with browser(known) as client, browser(known) as late:
        for _ in range(2):
            looked = await client.get(place)
            assert (looked.status_code, "Sign in as ann" in looked.text, session_in(looked)) == (200, True, None)
        form = await sealed(late, place)
        reply = await sent(client, place)
        assert (reply.status_code, reply.headers["location"], session_in(reply) is not None) == (303, "/", True)
        again = await late.post(place, data=form)
        assert (again.status_code, session_in(again)) == (410, None)
        assert "does not work any more" in (await client.get(place)).text


async def test_two_presses_of_one_link_sign_in_once(known: AccessStore) -> None:
    place = f"/enter/{await known.make_link('enter', 'ann', by='test')}"
    async with browser(known) as client:
        form = await sealed(client, place)
        both = await asyncio.gather(*(client.post(place, data=form) for _ in range(2)))
    assert sorted(reply.status_code for reply in both) == [303, 410]


async def test_a_link_for_a_password_asks_for_one(known: AccessStore) -> None:
    await known.create_user("bob", "viewer", by="ann")
    place = f"/enter/{await known.make_link('password', 'bob', by='ann')}"
    async with browser(known) as client:
        easy = await sent(client, place, password="bobbobbobbob", again="bobbobbobbob")
        assert "without the name" in beside(easy)["password"]
        reply = await sent(client, place, password=NEW, again=NEW)
        assert (reply.status_code, session_in(reply) is not None) == (303, True)
        assert (await client.get(place)).status_code == 410
    assert await known.check_password("bob", NEW, address="10.0.0.1") is not None


async def test_a_link_that_is_too_old_or_of_somebody_disabled_is_gone(known: AccessStore) -> None:
    await known.create_user("bob", "viewer", PASSWORD, by="ann")
    old = await known.make_link("enter", "ann", lives_s=-1.0, by="test")
    disabled = await known.make_link("enter", "bob", by="test")
    await known.change_user("bob", disabled=True, by="ann")
    async with browser(known) as client:
        for secret in (old, disabled, new_secret(), "x" * 5000, "%3Cscript%3E", "..%2Flogin"):
            reply = await client.get(f"/enter/{secret}")
            assert reply.status_code in {404, 410}, secret[:20]
            assert "<script" not in reply.text


async def test_a_setup_token_is_no_link(fresh: AccessStore) -> None:
    token = await fresh.setup_token()
    async with browser(fresh) as client:
        assert (await client.get(f"/enter/{token}")).status_code == 410
