"""Watches the journal's disk: says when it runs full and when it has room again, and drops what is old enough."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
from typing import Final

from edge.runtime.clock import SystemClock
from edge.runtime.inbox import Inbox
from edge.runtime.journal import JournalReader, JournalWriter
from edge.runtime.sections import JournalSettings
from edge.session.facts import StorageLow

LOOK_S: Final = 5.0  # s between looks at the disk: no longer than a shopper needs from the reader to the first goods
PRUNE_EVERY: Final = 720  # looks at the disk between two prunings of old facts: once an hour
_DAY_NS: Final = 86_400e9

log = logging.getLogger(__name__)


class DiskWatch:
    """``low``: what was said last. ``journal_bytes`` and ``free_fraction`` are as of the last look."""

    def __init__(
        self, settings: JournalSettings, journal: JournalWriter, reader: JournalReader, inbox: Inbox, clock: SystemClock, *, low: bool
    ) -> None:
        self._settings = settings
        self._journal = journal
        self._reader = reader
        self._inbox = inbox
        self._clock = clock
        self._low = low
        self.journal_bytes = 0
        self.free_fraction: float | None = None

    async def run(self) -> None:
        """Until cancelled."""
        looks = 0
        while True:
            self._look()
            looks += 1
            if looks % PRUNE_EVERY == 0:
                await self._prune()
            await asyncio.sleep(LOOK_S)

    def _look(self) -> None:
        self.journal_bytes = self._reader.size_bytes()
        disk = os.statvfs(self._settings.path.parent)
        self.free_fraction = disk.f_bavail / max(1, disk.f_blocks)
        low = disk.f_bavail * disk.f_frsize < self._settings.min_free_mb * 1_000_000
        if low != self._low:
            self._low = low
            self._inbox.put(StorageLow(at_ns=self._clock.monotonic_ns(), low=low))

    async def _prune(self) -> None:
        now_ns = self._clock.read().wall_ns
        try:
            await self._journal.prune(now_ns - round(self._settings.keep_days * _DAY_NS))
            await self._journal.prune_audit(now_ns - round(self._settings.audit_days * _DAY_NS))
        except sqlite3.OperationalError as error:  # a full or busy disk: the next time will do
            log.warning("old facts cannot be dropped now", extra={"error": str(error)})
