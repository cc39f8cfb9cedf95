"""Who may do what in one store: users, sessions, tokens, one-time links and recovery codes, kept in one file."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from pathlib import Path

from edge.access import tickets
from edge.access.database import connect
from edge.access.links import Links
from edge.access.machine_token import write_machine_token
from edge.access.recovery import Recovery
from edge.access.refusals import AccessError
from edge.access.sessions import Sessions
from edge.access.settings import AccessSettings
from edge.access.tokens import Tokens


class AccessStore(Sessions, Links, Recovery, Tokens):
    """Open it with :meth:`open`, close it with :meth:`close`. What changes something names who did it (``by``), and is in the audit record
    soon after."""

    _machine: bytes | None = None

    @classmethod
    def open(cls, path: Path, settings: AccessSettings | None = None, *, now: Callable[[], float] = time.time) -> AccessStore:
        """Open the file at ``path``, make it where it is missing. Raises AccessError. ``now``: seconds of wall-clock time."""
        writing = connect(path)
        try:
            reading = connect(path)
        except AccessError:
            writing.close()
            raise
        return cls(reading, writing, settings or AccessSettings(), now)

    def lend_to_machine(self, path: Path) -> None:
        """Let whoever may read the file at ``path`` do everything from now on. Raises AccessError."""
        self._machine = tickets.digest(write_machine_token(path))

    def is_machine(self, secret: str) -> bool:
        """Whether this is what was written there."""
        return (
            self._machine is not None
            and len(secret) <= tickets.LONGEST_SECRET
            and hmac.compare_digest(tickets.digest(secret), self._machine)
        )


def access_path(journal: Path) -> Path:
    """Where the access file of the store with this journal is."""
    return journal.with_name("access.db")
