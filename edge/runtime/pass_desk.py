"""Passes that come without a page: read by a code reader, or sent by the cloud for somebody who has scanned the code on our screen.

Their text is checked and never journalled: a copy of the journal must not hold usable passes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

from cloud_bridge.entry_messages import OfferAnswerV1
from cloud_bridge.facts import EntryOffered
from devices.facts import CodeScanned
from edge.runtime.entry_codes import EntryCodes
from edge.session import refusals
from edge.session.facts import Source
from edge.web.front import EntryResult

MOST_AT_ONCE: Final = 8  # that are being decided; a store has a few doors, more is somebody who tries

log = logging.getLogger(__name__)

Present = Callable[[str, Source, str | None], Coroutine[Any, Any, EntryResult]]


class PassDesk:
    """``door_of_reader``: which door a reader stands at. ``answer``: takes what became of an offer, with its correlation data."""

    def __init__(
        self, present: Present, door_of_reader: Mapping[str, str | None], codes: EntryCodes, answer: Callable[[OfferAnswerV1, bytes], None]
    ) -> None:
        self._present = present
        self._door_of_reader = door_of_reader
        self._codes = codes
        self._answer = answer
        self._deciding: set[asyncio.Task[object]] = set()

    def scanned(self, fact: CodeScanned) -> None:
        """A reader has read something; what comes of it is seen at the door."""
        self._start(self._present(fact.text, "qr", self._door_of_reader[fact.reader]), "scanned code")

    def offered(self, fact: EntryOffered) -> None:
        """The cloud has sent a pass. Its code is used up by this, whatever becomes of the pass."""
        if len(self._deciding) >= MOST_AT_ONCE:
            self._refuse(fact, "busy")
        elif not self._codes.take(fact.code):
            self._refuse(fact, "code_unknown")
        else:
            self._start(self._decide(fact), "offered entry")

    async def _decide(self, fact: EntryOffered) -> None:
        result = await self._present(fact.text, "offer", fact.door)
        answer = OfferAnswerV1(accepted=result.accepted, code=result.code, words=result.words, visit=result.visit)
        self._answer(answer, fact.correlation)

    def _refuse(self, fact: EntryOffered, code: str) -> None:
        log.info("an offered entry was refused", extra={"code": code})
        self._answer(OfferAnswerV1(accepted=False, code=code, words=refusals.text_for(code)), fact.correlation)

    def _start(self, work: Coroutine[Any, Any, object], name: str) -> None:
        task: asyncio.Task[object] = asyncio.create_task(work, name=name)
        self._deciding.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[object]) -> None:
        self._deciding.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a %s could not be handled", task.get_name(), exc_info=error)
