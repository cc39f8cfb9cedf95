"""The outbox: one transaction with its cause, numbers without gaps, bytes that never change, epochs, full disks."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud_bridge.envelope import open_envelope
from cloud_bridge.installation import next_epoch, witness_path
from cloud_bridge.messages import Priority
from cloud_bridge.outbox import RESERVE_BYTES, Outbox, OutboxError, reserve_path
from cloud_bridge.topics import StoreAddress
from tests.outbox_rig import ADDRESS, Journal, alarm, checkout, door, stamp


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "store.db")
    yield journal
    journal.close()


@pytest.fixture
def outbox(journal: Journal) -> Iterator[Outbox]:
    outbox = Outbox(journal.path, ADDRESS)
    yield outbox
    outbox.close()


def test_events_get_contiguous_numbers_and_are_read_in_order(journal: Journal, outbox: Outbox) -> None:
    assert journal.write([door(), door()]) == [1, 2]
    assert journal.write([checkout("v1")]) == [3]
    events = outbox.unconfirmed(0, 10)
    assert [event.seq for event in events] == [1, 2, 3]
    envelopes = [open_envelope(event.body) for event in events]
    assert [envelope.seq for envelope in envelopes] == [1, 2, 3]
    assert {envelope.epoch for envelope in envelopes} == {outbox.epoch}
    assert len({envelope.id for envelope in envelopes}) == 3
    assert {envelope.source for envelope in envelopes} == {"//acme/stores/S0001"}
    assert outbox.unconfirmed(2, 10) == events[2:]


def test_a_broken_transaction_leaves_neither_row_nor_gap(journal: Journal, outbox: Outbox) -> None:
    journal.write([door()], visit="v1")
    with pytest.raises(RuntimeError):
        journal.write([checkout("v2")], visit="v2", fail=True)
    assert journal.write([checkout("v3")], visit="v3") == [2]
    assert journal.visits() == ["v1", "v3"]
    assert [event.seq for event in outbox.unconfirmed(0, 10)] == [1, 2]


def test_the_bytes_of_an_event_are_the_same_whenever_it_is_read(journal: Journal, outbox: Outbox) -> None:
    journal.write([checkout("v1")])
    first = outbox.unconfirmed(0, 1)[0].body
    outbox.close()
    again = Outbox(journal.path, ADDRESS)
    try:
        assert again.new_epoch_reason is None
        assert again.unconfirmed(0, 1)[0].body == first
    finally:
        again.close()


def test_urgent_events_come_first_and_numbers_can_be_asked_for_instead(journal: Journal, outbox: Outbox) -> None:
    journal.write([door(), alarm(), door(), checkout("v1"), checkout("v2")])
    assert [event.seq for event in outbox.waiting({}, 10)] == [4, 5, 2, 1, 3]
    assert [event.seq for event in outbox.waiting({}, 3)] == [4, 5, 2]
    assert [event.seq for event in outbox.waiting({}, 4, urgent_first=False)] == [1, 2, 3, 4]
    after = {Priority.BILLING: 4, Priority.RECORD: 1}
    assert [event.seq for event in outbox.waiting(after, 10)] == [5, 2, 3]


def test_the_mark_moves_forward_only_and_only_within_reason(journal: Journal, outbox: Outbox) -> None:
    journal.write([door()] * 5)
    epoch = outbox.epoch
    assert outbox.confirm(epoch, 3) == "advanced"
    assert outbox.confirm(epoch, 3) == "unchanged"
    assert outbox.confirm(epoch, 2) == "behind"
    assert outbox.confirm(epoch, 6) == "ahead"
    assert outbox.confirm(epoch + 1, 4) == "other_epoch"
    assert outbox.depth() == 2
    assert [event.seq for event in outbox.unconfirmed(0, 10)] == [4, 5]
    marks = outbox.marks()
    assert (marks.first, marks.confirmed, marks.last, marks.depth) == (1, 3, 5, 2)


def test_confirmed_events_stay_for_audit_and_then_go_but_waiting_ones_never(journal: Journal, outbox: Outbox) -> None:
    journal.write([door()] * 6)
    outbox.confirm(outbox.epoch, 4)
    assert outbox.forget(0, keep_rows=100) == 0
    assert outbox.forget(0, keep_rows=1) == 3
    assert outbox.forget(2**62, keep_rows=100) == 1
    assert outbox.forget(2**62, keep_rows=0) == 0
    assert [event.seq for event in outbox.unconfirmed(0, 10)] == [5, 6]
    assert outbox.marks().first == 5
    assert journal.write([door()]) == [7]


def test_a_far_end_that_lost_data_gets_again_what_is_kept(journal: Journal, outbox: Outbox) -> None:
    journal.write([door()] * 6)
    outbox.confirm(outbox.epoch, 5)
    outbox.forget(0, keep_rows=3)  # drops 1 and 2
    assert outbox.rewind(outbox.epoch, 0) == 2
    assert [event.seq for event in outbox.unconfirmed(0, 10)] == [3, 4, 5, 6]


def test_age_of_the_oldest_is_monotonic_within_a_boot(journal: Journal, outbox: Outbox) -> None:
    assert outbox.oldest_age_s(stamp()) is None
    journal.write([door()])
    now = stamp()
    later = type(now)(now.wall_ns - 10**18, now.monotonic_ns + 5 * 10**9, now.boot_id, "none")  # the wall clock jumped back 30 years
    age_s = outbox.oldest_age_s(later)
    assert age_s is not None
    assert 5.0 <= age_s < 60.0


def test_a_re_created_outbox_has_another_epoch(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    epochs = []
    for _ in range(2):
        Journal(path).close()
        outbox = Outbox(path, ADDRESS)
        assert outbox.new_epoch_reason == "the outbox is new"
        epochs.append(outbox.epoch)
        outbox.close()
        path.unlink()
    assert epochs[1] > epochs[0]


def test_a_copied_file_gets_a_new_epoch_and_sends_what_waits_under_it(tmp_path: Path, journal: Journal, outbox: Outbox) -> None:
    journal.write([door(), checkout("v1"), checkout("v2")])
    outbox.confirm(outbox.epoch, 1)
    before = outbox.unconfirmed(0, 10)
    old = outbox.epoch
    outbox.close()
    journal.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    copy = tmp_path / "copy.db"
    shutil.copy(journal.path, copy)
    shutil.copy(witness_path(journal.path), witness_path(copy))
    clone = Outbox(copy, ADDRESS)
    try:
        assert clone.new_epoch_reason is not None
        assert clone.epoch > old
        events = clone.unconfirmed(0, 10)
        assert [event.seq for event in events] == [1, 2]
        assert [open_envelope(event.body).id for event in events] == [open_envelope(event.body).id for event in before]
        assert [json.loads(event.body)["data"] for event in events] == [json.loads(event.body)["data"] for event in before]
    finally:
        clone.close()


def test_a_long_backlog_is_renumbered_without_a_gap(journal: Journal, outbox: Outbox) -> None:
    for _ in range(12):
        journal.write([door()] * 100)
    outbox.confirm(outbox.epoch, 7)
    epoch = outbox.renew_epoch()
    envelopes = [open_envelope(event.body) for event in outbox.unconfirmed(0, 2000)]
    assert [(envelope.epoch, envelope.seq) for envelope in envelopes] == [(epoch, seq) for seq in range(1, 1194)]
    assert journal.write([door()]) == [1194]


def test_an_older_backup_put_back_gets_a_new_epoch(tmp_path: Path, journal: Journal, outbox: Outbox) -> None:
    journal.write([door()])
    journal.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    backup = tmp_path / "backup.db"
    shutil.copy(journal.path, backup)
    old = outbox.epoch
    outbox.close()
    again = Outbox(journal.path, ADDRESS)
    again.close()
    journal.close()
    with journal.path.open("r+b") as file:  # the same file with the same inode, older bytes
        file.truncate(0)
        file.write(backup.read_bytes())
    for suffix in ("-wal", "-shm"):
        journal.path.with_name(journal.path.name + suffix).unlink(missing_ok=True)
    restored = Outbox(journal.path, ADDRESS)
    try:
        assert restored.new_epoch_reason == "the file was replaced by an older copy, or its witness is gone"
        assert restored.epoch > old
    finally:
        restored.close()


def test_epochs_grow_even_with_a_clock_that_lies_and_fit_cloudevents() -> None:
    assert next_epoch(7, 0) == 8
    assert next_epoch(0, 0) == 1
    assert next_epoch(7, 1_800_000_000) == 64_310_400
    assert next_epoch(7, 2**40) == 2**31 - 1


def test_the_outbox_of_one_store_is_refused_to_another(journal: Journal, outbox: Outbox) -> None:
    outbox.close()
    with pytest.raises(OutboxError, match="give every store its own"):
        Outbox(journal.path, StoreAddress("acme", "S0002"))


def test_an_event_before_the_outbox_belongs_to_a_store_is_refused(journal: Journal) -> None:
    with pytest.raises(OutboxError, match="open Outbox"):
        journal.write([door()])
    assert journal.connection.execute("SELECT last FROM outbox_state").fetchone() == (0,)


def test_every_commit_waits_for_the_disk(journal: Journal) -> None:
    assert journal.connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert journal.connection.execute("PRAGMA synchronous").fetchone() == (2,)


def test_on_a_full_disk_nothing_is_half_written_and_room_can_be_made(journal: Journal, outbox: Outbox) -> None:
    # The page limit makes SQLite say "database or disk is full" as a full disk does, without the rights to mount one.
    assert reserve_path(journal.path).stat().st_size == RESERVE_BYTES
    journal.write([checkout("v0")] * 200, visit="v0")
    outbox.confirm(outbox.epoch, 200)
    pages = journal.connection.execute("PRAGMA page_count").fetchone()[0]
    journal.connection.execute(f"PRAGMA max_page_count = {pages + 20}")

    def fill() -> None:
        for number in range(1, 1000):
            journal.write([checkout(f"v{number}")] * 10, visit=f"v{number}")

    with pytest.raises(sqlite3.OperationalError, match="full"):
        fill()
    waiting = outbox.depth()
    assert waiting == 10 * (len(journal.visits()) - 1)
    assert Outbox.make_room(journal.connection, journal.path) == 200
    assert not reserve_path(journal.path).exists()
    journal.write([checkout("after")], visit="after")
    assert outbox.depth() == waiting + 1
    assert journal.connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert outbox.restore_reserve()
