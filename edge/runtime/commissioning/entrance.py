"""Lets the technician in from the page: an entry of staff, as a pass at the door would be, decided by the state machine as any other."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cloud_bridge.envelope import uuid7
from cloud_bridge.live import BridgeLive
from devices.commissioning.said import CameToNothing
from edge.runtime.clock import SystemClock
from edge.runtime.inbox import Inbox
from edge.session.facts import EntryRequested, PassClaims
from edge.session.state import Idle, Result, StoreState, Visit, visit_of
from edge.store.model import StoreModel

LOOK_S: Final = 0.1  # s between two looks at the state while something is waited for
IDLE_WITHIN_S: Final = 75.0  # s; a receipt is on the screen for a minute at the longest
PASS_VALID_S: Final = 60  # s; the pass is made for this one entry and used at once


@dataclass(frozen=True, slots=True)
class Entered:
    """Somebody was let in: the visit, and when it was asked for (monotonic ns)."""

    visit: str
    asked_ns: int


class Entrance:
    """``state`` is the store's. ``cloud`` None: there is none."""

    def __init__(self, inbox: Inbox, state: Callable[[], StoreState], clock: SystemClock, cloud: Callable[[], BridgeLive] | None) -> None:
        self._inbox = inbox
        self._state = state
        self._clock = clock
        self.cloud = cloud

    @property
    def state(self) -> StoreState:
        """The store now."""
        return self._state()

    @property
    def store(self) -> StoreModel:
        """The shop as it is described. RuntimeError before it was."""
        store = self._state().store
        if store is None:
            raise RuntimeError("the first facts of a run describe the shop")
        return store

    async def let_in(self, by: str, door: str | None) -> Entered:
        """Ask for an entry of ``by`` as technician, once nobody is inside. CameToNothing where a door is not shut or it is refused."""
        await self._nobody()
        for each in self.state.doors:
            if door in (None, each.door) and not each.proven_shut:
                raise CameToNothing(
                    f"door {each.door} is not shut and held",
                    "Shut it until it is held. Where it is, its sensors are the wrong way round: do the step Doors first.",
                    code="door_not_shut",
                    figures={"door": each.door},
                )
        reading = self._clock.read()
        visit = uuid7(reading.wall_ns, os.urandom(10))
        now_s = reading.wall_ns // 1_000_000_000
        claims = PassClaims(
            pass_id=f"commissioning-{visit}",
            holder=by,
            role="technician",
            not_before_s=now_s,
            expires_s=now_s + PASS_VALID_S,
            limit_minor=None,
            currency=None,
        )
        fact = EntryRequested(
            at_ns=reading.monotonic_ns,
            visit=visit,
            source="api",
            credential=claims,
            unix_s=reading.trusted_unix_s,
            door=door,
            vouched=True,
        )
        state = await self._inbox.put_and_wait(fact)
        running = visit_of(state.phase)
        if running is None or running.visit != visit:
            told = state.last_refusal
            why = (told.code, told.text) if told is not None and told.visit == visit else ("busy", "")
            raise CameToNothing(
                f"nobody was let in: {why[0]}", why[1] or "Begin again.", code="not_let_in", figures={"reason": why[0], "why": why[1]}
            )
        return Entered(visit, reading.monotonic_ns)

    def visit(self, entered: Entered) -> Visit | None:
        """The visit as far as it has come; None once it is over."""
        running = visit_of(self.state.phase)
        return running if running is not None and running.visit == entered.visit else None

    def result(self, entered: Entered) -> Result | None:
        """How it ended."""
        return next((result for result in self.state.results if result.visit == entered.visit), None)

    async def until(self, true: Callable[[], bool], within_s: float) -> bool:
        """Look until it is so. False: it was not within that time."""
        try:
            async with asyncio.timeout(within_s):
                while True:
                    if true():
                        return True
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            return False

    async def _nobody(self) -> None:
        """Returned: nobody is inside, and nothing is on the screen."""
        if not await self.until(lambda: isinstance(self.state.phase, Idle), IDLE_WITHIN_S):
            raise CameToNothing(
                "somebody else is inside", "Wait until that visit is over.", code="not_let_in", figures={"reason": "busy", "why": ""}
            )
