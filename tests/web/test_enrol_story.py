"""A shopkeeper's way with everything real: a new product is enrolled on the page, at the shop's own camera and scale, and then sold."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from devices.sim.layout import COLA, NUTS, TEA, WATER, CabinetLayout, SimDoor, SimPlate, demo_layout
from edge.access.machine_token import read_machine_token
from edge.demo.shop import Shop
from tests.web.browsing import LIVE
from tests.web.signed_in import PASSWORD

STEP_MS = 15_000.0  # ms a step may take on a machine that others use too
READY_S = 30.0
SIDES = 9  # more than the page needs, as some are turned past before they are photographed
SIDE_S = 1.3  # s that somebody holds one side still


def small_shop() -> CabinetLayout:
    """Three plates side by side; the store has never heard of the tea."""
    plates = [(COLA, 6), (WATER, 5), (NUTS, 1)]
    names = ("A1", "A2", "A3")
    return replace(
        demo_layout(),
        products=(COLA, WATER, NUTS),
        plates=tuple(SimPlate(name, product.gtin, count) for name, (product, count) in zip(names, plates, strict=True)),
        doors=(SimDoor("front"),),
        unlisted=(TEA,),
    )


class Keeper:
    """One who keeps the shop: at its page, at its shelf, and before its camera."""

    def __init__(self, shop: Shop, page: Page, api: httpx.AsyncClient) -> None:
        self.shop = shop
        self.page = page
        self.api = api

    async def sees(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The store as it is shown, once it is ``wanted``."""
        found = await self.shop.watch.until(wanted, READY_S)
        assert found is not None, self.shop.controller.tail()
        return found

    @asynccontextmanager
    async def inside(self, role: Any) -> AsyncIterator[str]:
        """A visit with the door open, until the store may be entered again."""
        await self.sees(lambda now: bool(now["cabinet"]["may_enter"]))
        visit, refusal = await self.shop.enter(self.shop.make_pass(role, "kim"))
        assert visit is not None, refusal
        assert await self.shop.cabinet.open_door("front")
        await self.sees(lambda now: now["cabinet"]["phase"] == "open")
        yield visit
        await self.shop.cabinet.close_door("front")
        self.shop.cabinet.walk_away()

    async def next(self, name: str = "Next") -> None:
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def weighs(self, plate: str, pieces: int) -> None:
        """Put pieces down one by one, each at rest before the next."""
        for number, unit in enumerate(self.shop.cabinet.make(TEA.gtin, pieces), 1):
            await self.shop.cabinet.put(plate, [unit])
            await self.rests(plate, number * TEA.unit_weight_g)

    async def rests(self, plate: str, grams: float) -> None:
        """Wait until a plate is at rest with about so much on it."""
        await self.sees(lambda now: _plate(now, plate)["condition"] == "stable" and abs(_plate(now, plate)["grams"] - grams) < 30.0)


def _plate(snapshot: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in snapshot["plates"] if one["plate"] == name)


@asynccontextmanager
async def selling(folder: Path) -> AsyncIterator[Shop]:
    """The shop with its eye."""
    sections = {"visit": {"receipt_shown_s": 0.2}}
    async with Shop(small_shop(), seed=5, directory=folder, camera=True, sections=sections) as shop:
        assert shop.eye is not None
        running = asyncio.create_task(shop.eye.run(lambda _: None))
        try:
            yield shop
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


@asynccontextmanager
async def keeping(shop: Shop, browser: Browser) -> AsyncIterator[Keeper]:
    """A manager who was invited, has chosen a password, and is on the page."""
    machine = {"authorization": f"Bearer {read_machine_token(shop.token_file)}"}
    async with httpx.AsyncClient(base_url=shop.page_url, headers=machine, timeout=READY_S) as api:
        link = (await api.post("/api/v1/users", json={"name": "maria", "role": "manager"})).json()["link"]
        context = await browser.new_context(locale="en-GB", reduced_motion="reduce", viewport={"width": 390, "height": 844})
        page = await context.new_page()
        page.set_default_timeout(STEP_MS)
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(shop.page_url + link)
        for field in await page.locator("input[type=password]").all():
            await field.fill(PASSWORD)
        await page.locator("button[type=submit]").first.click()
        await expect(page.locator(LIVE)).to_be_visible(timeout=STEP_MS)
        yield Keeper(shop, page, api)
        assert complaints == []
        await context.close()


@pytest.mark.timeout(150)
@pytest.mark.asyncio(loop_scope="session")
async def test_a_new_product_is_enrolled_on_the_page_and_then_sold(browser: Browser, tmp_path: Path) -> None:
    async with selling(tmp_path / "shop") as shop, keeping(shop, browser) as maria:
        page = maria.page
        await maria.sees(lambda now: bool(now["eye"]) and now["eye"]["products"] == 3)
        await page.goto(f"{shop.page_url}/products/new")
        await its_number(maria)
        await page.get_by_label("Name on the receipt").fill(TEA.name)
        await page.get_by_label("Price").fill("1,79")
        await maria.next()
        await its_weight(maria)
        await maria.next()
        await its_looks(maria)
        await maria.next()
        await expect(page.get_by_text("Nothing in this store weighs and looks like it.")).to_be_visible(timeout=STEP_MS)
        await maria.next("Save the product")
        await expect(page.get_by_text("is in the catalogue")).to_be_visible(timeout=STEP_MS)
        await expect(page.get_by_text("The eye knows it by")).to_be_visible(timeout=STEP_MS)
        known = await maria.sees(lambda now: now["eye"]["products"] == 4)
        assert known["eye"]["gallery"] == "2"
        assert list((shop.directory / "evidence").glob("enrol/*/*.jpg")) == []
        audit = (await maria.api.get("/api/v1/audit", params={"by": "maria"})).json()["rows"]
        assert "product_enrolled" in {row["action"] for row in audit}
        await its_place(maria)
        receipt = await it_is_sold(maria)
    (line,) = receipt["lines"]
    assert (line["gtin"], line["name"], line["quantity"], line["total_minor"]) == (TEA.gtin, TEA.name, 1, 179)
    assert receipt["status"] == "final"
    guesses = {guess["gtin"]: guess["probability"] for sight in line["pictures"] for guess in sight["guesses"]}
    assert max((gtin for gtin in guesses if gtin), key=guesses.__getitem__) == TEA.gtin, "of all products it is seen as the new one"


async def its_number(maria: Keeper) -> None:
    """The bar code is held before the camera."""
    assert maria.shop.eye is not None
    await maria.next("Read it with a camera")
    await expect(maria.page.locator(".camera-view img")).to_be_visible(timeout=STEP_MS)
    maria.shop.eye.teller.hold_up(TEA.gtin, 6.0, code=True)
    await expect(maria.page.get_by_label("Article number (GTIN)")).to_have_value(TEA.gtin, timeout=STEP_MS)
    await maria.next()


async def its_weight(maria: Keeper) -> None:
    """Three pieces on the plate that reacts, beside which nothing else stands."""
    page = maria.page
    await expect(page.get_by_text("Waiting for the first piece")).to_be_visible(timeout=STEP_MS)
    async with maria.inside("technician"):
        await maria.shop.cabinet.take("A3", 1, NUTS.gtin)
        await maria.rests("A3", 0.0)
        await maria.weighs("A3", 3)
        await page.get_by_label("How many pieces you put on").fill("3")
        await maria.next("Weigh")
        await expect(page.get_by_text("Taken over.")).to_be_visible(timeout=STEP_MS)
    weight = float(await page.get_by_label("Weight of one").input_value())
    assert abs(weight - TEA.unit_weight_g) < 5.0
    assert await page.get_by_label("Units differ by").input_value() != ""


async def its_looks(maria: Keeper) -> None:
    """It is turned before the camera, which takes the photographs by itself."""
    assert maria.shop.eye is not None
    page = maria.page
    await maria.next("Take automatically")
    await expect(page.get_by_role("button", name="Stop")).to_be_visible(timeout=STEP_MS)
    await expect(page.get_by_text("Hold it still")).to_be_visible(timeout=STEP_MS)
    maria.shop.eye.teller.hold_up(TEA.gtin, SIDES * SIDE_S, sides=SIDES)
    await expect(page.get_by_text("Five are enough.")).to_be_visible(timeout=2 * STEP_MS)
    await expect(page.locator(".enrol-views li[data-used=true] img")).to_have_count(5)


async def its_place(maria: Keeper) -> None:
    """It gets the third plate, and a restocker shows the store that it stands there."""
    goods = (await maria.api.get("/api/v1/goods")).json()
    facings = [{name: row[name] for name in ("plate", "gtin", "count")} for row in goods["facings"] if row["plate"] != "A3"]
    facings.append({"plate": "A3", "gtin": TEA.gtin, "count": 6})
    said = await maria.api.post(
        "/api/v1/planogram", json={"version": goods["version"], "reason": "tea instead of nuts", "facings": facings}
    )
    assert said.json()["accepted"], said.text
    async with maria.inside("restocker") as visit:
        pass
    await maria.sees(lambda now: now["stock"]["recount"] is not None and now["stock"]["recount"]["visit"] == visit)


async def it_is_sold(maria: Keeper) -> dict[str, Any]:
    """Somebody takes one; returned: their receipt."""
    async with maria.inside("shopper") as visit:
        await maria.shop.cabinet.wait(1.0)
        await maria.shop.cabinet.take("A3")
        await maria.shop.cabinet.wait(1.0)
    now = await maria.sees(lambda now: any(row["visit"] == visit for row in now["receipts"]))
    receipt: dict[str, Any] = next(row for row in now["receipts"] if row["visit"] == visit)
    return receipt
