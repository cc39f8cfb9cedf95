"""A technician at a real store: a wire followed live, a complaint that becomes a recording, a finding that is mended."""

from __future__ import annotations

import asyncio
import json
import logging
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.async_api import Browser, Page, expect

from devices.sim.cabinet import SimulatedCabinet
from edge.access.store import access_path
from edge.cli.__main__ import main
from edge.recordings.format import read_recording
from edge.runtime.app import Controller
from edge.runtime.settings import load_store
from edge.session.facts import PassClaims
from edge.session.passes import public_key_text, sign_pass
from tests.web.browsing import SOON_MS, opened
from tests.web.shown_store import ShownStore, served
from tests.web.signed_in import known

STEP_MS = 20_000  # ms for what the store does meanwhile, on a busy machine
SHORT = {"receipt_shown_s": 0.2, "open_within_s": 8.0}
pytestmark = pytest.mark.asyncio(loop_scope="session")


@dataclass
class Cared:
    """A running store with its simulated cabinet; ``folder`` holds its journal."""

    cabinet: SimulatedCabinet
    controller: Controller
    key: Ed25519PrivateKey
    folder: Path

    @property
    def url(self) -> str:
        assert self.controller.web_url is not None
        return self.controller.web_url

    async def until_idle(self) -> None:
        """The cabinet may be entered."""
        async with asyncio.timeout(20.0):
            async for now in self.controller._front.subscribe():
                if now.cabinet.may_enter:
                    return

    async def visit(self) -> str:
        """Somebody takes two of what stands on A1; answers the visit's id once the receipt is there."""
        await self.until_idle()
        now_s = int(time.time())
        claims = PassClaims(
            pass_id=uuid.uuid4().hex,
            holder="anna",
            role="shopper",
            not_before_s=now_s - 60,
            expires_s=now_s + 300,
            limit_minor=None,
            currency=None,
        )
        told = await self.controller._front.present(sign_pass(claims, "k", self.key, audience="t/s"), "api", None)
        assert told.visit is not None, told
        assert await self.cabinet.open_door("front")
        await self.cabinet.take("A1", 2)
        await self.cabinet.wait(0.6)
        await self.cabinet.close_door("front")
        await self.until_idle()
        return told.visit


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def store(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cared]:
    folder = tmp_path_factory.mktemp("cared")
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.INFO)  # as the command line sets it
    key = Ed25519PrivateKey.generate()
    with SimulatedCabinet(seed=4, directory=folder) as cabinet:
        config = cabinet.write_config(
            folder / "store.toml",
            tenant="t",
            store="s",
            keys={"k": public_key_text(key.public_key())},
            sections={"web": {"port": 0, "stream_interval_ms": 50}, "visit": SHORT, "entry": {"untrusted_clock": "accept"}},
        )
        controller = Controller(load_store(config))
        running = asyncio.create_task(controller.run())
        try:
            async with asyncio.timeout(20.0):
                await controller.ready.wait()
            cared = Cared(cabinet, controller, key, folder)
            with known(cared.url, controller._front.access):
                yield cared
        finally:
            controller.stop()
            await running
            root.setLevel(level)


async def fetched(page: Page, press: str, folder: Path) -> Path:
    """The file that the browser keeps when this is pressed."""
    async with page.expect_download() as waiting:
        await page.get_by_text(press, exact=True).click()
    download = await waiting.value
    file = folder / download.suggested_filename
    await download.save_as(file)
    return file


async def receipts_of(file: Path, out: Path) -> list[dict[str, int]]:
    """What ``smartstore receipts`` makes of a recording: quantity by product, visit by visit."""
    assert await asyncio.to_thread(main, ["receipts", str(file), "--out", str(out)]) == 0
    made = json.loads(await asyncio.to_thread(out.read_text))
    return [{line["sku"]: line["quantity"] for line in one["lines"]} for one in made]


async def test_a_wire_is_followed_live_paused_filtered_and_kept(browser: Browser, store: Cared, tmp_path: Path) -> None:
    async with opened(browser, store.url, "/devices", role="technician") as page:
        await page.get_by_role("link", name="locks", exact=True).first.click()
        rows = page.locator(".wire li")
        await expect(rows.filter(has_text="How are inputs").first).to_be_visible(timeout=SOON_MS)
        await expect(rows.filter(has_text="Inputs from 0 are").first).to_be_visible()
        newest = rows.first.locator(".wire-at")
        before = await newest.inner_text()
        await expect(newest).not_to_have_text(before, timeout=SOON_MS)
        await page.get_by_role("button", name="Pause").click()
        held = await newest.inner_text()
        await page.get_by_text("What went wrong").click()
        await expect(page.get_by_text("No such row").or_(page.locator(".wire li[data-direction=silent]").first)).to_be_visible()
        await page.get_by_text("Everything", exact=True).click()
        assert await newest.inner_text() == held
        text = (await fetched(page, "Save as text", tmp_path)).read_text()
        assert "How are inputs 0 to 7?" in text
        assert len(text.splitlines()) == await rows.count() or await rows.count() == 200
        await page.get_by_role("button", name="Go on").click()
        await expect(newest).not_to_have_text(held, timeout=SOON_MS)
        await page.get_by_role("link", name="Devices").first.click()
        await page.get_by_role("link", name="scale", exact=True).click()
        readings = page.locator(".readings li")
        await expect(readings).to_have_count(len(store.cabinet.layout.plates), timeout=SOON_MS)
        await expect(readings.first).to_contain_text("plate A1")


async def test_a_visit_is_recorded_fetched_and_counted_again(browser: Browser, store: Cared, tmp_path: Path) -> None:
    async with opened(browser, store.url, "/recordings", role="technician") as page:
        await page.get_by_label("What is it about?").fill("two of A1")
        await page.get_by_label("From now on, for").select_option("1800")
        await page.get_by_role("button", name="Record", exact=True).click()
        await expect(page.locator("progress")).to_be_visible(timeout=SOON_MS)
    visit = await store.visit()
    billed = await store.controller._front.receipt(visit)
    assert billed is not None
    want = {line.gtin: line.quantity for line in billed.receipt.lines}
    assert sum(want.values()) == 2
    async with opened(browser, store.url, "/recordings", role="technician") as page:
        await page.get_by_role("button", name="End it now").click()
        row = page.locator(".recording")
        await expect(row).to_have_count(1, timeout=SOON_MS)
        for words in ("1 visit", "two of A1", "Ended by a person", "by technician-1"):
            await expect(row).to_contain_text(words)
        file = await fetched(page, "Download", tmp_path)
        assert file.name.endswith(".recording.gz")
        assert await receipts_of(file, tmp_path / "now.json") == [want]
        await row.get_by_role("button", name="Delete").click()
        await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        await expect(page.get_by_text("No recordings yet")).to_be_visible(timeout=SOON_MS)
    await a_complaint_becomes_a_recording(browser, store, visit, want, tmp_path)
    audit = await store.controller._front.audit(limit=20, before=None, action=None, by="technician-1")
    actions = [row.action for row in audit if row.action.startswith("recording")]
    assert actions == ["recording_kept", "recording_deleted", "recording_begun"]


async def a_complaint_becomes_a_recording(browser: Browser, store: Cared, visit: str, want: dict[str, int], folder: Path) -> None:
    """Beside the receipt that somebody complains about; not for who may not."""
    async with opened(browser, store.url, f"/visits/{visit}", role="operator") as page:
        await expect(page.locator(".receipt")).to_be_visible(timeout=SOON_MS)
        await expect(page.get_by_text("Download the recording of this visit")).to_have_count(0)
    async with opened(browser, store.url, f"/visits/{visit}", role="technician") as page:
        await expect(page.get_by_text("Download the recording of this visit")).to_be_visible(timeout=SOON_MS)
        file = await fetched(page, "Download the recording of this visit", folder)
    recording = await asyncio.to_thread(read_recording, file)
    assert [session.session_id for session in recording.sessions] == [visit]
    assert await receipts_of(file, folder / "visit.json") == [want]


async def test_a_finding_is_told_mended_and_gone(browser: Browser, store: Cared, tmp_path: Path) -> None:
    secret = access_path(store.controller.settings.journal.path)
    secret.chmod(0o644)
    async with opened(browser, store.url, "/doctor", role="technician") as page:
        wrong = page.get_by_role("region", name="To mend")
        await expect(wrong).to_contain_text(f"{secret} may be used by others (mode 0644)", timeout=STEP_MS)
        await expect(wrong).to_contain_text(f"chmod 600 {secret}")
        ours = page.get_by_role("region", name="Well").filter(has_text="is held by this store")
        await expect(ours).to_be_visible()
        text = (await fetched(page, "Download as text", tmp_path)).read_text()
        assert "may be used by others" in text
        assert text.splitlines()[-1].endswith("to look at")
        secret.chmod(0o600)
        await page.get_by_role("button", name="Look again").click()
        await expect(page.get_by_text("may be used by others")).to_have_count(0, timeout=STEP_MS)


async def test_the_log_is_followed_and_searched_and_what_runs_is_told_honestly(browser: Browser, store: Cared, tmp_path: Path) -> None:
    async with opened(browser, store.url, "/logs", role="technician") as page:
        lines = page.locator(".logs li")
        await expect(lines.filter(has_text="journal read")).to_have_count(1, timeout=SOON_MS)
        await expect(lines.filter(has_text="enter the setup token (hidden)")).to_have_count(1)
        await page.get_by_label("Holds these words").fill("journal READ")
        await expect(lines).to_have_count(1, timeout=SOON_MS)
        await page.get_by_label("Holds these words").fill("nothing says this")
        await expect(page.get_by_text("No such line")).to_be_visible(timeout=SOON_MS)
        await page.get_by_label("Holds these words").fill("")
        text = (await fetched(page, "Download", tmp_path)).read_text()
        assert "edge.runtime.app: ready" in text
        await page.get_by_role("link", name="Versions").click()
        await expect(page.get_by_text("There was none: this is the first.")).to_be_visible(timeout=SOON_MS)
        await expect(page.get_by_text("No update service is set up")).to_be_visible()


async def test_a_model_is_chosen_after_a_word_of_warning(browser: Browser) -> None:
    shown = ShownStore()
    async with served(shown) as url, opened(browser, url, "/versions", role="technician") as page:
        await page.get_by_role("button", name="Go back").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text("product-embedder means version 2")
        await dialog.get_by_role("button", name="Go back").click()
        await expect(dialog).to_have_count(0, timeout=SOON_MS)
    assert shown.care.asked == [("rollback", "product-embedder", "technician-1")]


async def test_a_line_cut_keeps_what_was_seen_and_comes_back(browser: Browser) -> None:
    shown = ShownStore()
    complaints: list[str] = []
    async with served(shown) as url, opened(browser, url, "/devices/lines/a", role="technician", complaints=complaints) as page:
        await expect(page.locator(".wire li")).to_have_count(4, timeout=SOON_MS)
        await page.route("**/trace?*", lambda route: route.abort())
        await expect(page.get_by_role("alert").filter(has_text="does not answer")).to_be_visible(timeout=SOON_MS)
        await expect(page.locator(".wire li")).to_have_count(4)
        await page.unroute("**/trace?*")
        await expect(page.get_by_role("alert").filter(has_text="does not answer")).to_have_count(0, timeout=SOON_MS)
