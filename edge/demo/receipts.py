"""What the far end has stored about a visit, read from its database as any reader of it would."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from pathlib import Path
from typing import Final

POLL_S: Final = 0.05  # s between two looks into the database


class CloudReceipts:
    """Read-only view of the consumer's SQLite file."""

    def __init__(self, database: Path) -> None:
        self._database = database

    async def wait_for(self, visit: str, timeout_s: float) -> str | None:
        """In words what is stored about the visit, as soon as it is; None when nothing was within ``timeout_s``."""
        give_up = time.monotonic() + timeout_s
        while True:
            found = await asyncio.to_thread(self._look, visit)
            if found is not None or time.monotonic() >= give_up:
                return found
            await asyncio.sleep(POLL_S)

    def count_charges(self, visit: str) -> int:
        """Charges stored for the visit: 0 or 1."""
        with self._connect() as connection:
            (count,) = connection.execute("SELECT count(*) FROM charge WHERE visit = ?", (visit,)).fetchone()
        return int(count)

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{self._database}?mode=ro", uri=True, timeout=2.0)

    def _look(self, visit: str) -> str | None:
        try:
            connection = self._connect()
        except sqlite3.OperationalError:
            return None  # the consumer has not made it yet
        try:
            row = connection.execute("SELECT status, total_minor, currency FROM receipt WHERE visit = ?", (visit,)).fetchone()
            if row is not None:
                charged = connection.execute("SELECT count(*) FROM charge WHERE visit = ?", (visit,)).fetchone()[0]
                return f"{row[0]} receipt over {row[1] / 100:.2f} {row[2]}, {'charged once' if charged == 1 else 'not charged'}"
            ended = connection.execute(
                "SELECT 1 FROM event WHERE type LIKE '%.visit.ended.v1' AND instr(body, CAST(? AS BLOB))", (visit,)
            ).fetchone()
            return None if ended is None else "visit ended, nothing charged"
        except sqlite3.OperationalError:
            return None  # its tables are not there yet, or it is being written
        finally:
            connection.close()
