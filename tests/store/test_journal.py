"""The journal on a real disk: what is committed is there after a kill, what is not is not, and a second start goes on where it was."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from cloud_bridge.envelope import ClockStamp
from cloud_bridge.messages import AuditRecordedV1, OutgoingEvent
from cloud_bridge.outbox import Outbox
from cloud_bridge.topics import StoreAddress
from edge.runtime.journal import Issued, JournalError, JournalReader, JournalWriter, Record, connect
from edge.runtime.replay import differences, replay
from edge.runtime.store_loop import recover
from edge.session.commands import IssueReceipt, ReviseReceipt
from edge.session.facts import Fact, ServiceRequested, TimerElapsed
from edge.session.machine import step
from edge.session.receipt import Receipt
from edge.session.state import StoreState, initial
from edge.translate.messages import outgoing
from tests import receipts_decided as decided

FACT: TypeAdapter[Fact] = TypeAdapter(Fact)
STAMP = ClockStamp(wall_ns=1_795_000_000_000_000_000, monotonic_ns=5_000_000_000, boot_id="boot-1", clocksync="ntp")


def receipt(visit: str) -> Receipt:
    return Receipt(
        visit=visit,
        holder="h",
        status="final",
        lines=(),
        currency="EUR",
        total_minor=0,
        tax_minor=0,
        price_version="1",
        review_reasons=(),
        unexplained=(),
    )


def stepped(state: StoreState, fact: Fact) -> tuple[StoreState, Record]:
    """A fact with what it causes, as the store's loop records it."""
    state, commands = step(state, fact)
    messages = tuple(message for command in commands if (message := outgoing(command)) is not None)
    revision = next((command.revision for command in commands if isinstance(command, ReviseReceipt)), None)
    return state, Record(fact, state.fact_no, messages, None, revision)


def record(
    state: StoreState, at_ns: int, *, audit: bool = False, visit: str | None = None, of: Receipt | None = None
) -> tuple[StoreState, Record]:
    fact = TimerElapsed(at_ns=at_ns)
    state, _ = step(state, fact)
    shown = of if of is not None or visit is None else receipt(visit)
    issued = None if shown is None else Issued(shown, 7)
    messages: list[OutgoingEvent] = []
    if audit:
        messages.append(AuditRecordedV1(action="test", by="me", detail=str(at_ns)))
    if shown is not None:
        message = outgoing(IssueReceipt(receipt=shown, opened_ns=1, closed_ns=2))
        assert message is not None
        messages.append(message)
    return state, Record(fact, state.fact_no, tuple(messages), issued)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "journal.db"
    Outbox(path, StoreAddress("t", "s")).close()
    return path


async def test_facts_messages_and_receipts_are_there_after_a_restart(path: Path) -> None:
    writer = JournalWriter(path, snapshot_every=1000)
    state, first = record(initial(), 10, audit=True)
    state, second = record(state, 20, visit="v1")
    await writer.commit([first, second], state, STAMP)
    writer.close()

    reader = JournalReader(path)
    assert [stored.fact for stored in reader.facts(after=0)] == [first.fact, second.fact]
    assert recover(reader) == state
    stored = reader.receipt("v1")
    assert stored is not None
    assert (stored.took_ns, stored.sent) == (7, False)
    outbox = Outbox(path, StoreAddress("t", "s"))
    assert outbox.depth() == 2
    outbox.confirm(outbox.epoch, outbox.marks().last)
    stored = reader.receipt("v1")
    assert stored is not None
    assert stored.sent
    outbox.close()
    reader.close()


async def test_a_receipt_can_be_journalled_only_once_per_visit(path: Path) -> None:
    writer = JournalWriter(path, snapshot_every=1000)
    state, one = record(initial(), 10, visit="v1")
    await writer.commit([one], state, STAMP)
    state, again = record(state, 20, visit="v1")
    with pytest.raises(sqlite3.IntegrityError):
        await writer.commit([again], state, STAMP)
    writer.close()
    reader = JournalReader(path)
    assert len(list(reader.facts(after=0))) == 1
    reader.close()


async def test_decisions_stand_beside_the_receipt_and_are_never_lost(path: Path) -> None:
    writer, reader = JournalWriter(path, snapshot_every=1000), JournalReader(path)
    state = initial()
    for number in range(4):
        state, one = record(state, 10 + number, of=decided.receipt(f"v{number}", status="final" if number == 3 else "provisional"))
        await writer.commit([one], state, STAMP)
    assert [one.receipt.visit for one in reader.reviews(still_open=True, limit=2)] == ["v0", "v1"]
    assert [one.receipt.visit for one in reader.reviews(still_open=True, limit=2, after="v1")] == ["v2"]
    assert (reader.open_reviews(), reader.reviews(still_open=False, limit=9)) == (3, [])
    for visit, wanted in (("v1", {}), ("v3", {decided.COLA_GTIN: 1}), ("v3", {})):
        stored = reader.receipt(visit)
        assert stored is not None
        fact = decided.reviewed(
            stored.receipt,
            [one.revision for one in stored.revisions],
            decision="corrected" if wanted else "refunded",
            wanted=wanted,
            as_of=state.fact_no,
        )
        state, one = stepped(state, fact)
        await writer.commit([one], state, STAMP)
    assert (reader.open_reviews(), [one.receipt.visit for one in reader.reviews(still_open=True, limit=9)]) == (2, ["v0", "v2"])
    assert [one.receipt.visit for one in reader.reviews(still_open=False, limit=9)] == ["v3", "v1"]
    writer.close()
    reader.close()

    reader = JournalReader(path)
    assert recover(reader).revisions == state.revisions
    stored = reader.receipt("v3")
    assert stored is not None
    assert stored.receipt == decided.receipt("v3", status="final")
    assert [(one.revision.revision, one.revision.due_minor, one.sent) for one in stored.revisions] == [(1, -179, False), (2, -179, False)]
    outbox = Outbox(path, StoreAddress("t", "s"))
    outbox.confirm(outbox.epoch, outbox.marks().last)
    assert all(one.sent for one in reader.receipts(limit=9)[0].revisions)
    outbox.close()
    reader.close()


async def test_a_decision_is_whole_or_not_there_after_a_kill(path: Path) -> None:
    """The fact, what is due by it and the row beside the receipt: one transaction, broken at its last step."""
    writer, reader = JournalWriter(path, snapshot_every=1000), JournalReader(path)
    state, one = record(initial(), 10, of=decided.receipt("v1"))
    await writer.commit([one], state, STAMP)
    after, one = stepped(state, decided.reviewed(decided.receipt("v1"), as_of=state.fact_no))
    await writer.commit([one], after, STAMP)
    with pytest.raises(sqlite3.IntegrityError):  # the same decision once more, as only a defect could bring it
        await writer.commit([replace(one, fact_no=after.fact_no + 1)], after, STAMP)
    stored = reader.receipt("v1")
    assert stored is not None
    assert len(stored.revisions) == 1
    assert len(list(reader.facts(after=0))) == 2
    writer.close()
    reader.close()
    outbox = Outbox(path, StoreAddress("t", "s"))
    assert outbox.depth() == 3  # the receipt, the decision, its line in the audit record
    outbox.close()


async def test_a_journal_of_an_older_release_takes_decisions_after_the_update(path: Path) -> None:
    writer = JournalWriter(path, snapshot_every=1000)
    state, one = record(initial(), 10, of=decided.receipt("v1"))
    await writer.commit([one], state, STAMP)
    writer.close()
    with closing(sqlite3.connect(path)) as older:
        older.executescript("DROP VIEW revision_seen; DROP TABLE revision; DROP INDEX receipt_provisional")
    with closing(JournalReader(path)) as reader:  # read where nobody has opened it for writing yet
        assert (reader.open_reviews(), reader.reviews(still_open=False, limit=9)) == (1, [])
        assert [one.receipt.visit for one in reader.reviews(still_open=True, limit=9)] == ["v1"]
    writer = JournalWriter(path, snapshot_every=1000)
    state, one = stepped(state, decided.reviewed(decided.receipt("v1"), as_of=state.fact_no))
    await writer.commit([one], state, STAMP)
    writer.close()
    with closing(JournalReader(path)) as reader:
        assert reader.open_reviews() == 0


async def test_snapshots_shorten_the_start_and_old_facts_can_go(path: Path) -> None:
    writer = JournalWriter(path, snapshot_every=5)
    state = initial()
    for number in range(1, 13):
        state, one = record(state, number)
        await writer.commit([one], state, STAMP)
    assert await writer.prune(STAMP.wall_ns + 1) == 10
    writer.close()
    reader = JournalReader(path)
    assert reader.first_fact_no() == 11
    assert recover(reader) == state
    assert [step_.no for step_ in replay(path)] == [11, 12]
    reader.close()


async def test_what_is_kept_after_pruning_can_be_replayed(path: Path) -> None:
    writer = JournalWriter(path, snapshot_every=5)
    state = initial()
    for number in range(1, 23):
        state, one = record(state, number)
        await writer.commit([one], state, replace(STAMP, wall_ns=number))
    assert await writer.prune(13) == 10  # 11 and 12 are old too, but only from the state after 10 on can anything be replayed
    assert await writer.prune(13) == 0
    writer.close()
    assert [one.no for one in replay(path)] == list(range(11, 23))
    reader = JournalReader(path)
    assert recover(reader) == state
    reader.close()


async def test_a_wall_clock_that_jumps_leaves_no_hole(path: Path) -> None:
    writer = JournalWriter(path, snapshot_every=5)
    state = initial()
    for number in range(1, 13):
        state, one = record(state, number)
        await writer.commit([one], state, STAMP if number not in (4, 5) else replace(STAMP, wall_ns=0))  # started without a time server
    assert await writer.prune(STAMP.wall_ns) == 0
    writer.close()
    assert [one.no for one in replay(path)] == list(range(1, 13))


async def test_a_start_without_a_readable_beginning_is_refused(path: Path) -> None:
    writer = JournalWriter(path, snapshot_every=5)
    state = initial()
    for number in range(1, 13):
        state, one = record(state, number)
        await writer.commit([one], state, STAMP)
    await writer.prune(STAMP.wall_ns + 1)
    writer.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE snapshot SET body = '{}'")  # as a release with another state finds it
    reader = JournalReader(path)
    with pytest.raises(JournalError, match=r"fact 1 .*journal\.path"):
        recover(reader)
    reader.close()


async def test_restarts_do_not_put_off_the_next_snapshot(path: Path) -> None:
    state = initial()
    for number in range(1, 13):
        writer = JournalWriter(path, snapshot_every=5)
        state, one = record(state, number)
        await writer.commit([one], state, STAMP)
        writer.close()
    reader = JournalReader(path)
    latest = reader.snapshot(latest=True)
    assert latest is not None
    assert latest.fact_no == 10
    reader.close()


async def test_receipts_page_newest_first(path: Path) -> None:
    writer = JournalWriter(path, snapshot_every=1000)
    state = initial()
    for number in range(1, 6):
        state, one = record(state, number, visit=f"v{number}")
        await writer.commit([one], state, STAMP)
    writer.close()
    reader = JournalReader(path)
    assert [stored.receipt.visit for stored in reader.receipts(limit=2)] == ["v5", "v4"]
    assert [stored.receipt.visit for stored in reader.receipts(limit=9, before="v3")] == ["v2", "v1"]
    assert reader.receipts(limit=9, before="unknown") == []
    reader.close()


def test_replay_of_a_recording_names_the_line_that_is_no_fact(tmp_path: Path) -> None:
    recording = tmp_path / "facts.jsonl"
    recording.write_text('{"kind":"timer_elapsed","at_ns":1}\n{"kind":"timer_elapsed","at_ns":"x"}\n')
    with pytest.raises(JournalError, match="line 2"):
        list(replay(recording))


def test_a_golden_file_that_differs_is_shown_as_a_diff(tmp_path: Path) -> None:
    recording = tmp_path / "facts.jsonl"
    recording.write_text('{"kind":"timer_elapsed","at_ns":1}\n')
    golden = tmp_path / "golden.jsonl"
    golden.write_text("")
    assert differences(replay(recording), golden) == []
    golden.write_text('{"fact": 1}\n')
    assert any(line.startswith('-{"fact": 1}') for line in differences(replay(recording), golden))


def test_a_replay_agrees_with_everything_it_can_print(tmp_path: Path) -> None:
    recording = tmp_path / "facts.jsonl"
    facts = (
        ServiceRequested(at_ns=1, action="take_out_of_service", by="anna", reason="two lines\u2028\x85of words"),
        TimerElapsed(at_ns=2),
        ServiceRequested(at_ns=3, action="return_to_service", by="anna", reason=""),
    )
    recording.write_bytes(b"".join(FACT.dump_json(fact) + b"\n" for fact in facts))
    golden = tmp_path / "golden.jsonl"
    golden.write_text("".join(f"{one.as_json()}\n" for one in replay(recording)), encoding="utf-8")  # as replay --json --facts prints it
    assert differences(replay(recording), golden) == []


@pytest.mark.parametrize("content", [b"", b"not a database at all", b"SQLite format 3\x00" + b"\xff" * 200])
def test_a_file_that_is_no_journal_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(content)
    if content:
        with pytest.raises(JournalError, match=r"journal\.path"):
            connect(path)
    with pytest.raises(JournalError, match="is not a journal"):
        JournalReader(path).snapshot(latest=True)


@pytest.mark.parametrize("name", ["shop #2", "100%41", "what?now"])
async def test_any_folder_name_will_do(tmp_path: Path, name: str) -> None:
    path = tmp_path / name / "journal.db"
    path.parent.mkdir()
    Outbox(path, StoreAddress("t", "s")).close()
    writer = JournalWriter(path, snapshot_every=1000)
    state, one = record(initial(), 10)
    await writer.commit([one], state, STAMP)
    reader = JournalReader(path)
    assert recover(reader) == state
    reader.close()
    writer.close()


async def test_a_journal_in_a_folder_that_takes_no_files_is_told_from_one_that_is_none(path: Path) -> None:
    JournalWriter(path, snapshot_every=1000).close()
    path.with_name("journal.db-wal").mkdir()  # as on a read-only disk: SQLite cannot make its own files
    with pytest.raises(JournalError, match="copy it"):
        JournalReader(path)


def test_a_journal_of_a_newer_release_is_refused(path: Path) -> None:
    connection = connect(path)
    connection.execute("UPDATE journal_meta SET value='99'")
    connection.close()
    with pytest.raises(JournalError, match="update first"):
        connect(path)


_KILLED = """
import asyncio, sys
from pathlib import Path
from tests.store.test_journal import STAMP, record
from edge.runtime.journal import JournalWriter
from edge.session.state import initial

async def main() -> None:
    writer = JournalWriter(Path(sys.argv[1]), snapshot_every=7)
    state = initial()
    for number in range(1, 100_000):
        state, one = record(state, number, audit=True, visit=f"v{number}")
        await writer.commit([one], state, STAMP)
        print(number, flush=True)

asyncio.run(main())
"""


@pytest.mark.parametrize("after", [1, 13, 40])
def test_kill_9_leaves_every_confirmed_fact_with_all_it_caused(path: Path, after: int) -> None:
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(_KILLED), str(path)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        confirmed = 0
        for line in child.stdout:
            confirmed = int(line)
            if confirmed >= after:
                os.kill(child.pid, signal.SIGKILL)
                break
        confirmed = max([confirmed, *(int(line) for line in child.stdout)])
    reader = JournalReader(path)
    facts = list(reader.facts(after=0))
    receipts = reader.receipts(limit=100_000)
    outbox = Outbox(path, StoreAddress("t", "s"))
    assert len(facts) >= confirmed
    assert [fact.no for fact in facts] == list(range(1, len(facts) + 1))
    assert len(receipts) == len(facts)
    assert outbox.depth() == 2 * len(facts)
    assert recover(reader).fact_no == len(facts)
    reader.close()
    outbox.close()
