"""The steps that let the technician in, on the page: a real controller at a simulated cabinet, and every end of them on every screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from devices.sim.cabinet import SimulatedCabinet
from devices.sim.layout import demo_layout
from edge.runtime.app import Controller
from edge.runtime.commissioning import golden as golden_step
from edge.runtime.settings import load_store
from edge.web.bench import FoundView, ProcedureView, SaidView
from edge.web.bench_doors import CountedView, GoldenView, LockRunView, LockView
from tests.web.barriers import barriers_on, bring_axe
from tests.web.browsing import SOON_MS, opened
from tests.web.shown_bench import ShownBench, open_bench
from tests.web.shown_store import ShownStore, served
from tests.web.signed_in import known

STEP_MS = 30_000  # ms for a step with quick hands, on a busy machine
Shot = Callable[[Page, str], Awaitable[None]]


async def no_picture(page: Page, name: str) -> None:
    """Nobody looks."""


@asynccontextmanager
async def full_cabinet(folder: Path) -> AsyncIterator[tuple[SimulatedCabinet, Controller]]:
    """Two full plates behind one door, and the controller that sells from them."""
    whole = demo_layout()
    plates = tuple(replace(plate, neighbours=()) for plate in whole.plates[:2])
    layout = replace(whole, plates=plates, reader=False, channel=replace(whole.channel, filter_length=1), scale_baud=115200)
    with SimulatedCabinet(layout, directory=folder) as cabinet:
        sections = {"web": {"port": 0, "stream_interval_ms": 50}}
        controller = Controller(load_store(cabinet.write_config(folder / "store.toml", sections=sections), check_files=False))
        task = asyncio.create_task(controller.run())
        try:
            async with asyncio.timeout(20.0):
                await controller.ready.wait()
            yield cabinet, controller
        finally:
            controller.stop()
            await task


async def prove_the_cabinet(page: Page, cabinet: SimulatedCabinet, shot: Shot = no_picture) -> None:
    """The story; ``shot`` is told of each moment worth a picture."""
    await page.get_by_role("button", name="Take out of service and begin").click()
    await expect(page.locator(".bench-bar")).to_contain_text("is commissioning", timeout=SOON_MS)
    steps = page.get_by_role("navigation", name="Steps")
    asked = page.locator(".bench-asked")

    await steps.get_by_role("link", name="Lock test").click()
    await page.locator(".bench-card .choice-row").get_by_text("1", exact=True).click()
    await page.get_by_role("button", name="Unlock front").click()
    await expect(asked).to_contain_text("Open door front", timeout=STEP_MS)
    await shot(page, "lock-open")
    assert await cabinet.open_door("front")
    await expect(asked).to_contain_text("Close door front", timeout=STEP_MS)
    await cabinet.close_door("front")
    await expect(page.locator(".bench-result")).to_contain_text("The lock of front works", timeout=STEP_MS)
    await shot(page, "lock-works")

    await steps.get_by_role("link", name="Test visit").click()
    await page.get_by_role("button", name="Let me in").click()
    await expect(asked).to_contain_text("Open door front", timeout=STEP_MS)
    assert await cabinet.open_door("front")
    await expect(asked).to_contain_text("Take 2 of", timeout=STEP_MS)
    await shot(page, "golden-take")
    plate = "A1" if "plate A1" in await asked.inner_text() else "A2"
    await cabinet.take(plate, 2)
    await expect(asked).to_contain_text("back on plate", timeout=STEP_MS)
    await cabinet.put(plate, cabinet.hands[:1])
    await expect(asked).to_contain_text("Close the door", timeout=STEP_MS)
    await cabinet.close_door("front")
    await expect(page.locator(".bench-result")).to_contain_text("counted right", timeout=STEP_MS)
    await shot(page, "golden-counted")


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.timeout(180)
async def test_a_technician_tests_the_lock_and_shops_once(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(golden_step, "CLOUD_WITHIN_S", 0.5)  # no broker runs here
    async with full_cabinet(tmp_path) as (cabinet, controller):
        url = controller.web_url
        assert url is not None
        with known(url, controller._front.access):
            async with opened(browser, url, "/commissioning", role="technician") as page:
                await prove_the_cabinet(page, cabinet)
        assert [result.receipt for result in controller._loop.state.results] == [None, None]


LOCK = LockView(
    door="main",
    has_bolt=True,
    held_while_open=True,
    runs=(LockRunView(released_ms=112, opened_ms=2304, closed_ms=5210, secured_ms=180),) * 3,
)
GOLDEN = GoldenView(
    plate="P1",
    gtin="4006381333931",
    product="Cola",
    take=2,
    back=1,
    live=-1,
    most=2,
    changes=(CountedView(plate="P1", gtin="4006381333931", product="Cola", units=-1),),
    right=True,
    counted_s=1.4,
    cloud="confirmed",
)


@pytest.mark.asyncio(loop_scope="session")
async def test_both_steps_fit_every_screen_and_have_no_barrier(browser: Browser) -> None:
    bench = ShownBench(now=open_bench())
    async with served(ShownStore(bench=bench)) as url, opened(browser, url, "/commissioning", role="technician") as page:
        await bring_axe(page)
        for name, step, found in (("Lock test", "lock", FoundView(lock=LOCK)), ("Test visit", "golden", FoundView(golden=GOLDEN))):
            running = ProcedureView(
                number=1,
                step=step,  # type: ignore[arg-type]  # one of the steps, as written above
                subject="main" if step == "lock" else "",
                by="tina",
                since_s=4990.0,
                state="running",
                progress=None,
                log=(SaidView(code="open_unlocked", figures={"door": "main", "within_s": 15.0}),),
                trouble=None,
                found=FoundView(),
            )
            await page.get_by_role("link", name=name).click()
            for procedure in (running, replace(running, state="passed", found=found)):
                bench.now = replace(open_bench(), procedure=procedure)
                await page.emulate_media(color_scheme="light" if procedure is running else "dark", reduced_motion="reduce")
                await expect(page.locator(f".bench-telling[data-state={procedure.state}]")).to_be_visible(timeout=SOON_MS)
                for width in (1400, 320):
                    await page.set_viewport_size({"width": width, "height": 900})
                    assert await page.evaluate("document.documentElement.scrollWidth") <= width
                assert await barriers_on(page) == []
