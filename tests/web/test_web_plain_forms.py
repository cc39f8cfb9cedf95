"""Forms and pages of the way in: what comes from elsewhere is refused, and what every page carries."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pytest

from edge.access.store import AccessStore
from tests.web.plain_browser import HERE, above, browser, known_store, sealed, sent, session_in, typed_into
from tests.web.signed_in import PASSWORD

PLACES = ("/login", "/setup", "/recover", "/signed-out", "/enter/abc")


@pytest.fixture
async def known() -> AccessStore:
    return await known_store()


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
