"""The audit record: a line with every fact that is to be found later, kept when the fact is not, and each change of access in it once."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from cloud_bridge.envelope import ClockStamp
from cloud_bridge.outbox import Outbox
from cloud_bridge.topics import StoreAddress
from edge.access.store import AccessStore, access_path
from edge.runtime.access_changes import tell_changes
from edge.runtime.inbox import Inbox
from edge.runtime.journal import JournalReader, JournalWriter, Record
from edge.session.commands import RecordAudit
from edge.session.facts import AccessChanged, Fact, ServiceRequested, TimerElapsed
from edge.session.machine import step
from edge.session.settings import EntrySettings
from edge.session.state import StoreState, initial
from edge.translate.messages import outgoing
from tests.store.test_front import counter
from tests.waiting import until

DAY_NS = 86_400 * 10**9
STAMP = ClockStamp(wall_ns=1_795_000_000_000_000_000, monotonic_ns=5_000_000_000, boot_id="boot-1", clocksync="ntp")
SOON_S = 10.0


def at(days: float) -> ClockStamp:
    """So long after the first stamp."""
    return replace(STAMP, wall_ns=STAMP.wall_ns + round(days * DAY_NS))


def service(at_ns: int, by: str = "kim") -> ServiceRequested:
    return ServiceRequested(at_ns=at_ns, action="take_out_of_service", by=by, reason=f"reason {at_ns}")


def change(number: int, *, book: str = "b1") -> AccessChanged:
    return AccessChanged(at_ns=number, book=book, number=number, unix_s=1.8e9, action="signed_in", by="anna", detail=f"change {number}")


def records(state: StoreState, facts: Sequence[Fact]) -> tuple[StoreState, list[Record]]:
    """Facts with what they cause, as the store's loop records them."""
    made = []
    for fact in facts:
        state, commands = step(state, fact)
        messages = tuple(message for command in commands if (message := outgoing(command)) is not None)
        audits = tuple(command for command in commands if isinstance(command, RecordAudit))
        made.append(Record(fact, state.fact_no, messages, None, None, audits))
    return state, made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "journal.db"
    Outbox(path, StoreAddress("t", "s")).close()
    return path


async def test_a_line_is_committed_with_its_fact_or_not_at_all(path: Path) -> None:
    writer = JournalWriter(path, snapshot_every=1000)
    state, made = records(initial(), [service(1), TimerElapsed(at_ns=2), service(3, by="lee")])
    await writer.commit(made, state, STAMP)
    with pytest.raises(sqlite3.IntegrityError):
        await writer.commit(made[:1], state, STAMP)
    writer.close()
    reader = JournalReader(path)
    lines = reader.audit(limit=10)
    assert [(line.number, line.action, line.by, line.detail) for line in lines] == [
        (2, "take_out_of_service", "lee", "reason 3"),
        (1, "take_out_of_service", "kim", "reason 1"),
    ]
    assert lines[0].at_unix_s == STAMP.wall_ns / 1e9
    assert reader.audit_actions() == ["take_out_of_service"]
    reader.close()


async def test_facts_go_and_their_lines_stay_until_their_own_time(path: Path) -> None:
    writer = JournalWriter(path, snapshot_every=1)
    state = initial()
    for day in range(6):
        state, made = records(state, [service(day + 1)])
        await writer.commit(made, state, at(day))
    assert await writer.prune(at(4).wall_ns) > 0
    reader = JournalReader(path)
    assert reader.first_fact_no() not in {None, 1}
    assert [line.number for line in reader.audit(limit=10)] == [6, 5, 4, 3, 2, 1]
    assert await writer.prune_audit(at(2.5).wall_ns) == 3
    assert [line.number for line in reader.audit(limit=10)] == [6, 5, 4]
    assert await writer.prune_audit(at(100).wall_ns) == 3
    state, made = records(state, [service(9)])
    await writer.commit(made, state, at(100))
    assert [line.number for line in reader.audit(limit=10)] == [7], "a number is given once"
    reader.close()
    writer.close()


async def test_pages_and_filters_go_by_an_index_however_long_the_record_is(path: Path) -> None:
    writer = JournalWriter(path, snapshot_every=10**9)
    state, made = records(initial(), [change(number + 1) if number % 3 else service(number + 1, f"p{number % 5}") for number in range(600)])
    await writer.commit(made, state, STAMP)
    writer.close()
    reader = JournalReader(path)
    assert reader.audit_actions() == ["signed_in", "take_out_of_service"]
    page = reader.audit(limit=50, before=301, action="take_out_of_service")
    assert [line.number for line in page] == [number for number in range(300, 0, -1) if (number - 1) % 3 == 0][:50]
    both = reader.audit(limit=200, action="take_out_of_service", by="p0")
    assert {(line.action, line.by) for line in both} == {("take_out_of_service", "p0")}
    assert len(both) == 40
    assert reader.audit(limit=10, by="p0' OR 1=1 --") == []
    reader.close()


def test_a_journal_of_an_older_release_has_no_record_and_gets_one(path: Path) -> None:
    JournalWriter(path, snapshot_every=1000).close()
    with sqlite3.connect(path) as older:
        older.execute("DROP TABLE audit")
    older.close()
    reader = JournalReader(path)
    assert (reader.audit(limit=10), reader.audit_actions()) == ([], [])
    JournalWriter(path, snapshot_every=1000).close()
    assert (reader.audit(limit=10), reader.audit_actions()) == ([], [])
    reader.close()


def test_a_state_of_an_older_release_is_read() -> None:
    adapter = TypeAdapter(StoreState)
    older = adapter.dump_python(initial(), mode="json")
    del older["access_told"], older["access_no"]
    assert adapter.validate_python(older) == initial()


def test_a_change_of_access_is_recorded_once_and_those_of_another_file_anew() -> None:
    state, made = records(initial(), [change(1), change(2), change(1), change(2), change(3), change(1, book="b2"), change(3), change(4)])
    told = [audit.detail for record in made for audit in record.audits]
    assert told == ["change 1", "change 2", "change 3", "change 1", "change 3", "change 4"]
    assert (state.access_told, state.access_no) == ("b1", 4)


async def test_what_changed_in_access_is_in_the_record_with_who_did_it_also_after_a_crash_in_between(tmp_path: Path) -> None:
    access = AccessStore.open(access_path(tmp_path / "journal.db"))
    await access.create_user("anna", "admin", by="the command line")  # before any controller ran
    async with counter(tmp_path, EntrySettings()) as shop:
        telling = asyncio.create_task(tell_changes(access, shop.inbox, lambda: 1))
        await access.make_token("till", ["let_in"], expires_s=None, by="anna")
        await until(lambda: not access.untold(), SOON_S)
        lines = await shop.front.audit(limit=10, before=None, action=None, by=None)
        assert [(line.action, line.by) for line in lines] == [("token_made", "anna"), ("user_created", "the command line")]
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)

        await access.create_user("bert", "viewer", by="anna")
        forgetful = asyncio.create_task(tell_changes(_NeverTold(access), shop.inbox, lambda: 1))
        await until(lambda: shop.loop.state.access_no == 3, SOON_S)
        forgetful.cancel()
        await asyncio.gather(forgetful, return_exceptions=True)
        again = asyncio.create_task(tell_changes(access, shop.inbox, lambda: 1))
        await until(lambda: not access.untold(), SOON_S)
        again.cancel()
        await asyncio.gather(again, return_exceptions=True)
        lines = await shop.front.audit(limit=10, before=None, action="user_created", by=None)
        assert [line.detail for line in lines] == ["bert, viewer", "anna, admin"], "told twice, recorded once"
        assert shop.loop.state.access_no == 3
    access.close()


class _NeverTold(AccessStore):
    """A store whose process dies before it has noted what it told."""

    def __init__(self, real: AccessStore) -> None:
        self.__dict__ = real.__dict__

    async def told(self, number: int) -> None:
        """Never comes so far."""
        await asyncio.Event().wait()


async def test_an_access_file_that_cannot_be_read_does_not_end_the_store(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    access = AccessStore.open(access_path(tmp_path / "journal.db"))
    access._reading.close()
    telling = asyncio.create_task(tell_changes(access, Inbox(), lambda: 1))
    await until(lambda: "cannot be read" in caplog.text, SOON_S)
    assert not telling.done()
    telling.cancel()
    await asyncio.gather(telling, return_exceptions=True)
