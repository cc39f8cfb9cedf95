"""The shopkeeper's stock and the technician's devices in a real browser: what is short, what one weighs, what answers."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from playwright.async_api import Browser, expect

from edge.snapshot import VisitView
from edge.stock_view import StockView
from tests.web.browsing import opened
from tests.web.shown_store import ShownStore, broken_store, quiet_store, served

pytestmark = pytest.mark.asyncio(loop_scope="session")

STAFF = VisitView(
    visit="0193-visit-0004", short="0004", role="restocker", since_s=4950.0, lines=(), total_minor=0, nothing_probability=1.0, hints=()
)


async def test_the_stock_is_told_product_by_product(browser: Browser) -> None:
    store = ShownStore()
    async with served(store, stream_interval_ms=20) as url, opened(browser, url, "/stock") as page:
        await expect(page.locator(".stock-sums > li")).to_have_text(
            ["28 of 36 units", "1 product is short", "2 units stand where they do not belong."]
        )
        rows = page.locator(".stock-line")
        await expect(rows).to_have_count(4)
        await expect(rows.first).to_contain_text("Falafel Wrap")
        await expect(rows.first).to_contain_text(re.compile("1 of 6.*short"))
        bars, water = (rows.filter(has_text=name) for name in ("Oat & Honey Bar", "Spring Water"))
        await expect(bars).to_contain_text("P2 10 of 12P4 2 misplaced")
        await expect(water).to_contain_text(re.compile(r"By the catalogue 520\.0\sgWeighed 521\.3\sg ± 0\.4\sg over 31 units"))
        restock = page.locator("section", has=page.get_by_role("heading", name="Last restock"))
        await expect(restock).to_contain_text("33 of 36 units counted.")
        await expect(restock.get_by_role("row", name="P4 Falafel Wrap 0 3 (+3) 6")).to_be_visible()
        proposal = page.locator("section", has=page.get_by_role("heading", name="Laid out differently"))
        await expect(proposal).to_contain_text("P4Chicken WrapNew place, 5 when full")
        await page.get_by_text("Misplaced", exact=True).click()
        await expect(rows).to_have_count(1)

        await store.show(replace(quiet_store(), stock=StockView()))
        await expect(rows).to_have_count(0)
        await expect(proposal).to_have_count(0)
        await expect(restock).not_to_contain_text("units counted")


async def test_a_product_is_taught_its_weight(browser: Browser) -> None:
    store = ShownStore()
    async with served(store, stream_interval_ms=20) as url, opened(browser, url, "/stock") as page:
        await page.get_by_role("button", name=re.compile("Cola")).click()
        dialog = page.get_by_role("dialog")
        await expect(dialog.locator(".teach-visit")).to_be_visible()
        await store.show(replace(quiet_store(), visit=STAFF))  # a new snapshot leaves what was chosen
        await expect(dialog.get_by_label("Product")).to_have_value("05449000000996")
        await expect(dialog.get_by_label("Plate", exact=True)).to_have_value("P3")
        await dialog.get_by_role("button", name="Next").press("Enter")
        await dialog.get_by_role("button", name="Learn").click()
        await expect(dialog).to_contain_text("Say who you are.")
        assert store.counted == []
        await dialog.get_by_role("spinbutton").fill("8")
        await dialog.get_by_label("Your name").fill("Kim")
        await page.keyboard.press("Enter")
        await expect(dialog).to_contain_text(re.compile(r"521\.4\sg"))
        await expect(dialog).to_contain_text(re.compile(r"521\.1\sg"))
    assert store.counted == [("P3", "05449000000996", 8, "Kim")]


async def test_the_devices_say_what_answers(browser: Browser) -> None:
    store = ShownStore()
    async with served(store, stream_interval_ms=20) as url, opened(browser, url, "/devices") as page:
        health = page.locator(".health")
        await expect(health).to_contain_text("Devices2 of 2 well")
        await expect(health).to_contain_text("ClockIn time")
        await expect(page.locator(".machine")).to_have_count(3)
        controller = page.locator("section", has=page.get_by_role("heading", name="Controller"))
        await expect(controller).to_contain_text("1.5 MB")
        await expect(controller).to_contain_text("4,711")
        await store.show(broken_store())
        await expect(health).to_contain_text("Devices1 of 2 well")
        scale = page.locator(".machine").filter(has_text="scale-1")
        await expect(scale).to_contain_text("No answer")
        await expect(scale).to_contain_text("scale-1: no answer within 0.2 s")
        await expect(page.locator("section", has=page.get_by_role("heading", name="Cloud"))).to_contain_text("timed out")
        for address in ("/metrics", "/api/v1/snapshot", "/api/v1/openapi.json"):
            await expect(page.locator(f'a[href="{address}"]')).to_be_visible()
