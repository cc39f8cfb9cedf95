"""Zones drawn on a camera's picture in a real browser: by hand and by keyboard, taken back, refused, saved as a change of the settings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from edge.runtime.described import sections
from edge.runtime.overlay import Overlay
from edge.runtime.settings import read_tables
from edge.web.changing import ChangeResult, SettingsView, Wrong
from tests.web.browsing import opened
from tests.web.shown_changes import EXAMPLE, NEXT_VERSION, VERSION, ShownChanges, shown_settings
from tests.web.shown_eye import watched_store
from tests.web.shown_store import ShownStore, served
from tests.web.test_web_eye import PICTURES

pytestmark = pytest.mark.asyncio(loop_scope="session")

ZONE = {"plates": ["P1"], "polygon": [[0.1, 0.2], [0.5, 0.2], [0.5, 0.8], [0.1, 0.8]]}
CAMERAS: list[dict[str, Any]] = [
    {"id": "upper", "url": "v4l2:///dev/video0", "zones": [ZONE]},
    {"id": "lower", "url": "v4l2:///dev/video2", "zones": []},
]


def filmed() -> SettingsView:
    base, _ = read_tables(EXAMPLE)
    return replace(shown_settings(), sections=sections({**base, "camera": CAMERAS}, Overlay()), waiting=())


def store() -> ShownStore:
    return ShownStore(now=watched_store(), pictures=dict(PICTURES), changing=ShownChanges(view=filmed()))


async def pulled(page: Page, name: str, by_x: float, by_y: float) -> None:
    """Something is pulled by this share of the picture."""
    picture = await page.get_by_role("group", name="Zones in the picture").bounding_box()
    thing = await page.get_by_role("button", name=name).bounding_box()
    assert picture is not None
    assert thing is not None
    x, y = thing["x"] + thing["width"] / 2, thing["y"] + thing["height"] / 2
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x + by_x * picture["width"] / 2, y + by_y * picture["height"] / 2)
    await page.mouse.move(x + by_x * picture["width"], y + by_y * picture["height"])
    await page.mouse.up()


def kept(changes: ShownChanges) -> list[Any]:
    return [asked["changes"]["camera"] for _, asked in changes.asked if not asked["check"]]


async def test_a_zone_is_drawn_by_hand_and_by_keyboard_taken_back_and_saved(browser: Browser) -> None:
    shown = store()
    changes = shown.changing
    assert isinstance(changes, ShownChanges)
    changes.answer = ChangeResult(
        accepted=True, code="changed", words="Changed.", version=NEXT_VERSION, places=("camera",), restart_needed=True
    )
    async with served(shown) as url, opened(browser, url, "/cameras/upper/zones", role="technician") as page:
        await pulled(page, "Corner 1, 10 % from the left, 20 % from the top", 0.1, 0.1)
        await expect(page.get_by_role("button", name="Corner 1, 20 % from the left, 30 % from the top")).to_be_visible()
        await page.get_by_role("button", name="Undo").click()
        await expect(page.get_by_role("button", name="Corner 1, 10 % from the left, 20 % from the top")).to_be_visible()

        await page.get_by_role("button", name="Corner 3, 50 %").focus()
        await page.keyboard.press("ArrowRight")
        await page.keyboard.press("Shift+ArrowDown")
        await page.keyboard.press("+")
        await expect(page.get_by_role("button", name="Corner 3, 51 % from the left, 85 % from the top")).to_be_visible()
        await expect(page.get_by_role("button", name="Corner 5")).to_be_visible()

        await expect(page.get_by_text("No zone watches P2, P3 and P4.")).to_be_visible()
        await page.get_by_role("button", name="Add a zone").click()
        await page.get_by_label("P3").check()
        await expect(page.get_by_text("No zone watches P4.")).to_be_visible()

        await page.get_by_role("button", name="Save", exact=True).click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_role("button", name="Save").click()
        await expect(dialog.get_by_text("Say it in a few words.")).to_be_visible()
        await dialog.get_by_label("Why").fill("the camera was moved")
        await dialog.get_by_role("button", name="Save").click()
        await expect(dialog.get_by_text("They hold once the controller has started anew")).to_be_visible()
    (cameras,) = kept(changes)
    assert [camera["id"] for camera in cameras] == ["upper", "lower"]
    assert cameras[1] == CAMERAS[1]
    first, second = cameras[0]["zones"]
    assert first == {"plates": ["P1"], "polygon": [[0.1, 0.2], [0.5, 0.2], [0.51, 0.85], [0.305, 0.825], [0.1, 0.8]]}
    assert (second["plates"], len(second["polygon"])) == (["P2", "P3"], 4)


async def test_what_the_store_does_not_take_is_told_and_nothing_is_lost(browser: Browser) -> None:
    shown = store()
    words = "the zone of P1 has no area"
    wrong = Wrong(section="camera", number=0, field="zones", words=words)
    changes = shown.changing
    assert isinstance(changes, ShownChanges)
    changes.answer = ChangeResult(accepted=False, code="invalid", words="Not so.", version=VERSION, problems=(wrong,))
    async with served(shown) as url, opened(browser, url, "/cameras/upper/zones", role="technician") as page:
        await page.get_by_role("button", name="Zone of P1", exact=True).focus()
        await page.keyboard.press("Shift+ArrowLeft")
        await page.get_by_role("button", name="Save", exact=True).click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Why").fill("the camera was moved")
        await dialog.get_by_role("button", name="Save").click()
        await expect(dialog.get_by_text(words)).to_be_visible()
        await dialog.get_by_role("button", name="Cancel").click()
        await expect(page.get_by_role("button", name="Corner 1, 5 % from the left")).to_be_visible()


async def test_a_camera_that_is_not_there_is_told(browser: Browser) -> None:
    async with served(store()) as url, opened(browser, url, "/cameras/third/zones", role="technician") as page:
        await expect(page.get_by_text("There is no such camera")).to_be_visible()
