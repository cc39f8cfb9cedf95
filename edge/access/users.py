"""Users: who they are, their role, their password."""

from __future__ import annotations

import sqlite3
import time
from typing import Final

from edge.access.file import AccessFile, Row, end_all, one_line
from edge.access.names import user_name
from edge.access.passwords import check_new
from edge.access.records import User
from edge.access.refusals import AccessRefused, Throttled
from edge.access.rights import Role
from edge.access.throttle import FREE_ATTEMPTS

MOST_USERS: Final = 200

_USER: Final = "SELECT name, role, disabled, password IS NOT NULL, made_s, seen_s FROM user"


class Users(AccessFile):
    """The part of :class:`edge.access.store.AccessStore` that knows users."""

    @property
    def empty(self) -> bool:
        """Nobody has set the store up yet."""
        return self._reading.execute("SELECT 1 FROM user LIMIT 1").fetchone() is None

    def users(self) -> tuple[User, ...]:
        """Everybody, by name."""
        return tuple(_row(row) for row in self._reading.execute(f"{_USER} ORDER BY name"))

    def user(self, name: str) -> User | None:
        """One user, None where there is none of this name, however it is spelled."""
        try:
            row = self._reading.execute(f"{_USER} WHERE name = ?", (user_name(name),)).fetchone()
        except AccessRefused:
            return None
        return None if row is None else _row(row)

    async def create_user(self, name: str, role: Role, password: str | None = None, *, by: str) -> User:
        """A new user; without a password they choose one by a link. Raises AccessRefused (bad_name, taken, too_many, password_...)."""
        known_as = user_name(name)
        kept = None if password is None else await self.passwords.kept(check_new(password, known_as))

        def write(db: sqlite3.Connection) -> None:
            if db.execute("SELECT 1 FROM user WHERE name = ?", (known_as,)).fetchone():
                raise AccessRefused("taken")
            (count,) = db.execute("SELECT count(*) FROM user").fetchone()
            if count >= MOST_USERS:
                raise AccessRefused("too_many")
            db.execute("INSERT INTO user VALUES(?, ?, 0, ?, ?, NULL)", (known_as, role, kept, self._now()))
            self._tell(db, "user_created", by, f"{known_as}, {role}")

        await self._write(write)
        return found(self.user(known_as))

    async def change_user(self, name: str, *, role: Role | None = None, disabled: bool | None = None, by: str) -> User:
        """Another role, or disabled and back; None leaves it. A disabled user's sessions and links end. Raises AccessRefused (unknown_user,
        last_admin)."""
        known_as = found(self.user(name)).name

        def write(db: sqlite3.Connection) -> None:
            before = _row(db.execute(f"{_USER} WHERE name = ?", (known_as,)).fetchone())
            now_role, now_disabled = role or before.role, before.disabled if disabled is None else disabled
            if before.role == "admin" and not before.disabled and (now_role != "admin" or now_disabled):
                query = "SELECT 1 FROM user WHERE role = 'admin' AND NOT disabled AND password IS NOT NULL AND name != ?"
                if db.execute(query, (known_as,)).fetchone() is None:
                    raise AccessRefused("last_admin")
            db.execute("UPDATE user SET role = ?, disabled = ? WHERE name = ?", (now_role, int(now_disabled), known_as))
            if now_disabled:
                end_all(db, known_as)
            if now_role != before.role:
                self._tell(db, "role_changed", by, f"{known_as}: {before.role}, now {now_role}")
            if now_disabled != before.disabled:
                self._tell(db, "user_disabled" if now_disabled else "user_enabled", by, known_as)

        await self._write(write)
        return found(self.user(known_as))

    async def set_password(self, name: str, password: str, *, by: str) -> None:
        """A new password; all sessions and links of the user end. Raises AccessRefused (unknown_user, password_...)."""
        known_as = found(self.user(name)).name
        kept = await self.passwords.kept(check_new(password, known_as))

        def write(db: sqlite3.Connection) -> None:
            db.execute("UPDATE user SET password = ? WHERE name = ?", (kept, known_as))
            end_all(db, known_as)
            self._tell(db, "password_set", by, known_as)

        await self._write(write)

    async def check_password(self, name: str, password: str, *, address: str, near: bool = False) -> User | None:
        """The user whose password this is, None where it is not right, nobody has this name or they are disabled: the same work is done.

        ``near``: the attempt comes from this machine itself. Raises Throttled, without a look at the password, after too many attempts.
        """
        user = self.user(name)
        who, known = (one_line(name, 100), False) if user is None else (user.name, True)
        wait_s = self.throttle.begin(who, address, known=known, near=near, now_s=time.monotonic())
        if wait_s > 0.0:
            raise Throttled(wait_s)
        row = self._reading.execute("SELECT password FROM user WHERE name = ? AND NOT disabled", (who,)).fetchone()
        kept = None if row is None else row[0]
        try:
            right = await self.passwords.fits(kept, password, near=near)
        except Throttled:
            self.throttle.take_back(who, address, known=known, near=near, right=False)
            raise
        if user is None or not right:
            failed = self.throttle.failures(who, address, known=known, near=near)
            if failed >= FREE_ATTEMPTS and failed & (failed - 1) == 0:  # the 4th, 8th, 16th: a flood must not fill the journal
                whom = "an unknown name" if user is None else user.name
                await self._write(lambda db: self._tell(db, "sign_in_failed", whom, f"{failed} times in a row, {address}"))
            return None
        self.throttle.take_back(who, address, known=known, near=near, right=True)
        if kept is not None and self.passwords.outdated(kept):
            anew = await self.passwords.kept(password)
            await self._write(lambda db: db.execute("UPDATE user SET password = ? WHERE name = ? AND password = ?", (anew, who, kept)))
        return user


def found(user: User | None) -> User:
    """The user. Raises AccessRefused (unknown_user) where there is none."""
    if user is None:
        raise AccessRefused("unknown_user")
    return user


def _row(row: Row) -> User:
    name, role, disabled, has_password, made_s, seen_s = row
    return User(name=name, role=role, disabled=bool(disabled), has_password=bool(has_password), made_s=made_s, seen_s=seen_s)
