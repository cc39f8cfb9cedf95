"""Every page there is, at every width, light and dark: nothing runs out of the screen, and axe finds no barrier."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from edge.snapshot import StoreSnapshot
from tests.web.barriers import barriers_on, bring_axe
from tests.web.browsing import LIVE, SOON_MS, opened
from tests.web.kept_receipts import kept_receipt, watched_receipt
from tests.web.shown_eye import EYE
from tests.web.shown_store import ShownStore, broken_store, served, shopping_store

UI = Path(__file__).parents[2] / "edge" / "web" / "ui"
VALUES = {  # what stands in an address for each of its parameters
    "camera": "upper",
    "device": "relay",
    "bus": "a",
    "visit": "0193-visit-0001",
    "gtin": "04006381333931",
    "section": "visit",
    "step": "photographs",
}
PATHS = re.findall(r'\bpath: "([^"]+)"', (UI / "src" / "shell" / "routes.ts").read_text(encoding="utf-8"))
KIOSK = "/kiosk"
WIDTHS = (320, 390, 820, 1400)
HEIGHT = 900


def places(path: str) -> list[str]:
    """The addresses to open for one path of the router: with its parameters, and without where they may be left out."""
    filled = re.sub(r":(\w+)\??", lambda found: VALUES[found.group(1)], path)
    return [re.sub(r"/:\w+\?", "", path) or "/", filled] if "?" in path else [filled]


PLACES = (*dict.fromkeys(place for path in PATHS for place in places(path)), "/no-such-page", KIOSK)
STATES = {"shopping": lambda: replace(shopping_store(), eye=EYE), "broken": broken_store}


def test_the_pages_are_found_in_the_router() -> None:
    assert {"/", "/shelf", "/visits", "/visits/0193-visit-0001", "/alarms"} <= set(PLACES)


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("place", PLACES)
async def test_a_page_fits_and_has_no_barrier(browser: Browser, place: str) -> None:
    store = ShownStore(kept=[kept_receipt(1, final=False), watched_receipt(2)])
    awaited = "main h1" if place == KIOSK else f"body:has({LIVE}) main h1"
    async with served(store, stream_interval_ms=20) as url, opened(browser, url, place, awaited=awaited) as page:
        wide: list[str] = []
        barriers: list[str] = []
        await bring_axe(page)
        await page.emulate_media(color_scheme="light", reduced_motion="reduce")
        for name, state in STATES.items():
            await shown(page, store, state())
            for width in WIDTHS:
                await page.set_viewport_size({"width": width, "height": HEIGHT})
                needed = await page.evaluate("document.documentElement.scrollWidth")
                wide += [f"{name} needs {needed} of {width}"] if needed > width else []
        barriers += await barriers_on(page)
        await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        barriers += [f"dark: {each}" for each in await barriers_on(page, "color-contrast")]  # the look changes nothing else
        assert wide == []
        assert barriers == []


async def shown(page: Page, store: ShownStore, state: StoreSnapshot) -> None:
    """The page shows ``state``: everything is drawn that comes with the stream, and nothing is still loading."""
    taken = await page.evaluate("performance.now()")
    await store.show(state)
    await page.wait_for_function("taken => performance.now() > taken + 60", arg=taken)
    await expect(page.locator(".loading")).to_have_count(0, timeout=SOON_MS)
