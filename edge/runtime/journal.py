"""The journal: every fact, the messages it caused and the receipts it produced, committed together before anything is done about it.

One SQLite file (WAL, ``synchronous=FULL``) also holds the outbox, so a fact and its messages are one transaction. All writing happens
on one thread that owns the writing connection; callers await :meth:`JournalWriter.commit`.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from cloud_bridge.messages import CheckoutCompletedV1, CheckoutReviewedV1, OutgoingEvent
from cloud_bridge.outbox import ClockStamp, Outbox
from edge.runtime import audit_rows, revisions
from edge.runtime.revisions import StoredRevision
from edge.session.commands import RecordAudit
from edge.session.facts import Fact
from edge.session.receipt import Receipt
from edge.session.revision import Revision
from edge.session.state import StoreState
from edge.web.front import AuditRow

SCHEMA_VERSION: Final = 1
BUSY_TIMEOUT_MS: Final = 5_000  # ms; readers of the same file hold it for milliseconds only

_NOT_OPENED: Final = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR})  # low bytes of SQLite's codes
_FACT: TypeAdapter[Any] = TypeAdapter(Fact)
_STATE: TypeAdapter[StoreState] = TypeAdapter(StoreState)
_RECEIPT: TypeAdapter[Receipt] = TypeAdapter(Receipt)

_TABLES = """
CREATE TABLE IF NOT EXISTS journal_meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS fact(
    no INTEGER PRIMARY KEY, boot_id TEXT NOT NULL, at_ns INTEGER NOT NULL, wall_ns INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS snapshot(fact_no INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS receipt(
    visit TEXT PRIMARY KEY, fact_no INTEGER NOT NULL, wall_ns INTEGER NOT NULL, took_ns INTEGER NOT NULL, outbox_n INTEGER NOT NULL,
    body TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS receipt_by_fact ON receipt(fact_no);
CREATE INDEX IF NOT EXISTS receipt_by_time ON receipt(wall_ns);
CREATE VIEW IF NOT EXISTS receipt_seen AS
    SELECT visit, fact_no, wall_ns, took_ns, outbox_n <= (SELECT confirmed FROM outbox_state) AS sent, body FROM receipt;
"""


class JournalError(RuntimeError):
    """The journal cannot be used as it is. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A receipt on its way into the journal. ``took_ns``: from the door's closing to the fact that made the receipt."""

    receipt: Receipt
    took_ns: int


@dataclass(frozen=True, slots=True)
class Record:
    """One fact with what it caused that must be durable with it."""

    fact: Fact
    fact_no: int
    messages: tuple[OutgoingEvent, ...]
    issued: Issued | None
    revision: Revision | None = None
    audits: tuple[RecordAudit, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredFact:
    """A fact as it was journalled. ``wall_ns`` is for readers; ``step`` never sees it."""

    no: int
    boot_id: str
    wall_ns: int
    fact: Fact


@dataclass(frozen=True, slots=True)
class StoredReceipt:
    """A receipt as it was issued, and what people have decided about it since, first to last. ``sent``: the far end has confirmed it.
    ``took_ns`` as in :class:`Issued`."""

    wall_ns: int
    took_ns: int
    sent: bool
    receipt: Receipt
    revisions: tuple[StoredRevision, ...] = ()


def connect(path: Path) -> sqlite3.Connection:
    """Open the journal for writing, create what is missing, and check that it is ours.

    Raises JournalError where the file is no journal, is damaged, or was written by a newer release.
    """
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        Outbox.prepare(connection)  # sets WAL, FULL and the time-out for the whole file
        connection.executescript(_TABLES + revisions.DECIDED + audit_rows.RECORDED)
        connection.execute("INSERT OR IGNORE INTO journal_meta VALUES('schema', ?)", (str(SCHEMA_VERSION),))
        (schema,) = connection.execute("SELECT value FROM journal_meta WHERE key='schema'").fetchone()
    except sqlite3.DatabaseError as error:
        raise JournalError(
            f"{path} cannot be used as the journal ({error}). If the file is damaged, keep it for the support "
            f"and start with another journal.path: unsent events can be recovered from the old file."
        ) from error
    if int(schema) > SCHEMA_VERSION:
        raise JournalError(f"{path} was written by a newer release (schema {schema}, this one knows {SCHEMA_VERSION}): update first.")
    return connection


class JournalWriter:
    """Owns the writing connection and the thread it lives on."""

    def __init__(self, path: Path, *, snapshot_every: int) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._path = path
        self._connection = connect(path)
        self._snapshot_every = snapshot_every
        query = "SELECT coalesce((SELECT max(no) FROM fact), 0) - coalesce((SELECT max(fact_no) FROM snapshot), 0)"
        (self._since_snapshot,) = self._connection.execute(query).fetchone()

    async def commit(self, records: Sequence[Record], state: StoreState, stamp: ClockStamp) -> int:
        """Make ``records`` durable in one transaction; returns the number of messages added to the outbox.

        Returned: a power cut no longer loses any of them. Raises sqlite3.Error when nothing was written.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._commit, records, state, stamp)

    async def make_room(self) -> int:
        """After a full disk: give the reserve back and drop what the far end has already confirmed; returns the rows dropped."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, Outbox.make_room, self._connection, self._path)

    async def prune(self, keep_from_wall_ns: int) -> int:
        """Delete facts older than ``keep_from_wall_ns``, as far as a snapshot covers them; returns how many. Receipts stay.

        Only the unbroken oldest part goes, up to a snapshot: what is kept can be replayed whole.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._prune, keep_from_wall_ns)

    async def prune_audit(self, keep_from_wall_ns: int) -> int:
        """Delete lines of the audit record that are older; returns how many."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, audit_rows.prune, self._connection, keep_from_wall_ns)

    def close(self) -> None:
        """Fold the write-ahead log into the file, where the disk lets us, and close it."""
        self._thread.shutdown(wait=True)
        with suppress(sqlite3.OperationalError):  # a full disk: the log stays beside the file, and the next start reads both
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()

    def _commit(self, records: Sequence[Record], state: StoreState, stamp: ClockStamp) -> int:
        connection = self._connection
        messages = [message for record in records for message in record.messages]
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.executemany(
                "INSERT INTO fact VALUES(?, ?, ?, ?, ?)",
                [
                    (record.fact_no, stamp.boot_id, record.fact.at_ns, stamp.wall_ns, _FACT.dump_json(record.fact).decode())
                    for record in records
                ],
            )
            if messages:
                Outbox.append(connection, messages, stamp)
            self._keep_receipts(records, stamp)
            for record in records:
                if record.audits:
                    audit_rows.keep(connection, record.audits, fact_no=record.fact_no, wall_ns=stamp.wall_ns)
            since_snapshot = self._since_snapshot + len(records)
            if since_snapshot >= self._snapshot_every:
                connection.execute("INSERT OR REPLACE INTO snapshot VALUES(?, ?)", (state.fact_no, _STATE.dump_json(state).decode()))
                since_snapshot = 0
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # a full disk has already rolled it back
                connection.execute("ROLLBACK")
            raise
        self._since_snapshot = since_snapshot
        return len(messages)

    def _keep_receipts(self, records: Sequence[Record], stamp: ClockStamp) -> None:
        if not any(record.issued or record.revision for record in records):
            return
        (n,) = self._connection.execute("SELECT last FROM outbox_state").fetchone()
        n -= sum(len(record.messages) for record in records)
        for record in records:
            for message in record.messages:
                n += 1
                if record.issued is not None and isinstance(message, CheckoutCompletedV1):
                    body = _RECEIPT.dump_json(record.issued.receipt).decode()
                    self._connection.execute(
                        "INSERT INTO receipt VALUES(?, ?, ?, ?, ?, ?)",
                        (record.issued.receipt.visit, record.fact_no, stamp.wall_ns, record.issued.took_ns, n, body),
                    )
                if record.revision is not None and isinstance(message, CheckoutReviewedV1):
                    revisions.keep(self._connection, record.revision, fact_no=record.fact_no, wall_ns=stamp.wall_ns, outbox_n=n)

    def _prune(self, keep_from_wall_ns: int) -> int:
        connection = self._connection
        # The wall clock may have jumped: the first fact that is young enough ends the old part, whatever stands behind it.
        (young,) = connection.execute("SELECT min(no) FROM fact WHERE wall_ns >= ?", (keep_from_wall_ns,)).fetchone()
        (covered,) = connection.execute("SELECT max(fact_no) FROM snapshot WHERE ?1 IS NULL OR fact_no < ?1", (young,)).fetchone()
        if covered is None:
            return 0
        cursor = connection.execute("DELETE FROM fact WHERE no <= ?", (covered,))
        connection.execute("DELETE FROM snapshot WHERE fact_no < ?", (covered,))
        return cursor.rowcount


class JournalReader:
    """Reads a journal through its own read-only connection: the daemon's listings, ``replay``, ``doctor``."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise JournalError(
                f"{path} does not exist. The journal is made by 'smartstore run'; its path is journal.path in the store file."
            )
        self._connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, isolation_level=None, check_same_thread=False)
        self._connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        self._path = path
        try:
            self._connection.execute("SELECT value FROM journal_meta WHERE key='schema'").fetchone()
        except sqlite3.DatabaseError as error:
            self._connection.close()
            if error.sqlite_errorcode & 0xFF in _NOT_OPENED:
                raise JournalError(
                    f"{path} cannot be read where it is ({error}): copy it, and its -wal file if there is one, to a folder of your own."
                ) from error
            raise JournalError(f"{path} is not a journal of this program ({error}).") from error

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def snapshot(self, *, latest: bool) -> StoreState | None:
        """The latest (or the earliest) stored state, None where there is none that this release can read."""
        query = "SELECT body FROM snapshot ORDER BY fact_no DESC" if latest else "SELECT body FROM snapshot ORDER BY fact_no"
        for (body,) in self._connection.execute(query):
            try:
                return _STATE.validate_json(body)
            except ValidationError:
                continue  # an older release's state: an older snapshot or the facts themselves still tell everything
        return None

    def facts(self, *, after: int) -> Iterator[StoredFact]:
        """All facts with a number above ``after``, in order. Raises JournalError where one cannot be read or is missing."""
        for no, boot_id, wall_ns, body in self._connection.execute(
            "SELECT no, boot_id, wall_ns, body FROM fact WHERE no > ? ORDER BY no", (after,)
        ):
            after += 1
            if no != after:
                raise JournalError(
                    f"{self._path}: fact {after} is not there, and no snapshot that this release can read covers it. Go back to the "
                    f"release that wrote it, or keep the file for the support and start with another journal.path."
                )
            try:
                yield StoredFact(no, boot_id, wall_ns, _FACT.validate_json(body))
            except ValidationError as error:
                raise JournalError(f"{self._path}: fact {no} cannot be read by this release: {error.errors()[0]['msg']}") from error

    def first_fact_no(self) -> int | None:
        """Number of the oldest fact still kept, None in an empty journal."""
        row = self._connection.execute("SELECT min(no) FROM fact").fetchone()
        return None if row[0] is None else int(row[0])

    def receipts(self, *, limit: int, before: str | None = None) -> list[StoredReceipt]:
        """Newest first; ``before``: only those issued before the receipt of that visit (none where it has no receipt)."""
        rows = self._connection.execute(
            "SELECT * FROM receipt_seen WHERE ?1 IS NULL OR fact_no < (SELECT fact_no FROM receipt WHERE visit = ?1)"
            " ORDER BY fact_no DESC LIMIT ?2",
            (before, limit),
        )
        return self._with_revisions(rows)

    def reviews(self, *, still_open: bool, limit: int, after: str | None = None) -> list[StoredReceipt]:
        """Receipts that a person has to decide about, oldest first, or those that one has decided about, newest first.

        ``after``: only those that follow the receipt of that visit in this order (none where it has no receipt).
        """
        if revisions.kept(self._connection):
            query = revisions.OPEN if still_open else revisions.DECIDED_ON
        elif still_open:
            query = revisions.OPEN_IN_OLDER
        else:
            return []
        return self._with_revisions(self._connection.execute(query, (after, limit)))

    def open_reviews(self) -> int:
        """How many provisional receipts nobody has decided about."""
        query = revisions.OPEN_COUNT if revisions.kept(self._connection) else revisions.OPEN_COUNT_IN_OLDER
        (count,) = self._connection.execute(query).fetchone()
        return int(count)

    def receipts_between(self, first_ns: int, after_ns: int) -> list[StoredReceipt]:
        """Receipts issued from ``first_ns`` on and before ``after_ns``, by the wall clock, oldest first."""
        rows = self._connection.execute(
            "SELECT * FROM receipt_seen WHERE wall_ns >= ? AND wall_ns < ? ORDER BY fact_no", (first_ns, after_ns)
        )
        return self._with_revisions(rows)

    def receipt(self, visit: str) -> StoredReceipt | None:
        """The receipt of one visit, None where it has none."""
        found = self._with_revisions(self._connection.execute("SELECT * FROM receipt_seen WHERE visit = ?", (visit,)))
        return found[0] if found else None

    def audit(self, *, limit: int, before: int | None = None, action: str | None = None, by: str | None = None) -> list[AuditRow]:
        """The audit record, newest first: lines numbered below ``before``, of this action, of this person."""
        return audit_rows.rows(self._connection, limit=limit, before=before, action=action, by=by)

    def audit_actions(self) -> list[str]:
        """All actions that the audit record has."""
        return audit_rows.actions(self._connection)

    def size_bytes(self) -> int:
        """Bytes of the journal file and its write-ahead log on disk."""
        return sum(
            candidate.stat().st_size
            for candidate in (self._path, Path(f"{self._path}-wal"), Path(f"{self._path}-shm"))
            if candidate.exists()
        )

    def _with_revisions(self, rows: Iterable[tuple[str, int, int, int, int, str]]) -> list[StoredReceipt]:
        found = list(rows)
        decided = revisions.of_visits(self._connection, [row[0] for row in found])
        return [
            StoredReceipt(wall_ns, took_ns, bool(sent), _RECEIPT.validate_json(body), decided.get(visit, ()))
            for visit, _, wall_ns, took_ns, sent, body in found
        ]
