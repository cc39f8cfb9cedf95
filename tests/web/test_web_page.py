"""A person's way through the page, in a real browser against a real server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, async_playwright, expect

from edge.snapshot import AlarmView, CabinetView, RefusalView
from edge.stock_view import StockView
from edge.web.shopper_panel import ActResult, ItemCount, PanelDoor, PanelPlate, ShopperAct, ShopperState
from tests.web.shown_store import WATER, ShownStore, broken_store, quiet_store, served, shopping_store

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--disable-sync",
]
PANEL = "http://127.0.0.1:9/shopper"
SOON_MS = 10_000


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@asynccontextmanager
async def opened(browser: Browser, url: str, *, complaints: list[str] | None = None, **how: Any) -> AsyncIterator[Page]:
    """The page, loaded and live. Collects what the console complains about; a policy violation is one of these."""
    context = await browser.new_context(locale="en-GB", **how)
    page = await context.new_page()
    heard = complaints if complaints is not None else []
    page.on("console", lambda message: heard.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(url)
    await expect(page.locator("#line-words")).to_have_text("Live", timeout=SOON_MS)
    yield page
    assert all(each.startswith((url, PANEL)) for each in asked), "nothing is loaded from elsewhere"
    if complaints is None:
        assert heard == []
    await context.close()


async def test_the_page_follows_a_visit(browser: Browser) -> None:
    store = ShownStore()
    async with served(store, stream_interval_ms=20) as url, opened(browser, url) as page:
        await expect(page.locator("#phase")).to_have_text("Ready")
        await expect(page).to_have_title("Ready – Lobby cooler")
        await expect(page.locator("#basket-empty")).to_have_text("Nobody is shopping.")
        await expect(page.locator("#doors .door-words")).to_have_text("closed, locked")
        await expect(page.locator("#plates > li")).to_have_count(4)
        await expect(page.locator('#plates [data-key="P1"] output')).to_have_text("3,120")
        await expect(page.locator("#receipts > li")).to_have_count(2)
        await expect(page.locator("#receipts")).to_contain_text("before anything is charged: A line is less certain")
        await page.locator("#receipts summary").first.click()
        wrap = page.locator("#receipts .lines > li").nth(1)
        await expect(wrap).to_contain_text("P4 −230.2 g, P3 +4 g at ")
        await expect(wrap).to_contain_text("could also be none of it (26 %), 1 × Chicken Wrap (24 %)")
        await expect(page.locator("#receipts")).to_contain_text("all of it right: 73 % sure")
        await expect(page.locator("#receipts")).to_contain_text("not explained: P2 −31.2 g")
        await expect(page.locator("#alarms-card")).to_be_hidden()
        await expect(page.locator("#shopper")).to_be_hidden()

        await store.show(shopping_store())
        await expect(page.locator("#phase")).to_have_text("Open")
        await expect(page.locator("#doors .door-words")).to_have_text("open")
        await expect(page.locator("#lines > li")).to_have_count(2)
        await expect(page.locator("#lines > li").nth(1)).to_contain_text("Falafel Wrap")
        await expect(page.locator("#lines > li").nth(1)).to_contain_text("74 % sure")
        await expect(page.locator("#total")).to_have_text("€6.89")
        await expect(page.locator("#hints")).to_contain_text("put it back on P2")
        await expect(page.locator('#plates [data-key="P4"]')).to_have_attribute("data-condition", "moving")

        await store.show(quiet_store())
        await expect(page.locator("#phase")).to_have_text("Ready")
        await expect(page.locator("#lines > li")).to_have_count(0)


async def test_the_stock_is_told_product_by_product(browser: Browser) -> None:
    heavy = AlarmView(
        code="unit_weight_disagrees",
        subject=WATER.gtin,
        severity="warning",
        words="A product weighs something else than the catalogue says.",
        action="Weigh ten pieces.",
        detail="the plates say 541.3 g",
    )
    store = ShownStore(now=replace(quiet_store(), alarms=(heavy,)))
    async with served(store, stream_interval_ms=20) as url, opened(browser, url) as page:
        await expect(page.locator("#stock-words")).to_have_text("28 units, 1 short, 2 misplaced")
        rows = page.locator("#stock > li")
        await expect(rows).to_have_count(4)
        await expect(rows.nth(0)).to_contain_text("520 g by the catalogue, weighed 521.3 g ± 0.42 g over 31 units")
        await expect(rows.nth(1)).to_contain_text("P2 10 of 12 · 2 misplaced on P4")
        await expect(rows.nth(3)).to_contain_text("short · P4 1 of 6")
        await expect(page.locator("#proposal")).to_contain_text("Chicken Wrap")
        await expect(page.locator("#proposal")).to_contain_text("P4 · new facing")
        await expect(page.locator("#recount-words")).to_have_text("Last staff visit, 1 h 0 min ago: 33 of 36 units counted")
        await expect(page.locator("#alarms")).to_contain_text("Spring Water 0.5 l · the plates say 541.3 g")
        empty = StockView()
        await store.show(replace(quiet_store(), stock=empty))
        await expect(rows).to_have_count(0)
        await expect(page.locator("#stock-empty")).to_be_visible()
        await expect(page.locator("#proposal-part")).to_be_hidden()
        await expect(page.locator("#recount-part")).to_be_hidden()


async def test_a_product_is_taught_its_weight(browser: Browser) -> None:
    store = ShownStore()
    async with served(store) as url, opened(browser, url) as page:
        await page.locator("details.service summary").click()
        form = page.locator("#count-form")
        await form.get_by_label("Plate").select_option("P3")
        await form.get_by_label("Product").select_option(label="Cola 0.33 l")
        await form.get_by_label("Pieces").fill("8")
        await store.show(shopping_store())  # a new snapshot leaves what was chosen
        await form.get_by_label("Who counted").fill("Kim")
        await form.get_by_role("button", name="Learn").click()
        await expect(page.locator("#count-answer")).to_have_text("Weighed and learned. 521.4 g each; the store now takes 521.1 g.")
    assert store.counted == [("P3", "05449000000996", 8, "Kim")]


async def test_trouble_is_told_with_what_to_do(browser: Browser) -> None:
    store = ShownStore(now=broken_store())
    async with served(store) as url, opened(browser, url) as page:
        await expect(page.locator("#phase")).to_have_text("Out of service")
        await expect(page.locator("#reasons")).to_contain_text("scale-1 does not answer")
        await expect(page.locator("#alarms")).to_contain_text("Check the cable of scale-1.")
        await expect(page.locator("#doors .door-words")).to_have_text("does not lock")
        await expect(page.locator('#plates [data-key="P2"] output')).to_have_text("–")
        await expect(page.locator("#cloud-facts")).to_contain_text("17 events")
        await expect(page.locator("#cloud-facts")).to_contain_text("12 min")
        await expect(page.locator("#devices-words")).to_have_text("1 of 2 answer")


async def test_a_cut_stream_is_told_and_caught_up_by_itself(browser: Browser) -> None:
    store = ShownStore()
    complaints: list[str] = []
    async with served(store, stream_interval_ms=20) as url:
        port = int(url.rpartition(":")[2])
        opening = opened(browser, url, complaints=complaints)
        page = await opening.__aenter__()
    await expect(page.locator("#line-words")).to_contain_text("Connection lost, trying again.", timeout=SOON_MS)
    await expect(page.locator("#phase")).to_have_text("Ready")
    again = ShownStore(now=shopping_store())
    async with served(again, port=port):
        await expect(page.locator("#line-words")).to_have_text("Live", timeout=30_000)
        await expect(page.locator("#phase")).to_have_text("Open")
        await opening.__aexit__(None, None, None)
    assert all("ERR_CONNECTION_REFUSED" in each or "ERR_INCOMPLETE_CHUNKED" in each for each in complaints), complaints


async def test_full_streams_are_retried_until_one_is_free(browser: Browser) -> None:
    store = ShownStore()
    async with served(store, max_streams=1) as url:
        holding = opened(browser, url)
        await holding.__aenter__()
        page = await browser.new_page()
        await page.goto(url)
        await expect(page.locator("#line-words")).to_have_text("Connecting …")
        await holding.__aexit__(None, None, None)
        await expect(page.locator("#line-words")).to_have_text("Live", timeout=30_000)


class Line:
    """A TCP line to the server on which the live stream can fall silent without closing, as behind a dead router.

    New connections get through, and so do idle ones that the browser keeps.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._passing: list[asyncio.Task[None]] = []
        self._streams: list[asyncio.Event] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._port)
        silent = asyncio.Event()
        self._passing += [
            asyncio.create_task(self._pass(far_reader, writer, silent)),
            asyncio.create_task(self._pass(reader, far_writer, silent)),
        ]

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, silent: asyncio.Event) -> None:
        try:
            while chunk := await reader.read(65_536):
                if chunk.startswith(b"GET /api/v1/stream"):
                    self._streams.append(silent)
                if not silent.is_set():
                    writer.write(chunk)
                    await writer.drain()
        finally:
            writer.close()

    def fall_silent(self) -> None:
        """No byte passes any more on the streams there are; their connections stay open."""
        for silent in self._streams:
            silent.set()
        self._streams.clear()

    async def end(self) -> None:
        """Close everything."""
        for task in self._passing:
            task.cancel()
        await asyncio.gather(*self._passing, return_exceptions=True)


async def test_a_line_that_died_silently_is_noticed(browser: Browser) -> None:
    store = ShownStore()
    async with served(store, keep_alive_s=1.0) as url:
        line = Line(int(url.rpartition(":")[2]))
        between = await asyncio.start_server(line, "127.0.0.1", 0)
        near = f"http://127.0.0.1:{between.sockets[0].getsockname()[1]}"
        async with opened(browser, near) as page:
            line.fall_silent()
            await store.show(shopping_store())
            await expect(page.locator("#phase")).to_have_text("Open", timeout=SOON_MS)
            await expect(page.locator("#line-words")).to_have_text("Live")
        between.close()
        await line.end()


async def test_what_is_named_in_the_shop_stays_text(browser: Browser) -> None:
    attack = '<img src=x onerror="document.title=1"><script>alert(1)</script>'
    quiet = quiet_store()
    contents = (replace(quiet.plates[0].contents[0], name=attack),)
    odd = replace(quiet, name=attack, plates=(replace(quiet.plates[0], plate=attack, contents=contents), *quiet.plates[1:]))
    async with served(ShownStore(now=odd)) as url, opened(browser, url) as page:
        await expect(page.locator("#store")).to_have_text(attack)
        await expect(page.locator("#plates .name").first).to_have_text(attack)
        assert await page.locator("img").count() == 0


async def test_the_keyboard_presents_a_pass_and_serves_the_cabinet(browser: Browser) -> None:
    store = ShownStore()
    async with served(store) as url, opened(browser, url) as page:
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.className") == "skip"
        await page.locator("details.service summary").focus()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        await page.keyboard.type("ss1.a.b.c")
        await page.keyboard.press("Enter")
        await expect(page.locator("#entry-answer")).to_have_text("Welcome. The door is being unlocked.")
        assert store.presented == [("ss1.a.b.c", "api", None)]
        await page.get_by_label("Your name").fill("Kim")
        await page.get_by_label("Reason").fill("glass broken")
        await page.get_by_role("button", name="Take out of service").press("Enter")
        await expect(page.locator("#service-answer")).to_have_text("Done.")
        assert store.serviced == [("take_out_of_service", "Kim", "glass broken")]


async def test_a_refusal_is_shown_while_it_is_fresh(browser: Browser) -> None:
    refused = replace(quiet_store(), refusal=RefusalView(code="expired", words="This code has expired.", at_s=4998.0))
    store = ShownStore(now=refused)
    async with served(store, stream_interval_ms=20) as url, opened(browser, url) as page:
        await expect(page.locator("#refusal")).to_have_text("This code has expired.")
        await store.show(
            replace(refused, at_s=5100.0, cabinet=CabinetView(phase="idle", words="Present your code.", since_s=5099.0, may_enter=True))
        )
        await expect(page.locator("#refusal")).to_be_hidden()


@pytest.mark.parametrize("width", [320, 390, 820, 1400])
async def test_nothing_runs_out_of_the_screen(browser: Browser, width: int) -> None:
    for shown in (shopping_store(), broken_store()):
        async with served(ShownStore(now=shown)) as url, opened(browser, url, viewport={"width": width, "height": 800}) as page:
            assert await page.evaluate("document.documentElement.scrollWidth") <= width


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
    async with served(ShownStore(), shopper_panel_url=PANEL) as url:
        context = await browser.new_context()
        page = await context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        await page.route(f"{PANEL}/**", shopper.answer)
        await page.goto(url)
        press = page.get_by_role("button", name="Take Spring Water 0.5 l from plate P1")
        await expect(press).to_be_disabled()
        await page.get_by_role("button", name="Enter").click()
        await expect(page.locator("#shopper-words")).to_have_text("Done: enter.")
        await page.get_by_role("button", name="Open the door").click()
        await press.click()
        await expect(page.locator("#hands")).to_contain_text("1 × Spring Water 0.5 l")
        await press.click()
        await expect(page.locator("#hands")).to_contain_text("2 × Spring Water 0.5 l")
        await page.get_by_role("button", name="Put back on plate P2").click()
        await expect(page.locator("#hands")).to_contain_text("1 × Spring Water 0.5 l")
        await page.get_by_role("button", name="Close the door").click()
        await expect(page.get_by_role("button", name="Open the door")).to_be_enabled()
        await page.get_by_role("button", name="Leave").click()
        await expect(page.locator("#shopper-words")).to_have_text("Done: leave.")
        await context.close()
    assert complaints == []
    assert [act.action for act in shopper.acts] == ["enter", "open", "take", "take", "put_back", "close", "leave"]
    assert (shopper.acts[4].plate, shopper.acts[4].gtin) == ("P2", "04006381333931")
