"""The entry code of the shopper's screen: who is told of it, when, and that a phone reads it."""

from __future__ import annotations

from dataclasses import replace

import cv2
import httpx
import numpy as np
import pytest
import zxingcpp

from edge.kiosk_view import KioskSnapshot
from edge.snapshot import CloudCondition
from edge.web.kiosk import modules, views
from tests.web.shown_store import ShownStore, broken_store, quiet_store, served, shopping_store
from tests.web.signed_in import machine

ADDRESS = "https://shop.example/enter?s=acme/lobby-1&c=q7Zb1Xo0f3mT9wLsKc2e8A"


def read(rows: tuple[str, ...], *, module_px: int = 4, quiet: int = 4) -> str:
    """What a phone reads off the screen."""
    dark = np.array([[module == "1" for module in row] for row in rows])
    pixels = np.where(np.pad(dark, quiet), 0, 255).astype(np.uint8)
    size = pixels.shape[0] * module_px
    (found,) = zxingcpp.read_barcodes(cv2.resize(pixels, (size, size), interpolation=cv2.INTER_NEAREST))
    return found.text


async def screen(url: str) -> KioskSnapshot:
    async with httpx.AsyncClient(base_url=url) as client:
        return views.validate_json((await client.get("/api/v1/kiosk/snapshot")).content)


@pytest.mark.parametrize("text", [ADDRESS, "https://shop.example/" + "x" * 250])
def test_a_phone_reads_what_was_meant(text: str) -> None:
    assert read(modules(text)) == text


async def test_the_screen_shows_the_code_while_somebody_may_enter_by_it() -> None:
    store = ShownStore(code=ADDRESS)
    async with served(store) as url:
        told = await screen(url)
        assert told.code is not None
        assert read(told.code.rows) == ADDRESS
        lonely = replace(quiet_store(), cloud=replace(quiet_store().cloud, condition="lost"))
        for closed in (shopping_store(), broken_store(), lonely):
            await store.show(closed)
            assert (await screen(url)).code is None
        store.code = None
        await store.show(quiet_store())
        assert (await screen(url)).code is None


@pytest.mark.parametrize("condition", ["off", "connecting", "waiting", "lost"])
async def test_no_code_is_shown_that_the_cloud_would_not_hear_of(condition: CloudCondition) -> None:
    store = ShownStore(now=replace(quiet_store(), cloud=replace(quiet_store().cloud, condition=condition)), code=ADDRESS)
    async with served(store) as url:
        assert (await screen(url)).code is None


async def test_nobody_else_is_told_of_it() -> None:
    """Who is not at the door could enter by it, and empty the shelf for whoever is."""
    store = ShownStore(code=ADDRESS)
    async with served(store) as url, httpx.AsyncClient(base_url=url, headers=machine(url)) as client:
        for place in ("/api/v1/snapshot", "/api/v1/receipts", "/metrics"):
            assert "q7Zb1Xo0f3mT9wLsKc2e8A" not in (await client.get(place)).text
        assert (await screen(url)).contact == ""


async def test_the_screen_names_whom_to_ask_for_help() -> None:
    store = ShownStore(now=replace(quiet_store(), contact="+49 30 1234567"))
    async with served(store) as url:
        assert (await screen(url)).contact == "+49 30 1234567"
