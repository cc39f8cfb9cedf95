"""The screens in a real browser: a first load, a plate's change until it is drawn, open streams, growth of a page.

All but growth is measured at the real controller of a simulated cabinet; growth at a stand-in that changes as fast as a page reads.
Run: ``python -m bench.screens``.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import math
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import httpx
import psutil
from playwright.async_api import Browser, CDPSession, Page, Response

from bench.limits import Limit, told
from bench.store import cpu_percent, percentile
from edge.demo.shop import Shop
from edge.recordings.live import NoRecording, lines
from edge.snapshot import StoreSnapshot
from tests.web.browsing import LIVE, chromium, opened
from tests.web.shown_store import ShownStore, quiet_store, receipt_row, served, shopping_store
from tests.web.signed_in import cookies, visited

LOAD_LIMIT_KB: Final = {"/": 300.0, "/kiosk": 150.0}
PIXELS_LIMIT_MS: Final = 250.0  # p95, the store has the sample -> the page has drawn it
STREAMS_LIMIT_PERCENT: Final = 10.0  # of one core, all streams together
GROWTH_LIMIT: Final = 1.2  # heap after / before
STREAMS: Final = 20
WATCHERS: Final = 20  # pages that follow a line's trace, which asks every second
SCALES: Final = "scales"  # the line of the simulated cabinet's scale
STEP_G: Final = 400.0
SEEN_G: Final = 25.0  # a weight that is further from the one before has changed; noise and rounding are less
STEP_S: Final = 1.37  # s between two changes; not a multiple of the stream's interval, so that they come at any moment of it
WARM: Final = 2_000  # snapshots before the heap is measured first: code is compiled, lists are full
COUNTED: Final = """
(() => {
  window.heard = 0;
  window.EventSource = class extends EventSource {
    constructor(address) {
      super(address);
      this.addEventListener("snapshot", () => { window.heard += 1; });
    }
  };
})()
"""
WATCHED: Final = """
() => {
  window.drawn = [];
  const plates = [...document.querySelectorAll("li.plate")];
  new MutationObserver(() => {
    const seen = plates.map((plate) => [plate.querySelector(".plate-name").textContent, plate.querySelector(".plate-grams").textContent]);
    // Behind the frame that draws it: a task queued in the frame's own callback runs after its painting.
    requestAnimationFrame(() => setTimeout(() => window.drawn.push([performance.timeOrigin + performance.now(), seen])));
  }).observe(document.querySelector(".shelf"), { subtree: true, childList: true, characterData: true });
}
"""


async def first_loads(browser: Browser, url: str) -> list[Limit]:
    """Script that each screen fetches until it is live, gzipped file by file as a server in front would send it."""
    limits = []
    for place, most in LOAD_LIMIT_KB.items():
        context = await browser.new_context(locale="zh-CN")  # the larger of the languages
        await context.add_cookies(await cookies(url))
        page = await context.new_page()
        answers = kept_answers(page)
        await page.goto(url + place)
        await page.wait_for_load_state("load")
        await page.wait_for_selector(LIVE if place == "/" else "main")
        scripts = [answer for answer in answers if answer.request.resource_type == "script"]
        sizes = [len(gzip.compress(await answer.body(), 9)) for answer in scripts]
        await context.close()
        limits.append(Limit(f"first load of {place}: script, gzipped, {len(sizes)} files", sum(sizes) / 1000, most, "kB"))
    return limits


def kept_answers(page: Page) -> list[Response]:
    """Everything that the page fetches from now on."""
    answers: list[Response] = []

    def keep(answer: Response) -> None:
        answers.append(answer)

    page.on("response", keep)
    return answers


@dataclass(slots=True)
class Samples:
    """Raw samples as the store has them, by plate: Unix milliseconds and grams. ``ends``: the listener leaves."""

    url: str
    headers: Mapping[str, str]
    rows: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    ends: threading.Event = field(default_factory=threading.Event)

    def listen(self) -> None:
        """Run in a thread until ``ends``."""
        ahead_ms = (time.time_ns() - time.monotonic_ns()) / 1e6  # one machine, one clock: what a sample's time is in Unix time
        names: list[str] = []
        try:
            with closing(lines(self.url, self.headers)) as coming:
                for line in coming:
                    names = line.get("columns", names)
                    for place, at_ns, grams in line.get("samples", ()):
                        self.rows.setdefault(names[place], []).append((at_ns / 1e6 + ahead_ms, grams))
                    if self.ends.is_set():
                        return
        except NoRecording:
            if not self.ends.is_set():
                raise


def grams_of(text: str) -> float:
    """ "412 g" and "1.24 kg" as grams; what is no weight as NaN."""
    if not text[-1:].isalpha():
        return math.nan
    number, unit = text.replace("\u2212", "-").replace(",", "").split()
    return float(number) * (1000.0 if unit == "kg" else 1.0)


def first_change(rows: Sequence[tuple[float, float]], begin_ms: float, by_g: float) -> float:
    """When a row from ``begin_ms`` on first differs by more than ``by_g`` from the last one before. Raises StopIteration."""
    base = [grams for at_ms, grams in rows if at_ms < begin_ms and not math.isnan(grams)][-1]
    return next(at_ms for at_ms, grams in rows if at_ms >= begin_ms and abs(grams - base) > by_g)


async def pixels(browser: Browser, shop: Shop, changes: int) -> tuple[list[float], list[float]]:
    """Milliseconds from the first sample that tells of a change until the shelf page has drawn one, for each of ``changes``; and until
    it has drawn half of it: what is shown is the smoothed weight."""
    plates = [plate.plate for plate in shop.cabinet.layout.plates]
    visit, refusal = await shop.enter(shop.make_pass("restocker", "bench"))
    if visit is None or not await shop.cabinet.open_door("front"):
        raise RuntimeError(f"the restocker did not come in: {refusal}")
    shop.unwatch()
    samples = Samples(shop.page_url, shop.headers)
    listening = asyncio.create_task(asyncio.to_thread(samples.listen))
    began: list[tuple[str, float]] = []
    async with opened(browser, shop.page_url, "/shelf", viewport={"width": 1200, "height": 750}) as page:
        await page.wait_for_selector(".plate-grams")
        await page.evaluate(WATCHED)
        await asyncio.sleep(2.0)
        for number in range(changes):
            plate = plates[number % len(plates)]
            began.append((plate, time.time() * 1000))
            with shop.cabinet.lock:
                shop.cabinet.shelf.force(plate, STEP_G if (number // len(plates)) % 2 == 0 else -STEP_G, shop.cabinet.clock_ns())
            await asyncio.sleep(STEP_S)
        await asyncio.sleep(1.0)
        drawn: list[tuple[float, list[tuple[str, str]]]] = await page.evaluate("window.drawn")
        samples.ends.set()
    await listening
    shown = {plate: [(at_ms, grams_of(dict(seen)[plate])) for at_ms, seen in drawn] for plate in plates}
    shop.rewatch()
    await shop.cabinet.close_door("front")
    told_ms = [first_change(samples.rows[plate], at_ms, SEEN_G) for plate, at_ms in began]
    any_ms, half_ms = (
        [first_change(shown[plate], at_ms, by_g) - known for (plate, at_ms), known in zip(began, told_ms, strict=True)]
        for by_g in (SEEN_G, STEP_G / 2)
    )
    return any_ms, half_ms


async def read_stream(url: str, headers: Mapping[str, str], counts: list[int], place: int) -> None:
    """Read the live stream as a browser does, everything as it comes, until cancelled."""
    host, _, port = url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        sent = {"Host": f"{host}:{port}", "Accept": "text/event-stream", **headers}
        lines_sent = ("GET /api/v1/stream HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items()), "", "")
        writer.write("\r\n".join(lines_sent).encode())
        while data := await reader.read(65_536):
            counts[place] += data.count(b"event: snapshot")
    finally:
        writer.close()


async def streams(shop: Shop, seconds: float) -> tuple[float, float, float]:
    """Percent of a core that the controller uses with no stream and with STREAMS, and events a second that one of them got."""
    shop.unwatch()
    await asyncio.sleep(2.0)
    process = psutil.Process(shop.controller.pid)
    alone = await cpu_percent(process, seconds)
    counts = [0] * STREAMS
    readers = [asyncio.create_task(read_stream(shop.page_url, shop.headers, counts, place)) for place in range(STREAMS)]
    await asyncio.sleep(2.0)
    before = sum(counts)
    watched = await cpu_percent(process, seconds)
    events = (sum(counts) - before) / STREAMS / seconds
    if min(counts) == 0 or any(reader.done() for reader in readers):
        raise RuntimeError(f"not all {STREAMS} streams were served: {counts}")
    for reader in readers:
        reader.cancel()
    await asyncio.gather(*readers, return_exceptions=True)
    shop.rewatch()
    return alone, watched, events


async def watch_wire(shop: Shop, rows: list[int], place: int) -> None:
    """Follow the trace of the busiest line as a page does, until cancelled."""
    newest = 0
    async with httpx.AsyncClient(base_url=shop.page_url, headers=shop.headers) as client:
        await asyncio.sleep(place / WATCHERS)
        while True:
            answer = await client.get(f"/api/v1/devices/{SCALES}/trace", params={"after": newest})
            told = answer.raise_for_status().json()
            newest = told["newest"]
            rows[place] += len(told["rows"])
            await asyncio.sleep(1.0)


async def wire(shop: Shop, seconds: float) -> tuple[float, float]:
    """Percent of a core that the controller uses while WATCHERS follow a line, and rows a second that one of them got."""
    rows = [0] * WATCHERS
    watchers = [asyncio.create_task(watch_wire(shop, rows, place)) for place in range(WATCHERS)]
    await asyncio.sleep(2.0)
    before = sum(rows)
    watched = await cpu_percent(psutil.Process(shop.controller.pid), seconds)
    got = (sum(rows) - before) / WATCHERS / seconds
    if min(rows) == 0 or any(watcher.done() for watcher in watchers):
        raise RuntimeError(f"not all {WATCHERS} were answered: {rows}")
    for watcher in watchers:
        watcher.cancel()
    await asyncio.gather(*watchers, return_exceptions=True)
    return watched, got


def changing(number: int) -> StoreSnapshot:
    """The ``number``-th state of a busy store: weights always differ, visits come and go, receipts are added."""
    base = shopping_store() if number % 40 < 20 else quiet_store()
    plates = tuple(
        replace(plate, grams=round((plate.grams or 0.0) + (number * 7 + place) % 400, 1)) for place, plate in enumerate(base.plates)
    )
    newest = number // 40
    receipts = tuple(receipt_row(max(1, newest - back), final=(newest - back) % 10 != 0) for back in range(min(20, newest + 1)))
    visit = base.visit and replace(base.visit, visit=f"0193-visit-{newest + 1:04d}", short=f"{newest + 1:04d}", since_s=5000.0 + number)
    cabinet = replace(base.cabinet, since_s=4900.0 + number)  # something that people wait for: sent at once
    return replace(base, at_s=5000.0 + number, plates=plates, receipts=receipts, visit=visit, cabinet=cabinet)


async def heap_mb(page: Page, tools: CDPSession) -> float:
    """What the page's script holds after everything that can go has gone."""
    await page.evaluate("new Promise((done) => setTimeout(done, 500))")
    for _ in range(2):
        await tools.send("HeapProfiler.collectGarbage")
    found: Mapping[str, Any] = await tools.send("Performance.getMetrics")
    return next(float(row["value"]) for row in found["metrics"] if row["name"] == "JSHeapUsedSize") / 1e6


async def growth(browser: Browser, snapshots: int) -> list[tuple[str, float, float, int]]:
    """Of three pages: place, heap in MB after WARM snapshots and after ``snapshots`` more, and how many more it really got."""
    store = ShownStore()
    found = []
    async with served(store, stream_interval_ms=20) as url, AsyncExitStack() as stack:
        for place in ("/", "/shelf", "/kiosk"):
            context = await stack.enter_async_context(await browser.new_context(locale="en-GB"))
            page = await context.new_page()
            await page.add_init_script(COUNTED)
            await page.goto(url + place)
            await page.wait_for_selector("main")
            tools = await context.new_cdp_session(page)
            await tools.send("Performance.enable")
            await pushed(store, page, 0, WARM)
            before, so_far = await heap_mb(page, tools), await heard(page)
            await pushed(store, page, WARM, so_far + snapshots)
            found.append((place, before, await heap_mb(page, tools), await heard(page) - so_far))
            await context.close()
    return found


async def heard(page: Page) -> int:
    """Snapshots that the page got so far."""
    return int(await page.evaluate("window.heard"))


async def pushed(store: ShownStore, page: Page, number: int, until: int) -> None:
    """Change the store, from its state ``number`` on, until the page has got ``until`` snapshots."""
    while await heard(page) < until:
        for _ in range(200):
            number += 1
            await store.show(changing(number))
            await asyncio.sleep(0.0005)


async def measure(changes: int, seconds: float, snapshots: int, port: int | None) -> int:
    """Print the table; returns 1 where a limit is missed."""
    with tempfile.TemporaryDirectory() as folder:
        shop = Shop(seed=5, directory=Path(folder), page_port=port, sections={"log": {"format": "json"}, "web": {"max_streams": 32}})
        async with shop, chromium() as browser:
            alone, watched, events = await streams(shop, seconds)
            followed, rows = await wire(shop, seconds)
            with visited(shop.page_url, shop.journal):
                loads = await first_loads(browser, shop.page_url)
                drawn_ms, half_ms = await pixels(browser, shop, changes)
    async with chromium() as browser:
        grown = await growth(browser, snapshots)
    print(f"   {STREAMS} streams, {events:.1f} snapshots/s each: {watched:.1f} % of a core in the controller, without them {alone:.1f} %")
    print(f"   {WATCHERS} who follow the scales' line, {rows:.0f} rows/s each: {followed:.1f} % of a core in the controller")
    print(f"   sample -> drawn, {len(drawn_ms)} changes: p50 {statistics.median(drawn_ms):.0f}, most {max(drawn_ms):.0f} ms")
    print(f"   the same until half of the smoothed change is drawn: p50 {statistics.median(half_ms):.0f}, most {max(half_ms):.0f} ms")
    for place, before, after, count in grown:
        print(f"   heap of {place}: {before:.2f} MB after the first {WARM} snapshots, {after:.2f} MB {count} snapshots later")
    return told(
        (
            *loads,
            Limit("a plate's change until the shelf page has drawn it, p95", percentile(drawn_ms, 0.95), PIXELS_LIMIT_MS, "ms"),
            Limit("the same, half of the smoothed change", percentile(half_ms, 0.95), None, "ms"),
            Limit(f"{STREAMS} open streams, added to the controller", watched - alone, STREAMS_LIMIT_PERCENT, "% of a core"),
            Limit(f"{WATCHERS} pages that follow a line, added", followed - alone, STREAMS_LIMIT_PERCENT, "% of a core"),
            *(
                Limit(f"heap of {place} after {count} snapshots", after / before, GROWTH_LIMIT, "times")
                for place, before, after, count in grown
            ),
        )
    )


def main() -> int:
    """Exit code 1 when a limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.screens", description=__doc__)
    parser.add_argument("--changes", type=int, default=48, help="changes of a plate's weight (default: 48)")
    parser.add_argument("--seconds", type=float, default=20.0, help="over which the processor is watched, twice (default: 20)")
    parser.add_argument("--snapshots", type=int, default=10_000, help="snapshots that each page gets (default: 10000)")
    parser.add_argument("--port", type=int, help="port of the store's screens (default: any free one)")
    args = parser.parse_args()
    return asyncio.run(measure(args.changes, args.seconds, args.snapshots, args.port))


if __name__ == "__main__":
    sys.exit(main())
