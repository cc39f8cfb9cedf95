"""Cameras on the page and in the API: what they see now, what they saw of a receipt, in a real browser with real pictures."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from playwright.async_api import Browser, expect
from pydantic import TypeAdapter

from edge.snapshot import EyeView, StoreSnapshot
from tests.web.browsing import SOON_MS, opened
from tests.web.kept_receipts import watched_receipt
from tests.web.shown_eye import EYE, watched_store
from tests.web.shown_store import ShownStore, quiet_store, served
from tests.web.signed_in import program


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


@pytest.mark.asyncio(loop_scope="session")
async def test_the_shelf_shows_what_cameras_see(browser: Browser) -> None:
    store = ShownStore(now=watched_store(), pictures=dict(PICTURES))
    size = {"width": 1280, "height": 1600}
    async with served(store, stream_interval_ms=20) as url, opened(browser, url, "/shelf", viewport=size) as page:
        upper, lower = (page.locator("section", has=page.get_by_role("heading", name=f"Camera {name}")) for name in ("upper", "lower"))
        await expect(page.get_by_text("It knows 24 products.")).to_be_visible()
        await expect(upper.locator(".badge")).to_have_text("Sees")
        await expect(upper.locator(".camera-last")).to_contain_text("Taken")
        await expect(upper.locator(".camera-last")).to_contain_text("31 sec ago")
        await expect(upper.locator(".evidence-shares > li")).to_have_text(["Spring Water 0.5 l96%", "Oat & Honey Bar3%"])
        await expect(lower.locator(".badge")).to_have_text("Sees nothing")
        await expect(lower).to_contain_text("covered, or without light")
        view = upper.get_by_role("img", name="What camera upper sees now")
        await expect(view).to_be_visible(timeout=SOON_MS)
        await expect(view).to_have_js_property("naturalWidth", 640)
        await expect(upper.locator(".crops img")).to_have_count(2, timeout=SOON_MS)
        await expect(lower.locator(".camera-view")).to_have_text("No picture")

        store.pictures["now/upper.jpg"] = jpeg(200, 320, 180)
        await expect(view).to_have_js_property("naturalWidth", 320, timeout=SOON_MS)
        await store.show(replace(watched_store(), eye=replace(EYE, condition="lost", words="The eye does not answer.")))
        await expect(page.get_by_text("Visits go by weight alone.").first).to_be_visible()
        await expect(upper.locator(".badge")).to_have_text("Not heard of")
        await store.show(quiet_store())
        await expect(page.locator(".cameras")).to_have_count(0)


@pytest.mark.asyncio(loop_scope="session")
async def test_a_receipt_shows_what_cameras_saw(browser: Browser) -> None:
    store = ShownStore(now=watched_store(), pictures=dict(PICTURES), kept=[watched_receipt(2)])
    async with served(store) as url, opened(browser, url, "/visits/0193-visit-0002") as page:
        water = page.locator("section", has=page.get_by_role("heading", name="Spring Water 0.5 l"))
        await expect(water).to_contain_text("P1−1.04\u00a0kg")
        await expect(water.locator(".sights")).to_contain_text("Taken by upper over P1 and P2 · 12:14:59")
        await expect(water.locator(".sights .evidence-shares > li")).to_have_text(["Spring Water 0.5 l96%", "Oat & Honey Bar3%"])
        await expect(water).to_contain_text("Barcode read: 4006381333931")
        await expect(water.locator(".crops img")).to_have_count(2, timeout=SOON_MS)
        assert await water.locator(".crops img").first.evaluate("async image => (await image.decode(), image.naturalWidth)") == 96
        await expect(page.locator("article.receipt")).to_contain_text("that part goes by weight alone.")
        traced = page.locator(".trace-row", has=page.locator(".trace-plate:text-is('P1')"))
        await expect(traced.locator(".trace-mark")).to_have_count(1)
        await expect(traced.locator(".trace-hand")).to_have_count(1)
        others = page.locator("section", has=page.get_by_role("heading", name="Seen, but speaking for no line"))
        await expect(others).to_contain_text("Put back by lower over P3 · 12:15:03")
        await expect(others).to_contain_text("Cannot be said what.")
        await expect(others.locator(".evidence-shares > li")).to_have_text(["Cola 0.33 l81%", "None of the known products19%"])


@pytest.mark.asyncio(loop_scope="session")
async def test_without_cameras_nobody_looks_for_pictures(browser: Browser) -> None:
    store = ShownStore()
    async with served(store) as url, opened(browser, url, "/shelf") as page:
        await expect(page.locator("li.plate")).to_have_count(4)
        await expect(page.locator(".cameras")).to_have_count(0)
        await page.get_by_role("link", name="Today").click()
        await expect(page.locator(".hero")).to_contain_text("1 min")
    assert store.looked_at == []
    assert quiet_store().eye == EyeView()


async def test_pictures_are_served_as_they_are_and_nothing_else() -> None:
    store = ShownStore(now=watched_store(), pictures=dict(PICTURES))
    async with served(store) as url, program(url) as client:
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
