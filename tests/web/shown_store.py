"""A store in memory behind the web room's port: what pages and programs see is set by the test, what they ask for is recorded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from edge.access.store import AccessStore
from edge.basket.reading import QuantityShare
from edge.day_sums import DaySums, day_sums
from edge.figures import StoreMetrics
from edge.session.facts import Source
from edge.snapshot import (
    AlternativeView,
    BasketRow,
    BusView,
    CabinetView,
    CloudView,
    ContentView,
    ControllerView,
    DeviceView,
    DoorView,
    EvidenceView,
    Hint,
    PlateView,
    ReceiptRecord,
    ReceiptRow,
    StoreSnapshot,
    VisitView,
)
from edge.stock_view import PlaceView, ProposalRow, RecountRow, RecountView, StockRow, StockView
from edge.web.changing import RestartResult
from edge.web.front import (
    AuditRow,
    CameraPicture,
    CountResult,
    EntryResult,
    ReviewOrder,
    ReviewResult,
    ServiceAction,
    ServiceResult,
    StocktakeResult,
)
from edge.web.server import address, listen, serve
from edge.web.settings import WebSettings
from tests.web.shown_bench import ShownBench
from tests.web.shown_care import ShownCare
from tests.web.shown_changes import ShownChanges, ShownGoods
from tests.web.shown_enrolment import ShownEnrolment
from tests.web.shown_metrics import shown_metrics
from tests.web.shown_trouble import CLOSED, CLOUD_LOST, PLATE_LOST
from tests.web.signed_in import access_of_tests, known

WATER = ContentView(gtin="04006381333931", name="Spring Water 0.5 l", price_minor=120, units=6, full_units=8)
BARS = ContentView(gtin="04012345123456", name="Oat & Honey Bar", price_minor=180, units=10, full_units=12)
COLA = ContentView(gtin="05449000000996", name="Cola 0.33 l", price_minor=190, units=9, full_units=10)
WRAP = ContentView(gtin="04000000000013", name="Falafel Wrap", price_minor=449, units=3, full_units=6)

WATER_TAKEN = BasketRow(gtin=WATER.gtin, name=WATER.name, quantity=2, unit_price_minor=120, total_minor=240, probability=0.998)
WATER_BILLED = replace(
    WATER_TAKEN,
    quantities=(QuantityShare(2, 0.998), QuantityShare(1, 0.001)),
    evidence=(EvidenceView(plate="P1", grams=-1040.3, at_unix_s=1_763_899_970.0),),
)
WRAP_TAKEN = BasketRow(gtin=WRAP.gtin, name=WRAP.name, quantity=1, unit_price_minor=449, total_minor=449, probability=0.74)
WRAP_BILLED = replace(
    WRAP_TAKEN,
    quantities=(QuantityShare(1, 0.74), QuantityShare(0, 0.26)),
    alternatives=(AlternativeView(gtin="04000000000020", name="Chicken Wrap", quantity=1, probability=0.24),),
    evidence=(EvidenceView(plate="P4", grams=-230.2, at_unix_s=None), EvidenceView(plate="P3", grams=4.0, at_unix_s=1_763_899_975.0)),
)


def stock_row(what: ContentView, plate: str, grams: float, *, stray: int = 0, **more: Any) -> StockRow:
    """One product on the plate where it belongs, and ``stray`` units of it on P4."""
    places = [PlaceView(plate=plate, units=what.units, full_units=what.full_units, min_units=-(-what.full_units // 4))]
    places += [PlaceView(plate="P4", units=stray, full_units=0, min_units=0)] if stray else []
    return StockRow(
        gtin=what.gtin,
        name=what.name,
        units=what.units + stray,
        full_units=what.full_units,
        short=what.units < places[0].min_units,
        misplaced=stray,
        places=tuple(places),
        catalogue_g=grams,
        **more,
    )


STOCK = StockView(
    products=(
        stock_row(WATER, "P1", 520.0, learned_g=521.3, learned_sd_g=0.42, weighed_units=31),
        stock_row(BARS, "P2", 45.0, stray=2),
        stock_row(COLA, "P3", 350.0),
        stock_row(replace(WRAP, units=1), "P4", 230.0),
    ),
    recount=RecountView(
        visit="0193-visit-0000",
        at_s=1400.0,
        counted=33,
        full_units=36,
        rows=(RecountRow(plate="P4", gtin=WRAP.gtin, name=WRAP.name, counted=3, full_units=6, before=0),),
    ),
    proposal=(ProposalRow(plate="P4", gtin="04000000000020", name="Chicken Wrap", count=5, was=0),),
)


def receipt_row(number: int, *, final: bool = True) -> ReceiptRow:
    """The ``number``-th receipt of the day as a list shows it."""
    return ReceiptRow(
        visit=f"0193-visit-{number:04d}",
        short=f"{number:04d}",
        status="final" if final else "provisional",
        total_minor=689,
        lines=(WATER_BILLED, WRAP_BILLED),
        review_reasons=() if final else ("line_uncertain",),
        review_words=() if final else ("A line is less certain than the store asks for.",),
        issued_unix_s=1_763_900_000.0 + 60 * number,
        took_s=1.2,
        probability=0.995 if final else 0.73,
        unexplained=() if final else (EvidenceView(plate="P2", grams=-31.2, at_unix_s=None),),
    )


def quiet_store() -> StoreSnapshot:
    """A cabinet that waits for a shopper, with everything well."""
    names = ("P1", "P2", "P3", "P4")
    grams = (3120.0, 452.1, 3180.4, 690.0)
    return StoreSnapshot(
        at_s=5000.0,
        at_unix_s=1_763_900_000.0,
        tenant="acme",
        store="lobby-1",
        name="Lobby cooler",
        currency="EUR",
        price_version="2026-11",
        cabinet=CabinetView(phase="idle", words="Present your code to open the door.", since_s=4900.0, may_enter=True),
        doors=(DoorView(door="main", open=False, secured=True),),
        plates=tuple(
            PlateView(plate=name, grams=weight, quality="ok", condition="stable", rated_g=10_000.0, contents=(what,))
            for name, weight, what in zip(names, grams, (WATER, BARS, COLA, WRAP), strict=True)
        ),
        stock=STOCK,
        visit=None,
        refusal=None,
        receipts=(receipt_row(2), receipt_row(1, final=False)),
        cloud=CloudView(condition="connected", words="Everything is confirmed.", stored_total=41, confirmed_total=41),
        devices=(
            DeviceView(name="relay", product="waveshare-8di8do", condition="up", bus="a", counters={"requests": 812, "timeouts": 1}),
            DeviceView(name="scale-1", product="modbus-transmitter-4", condition="up", bus="a", counters={"requests": 3021}),
        ),
        buses=(BusView(name="a", url="serial:///dev/serial/by-id/usb-1", connected=True, busy_fraction=0.41, counters={"replies": 3833}),),
        alarms=(),
        controller=ControllerView(
            version="0.1.0", started_s=1000.0, boot_id="b-1", clock_sync="ntp", journal_bytes=1_530_000, facts=4711, disk_free_fraction=0.63
        ),
    )


def shopping_store() -> StoreSnapshot:
    """The door is open, two waters and probably a wrap are taken, a hand is on plate P4."""
    quiet = quiet_store()
    moving = replace(quiet.plates[3], grams=460.0, condition="moving")
    visit = VisitView(
        visit="0193-visit-0003",
        short="0003",
        role="shopper",
        since_s=4980.0,
        lines=(WATER_TAKEN, WRAP_TAKEN),
        total_minor=689,
        limit_minor=5000,
        nothing_probability=0.0,
        hints=(
            Hint(
                code="misplaced",
                words="A bar seems to stand on plate P1. Please put it back on P2.",
                plate="P1",
                product="Bar",
                homes=("P2",),
            ),
        ),
    )
    return replace(
        quiet,
        cabinet=CabinetView(phase="open", words="Take what you like and close the door.", since_s=4985.0, may_enter=False, until_s=5585.0),
        doors=(DoorView(door="main", open=True, secured=False),),
        plates=(*quiet.plates[:3], moving),
        visit=visit,
    )


def broken_store() -> StoreSnapshot:
    """Out of service: a scale is gone, the cloud is lost, things wait."""
    quiet = quiet_store()
    lost = replace(quiet.plates[1], grams=None, quality="fault", condition="lost", detail="scale-1 does not answer")
    return replace(
        quiet,
        cabinet=CLOSED,
        doors=(DoorView(door="main", open=False, secured=False, alarm="does not lock", fault="relock_fault"),),
        plates=(quiet.plates[0], lost, *quiet.plates[2:]),
        cloud=CLOUD_LOST,
        devices=(quiet.devices[0], replace(quiet.devices[1], condition="lost", last_error="scale-1: no answer within 0.2 s")),
        alarms=(PLATE_LOST,),
    )


@dataclass
class ShownStore:
    """The port, kept by a test. ``show`` publishes; ``presented`` and ``serviced`` record what was asked for.

    ``unwatched`` is set when the last subscription has been given back.
    """

    now: StoreSnapshot = field(default_factory=quiet_store)
    kept: list[ReceiptRecord] = field(default_factory=list)
    presented: list[tuple[str, str, str | None]] = field(default_factory=list)
    serviced: list[tuple[str, str, str]] = field(default_factory=list)
    acknowledged: list[tuple[str, str]] = field(default_factory=list)
    counted: list[tuple[str, str, int, str]] = field(default_factory=list)
    stocktaken: list[tuple[str, str, int, str]] = field(default_factory=list)
    reviewed: list[tuple[str, ReviewOrder]] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)
    audited: list[AuditRow] = field(default_factory=list)
    looked_at: list[str] = field(default_factory=list)
    enrolment: ShownEnrolment = field(default_factory=ShownEnrolment)
    care: ShownCare = field(default_factory=ShownCare)
    bench: ShownBench = field(default_factory=ShownBench)
    changing: ShownChanges = field(default_factory=ShownChanges)
    goods: ShownGoods = field(default_factory=ShownGoods)
    restarts: list[tuple[str, str]] = field(default_factory=list)
    access: AccessStore = field(default_factory=access_of_tests)
    decide_after_s: float = 0.0
    code: str | None = None
    watching: int = 0
    fails: BaseException | None = None

    def __post_init__(self) -> None:
        self._changed = asyncio.Condition()
        self._number = 0
        self._over = False
        self.unwatched = asyncio.Event()

    async def show(self, snapshot: StoreSnapshot) -> None:
        """The store looks like this from now on."""
        async with self._changed:
            self.now = snapshot
            self._number += 1
            self._changed.notify_all()

    async def end(self) -> None:
        """The store shuts down: every subscription ends."""
        async with self._changed:
            self._over = True
            self._changed.notify_all()

    def snapshot(self) -> StoreSnapshot:
        if self.fails is not None:
            raise self.fails
        return self.now

    async def subscribe(self) -> AsyncIterator[StoreSnapshot]:
        self.watching += 1
        self.unwatched.clear()
        try:
            seen = -1
            while not self._over:
                if seen != self._number:
                    seen = self._number
                    yield self.now
                    continue
                async with self._changed:
                    await self._changed.wait()
        finally:
            self.watching -= 1
            if self.watching == 0:
                self.unwatched.set()

    async def present(self, text: str, source: Source, door: str | None) -> EntryResult:
        self.presented.append((text, source, door))
        await asyncio.sleep(self.decide_after_s)
        if text.startswith("ss1."):
            return EntryResult(
                accepted=True, code="accepted", words="Welcome. The door is being unlocked.", visit="0193-visit-0003", door=door
            )
        return EntryResult(accepted=False, code="malformed", words="This code is not valid here. Please check your app.")

    def entry_code(self) -> str | None:
        return self.code

    async def receipts(self, limit: int, before: str | None) -> Sequence[ReceiptRecord]:
        newest_first = sorted(self.kept, key=lambda kept: kept.receipt.visit, reverse=True)
        return [kept for kept in newest_first if before is None or kept.receipt.visit < before][:limit]

    async def day(self, wanted: date | None) -> DaySums:
        return day_sums(self.kept, wanted or datetime.fromtimestamp(self.now.at_unix_s, UTC).date(), UTC, self.now.currency)

    async def receipt(self, visit: str) -> ReceiptRecord | None:
        return next((kept for kept in self.kept if kept.receipt.visit == visit), None)

    async def service(self, action: ServiceAction, by: str, reason: str, *, code: str = "", subject: str = "") -> ServiceResult:
        self.serviced.append((action, by, reason))
        if code:
            self.acknowledged.append((code, subject))
        return ServiceResult(accepted=True, code="accepted", words="Done.")

    async def stocktake(self, plate: str, gtin: str, units: int, by: str) -> StocktakeResult:
        self.stocktaken.append((plate, gtin, units, by))
        return StocktakeResult(accepted=True, code="counted", words="Counted.")

    async def count(self, plate: str, gtin: str, units: int, by: str) -> CountResult:
        self.counted.append((plate, gtin, units, by))
        return CountResult(accepted=True, code="counted", words="Weighed and learned.", each_g=521.4, learned_g=521.1)

    async def reviews(self, *, still_open: bool, limit: int, after: str | None) -> Sequence[ReceiptRecord]:
        ordered = sorted(self.kept, key=lambda kept: kept.receipt.visit, reverse=not still_open)
        wanted = [kept for kept in ordered if (kept.outcome == "review" if still_open else bool(kept.revisions))]
        visits = [kept.receipt.visit for kept in wanted]
        behind = 0 if after is None else visits.index(after) + 1 if after in visits else len(visits)
        return wanted[behind:][:limit]

    async def review(self, visit: str, order: ReviewOrder) -> ReviewResult | None:
        if await self.receipt(visit) is None:
            return None
        self.reviewed.append((visit, order))
        if order.revision != 1:
            return ReviewResult(accepted=False, code="stale", words="Somebody else has decided.")
        return ReviewResult(accepted=True, code="reviewed", words="Decided.", revision=1, total_minor=0, due_minor=-689)

    async def audit(self, *, limit: int, before: int | None, action: str | None, by: str | None) -> Sequence[AuditRow]:
        wanted = [row for row in self.audited if action in {None, row.action} and by in {None, row.by}]
        return [row for row in reversed(wanted) if before is None or row.number < before][:limit]

    async def audit_actions(self) -> Sequence[str]:
        return sorted({row.action for row in self.audited})

    async def restart(self, by: str, reason: str) -> RestartResult:
        self.restarts.append((by, reason))
        return RestartResult(accepted=True, code="restarting", words="The controller starts anew.")

    async def evidence(self, name: str) -> Sequence[str]:
        return [picture for picture in sorted(self.pictures) if picture.startswith(f"{name}/")]

    async def picture(self, name: str) -> bytes | None:
        return self.pictures.get(name)

    async def camera_picture(self, camera: str) -> CameraPicture | None:
        self.looked_at.append(camera)
        if camera not in {each.camera for each in self.now.eye.cameras}:
            return None
        name = f"now/{camera}.jpg"
        return CameraPicture(picture=name if name in self.pictures else None, version=len(self.pictures.get(name, b"")))

    async def samples(self) -> AsyncGenerator[Mapping[str, Any]]:
        yield {"plates": []}
        while not self._over:
            await asyncio.sleep(0.01)
            yield {}

    def metrics(self) -> StoreMetrics:
        return shown_metrics(self.now)


@asynccontextmanager
async def served(store: ShownStore, **settings: Any) -> AsyncIterator[str]:
    """The store on a real loopback port; gives its URL."""
    chosen = WebSettings(**{"port": 0, **settings})
    listener = listen(chosen)
    ready = asyncio.Event()
    task = asyncio.create_task(serve(store, chosen, listener=listener, ready=lambda _: ready.set()))
    url = address(listener)
    try:
        async with asyncio.timeout(10):
            await ready.wait()
        with known(url, store.access):
            yield url
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
