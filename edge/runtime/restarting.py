"""The wish to start the controller anew: kept until nobody is inside, for a bounded time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from edge.runtime.clock import SystemClock
from edge.runtime.inbox import Inbox
from edge.session.facts import ServiceRequested
from edge.session.state import Idle, StoreState
from edge.web.changing import RestartResult

log = logging.getLogger(__name__)

AGAIN: Final = 75  # exit code of a process that wants to be started again (EX_TEMPFAIL of sysexits.h: nothing is wrong, try again)
WAITS_S: Final = 900.0  # s until a wish is forgotten: longer than nearly every visit, and its author still knows of it
ANSWERED_S: Final = 0.3  # s for the answer to reach the page before the connection is cut


class Restarting:
    """``end`` ends the process so that whoever started it starts it again. ``look`` must be called whenever the state has changed."""

    def __init__(self, inbox: Inbox, clock: SystemClock, state: Callable[[], StoreState], end: Callable[[], None]) -> None:
        self._inbox = inbox
        self._clock = clock
        self._state = state
        self._end = end
        self._until_ns: int | None = None
        self._ending: asyncio.TimerHandle | None = None

    @property
    def wanted(self) -> bool:
        """Does somebody wait for it?"""
        return self._until_ns is not None and self._clock.monotonic_ns() < self._until_ns

    async def ask(self, by: str, reason: str) -> RestartResult:
        """Journal the wish; it comes true at once, or when the cabinet is idle."""
        state = await self._inbox.put_and_wait(ServiceRequested(at_ns=self._clock.monotonic_ns(), action="restart", by=by, reason=reason))
        self._until_ns = self._clock.monotonic_ns() + round(WAITS_S * 1e9)
        self.look(self._state())
        if isinstance(state.phase, Idle):
            return RestartResult(accepted=True, code="restarting", words="The controller starts anew; the page is back in a few seconds.")
        words = "The controller starts anew once nobody is inside."
        return RestartResult(accepted=True, code="after_visit", words=words, waits_s=WAITS_S)

    def look(self, state: StoreState) -> None:
        """End soon where that is wanted and nobody is inside."""
        if self._until_ns is None or self._ending is not None:
            return
        if not self.wanted:
            self._until_ns = None
            log.warning("the restart is given up: somebody was inside all the time", extra={"waited_s": WAITS_S})
        elif isinstance(state.phase, Idle):
            self._ending = asyncio.get_running_loop().call_later(ANSWERED_S, self._now)

    def _now(self) -> None:
        self._ending = None
        if isinstance(self._state().phase, Idle):
            log.info("starting anew")
            self._end()
        else:
            self.look(self._state())
