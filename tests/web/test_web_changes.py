"""Settings, restart and the history of changes in a real browser: what is typed is tried, told and saved, and may be taken back."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from edge.web.changing import ChangeResult, Wrong
from tests.web.barriers import barriers_on, bring_axe
from tests.web.browsing import BACK_MS, SOON_MS, opened
from tests.web.shown_changes import VERSION, shown_settings
from tests.web.shown_store import ShownStore, quiet_store, served, shopping_store

pytestmark = pytest.mark.asyncio(loop_scope="session")


def setting(page: Page, key: str) -> Locator:
    return page.locator("li.setting", has=page.locator(".setting-key", has_text=re.compile(f"^{re.escape(key)}$")))


def told(store: ShownStore, verb: str) -> list[dict[str, Any]]:
    """What the store was really told, tries left out."""
    return [arguments for asked, arguments in store.changing.asked if asked == verb and not arguments["check"]]


async def test_a_setting_is_found_changed_and_saved(browser: Browser) -> None:
    store = ShownStore()
    async with served(store) as url, opened(browser, url, "/settings") as page:
        await expect(page.get_by_text("Waits for a restart: web.port.")).to_be_visible()
        await page.get_by_label("Search settings").fill("bolt must hold")
        relock = setting(page, "visit.relock_within_s")
        await expect(page.locator("li.setting")).to_have_count(1)
        await expect(relock).to_contain_text(re.compile(r"0\.5 to 60 s\s*default: 5 s"))
        await expect(relock).to_contain_text("holds at once")
        await relock.get_by_label("Relock within").fill("61")
        await expect(relock.get_by_role("alert")).to_have_text("Possible is: 0.5 to 60 s")
        save = page.get_by_role("button", name="Review and save")
        await expect(save).to_be_disabled()
        await relock.get_by_label("Relock within").fill("7,5")
        await expect(save).to_be_enabled()

        sections = page.get_by_role("navigation", name="Section")
        await expect(sections.get_by_role("button", name="Visits 1 change")).to_be_visible()
        await sections.get_by_role("button", name="Log", exact=True).click()
        await setting(page, "log.level").get_by_label("Level").select_option(label="everything (debug)")
        await expect(page.get_by_role("group", name="Changes")).to_contain_text("2 changes 1 holds after a restart.")
        await sections.get_by_role("button", name="Visits 1 change").click()
        await expect(page).to_have_url(f"{url}/settings/visit")
        await expect(relock.get_by_label("Relock within")).to_have_value("7,5")
        await expect(relock).to_contain_text("not saved")
        opening = setting(page, "visit.open_within_s")
        await expect(opening).to_contain_text("changed here")
        await opening.get_by_role("button", name="As in the store file: 15 s").click()
        await expect(opening.get_by_label("Open within")).to_have_value("15")

        await save.click()
        review = page.get_by_role("dialog", name="What changes")
        await expect(review.locator(".settings-changes > li")).to_have_text(
            [
                re.compile("Open within.*20 s.*15 s"),
                re.compile("Relock within.*5 s.*7.5 s.*holds at once"),
                re.compile("Level.*info.*debug.*restart"),
            ],
        )
        await expect(review.get_by_label("Why")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(review).to_contain_text("Say why, in a few words.")
        await page.keyboard.type("slow bolt")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("Saved.")).to_be_visible()
        await expect(page.get_by_role("group", name="Changes")).to_have_count(0)
    (said,) = told(store, "change")
    assert said["changes"] == {"visit": {"open_within_s": None, "relock_within_s": 7.5}, "log": {"level": "debug"}}
    assert (said["unset"], said["reason"], said["version"]) == ((), "slow bolt", VERSION)


async def test_problems_stand_beside_their_settings(browser: Browser) -> None:
    store = ShownStore()
    wrong = (
        Wrong(section="bus", number=1, field="baud", words="bus 'scales': the board knows no such speed"),
        Wrong(section="bus", number=None, field="", words="two buses share one port"),
    )
    async with served(store) as url, opened(browser, url, "/settings/bus") as page:
        await page.locator("summary", has_text="scales").click()
        rows = page.locator(".settings-row", has_text="scales")
        baud = rows.locator("li.setting", has=page.get_by_label("Baud"))
        await expect(baud).to_contain_text("with care")
        store.changing.answer = ChangeResult(accepted=False, code="invalid", words="", version=VERSION, problems=wrong)
        await baud.get_by_label("Baud").fill("12345")
        await expect(baud.get_by_role("alert")).to_have_text("bus 'scales': the board knows no such speed")
        await expect(page.get_by_text("two buses share one port")).to_be_visible()
        await expect(page.get_by_text("Something is not right yet.")).to_be_visible()
        await bring_axe(page)
        assert await barriers_on(page) == []
        await page.get_by_role("button", name="Discard").click()
        await expect(page.get_by_text("two buses share one port")).to_have_count(0)

        store.changing.answer = None
        await baud.get_by_label("Baud").fill("38400")
        await page.get_by_role("button", name="Review and save").click()
        review = page.get_by_role("dialog")
        await expect(review).to_contain_text("A wrong value here may close the store")
        store.changing.view = replace(shown_settings(), version="bbbbbbbbbbbbbbbb")
        await review.get_by_label("Why").fill("other scales")
        await review.get_by_role("button", name="Save").click()
        await expect(review.get_by_role("alert")).to_contain_text("Somebody else has saved something meanwhile.")
        await review.get_by_role("button", name="Save").click()
        await expect(review).to_have_count(0)
    (said,) = told(store, "change")
    assert [row["name"] for row in said["changes"]["bus"]] == ["locks", "scales", "codes"]
    assert said["changes"]["bus"][1]["baud"] == 38400


async def test_a_restart_waits_for_the_shopper_and_the_page_comes_back(browser: Browser) -> None:
    store = ShownStore(now=shopping_store())
    complaints: list[str] = []
    async with served(store, stream_interval_ms=20) as url:
        port = int(url.rpartition(":")[2])
        opening = opened(browser, url, "/settings", complaints=complaints)
        page = await opening.__aenter__()
        await page.get_by_role("button", name="Restart").click()
        dialog = page.get_by_role("dialog", name="Restart")
        await expect(dialog).to_contain_text("The shop is closed for about 15 secs")
        await expect(dialog).to_contain_text("Somebody is inside. The restart waits until they have left")
        await page.keyboard.type("new settings")
        await page.keyboard.press("Enter")
        await expect(dialog).to_contain_text("The controller is ending …")
        assert [reason for _, reason in store.restarts] == ["new settings"]
    await expect(dialog).to_contain_text("The store is away for a moment …", timeout=SOON_MS)
    quiet = quiet_store()
    again = replace(quiet, controller=replace(quiet.controller, started_s=4990.0))
    async with served(ShownStore(now=again, access=store.access), port=port):
        await expect(dialog).to_contain_text("The store is back.", timeout=BACK_MS)
        await dialog.get_by_role("button", name="Done").click()
        await expect(dialog).to_have_count(0)
        await opening.__aexit__(None, None, None)


async def test_the_history_leads_back(browser: Browser) -> None:
    store = ShownStore()
    async with served(store) as url, opened(browser, url, "/settings/history") as page:
        changes = page.get_by_role("list", name="History of changes").get_by_role("listitem")
        await expect(changes).to_have_text(
            [
                re.compile(r"web\.port and visit\.open_within_s.*another port.*maria · .*2025.*holds now"),
                re.compile(r"products.*autumn prices.*tom · .*2025"),
                re.compile("The store file alone"),
            ]
        )
        await expect(changes.first.get_by_role("button")).to_have_count(0)
        await page.get_by_role("button", name="Go back to change 1").click()
        dialog = page.get_by_role("dialog", name="Go back to change 1")
        await expect(dialog).to_contain_text("This changes: products.")
        await expect(dialog.get_by_label("Why")).to_have_value("Back to change 1")
        await dialog.get_by_role("button", name="Go back").click()
        await expect(dialog).to_have_count(0)
        await page.get_by_role("button", name="Go back to the store file").click()
        await expect(page.get_by_role("dialog", name="Go back to the store file")).to_be_visible()
    (said,) = told(store, "back")
    assert (said["number"], said["reason"], said["version"]) == (1, "Back to change 1", VERSION)


async def test_a_viewer_reads_prices_and_changes_nothing(browser: Browser) -> None:
    async with served(ShownStore()) as url, opened(browser, url, "/planogram", role="viewer") as page:
        await expect(page.get_by_text("Your role may not open this page.")).to_be_visible()
        await expect(page.get_by_role("link", name="Settings")).to_have_count(0)
        await page.get_by_role("link", name="Products").click()
        await page.get_by_role("link", name="Spring Water").click()
        dialog = page.get_by_role("dialog", name="Spring Water")
        await expect(dialog).to_contain_text("€1.20")
        await expect(dialog.get_by_role("textbox")).to_have_count(0)
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("button", name="Add a product")).to_have_count(0)
