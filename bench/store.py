"""The real controller at a simulated cabinet: door, receipt, start, memory and CPU, from outside the process.

Door and receipt times are read from the controller's own log and journal; memory and CPU from the kernel. Run: ``python -m bench.store``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import psutil

from devices.facts import Unlocked
from edge.demo.shop import Shop
from edge.runtime.journal import JournalReader
from edge.session.facts import EntryRequested

SHOWN_LIMIT_S: Final = 0.5  # median, the hand has left -> the basket on the page
OWN_TIME_LIMIT_MS: Final = 300.0  # p95, plates quiet -> receipt in the outbox
IDLE_RSS_LIMIT_MB: Final = 90.0
IDLE_CPU_LIMIT_PERCENT: Final = 5.0
START_LIMIT_S: Final = 2.0
_QUICK: Final = {"receipt_shown_s": 0.2}


def percentile(values: Sequence[float], share: float) -> float:
    """Nearest-rank percentile of a non-empty sequence."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered)) - 1))]


def log_rows(path: Path, event: str) -> list[dict[str, Any]]:
    """The controller's JSON log lines of one event."""
    rows = []
    for line in path.read_text().splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if row.get("event") == event:
            rows.append(row)
    return rows


async def cpu_percent(process: psutil.Process, seconds: float) -> float:
    """Share of one core that the process used over ``seconds``."""
    before, began = sum(process.cpu_times()[:2]), time.monotonic()
    await asyncio.sleep(seconds)
    return 100.0 * (sum(process.cpu_times()[:2]) - before) / (time.monotonic() - began)


async def start_times(runs: int) -> list[float]:
    """Seconds from starting the process until its page answers and it says ready."""
    times = []
    for run in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            shop_ = Shop(seed=run, directory=Path(folder), sections={"log": {"format": "json"}})
            with shop_.cabinet:
                began = time.monotonic()
                await shop_.controller.start()
                while not log_rows(shop_.controller.log, "ready"):
                    await asyncio.sleep(0.01)
                    if time.monotonic() - began > 30:
                        raise RuntimeError(f"not ready within 30 s:\n{shop_.controller.tail()}")
                times.append(time.monotonic() - began)
                await shop_.controller.stop()
    return times


async def measure(visits: int, idle_s: float, runs: int) -> int:
    """Print the table; returns 1 where a limit is broken."""
    starts = await start_times(runs)
    with tempfile.TemporaryDirectory() as folder:
        shop_ = Shop(seed=5, directory=Path(folder), sections={"log": {"format": "json"}, "visit": _QUICK})
        async with shop_:
            process = psutil.Process(shop_.controller.pid)
            await asyncio.sleep(2.0)
            # Nobody watches: the stream this script follows would be work that an idle store does not have.
            shop_.unwatch()
            idle_cpu = await cpu_percent(process, idle_s)
            idle_rss = process.memory_info().rss / 1e6
            shop_.rewatch()
            live_s: list[float] = []
            before, began = sum(process.cpu_times()[:2]), time.monotonic()
            for number in range(visits):
                await shop_.watch.until(lambda now: bool(now["cabinet"]["may_enter"]), 20.0)

                async def present(number: int = number) -> bool:
                    visit, _ = await shop_.enter(shop_.make_pass("shopper", f"bench-{number}"))
                    return visit is not None

                plate = shop_.cabinet.layout.plates[number % len(shop_.cabinet.layout.plates)].plate
                if not await present() or not await shop_.cabinet.open_door("front"):
                    raise RuntimeError(f"visit {number} did not come in; {shop_.watch.snapshot}")
                await asyncio.sleep(0.5)
                await shop_.cabinet.take(plate)
                left = time.monotonic()
                seen = await shop_.watch.until(lambda now: bool(now["visit"] and now["visit"]["lines"]), 5.0)
                if seen is None:
                    raise RuntimeError(f"visit {number}: the basket never showed what was taken")
                live_s.append(time.monotonic() - left)
                await shop_.cabinet.close_door("front")
                shop_.cabinet.walk_away()
                if await shop_.watch.until(lambda now: now["visit"] is None, 20.0) is None:
                    raise RuntimeError(f"visit {number} did not end")
            visit_cpu = 100.0 * (sum(process.cpu_times()[:2]) - before) / (time.monotonic() - began)
            visit_rss = process.memory_info().rss / 1e6
        reader = JournalReader(shop_.journal)
        facts = [stored.fact for stored in reader.facts(after=0)]
        reader.close()
        asked = {fact.visit: fact.at_ns for fact in facts if isinstance(fact, EntryRequested)}
        door_ms = [(fact.at_ns - asked[fact.token]) / 1e6 for fact in facts if isinstance(fact, Unlocked)]
        stored = log_rows(shop_.controller.log, "receipt stored")
    own_ms = [float(row["own_ms"]) for row in stored]
    closing_s = [float(row["after_closing_s"]) for row in stored]
    rows = [
        ("code read -> pulse -> sensor fact, ms", f"p50 {statistics.median(door_ms):.0f}, p95 {percentile(door_ms, 0.95):.0f}", "", True),
        (
            "hand leaves the plate -> basket on the page, s",
            f"p50 {statistics.median(live_s):.2f}, p95 {percentile(live_s, 0.95):.2f}",
            f"p50 < {SHOWN_LIMIT_S:g}",
            statistics.median(live_s) < SHOWN_LIMIT_S,
        ),
        (
            "plates quiet -> receipt in the outbox, ms",
            f"p50 {statistics.median(own_ms):.1f}, p95 {percentile(own_ms, 0.95):.1f}",
            f"p95 < {OWN_TIME_LIMIT_MS:.0f}",
            percentile(own_ms, 0.95) < OWN_TIME_LIMIT_MS,
        ),
        ("door closed -> receipt, s", f"p50 {statistics.median(closing_s):.2f}, p95 {percentile(closing_s, 0.95):.2f}", "", True),
        (
            "resident memory idle / after visits, MB",
            f"{idle_rss:.0f} / {visit_rss:.0f}",
            f"< {IDLE_RSS_LIMIT_MB:.0f}",
            idle_rss < IDLE_RSS_LIMIT_MB,
        ),
        (
            "CPU idle / during visits, % of one core",
            f"{idle_cpu:.1f} / {visit_cpu:.1f}",
            f"idle < {IDLE_CPU_LIMIT_PERCENT:.0f}",
            idle_cpu < IDLE_CPU_LIMIT_PERCENT,
        ),
        (
            "start -> ready, s",
            f"p50 {statistics.median(starts):.2f}, max {max(starts):.2f}",
            f"< {START_LIMIT_S:.0f}",
            max(starts) < START_LIMIT_S,
        ),
        ("visits / receipts", f"{visits} / {len(stored)}", "equal", visits == len(stored)),
    ]
    for name, value, limit, held in rows:
        print(f"  {name:<46} {value:<28} {limit:<14} {'' if not limit else 'ok' if held else 'NOT MET'}")
    return 0 if all(held for *_, held in rows) else 1


def main() -> int:
    """Parse the arguments and measure."""
    parser = argparse.ArgumentParser(prog="python -m bench.store", description=__doc__)
    parser.add_argument("--visits", type=int, default=20, help="visits to time (default 20)")
    parser.add_argument("--idle-s", type=float, default=15.0, help="seconds of idling to measure (default 15)")
    parser.add_argument("--starts", type=int, default=3, help="starts to time (default 3)")
    args = parser.parse_args()
    return asyncio.run(measure(args.visits, args.idle_s, args.starts))


if __name__ == "__main__":
    sys.exit(main())
