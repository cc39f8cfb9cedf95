"""Presenting a pass, with the real loop and journal: everybody gets the answer to their own question."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager, closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter

from cloud_bridge.envelope import ClockStamp
from cloud_bridge.outbox import Outbox
from cloud_bridge.topics import StoreAddress
from devices.facts import DoorOpened, PlateChange, PlateSettled
from edge.runtime.broadcast import Broadcast
from edge.runtime.clock import SystemClock
from edge.runtime.enrolment import Enroller
from edge.runtime.entry_codes import EntryCodes
from edge.runtime.executor import Executor
from edge.runtime.front import Front
from edge.runtime.inbox import Inbox
from edge.runtime.journal import JournalReader, JournalWriter, Record
from edge.runtime.pictures import PictureShelf
from edge.runtime.restarting import Restarting
from edge.runtime.sample_tap import SampleTap
from edge.runtime.store_loop import StoreLoop
from edge.runtime.tallies import Tallies
from edge.runtime.watchdog import Watchdog
from edge.session.receipt import Receipt
from edge.session.revision import Decision
from edge.session.settings import EntrySettings
from edge.session.state import StoreState
from edge.snapshot import StoreSnapshot
from edge.web.front import ReviewOrder
from tests.full_sqlite import disk_full
from tests.receipts_decided import receipt
from tests.unit.visit_story import COLA, Story
from tests.web.shown_bench import ShownBench
from tests.web.shown_care import ShownCare
from tests.web.shown_changes import ShownChanges, ShownGoods
from tests.web.signed_in import access_of_tests

T = TypeVar("T")
CARD = "0123456789"
OTHER_CARD = "9876543210"


class NoDevices:
    """A cabinet whose lock never answers."""

    async def pulse(self, door: str, *, token: str, pulse_s: float, expires_ns: int) -> None:
        """Nothing moves."""

    def settle(self, after_ns: int) -> None:
        """Nothing becomes quiet."""


class Counter:
    """A running front and the way into its store."""

    def __init__(self, front: Front, inbox: Inbox, loop: StoreLoop) -> None:
        self.front, self.inbox, self.loop = front, inbox, loop

    async def asking(self) -> None:
        """Returns once the cloud is being asked."""
        while self.loop.state.phase.kind != "authorising":
            await self.loop.changed()


def _unseen() -> StoreSnapshot:
    raise AssertionError("nobody watches")


@asynccontextmanager
async def counter(folder: Path, entry: EntrySettings) -> AsyncIterator[Counter]:
    path = folder / "journal.db"
    outbox = Outbox(path, StoreAddress("t", "s"))
    writer, reader = JournalWriter(path, snapshot_every=1000), JournalReader(path)
    inbox, clock, tallies = Inbox(), SystemClock(), Tallies()
    executor = Executor(NoDevices(), None)
    state = Story(entry=entry).state
    loop = StoreLoop(
        state,
        inbox=inbox,
        journal=writer,
        executor=executor,
        clock=clock,
        beat=lambda: None,
        tallies=tallies,
        listener=lambda state, commands: None,
    )
    front = Front(
        tenant="t",
        store="s",
        keys={},
        inbox=inbox,
        loop=loop,
        reader=reader,
        clock=clock,
        zone=ZoneInfo("Asia/Shanghai"),
        broadcast=Broadcast(_unseen),
        snapshot=_unseen,
        tallies=tallies,
        watchdog=Watchdog(clock.monotonic_ns),
        tap=SampleTap(()),
        pictures=PictureShelf(None, (), None, clock.monotonic_ns),
        changing=ShownChanges(),
        goods=ShownGoods(),
        restarting=Restarting(inbox, clock, lambda: loop.state, lambda: None),
        enrolment=Enroller(lambda: loop.state, inbox, None, clock.monotonic_ns),
        bench=ShownBench(),
        care=ShownCare(),
        codes=EntryCodes("t/s", lambda: loop.state.entry_rules, clock.monotonic_ns),
        access=access_of_tests(),
    )
    running = asyncio.create_task(loop.run())
    try:
        yield Counter(front, inbox, loop)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await executor.stop()
        writer.close()
        reader.close()
        outbox.close()


def order(revision: int, decision: Decision = "confirmed") -> ReviewOrder:
    return ReviewOrder(revision=revision, decision=decision, lines=(), by="maria", reason="looked at it")


def _journalled(path: Path, receipt: Receipt) -> None:
    """As a visit leaves it, before the first fact of the run."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        body = TypeAdapter(Receipt).dump_json(receipt).decode()
        connection.execute("INSERT INTO receipt VALUES(?, 0, 0, 0, 0, ?)", (receipt.visit, body))


async def in_time(work: Awaitable[T]) -> T:
    async with asyncio.timeout(5.0):
        return await work


async def test_each_of_several_at_once_hears_why_it_is_refused(tmp_path: Path) -> None:
    async with counter(tmp_path, EntrySettings()) as store:
        texts = ("ss1.k.eA.eA", "x", "y" * 2000)
        results = await in_time(asyncio.gather(*(store.front.present(text, "api", None) for text in texts)))
    assert [result.code for result in results] == ["malformed", "not_a_pass", "too_long"]


@pytest.mark.parametrize("same", [True, False])
async def test_while_the_cloud_is_asked_the_next_one_is_told_at_once(tmp_path: Path, *, same: bool) -> None:
    async with counter(tmp_path, EntrySettings(verify="cloud", cloud_answer_s=0.4)) as store:
        began = time.monotonic()
        first = asyncio.create_task(store.front.present(CARD, "api", None))
        await in_time(store.asking())
        second = await in_time(store.front.present(CARD if same else OTHER_CARD, "api", None))
        assert not first.done()
        assert second.code == ("repeated" if same else "busy")
        assert (await in_time(first)).code == "needs_cloud"
        assert time.monotonic() - began < 3.0


async def test_a_day_is_summed_up_from_the_journal(tmp_path: Path) -> None:
    async with counter(tmp_path, EntrySettings()) as at:
        _journalled(tmp_path / "journal.db", receipt(status="final"))
        (kept,) = await at.front.receipts(9, None)
        assert kept.issued_unix_s is not None
        day = datetime.fromtimestamp(kept.issued_unix_s, ZoneInfo("Asia/Shanghai")).date()
        sums = await at.front.day(day)
        assert (sums.day, sums.visits, sums.takings_minor, sums.currency) == (day, 1, kept.receipt.total_minor, "EUR")
        assert (await at.front.day(day + timedelta(days=1))).visits == 0
        assert (await at.front.day(None)).day >= day


async def test_whoever_waits_for_the_cloud_is_told_when_a_forced_door_ends_it(tmp_path: Path) -> None:
    async with counter(tmp_path, EntrySettings(verify="cloud", cloud_answer_s=10.0)) as store:
        waiting = asyncio.create_task(store.front.present(CARD, "api", None))
        await in_time(store.asking())
        store.inbox.put(DoorOpened(at_ns=time.monotonic_ns(), door="d1"))
        assert (await in_time(waiting)).code == "interrupted"


async def test_a_full_disk_is_said_once_and_the_facts_are_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "edge.runtime.store_loop")
    monkeypatch.setattr("edge.runtime.store_loop.RETRY_S", 0.01)
    refusals = iter(range(5))
    real = JournalWriter.commit

    async def full_for_a_while(self: JournalWriter, records: Sequence[Record], state: StoreState, stamp: ClockStamp) -> int:
        if next(refusals, None) is not None:
            raise disk_full()
        return await real(self, records, state, stamp)

    monkeypatch.setattr(JournalWriter, "commit", full_for_a_while)  # a real full disk needs a file system of its own
    async with counter(tmp_path, EntrySettings()) as store:
        assert (await in_time(store.front.present("x", "api", None))).code == "not_a_pass"
    said = [record.getMessage() for record in caplog.records if record.name == "edge.runtime.store_loop"]
    assert said == [
        "the journal cannot be written; nothing is executed until it can",
        "made room on the journal's disk",
        "the journal can be written again",
    ]


async def test_of_many_who_decide_at_once_exactly_one_does(tmp_path: Path) -> None:
    async with counter(tmp_path, EntrySettings()) as store:
        _journalled(tmp_path / "journal.db", receipt("v1"))
        assert await store.front.review("v2", order(1)) is None
        results = [one for one in await in_time(asyncio.gather(*(store.front.review("v1", order(1)) for _ in range(8)))) if one is not None]
        assert sorted(one.code for one in results) == ["reviewed"] + 7 * ["stale"]
        assert [one.due_minor for one in results if one.accepted] == [358]
        second = await in_time(store.front.review("v1", order(2, "refunded")))
        assert second is not None
        assert (second.revision, second.total_minor, second.due_minor) == (2, 0, -358)
        (kept,) = await store.front.reviews(still_open=False, limit=5, after=None)
        assert [one.revision.decision for one in kept.revisions] == ["confirmed", "refunded"]
        assert kept.outcome == "nothing_taken"
        assert await store.front.reviews(still_open=True, limit=5, after=None) == []


async def test_counted_pieces_are_journalled_and_answered(tmp_path: Path) -> None:
    async with counter(tmp_path, EntrySettings()) as store:
        refused = await in_time(store.front.count("p1", COLA.gtin, 10, "anna"))
        assert (refused.accepted, refused.code, refused.each_g) == (False, "nothing_placed", None)
        now_ns = time.monotonic_ns()
        change = PlateChange("p1", 3560.0, 0.7, 7060.0)
        store.inbox.put(PlateSettled(at_ns=now_ns, plates=("p1",), changes=(change,), start_ns=now_ns, end_ns=now_ns, quality="ok"))
        learned = await in_time(store.front.count("p1", COLA.gtin, 10, "anna"))
        assert (learned.accepted, learned.each_g) == (True, 356.0)
        assert learned.learned_g is not None
        assert 355.0 < learned.learned_g < 356.0
    reader = JournalReader(tmp_path / "journal.db")
    first = reader.first_fact_no()
    assert first is not None
    kinds = [stored.fact.kind for stored in reader.facts(after=first - 1)]
    assert kinds == ["pieces_counted", "plate_settled", "pieces_counted"]
    reader.close()
