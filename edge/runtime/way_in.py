"""The way in: who may do what, the port that other machines reach, and the first run with its setup token."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from pathlib import Path

from edge.access.machine_token import machine_token_path
from edge.access.refusals import AccessError
from edge.access.store import AccessStore, access_path
from edge.runtime.access_changes import tell_changes
from edge.runtime.inbox import Inbox
from edge.runtime.settings import StoreSettings
from edge.web.outer import OuterPort

log = logging.getLogger(__name__)


class WayIn:
    """Open it with :meth:`open`, close it with :meth:`close`. ``outer`` None: only this machine is served."""

    def __init__(self, access: AccessStore, outer: OuterPort | None, setup_file: Path) -> None:
        self.access = access
        self.outer = outer
        self._setup_file = setup_file

    @classmethod
    def open(cls, settings: StoreSettings) -> WayIn:
        """What the settings say, beside the journal. Raises AccessError, CertificateError."""
        journal = settings.journal.path
        outer = OuterPort(settings.web, journal.parent) if settings.web.enabled and settings.web.beyond else None
        if outer is not None:
            outer.prepare()
        access = AccessStore.open(access_path(journal), settings.access)
        try:
            access.lend_to_machine(machine_token_path(journal))
        except AccessError:
            access.close()
            raise
        return cls(access, outer, setup_token_path(journal))

    def close(self) -> None:
        """Let go of the files."""
        self.access.close()

    async def run(self, inbox: Inbox, clock_ns: Callable[[], int], url: str | None) -> None:
        """Until cancelled: tell the journal what changed, and as long as nobody has set the store up, who could. ``url``: of the pages on
        this machine, None where none are served."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(tell_changes(self.access, inbox, clock_ns), name="access changes")
            if url is not None:
                tasks.create_task(self._first_run(url), name="first run")

    async def _first_run(self, url: str) -> None:
        try:
            token = await self.access.setup_token()
            if token is not None:
                log.warning("%s", _invitation(url, token, self.outer))
                _write(self._setup_file, f"{token}\n")
                await self.access.until_set_up()
                log.info("this store is set up")
            self._setup_file.unlink(missing_ok=True)
        except (AccessError, OSError) as error:  # a full disk: the next start tries again, and the store sells meanwhile
            log.error("the setup token cannot be kept: %s", error)


def setup_token_path(journal: Path) -> Path:
    """Where the setup token of the store with this journal is, until somebody has used it."""
    return journal.with_name("setup.token")


def _invitation(url: str, token: str, outer: OuterPort | None) -> str:
    compared = f" Fingerprint of its certificate (SHA-256): {outer.fingerprint}" if outer is not None and outer.fingerprint else ""
    return f"nobody has set this store up yet: open {url}/setup on this machine and enter the setup token {token}.{compared}"


def _write(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "w") as file:
        file.write(text)
