"""The operator's and the technician's way through alarms, stock, cameras and devices, in a real browser against a real server."""

from __future__ import annotations

import re
from dataclasses import replace

import cv2
import numpy as np
import pytest
from playwright.async_api import Browser, expect

from edge.snapshot import AlarmView
from tests.web.browsing import opened
from tests.web.kept_receipts import watched_receipt
from tests.web.shown_eye import watched_store
from tests.web.shown_store import BARS, WATER, ShownStore, broken_store, quiet_store, served

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_faults_are_acknowledged_with_a_reason_by_who_is_signed_in(browser: Browser) -> None:
    broken = broken_store()
    notice = AlarmView(
        code="plate_disturbed", subject="P1", severity="notice", words="Something leans on it.", action="Look.", since_s=4990.0
    )
    store = ShownStore(now=replace(broken, alarms=(notice, *broken.alarms)))
    async with served(store, stream_interval_ms=20) as url, opened(browser, url, "/alarms") as page:
        await expect(page.locator("li.alarm")).to_have_count(2)
        await expect(page.locator("li.alarm").first).to_contain_text("Critical · P2")
        await page.get_by_role("button", name="Acknowledge").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog.locator(".service-faults > li")).to_have_text([re.compile(r"A weighing plate does not answer\. P2")])
        await expect(dialog.get_by_label("Why")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(dialog.get_by_text("Say why, in a few words.")).to_be_visible()
        await page.keyboard.type("cable was loose")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("Acknowledged. What is still wrong comes back.")).to_be_visible()
        assert store.serviced == [("clear_faults", "admin-1", "cable was loose")]
        assert store.acknowledged == []

        await page.get_by_role("button", name="Looked at it: A weighing plate does not answer. P2").click()
        await expect(dialog.locator(".service-faults > li")).to_have_text([re.compile(r"A weighing plate does not answer\. P2")])
        await expect(dialog.get_by_label("Why")).to_be_focused()
        await page.keyboard.type("new cable")
        await page.keyboard.press("Enter")
        await expect(dialog).to_have_count(0)
        assert store.acknowledged == [("plate_lost", "P2")]

        await store.show(quiet_store())
        await expect(page.get_by_text("All is well")).to_be_visible()
        await expect(page.get_by_role("button", name="Acknowledge")).to_have_count(0)
        await page.get_by_role("button", name="Take out of service").click()
        await expect(dialog.get_by_label("Why")).to_be_focused()
        await page.keyboard.press("Escape")
        await page.get_by_role("link", name="All faults and what to do").click()
        await page.get_by_label("Look up").fill("BOLT door")
        await expect(page.locator(".faults > li")).to_have_count(2)
        await expect(page.locator(".faults > li").first).to_contain_text("relock_fault")


async def test_a_weight_is_taught_while_the_plate_is_watched(browser: Browser) -> None:
    quiet = quiet_store()
    store = ShownStore(now=quiet)
    async with served(store, stream_interval_ms=20) as url, opened(browser, url, "/stock") as page:
        await page.get_by_role("button", name=f"Teach the weight of {BARS.name}").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text("Open the cabinet as restocker or technician first.")
        await expect(dialog.get_by_label("Product")).to_have_value(BARS.gtin)
        await expect(dialog.get_by_label("Plate")).to_have_value("P2")
        await dialog.get_by_role("button", name="Next").click()
        await expect(dialog.get_by_label("How many pieces you counted")).to_be_focused()
        await expect(dialog).to_contain_text("Nothing has been put on since you chose this plate.")
        await store.show(replace(quiet, plates=(quiet.plates[0], replace(quiet.plates[1], grams=902.1), *quiet.plates[2:])))
        await expect(dialog).to_contain_text("+450\N{NO-BREAK SPACE}g since you chose this plate. By the catalogue about 10 pieces.")
        await page.keyboard.press("Enter")
        await expect(dialog).to_contain_text("A whole number from 1 to 500.")
        await page.keyboard.type("5")
        await page.keyboard.press("Enter")
        await expect(dialog).to_contain_text(re.compile(r"That would be 90\.0\sg each; the catalogue says 45\.0\sg\."))
        assert store.counted == []
        await dialog.get_by_label("How many pieces you counted").fill("10")
        await expect(dialog).not_to_contain_text("That would be")
        await page.keyboard.press("Enter")
        await expect(dialog).to_contain_text("Weighed and learned.")
        await expect(dialog).to_contain_text("521.4 g")
        await expect(dialog).to_contain_text("That is far from the catalogue.")
        assert store.counted == [("P2", BARS.gtin, 10, "admin-1")]
        await page.keyboard.press("Enter")
        await expect(dialog).to_have_count(0)


async def test_cameras_show_what_they_see_and_saw(browser: Browser) -> None:
    picture = cv2.imencode(".jpg", np.full((36, 64, 3), (40, 90, 60), np.uint8))[1].tobytes()
    store = ShownStore(now=watched_store(), kept=[watched_receipt(2)], pictures={"now/upper.jpg": picture})
    async with served(store) as url, opened(browser, url, "/cameras") as page:
        upper = page.locator("section", has=page.get_by_role("heading", name="Camera upper"))
        await expect(upper.get_by_role("img", name="What camera upper sees now")).to_be_visible()
        await expect(upper.locator(".camera-saw")).to_contain_text(f"{WATER.name}96%")
        await expect(upper.locator(".camera-saw")).to_contain_text("Barcode read: 4006381333931")
        await upper.get_by_role("button", name="Pause").click()
        await expect(upper.get_by_text("Paused")).to_be_visible()
        lower = page.locator("section", has=page.get_by_role("heading", name="Camera lower"))
        await expect(lower).to_contain_text("Sees nothing")
        await expect(lower).to_contain_text("its picture is black")
        await expect(page.locator("section", has=page.get_by_role("heading", name="The eye"))).to_contain_text("24 of 4")
        seen = page.locator("section", has=page.get_by_role("heading", name="Recognised in the latest visits")).locator("li.recent-one")
        await expect(seen.first).to_be_visible()
        await seen.first.get_by_role("link").click()
        await expect(page.locator("article.receipt")).to_be_visible()


async def test_a_store_without_cameras_says_so(browser: Browser) -> None:
    async with served(ShownStore()) as url, opened(browser, url, "/cameras") as page:
        await expect(page.get_by_text("This store has no cameras.")).to_be_visible()


async def test_devices_tell_their_health_and_what_went_wrong(browser: Browser) -> None:
    broken = broken_store()
    bus = replace(broken.buses[0], counters={"requests": 400, "replies": 380, "timeouts": 20, "opened": 1})
    lost = replace(broken.devices[1], counters={"hits": 380, "misses": 20, "times_lost": 1})
    store = ShownStore(now=replace(broken, buses=(bus,), devices=(broken.devices[0], lost)))
    async with served(store) as url, opened(browser, url, "/devices") as page:
        health = page.get_by_role("list", name="The parts of the store")
        await expect(health.get_by_role("listitem")).to_have_text(
            ["Devices1 of 2 well", "Lines1 of 1 well", "Plates3 of 4 well", "CloudLost", "ClockIn time", "Disk63% free"]
        )
        scale = page.locator("li.machine", has=page.get_by_text("scale-1", exact=True))
        await expect(scale).to_contain_text("No answer")
        await expect(scale).to_contain_text("Answered: 95%")
        await expect(scale).to_contain_text("Lost 1 time")
        await expect(scale).to_contain_text("Last error: scale-1: no answer within 0.2 s")
        line = page.locator("li.machine", has=page.get_by_text("serial:///dev/serial/by-id/usb-1"))
        await expect(line).to_contain_text("41% busy")
        await expect(line).to_contain_text("No answer in time: 20")
        await line.get_by_text("All counters").click()
        await expect(line.get_by_text("Times opened")).to_be_visible()
        controller = page.locator("section", has=page.get_by_role("heading", name="Controller"))
        await expect(controller).to_contain_text("1.5 MB")
        await expect(controller).to_contain_text("2026-11")
        await expect(page.get_by_role("link", name="Metrics for Prometheus")).to_have_attribute("href", "/metrics")
