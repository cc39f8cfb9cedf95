"""The loop in the middle: inbox, ``step``, journal, commands. One fact at a time, durable before anything is done about it."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from cloud_bridge.outbox import ClockStamp
from edge.runtime.clock import SystemClock
from edge.runtime.executor import Executor
from edge.runtime.inbox import Entry, Inbox
from edge.runtime.journal import Issued, JournalReader, JournalWriter, Record
from edge.runtime.tallies import Tallies
from edge.session.commands import Command, IssueReceipt, RecordAudit, ReviseReceipt
from edge.session.facts import Fact, TimerElapsed
from edge.session.machine import step
from edge.session.state import StoreState, initial, next_deadline_ns
from edge.translate.messages import outgoing

log = logging.getLogger(__name__)

IDLE_BEAT_S = 1.0  # s; how often the loop shows that it is alive while nothing happens
RETRY_S = 1.0  # s between attempts while the disk refuses the journal; the watchdog ends the process if it lasts


class StateListener(Protocol):
    """Told after every batch, once it is durable."""

    def __call__(self, state: StoreState, commands: Sequence[Command]) -> None:
        """Must not raise and must not wait."""
        ...


def recover(reader: JournalReader) -> StoreState:
    """The state as of the journal's last fact: the latest snapshot plus the facts after it. Nothing is executed."""
    state = reader.snapshot(latest=True) or initial()
    for stored in reader.facts(after=state.fact_no):
        state, _ = step(state, stored.fact)
    return state


class StoreLoop:
    """Owns the state. Everything else sees it through ``state`` or the listener, read only."""

    def __init__(
        self,
        state: StoreState,
        *,
        inbox: Inbox,
        journal: JournalWriter,
        executor: Executor,
        clock: SystemClock,
        beat: Callable[[], None],
        tallies: Tallies,
        listener: StateListener,
    ) -> None:
        self.state = state
        self._tallies = tallies
        self._inbox = inbox
        self._journal = journal
        self._executor = executor
        self._clock = clock
        self._beat = beat
        self._listener = listener
        self._timer: asyncio.TimerHandle | None = None
        self._stepped = asyncio.Condition()

    async def changed(self) -> None:
        """Returns after the next batch."""
        async with self._stepped:
            await self._stepped.wait()

    async def run(self) -> None:
        """Until cancelled. Raises what makes going on unsafe, so that the process ends and starts anew from the journal."""
        self._set_timer()
        while True:
            batch = await self._inbox.take(IDLE_BEAT_S)
            self._beat()
            if batch:
                await self.handle(batch)

    async def handle(self, batch: Sequence[Entry]) -> None:
        """Step, commit, then execute one batch of facts."""
        state = self.state
        stamp = self._clock.stamp()
        records: list[Record] = []
        states: list[StoreState] = []
        caused: list[tuple[int, tuple[Command, ...]]] = []
        for entry in batch:
            began = time.perf_counter()
            state, commands = step(state, entry.fact)
            self._tallies.step.add(time.perf_counter() - began)
            messages = tuple(message for command in commands if (message := outgoing(command)) is not None)
            issued = next(
                (Issued(one.receipt, max(0, entry.fact.at_ns - one.closed_ns)) for one in commands if isinstance(one, IssueReceipt)), None
            )
            revision = next((one.revision for one in commands if isinstance(one, ReviseReceipt)), None)
            audits = tuple(one for one in commands if isinstance(one, RecordAudit))
            records.append(Record(entry.fact, state.fact_no, messages, issued, revision, audits))
            states.append(state)
            caused.append((state.fact_no, commands))
        began = time.perf_counter()
        await self._commit(records, state, stamp)
        self._tallies.commit.add(time.perf_counter() - began)
        now_ns = self._clock.monotonic_ns()
        self.state = state
        for one, (fact_no, commands) in zip(records, caused, strict=True):
            self._executor.execute(fact_no, commands)
            self._tallies.count(commands, now_ns)
            if one.issued is not None:
                log.info(
                    "receipt stored",
                    extra={
                        "visit": one.issued.receipt.visit,
                        "status": one.issued.receipt.status,
                        "own_ms": round((now_ns - one.fact.at_ns) / 1e6, 2),
                        "after_closing_s": round(one.issued.took_ns / 1e9, 2),
                    },
                )
        self._set_timer()
        self._listener(state, tuple(command for _, commands in caused for command in commands))
        for entry, after in zip(batch, states, strict=True):
            if entry.done is not None and not entry.done.done():
                entry.done.set_result(after)
        async with self._stepped:
            self._stepped.notify_all()

    async def _commit(self, records: Sequence[Record], state: StoreState, stamp: ClockStamp) -> None:
        refused = ""
        while True:
            try:
                await self._journal.commit(records, state, stamp)
            except sqlite3.OperationalError as error:
                # Disk full or not answering. Nothing was written and nothing has been done: the facts are kept and tried again.
                again, refused = str(error) == refused, str(error)
                if not again:  # said once, not every second on a disk that is full already
                    log.error("the journal cannot be written; nothing is executed until it can", extra={"error": str(error)})
                if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:  # a lock that is merely busy must not cost the reserve
                    dropped = await self._journal.make_room()
                    if dropped or not again:
                        log.warning("made room on the journal's disk", extra={"confirmed_events_dropped": dropped})
                await asyncio.sleep(RETRY_S)
            else:
                if refused:
                    log.info("the journal can be written again")
                return

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline_ns = next_deadline_ns(self.state)
        if deadline_ns is not None:
            delay_s = max(0.0, (deadline_ns - self._clock.monotonic_ns()) / 1e9)
            self._timer = asyncio.get_running_loop().call_later(delay_s, self._time_is_up)

    def _time_is_up(self) -> None:
        fact: Fact = TimerElapsed(at_ns=self._clock.monotonic_ns())
        self._inbox.put(fact)
