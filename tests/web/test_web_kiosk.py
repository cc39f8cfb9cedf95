"""The shopper's screen in a browser: every state on every size of screen, the guest's choices, the receipt and who may see it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

import edge.web
from edge.session.refusals import TEXTS
from edge.snapshot import CabinetView, DoorView, Phase, RefusalView, StoreSnapshot
from tests.web.browsing import opened
from tests.web.shown_store import ShownStore, broken_store, quiet_store, receipt_row, served, shopping_store

pytestmark = pytest.mark.asyncio(loop_scope="session")

AT_THE_DOOR = {"door": (1080, 1920), "cabinet": (800, 480), "phone": (390, 844)}
VOICE = """
window.said = [];
const voices = ["en-GB", "zh-CN"].map((lang) => ({ lang, name: lang, localService: true, default: false }));
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
const speech = { getVoices: () => voices, cancel() {}, speak: ({ lang, text }) => window.said.push([lang, text]) };
speech.addEventListener = speech.removeEventListener = () => {};
Object.defineProperty(window, "speechSynthesis", { value: speech });
"""


def words(language: str) -> dict[str, str]:
    found = json.loads((Path(edge.web.__path__[0]) / "languages" / f"{language}.json").read_text("utf-8"))
    assert isinstance(found, dict)
    return found


def during(phase: Phase, *, until_s: float | None = 5030.0) -> StoreSnapshot:
    """A shopper's visit in ``phase``."""
    shopping = shopping_store()
    cabinet = CabinetView(phase=phase, words="", since_s=4999.0, may_enter=False, until_s=until_s)
    shut = phase in {"unlocking", "waiting_for_opening", "closed", "settling"}
    door = DoorView(door="main", open=not shut, secured=phase == "settling")
    return replace(shopping, cabinet=cabinet, doors=(door,))


def ended(*, final: bool) -> StoreSnapshot:
    """The store after the visit of ``shopping_store``, with its receipt on the screen."""
    quiet = quiet_store()
    return replace(
        quiet,
        cabinet=CabinetView(phase="receipt", words="", since_s=5000.0, may_enter=False, until_s=5003.0),
        receipts=(receipt_row(3, final=final), *quiet.receipts),
    )


def refused(code: str) -> StoreSnapshot:
    return replace(quiet_store(), refusal=RefusalView(code=code, words=TEXTS[code], at_s=4999.0))


STATES = {
    "welcome": quiet_store(),
    "closed": broken_store(),
    "refused": refused("needs_cloud"),
    "unlocking": during("unlocking"),
    "openDoor": during("waiting_for_opening"),
    "shopping": during("open"),
    "closeDoor": during("held_open"),
    "pressShut": during("closed"),
    "weighing": during("settling"),
    "receipt": ended(final=False),
}


def screen(page: Page) -> Any:
    return page.locator("main.kiosk-stage")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", AT_THE_DOOR)
async def test_every_state_has_its_words_on_every_screen_and_nothing_sticks_out(browser: Browser, size: str, language: str) -> None:
    width, height = AT_THE_DOOR[size]
    store, known = ShownStore(), words(language)
    how: dict[str, Any] = {"viewport": {"width": width, "height": height}, "color_scheme": "dark" if language == "zh" else "light"}
    async with (
        served(store, stream_interval_ms=20) as url,
        opened(browser, url, f"/kiosk?language={language}", awaited="h1", **how) as page,
    ):
        for name, shown in STATES.items():
            await store.show(shown)
            await expect(screen(page)).to_have_attribute("data-screen", name)
            await expect(page.locator("h1")).to_have_text(known[f"kiosk.{name}.title"])
            wide = await page.evaluate(
                "() => [...document.querySelectorAll('html, .kiosk *')].filter((one) => one.scrollWidth > one.clientWidth + 1 && "
                "getComputedStyle(one).display !== 'inline' && !one.closest('svg, .unseen')).map((one) => one.className || one.tagName)"
            )
            assert wide == [], name
            buttons = await page.locator("button:visible").evaluate_all("all => all.map((one) => one.getBoundingClientRect().height)")
            assert min(buttons) >= 44, name


async def test_every_refusal_says_why_and_what_to_do(browser: Browser) -> None:
    store, known = ShownStore(), words("en")
    advice = {text for key, text in known.items() if key.startswith("kiosk.advice.")}
    async with served(store, stream_interval_ms=20) as url, opened(browser, url, "/kiosk", awaited="h1") as page:
        for code in TEXTS:
            await store.show(refused(code))
            await expect(page.locator(".kiosk-lead")).to_have_text(known[f"refusal.{code}"])
            assert await page.locator(".kiosk-more").inner_text() in advice


async def test_a_receipt_that_is_not_final_says_so_and_how_to_contest_it(browser: Browser) -> None:
    store = ShownStore(now=during("open"))
    async with served(store, stream_interval_ms=20) as url, opened(browser, url, "/kiosk", awaited="h1") as page:
        await expect(screen(page)).to_have_attribute("data-screen", "shopping")
        await store.show(ended(final=False))
        receipt = page.get_by_role("region", name="Your receipt")
        await expect(page.locator(".kiosk-lead")).to_contain_text("You have not been charged yet.")
        await expect(receipt).to_contain_text("a person looks at it first")
        await expect(receipt).to_contain_text("name this visit")
        await expect(receipt.locator(".kiosk-visit")).to_have_text("Visit 0003")
        await expect(page.get_by_role("button", name="Done")).to_have_count(0)
        await store.show(replace(ended(final=False), cabinet=CabinetView(phase="idle", words="", since_s=5003.0, may_enter=True)))
        await page.get_by_role("button", name="Done").click()
        await expect(page.locator("h1")).to_have_text("Welcome")
        await expect(receipt).to_have_count(0)


async def test_who_took_nothing_sees_nobody_elses_receipt(browser: Browser) -> None:
    store = ShownStore(now=during("open"))
    async with served(store, stream_interval_ms=20) as url, opened(browser, url, "/kiosk", awaited="h1") as page:
        await expect(screen(page)).to_have_attribute("data-screen", "shopping")
        await store.show(replace(ended(final=True), receipts=quiet_store().receipts))
        await expect(page.locator(".kiosk-lead")).to_have_text("You took nothing and pay nothing.")
        await expect(page.get_by_role("region", name="Your receipt")).to_have_count(0)


async def test_a_guest_chooses_and_the_next_one_finds_the_screen_as_the_shop_set_it(browser: Browser) -> None:
    store = ShownStore()
    async with served(store, stream_interval_ms=20) as url:
        context = await browser.new_context(locale="en-GB", reduced_motion="reduce")
        await context.add_init_script(VOICE)
        page = await context.new_page()
        await page.goto(f"{url}/kiosk")
        await page.get_by_role("button", name="中文").click()
        await page.get_by_role("button", name="大字").click()
        await page.get_by_role("button", name="朗读").click()
        await expect(page.locator("h1")).to_have_text("欢迎光临")
        await expect(page.locator(".kiosk")).to_have_attribute("data-large", "true")
        await store.show(during("open"))
        await expect(page.get_by_role("status")).to_contain_text("已取走：2 Spring Water")
        await expect(page.get_by_role("status")).to_contain_text("Bar 放在了 P1，请放回 P2。")
        await store.show(ended(final=True))
        await expect(page.locator("h1")).to_have_text("谢谢惠顾")
        await store.show(replace(ended(final=True), cabinet=CabinetView(phase="idle", words="", since_s=5003.0, may_enter=True)))
        await page.get_by_role("button", name="完成").click()
        await expect(page.locator("h1")).to_have_text("Welcome")
        await expect(page.locator(".kiosk")).to_have_attribute("data-large", "false")
        await expect(page.get_by_role("button", name="Read aloud")).to_have_attribute("aria-pressed", "false")
        said = await page.evaluate("said")
        assert {lang for lang, _ in said} == {"zh-CN"}
        assert [text.split()[0] for _, text in said] == ["欢迎光临", "请随意选购", "已取走：2", "谢谢惠顾"]
        assert await page.evaluate("localStorage.length") == 0, "nobody's choice is kept"
        await context.close()


async def test_nobody_is_offered_a_voice_that_does_not_speak_the_language(browser: Browser) -> None:
    async with served(ShownStore()) as url:
        context = await browser.new_context(locale="en-GB", reduced_motion="reduce")
        await context.add_init_script(VOICE.replace('"en-GB", ', ""))
        page = await context.new_page()
        await page.goto(f"{url}/kiosk")
        await expect(page.locator("h1")).to_have_text("Welcome")
        await expect(page.get_by_role("button", name="Read aloud")).to_have_count(0)
        await page.get_by_role("button", name="中文").click()
        await expect(page.get_by_role("button", name="朗读")).to_be_visible()
        await context.close()


async def test_the_screen_begins_anew_by_itself_after_an_update_once_nobody_stands_before_it(browser: Browser) -> None:
    updated = replace(quiet_store().controller, version="0.2.0")
    store = ShownStore(now=during("open"))
    async with served(store, stream_interval_ms=20) as url, opened(browser, url, "/kiosk", awaited="h1") as page:
        await page.evaluate("window.sameDocument = true")
        await store.show(replace(during("held_open"), controller=updated))
        await expect(screen(page)).to_have_attribute("data-screen", "closeDoor")
        assert await page.evaluate("window.sameDocument")
        async with page.expect_navigation():
            await store.show(replace(quiet_store(), controller=updated, cabinet=replace(quiet_store().cabinet, since_s=100.0)))
        await expect(page.locator("h1")).to_have_text("Welcome")
        assert await page.evaluate("window.sameDocument") is None


async def test_a_screen_that_fails_begins_anew(browser: Browser) -> None:
    unreadable: Any = None  # a store of another release may leave out what this screen counts on
    shopping = during("open")
    assert shopping.visit is not None
    broken = replace(shopping, visit=replace(shopping.visit, hints=unreadable))
    store = ShownStore()
    complaints: list[str] = []
    async with served(store, stream_interval_ms=20) as url, opened(browser, url, "/kiosk", awaited="h1", complaints=complaints) as page:
        await page.clock.install()
        await page.reload()
        await expect(page.locator("h1")).to_have_text("Welcome")
        await store.show(broken)
        await expect(page.get_by_role("alert")).to_contain_text("begins anew in a few seconds")
        await store.show(quiet_store())
        async with page.expect_navigation():
            await page.clock.run_for(11_000)
        await expect(page.locator("h1")).to_have_text("Welcome")
