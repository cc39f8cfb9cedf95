"""A real browser for the tests of the pages, and a page that is loaded, live, and watched for what it asks for and complains about."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, Page, async_playwright, expect

from edge.access.rights import Role
from tests.web.signed_in import cookies

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--disable-sync",
]
PANEL = "http://127.0.0.1:9999/shopper"  # where the tests' simulated shopper has its controls; answered inside the browser
SOON_MS = 10_000
BACK_MS = 30_000  # ms; the longest pause of a page between two tries to reach the store is half of it
LIVE = ".line-state[data-line=live]"


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Debian's Chromium without a window."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@asynccontextmanager
async def opened(
    browser: Browser,
    url: str,
    place: str = "/",
    *,
    complaints: list[str] | None = None,
    awaited: str = LIVE,
    role: Role | None = "admin",
    **how: Any,
) -> AsyncIterator[Page]:
    """The page at ``place`` once ``awaited`` is on it, for somebody with this role; the shopper's screen is nobody's. ``complaints``
    collects what the console says; without it there must be none, and a violation of the content policy is one. Nothing may be asked of
    anybody but the store and the shopper's controls."""
    context = await browser.new_context(**{"locale": "en-GB", "timezone_id": "UTC", "reduced_motion": "reduce", **how})
    if role is not None and not place.startswith("/kiosk"):
        await context.add_cookies(await cookies(url, role))
    page = await context.new_page()
    heard = complaints if complaints is not None else []
    asked: list[str] = []
    page.on("console", lambda message: heard.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(url + place)
    await expect(page.locator(awaited)).to_be_visible(timeout=SOON_MS)
    yield page
    assert all(each.startswith((f"{url}/", PANEL)) for each in asked), "nothing is loaded from elsewhere"
    if complaints is None:
        assert heard == [], heard
    await context.close()
