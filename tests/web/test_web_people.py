"""The pages about people in a browser: who is let in and as what, programs, one's own account, the record; and a viewer who is refused."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from edge.web.front import AuditRow
from tests.web.browsing import LIVE, opened
from tests.web.shown_store import ShownStore, served
from tests.web.signed_in import PASSWORD, page_of, session

pytestmark = pytest.mark.asyncio(loop_scope="session")

SOON_MS = timedelta(seconds=10) / timedelta(milliseconds=1)
NEW = "nine purple kettles sing"
VISIT = "019b0c7d-1111-7222-8333-444455556666"
RECORD = [
    AuditRow(number=number, at_unix_s=1_763_900_000.0 + 60 * number, action=action, by=by, detail=detail)
    for number, (action, by, detail) in enumerate(
        [
            ("take_out_of_service", "maria", "cleaning"),
            ("receipt_reviewed", "maria", f"{VISIT} 1: refunded, -149 due; spoiled"),
            ("entry_refused", "h-7", "expired by qr"),
            ("made_up_by_a_later_release", "=cmd", '@formula, "quoted"'),
        ],
        1,
    )
]


async def test_somebody_is_invited_chooses_a_password_and_works_under_their_name(browser: Browser) -> None:
    store = ShownStore()
    async with served(store) as url, opened(browser, url, "/people", role="admin") as page:
        await page.get_by_role("button", name="Add somebody").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_role("button", name="Add", exact=True).click()
        await expect(dialog.get_by_text("Give a name.")).to_be_visible()
        await dialog.get_by_label("Name").fill("eve")
        await dialog.get_by_label("Role").select_option(label="Operator")
        await dialog.get_by_role("button", name="Add", exact=True).click()
        link = await dialog.get_by_role("textbox", name="Link to hand over").inner_text()
        await dialog.get_by_role("button", name="Done").click()
        row = page.get_by_role("listitem").filter(has=page.get_by_text("eve", exact=True))
        await expect(row.get_by_text("Invited")).to_be_visible()

        hers = await browser.new_context(locale="en-GB")
        window = await hers.new_page()
        await window.goto(link)
        for field in await window.locator("input[type=password]").all():
            await field.fill(NEW)
        await window.locator("form button").first.click()
        await expect(window.locator(LIVE)).to_be_visible(timeout=SOON_MS)
        await window.goto(f"{url}/alarms")
        await window.get_by_role("button", name=re.compile("out of service", re.IGNORECASE)).first.click()
        asked = window.get_by_role("dialog")
        await asked.get_by_label(re.compile("why|reason", re.IGNORECASE)).fill("cleaning")
        await asked.get_by_role("button", name=re.compile("out of service", re.IGNORECASE)).click()
        await expect(asked).to_be_hidden(timeout=SOON_MS)
        assert store.serviced == [("take_out_of_service", "eve", "cleaning")]
        await hers.close()


async def test_a_viewer_is_refused_on_the_page_by_the_api_and_before_a_door(browser: Browser) -> None:
    store = ShownStore()
    async with served(store) as url:
        async with opened(browser, url, "/", role="viewer") as page:
            navigation = page.get_by_role("navigation")
            await expect(navigation.get_by_role("link", name="Shelf")).to_be_visible()
            for kept_back in ("Review", "Settings", "People", "Record"):
                await expect(navigation.get_by_role("link", name=kept_back, exact=True)).to_have_count(0)
            for place in ("/people", "/review", "/settings", "/commissioning"):
                await page.goto(url + place)
                await expect(page.get_by_role("heading", name="Not for your role")).to_be_visible()
        async with await page_of(url, "viewer") as client:
            for place, body in (
                ("/api/v1/service", {"action": "take_out_of_service", "reason": "because"}),
                ("/api/v1/entries", {"pass": "ss1.good"}),
                ("/api/v1/users", {"name": "x", "role": "admin"}),
            ):
                answer = await client.post(place, json=body)
                assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
        assert (store.serviced, store.presented) == ([], [])


async def test_a_role_is_changed_somebody_is_kept_out_and_their_open_page_ends(browser: Browser) -> None:
    async with served(ShownStore()) as url, opened(browser, url, "/people", role="admin", complaints=[]) as page:
        async with opened(browser, url, "/shelf", role="operator", complaints=[]) as window:
            row = page.get_by_role("listitem").filter(has_text="operator-1")
            await page.reload()
            await row.get_by_role("button", name="Change").click()
            await page.get_by_role("dialog").get_by_label("Role").select_option(label="Viewer")
            await page.get_by_role("button", name="Save").click()
            await expect(row.get_by_text("Viewer")).to_be_visible()
            await row.get_by_role("button", name="Change").click()
            await page.get_by_role("dialog").get_by_role("button", name="Keep out").click()
            await expect(row.get_by_text("Kept out")).to_be_visible()
            await expect(window).to_have_url(re.compile("/login"), timeout=2 * SOON_MS)
        mine = page.get_by_role("listitem").filter(has_text="(you)")
        await mine.get_by_role("button", name="Change").click()
        await page.get_by_role("dialog").get_by_label("Role").select_option(label="Viewer")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_text("This is the last admin")).to_be_visible()


async def test_a_program_is_let_in_with_as_little_as_it_needs_and_out_again(browser: Browser) -> None:
    async with served(ShownStore()) as url, opened(browser, url, "/people/tokens", role="admin") as page:
        await expect(page.get_by_text("No program is let in")).to_be_visible()
        await page.get_by_role("button", name="Let a program in").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("What it is for").fill("scraper")
        await dialog.get_by_role("button", name="Make a token").click()
        await expect(dialog.get_by_text("Choose at least one right.")).to_be_visible()
        await dialog.get_by_label("Figures for monitoring").check()
        await dialog.get_by_role("button", name="Make a token").click()
        secret = await dialog.get_by_role("textbox", name="Token").inner_text()
        await dialog.get_by_role("button", name="Done").click()
        bearer = {"authorization": f"Bearer {secret}"}
        assert (await page.request.get(f"{url}/metrics", headers={**bearer, "cookie": ""})).status == 200
        assert (await page.request.get(f"{url}/api/v1/receipts", headers={**bearer, "cookie": ""})).status == 403
        await page.get_by_role("button", name="Revoke scraper").click()
        await page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
        await expect(page.get_by_text("No program is let in")).to_be_visible()
        assert (await page.request.get(f"{url}/metrics", headers={**bearer, "cookie": ""})).status == 401


async def test_ones_own_password_and_browsers(browser: Browser) -> None:
    async with served(ShownStore()) as url:
        await session(url, "operator")
        async with opened(browser, url, "/account", role="operator", complaints=[]) as page:
            sessions = page.get_by_role("region", name="Where you are signed in").get_by_role("listitem")
            await expect(sessions).to_have_count(2)
            await page.get_by_role("button", name="Sign out everywhere else").click()
            await expect(sessions).to_have_count(1)
            await page.get_by_label("Password until now").fill("not this one")
            await page.get_by_label("New password").fill(NEW)
            await page.get_by_role("button", name="Change the password").click()
            await expect(page.get_by_text("This is not the password")).to_be_visible()
            await page.get_by_label("Password until now").fill(PASSWORD)
            await page.get_by_label("New password").fill("short")
            await page.get_by_role("button", name="Change the password").click()
            await expect(page.get_by_text("Too short")).to_be_visible()
            await page.get_by_label("New password").fill(NEW)
            await page.get_by_role("button", name="Change the password").click()
            await expect(page.get_by_text("Changed. You are signed out everywhere else.")).to_be_visible()
            await page.goto(f"{url}/shelf")
            await expect(page.locator(LIVE)).to_be_visible(timeout=SOON_MS)


async def test_the_record_is_searched_read_in_words_and_saved_without_formulas(browser: Browser, tmp_path: Path) -> None:
    async with served(ShownStore(audited=RECORD)) as url, opened(browser, url, "/audit", role="manager") as page:
        lines = page.get_by_role("list", name="Record").get_by_role("listitem")
        await expect(lines).to_have_count(4)
        await expect(lines.nth(0)).to_contain_text("made_up_by_a_later_release")
        await expect(lines.nth(2).get_by_role("link", name="The visit")).to_have_attribute("href", f"/visits/{VISIT}")
        async with page.expect_download() as download:
            await page.get_by_role("button", name="Save as a file").click()
        kept = tmp_path / "audit.csv"
        await (await download.value).save_as(kept)
        rows = list(csv.DictReader(io.StringIO(kept.read_text("utf-8"))))
        assert [row["number"] for row in rows] == ["4", "3", "2", "1"]
        assert (rows[0]["by"], rows[0]["detail"]) == ("'=cmd", '\'@formula, "quoted"')
        await page.get_by_label("What").select_option(label="Decided about a receipt")
        await expect(lines).to_have_count(1)
        await page.get_by_label("What").select_option(label="Everything")
        await page.get_by_label("Who").fill("maria")
        await expect(lines).to_have_count(2)
        await page.get_by_label("Who").fill("nobody")
        await expect(page.get_by_text("Nothing of that kind is in the record")).to_be_visible()
