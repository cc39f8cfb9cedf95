"""The demonstration as a newcomer runs it: a process in a terminal, a page in a browser."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.side_by_side import SideBySide
from tests.web.browsing import chromium

DEMO = (sys.executable, "-m", "edge.cli", "demo")
FIRST_VISIT_WITHIN_S = 15.0  # s; five on a quiet machine, tests share theirs
STEP_MS = 15_000
READS_MS = 1_500  # ms; a person reads before they click, longer than a strike's usual pulse

side_by_side = SideBySide(at_once=2)


@asynccontextmanager
async def running(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *DEMO, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, start_new_session=True
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def read_until(process: asyncio.subprocess.Process, pattern: str, timeout_s: float) -> re.Match[str]:
    """The first line that matches; fails with everything that was printed instead."""
    assert process.stdout is not None
    seen: list[str] = []
    try:
        async with asyncio.timeout(timeout_s):
            while line := (await process.stdout.readline()).decode():
                seen.append(line)
                if found := re.search(pattern, line):
                    return found
    except TimeoutError:
        pass
    raise AssertionError(f"{pattern!r} was not printed within {timeout_s} s, but:\n{''.join(seen)}")


@pytest.mark.timeout(180)
@side_by_side
async def test_shoppers_come_by_themselves_and_their_receipts_reach_the_cloud(tmp_path: Path) -> None:
    async with running("--visits", "2", "--no-page", "--pause-s", "0.2", "--seed", "3", "--keep", str(tmp_path / "kept")) as process:
        output, _ = await asyncio.wait_for(process.communicate(), 120)
    text = output.decode()
    assert process.returncode == 0, text
    assert re.search(r"2 visits: 2 right at once, 0 handed to a person, 0 wrong; 2 of 2 results in the cloud", text), text
    assert (tmp_path / "kept" / "journal.db").is_file()


@pytest.mark.timeout(120)
@side_by_side
async def test_the_kerong_cabinet_sells_too() -> None:
    async with running("--visits", "1", "--no-page", "--layout", "kerong", "--seed", "2") as process:
        output, _ = await asyncio.wait_for(process.communicate(), 90)
    assert process.returncode == 0, output.decode()


async def shop_by_hand(page: Page) -> None:
    """A person at the page: enter, open, take two, put one back, leave."""
    panel = page.locator("section.try")
    phase = page.locator(".hero-phase")
    basket = page.locator(".basket > li")
    await panel.get_by_role("button", name="Show your code").dblclick()
    await expect(phase).to_have_text("Unlocked", timeout=STEP_MS)
    await page.wait_for_timeout(READS_MS)
    await panel.get_by_role("button", name="Open the door").click()
    await expect(phase).to_have_text("Shopping", timeout=STEP_MS)
    shelf = panel.locator(".try-plates > li").filter(has_text="Kestrel Cola")
    for held in ("1", "2"):
        await shelf.get_by_role("button", name="Take Kestrel Cola").click()
        await expect(basket).to_contain_text(f"{held} ×", timeout=STEP_MS)
    await shelf.get_by_role("button", name="Put back").click()
    await expect(basket).to_contain_text("1 ×", timeout=STEP_MS)
    await panel.get_by_role("button", name="Leave").click()


@pytest.mark.timeout(120)
@side_by_side
async def test_a_person_shops_from_the_page() -> None:
    async with running("--alone") as process, chromium() as browser:
        link = (await read_until(process, r"sign in\s+(http://\S+/enter/\S+)", FIRST_VISIT_WITHIN_S)).group(1)
        page = await browser.new_page(locale="en-GB")
        await page.goto(link)
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.locator(".hero-phase")).to_have_text("Open for business", timeout=STEP_MS)
        await shop_by_hand(page)
        bill = page.locator(".bill-row").first
        await expect(bill).to_contain_text("1.49", timeout=STEP_MS)
        await expect(bill).to_contain_text("Billed")
        await expect(page.locator(".today-cloud")).to_contain_text(re.compile("not yet confirmed0"), timeout=STEP_MS)
        await bill.click()
        await expect(page.locator("article.receipt")).to_contain_text("Confirmed by the cloud", timeout=STEP_MS)
        said = await read_until(process, r"in the cloud .*", 15.0)
        assert "charged once; as carried away" in said.group(0)


@side_by_side
async def test_ctrl_c_ends_it_cleanly() -> None:
    async with running("--no-page") as process:
        await read_until(process, r"holds a code in front of the reader", FIRST_VISIT_WITHIN_S)
        process.send_signal(signal.SIGINT)
        output, _ = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode in (0, 1)  # 1 where the visit that was cut short is counted as a problem
    assert "Traceback" not in output.decode()
    assert "ending" in output.decode()


async def test_a_folder_that_holds_a_demonstration_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "journal.db").touch()
    async with running("--keep", str(tmp_path)) as process:
        output, _ = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 2
    assert "already holds a demonstration" in output.decode()
