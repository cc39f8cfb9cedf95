"""A new product on the page, in a real browser: by the keyboard alone, left and taken up again, and every trouble with what to do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from edge.web.enrolment import ConflictRow, EnrolmentResult, EnrolmentView, WeighingResult
from tests.web.barriers import barriers_on, bring_axe
from tests.web.browsing import SOON_MS, opened
from tests.web.shown_changes import VERSION
from tests.web.shown_enrolment import TOKEN, enrolment, view
from tests.web.shown_eye import EYE, watched_store
from tests.web.shown_store import COLA, WATER, ShownStore, quiet_store, served

pytestmark = pytest.mark.asyncio(loop_scope="session")

TEA = "9521234500070"
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}}
JPEG = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000ffdb004300010101010101010101010101010101010101010101010101010101010101010101010101010101010101"
    "01010101010101010101010101010101010101010101ffc0000b080001000101011100ffc40014000100000000000000000000000000000009ffc400141001000000"
    "00000000000000000000000000ffda0008010100003f0054df3fffd9"
)
COLA_ALIKE = ConflictRow(
    severity="conflict",
    code="looks_and_weighs",
    gtin=COLA.gtin,
    name=COLA.name,
    mistaken=0.3,
    near=("P3", "P4"),
    grams=(351.2, 350.0),
    words="",
)


def eyed(**eye: Any) -> ShownStore:
    """A store with cameras; the pictures of its photographs are there."""
    store = ShownStore(now=replace(watched_store(), eye=replace(EYE, **eye)))
    store.pictures |= {f"enrol/{TOKEN}/{number}.jpg": JPEG for number in range(1, 9)} | {"now/upper.jpg": JPEG}
    return store


class Keeper:
    """Somebody at the page."""

    def __init__(self, store: ShownStore, page: Page) -> None:
        self.store = store
        self.page = page

    async def says(self, now: EnrolmentView | None) -> None:
        """The eye has something to say."""
        self.store.enrolment.now = now
        snapshot = self.store.now
        await self.store.show(replace(snapshot, enrolments_no=snapshot.enrolments_no + 1))

    async def asked(self, *wish: str) -> None:
        """Wait until the store was asked this."""
        async with asyncio.timeout(SOON_MS / 1000):
            while wish not in self.store.enrolment.asked:  # noqa: ASYNC110 - what another task records has no event
                await asyncio.sleep(0.01)

    async def press(self, name: str) -> None:
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def on(self, title: str) -> None:
        """The step with this title is shown, and has the focus in it."""
        await expect(self.page.get_by_role("heading", name=title)).to_be_visible(timeout=SOON_MS)
        assert await self.page.evaluate("document.activeElement.closest('.enrol-step') !== null"), "who listens is taken along"

    async def to_photographs(self) -> None:
        """The first three steps, typed."""
        await self.page.get_by_label("Article number").fill(TEA)
        await self.page.keyboard.press("Enter")
        await self.page.get_by_label("Name on the receipt").fill("Mint tea")
        await self.page.get_by_label("Price").fill("1,79")
        await self.page.keyboard.press("Enter")
        await self.page.get_by_text("Type it in").click()
        await self.page.get_by_label("Weight of one").fill("351,2")
        await self.page.keyboard.press("Enter")


@asynccontextmanager
async def keeping(browser: Browser, store: ShownStore, place: str = "/products/new", **how: Any) -> AsyncIterator[Keeper]:
    async with served(store, stream_interval_ms=20) as url, opened(browser, url, place, **how) as page:
        yield Keeper(store, page)


async def test_a_product_is_enrolled_step_by_step_without_a_mouse(browser: Browser) -> None:
    store = eyed()
    async with keeping(browser, store, **PHONE) as maria:
        page, keys = maria.page, maria.page.keyboard
        await bring_axe(page)
        barriers = await barriers_on(page)
        await page.get_by_label("Article number").fill("9521234500071")
        await keys.press("Enter")
        await expect(page.get_by_text("The last digit does not fit")).to_be_visible()
        await page.get_by_label("Article number").fill(TEA)
        await keys.press("Enter")
        await maria.on("What is it called, what does it cost?")
        await expect(page.get_by_text("Step 2 of 6")).to_be_visible()
        await keys.type("Mint tea")
        await keys.press("Tab")
        await keys.type("1,79")
        await expect(page.get_by_label("Tax contained in it")).to_have_value("19")
        barriers += await barriers_on(page)
        await keys.press("Enter")
        await maria.on("What does one weigh?")
        plates = [replace(plate, grams=(plate.grams or 0.0) + (1756.0 if plate.plate == "P2" else 0.4)) for plate in store.now.plates]
        await store.show(replace(store.now, plates=tuple(plates)))
        await expect(page.locator(".enrol-plate")).to_contain_text("P2")
        await expect(page.locator(".enrol-plate")).to_contain_text("+1.76 kg since you began")
        await page.get_by_label("How many pieces").fill("5")
        await keys.press("Enter")
        await expect(page.get_by_text("One weighs 351.2 g ± 0.3 g")).to_be_visible()
        await expect(page.get_by_label("Weight of one")).to_have_value("351.2")
        await expect(page.get_by_label("Units differ by")).to_have_value("1.4")
        barriers += await barriers_on(page)
        await page.get_by_label("Weight of one").press("Enter")
        await maria.on("Show it to a camera")
        await page.get_by_role("button", name="Take automatically").press("Enter")
        await maria.asked("look", TOKEN, "upper", "views")
        await maria.says(enrolment(TEA, views=(view(1),)))
        await expect(page.locator(".enrol-say")).to_have_text("Photographed. Turn it to another side.")
        await maria.says(enrolment(TEA, views=(view(1), view(2, used=False, flaw="blurred"))))
        await expect(page.locator(".enrol-say")).to_have_text("Blurred: hold it still.")
        await maria.says(enrolment(TEA, views=(view(1), view(2, used=False, flaw="blurred"), view(3, flaw="unlike"))))
        await expect(page.locator(".enrol-say")).to_have_text("Photographed. Turn it to another side.")
        barriers += await barriers_on(page)
        await page.get_by_role("button", name="Remove photograph 2").press("Enter")
        await maria.asked("mind", TOKEN, "2", "drop")
        good = tuple(view(number) for number in (1, 3, 4, 5, 6))
        await maria.says(enrolment(TEA, views=good, full=True, conflicts=(COLA_ALIKE,)))
        await expect(page.get_by_text("Five are enough.")).to_be_visible()
        await expect(page.get_by_role("button", name="Take automatically")).to_be_disabled()
        await page.get_by_role("button", name="Next").press("Enter")
        await maria.on("Is everything right?")
        await expect(page.get_by_text("Looks and weighs like “Cola 0.33 l” (351.2 g and 350.0 g)")).to_be_visible()
        barriers += await barriers_on(page)
        assert store.enrolment.drafts[-1] is not None
        assert (store.enrolment.drafts[-1].gtin, store.enrolment.drafts[-1].unit_weight_g, store.enrolment.drafts[-1].plate) == (
            TEA,
            351.2,
            "P2",
        )
        await page.get_by_role("button", name="Save the product").press("Enter")
        await maria.asked("save", TOKEN, TEA, "admin-1")
        await maria.says(enrolment(TEA, step="waiting", views=good))
        await expect(page.get_by_text("The eye is learning it")).to_be_visible()
        await maria.says(enrolment(TEA, step="done", views=good, gallery="4"))
        await expect(page.get_by_text("The eye knows it by 5 photographs.")).to_be_visible()
        barriers += await barriers_on(page)
        (saved,) = [told for verb, told in store.goods.asked if verb == "set_product" and not told["check"]]
        assert saved["product"] == {
            "gtin": TEA,
            "name": "Mint tea",
            "price_minor": 179,
            "tax_bp": 1900,
            "unit_weight_g": 351.2,
            "weight_sd_g": 1.4,
        }
        assert (saved["by"], saved["version"]) == ("admin-1", VERSION)
        await page.get_by_role("link", name="Give it a place").press("Enter")
        await page.wait_for_url("**/planogram")
        assert barriers == []


async def test_the_bar_code_is_read_by_a_camera_and_what_is_sold_already_is_known(browser: Browser) -> None:
    store = eyed()
    async with keeping(browser, store) as maria:
        page = maria.page
        await maria.press("Read it with a camera")
        await maria.asked("look", TOKEN, "upper", "code")
        await expect(page.get_by_text("Looking for a bar code")).to_be_visible()
        await expect(page.locator(".camera-frame")).to_be_visible()
        await maria.says(enrolment("", code=COLA.gtin))
        await expect(page.get_by_label("Article number")).to_have_value(COLA.gtin)
        await expect(page.get_by_text("This is “Cola 0.33 l”, which is sold here already.")).to_be_visible()
        await expect(page.get_by_role("button", name="Next")).to_be_disabled()
        await page.get_by_role("link", name="Take photographs of it").click()
        await expect(page.get_by_role("heading", name="Photographs of “Cola 0.33 l”")).to_be_visible()
        await expect(page.get_by_text("It knows this product by 4 photographs.")).to_be_visible()


async def test_what_was_begun_is_taken_up_again_or_given_up(browser: Browser) -> None:
    store = eyed()
    async with keeping(browser, store) as maria:
        page = maria.page
        await maria.to_photographs()
        await maria.press("Take one")
        await maria.asked("look", TOKEN, "upper", "view")
        await maria.says(enrolment(TEA, views=(view(1),)))
        await expect(page.locator(".enrol-views li")).to_have_count(1)
        await page.reload()
        await expect(page.get_by_text("You had begun this: Mint tea")).to_be_visible(timeout=SOON_MS)
        await expect(page.get_by_role("heading", name="Show it to a camera")).to_be_visible()
        await expect(page.locator(".enrol-views li")).to_have_count(1)
        await page.go_back()
        await expect(page.get_by_label("Weight of one")).to_have_value("351,2")
        await maria.press("Begin anew")
        await maria.asked("end", TOKEN, "admin-1")
        await expect(page.get_by_label("Article number")).to_have_value("")
        await page.goto(f"{page.url}/check")
        await expect(page.get_by_role("heading", name="Which product is it?")).to_be_visible(timeout=SOON_MS)


async def test_what_somebody_else_has_begun_is_taken_over(browser: Browser) -> None:
    store = eyed()
    store.enrolment.now = enrolment(TEA, views=(view(1), view(2)))
    async with keeping(browser, store) as maria:
        await expect(maria.page.get_by_text(f"{TEA}, 2 photographs, by anna")).to_be_visible()
        await maria.press("Go on with it here")
        await expect(maria.page.get_by_label("Article number")).to_have_value(TEA)


async def test_without_cameras_a_product_is_enrolled_by_number_price_and_weight(browser: Browser) -> None:
    store = ShownStore(now=quiet_store())
    async with keeping(browser, store) as maria:
        page = maria.page
        await expect(page.get_by_text("Step 1 of 5")).to_be_visible()
        await expect(page.get_by_role("button", name="Read it with a camera")).to_have_count(0)
        await maria.to_photographs()
        await maria.on("Is everything right?")
        await maria.press("Save the product")
        await expect(page.get_by_text("“Mint tea” is in the catalogue.")).to_be_visible()
        assert store.enrolment.asked == []
        await page.goto(page.url.split("/products")[0] + f"/products/{COLA.gtin}/photographs")
        await expect(page.get_by_text("This store has no cameras.")).to_be_visible(timeout=SOON_MS)


async def test_every_trouble_of_the_photographing_is_told_with_what_to_do(browser: Browser) -> None:
    store = eyed()
    async with keeping(browser, store, f"/products/{WATER.gtin}/photographs") as maria:
        page = maria.page
        await maria.press("Take one")
        await maria.asked("look", TOKEN, "upper", "view")
        for trouble, words in (
            ("no_picture", "The camera showed no picture."),
            ("other_model", "A technician has to enrol them anew"),
            ("signed_only", "the product is photographed there"),
            ("disk_full", "The disk has no room for photographs."),
        ):
            await maria.says(enrolment(WATER.gtin, trouble=trouble))
            await expect(page.get_by_text(words)).to_be_visible()
        await maria.says(
            enrolment(WATER.gtin, views=(view(1), view(2, used=False, flaw="odd"), view(3, flaw="other_code", codes=(COLA.gtin,))))
        )
        await expect(page.get_by_text(f"Shows the bar code of something else: {COLA.gtin}.")).to_be_visible()
        await maria.press("Use it all the same")
        await maria.asked("mind", TOKEN, "2", "keep")
        store.enrolment.answer = EnrolmentResult(accepted=False, code="shopper_inside", words="", token=TOKEN)
        await maria.press("Save the photographs")
        await expect(page.get_by_text("Somebody is shopping. Go on when they have left.")).to_be_visible()
        await maria.press("Back")
        eye = store.now.eye
        await store.show(replace(store.now, eye=replace(eye, cameras=(replace(eye.cameras[0], condition="lost"), *eye.cameras[1:]))))
        await expect(
            page.get_by_text("Camera lower shows nothing that can be used.").or_(page.get_by_text("Camera upper shows"))
        ).to_be_visible()
        await expect(page.get_by_role("button", name="Take automatically")).to_be_disabled()
        await store.show(replace(store.now, eye=replace(eye, condition="lost")))
        await expect(page.get_by_text("The eye does not answer, so nothing can be photographed now.")).to_be_visible()


async def test_wrong_photographs_are_forgotten_and_the_gallery_before_comes_back(browser: Browser) -> None:
    store = eyed()
    async with keeping(browser, store, f"/products/{WATER.gtin}/photographs") as maria:
        page = maria.page
        await maria.press("Forget it")
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text("Forget “Spring Water 0.5 l”?")
        await dialog.get_by_role("button", name="Forget it").click()
        await maria.asked("forget", WATER.gtin, "admin-1")
        await maria.says(enrolment(WATER.gtin, aim="forget", step="waiting"))
        store.enrolment.enrolled = store.enrolment.enrolled[1:]
        await maria.says(enrolment(WATER.gtin, aim="forget", step="done", gallery="4"))
        await expect(page.get_by_text("It does not know this product.")).to_be_visible()
        await expect(page.get_by_role("button", name="Forget it")).to_be_disabled()
        await maria.press("Go back to before")
        await expect(dialog).to_contain_text("Gallery 2 takes the place of 3")
        await dialog.get_by_role("button", name="Go back to before").click()
        await maria.asked("go_back", "admin-1")
        await maria.says(enrolment("", aim="go_back", trouble="nothing_before"))
        await expect(dialog).to_contain_text("There is nothing to go back to.")


async def test_a_weighing_that_comes_to_nothing_says_what_to_do(browser: Browser) -> None:
    store = eyed()
    store.enrolment.weighed = WeighingResult(accepted=False, code="moving", words="The plate is not at rest yet.")
    async with keeping(browser, store) as maria:
        page = maria.page
        await page.get_by_label("Article number").fill(TEA)
        await maria.press("Next")
        await page.get_by_label("Name on the receipt").fill("Mint tea")
        await page.get_by_label("Price").fill("1.79")
        await maria.press("Next")
        await expect(page.get_by_text("Open the cabinet as restocker or technician first.")).to_be_visible()
        await page.get_by_role("combobox", name="Plate").select_option("P4")
        await maria.press("Weigh")
        await expect(page.get_by_text("A whole number from 1 to 500.")).to_be_visible()
        await page.get_by_label("How many pieces").fill("4")
        await maria.press("Weigh")
        await maria.asked("weigh", "P4", "4")
        await expect(page.locator(".enrol-weigh [role=alert]").get_by_text("not at rest yet")).to_be_visible()
