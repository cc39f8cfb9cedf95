"""The lock that keeps a second controller off a journal, and everybody else off what only a controller may write beside it."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO

from edge.runtime.changes_file import give_to_owner


class JournalHeld(Exception):
    """A controller runs on this journal."""


def hold(journal: Path) -> IO[bytes]:
    """Hold the lock until the file is closed. Raises JournalHeld where somebody else does, OSError."""
    lock = journal.with_name(journal.name + ".lock").open("wb")
    give_to_owner(lock.fileno(), journal.parent)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise JournalHeld(f"a controller uses {journal}") from error
    return lock
