"""``make pictures``: the screens of a real store on this machine, as docs/pictures/*.png. Starts a demonstration, shops in it, ends it.

Doubt and alarms are made as they come about: a shopper leaves something that is no product, a load cell's wire breaks, a door is forced.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from PIL import Image
from playwright.async_api import Browser, Page

from edge.demo.receipts import CloudReceipts
from edge.demo.shop import Shop
from edge.demo.story import Story
from tests.web.browsing import chromium, opened
from tests.web.signed_in import visited

FOLDER: Final = Path(__file__).parents[1] / "docs" / "pictures"
WIDE: Final = {"width": 1200, "height": 750}
TALL: Final = {"width": 1200, "height": 1100}  # for what stands below one another
LOW: Final = {"width": 1200, "height": 590}  # ends above the paths of the simulated lines
PHONE: Final = {"width": 390, "height": 844}
MOST_BYTES: Final = 150_000  # one picture
MOST_BYTES_ALL: Final = 1_500_000
LIVE_PICTURE: Final = ".camera-view img"
COLOURS: Final = 256
DRAWN_S: Final = 1.5  # s; what a page fetches after it is live: details, pictures of the camera
LONGEST_S: Final = 60.0  # s until the eye has learned its products, a visit is over and the like
ON_SCREEN: Final = {"receipt_shown_s": 12.0}  # a receipt stays that long at the door, for the picture


class Album:
    """Takes pictures of one store's screens."""

    def __init__(self, browser: Browser, url: str, folder: Path) -> None:
        self._browser = browser
        self._url = url
        self._folder = folder
        self.written: list[Path] = []

    async def take(self, name: str, place: str, *, shown: str = "main", size: dict[str, int] | None = None, **how: Any) -> None:
        """The page at ``place`` as ``name``.png, as soon as ``shown`` is on it."""
        async with opened(self._browser, self._url, place, viewport=size or WIDE, **how) as page:
            await page.locator(shown).first.wait_for()
            await self.keep(page, name)

    async def keep(self, page: Page, name: str) -> None:
        """An open page as it is now. Raises ValueError where the picture is too large."""
        await page.mouse.move(0, 0)
        await asyncio.sleep(DRAWN_S)
        picture = Image.open(io.BytesIO(await page.screenshot())).convert("RGB")
        path = self._folder / f"{name}.png"
        picture.quantize(COLOURS, kmeans=2, dither=Image.Dither.NONE).save(path, optimize=True)
        self.written.append(path)
        size = path.stat().st_size
        print(f"  {path.name:<24} {size / 1000:>6.0f} kB", flush=True)
        if size > MOST_BYTES:
            raise ValueError(f"{path.name} has {size} bytes, more than {MOST_BYTES}")


class Visits:
    """What people do in the store, for the pictures."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self._story = Story(shop, CloudReceipts(shop.directory / "fleet.db"), seed=4, out=io.StringIO())

    async def usual(self, count: int) -> None:
        """Shoppers as the demonstration has them."""
        for _ in range(count):
            await self.free()
            await self._story.shopper()

    async def restocked(self) -> None:
        """Somebody fills the plates."""
        await self.free()
        await self._story.restocker()

    async def free(self) -> None:
        """Wait until the cabinet may be entered."""
        await self.sure("may be entered", lambda now: bool(now["cabinet"]["may_enter"]))

    @asynccontextmanager
    async def inside(self, holder: str, taken: Sequence[tuple[str, int]]) -> AsyncIterator[None]:
        """A shopper who has ``taken`` units of plates; at the end the door is closed and the receipt is on the screen."""
        await self.free()
        visit, refusal = await self.shop.enter(self.shop.make_pass("shopper", holder))
        if visit is None or not await self.shop.cabinet.open_door("front"):
            raise RuntimeError(f"nobody came in: {refusal}")
        for plate, count in taken:
            await asyncio.sleep(1.0)
            await self.shop.cabinet.take(plate, count)
        await self.sure("has a basket", lambda now: bool(now["visit"]) and len(now["visit"]["lines"]) == len(taken))
        yield
        await self.shop.cabinet.close_door("front")
        self.shop.cabinet.walk_away()
        await self.sure("has its receipt", lambda now: any(row["visit"] == visit for row in now["receipts"]))

    async def sure(self, what: str, wanted: Any) -> None:
        """Wait until a snapshot is ``wanted``. RuntimeError names ``what`` when none comes."""
        if await self.shop.watch.until(wanted, LONGEST_S) is None:
            raise RuntimeError(f"the store never {what}; cabinet: {self.shop.watch.snapshot.get('cabinet')}")


async def kiosk(album: Album, browser: Browser, visits: Visits) -> None:
    """The screen at the door through one visit."""
    await visits.free()
    async with opened(browser, visits.shop.page_url, "/kiosk", awaited="main", viewport=WIDE) as page:
        await album.keep(page, "kiosk-ready")
        async with visits.inside("shopper-at-the-kiosk", [("B1", 1), ("A1", 2), ("B2", 1)]):
            await album.keep(page, "kiosk-basket")
        await album.keep(page, "kiosk-receipt")


async def doubtful(visits: Visits) -> str:
    """A visit whose receipt waits for a person: something of no known weight is left on a plate. Returned: the visit."""
    async with visits.inside("shopper-in-doubt", [("A2", 1), ("B2", 1)]):
        await visits.shop.cabinet.load("B1", 61.0)
        await asyncio.sleep(2.0)
    row = visits.shop.watch.snapshot["receipts"][0]
    if row["status"] != "provisional":
        raise RuntimeError(f"the receipt is {row['status']}, nobody is asked about it")
    return str(row["visit"])


async def take_all(folder: Path, port: int | None) -> list[Path]:
    """Shop, look, shop again. Returned: what was written."""
    with tempfile.TemporaryDirectory() as temporary:
        shop = Shop(seed=4, directory=Path(temporary), page_port=port, sections={"visit": dict(ON_SCREEN)}, camera=True)
        async with shop, chromium() as browser:
            eye = asyncio.create_task(shop.eye.run(lambda _: None)) if shop.eye is not None else None
            try:
                with visited(shop.page_url, shop.journal):
                    return await _through_the_day(shop, browser, folder)
            finally:
                if eye is not None:
                    eye.cancel()
                    await asyncio.gather(eye, return_exceptions=True)


async def _through_the_day(shop: Shop, browser: Browser, folder: Path) -> list[Path]:
    visits = Visits(shop)
    album = Album(browser, shop.page_url, folder)
    await visits.sure("knows its products", lambda now: now["eye"]["condition"] == "open" and now["eye"]["products"] > 0)
    await visits.usual(3)
    await visits.restocked()
    await visits.usual(1)
    await kiosk(album, browser, visits)
    bill = shop.watch.snapshot["receipts"][0]["visit"]
    doubt = await doubtful(visits)
    await visits.free()
    await album.take("today", "/")
    await album.take("today-dark", "/", color_scheme="dark")
    await album.take("today-phone-chinese", "/", size=PHONE, locale="zh-CN", has_touch=True)
    await album.take("shelf", "/shelf", shown=LIVE_PICTURE)
    await album.take("receipt", f"/visits/{bill}", size=TALL)
    await album.take("review", f"/review/{doubt}", size=TALL)
    await album.take("stock", "/stock")
    await album.take("cameras", "/cameras", shown=LIVE_PICTURE)
    await album.take("devices", "/devices", size=LOW)
    shop.cabinet.shelf.plates["A3"].physics.troubles.fault = "disconnected"
    await shop.cabinet.force_door("front")
    await visits.sure("hears the door", lambda now: bool(now["alarms"]))
    await shop.cabinet.close_door("front")
    await visits.sure("is out of service", lambda now: now["cabinet"]["phase"] == "out_of_service" and len(now["alarms"]) > 1)
    await album.take("alarms", "/alarms")
    return album.written


def main() -> int:
    """Exit code 1 when all pictures together are too large."""
    parser = argparse.ArgumentParser(prog="python -m bench.pictures", description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where they are written (default: docs/pictures)")
    parser.add_argument("--port", type=int, help="port of the store's screens (default: any free one)")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    written = asyncio.run(take_all(args.folder, args.port))
    size = sum(path.stat().st_size for path in written)
    print(f"  {len(written)} pictures, {size / 1000:.0f} kB")
    return int(size > MOST_BYTES_ALL)


if __name__ == "__main__":
    sys.exit(main())
