"""The shopkeeper's products in a real browser: found, priced, added, taken out, with what follows told before."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from edge.stock_view import StockView
from edge.web.changing import ChangeResult, Warned, Wrong
from tests.web.barriers import barriers_on, bring_axe
from tests.web.browsing import opened
from tests.web.shown_changes import VERSION, ShownGoods
from tests.web.shown_store import COLA, WATER, WRAP, ShownStore, quiet_store, served

pytestmark = pytest.mark.asyncio(loop_scope="session")

NEXT = "aaaaaaaaaaaaaaaa"
CHICKEN = "04000000000020"


def told(goods: ShownGoods, verb: str) -> list[dict[str, Any]]:
    """What the store was really told, tries left out."""
    return [arguments for asked, arguments in goods.asked if asked == verb and not arguments["check"]]


def names(page: Page) -> Locator:
    return page.locator(".products-link")


async def changed_elsewhere(store: ShownStore, **product: Any) -> None:
    """Somebody else has changed the water."""
    view = store.goods.view
    store.goods.view = replace(view, version=NEXT, products=(replace(view.products[0], **product), *view.products[1:]))
    await store.show(replace(store.now, price_version="2026-12"))


async def test_products_are_searched_filtered_and_put_in_order(browser: Browser) -> None:
    store = ShownStore()
    async with served(store, stream_interval_ms=20) as url, opened(browser, url, "/products") as page:
        await expect(names(page)).to_have_text(["Chicken Wrap", "Cola 0.33 l", "Falafel Wrap", "Oat & Honey Bar", "Spring Water 0.5 l"])
        water = page.get_by_role("row", name=re.compile("Spring Water"))
        await expect(water).to_contain_text(re.compile(r"€1\.20.*incl\. 19% tax.*520\.0\sg.*weighed 521\.3\sg.*P1.*6 of 8"))
        wrap = page.get_by_role("row", name=re.compile("Falafel Wrap"))
        await expect(wrap).to_contain_text(re.compile("weighs like another.*short.*1 of 6"))
        await expect(page.get_by_role("row", name=re.compile("Chicken Wrap"))).to_contain_text("Nowhere")

        await page.get_by_role("button", name="Price").click()
        await expect(names(page).first).to_have_text("Spring Water 0.5 l")
        await page.get_by_role("button", name="Price").click()
        await expect(names(page).first).to_have_text("Chicken Wrap")
        await expect(page.get_by_role("columnheader", name="Price")).to_have_attribute("aria-sort", "descending")

        search = page.get_by_label("Search by name")
        await search.fill("wrap p4")
        await expect(names(page)).to_have_text(["Falafel Wrap"])
        await search.fill("5449")
        await expect(names(page)).to_have_text(["Cola 0.33 l"])
        await search.fill("beer")
        await expect(page.get_by_text("No such product")).to_be_visible()
        await search.fill("")
        await page.get_by_label("Show", exact=True).select_option(label="Without a place (1)")
        await expect(names(page)).to_have_text(["Chicken Wrap"])
        await page.get_by_label("Show", exact=True).select_option(label="Short (1)")
        await expect(names(page)).to_have_text(["Falafel Wrap"])

        store.goods.view = replace(store.goods.view, products=(), facings=(), proposal=(), warnings=())
        await store.show(replace(quiet_store(), stock=StockView()))
        await expect(page.get_by_text("No products yet")).to_be_visible()


async def test_a_price_is_changed_by_the_keyboard(browser: Browser) -> None:
    store = ShownStore()
    async with served(store) as url, opened(browser, url, "/products") as page:
        await names(page).filter(has_text="Spring Water").focus()
        await page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog")
        price = dialog.get_by_label("Price", exact=True)
        await expect(price).to_be_focused()
        await expect(page).to_have_url(f"{url}/products/{WATER.gtin}")
        await expect(price).to_have_value("1.20")
        await expect(dialog.get_by_label("Tax contained in it")).to_have_value("19")
        await expect(dialog).to_contain_text(re.compile(r"weighed 521\.3\sg over 31 units"))
        await price.fill("1,999")
        await page.keyboard.press("Enter")
        await expect(dialog).to_contain_text("Not more than 2 decimals.")
        await expect(price).to_be_focused()
        await price.fill("1,35")
        await expect(dialog).to_contain_text("€1.20 → €1.35")
        await expect(dialog).to_contain_text("Holds from the next visit on; one that is open keeps what it began with.")
        await expect(dialog.get_by_label("Why")).to_have_value("New price")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("“Spring Water 0.5 l” is saved.")).to_be_visible()
        await expect(dialog).to_have_count(0)
        await expect(page).to_have_url(f"{url}/products")
        await expect(names(page).filter(has_text="Spring Water")).to_be_focused()
    (said,) = told(store.goods, "set_product")
    product = {"gtin": WATER.gtin, "name": WATER.name, "price_minor": 135, "tax_bp": 1900, "unit_weight_g": 520.0}
    assert said["product"] == product
    assert (said["reason"], said["version"]) == ("New price", VERSION)


async def test_what_follows_is_told_while_somebody_types(browser: Browser) -> None:
    store = ShownStore()
    alike = Warned(code="alike_weight", words="", products=(WATER.gtin, COLA.gtin), units=(2, 3), plates=("P1", "P2"))
    store.goods.answer = ChangeResult(accepted=True, code="would_change", words="", version=VERSION, warnings=(alike,))
    async with served(store) as url, opened(browser, url, f"/products/{WATER.gtin}") as page:
        dialog = page.get_by_role("dialog")
        await dialog.get_by_role("button", name="Take over").click()
        await expect(dialog.get_by_label("Weight of one")).to_have_value("521.3")
        await expect(dialog).to_contain_text("What the plates have learned of its weight begins anew.")
        await expect(dialog).to_contain_text(
            "2 × Spring Water 0.5 l and 3 × Cola 0.33 l on P1 and P2 cannot be told apart by weight alone."
        )
        heavy = Wrong(section="planogram", number=None, field="", words="plate 'P1' would carry 11200 g when full")
        light = Wrong(section="product", number=0, field="unit_weight_g", words="this cannot weigh so much")
        store.goods.answer = ChangeResult(accepted=False, code="invalid", words="", version=VERSION, problems=(heavy, light))
        await dialog.get_by_label("Weight of one").fill("1400")
        await expect(dialog.get_by_role("alert").filter(has_text="would carry 11200 g")).to_be_visible()
        await expect(dialog.get_by_label("Weight of one")).to_have_attribute("aria-invalid", "true")


async def test_what_is_not_saved_is_not_lost_without_a_word(browser: Browser) -> None:
    store = ShownStore()
    async with served(store) as url, opened(browser, url, "/products") as page:
        await names(page).filter(has_text="Spring Water").click()
        form = page.get_by_role("dialog", name="Spring Water")
        asking = page.get_by_role("dialog", name="Leave without saving?")
        await form.get_by_label("Price", exact=True).fill("9")
        await page.keyboard.press("Escape")
        await expect(asking.get_by_role("button", name="Stay")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(asking).to_have_count(0)
        await expect(form.get_by_label("Price", exact=True)).to_have_value("9")
        await page.evaluate("history.back()")
        await expect(asking).to_be_visible()
        await expect(page).to_have_url(f"{url}/products/{WATER.gtin}")
        await page.keyboard.press("Enter")
        await expect(asking).to_have_count(0)
        await form.get_by_role("button", name="Cancel").click()
        await asking.get_by_role("button", name="Leave without saving").click()
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await expect(page).to_have_url(f"{url}/products")
    assert told(store.goods, "set_product") == []


async def test_a_change_of_somebody_else_is_seen_before_it_is_replaced(browser: Browser) -> None:
    store = ShownStore()
    async with served(store, stream_interval_ms=20) as url, opened(browser, url, f"/products/{WATER.gtin}") as page:
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Name on the receipt").fill("Still Water")
        store.goods.view = replace(store.goods.view, version=NEXT)
        await dialog.get_by_role("button", name="Save").click()
        await expect(dialog.get_by_role("alert").filter(has_text="Somebody else has saved something meanwhile.")).to_be_visible()
        await changed_elsewhere(store, price_minor=125)
        await expect(dialog).to_contain_text("Somebody else has changed this product meanwhile: Price.")
        await expect(dialog).to_contain_text("€1.25 → €1.20")
        await dialog.get_by_role("button", name="Save").click()
        await expect(dialog).to_have_count(0)
        assert [said["version"] for said in told(store.goods, "set_product")] == [VERSION, NEXT]


async def test_a_product_is_scanned_and_added(browser: Browser) -> None:
    store = ShownStore()
    async with served(store) as url, opened(browser, url, "/products/typed") as page:
        dialog = page.get_by_role("dialog")
        number = dialog.get_by_label("Article number")
        await expect(number).to_be_focused()
        await page.keyboard.type("]E04006381333931\n")
        await expect(dialog).to_contain_text("“Spring Water 0.5 l” has this number already.")
        await expect(dialog.get_by_role("button", name="Open “Spring Water 0.5 l”")).to_be_visible()
        await number.fill("96385075")
        await page.keyboard.press("Enter")
        await expect(dialog.get_by_label("Name on the receipt")).to_be_focused()
        await expect(dialog).to_contain_text("The last digit does not fit the others")
        await number.fill("96385074")
        await page.keyboard.press("Enter")
        await page.keyboard.type("Plum Tart")
        await page.keyboard.press("Enter")
        await expect(dialog.get_by_text("Fill this in.")).to_have_count(3)
        await bring_axe(page)
        assert await barriers_on(page) == []
        await expect(dialog.get_by_label("Price", exact=True)).to_be_focused()
        for text in ("2.49", "7", "120,5"):
            await page.keyboard.type(text)
            await page.keyboard.press("Tab")
        await expect(dialog).to_contain_text("It can be sold once it has a place in the planogram.")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("“Plum Tart” is in the catalogue.")).to_be_visible()
    (said,) = told(store.goods, "set_product")
    assert said["product"] == {"gtin": "96385074", "name": "Plum Tart", "price_minor": 249, "tax_bp": 700, "unit_weight_g": 120.5}


async def test_a_product_is_removed_once_the_consequences_are_read(browser: Browser) -> None:
    store = ShownStore()
    async with served(store) as url, opened(browser, url, f"/products/{WRAP.gtin}") as page:
        dialog = page.get_by_role("dialog")
        await dialog.get_by_role("button", name="Remove").click()
        await expect(dialog).to_contain_text("“Falafel Wrap” still has a place on P4. Take it off the planogram first.")
        await expect(dialog.get_by_role("button", name="Remove")).to_have_count(0)
        await dialog.get_by_role("button", name="Back").click()
        await dialog.get_by_role("button", name="Close").click()

        await names(page).filter(has_text="Chicken Wrap").click()
        await dialog.get_by_role("button", name="Remove").click()
        await expect(dialog).to_contain_text("5 units are believed to be in the store. Take them out.")
        await expect(dialog).to_contain_text("Receipts and reviews of earlier visits keep it.")
        await dialog.get_by_role("button", name="Remove all the same").click()
        await expect(page.get_by_text("“Chicken Wrap” is no longer in the catalogue.")).to_be_visible()
    (said,) = told(store.goods, "remove_product")
    assert (said["gtin"], said["anyway"], said["reason"]) == (CHICKEN, True, "No longer sold")


async def test_a_store_that_cannot_tell_its_goods_says_so(browser: Browser) -> None:
    store = ShownStore()
    asked = asyncio.Event()
    complaints: list[str] = []
    async with served(store) as url, opened(browser, url, "/", complaints=complaints) as page:

        async def fail(route: Any) -> None:
            if asked.is_set():
                await route.continue_()
            else:
                await route.abort()

        await page.route("**/api/v1/goods", fail)
        await page.get_by_role("link", name="Products").click()
        alert = page.get_by_role("alert")
        await expect(alert).to_contain_text("The store does not answer")
        asked.set()
        await alert.get_by_role("button", name="Try again").click()
        await expect(names(page)).to_have_count(5)
