"""Tokens: what programs prove themselves by, each with the rights that it was given, of which only the digest is kept."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from typing import Final

from edge.access import tickets
from edge.access.file import AccessFile, Row, one_line
from edge.access.names import LONGEST_NAME
from edge.access.records import Token
from edge.access.refusals import AccessRefused
from edge.access.rights import RIGHTS, Right

MOST_TOKENS: Final = 200

_TOKEN: Final = "SELECT id, name, rights, made_s, made_by, expires_s, used_s FROM token"  # noqa: S105 - a query


class Tokens(AccessFile):
    """The part of :class:`edge.access.store.AccessStore` that knows tokens."""

    def tokens(self) -> tuple[Token, ...]:
        """All of them, expired ones too, the newest first."""
        return tuple(_row(row) for row in self._reading.execute(f"{_TOKEN} ORDER BY made_s DESC, id"))

    def token(self, token_id: str) -> Token | None:
        """One token by its id."""
        row = self._reading.execute(f"{_TOKEN} WHERE id = ?", (token_id,)).fetchone()
        return None if row is None else _row(row)

    async def make_token(self, name: str, rights: Collection[Right], *, expires_s: float | None, by: str) -> tuple[str, Token]:
        """The secret of a new token, told this once, and what is kept of it. Raises AccessRefused (taken, too_many)."""
        secret, token_id = tickets.new_secret(tickets.TOKEN_MARK), tickets.new_id()
        called = one_line(name, LONGEST_NAME)
        chosen = tuple(right for right in RIGHTS if right in rights)

        def write(db: sqlite3.Connection) -> None:
            if db.execute("SELECT 1 FROM token WHERE name = ?", (called,)).fetchone():
                raise AccessRefused("taken")
            (count,) = db.execute("SELECT count(*) FROM token").fetchone()
            if count >= MOST_TOKENS:
                raise AccessRefused("too_many")
            row = (token_id, tickets.digest(secret), called, json.dumps(chosen), self._now(), by, expires_s)
            db.execute("INSERT INTO token VALUES(?, ?, ?, ?, ?, ?, ?, NULL)", row)
            self._tell(db, "token_made", by, f"{called} ({token_id}): {', '.join(chosen)}")

        await self._write(write)
        made = self.token(token_id)
        if made is None:
            raise AccessRefused("unknown_token")  # ended by another process in the same moment
        return secret, made

    def token_of(self, secret: str) -> Token | None:
        """The token whose secret this is, None where there is none (any more)."""
        if not secret.startswith(tickets.TOKEN_MARK) or len(secret) > tickets.LONGEST_SECRET:
            return None
        query = f"{_TOKEN} WHERE digest = ? AND (expires_s IS NULL OR expires_s > ?)"
        row = self._reading.execute(query, (tickets.digest(secret), self._now())).fetchone()
        if row is None:
            return None
        token = _row(row)
        if (used_s := self._used(token.id, token.used_s or 0.0)) is not None:
            self._soon(lambda db: db.execute("UPDATE token SET used_s = ? WHERE id = ?", (used_s, token.id)))
        return token

    async def revoke_token(self, token_id: str, *, by: str) -> None:
        """End a token. Raises AccessRefused (unknown_token)."""

        def write(db: sqlite3.Connection) -> None:
            row = db.execute("DELETE FROM token WHERE id = ? RETURNING name", (token_id,)).fetchone()
            if row is None:
                raise AccessRefused("unknown_token")
            self._tell(db, "token_revoked", by, f"{row[0]} ({token_id})")

        await self._write(write)


def _row(row: Row) -> Token:
    token_id, name, rights, made_s, made_by, expires_s, used_s = row
    known = json.loads(rights)
    return Token(
        id=token_id,
        name=name,
        rights=tuple(right for right in RIGHTS if right in known),
        made_s=made_s,
        made_by=made_by,
        expires_s=expires_s,
        used_s=used_s,
    )
