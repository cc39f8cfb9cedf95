"""The line from a page to the store: cut, full, silent; and back without a reload."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Browser, expect

from tests.web.browsing import BACK_MS, LIVE, SOON_MS, opened
from tests.web.kept_receipts import kept_receipt
from tests.web.shown_store import ShownStore, served, shopping_store
from tests.web.signed_in import known

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_cut_is_told_and_caught_up_without_a_reload(browser: Browser) -> None:
    store = ShownStore(kept=[kept_receipt(1)])
    complaints: list[str] = []
    async with served(store, stream_interval_ms=20) as url:
        port = int(url.rpartition(":")[2])
        opening = opened(browser, url, complaints=complaints)
        page = await opening.__aenter__()
        await page.evaluate("window.sameDocument = true")
        await expect(page.locator(".bill-row")).to_have_count(1)
    banner = page.locator(".stale")
    await expect(banner).to_contain_text("The connection to the store is cut. Trying again.", timeout=SOON_MS)
    await expect(banner).to_contain_text("old.")
    await expect(page.locator(".line-state")).to_have_text("Cut")
    await expect(page.locator(".hero-phase")).to_have_text("Open for business")
    await expect(page.get_by_role("button", name="Present a pass")).to_be_disabled()
    again = ShownStore(now=shopping_store(), kept=[kept_receipt(1), kept_receipt(2)], access=store.access)
    async with served(again, port=port):
        await expect(page.locator(LIVE)).to_be_visible(timeout=BACK_MS)
        await expect(banner).to_have_count(0)
        await expect(page.locator(".hero-phase")).to_have_text("Shopping")
        assert await page.evaluate("window.sameDocument")
        await opening.__aexit__(None, None, None)
    assert all("ERR_CONNECTION_REFUSED" in each or "ERR_INCOMPLETE_CHUNKED" in each for each in complaints), complaints


async def test_full_streams_are_told_and_retried_until_one_is_free(browser: Browser) -> None:
    async with served(ShownStore(), max_streams=1) as url:
        holding = opened(browser, url)
        await holding.__aenter__()
        async with opened(browser, url, complaints=[], awaited="[role=alert]") as page:
            await expect(page.get_by_role("alert")).to_contain_text("Too many pages of this store are open")
            await holding.__aexit__(None, None, None)
            await expect(page.locator(LIVE)).to_be_visible(timeout=BACK_MS)
            await expect(page.locator(".hero-phase")).to_be_visible()


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
        with known(near, store.access):
            async with opened(browser, near) as page:
                line.fall_silent()
                await store.show(shopping_store())
                await expect(page.locator(".stale")).to_be_visible(timeout=SOON_MS)
                await expect(page.locator(".hero-phase")).to_have_text("Shopping", timeout=SOON_MS)
                await expect(page.locator(LIVE)).to_be_visible()
        between.close()
        await line.end()
