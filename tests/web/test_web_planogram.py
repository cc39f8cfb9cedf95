"""The planogram in a real browser: laid out by mouse, by touch and by the keyboard, with what it means told before it is saved."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from edge.web.changing import ChangeResult, FacingRow, GoodsView, ProposedRow, Wrong
from tests.web.barriers import barriers_on, bring_axe
from tests.web.browsing import opened
from tests.web.shown_changes import VERSION, shown_goods
from tests.web.shown_store import BARS, COLA, WATER, ShownStore, served

pytestmark = pytest.mark.asyncio(loop_scope="session")

NEXT = "aaaaaaaaaaaaaaaa"
CHICKEN = "04000000000020"
DESK: dict[str, Any] = {"viewport": {"width": 1400, "height": 900}}  # all plates in one row
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def plate(page: Page, name: str) -> Locator:
    return page.locator(f"li[data-plate={name}]")


def facings(page: Page, name: str) -> Locator:
    return plate(page, name).locator(".facing .facing-name")


async def middle(what: Locator) -> tuple[float, float]:
    await what.scroll_into_view_if_needed()
    box = await what.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def dragged(page: Page, what: Locator, to: Locator) -> None:
    """By the mouse, in steps as a hand moves."""
    await page.mouse.move(*await middle(what))
    await page.mouse.down()
    await page.mouse.move(*await middle(to), steps=4)
    await expect(page.locator(".planogram-ghost")).to_be_visible()
    await page.mouse.up()
    await expect(page.locator(".planogram-ghost")).to_have_count(0)


async def touched(page: Page, what: Locator, to: Locator) -> None:
    """By a finger that does not leave the glass."""
    line = await page.context.new_cdp_session(page)
    begin, end = await middle(what), await middle(to)
    for kind, points in (
        ("touchStart", [begin]),
        ("touchMove", [(begin[0] + 20, begin[1] + 4)]),
        ("touchMove", [end]),
        ("touchEnd", []),
    ):
        await line.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})
    await line.detach()


def told(store: ShownStore, verb: str = "set_planogram") -> list[dict[str, Any]]:
    """What the store was really told, tries left out."""
    return [arguments for asked, arguments in store.goods.asked if asked == verb and not arguments["check"]]


def laid(said: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [(row["plate"], row["gtin"], row["count"], row.get("min_count")) for row in said["facings"]]


def with_facing(view: GoodsView, facing: FacingRow) -> GoodsView:
    """As somebody else has saved it."""
    return replace(view, version=NEXT, facings=(*(one for one in view.facings if one.plate != facing.plate), facing))


async def test_goods_are_dragged_onto_plates_and_saved(browser: Browser) -> None:
    store = ShownStore()
    async with served(store) as url, opened(browser, url, "/planogram", **DESK) as page:
        save = page.get_by_role("button", name="Review and save")
        await expect(plate(page, "P1")).to_contain_text(re.compile(r"4\.17\skg of 10\.00\skg"))
        await expect(save).to_be_disabled()
        await dragged(page, page.locator(".planogram-item", has_text="Chicken Wrap"), plate(page, "P3"))
        await expect(facings(page, "P3")).to_have_text(["Cola 0.33 l", "Chicken Wrap"])
        await expect(plate(page, "P3")).to_contain_text("Weighs like Falafel Wrap (P4)")
        await dragged(page, facings(page, "P2"), plate(page, "P1"))
        await expect(facings(page, "P1")).to_have_text(["Spring Water 0.5 l", "Oat & Honey Bar"])
        await expect(plate(page, "P2")).to_contain_text("Nothing belongs here.")
        await dragged(page, facings(page, "P4"), page.locator("[data-list]"))
        await expect(facings(page, "P4")).to_have_count(0)
        await expect(page.get_by_text("3 changes")).to_be_visible()

        count = plate(page, "P3").get_by_label("Full Chicken Wrap on P3")
        await count.fill("0")
        await expect(count).to_have_attribute("aria-invalid", "true")
        await count.fill("4")
        await count.press("Enter")
        await count.press("ArrowUp")
        await expect(count).to_have_value("5")
        short = plate(page, "P3").get_by_label("Short below Chicken Wrap on P3")
        await expect(short).to_have_attribute("placeholder", "2")
        await short.fill("3")
        await save.click()

        review = page.get_by_role("dialog", name="What changes")
        await expect(review.locator(".differences > li")).to_have_text(
            [
                "P1Oat & Honey Bar12 when full, short below 3from P2",
                "P3Chicken Wrap5 when full, short below 3new",
                re.compile("P4Falafel.*removed"),
            ],
        )
        await expect(review).to_contain_text("Holds from the next visit on")
        await review.get_by_label("Why").fill("autumn shelf")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("The planogram is saved.")).to_be_visible()
    (said,) = told(store)
    assert sorted(laid(said)) == sorted(
        [("P1", WATER.gtin, 8, None), ("P1", BARS.gtin, 12, None), ("P3", COLA.gtin, 10, None), ("P3", CHICKEN, 5, 3)]
    )
    assert (said["reason"], said["version"]) == ("autumn shelf", VERSION)


async def test_the_keyboard_carries_goods_and_says_what_it_does(browser: Browser) -> None:
    store = ShownStore()
    async with served(store) as url, opened(browser, url, "/planogram", **DESK) as page:
        said = page.locator(".planogram-desk > [role=status]")
        await page.get_by_role("button", name="Move Cola 0.33 l from P3").focus()
        await page.keyboard.press("Enter")
        await expect(said).to_contain_text("Picked up Cola 0.33 l from P3.")
        target = page.get_by_role("button", name=re.compile("^Leave on P3: Cola 0.33 l"))
        await expect(target).to_be_focused()
        await bring_axe(page)
        assert await barriers_on(page) == []
        await page.keyboard.press("ArrowLeft")
        await page.keyboard.press("ArrowLeft")
        await expect(page.get_by_role("button", name="Put on P1: Cola 0.33 l. There: Spring Water 0.5 l")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(said).to_have_text("Nothing is changed.")
        await expect(page.get_by_role("button", name="Move Cola 0.33 l from P3")).to_be_focused()

        await page.keyboard.press("Space")
        await page.keyboard.press("ArrowRight")
        await page.keyboard.press("Enter")
        await expect(said).to_have_text("Cola 0.33 l moved from P3 to P4.")
        await expect(facings(page, "P4")).to_have_text(["Falafel Wrap", "Cola 0.33 l"])
        await expect(page.get_by_role("button", name="Move Cola 0.33 l from P4")).to_be_focused()
        await page.keyboard.press("Control+z")
        await expect(facings(page, "P3")).to_have_text(["Cola 0.33 l"])
        await page.keyboard.press("Control+Shift+z")
        await expect(facings(page, "P3")).to_have_count(0)

        item = page.locator(".planogram-item", has_text="Spring Water")
        await item.press("Enter")
        await page.keyboard.press("Enter")
        await expect(said).to_have_text("Spring Water 0.5 l has a place on P1 already.")
        await page.get_by_role("button", name="Take Falafel Wrap off P4").press("Enter")
        await expect(said).to_have_text("Falafel Wrap is off P4.")
        heavy = plate(page, "P4").get_by_label("Full Cola 0.33 l on P4")
        await heavy.fill("40")
        await heavy.press("Enter")
        await expect(plate(page, "P4")).to_contain_text("More than this plate carries when full.")
        problem = Wrong(section="planogram", number=None, field="", words="plate 'P4' would carry 14000 g when full")
        store.goods.answer = ChangeResult(accepted=False, code="invalid", words="", version=VERSION, problems=(problem,))
        await page.get_by_role("button", name="Review and save").press("Enter")
        review = page.get_by_role("dialog")
        await expect(review.get_by_role("alert")).to_contain_text("would carry 14000 g")
        await expect(review.get_by_role("button", name="Save")).to_be_disabled()
        assert await barriers_on(page) == []
        await page.keyboard.press("Escape")
        await expect(review).to_have_count(0)

        await page.get_by_role("link", name="Shelf").press("Enter")
        await page.get_by_role("dialog", name="Leave without saving?").get_by_role("button", name="Leave without saving").click()
        await expect(page).to_have_url(f"{url}/shelf")
    assert told(store) == []


async def test_a_phone_is_enough(browser: Browser) -> None:
    store = ShownStore()
    async with served(store) as url, opened(browser, url, "/planogram", **PHONE) as page:
        await page.get_by_role("button", name="Products", exact=True).tap()
        sheet = page.get_by_role("dialog", name="Products")
        await sheet.get_by_label("Search").fill("chick")
        await sheet.get_by_role("button", name=re.compile("Chicken Wrap")).tap()
        await expect(sheet).to_have_count(0)
        await expect(page.get_by_role("group", name="Changes")).to_contain_text("Chicken Wrap Choose a plate.")
        await page.get_by_role("button", name=re.compile("^Put on P2: Chicken Wrap")).tap()
        await expect(facings(page, "P2")).to_have_text(["Oat & Honey Bar", "Chicken Wrap"])
        await touched(page, page.get_by_role("button", name="Move Oat & Honey Bar from P2"), facings(page, "P1"))
        await expect(facings(page, "P1")).to_have_text(["Spring Water 0.5 l", "Oat & Honey Bar"])
        await page.get_by_role("button", name="Undo").click()
        await expect(facings(page, "P2")).to_have_text(["Oat & Honey Bar", "Chicken Wrap"])
        assert await page.evaluate("document.documentElement.scrollWidth") == 390


async def test_what_a_restocker_laid_out_is_taken_over_or_not(browser: Browser) -> None:
    store = ShownStore()
    view = shown_goods()
    fewer = ProposedRow(plate="P1", gtin=WATER.gtin, name=WATER.name, count=6, was=8)
    store.goods.view = replace(view, proposal=(*view.proposal, fewer))
    async with served(store, stream_interval_ms=20) as url, opened(browser, url, "/planogram", **DESK) as page:
        band = page.get_by_role("region", name="Laid out differently")
        await expect(band).to_contain_text("In 2 places, goods seem to be laid out differently.")
        await expect(plate(page, "P1")).to_contain_text("Seems to be 6 when full; 8 in the plan.")
        await page.get_by_role("button", name="Dismiss Spring Water 0.5 l on P1").click()
        await expect(plate(page, "P1")).not_to_contain_text("Seems to be")
        await page.get_by_role("button", name="Take over Chicken Wrap on P4").click()
        await expect(facings(page, "P4")).to_have_text(["Falafel Wrap", "Chicken Wrap"])
        await expect(plate(page, "P4").get_by_label("Full Chicken Wrap on P4")).to_have_value("5")
        await band.get_by_role("button", name="Dismiss all").click()
        await expect(page.get_by_text("Saved.")).to_be_visible()
    (said,) = told(store, "decide_proposal")
    assert (said["take"], said["reason"]) == (False, "The plan stays as it is")


async def test_two_who_lay_out_the_same_shelf_see_each_other(browser: Browser) -> None:
    store = ShownStore()
    async with served(store, stream_interval_ms=20) as url, opened(browser, url, "/planogram", **DESK) as page:
        await page.get_by_role("button", name="Take Oat & Honey Bar off P2").click()
        count = plate(page, "P3").get_by_label("Full Cola 0.33 l on P3")
        await count.fill("8")
        await count.press("Enter")
        await page.get_by_role("button", name="Review and save").click()
        store.goods.view = with_facing(store.goods.view, FacingRow(plate="P3", gtin=COLA.gtin, count=20, short_below=5, units=9))
        review = page.get_by_role("dialog", name="What changes")
        await review.get_by_role("button", name="Save").click()
        await expect(review.get_by_role("alert")).to_contain_text("Somebody else has saved something meanwhile.")
        await review.get_by_role("button", name="Back").click()
        both = page.get_by_role("alert").filter(has_text="Somebody else has saved meanwhile")
        await expect(both.get_by_role("region", name="What they changed")).to_contain_text(
            "Cola 0.33 l10 when full, short below 3 → 20 when full, short below 5changed by both"
        )
        await expect(both.get_by_role("region", name="What you changed").get_by_role("listitem")).to_have_count(2)
        await expect(page.get_by_role("button", name="Review and save")).to_be_disabled()
        await bring_axe(page)
        assert await barriers_on(page) == []
        await both.get_by_role("button", name="Put mine on top").click()
        await expect(both).to_have_count(0)
        await expect(count).to_have_value("8")
        await page.get_by_role("button", name="Review and save").click()
        await review.get_by_role("button", name="Save").click()
        await expect(page.get_by_text("The planogram is saved.")).to_be_visible()
    first, second = told(store)
    assert (first["version"], second["version"]) == (VERSION, NEXT)
    assert ("P3", COLA.gtin, 8, None) in laid(second)
    assert BARS.gtin not in {gtin for _, gtin, *_ in laid(second)}
