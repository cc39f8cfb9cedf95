"""What is served as a screen: the dashboard under every address of a page, the kiosk, their files, and how long each may be kept."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from edge.web.app import create_app
from edge.web.pages import FOREVER, UI, pages
from edge.web.problem import Problem
from edge.web.settings import WebSettings
from tests.web.shown_store import ShownStore
from tests.web.test_web_routes import PLACES


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(ShownStore(), WebSettings())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1:8080") as client:
        yield client


@pytest.mark.parametrize("place", [*(place for place in PLACES if place != "/kiosk"), "/kiosks", "/visits/a/b", "/apis"])
async def test_every_page_is_the_dashboard(client: httpx.AsyncClient, place: str) -> None:
    reply = await client.get(place)
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert reply.headers["cache-control"] == "no-cache"
    assert reply.content == (UI / "index.html").read_bytes()


async def test_the_kiosk_is_a_screen_of_its_own(client: httpx.AsyncClient) -> None:
    reply = await client.get("/kiosk")
    assert reply.content == (UI / "kiosk.html").read_bytes() != (UI / "index.html").read_bytes()
    assert reply.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "place",
    ["/api", "/api/v1/nothing", "/static/nothing", "/static/ui/assets/gone.js", "/metrics/x", "/kiosk/x", "/wp-login.php", "/" + "a" * 301],
)
async def test_what_is_no_page_is_not_found(client: httpx.AsyncClient, place: str) -> None:
    reply = await client.get(place)
    assert (reply.status_code, reply.json()["code"]) == (404, "not_found")
    assert reply.headers.get("cache-control") != FOREVER


async def test_a_page_takes_no_orders_and_the_api_keeps_its_methods(client: httpx.AsyncClient) -> None:
    assert (await client.post("/visits", json={})).status_code == 405
    assert (await client.get("/api/v1/entries")).status_code == 405


@pytest.mark.parametrize("page", ["index.html", "kiosk.html"])
async def test_a_screen_loads_own_files_only_which_are_kept_for_good(client: httpx.AsyncClient, page: str) -> None:
    text = (UI / page).read_text("utf-8")
    loaded = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert any(name.endswith(".js") for name in loaded)
    assert any(name.endswith(".css") for name in loaded)
    for name in loaded:
        reply = await client.get(name)
        kind = {".js": "javascript", ".css": "text/css", ".svg": "image/svg+xml"}[Path(name).suffix]
        assert reply.status_code == 200, name
        assert kind in reply.headers["content-type"]
        assert reply.headers["cache-control"] == FOREVER
    assert (await client.get(f"/static/ui/{page}")).headers["cache-control"] == "no-cache"
    assert "://" not in text, "no external resources"
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", text), "nothing that the content policy forbids"


@pytest.mark.parametrize("way", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/ui/%2e%2e/%2e%2e/app.py", "/%2e%2e/app.py"])
async def test_no_way_leads_out_of_the_files(client: httpx.AsyncClient, way: str) -> None:
    assert (await client.get(way)).status_code == 404


async def test_a_store_without_screens_says_how_to_get_them(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    app = FastAPI()
    app.include_router(pages(WebSettings(), tmp_path))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1:8080") as client:
        with pytest.raises(Problem, match="make ui"):
            await client.get("/")
    assert "make ui" in caplog.text
