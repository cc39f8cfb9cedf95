"""A plate commissioned on the page, against a simulated cabinet with a real controller: found, mapped, calibrated, written."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from devices.sim.cabinet import SimulatedCabinet
from edge.runtime.app import Controller
from edge.runtime.settings import load_store
from edge.web.bench import (
    DraftView,
    EndView,
    FoundView,
    PressedView,
    ProcedureView,
    SaidView,
    ScannedView,
    SessionView,
    Step,
    TraceView,
    TroubleView,
)
from tests.store.bench_rig import bench_layout
from tests.web.barriers import barriers_on, bring_axe
from tests.web.browsing import SOON_MS, opened
from tests.web.shown_bench import ShownBench, idle_bench, open_bench
from tests.web.shown_store import ShownStore, served
from tests.web.signed_in import known

STEP_MS = 30_000  # ms for a procedure with quick hands, on a busy machine
Shot = Callable[[Page, str], Awaitable[None]]


async def no_picture(page: Page, name: str) -> None:
    """Nobody looks."""


@asynccontextmanager
async def cabinet_with_controller(folder: Path) -> AsyncIterator[tuple[SimulatedCabinet, Controller]]:
    """Two plates whose cells are exchanged in the store file; the first shows too little."""
    with SimulatedCabinet(bench_layout(2), directory=folder) as cabinet:
        config = cabinet.write_config(folder / "store.toml", sections={"web": {"port": 0, "stream_interval_ms": 50}})
        text = config.read_text(encoding="utf-8").replace("channel = 0", "channel = 9").replace("channel = 1", "channel = 0")
        text = text.replace("channel = 9", "channel = 1").replace("count = 0", "count = 5")  # the shelf was cleared
        config.write_text(text, encoding="utf-8")
        cabinet.channels["A1"].gain = 0.96
        controller = Controller(load_store(config, check_files=False))
        task = asyncio.create_task(controller.run())
        try:
            async with asyncio.timeout(20.0):
                await controller.ready.wait()
            yield cabinet, controller
        finally:
            controller.stop()
            await task


async def commission_a_plate(page: Page, cabinet: SimulatedCabinet, shot: Shot = no_picture) -> None:
    """The story; ``shot`` is told of each moment worth a picture."""
    await shot(page, "begin")
    await page.get_by_role("button", name="Take out of service and begin").click()
    await expect(page.locator(".bench-bar")).to_contain_text("is commissioning", timeout=SOON_MS)
    steps = page.get_by_role("navigation", name="Steps")

    await steps.get_by_role("link", name="Ports").click()
    await page.get_by_role("button", name="Look at the ports").click()
    await expect(page.locator(".bench-result")).to_contain_text("every line is open", timeout=SOON_MS)
    await shot(page, "ports")

    await steps.get_by_role("link", name="Boards").click()
    await page.get_by_text("scales", exact=True).first.click()
    await page.get_by_label("Last address").fill("3")
    await page.get_by_role("button", name="Search").click()
    await expect(page.locator(".bench-result")).to_contain_text("answers as it should", timeout=STEP_MS)
    await shot(page, "boards")

    await steps.get_by_role("link", name="Plates").click()
    asked = page.locator(".bench-asked")
    for plate, other in (("A1", "A2"), ("A2", "A1")):
        await page.get_by_role("button", name=f"Press on {plate}").click()
        await expect(asked).to_contain_text(f"Press on the middle of plate {plate}", timeout=STEP_MS)
        await shot(page, f"press-{plate}")
        await cabinet.lean(plate, 1200.0, 0.6)
        await expect(page.locator(".bench-result")).to_contain_text(f"{plate} is channel", timeout=STEP_MS)
        await expect(page.locator(".bench-note")).to_contain_text(f"belongs to {other}")
    await shot(page, "plates")
    draft = page.locator(".bench-draft")
    await expect(draft.locator(".bench-values dd")).to_have_count(2)
    await write(page, shot)

    await steps.get_by_role("link", name="Calibrate").click()
    await page.locator(".bench-card").get_by_text("A1", exact=True).click()
    await page.get_by_label("Known masses").fill("1000")
    await page.locator(".bench-card .choice-row").get_by_text("1", exact=True).click()
    await page.get_by_role("button", name="Calibrate A1").click()
    await expect(asked).to_contain_text("Put 1.00", timeout=STEP_MS)
    await shot(page, "load")
    await cabinet.load("A1", 1000.0)
    await expect(asked).to_contain_text("Take the mass off", timeout=STEP_MS)
    await cabinet.load("A1", -1000.0)
    await expect(page.locator(".bench-result")).to_contain_text("times 1.04", timeout=STEP_MS)
    await shot(page, "calibrated")

    await write(page, no_picture)

    await expect(page.get_by_role("button", name="Start the controller anew")).to_be_visible()
    await page.get_by_role("button", name="Leave", exact=True).click()
    await shot(page, "leave")
    await page.get_by_role("button", name="Leave, back in service").click()
    await expect(page.get_by_role("button", name="Take out of service and begin")).to_be_visible(timeout=SOON_MS)
    await expect(page.locator(".bench-record tbody tr")).to_have_count(9, timeout=SOON_MS)
    await shot(page, "record")


async def write(page: Page, shot: Shot) -> None:
    """Write the draft."""
    draft = page.locator(".bench-draft")
    await draft.get_by_role("button", name="Write").click()
    await shot(page, "write")
    await page.get_by_role("dialog").get_by_role("button", name="Write").click()
    await expect(page.get_by_role("dialog")).to_have_count(0, timeout=SOON_MS)
    await expect(draft.locator(".bench-values")).to_have_count(0, timeout=SOON_MS)


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.timeout(180)
async def test_a_plate_is_commissioned(browser: Browser, tmp_path: Path) -> None:
    async with cabinet_with_controller(tmp_path) as (cabinet, controller):
        url = controller.web_url
        assert url is not None
        with known(url, controller._front.access):
            async with opened(browser, url, "/commissioning", role="technician") as page:
                await commission_a_plate(page, cabinet)
        changes = tomllib.loads((tmp_path / "changes.toml").read_text(encoding="utf-8"))
        plates = {plate["id"]: plate for plate in changes["plate"]}
        assert (plates["A1"]["channel"], plates["A2"]["channel"]) == (0, 1)
        assert plates["A1"]["grams_per_shown_gram"] == pytest.approx(1 / 0.96, abs=0.002)
        assert not any(alarm.code == "out_of_service" for alarm in controller.snapshot().alarms)


FOUND = FoundView(
    pressed=PressedView(plate="P1", device="scale-1", channel=3, peak_g=1500.0, same=False, holds="P4"),
    scanned=(
        ScannedView(
            verdict="unknown",
            bus="a",
            baud=9600,
            address=7,
            device=None,
            driver="modbus_scale",
            product="transmitter-1ch",
            title="Single-channel Modbus weighing transmitter",
            serial=None,
            firmware="2.00",
            fits=("transmitter-1ch", "lc-relay-8ch"),
            words="",
            new_name="scale",
        ),
    ),
)
BUSY = replace(
    open_bench(),
    traces=(TraceView(name="scale-1:3", points=tuple((-8.0 + place / 20, 40.0 * (place % 7)) for place in range(160))),),
    draft=(DraftView(section="plate", name="P1", key="channel", before="0", after="3"),),
    restart_needed=True,
)

PRESS = ProcedureView(
    number=1,
    step="plates",
    subject="P1",
    by="tina",
    since_s=4990.0,
    state="running",
    progress=None,
    log=(SaidView(code="press", figures={"plate": "P1"}),),
    trouble=None,
    found=FoundView(),
)


@pytest.mark.asyncio(loop_scope="session")
async def test_what_goes_wrong_is_said_with_what_to_do_and_in_both_languages(browser: Browser) -> None:
    trouble = TroubleView(code="no_press", words="no channel moved", advice="press", figures={"within_s": 120.0})
    bench = ShownBench(now=replace(open_bench(), procedure=replace(PRESS, state="failed", trouble=trouble)))
    async with (
        served(ShownStore(bench=bench)) as url,
        opened(browser, url, "/commissioning/plates", role="technician") as page,
        opened(browser, url, "/commissioning/plates?language=zh", role="technician") as chinese,
    ):
        await expect(page.locator(".bench-result")).to_contain_text("No channel moved within 120 seconds.")
        await expect(page.locator(".bench-result")).to_contain_text("search for boards first")
        await expect(chinese.locator(".bench-result")).to_contain_text("120 秒内没有通道变化")
        bench.answer = replace(bench.answer, accepted=False, code="somebody_inside", words="A shopper is inside.")
        await page.get_by_role("button", name="Press on P1").click()
        await expect(page.locator(".form-problem")).to_contain_text("Wait until the visit is over")


@pytest.mark.asyncio(loop_scope="session")
async def test_the_keyboard_is_enough_and_a_running_step_can_be_cancelled(browser: Browser) -> None:
    bench = ShownBench(now=open_bench())
    async with served(ShownStore(bench=bench)) as url, opened(browser, url, "/commissioning/plates", role="technician") as page:
        await page.get_by_role("link", name="Knock test").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Knock test")).to_be_visible()
        await page.get_by_role("button", name="Knock on P1").focus()
        await page.keyboard.press("Enter")
        bench.now = replace(open_bench(), procedure=replace(PRESS, step="knock"))
        cancel = page.get_by_role("button", name="Cancel")
        await expect(cancel).to_be_visible(timeout=SOON_MS)
        await cancel.press("Enter")
        await expect(cancel).to_be_enabled()
    assert [verb for verb, _ in bench.asked] == ["start", "cancel"]


@pytest.mark.asyncio(loop_scope="session")
async def test_the_page_says_how_it_ended_and_what_state_the_shop_is_in(browser: Browser) -> None:
    ended = EndView(why="page_lost", by="tina", at_s=4000.0, out_of_service=True)
    bench = ShownBench(now=replace(idle_bench(), ended=ended))
    async with served(ShownStore(bench=bench)) as url, opened(browser, url, "/commissioning", role="technician") as page:
        note = page.locator(".bench-note")
        await expect(note).to_contain_text("Nobody looked at this page any more")
        await expect(note).to_contain_text("The cabinet is out of service.")
        await page.get_by_role("button", name="Return to service").click()
        await expect(page.locator(".bench-record tbody tr")).to_have_count(2)
    assert bench.asked == [("leave", True)]


@pytest.mark.asyncio(loop_scope="session")
async def test_a_shopper_who_is_inside_is_waited_for(browser: Browser) -> None:
    session = SessionView(by="tina", since_s=4900.0, blocked="somebody_inside")
    bench = ShownBench(now=replace(open_bench(), session=session))
    async with served(ShownStore(bench=bench)) as url, opened(browser, url, "/commissioning/knock", role="technician") as page:
        await expect(page.locator(".bench-bar")).to_contain_text("A shopper is inside")
        await expect(page.get_by_role("button", name="Knock on P1")).to_be_disabled()


@pytest.mark.asyncio(loop_scope="session")
async def test_a_step_under_way_and_done_fits_every_screen_and_has_no_barrier(browser: Browser) -> None:
    steps: tuple[Step, ...] = ("plates", "scan", "calibrate", "leaks")
    bench = ShownBench(now=BUSY)
    async with served(ShownStore(bench=bench)) as url, opened(browser, url, "/commissioning", role="technician") as page:
        await bring_axe(page)
        for number, step in enumerate(steps):
            going = replace(PRESS, step=step, progress=0.4, number=number)
            await page.locator(".bench-steps li").nth([one.step for one in BUSY.steps].index(step)).get_by_role("link").click()
            for procedure in (going, replace(going, state="passed", found=FOUND)):
                bench.now = replace(BUSY, procedure=procedure)
                await page.emulate_media(color_scheme="light" if procedure is going else "dark", reduced_motion="reduce")
                await expect(page.locator(f".bench-telling[data-state={procedure.state}]")).to_be_visible(timeout=SOON_MS)
                for width in (1400, 320):
                    await page.set_viewport_size({"width": width, "height": 900})
                    assert await page.evaluate("document.documentElement.scrollWidth") <= width
                assert await barriers_on(page) == []
