"""Sessions: the browsers in which somebody is signed in, each by a cookie of which only the digest is kept."""

from __future__ import annotations

import sqlite3
from typing import Final

from edge.access import tickets
from edge.access.file import Row, drop_old, one_line
from edge.access.records import Opened, Session
from edge.access.refusals import AccessRefused
from edge.access.users import Users, found

MOST_SESSIONS: Final = 20  # of one user; the one that was used least recently gives way

_SESSION: Final = (
    "SELECT s.id, s.user, u.role, s.made_s, s.used_s, s.confirmed_s, s.address, s.agent FROM session s JOIN user u ON u.name = s.user"
)
_DROP_MANY: Final = "DELETE FROM session WHERE id IN (SELECT id FROM session WHERE user = ? ORDER BY used_s DESC LIMIT -1 OFFSET ?)"


class Sessions(Users):
    """The part of :class:`edge.access.store.AccessStore` that knows sessions."""

    async def open_session(self, name: str, *, address: str, agent: str = "", tell: bool = True) -> Opened:
        """Sign a user in whose identity is proven. Raises AccessRefused (unknown_user)."""
        user = found(self.user(name))
        cookie, session_id, now_s = tickets.new_secret(), tickets.new_id(), self._now()
        session = Session(
            id=session_id,
            user=user.name,
            role=user.role,
            made_s=now_s,
            used_s=now_s,
            confirmed_s=now_s,
            address=address[:64],
            agent=one_line(agent, 200),
        )

        def write(db: sqlite3.Connection) -> None:
            drop_old(db, now_s, self._settings)
            db.execute(_DROP_MANY, (user.name, MOST_SESSIONS - 1))
            row = (session_id, tickets.digest(cookie), user.name, now_s, now_s, now_s, session.address, session.agent)
            if db.execute("SELECT 1 FROM user WHERE name = ? AND NOT disabled", (user.name,)).fetchone() is None:
                raise AccessRefused("unknown_user")
            db.execute("INSERT INTO session VALUES(?, ?, ?, ?, ?, ?, ?, ?)", row)
            db.execute("UPDATE user SET seen_s = ? WHERE name = ?", (now_s, user.name))
            if tell:
                self._tell(db, "signed_in", user.name, session.address)

        await self._write(write)
        return Opened(cookie=cookie, csrf=self.csrf_of(cookie), session=session)

    def session_of(self, cookie: str, *, touch: bool = True) -> Session | None:
        """The session that this cookie proves, None where there is none (any more). ``touch`` False: only a look, no use of it."""
        if not 0 < len(cookie) <= tickets.LONGEST_SECRET:
            return None
        row = self._reading.execute(f"{_SESSION} WHERE s.digest = ? AND NOT u.disabled", (tickets.digest(cookie),)).fetchone()
        if row is None or self._over(session := _row(row)):
            return None
        if touch and (used_s := self._used(session.id, session.used_s)) is not None:
            self._soon(lambda db: db.execute("UPDATE session SET used_s = ? WHERE id = ?", (used_s, session.id)))
        return session

    def csrf_of(self, cookie: str) -> str:
        """The proof that the pages of this session carry."""
        return tickets.bound(self._csrf_key, cookie)

    async def confirm(self, session_id: str) -> None:
        """Their password has just been given again. Raises AccessRefused (unknown_session)."""

        def write(db: sqlite3.Connection) -> None:
            if db.execute("UPDATE session SET confirmed_s = ? WHERE id = ?", (self._now(), session_id)).rowcount == 0:
                raise AccessRefused("unknown_session")

        await self._write(write)

    def sessions(self, name: str) -> tuple[Session, ...]:
        """Where a user is signed in, the most recently used first."""
        rows = self._reading.execute(f"{_SESSION} WHERE s.user = ? ORDER BY s.used_s DESC", (name,))
        return tuple(session for row in rows if not self._over(session := _row(row)))

    async def end_session(self, session_id: str, *, by: str, action: str = "session_ended") -> None:
        """Sign out of one browser; ``action`` is what the audit record calls it. Raises AccessRefused (unknown_session)."""

        def write(db: sqlite3.Connection) -> None:
            row = db.execute("DELETE FROM session WHERE id = ? RETURNING user, address", (session_id,)).fetchone()
            if row is None:
                raise AccessRefused("unknown_session")
            self._tell(db, action, by, f"{row[0]}, {row[1]}")

        await self._write(write)

    async def end_sessions(self, name: str, *, but: str | None = None, by: str) -> int:
        """Sign a user out everywhere, ``but`` for one session; how many ended."""

        def write(db: sqlite3.Connection) -> int:
            ended = db.execute("DELETE FROM session WHERE user = ? AND id IS NOT ?", (name, but)).rowcount
            if ended:
                self._tell(db, "sessions_ended", by, f"{name}: {ended}")
            return ended

        return await self._write(write)

    def _over(self, session: Session) -> bool:
        """Whether its time is over. A clock that is set back ends none."""
        now_s = self._now()
        idle_s, age_s = self._settings.session_idle_hours * 3600.0, self._settings.session_days * 86_400.0
        used_s = max(session.used_s, self._touched.get(session.id, 0.0))
        return now_s - session.made_s >= age_s or now_s - used_s >= idle_s


def _row(row: Row) -> Session:
    names = ("id", "user", "role", "made_s", "used_s", "confirmed_s", "address", "agent")
    return Session(**dict(zip(names, row, strict=True)))
