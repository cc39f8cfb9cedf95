"""The way in without a browser: what hostile forms, old links, foreign addresses and two first runs at once come to."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape

import httpx
import pytest
from fastapi import FastAPI

from edge.access.store import AccessStore
from edge.access.tickets import new_secret, new_typed
from edge.web.gate import Gate
from edge.web.guard import Guard
from edge.web.needs import NEEDS
from edge.web.plain.routes import plain
from edge.web.settings import WebSettings
from tests.web.signed_in import PASSWORD, access_of_tests

HERE = "http://127.0.0.1:8080"
NEW = "another horse with batteries"
HOSTILE = "\"><script>alert(1)</script>'`&lt;"
STORE = 'Corner <b>shop</b> & "friends"'
WAYS_IN = {"login", "setup", "recover", "enter", "signed-out"}
NEEDED = {endpoint: need for endpoint, need in NEEDS.items() if endpoint[1].split("/")[1] in WAYS_IN}
PLACES = ("/login", "/setup", "/recover", "/signed-out", "/enter/abc")


@asynccontextmanager
async def browser(access: AccessStore) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without scripts before the plain pages alone, behind the guard and the gate."""
    routes = plain(lambda: STORE, access, None)
    app = FastAPI()
    app.include_router(routes)
    app.add_middleware(Guard, settings=WebSettings(), gate=Gate(access, routes.routes, NEEDED))
    headers = {"origin": HERE, "accept-language": "en"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=HERE, headers=headers) as client:
        yield client


@pytest.fixture
def fresh() -> AccessStore:
    """A store that nobody has set up."""
    return access_of_tests(set_up=False)


@pytest.fixture
async def known() -> AccessStore:
    """A store with one admin, ann."""
    access = access_of_tests(set_up=False)
    await access.create_user("ann", "admin", PASSWORD, by="test")
    return access


async def sealed(client: httpx.AsyncClient, place: str) -> dict[str, str]:
    """The hidden fields of the form at ``place``."""
    text = (await client.get(place)).text
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', text)
    assert found, text
    return {name: unescape(value) for name, value in found}


async def sent(client: httpx.AsyncClient, place: str, **fields: str) -> httpx.Response:
    """The form at ``place`` opened, filled in and sent."""
    return await client.post(place, data={**await sealed(client, place), **fields})


def beside(reply: httpx.Response) -> dict[str, str]:
    """What is said beside which field."""
    return {name: unescape(words) for name, words in re.findall(r'<p id="(\w+)-problem"[^>]*>([^<]+)</p>', reply.text)}


def above(reply: httpx.Response) -> str:
    """What is said above the form."""
    found = re.search(r'role="alert"><p>([^<]+)</p>', reply.text)
    return unescape(found[1]) if found else ""


def typed_into(reply: httpx.Response, name: str) -> str | None:
    """What stands in a field; None where nothing does."""
    (field,) = re.findall(rf'<input id="{name}"[^>]*>', reply.text)
    value = re.search(r' value="([^"]*)"', field)
    return unescape(value[1]) if value else None


def session_in(reply: httpx.Response) -> str | None:
    """The cookie of the session that the answer gives."""
    found = [cookie for cookie in reply.headers.get_list("set-cookie") if cookie.startswith("smartstore_session=")]
    return found[0].partition("=")[2].partition(";")[0].strip('"') or None if found else None


def written_code(reply: httpx.Response) -> str:
    """The recovery code on the page."""
    found = re.search(r"<dd><code translate=\"no\">(.*?)</code>", reply.text)
    assert found is not None, reply.text
    return found[1].replace("<wbr>", "")


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


# forms from elsewhere


@pytest.mark.parametrize("place", PLACES)
async def test_a_form_of_another_site_is_refused(known: AccessStore, place: str) -> None:
    async with browser(known) as client:
        form = await sealed(client, "/login")
        for headers in (
            {"origin": "https://evil.example"},
            {"origin": "null"},
            {"origin": ""},
            {"origin": HERE, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
        ):
            reply = await client.post(place, data={**form, "name": "ann", "password": PASSWORD}, headers=headers)
            assert (reply.status_code, session_in(reply)) == (403, None)
        for kind in ("application/json", "text/plain", "multipart/form-data; boundary=x", ""):
            reply = await client.post(place, content=b"name=ann", headers={"content-type": kind})
            assert reply.status_code == 415
    assert known.sessions("ann") == ()


async def test_a_form_needs_the_browser_that_was_shown_it(known: AccessStore) -> None:
    async with browser(known) as client, browser(known) as other:
        form = {**await sealed(client, "/login"), "name": "ann", "password": PASSWORD}
        for sender, fields in (
            (other, form),
            (client, {**form, "form": ""}),
            (client, {**form, "form": await _seal_of(client, "/recover")}),
            (client, {name: value for name, value in form.items() if name != "form"}),
        ):
            reply = await sender.post("/login", data=fields)
            assert (reply.status_code, session_in(reply)) == (403, None)
            assert "Send it once more" in above(reply)
            assert typed_into(reply, "name") == "ann"
        assert (await client.post("/login", data=form)).status_code == 303


async def _seal_of(client: httpx.AsyncClient, place: str) -> str:
    return (await sealed(client, place))["form"]


async def test_a_sign_out_from_elsewhere_does_nothing(known: AccessStore) -> None:
    async with browser(known) as client:
        await sent(client, "/login", name="ann", password=PASSWORD)
        reply = await client.post("/signed-out", data={"form": "1.x"})
    assert reply.status_code == 303
    assert len(known.sessions("ann")) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"name=a&name=b", 400), (b"%00=%00&name=%00", 400), (b"name=\xff", 400), (b"a" * 9000, 413), (b"&" * 500, 400), (b"", 403)],
)
async def test_odd_bodies_get_an_orderly_answer(known: AccessStore, body: bytes, status: int) -> None:
    async with browser(known) as client:
        for place in ("/login", "/recover"):
            reply = await client.post(place, content=body, headers={"content-type": "application/x-www-form-urlencoded"})
            assert reply.status_code == status
            assert "Traceback" not in reply.text


# what every page carries


@pytest.mark.parametrize("place", PLACES)
async def test_every_page_has_its_policy_and_both_languages(known: AccessStore, place: str) -> None:
    async with browser(known) as client:
        english = await client.get(place)
        chinese = await client.get(place, headers={"accept-language": "zh-CN,zh;q=0.9"})
    policy = english.headers["content-security-policy"]
    assert "form-action 'self'" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert english.headers["referrer-policy"] == "same-origin"
    assert english.headers["x-frame-options"] == "DENY"
    assert english.headers["cache-control"] == "no-store"
    assert '<html lang="en">' in english.text
    assert '<html lang="zh">' in chinese.text
    assert chinese.headers["content-language"] == "zh"
    assert "<script" not in english.text
    assert "Corner &lt;b&gt;shop&lt;/b&gt;" in english.text


async def test_a_chosen_language_stays(known: AccessStore) -> None:
    async with browser(known) as client:
        page = await client.get("/login?next=/stock")
        (link,) = re.findall(r'<a href="([^"]+)" lang="zh"', page.text)
        assert '<html lang="zh">' in (await client.get(unescape(link))).text
        assert '<html lang="zh">' in (await client.get("/recover")).text
        assert '<html lang="en">' in (await client.get("/recover?language=en")).text
        assert '<html lang="en">' in (await client.get("/recover?language=%3Cscript%3E")).text
