"""The opened file of access: what users, sessions, tokens and links share.

Reading is done at once, by an index, and never waits; writing waits for the disk on a thread of its own. Another process, as the command
line, may write to the same file: what it ends has ended here with the next look. A change is written together with what the journal is to
be told of it (``untold``).
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, TypeVar

from edge.access.database import meta
from edge.access.passwords import Passwords
from edge.access.records import Change
from edge.access.refusals import AccessError, AccessRefused
from edge.access.settings import AccessSettings
from edge.access.throttle import Throttle

MOST_UNTOLD: Final = 1000  # changes while no controller runs; the oldest give way
TOUCH_S: Final = 60.0  # s; how exactly a last use is kept: a write for every request would wear the disk out
MOST_TOUCHED: Final = 4096  # sessions and tokens whose last use is remembered here

Result = TypeVar("Result")

log = logging.getLogger(__name__)


class AccessFile:
    """``reading`` and ``writing`` are two connections to one file, which it takes over. ``now``: seconds of wall-clock time."""

    def __init__(
        self, reading: sqlite3.Connection, writing: sqlite3.Connection, settings: AccessSettings, now: Callable[[], float]
    ) -> None:
        self._reading = reading
        self._writing = writing
        self._settings = settings
        self._now = now
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="access")
        self._csrf_key = meta(reading, "csrf_key")
        self._touched: dict[str, float] = {}
        self.passwords = Passwords()
        self.throttle = Throttle()
        self.book = meta(reading, "book").decode()
        """Names this file among all that the store ever had."""

    def close(self) -> None:
        """Let go of the file, once all that was to be written is."""
        self.passwords.close()
        self._thread.shutdown(wait=True)
        self._reading.close()
        self._writing.close()

    def untold(self) -> tuple[Change, ...]:
        """Changes that the journal does not know of yet, the oldest first."""
        rows = self._reading.execute("SELECT number, at_s, action, by, detail FROM change ORDER BY number")
        return tuple(Change(number=number, at_s=at_s, action=action, by=by, detail=detail) for number, at_s, action, by, detail in rows)

    async def told(self, number: int) -> None:
        """The journal knows of all changes up to this one."""
        await self._write(lambda db: db.execute("DELETE FROM change WHERE number <= ?", (number,)))

    def _tell(self, db: sqlite3.Connection, action: str, by: str, detail: str) -> None:
        """Inside a writer's transaction."""
        db.execute("INSERT INTO change(at_s, action, by, detail) VALUES(?, ?, ?, ?)", (self._now(), action, by, detail))
        db.execute("DELETE FROM change WHERE number <= (SELECT max(number) FROM change) - ?", (MOST_UNTOLD,))

    def _used(self, name: str, before_s: float) -> float | None:
        """The time to write down as the last use of ``name``, last known as ``before_s``; None where that is exact enough."""
        now_s = self._now()
        if abs(now_s - max(before_s, self._touched.get(name, 0.0))) < TOUCH_S:
            return None
        if len(self._touched) >= MOST_TOUCHED:
            self._touched.clear()
        self._touched[name] = now_s
        return now_s

    async def _write(self, act: Callable[[sqlite3.Connection], Result]) -> Result:
        """``act`` in one transaction; returned: it is on the disk. Raises AccessError where the disk does not take it."""
        return await asyncio.wrap_future(self._soon(act))

    def _soon(self, act: Callable[[sqlite3.Connection], Result]) -> Future[Result]:
        """As ``_write``, without waiting for it."""
        return self._thread.submit(self._transact, act)

    def _transact(self, act: Callable[[sqlite3.Connection], Result]) -> Result:
        db = self._writing
        try:
            db.execute("BEGIN IMMEDIATE")
            try:
                result = act(db)
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:  # a full disk has already rolled it back
                    db.execute("ROLLBACK")
                raise
        except AccessRefused:
            raise
        except sqlite3.Error as error:
            log.error("the access file cannot be written", extra={"error": str(error)})
            raise AccessError(f"users, sessions and tokens cannot be written ({error}): look for a full or failing disk") from error
        return result


def one_line(text: str, longest: int) -> str:
    """Text of a stranger for a log and a page: one line, cut, without signs that a terminal would obey."""
    return "".join(sign if sign.isprintable() else " " for sign in text[:longest]).strip()


def drop_old(db: sqlite3.Connection, now_s: float, settings: AccessSettings) -> None:
    """Forget sessions and links whose time is over."""
    oldest = (now_s - settings.session_days * 86_400.0, now_s - settings.session_idle_hours * 3600.0)
    db.execute("DELETE FROM session WHERE made_s < ? OR used_s < ?", oldest)
    db.execute("DELETE FROM link WHERE expires_s <= ?", (now_s,))


def end_all(db: sqlite3.Connection, name: str) -> None:
    """Sign a user out everywhere and let their links be good for nothing."""
    db.execute("DELETE FROM session WHERE user = ?", (name,))
    db.execute("DELETE FROM link WHERE user = ?", (name,))


Row = tuple[Any, ...]
