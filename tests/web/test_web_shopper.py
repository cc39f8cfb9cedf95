"""The shopper's own screen, and the simulated shopper's controls that a demonstration adds to it and to the dashboard."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from playwright.async_api import Browser, Route, expect

from edge.web.shopper_panel import ActResult, ItemCount, PanelDoor, PanelPlate, ShopperAct, ShopperState
from tests.web.browsing import LIVE, PANEL, SOON_MS, opened
from tests.web.shown_store import ShownStore, broken_store, quiet_store, served, shopping_store
from tests.web.signed_in import cookies

pytestmark = pytest.mark.asyncio(loop_scope="session")


class SimulatedShopper:
    """The other end of the panel's protocol, answered inside the browser: one plate, one door, two hands."""

    def __init__(self) -> None:
        self.door_open = False
        self.inside = False
        self.on_plate, self.in_hands = 3, 0
        self.acts: list[ShopperAct] = []

    def state(self) -> ShopperState:
        water = {"gtin": "04006381333931", "name": "Spring Water 0.5 l"}
        return ShopperState(
            doors=(PanelDoor(id="main", open=self.door_open),),
            plates=(PanelPlate(id="P1", products=(ItemCount(count=self.on_plate, **water),)), PanelPlate(id="P2", products=())),
            hands=(ItemCount(count=self.in_hands, **water),) if self.in_hands else (),
            busy=False,
            may_enter=not self.inside,
            inside=self.inside,
        )

    def act(self, act: ShopperAct) -> ActResult:
        self.acts.append(act)
        match act.action:
            case "open":
                self.door_open = True
            case "take":
                self.on_plate, self.in_hands = self.on_plate - 1, self.in_hands + 1
            case "put_back":
                self.in_hands -= 1
            case "close" | "leave":
                self.door_open = False
                self.inside = act.action == "close"
            case "enter":
                self.inside = True
        return ActResult(ok=True, message=f"Done: {act.action}.")

    async def answer(self, route: Route) -> None:
        allowed = {"access-control-allow-origin": "*", "access-control-allow-headers": "content-type"}
        if route.request.method == "OPTIONS":
            await route.fulfill(status=204, headers=allowed)
        elif route.request.url.endswith("/state"):
            await route.fulfill(status=200, headers=allowed, content_type="application/json", body=self.state().model_dump_json())
        else:
            done = self.act(ShopperAct.model_validate(json.loads(route.request.post_data or "")))
            await route.fulfill(status=200, headers=allowed, content_type="application/json", body=done.model_dump_json())


async def test_a_person_is_the_shopper(browser: Browser) -> None:
    shopper = SimulatedShopper()
    context = await browser.new_context(locale="en-GB")
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    async with served(ShownStore(), shopper_panel_url=PANEL) as url:
        await context.add_cookies(await cookies(url))
        await page.route(f"{PANEL}/**", shopper.answer)
        await page.goto(url)
        said = page.locator(".try-said")
        take = page.get_by_role("button", name="Take Spring Water 0.5 l from P1")
        await expect(take).to_be_disabled(timeout=SOON_MS)
        await page.get_by_role("button", name="Show your code").click()
        await expect(said).to_have_text("Done: enter.")
        await page.get_by_role("button", name="Open the door").click()
        for held in ("1", "2"):
            await take.click()
            await expect(page.get_by_role("radio", name=f"{held} × Spring Water 0.5 l")).to_be_checked()
        await page.get_by_role("button", name="Put back on P2").click()
        await expect(page.get_by_role("radio", name="1 × Spring Water 0.5 l")).to_be_checked()
        await page.get_by_role("button", name="Close the door").click()
        await expect(page.get_by_role("button", name="Open the door")).to_be_enabled()
        await page.get_by_role("button", name="Leave").click()
        await expect(said).to_have_text("Done: leave.")
        await context.close()
    assert complaints == []
    assert [act.action for act in shopper.acts] == ["enter", "open", "take", "take", "put_back", "close", "leave"]
    assert (shopper.acts[4].plate, shopper.acts[4].gtin) == ("P2", "04006381333931")


async def test_the_kiosk_leads_through_a_visit(browser: Browser) -> None:
    store = ShownStore()
    async with served(store, stream_interval_ms=20) as url, opened(browser, url, "/kiosk", awaited="main h1") as page:
        title = page.locator("h1")
        await expect(title).to_have_text("Welcome")
        await expect(page.locator(".kiosk-lead")).to_have_text("Hold your code or card in front of the reader to open the door.")
        await expect(page.get_by_text("Try it as a shopper")).to_have_count(0)
        await store.show(shopping_store())
        await expect(title).to_have_text("Take what you like")
        basket = page.get_by_role("region", name="Your basket")
        await expect(basket).to_contain_text("Falafel Wrap")
        await expect(basket).to_contain_text("€6.89")
        await expect(basket).to_contain_text("P2")
        closing = replace(shopping_store().cabinet, phase="settling", since_s=4999.0)
        await store.show(replace(shopping_store(), cabinet=closing))
        await expect(title).not_to_have_text("Take what you like")
        await store.show(broken_store())
        await expect(title).to_have_text("Closed for now")
        await expect(basket).to_have_count(0)


async def test_the_kiosk_says_that_it_has_lost_the_store_and_comes_back(browser: Browser) -> None:
    async with served(ShownStore()) as url:
        port = int(url.rpartition(":")[2])
        opening = opened(browser, url, "/kiosk", awaited="main h1", complaints=[])
        page = await opening.__aenter__()
        await expect(page.locator("h1")).to_have_text("Welcome")
    await expect(page.locator("main[data-screen=cut]")).to_be_visible(timeout=SOON_MS)
    async with served(ShownStore(now=quiet_store()), port=port):
        await expect(page.locator("h1")).to_have_text("Welcome", timeout=30_000)
        await opening.__aexit__(None, None, None)


async def test_the_dashboard_and_the_kiosk_are_live_side_by_side(browser: Browser) -> None:
    store = ShownStore()
    async with (
        served(store, stream_interval_ms=20) as url,
        opened(browser, url) as board,
        opened(browser, url, "/kiosk", awaited="main h1") as door,
    ):
        await expect(board.locator(LIVE)).to_be_visible()
        await store.show(shopping_store())
        await expect(board.locator(".hero-phase")).to_have_text("Shopping")
        await expect(door.locator("h1")).to_have_text("Take what you like")
