"""A person's way through the dashboard, in a real browser against a real server."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from playwright.async_api import Browser, expect

from edge.snapshot import AlarmView, CabinetView, RefusalView
from tests.web.browsing import opened
from tests.web.kept_receipts import kept_receipt
from tests.web.shown_store import WATER, ShownStore, broken_store, quiet_store, served, shopping_store

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_today_follows_a_visit(browser: Browser) -> None:
    store = ShownStore(kept=[kept_receipt(2)])
    async with served(store, stream_interval_ms=20) as url, opened(browser, url) as page:
        phase = page.locator(".hero-phase")
        door = page.get_by_role("list", name="Doors").get_by_role("listitem")
        await expect(phase).to_have_text("Open for business")
        await expect(page).to_have_title("Today – Lobby cooler")
        await expect(door).to_have_text("mainClosed and locked")
        await expect(page.locator(".bill-row")).to_have_count(1)
        await expect(page.locator(".bill-row")).to_contain_text("2 × Spring Water 0.5 l and Falafel Wrap")
        await expect(page.get_by_text("All is well")).to_be_visible()
        await expect(page.get_by_text("Try it as a shopper")).to_have_count(0)

        await store.show(shopping_store())
        await expect(phase).to_have_text("Shopping")
        await expect(page.locator(".hero")).to_contain_text(re.compile("for 1[5-9] secs · time left (9|10) mins"))
        await expect(door).to_have_text("mainOpen")
        basket = page.locator(".basket > li")
        await expect(basket).to_have_count(2)
        await expect(basket.nth(1)).to_contain_text("Falafel Wrap")
        await expect(basket.nth(1)).to_contain_text("74%")
        await expect(page.locator(".basket-total output")).to_have_text("€6.89")
        await expect(page.locator(".basket-total")).to_contain_text("limit €50.00")
        await expect(page.locator(".running-hint")).to_contain_text("(P1)")
        await expect(page.locator(".steps [aria-current=step]")).to_have_text("Shop")

        store.kept.append(kept_receipt(3, final=False))
        await store.show(replace(quiet_store(), receipts=(replace(quiet_store().receipts[0], visit="0193-visit-0003"),)))
        await expect(phase).to_have_text("Open for business")
        await expect(basket).to_have_count(0)
        await expect(page.locator(".bill-row")).to_have_count(2)
        await expect(page.locator(".bill-row").first).to_contain_text("To review")


async def test_a_receipt_is_shown_with_what_speaks_for_it(browser: Browser) -> None:
    store = ShownStore(kept=[kept_receipt(1, final=False), kept_receipt(2)])
    async with served(store) as url, opened(browser, url, "/visits") as page:
        await page.get_by_role("link", name=re.compile("To review")).click()
        await expect(page).to_have_url(f"{url}/visits/0193-visit-0001")
        receipt = page.locator("article.receipt")
        await expect(receipt).to_contain_text("A line is less certain than the store asks for.")
        await expect(receipt).to_contain_text("€6.89")
        await expect(receipt).to_contain_text("contains 19 % tax")
        await expect(receipt).to_contain_text("Right as a whole 73%")
        await expect(receipt).to_contain_text("Waits for the cloud")
        detail = page.get_by_role("region", name="The visit that was chosen")
        wrap = detail.locator("section", has=page.get_by_role("heading", name="Falafel Wrap"))
        await expect(wrap.locator(".evidence-changes > li")).to_have_text(
            [re.compile(r"^P4−230\sg12:14:08$"), re.compile(r"^P3\+4\.0\sg12:14:08$")]
        )
        shares = wrap.locator(".evidence-shares > li")
        await expect(shares).to_have_text(["1 ×74%", "none of it26%", "1 × Cola 0.33 l24%"])
        await expect(detail.locator("section", has=page.get_by_role("heading", name="Weight that no product explains"))).to_contain_text(
            "P2"
        )
        await expect(detail.get_by_role("img", name=re.compile(r"^Weight over the visit\. P1: −1\.04\skg"))).to_be_visible()
        await page.go_back()
        await expect(page.get_by_text("Choose a visit to see its receipt")).to_be_visible()


async def test_a_receipt_that_is_not_there_says_so_and_the_rest_goes_on(browser: Browser) -> None:
    store = ShownStore(kept=[kept_receipt(2)])
    complaints: list[str] = []
    async with served(store) as url, opened(browser, url, "/visits/0193-visit-9999", complaints=complaints) as page:
        await expect(page.get_by_role("alert")).to_contain_text("There is no such receipt")
        await page.locator(".bill-row").click()
        await expect(page.locator("article.receipt")).to_contain_text("€6.89")
        await page.goto(f"{url}/no/such/page")
        await expect(page.get_by_role("heading", name="No such page")).to_be_visible()
        await page.get_by_role("link", name="Go to today").click()
        await expect(page.locator(".hero-phase")).to_be_visible()
    assert all("404" in each for each in complaints), complaints


async def test_the_shelf_shows_every_plate(browser: Browser) -> None:
    store = ShownStore()
    async with served(store, stream_interval_ms=20) as url, opened(browser, url, "/shelf") as page:
        plates = page.locator("li.plate")
        await expect(plates).to_have_count(4)
        await expect(plates.first).to_contain_text("3.12 kg")
        await expect(plates.first).to_contain_text("6 of 8")
        await store.show(shopping_store())
        await expect(plates.nth(3)).to_contain_text("Moving")
        await expect(page.get_by_text("Units are as before this visit")).to_be_visible()
        await store.show(broken_store())
        await expect(plates.nth(1)).to_contain_text("scale-1 does not answer")
        await expect(plates.nth(1)).to_contain_text("–")
        await page.get_by_text("Table").click()
        await expect(page.get_by_role("row", name=re.compile("^P2 Oat & Honey Bar .* No answer$"))).to_be_visible()


async def test_a_weight_draws_its_own_tile_and_nothing_else(browser: Browser) -> None:
    store = ShownStore()
    async with served(store, stream_interval_ms=20) as url, opened(browser, url, "/shelf") as page:
        await expect(page.locator("li.plate")).to_have_count(4)
        await page.evaluate(
            """() => {
              window.touched = new Set();
              new MutationObserver((found) => found.forEach(({ target }) => {
                const plate = (target.nodeType === 1 ? target : target.parentElement).closest("li.plate");
                window.touched.add(plate?.querySelector(".plate-name").textContent ?? "elsewhere");
              })).observe(document.querySelector(".shelf"), { subtree: true, childList: true, characterData: true, attributes: true });
            }"""
        )
        quiet = quiet_store()
        await store.show(replace(quiet, plates=(quiet.plates[0], replace(quiet.plates[1], grams=812.0), *quiet.plates[2:])))
        await expect(page.locator("li.plate").nth(1)).to_contain_text("812 g")
        assert await page.evaluate("[...window.touched]") == ["P2"]


async def test_trouble_is_told_with_what_to_do(browser: Browser) -> None:
    store = ShownStore(now=broken_store())
    async with served(store) as url, opened(browser, url) as page:
        await expect(page.locator(".hero-phase")).to_have_text("Closed")
        await expect(page.locator(".hero-reasons")).to_have_text("A weighing plate does not answer. (P2)")
        attention = page.locator("section", has=page.get_by_role("heading", name="Needs attention"))
        await expect(attention).to_contain_text("A weighing plate does not answer.")
        await expect(attention).to_contain_text("Critical · P2")
        await expect(attention).to_contain_text("Check its power and cable.")
        await expect(attention).to_contain_text("Stays until somebody acknowledges it.")
        await expect(page.get_by_role("list", name="Doors")).to_contain_text("Closed, not locked")
        await expect(page.locator(".today-cloud")).to_contain_text("17")
        await expect(page.locator(".today-cloud")).to_contain_text("12 mins")
        await expect(page.get_by_role("link", name=re.compile("Alarms 1 matter needs attention"))).to_be_visible()


async def test_a_product_in_an_alarm_has_its_name(browser: Browser) -> None:
    heavy = AlarmView(
        code="unit_weight_disagrees",
        subject=WATER.gtin,
        severity="warning",
        words="A product weighs something else than the catalogue says.",
        action="Weigh ten pieces.",
        detail="the plates say 541.3 g",
    )
    async with (
        served(ShownStore(now=replace(quiet_store(), alarms=(heavy,)))) as url,
        opened(browser, url, "/alarms") as page,
    ):
        row = page.locator("li.alarm")
        await expect(row).to_contain_text("Spring Water 0.5 l")
        await expect(row).to_contain_text("the plates say 541.3 g")


async def test_what_is_named_in_the_shop_stays_text(browser: Browser) -> None:
    attack = '<img src=x onerror="document.title=1"><script>alert(1)</script>'
    quiet = quiet_store()
    contents = (replace(quiet.plates[0].contents[0], name=attack),)
    odd = replace(quiet, name=attack, plates=(replace(quiet.plates[0], plate=attack, contents=contents), *quiet.plates[1:]))
    async with served(ShownStore(now=odd)) as url, opened(browser, url, "/shelf") as page:
        await expect(page.locator(".store-name strong")).to_have_text(attack)
        await expect(page.locator(".goods-name").first).to_have_text(attack)
        await expect(page).to_have_title(f"Shelf – {attack}")
        assert await page.locator("img").count() == 0


async def test_the_keyboard_presents_a_pass_and_serves_the_cabinet(browser: Browser) -> None:
    store = ShownStore()
    async with served(store) as url, opened(browser, url) as page:
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.className") == "skip"
        await page.keyboard.press("Enter")
        assert await page.evaluate("document.activeElement.id") == "main"
        await page.get_by_role("button", name="Present a pass").focus()
        await page.keyboard.press("Enter")
        await page.keyboard.type("nonsense")
        await page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text("This code is not valid here.")
        await dialog.get_by_label("Text of the pass").fill("ss1.a.b.c")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("Accepted: the door is being unlocked.")).to_be_visible()
        await expect(dialog).to_have_count(0)
        assert [text for text, *_ in store.presented] == ["nonsense", "ss1.a.b.c"]

        await page.get_by_role("button", name="Take out of service").press("Enter")
        await dialog.get_by_role("button", name="Take out of service").press("Enter")
        await expect(dialog).to_contain_text("Say why, in a few words.")
        await dialog.get_by_label("Why").fill("glass broken")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("Out of service: no new visit begins.")).to_be_visible()
        assert store.serviced == [("take_out_of_service", "admin-1", "glass broken")]


async def test_a_refusal_is_shown_while_it_is_fresh(browser: Browser) -> None:
    refused = replace(quiet_store(), refusal=RefusalView(code="expired", words="This code has expired.", at_s=4998.0))
    store = ShownStore(now=refused)
    async with served(store, stream_interval_ms=20) as url, opened(browser, url) as page:
        told = page.locator(".refused")
        await expect(told).to_contain_text("expired")
        await store.show(
            replace(refused, at_s=5100.0, cabinet=CabinetView(phase="idle", words="Present your code.", since_s=5099.0, may_enter=True))
        )
        await expect(told).to_have_count(0)


async def test_the_language_and_the_look_are_chosen_and_kept(browser: Browser) -> None:
    async with served(ShownStore()) as url, opened(browser, url, color_scheme="light") as page:
        await page.get_by_text("中文").click()
        await expect(page.locator("html")).to_have_attribute("lang", "zh")
        await expect(page).to_have_title("今日概览 – Lobby cooler")
        light = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        await page.locator("label", has=page.get_by_role("radio", name="深色")).click()
        await page.goto(f"{url}/shelf")
        await expect(page.locator("html")).to_have_attribute("lang", "zh")
        await expect(page.locator("li.plate")).to_have_count(4)
        assert await page.evaluate("getComputedStyle(document.body).backgroundColor") != light
