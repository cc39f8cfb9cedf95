"""The file of access: SQLite, for the controller's user alone, written by the controller and by the command line at the same time."""

from __future__ import annotations

import os
import secrets
import sqlite3
import stat
from pathlib import Path
from typing import Final

from edge.access.refusals import AccessError

SCHEMA_VERSION: Final = 1
BUSY_TIMEOUT_MS: Final = 5_000  # ms; another writer holds the file for milliseconds only
FOR_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS user(
    name TEXT PRIMARY KEY, role TEXT NOT NULL, disabled INTEGER NOT NULL, password TEXT, made_s REAL NOT NULL, seen_s REAL) STRICT;
CREATE TABLE IF NOT EXISTS session(
    id TEXT PRIMARY KEY, digest BLOB NOT NULL UNIQUE, user TEXT NOT NULL REFERENCES user(name) ON DELETE CASCADE, made_s REAL NOT NULL,
    used_s REAL NOT NULL, confirmed_s REAL NOT NULL, address TEXT NOT NULL, agent TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS session_by_user ON session(user);
CREATE TABLE IF NOT EXISTS token(
    id TEXT PRIMARY KEY, digest BLOB NOT NULL UNIQUE, name TEXT NOT NULL, rights TEXT NOT NULL, made_s REAL NOT NULL,
    made_by TEXT NOT NULL, expires_s REAL, used_s REAL) STRICT;
CREATE TABLE IF NOT EXISTS link(
    digest BLOB PRIMARY KEY, purpose TEXT NOT NULL, user TEXT REFERENCES user(name) ON DELETE CASCADE, expires_s REAL NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS recovery(
    user TEXT PRIMARY KEY REFERENCES user(name) ON DELETE CASCADE, digest BLOB NOT NULL, made_s REAL NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS change(
    number INTEGER PRIMARY KEY AUTOINCREMENT, at_s REAL NOT NULL, action TEXT NOT NULL, by TEXT NOT NULL, detail TEXT NOT NULL) STRICT;
"""


def connect(path: Path) -> sqlite3.Connection:
    """Open the file, create what is missing. Raises AccessError where it cannot be used."""
    try:
        _make_private(path)
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    except (OSError, sqlite3.Error) as error:
        raise AccessError(f"{path} cannot be opened ({error}): users, sessions and tokens are in it") from error
    try:
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA secure_delete=ON")
        connection.executescript(_TABLES)
        connection.execute("INSERT OR IGNORE INTO meta VALUES('schema', ?)", (str(SCHEMA_VERSION).encode(),))
        connection.execute("INSERT OR IGNORE INTO meta VALUES('csrf_key', ?)", (secrets.token_bytes(32),))
        connection.execute("INSERT OR IGNORE INTO meta VALUES('book', ?)", (secrets.token_hex(8).encode(),))
        schema = int(meta(connection, "schema"))
    except (sqlite3.Error, ValueError) as error:
        connection.close()
        raise AccessError(
            f"{path} cannot be used ({error}): users, sessions and tokens are in it. Bring it back from a copy, or move it away and set "
            f"the store up again."
        ) from error
    if schema > SCHEMA_VERSION:
        connection.close()
        raise AccessError(f"{path} was written by a newer release (schema {schema}, this one knows {SCHEMA_VERSION}): update first.")
    return connection


def meta(connection: sqlite3.Connection, key: str) -> bytes:
    """A value that holds for the whole file."""
    (value,) = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return bytes(value)


def _make_private(path: Path) -> None:
    """Make the file for this user alone, or take from others what they may do with it; its companions follow it."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        if path.stat().st_mode & FOR_OTHERS:
            path.chmod(0o600)
