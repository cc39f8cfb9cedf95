"""Where the journal keeps people's decisions about receipts: one row for each, beside the receipt and never instead of it.

``DECIDED`` is created in every journal that is opened for writing. A journal that was only ever written by a release without it has no
such tables; reading one finds no decisions.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter

from edge.session.revision import Revision

_REVISION: TypeAdapter[Revision] = TypeAdapter(Revision)

DECIDED: Final = """
CREATE TABLE IF NOT EXISTS revision(
    visit TEXT NOT NULL, number INTEGER NOT NULL, fact_no INTEGER NOT NULL, wall_ns INTEGER NOT NULL, outbox_n INTEGER NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY(visit, number)) STRICT;
CREATE VIEW IF NOT EXISTS revision_seen AS
    SELECT visit, number, fact_no, wall_ns, outbox_n <= (SELECT confirmed FROM outbox_state) AS sent, body FROM revision;
CREATE INDEX IF NOT EXISTS receipt_provisional ON receipt(fact_no) WHERE json_extract(body, '$.status') = 'provisional';
"""

OPEN: Final = """
SELECT * FROM receipt_seen
WHERE json_extract(body, '$.status') = 'provisional' AND NOT EXISTS (SELECT 1 FROM revision WHERE revision.visit = receipt_seen.visit)
    AND (?1 IS NULL OR fact_no > (SELECT fact_no FROM receipt WHERE visit = ?1))
ORDER BY fact_no LIMIT ?2
"""
"""Provisional receipts that nobody has decided about, oldest first: at most ``?2``, after that of the visit ``?1`` unless NULL."""

OPEN_IN_OLDER: Final = """
SELECT * FROM receipt_seen
WHERE json_extract(body, '$.status') = 'provisional' AND (?1 IS NULL OR fact_no > (SELECT fact_no FROM receipt WHERE visit = ?1))
ORDER BY fact_no LIMIT ?2
"""
"""``OPEN`` for a journal without decisions."""

DECIDED_ON: Final = """
SELECT * FROM receipt_seen
WHERE EXISTS (SELECT 1 FROM revision WHERE revision.visit = receipt_seen.visit)
    AND (?1 IS NULL OR fact_no < (SELECT fact_no FROM receipt WHERE visit = ?1))
ORDER BY fact_no DESC LIMIT ?2
"""
"""Receipts that somebody has decided about, provisional or final, newest first; arguments as for ``OPEN``."""

OPEN_COUNT: Final = """
SELECT count(*) FROM receipt
WHERE json_extract(body, '$.status') = 'provisional' AND NOT EXISTS (SELECT 1 FROM revision WHERE revision.visit = receipt.visit)
"""
"""How many receipts ``OPEN`` would give without a limit."""

OPEN_COUNT_IN_OLDER: Final = "SELECT count(*) FROM receipt WHERE json_extract(body, '$.status') = 'provisional'"
"""``OPEN_COUNT`` for a journal without decisions."""

_OF_VISITS: Final = """
SELECT visit, wall_ns, sent, body FROM revision_seen WHERE visit IN (SELECT value FROM json_each(?1)) ORDER BY visit, number
"""


@dataclass(frozen=True, slots=True)
class StoredRevision:
    """A decision as it was made. ``sent``: the far end has confirmed it."""

    wall_ns: int
    sent: bool
    revision: Revision


def keep(connection: sqlite3.Connection, revision: Revision, *, fact_no: int, wall_ns: int, outbox_n: int) -> None:
    """Inside the writer's transaction. Raises sqlite3.IntegrityError where the receipt has a decision of this number."""
    connection.execute(
        "INSERT INTO revision VALUES(?, ?, ?, ?, ?, ?)",
        (revision.visit, revision.revision, fact_no, wall_ns, outbox_n, _REVISION.dump_json(revision).decode()),
    )


def kept(connection: sqlite3.Connection) -> bool:
    """Whether this journal can hold decisions."""
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'revision'").fetchone() is not None


def of_visits(connection: sqlite3.Connection, visits: Sequence[str]) -> dict[str, tuple[StoredRevision, ...]]:
    """The decisions about each of these receipts, first to last; nothing for a receipt without any."""
    if not visits or not kept(connection):
        return {}
    found: dict[str, tuple[StoredRevision, ...]] = {}
    for visit, wall_ns, sent, body in connection.execute(_OF_VISITS, (json.dumps(visits),)):
        found[visit] = (*found.get(visit, ()), StoredRevision(wall_ns, bool(sent), _REVISION.validate_json(body)))
    return found
