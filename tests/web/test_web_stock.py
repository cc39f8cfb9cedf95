"""The shopkeeper's stock in a real browser: what is short, what stands in the wrong place, what one weighs."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from playwright.async_api import Browser, expect

from edge.stock_view import StockView
from tests.web.browsing import opened
from tests.web.shown_store import ShownStore, quiet_store, served

pytestmark = pytest.mark.asyncio(loop_scope="session")


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
