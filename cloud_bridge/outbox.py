"""The outbox: events that must reach the cloud, in the same SQLite file and the same transaction as the fact that caused them.

Two sides. The journal's side (:meth:`Outbox.prepare`, :meth:`Outbox.append`, :meth:`Outbox.make_room`) works on the journal's own
connection and inside its transaction. The drain's side is an :class:`Outbox` object with a second connection, used by one thread at a
time; what it writes (watermark, retention) is committed without waiting for the disk, because losing it only repeats events.

Rows are numbered once and never again (``n``); what travels is ``seq = n - base`` of the present epoch, contiguous from 1.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, TypeAlias

from cloud_bridge.envelope import ClockStamp, open_envelope, renumber, seal, uuid7
from cloud_bridge.installation import Witness, machine_fingerprint, new_token, next_epoch, read_witness, write_witness
from cloud_bridge.messages import Event, Priority
from cloud_bridge.outbox_marks import OutboxMarks, StoredEvent
from cloud_bridge.topics import StoreAddress

__all__ = ["ClockStamp", "Confirmation", "Outbox", "OutboxError", "OutboxMarks", "StoredEvent", "reserve_path"]

BUSY_TIMEOUT_MS = 5_000  # ms; the journal holds the file for one commit, which a slow card makes 20-100 ms
JOURNAL_SIZE_LIMIT_BYTES = 8 * 1024 * 1024  # bytes; the write-ahead log is cut back to this after a burst
RESERVE_BYTES = 1024 * 1024  # bytes; given back when the disk is full, because even deleting needs room in the log
ROOM_STEP = 50  # rows; some 100 kB of log, a tenth of the reserve
RENUMBER_AT_ONCE = 500  # events; a backlog of a hundred thousand must not be held in memory
FORGET_AT_ONCE = 500  # rows; keeps the write lock of one retention step short

_TABLES = """
CREATE TABLE IF NOT EXISTS outbox(
    n INTEGER PRIMARY KEY AUTOINCREMENT, priority INTEGER NOT NULL, leaf TEXT NOT NULL, wall_ns INTEGER NOT NULL,
    body BLOB NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS outbox_by_priority ON outbox(priority, n);
CREATE TABLE IF NOT EXISTS outbox_state(
    one INTEGER PRIMARY KEY CHECK(one = 1), epoch INTEGER NOT NULL, base INTEGER NOT NULL, last INTEGER NOT NULL,
    confirmed INTEGER NOT NULL, source TEXT NOT NULL, store TEXT NOT NULL, machine TEXT NOT NULL, token TEXT NOT NULL) STRICT;
INSERT OR IGNORE INTO outbox_state VALUES(1, 0, 0, 0, 0, '', '', '', '');
"""

Confirmation: TypeAlias = Literal["advanced", "unchanged", "behind", "other_epoch", "ahead"]
"""What a watermark did: moved the mark; said nothing new; lies below the mark; is about another epoch; is beyond what was ever stored."""


class OutboxError(RuntimeError):
    """The outbox cannot be used as it is. The message says what to do."""


class Outbox:
    """The drain's side. Opening it claims the file for ``address`` and renews the epoch where the file may be a copy."""

    def __init__(self, path: Path, address: StoreAddress, *, unix_s: int | None = None) -> None:
        self.path = path
        self.address = address
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            self.prepare(self._connection)
            self.new_epoch_reason = self._claim(int(time.time()) if unix_s is None else unix_s)
            self._connection.execute("PRAGMA synchronous=NORMAL")
        except BaseException:
            self._connection.close()
            raise
        self.restore_reserve()

    # -- the journal's side -------------------------------------------------------------------------------------------------------

    @staticmethod
    def prepare(connection: sqlite3.Connection) -> None:
        """Create what is missing and set the connection up (WAL, FULL, time-out, log limit). Outside a transaction."""
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA journal_size_limit={JOURNAL_SIZE_LIMIT_BYTES}")
        connection.executescript(_TABLES)

    @staticmethod
    def append(connection: sqlite3.Connection, messages: Sequence[Event], stamp: ClockStamp) -> list[int]:
        """Store ``messages`` in this order inside the caller's transaction; returns their sequence numbers.

        Raises OutboxError before the outbox has been opened for a store once, sqlite3.Error as any write; the caller rolls back.
        """
        if not messages:
            return []
        row = connection.execute(
            "UPDATE outbox_state SET last = last + ? WHERE one = 1 RETURNING epoch, base, last, source, store", (len(messages),)
        ).fetchone()
        epoch, base, last, source, store = row
        if not source:
            raise OutboxError("the outbox belongs to no store yet: open Outbox(path, address) before the first event is stored")
        first = last - len(messages) + 1
        connection.executemany(
            "INSERT INTO outbox(n, priority, leaf, wall_ns, body) VALUES(?, ?, ?, ?, ?)",
            [
                (
                    n,
                    int(message.PRIORITY),
                    message.TOPIC.leaf,
                    stamp.wall_ns,
                    seal(
                        message,
                        event_id=uuid7(stamp.wall_ns, os.urandom(10)),
                        source=source,
                        store=store,
                        epoch=epoch,
                        seq=n - base,
                        stamp=stamp,
                    ),
                )
                for n, message in enumerate(messages, start=first)
            ],
        )
        return [n - base for n in range(first, last + 1)]

    @staticmethod
    def make_room(connection: sqlite3.Connection, path: Path) -> int:
        """After ``database or disk is full``: give the reserve back, drop every confirmed event, shrink the log; returns rows dropped.

        Outside a transaction. The failed transaction can be tried again afterwards; events that wait are never dropped. Where even this
        finds no room it stops without an error: the next try says again that the disk is full.
        """
        reserve_path(path).unlink(missing_ok=True)
        dropped, step = 0, ROOM_STEP
        with contextlib.suppress(sqlite3.OperationalError):
            while step == ROOM_STEP:  # in short steps: what one step writes to the log must fit into the reserve
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                step = connection.execute(
                    "DELETE FROM outbox WHERE n IN"
                    " (SELECT n FROM outbox WHERE n <= (SELECT confirmed FROM outbox_state) ORDER BY n LIMIT ?)",
                    (ROOM_STEP,),
                ).rowcount
                dropped += step
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return dropped

    # -- the drain's side ---------------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def marks(self) -> OutboxMarks:
        """Where the outbox stands now."""
        epoch, base, last, confirmed = self._state()
        row = self._connection.execute("SELECT min(n) FROM outbox WHERE n > ?", (base,)).fetchone()
        return OutboxMarks(epoch, (last + 1 if row[0] is None else row[0]) - base, confirmed - base, last - base)

    @property
    def epoch(self) -> int:
        """The present epoch."""
        return self._state()[0]

    def depth(self) -> int:
        """Number of events not confirmed by the far end."""
        _, _, last, confirmed = self._state()
        return last - confirmed

    def oldest_age_s(self, now: ClockStamp) -> float | None:
        """Age in seconds of the oldest unconfirmed event, None where there is none. Monotonic within one boot, else by wall clock."""
        _, _, _, confirmed = self._state()
        row = self._connection.execute("SELECT wall_ns, body FROM outbox WHERE n > ? ORDER BY n LIMIT 1", (confirmed,)).fetchone()
        if row is None:
            return None
        envelope = open_envelope(row[1])
        same_boot = envelope.boot_id == now.boot_id
        age_ns = now.monotonic_ns - envelope.monotonic_ns if same_boot else now.wall_ns - row[0]
        return max(age_ns, 0) / 1e9

    def unconfirmed(self, after_seq: int, limit: int) -> list[StoredEvent]:
        """Waiting events with a number above ``after_seq``, in order of number."""
        _, base, _, confirmed = self._state()
        rows = self._connection.execute(
            "SELECT n, priority, leaf, body FROM outbox WHERE n > ? ORDER BY n LIMIT ?", (max(base + after_seq, confirmed), limit)
        )
        return [StoredEvent(n - base, Priority(priority), leaf, body) for n, priority, leaf, body in rows]

    def waiting(self, after: Mapping[Priority, int], limit: int, *, urgent_first: bool = True) -> list[StoredEvent]:
        """Waiting events above ``after`` (the highest number already sent, for each urgency).

        Most urgent first and in order of number within one urgency, or strictly in order of number.
        """
        _, base, _, confirmed = self._state()
        found: list[StoredEvent] = []
        for priority in Priority:
            rows = self._connection.execute(
                "SELECT n, leaf, body FROM outbox WHERE priority = ? AND n > ? ORDER BY n LIMIT ?",
                (int(priority), max(base + after.get(priority, 0), confirmed), limit - len(found) if urgent_first else limit),
            )
            found.extend(StoredEvent(n - base, priority, leaf, body) for n, leaf, body in rows)
        return found if urgent_first else sorted(found, key=lambda event: event.seq)[:limit]

    def confirm(self, epoch: int, through_seq: int) -> Confirmation:
        """The far end has committed everything of ``epoch`` up to ``through_seq``."""
        present, base, last, confirmed = self._state()
        if epoch != present:
            return "other_epoch"
        mark = base + through_seq
        if mark > last:
            return "ahead"
        if mark == confirmed:
            return "unchanged"
        if mark < confirmed:
            return "behind"
        self._connection.execute("UPDATE outbox_state SET confirmed = max(confirmed, ?) WHERE one = 1 AND epoch = ?", (mark, epoch))
        return "advanced"

    def rewind(self, epoch: int, through_seq: int) -> int:
        """The far end has lost what it had: what is still kept above ``through_seq`` waits again. Returns the new confirmed number."""
        marks = self.marks()
        if epoch != marks.epoch:
            return marks.confirmed
        mark = min(max(through_seq, marks.first - 1), marks.confirmed)
        self._connection.execute("UPDATE outbox_state SET confirmed = base + ? WHERE one = 1 AND epoch = ?", (mark, epoch))
        return mark

    def renew_epoch(self) -> int:
        """Begin a new epoch, under which everything that waits is sent again; returns it. For a file that proves to be a copy."""
        self._connection.execute("PRAGMA synchronous=FULL")
        self._begin_epoch(int(time.time()), machine_fingerprint(self.path))
        self._connection.execute("PRAGMA synchronous=NORMAL")
        return self.epoch

    def forget(self, stored_before_wall_ns: int, keep_rows: int) -> int:
        """Drop confirmed events stored before that time, and all but the newest ``keep_rows``; one short step. Returns rows dropped."""
        return self._connection.execute(
            "DELETE FROM outbox WHERE n IN (SELECT n FROM outbox WHERE n <= (SELECT confirmed FROM outbox_state)"
            " AND (wall_ns < ? OR n <= (SELECT confirmed FROM outbox_state) - ?) ORDER BY n LIMIT ?)",
            (stored_before_wall_ns, keep_rows, FORGET_AT_ONCE),
        ).rowcount

    def restore_reserve(self) -> bool:
        """Set the reserve file aside (again), unless the disk has less than four times its size; whether it is there."""
        path = reserve_path(self.path)
        if path.exists() and path.stat().st_size == RESERVE_BYTES:
            return True
        room = os.statvfs(self.path.parent)
        if room.f_bavail * room.f_frsize < 4 * RESERVE_BYTES:
            return False
        with path.open("wb") as file:
            file.write(b"\xff" * RESERVE_BYTES)  # written out: a sparse file would reserve nothing
            os.fsync(file.fileno())
        return True

    def _state(self) -> tuple[int, int, int, int]:
        epoch, base, last, confirmed = self._connection.execute("SELECT epoch, base, last, confirmed FROM outbox_state").fetchone()
        return epoch, base, last, confirmed

    def _claim(self, unix_s: int) -> str | None:
        epoch, source, machine, token = self._connection.execute("SELECT epoch, source, machine, token FROM outbox_state").fetchone()
        if source not in ("", self.address.source):
            raise OutboxError(
                f"{self.path} holds the events of {source}, not of {self.address.source}: give every store its own journal file"
            )
        here = machine_fingerprint(self.path)
        witness = read_witness(self.path)
        if epoch == 0:
            reason: str | None = "the outbox is new"
        elif machine != here:
            reason = "the file was copied, or the disk moved to another machine"
        elif witness is None or witness.token != token:
            reason = "the file was replaced by an older copy, or its witness is gone"
        else:
            reason = None
        if reason is None:
            self._rotate_token(epoch)
        else:
            self._begin_epoch(unix_s, here)
        return reason

    def _rotate_token(self, epoch: int) -> None:
        # Between these two writes a crash leaves them different: the next start begins a new epoch, which is harmless.
        token = new_token()
        self._connection.execute("UPDATE outbox_state SET token = ? WHERE one = 1", (token,))
        write_witness(self.path, Witness(token, epoch))

    def _begin_epoch(self, unix_s: int, machine: str) -> None:
        connection = self._connection
        witness = read_witness(self.path)
        connection.execute("BEGIN IMMEDIATE")
        try:
            known, _, _, confirmed = self._state()
            epoch = next_epoch(max(known, witness.epoch if witness else 0), unix_s)
            after = confirmed
            while rows := connection.execute(
                "SELECT n, body FROM outbox WHERE n > ? ORDER BY n LIMIT ?", (after, RENUMBER_AT_ONCE)
            ).fetchall():
                changed = [(renumber(body, epoch=epoch, seq=n - confirmed), n) for n, body in rows]
                connection.executemany("UPDATE outbox SET body = ? WHERE n = ?", changed)
                after = rows[-1][0]
            connection.execute(
                "UPDATE outbox_state SET epoch = ?, base = confirmed, source = ?, store = ?, machine = ? WHERE one = 1",
                (epoch, self.address.source, self.address.store, machine),
            )
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # a full disk has already rolled it back
                connection.execute("ROLLBACK")
            raise
        self._rotate_token(epoch)


def reserve_path(outbox: Path) -> Path:
    """Where the reserve of an outbox lies."""
    return outbox.with_name(outbox.name + ".reserve")
