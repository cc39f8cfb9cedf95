"""Recovery codes: the way back of somebody who has lost their password, given out once and kept as a digest."""

from __future__ import annotations

import sqlite3
import time

from edge.access import tickets
from edge.access.file import end_all, one_line
from edge.access.passwords import check_new
from edge.access.records import User
from edge.access.refusals import Throttled
from edge.access.users import Users, found


class Recovery(Users):
    """The part of :class:`edge.access.store.AccessStore` that knows recovery codes."""

    async def make_recovery_code(self, name: str, *, by: str) -> str:
        """A new recovery code for a user, in place of an older one; told this once. Raises AccessRefused (unknown_user)."""
        known_as, code = found(self.user(name)).name, tickets.new_typed()

        def write(db: sqlite3.Connection) -> None:
            db.execute("INSERT OR REPLACE INTO recovery VALUES(?, ?, ?)", (known_as, tickets.digest(code), self._now()))
            self._tell(db, "recovery_code_made", by, known_as)

        await self._write(write)
        return code

    async def recover(self, name: str, code: str, password: str, *, address: str, near: bool = False) -> User | None:
        """Set a new password by the recovery code, which is used up by it; all sessions and links of the user end. None where the code is
        not theirs, nobody has this name or they are disabled.

        ``near``: the attempt comes from this machine itself. Raises Throttled after too many attempts, AccessRefused (password_...) where
        the code is right; it stays good then.
        """
        user = self.user(name)
        who, known = (one_line(name, 100), False) if user is None else (user.name, True)
        wait_s = self.throttle.begin(who, address, known=known, near=near, now_s=time.monotonic())
        if wait_s > 0.0:
            raise Throttled(wait_s)
        proof = tickets.digest(tickets.typed(code[: tickets.LONGEST_SECRET]))
        query = "SELECT 1 FROM recovery JOIN user ON user.name = user WHERE user = ? AND digest = ? AND NOT disabled"
        if user is None or self._reading.execute(query, (who, proof)).fetchone() is None:
            return None
        self.throttle.take_back(who, address, known=known, near=near, right=True)
        kept = await self.passwords.kept(check_new(password, who))

        def write(db: sqlite3.Connection) -> bool:
            if db.execute("DELETE FROM recovery WHERE user = ? AND digest = ?", (who, proof)).rowcount == 0:
                return False
            db.execute("UPDATE user SET password = ? WHERE name = ?", (kept, who))
            end_all(db, who)
            self._tell(db, "recovered", who, address[:64])
            return True

        return user if await self._write(write) else None
