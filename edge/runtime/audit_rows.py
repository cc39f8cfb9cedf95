"""The audit record in the journal's file: a line for each ``RecordAudit``, written with the fact that caused it, kept longer than facts.

``RECORDED`` is created in every journal that is opened for writing; a journal that was only ever written by a release without it has none.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Final

from edge.session.commands import RecordAudit
from edge.web.front import AuditRow

RECORDED: Final = """
CREATE TABLE IF NOT EXISTS audit(
    no INTEGER PRIMARY KEY AUTOINCREMENT, fact_no INTEGER NOT NULL, wall_ns INTEGER NOT NULL, action TEXT NOT NULL, by TEXT NOT NULL,
    detail TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS audit_by_action ON audit(action, no);
CREATE INDEX IF NOT EXISTS audit_by_whom ON audit(by, no);
"""

_ACTIONS: Final = """
WITH RECURSIVE found(action) AS (
    SELECT min(action) FROM audit
    UNION ALL SELECT (SELECT min(action) FROM audit WHERE audit.action > found.action) FROM found WHERE found.action IS NOT NULL)
SELECT action FROM found WHERE action IS NOT NULL
"""


def keep(connection: sqlite3.Connection, audits: Iterable[RecordAudit], *, fact_no: int, wall_ns: int) -> None:
    """Inside the writer's transaction."""
    connection.executemany(
        "INSERT INTO audit(fact_no, wall_ns, action, by, detail) VALUES(?, ?, ?, ?, ?)",
        [(fact_no, wall_ns, one.action, one.by, one.detail) for one in audits],
    )


def prune(connection: sqlite3.Connection, keep_from_wall_ns: int) -> int:
    """Delete the oldest lines, up to the first that is young enough; how many."""
    (young,) = connection.execute("SELECT min(no) FROM audit WHERE wall_ns >= ?", (keep_from_wall_ns,)).fetchone()
    return connection.execute("DELETE FROM audit WHERE ?1 IS NULL OR no < ?1", (young,)).rowcount


def rows(connection: sqlite3.Connection, *, limit: int, before: int | None, action: str | None, by: str | None) -> list[AuditRow]:
    """Newest first; only lines with a number below ``before``, of this action, of this person."""
    if not _kept(connection):
        return []
    query = (
        "SELECT no, wall_ns, action, by, detail FROM audit WHERE (?1 IS NULL OR no < ?1) AND (?2 IS NULL OR action = ?2) "
        "AND (?3 IS NULL OR by = ?3) ORDER BY no DESC LIMIT ?4"
    )
    return [
        AuditRow(number=number, at_unix_s=wall_ns / 1e9, action=what, by=whom, detail=detail)
        for number, wall_ns, what, whom, detail in connection.execute(query, (before, action, by, limit))
    ]


def actions(connection: sqlite3.Connection) -> list[str]:
    """All actions that the record has, by name; found by the index, however long the record is."""
    return [action for (action,) in connection.execute(_ACTIONS)] if _kept(connection) else []


def _kept(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'audit'").fetchone() is not None
