"""Tells the journal what changed in access: each change once, in order, also those that another process made or that a crash cut off."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from typing import Final

from edge.access.refusals import AccessError
from edge.access.store import AccessStore
from edge.runtime.inbox import Inbox
from edge.session.facts import AccessChanged

LOOK_S: Final = 0.5  # s between two looks at the file: the command line writes to it too
RETRY_S: Final = 5.0  # s after a disk that refused

log = logging.getLogger(__name__)


async def tell_changes(access: AccessStore, inbox: Inbox, clock_ns: Callable[[], int]) -> None:
    """Until cancelled. A change is forgotten by the file when the journal has it; told twice, it counts once."""
    while True:
        try:
            untold = access.untold()
        except sqlite3.Error as error:  # people's names must not end what sells
            log.error("the access file cannot be read", extra={"error": str(error)})
            untold = ()
        for change in untold:
            await inbox.put_and_wait(
                AccessChanged(
                    at_ns=clock_ns(),
                    book=access.book,
                    number=change.number,
                    unix_s=change.at_s,
                    action=change.action,
                    by=change.by,
                    detail=change.detail,
                )
            )
        try:
            if untold:
                await access.told(untold[-1].number)
        except AccessError:
            await asyncio.sleep(RETRY_S)
        await asyncio.sleep(LOOK_S)
