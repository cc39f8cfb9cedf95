"""What somebody sees of the pages goes by what they may do; the password is asked again where the store wants it; the way out is found."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route, expect

from edge.access.rights import Role
from edge.web import gate
from tests.web import signed_in
from tests.web.barriers import barriers_on, bring_axe
from tests.web.browsing import SOON_MS, opened
from tests.web.kept_receipts import kept_receipt
from tests.web.shown_store import ShownStore, broken_store, served

pytestmark = pytest.mark.asyncio(loop_scope="session")

FORBIDDEN = "the server responded with a status of 403"  # which a browser says of every refusal


async def unconfirmed(store: ShownStore) -> None:
    """Everybody's password was given long ago."""
    await store.access._write(lambda db: db.execute("UPDATE session SET confirmed_s = 0"))


async def present(page: Page, text: str) -> Any:
    await page.get_by_role("button", name="Present a pass").click()
    form = page.get_by_role("dialog", name="Present a pass")
    await form.get_by_label("Text of the pass").fill(text)
    await page.keyboard.press("Enter")
    return form


async def test_the_password_is_asked_again_and_what_was_asked_for_goes_on_by_itself(browser: Browser) -> None:
    store = ShownStore()
    complaints: list[str] = []
    async with served(store) as url, opened(browser, url, complaints=complaints) as page:
        await unconfirmed(store)
        await present(page, "ss1.a.b.c")
        asking = page.get_by_role("dialog", name="Your password, please")
        await expect(asking).to_contain_text("the password of admin-1")
        await expect(asking.get_by_label("Password")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(asking).to_contain_text("Type your password.")
        await bring_axe(page)
        assert await barriers_on(page) == []
        await asking.get_by_label("Password").fill("not this one")
        await page.keyboard.press("Enter")
        await expect(asking.get_by_role("alert").last).to_contain_text("This is not the password")
        await expect(asking.get_by_label("Password")).to_have_value("")
        assert store.presented == []
        await asking.get_by_label("Password").fill(signed_in.PASSWORD)
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("Accepted: the door is being unlocked.")).to_be_visible()
        await expect(page.get_by_role("dialog")).to_have_count(0)
        assert [text for text, *_ in store.presented] == ["ss1.a.b.c"]
        await present(page, "ss1.d.e.f")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        assert len(store.presented) == 2, "for five minutes nobody asks again"
    assert all(FORBIDDEN in each for each in complaints), complaints


async def test_who_does_not_give_the_password_has_done_nothing(browser: Browser) -> None:
    store = ShownStore()
    async with served(store) as url, opened(browser, url, complaints=[]) as page:
        await unconfirmed(store)
        form = await present(page, "ss1.a.b.c")
        asking = page.get_by_role("dialog", name="Your password, please")
        await expect(asking).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(asking).to_have_count(0)
        await expect(form.get_by_role("alert")).to_contain_text("Your password was not given. Nothing was done.")
        await expect(form.get_by_label("Text of the pass")).to_have_value("ss1.a.b.c")
        assert store.presented == []


async def test_a_viewer_sees_the_shop_and_no_way_to_act(browser: Browser) -> None:
    store = ShownStore(now=broken_store(), kept=[kept_receipt(1)])
    async with served(store) as url, opened(browser, url, role="viewer") as page:
        await expect(page.locator(".signed-in").first).to_contain_text("viewer-1Viewer")
        for act in ("Present a pass", "Take out of service", "Acknowledge"):
            await expect(page.get_by_role("button", name=act)).to_have_count(0)
        links = await page.locator(".nav-link:visible").evaluate_all("all => all.map((one) => new URL(one.href, location).pathname)")
        assert set(links) >= {"/", "/shelf", "/visits", "/alarms", "/stock"}
        assert not {"/review", "/cameras", "/users", "/people", "/settings", "/audit"} & set(links)
        await page.goto(f"{url}/stock")
        await expect(page.locator(".stock-line")).to_have_count(4)
        await expect(page.get_by_role("button", name="Teach")).to_have_count(0)
        await page.goto(f"{url}/visits/0193-visit-0001")
        await expect(page.locator("article.receipt")).to_be_visible()
        await expect(page.get_by_role("link", name="Change this receipt")).to_have_count(0)
        await page.goto(f"{url}/review")
        await expect(page.locator("main")).to_contain_text("Not for your role")
        await expect(page.locator(".queue-row")).to_have_count(0)


@pytest.mark.parametrize(
    ("role", "acts", "not_acts"), [("operator", "Present a pass", "/settings"), ("technician", "Acknowledge", "/review")]
)
async def test_a_role_sees_what_it_may_do(browser: Browser, role: Role, acts: str, not_acts: str) -> None:
    store = ShownStore(now=broken_store())
    async with served(store) as url, opened(browser, url, role=role) as page:
        await expect(page.get_by_role("button", name=acts).first).to_be_visible()
        links = await page.locator(".nav-link:visible").evaluate_all("all => all.map((one) => new URL(one.href, location).pathname)")
        assert not_acts not in links


async def test_another_role_shows_another_page_without_a_reload(browser: Browser) -> None:
    store = ShownStore(now=broken_store())
    complaints: list[str] = []
    async with served(store) as url, opened(browser, url, "/alarms", role="operator", complaints=complaints) as page:
        await page.evaluate("window.sameDocument = true")
        await store.access.change_user("operator-1", role="viewer", by="test")
        await page.get_by_role("button", name="Acknowledge").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Why").fill("cable was loose")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name="Acknowledge")).to_have_count(0)
        await expect(page.locator(".signed-in").first).to_contain_text("Viewer")
        assert await page.evaluate("window.sameDocument")
        assert store.serviced == []
    assert all(FORBIDDEN in each for each in complaints), complaints


@pytest.mark.parametrize("width", [390, 1280])
async def test_the_way_out_is_on_every_screen_and_ends_the_session(browser: Browser, width: int) -> None:
    store = ShownStore()
    async with served(store) as url, opened(browser, url, complaints=[], viewport={"width": width, "height": 844}) as page:
        cookies = {one["name"]: one["value"] for one in await page.context.cookies()}
        assert store.access.session_of(cookies["smartstore_session"]) is not None
        if width < 960:
            await page.get_by_role("button", name="More").click()
        await page.get_by_role("button", name="Sign out").click()
        await page.wait_for_url(f"{url}/signed-out", timeout=SOON_MS)
        assert store.access.session_of(cookies["smartstore_session"]) is None
        assert "smartstore_session" not in {one["name"] for one in await page.context.cookies()}
        await page.goto(f"{url}/shelf")
        await page.wait_for_url(f"{url}/login?next=%2Fshelf", timeout=SOON_MS)


async def test_signing_out_ends_where_it_should_also_where_the_stream_ends_before_the_answer(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "LOOK_EVERY_S", 0.05)
    refused = asyncio.Event()
    async with served(ShownStore()) as url, opened(browser, url, complaints=[], viewport={"width": 1280, "height": 844}) as page:

        async def late(route: Route) -> None:
            reply = await route.fetch()
            await refused.wait()
            await route.fulfill(response=reply)

        page.on("response", lambda reply: refused.set() if reply.status == 401 else None)
        await page.route("**/api/v1/logout", late)
        await page.get_by_role("button", name="Sign out").click()
        await page.wait_for_url(f"{url}/signed-out", timeout=SOON_MS)


async def test_a_page_whose_session_has_ended_leads_to_the_login_and_back(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "LOOK_EVERY_S", 0.1)
    store = ShownStore()
    async with served(store) as url, opened(browser, url, "/alarms", complaints=[]) as page:
        await store.access.end_sessions("admin-1", by="test")
        await page.wait_for_url(f"{url}/login?next=%2Falarms", timeout=SOON_MS)
        await page.get_by_label("Name").fill("admin-1")
        await page.get_by_label("Password").fill(signed_in.PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"{url}/alarms", timeout=SOON_MS)
        await expect(page.locator(".signed-in").first).to_contain_text("admin-1")


async def test_the_shoppers_screen_asks_for_nothing_but_its_own_view(browser: Browser) -> None:
    store = ShownStore(now=replace(broken_store(), name="Corner"))
    asked: list[str] = []
    async with served(store) as url, opened(browser, url, "/kiosk", awaited="h1") as page:
        page.on("request", lambda request: asked.append(request.url.removeprefix(url)))
        await page.reload()
        await expect(page.locator("h1")).to_be_visible()
        assert await page.context.cookies() == []
    assert {place for place in asked if place.startswith("/api/")} == {"/api/v1/kiosk/stream"}
