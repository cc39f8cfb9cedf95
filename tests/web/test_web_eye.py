"""Cameras on the page and in the API: what they see now, what they saw of a receipt, in a real browser with real pictures."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import cv2
import httpx
import numpy as np
import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect
from pydantic import TypeAdapter

from edge.snapshot import EyeView, StoreSnapshot
from tests.web.shown_eye import EYE, watched_store
from tests.web.shown_store import ShownStore, quiet_store, served
from tests.web.test_web_page import CHROMIUM, FLAGS, SOON_MS, opened

pytestmark = pytest.mark.asyncio(loop_scope="module")


def jpeg(shade: int, width: int = 96, height: int = 96) -> bytes:
    picture = np.full((height, width, 3), (shade, 120, 200 - shade), np.uint8)
    cv2.rectangle(picture, (width // 4, height // 4), (3 * width // 4, 3 * height // 4), (255 - shade, 60, 40), -1)
    return cv2.imencode(".jpg", picture)[1].tobytes()


PICTURES = {
    "now/upper.jpg": jpeg(40, 640, 360),
    "0193-visit-0002/upper-4/0.jpg": jpeg(10),
    "0193-visit-0002/upper-4/1.jpg": jpeg(90),
    "0193-visit-0002/lower-1/0.jpg": jpeg(160),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


async def test_the_page_shows_what_cameras_see_and_saw(browser: Browser) -> None:
    store = ShownStore(now=watched_store(), pictures=dict(PICTURES))
    async with served(store, stream_interval_ms=20) as url, opened(browser, url, viewport={"width": 1280, "height": 1600}) as page:
        await expect(page.locator("#eye-words")).to_have_text("1 of 2 cameras sees nothing. · 24 products known")
        upper, lower = page.locator('#cameras [data-key="upper"]'), page.locator('#cameras [data-key="lower"]')
        await expect(upper.locator(".pill")).to_have_text("sees")
        await expect(upper.locator(".saw")).to_contain_text("taken 31 s ago: Spring Water 0.5 l 96 %, Oat & Honey Bar 3 %")
        await expect(lower.locator(".pill")).to_have_text("sees nothing")
        await expect(lower).to_contain_text("covered, or without light")
        await page.locator("#eye-card").scroll_into_view_if_needed()
        await expect(upper.locator(".view img")).to_be_visible(timeout=SOON_MS)
        assert await upper.locator(".view img").evaluate("image => image.naturalWidth") == 640
        await expect(upper.locator(".crops img")).to_have_count(2, timeout=SOON_MS)
        await expect(lower.locator(".view")).to_have_text("No picture yet.")

        await page.locator("#receipts summary").first.click()
        bill = page.locator("#receipts > li").first
        water = bill.locator(".lines > li").first
        await expect(water).to_contain_text("P1 −1,040.3 g")
        await expect(water.locator(".sights")).to_contain_text("Seen by upper over P1, P2 at ")
        await expect(water.locator(".sights")).to_contain_text("Spring Water 0.5 l 96 %, Oat & Honey Bar 3 % · barcode 4006381333931")
        await water.scroll_into_view_if_needed()
        await expect(water.locator(".crops img")).to_have_count(2, timeout=SOON_MS)
        await expect(bill).to_contain_text("that part goes by weight alone.")
        traced = bill.locator(".trace svg")
        await expect(traced).to_have_attribute("aria-label", re.compile("^Weight over the visit: P1 −1,040 g"))
        assert await traced.locator(".trace-line").count() == await traced.locator(".trace-plate").count()
        await expect(traced.locator('g:has(> .trace-plate:text-is("P1")) .trace-hand')).to_have_count(1)
        await expect(bill.locator("details > .sights")).to_contain_text(
            "Seen by lower over P3, put back: Cola 0.33 l 81 %, none of the known products 19 %"
        )
        await expect(bill.locator("details > .sights")).to_contain_text("cannot be said what")

        store.pictures["now/upper.jpg"] = jpeg(200, 320, 180)
        await expect(upper.locator(".view img")).to_have_js_property("naturalWidth", 320, timeout=SOON_MS)
        await store.show(replace(watched_store(), eye=replace(EYE, condition="lost", words="The eye does not answer.")))
        await expect(upper.locator(".pill")).to_have_text("not heard of")
        await store.show(quiet_store())
        await expect(page.locator("#eye-card")).to_be_hidden()
        await expect(bill.locator(".sights li")).to_have_count(0)


async def test_without_cameras_nobody_looks_for_pictures(browser: Browser) -> None:
    store = ShownStore()
    async with served(store) as url, opened(browser, url) as page:
        await expect(page.locator("#eye-card")).to_be_hidden()
        await expect(page.locator("#timer")).to_contain_text(
            "1 min 42 s", timeout=SOON_MS
        )  # seconds have passed in which it might have looked
    assert store.looked_at == []
    assert quiet_store().eye == EyeView()


async def test_pictures_are_served_as_they_are_and_nothing_else() -> None:
    store = ShownStore(now=watched_store(), pictures=dict(PICTURES))
    async with served(store) as url, httpx.AsyncClient(base_url=url) as client:
        listed = (await client.get("/api/v1/evidence/0193-visit-0002/upper-4")).json()
        assert listed == {"pictures": ["0193-visit-0002/upper-4/0.jpg", "0193-visit-0002/upper-4/1.jpg"]}
        reply = await client.get(f"/api/v1/pictures/{listed['pictures'][0]}")
        assert reply.content == PICTURES["0193-visit-0002/upper-4/0.jpg"]
        assert reply.headers["content-type"] == "image/jpeg"
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert (await client.get("/api/v1/evidence/gone/upper-4")).json() == {"pictures": []}
        missing = await client.get("/api/v1/pictures/gone/0.jpg")
        assert (missing.status_code, missing.json()["code"]) == (404, "no_picture")
        assert (await client.get("/api/v1/cameras/upper")).json()["picture"] == "now/upper.jpg"
        assert (await client.get("/api/v1/cameras/lower")).json()["picture"] is None
        assert (await client.get("/api/v1/cameras/ghost")).json()["code"] == "no_camera"
        for hostile in ("%2e%2e/%2e%2e/etc/passwd", "a/%2e%2e/b", "%2Fetc%2Fpasswd", "a//b", ".hidden", "a%00b", "a%5cb", "x" * 500):
            for route in ("pictures", "evidence"):
                assert (await client.get(f"/api/v1/{route}/{hostile}")).status_code in (404, 422), hostile
        snapshot = await client.get("/api/v1/snapshot")
        assert TypeAdapter(StoreSnapshot).validate_json(snapshot.content) == store.now
        figures = (await client.get("/metrics")).text
        for line in (
            "smartstore_eye_open 1.0",
            'smartstore_camera_seeing{camera="upper"} 1.0',
            'smartstore_camera_seeing{camera="lower"} 0.0',
        ):
            assert line in figures
        await store.show(quiet_store())
        assert "smartstore_eye" not in (await client.get("/metrics")).text
        foreign = await client.get("/api/v1/pictures/now/upper.jpg", headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"})
        assert foreign.status_code == 403
