"""SQLite's own word for a full disk, made by a database that may not grow."""

from __future__ import annotations

import sqlite3


def disk_full() -> sqlite3.OperationalError:
    """The error that a commit on a full disk raises, with SQLite's error code."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("CREATE TABLE filler(bytes BLOB)")
        connection.execute("PRAGMA max_page_count = 2")
        connection.execute("INSERT INTO filler VALUES(zeroblob(100000))")
    except sqlite3.OperationalError as error:
        return error
    finally:
        connection.close()
    raise AssertionError("the database grew although it may not")
