"""A browser without scripts before the plain pages, and what it sees on them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape

import httpx
from fastapi import FastAPI

from edge.access.store import AccessStore
from edge.web.gate import Gate
from edge.web.guard import Guard
from edge.web.needs import NEEDS
from edge.web.plain.routes import plain
from edge.web.settings import WebSettings
from tests.web.signed_in import PASSWORD, access_of_tests

HERE = "http://127.0.0.1:8080"
STORE = 'Corner <b>shop</b> & "friends"'
WAYS_IN = {"login", "setup", "recover", "enter", "signed-out"}
NEEDED = {endpoint: need for endpoint, need in NEEDS.items() if endpoint[1].split("/")[1] in WAYS_IN}
HOSTILE = "\"><script>alert(1)</script>'`&lt;"


async def known_store() -> AccessStore:
    """A store with one admin, ann."""
    access = access_of_tests(set_up=False)
    await access.create_user("ann", "admin", PASSWORD, by="test")
    return access


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
