"""A visit while the journal's disk is full, on a file system that is really small: run inside a mount namespace of its own.

``python -m tests.store.full_disk DIRECTORY`` mounts a small tmpfs at ``DIRECTORY/disk``, which goes with the process; it prints what it
saw as one JSON object. The test starts it by ``unshare``, so that nobody's rights and nobody's mounts are touched.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Final, TypedDict

from devices.sim.store_config import Table
from edge.demo.shop import Shop
from edge.runtime.replay import replay
from edge.session.commands import EndVisit, IssueReceipt
from tests.waiting import until

DISK_MB: Final = 24  # above the least free space that the settings allow, so that the start is an ordinary one
DOOR: Final = "front"
PLATE: Final = "B2"
MADE_ROOM: Final = "made room on the journal's disk"


class Seen(TypedDict):
    """What happened: visits in the order of entry, what the page said while nothing could be written, and what the journal holds."""

    visits: list[str]
    on_the_reserve: str
    without_any_room: str
    refused_start: int
    refused_words: str
    ends: dict[str, list[str]]
    receipts: dict[str, int]


def fill(disk: Path) -> None:
    """Leave not a byte."""
    with (disk / "filler").open("ab", buffering=0) as filler:
        while True:
            try:
                filler.write(b"\xff" * 4096)
            except OSError:
                return


async def said(shop: Shop, words: str, times: int) -> None:
    """Until the controller's log has ``words`` so often."""
    await until(lambda: shop.controller.log.read_text().count(words) >= times, within_s=10.0)


async def entered(shop: Shop) -> str:
    visit, refusal = await shop.enter(shop.make_pass("shopper", "anna"))
    if visit is None or not await shop.cabinet.open_door(DOOR):
        raise RuntimeError(refusal or "the door stayed shut")
    await shop.watch.until(lambda now: now["cabinet"]["phase"] == "open", 5.0)
    return visit


async def taken_and_left(shop: Shop) -> None:
    await shop.cabinet.take(PLATE, 1)
    await asyncio.sleep(0.3)
    await shop.cabinet.close_door(DOOR)


def phase(shop: Shop) -> str:
    return str(shop.watch.snapshot["cabinet"]["phase"])


async def measure(directory: Path) -> Seen:
    disk = directory / "disk"
    sections: dict[str, Table] = {"journal": {"path": str(disk / "journal.db"), "min_free_mb": 16}, "visit": {"receipt_shown_s": 0.1}}
    seen: Seen = {
        "visits": [],
        "on_the_reserve": "",
        "without_any_room": "",
        "refused_start": 0,
        "refused_words": "",
        "ends": {},
        "receipts": {},
    }
    async with Shop(seed=3, directory=directory / "shop", sections=sections) as shop:
        # What was set aside is enough to end the running visit.
        seen["visits"].append(await entered(shop))
        fill(disk)
        await taken_and_left(shop)
        await said(shop, MADE_ROOM, 1)
        await shop.watch.until(lambda now: now["visit"] is None and bool(now["receipts"]), 10.0)
        seen["on_the_reserve"] = phase(shop)
        (disk / "filler").unlink()

        # Not a byte is left: nothing is decided and nothing is lost until there is room.
        await shop.watch.until(lambda now: bool(now["cabinet"]["may_enter"]), 10.0)
        seen["visits"].append(await entered(shop))
        fill(disk)
        await shop.cabinet.take(PLATE, 1)
        await said(shop, MADE_ROOM, 2)
        fill(disk)
        await taken_and_left(shop)
        await asyncio.sleep(0.8)
        seen["without_any_room"] = phase(shop)
        (disk / "filler").unlink()
        await shop.watch.until(lambda now: now["visit"] is None, 10.0)

        # Killed in that state: what it could not record is gone with it, and it does not start to sell where it cannot record.
        await shop.watch.until(lambda now: bool(now["cabinet"]["may_enter"]), 10.0)
        seen["visits"].append(await entered(shop))
        fill(disk)
        await shop.cabinet.take(PLATE, 1)
        await said(shop, MADE_ROOM, 3)
        fill(disk)
        await taken_and_left(shop)
        shop.controller.kill()
        await shop.controller.wait()
        shop.watch.snapshot = {}
        before = len(shop.controller.log.read_bytes())
        await shop.controller.start()
        async with asyncio.timeout(10.0):
            seen["refused_start"] = await shop.controller.wait()
        seen["refused_words"] = shop.controller.log.read_bytes()[before:].decode()
        (disk / "filler").unlink()
        await shop.controller.start()
        await shop.watch.until(lambda now: bool(now["cabinet"]["may_enter"]), 20.0)
    for one in replay(disk / "journal.db"):
        for command in one.commands:
            if isinstance(command, EndVisit):
                seen["ends"].setdefault(command.visit, []).append(command.outcome)
            elif isinstance(command, IssueReceipt):
                seen["receipts"][command.receipt.visit] = command.receipt.total_minor
    return seen


def main(directory: Path) -> None:
    disk = directory / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(disk)], check=True)
    print(json.dumps(asyncio.run(measure(directory))))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
