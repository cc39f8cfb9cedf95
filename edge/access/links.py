"""One-time secrets: the setup token of the first run, and links for choosing a password or for being signed in."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import Final

from edge.access import tickets
from edge.access.file import drop_old
from edge.access.names import user_name
from edge.access.passwords import check_new
from edge.access.records import Link, Purpose, User
from edge.access.refusals import AccessRefused
from edge.access.users import Users, found

SET_UP_LOOK_S: Final = 0.5  # s between two looks whether somebody has set the store up
SETUP_S: Final = 366 * 86_400.0  # s; a setup token is made anew at every start, and a cabinet may wait long for its place


class Links(Users):
    """The part of :class:`edge.access.store.AccessStore` that knows one-time secrets."""

    async def make_link(self, purpose: Purpose, name: str, *, lives_s: float | None = None, by: str) -> str:
        """The secret of a new link for a user, in place of an older one for the same purpose. ``lives_s``: seconds, the setting without.
        Raises AccessRefused (unknown_user)."""
        user, secret = found(self.user(name)), tickets.new_secret()
        expires_s = self._now() + (self._settings.link_hours * 3600.0 if lives_s is None else lives_s)

        def write(db: sqlite3.Connection) -> None:
            drop_old(db, self._now(), self._settings)
            db.execute("DELETE FROM link WHERE purpose = ? AND user = ?", (purpose, user.name))
            db.execute("INSERT INTO link VALUES(?, ?, ?, ?)", (tickets.digest(secret), purpose, user.name, expires_s))
            self._tell(db, "link_made", by, f"{user.name}, {purpose}")

        await self._write(write)
        return secret

    def link_of(self, secret: str) -> Link | None:
        """What a link is good for, without using it up; None where it is good for nothing."""
        return _link(self._reading, secret, self._now())

    async def take_link(self, secret: str) -> Link | None:
        """Use a link up. None where somebody has, or it is too old: then nothing may be done by it."""

        def write(db: sqlite3.Connection) -> Link | None:
            found = _link(db, secret, self._now())
            db.execute("DELETE FROM link WHERE digest = ?", (tickets.digest(secret[: tickets.LONGEST_SECRET + 1]),))
            return found

        return await self._write(write)

    async def setup_token(self) -> str | None:
        """A new setup token in place of the older one, None where the store has a user already."""
        token = tickets.new_typed()

        def write(db: sqlite3.Connection) -> str | None:
            if db.execute("SELECT 1 FROM user LIMIT 1").fetchone():
                return None
            db.execute("DELETE FROM link WHERE purpose = 'setup'")
            db.execute("INSERT INTO link VALUES(?, 'setup', NULL, ?)", (tickets.digest(token), self._now() + SETUP_S))
            return token

        return await self._write(write)

    async def until_set_up(self) -> None:
        """Returns once the store has a user; another process may make it."""
        while True:
            if not self.empty:
                return
            await asyncio.sleep(SET_UP_LOOK_S)

    async def set_up(self, setup_token: str, name: str, password: str) -> User:
        """The first user, an admin, made by whoever has the setup token. Raises AccessRefused (set_up_already, bad_link, bad_name,
        password_...); the token stays good then."""
        known_as, token = user_name(name), tickets.typed(setup_token[: tickets.LONGEST_SECRET])
        if not self.empty:
            raise AccessRefused("set_up_already")
        if self.link_of(token) is None:
            raise AccessRefused("bad_link")
        kept = await self.passwords.kept(check_new(password, known_as))

        def write(db: sqlite3.Connection) -> None:
            if db.execute("SELECT 1 FROM user LIMIT 1").fetchone():
                raise AccessRefused("set_up_already")
            if _link(db, token, self._now()) is None:
                raise AccessRefused("bad_link")
            db.execute("DELETE FROM link")
            db.execute("INSERT INTO user VALUES(?, 'admin', 0, ?, ?, NULL)", (known_as, kept, self._now()))
            self._tell(db, "set_up", known_as, "first user, admin")

        await self._write(write)
        return found(self.user(known_as))


def _link(db: sqlite3.Connection, secret: str, now_s: float) -> Link | None:
    if not 0 < len(secret) <= tickets.LONGEST_SECRET:
        return None
    query = (
        "SELECT purpose, user, expires_s FROM link LEFT JOIN user ON user.name = link.user "
        "WHERE digest = ? AND expires_s > ? AND NOT coalesce(user.disabled, 0)"
    )
    row = db.execute(query, (tickets.digest(secret), now_s)).fetchone()
    return None if row is None else Link(purpose=row[0], user=row[1], expires_s=row[2])
