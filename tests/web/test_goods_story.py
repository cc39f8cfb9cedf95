"""Prices, the shelf and settings changed on the pages of a real controller: what the next shopper pays, the way back, a restart."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from devices.sim.layout import NUTS
from edge.demo.shop import Shop
from tests.web.browsing import BACK_MS, LIVE
from tests.web.test_web_planogram import dragged, facings, plate

WITHIN_S: Final = 25.0  # s; the machine is shared
STEP_MS: Final = 20_000
DOOR: Final = "front"
IS_MINOR: Final = 365  # in place of 349


@asynccontextmanager
async def keeping(shop: Shop, browser: Browser) -> AsyncIterator[Page]:
    """The shopkeeper's page, entered by the link that a demonstration prints."""
    assert shop.sign_in is not None
    context = await browser.new_context(locale="en-GB", reduced_motion="reduce", viewport={"width": 1400, "height": 900})
    page = await context.new_page()
    page.set_default_timeout(STEP_MS)
    await page.goto(shop.page_url + shop.sign_in.link)
    await page.locator("button[type=submit]").first.click()
    await expect(page.locator(LIVE)).to_be_visible(timeout=STEP_MS)
    yield page
    await context.close()


async def bought(shop: Shop, from_plate: str) -> dict[str, Any]:
    """The receipt of somebody who takes one from a plate."""
    visit, refusal = await shop.enter(shop.make_pass("shopper", "anna"))
    assert visit is not None, refusal
    assert await shop.cabinet.open_door(DOOR)
    assert await shop.watch.until(lambda now: now["cabinet"]["phase"] == "open", WITHIN_S) is not None
    await shop.cabinet.take(from_plate, 1)
    await shop.watch.until(lambda now: bool(now["visit"] and now["visit"]["lines"]), WITHIN_S)
    await shop.cabinet.close_door(DOOR)
    assert await shop.watch.until(lambda now: bool(now["cabinet"]["may_enter"]), WITHIN_S) is not None
    async with httpx.AsyncClient(base_url=shop.page_url, headers=shop.headers, timeout=WITHIN_S) as api:
        receipt: dict[str, Any] = (await api.get(f"/api/v1/receipts/{visit}")).json()["receipt"]
    return receipt


@pytest.mark.timeout(150)
@pytest.mark.asyncio(loop_scope="session")
async def test_a_price_and_the_shelf_are_changed_on_the_page_and_hold(browser: Browser, tmp_path: Path) -> None:
    sections = {"visit": {"receipt_shown_s": 0.2}}
    async with Shop(seed=5, directory=tmp_path / "shop", sections=sections) as shop, keeping(shop, browser) as page:
        await page.get_by_role("link", name="Products").click()
        await page.get_by_role("link", name=NUTS.name).click()
        form = page.get_by_role("dialog", name=NUTS.name)
        await form.get_by_label("Price", exact=True).fill("3,65")
        await expect(form).to_contain_text("€3.49 → €3.65")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text(f"“{NUTS.name}” is saved.")).to_be_visible()
        await expect(page.get_by_role("row", name=re.compile(NUTS.name))).to_contain_text("€3.65")
        home = next(one.plate for one in shop.cabinet.layout.plates if one.gtin == NUTS.gtin)
        receipt = await bought(shop, home)
        assert [(line["gtin"], line["quantity"], line["total_minor"]) for line in receipt["lines"]] == [(NUTS.gtin, 1, IS_MINOR)]

        await page.get_by_role("link", name="Planogram").click()
        other = next(one.plate for one in shop.cabinet.layout.plates if one.plate != home and one.plate[0] == home[0])
        await dragged(page, facings(page, home).filter(has_text=NUTS.name), plate(page, other))
        await page.get_by_role("button", name="Review and save").click()
        await expect(page.get_by_role("dialog").locator(".differences > li")).to_contain_text([f"from {home}"])
        await page.get_by_role("dialog").get_by_role("button", name="Save").click()
        await expect(page.get_by_text("The planogram is saved.")).to_be_visible()
        await page.get_by_role("link", name="Shelf", exact=True).click()
        tile = page.locator("li.plate", has=page.locator(".plate-name", has_text=re.compile(f"^{other}$")))
        await expect(tile).to_contain_text(NUTS.name)

        await page.get_by_role("link", name="Settings").click()
        await page.get_by_role("link", name="History of changes").click()
        changes = page.get_by_role("list", name="History of changes").get_by_role("listitem")
        await expect(changes).to_have_text(
            [re.compile("planogram.*demo.*holds now"), re.compile("products.*New price.*demo"), re.compile("store file")]
        )
        await page.get_by_role("button", name="Go back to the store file").click()
        await expect(page.get_by_role("dialog")).to_contain_text("This changes: planogram and products.")
        await page.get_by_role("dialog").get_by_role("button", name="Go back").click()
        await expect(changes).to_have_count(4)
        await page.get_by_role("link", name="Products").click()
        await expect(page.get_by_role("row", name=re.compile(NUTS.name))).to_contain_text("€3.49")
        await restarted(shop, page)


async def restarted(shop: Shop, page: Page) -> None:
    """A setting that waits for a restart, and the restart."""
    await page.get_by_role("link", name="Settings").click()
    await page.get_by_role("navigation", name="Section").get_by_role("button", name="Log", exact=True).click()
    await page.get_by_label("Level").select_option(label="everything (debug)")
    await page.get_by_role("button", name="Review and save").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Why").fill("more words")
    await page.keyboard.press("Enter")
    waiting = page.get_by_text("Waits for a restart: log.level.")
    await expect(waiting).to_be_visible()
    watched = asyncio.create_task(shop.controller.died())
    try:
        await page.get_by_role("button", name="Restart").click()
        await dialog.get_by_label("Why").fill("more words")
        await page.keyboard.press("Enter")
        await expect(dialog).to_contain_text("The store is back.", timeout=BACK_MS)
        await dialog.get_by_role("button", name="Done").click()
        await expect(waiting).to_have_count(0)
        assert not watched.done()
    finally:
        watched.cancel()
        await asyncio.gather(watched, return_exceptions=True)
