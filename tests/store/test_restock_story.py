"""A restock round in a real browser at a real cabinet: what to bring, what is put while one watches, what was counted, and a correction."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from edge.demo.shop import Shop
from tests.web.browsing import chromium, opened
from tests.web.signed_in import visited

SOON_MS = 15_000


@pytest.mark.timeout(120)
async def test_a_restocker_fills_what_was_sold_and_the_page_goes_along(tmp_path: Path) -> None:
    async with Shop(directory=tmp_path) as shop, chromium() as browser:
        layout = shop.cabinet.layout
        door, plate = layout.doors[0].door, layout.plates[0].plate
        (gtin,) = shop.cabinet.truth().plates[plate]
        name = next(one.name for one in layout.products if one.gtin == gtin)
        visit, words = await shop.enter(shop.make_pass("shopper", "ada"))
        assert visit is not None, words
        assert await shop.cabinet.open_door(door, 5.0)
        await shop.cabinet.take(plate, 2)
        await shop.cabinet.close_door(door)
        shop.cabinet.walk_away()
        assert await shop.watch.until(lambda now: any(row["visit"] == visit for row in now["receipts"]), 15.0)

        with visited(shop.page_url, shop.journal):
            async with opened(browser, shop.page_url, "/restock", role="operator") as page:
                await expect(page.get_by_role("list", name="What to bring")).to_contain_text(f"2 × {name}")
                stop = (
                    page.get_by_role("list", name="Plate by plate").get_by_role("listitem").filter(has=page.get_by_text(plate, exact=True))
                )
                await expect(stop.get_by_text("2 missing")).to_be_visible()

                await shop.watch.until(lambda now: bool(now["cabinet"]["may_enter"]), 15.0)
                staff, words = await shop.enter(shop.make_pass("restocker", "rita"))
                assert staff is not None, words
                await expect(page.get_by_text("You are inside")).to_be_visible(timeout=SOON_MS)
                assert await shop.cabinet.open_door(door, 5.0)
                await shop.cabinet.restock(plate, gtin, 2)
                await expect(stop.get_by_text("2 put")).to_be_visible(timeout=SOON_MS)
                await shop.cabinet.close_door(door)
                shop.cabinet.walk_away()
                await expect(page.get_by_text("Every place is full", exact=True)).to_be_visible(timeout=SOON_MS)

                await stop.get_by_role("button", name=f"Correct {name} on {plate}").click()
                dialog = page.get_by_role("dialog")
                await dialog.get_by_label("Units on the plate").fill("many")
                await dialog.get_by_role("button", name="So many").click()
                await expect(dialog.get_by_text("Give a number from 0 to")).to_be_visible()
                await dialog.get_by_label("Units on the plate").fill("1")
                await dialog.get_by_role("button", name="So many").click()
                await expect(dialog).to_be_hidden()
                await expect(stop.get_by_text("missing")).to_be_visible(timeout=SOON_MS)
