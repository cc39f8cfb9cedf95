"""The controller's end of the eye's socket: facts in, wishes out, connected again whenever it breaks.

The eye is another process and may be slow, gone, restarted or broken. It can tell nonsense, and it can tell too much: both are counted and
dropped here, so that neither the journal nor the visit suffers. Says EyeLost itself; nobody else does. Says EyeOpened once more when an
eye that had died again and again has answered for a while.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from edge.runtime.eye_sense import AHEAD_NS, enrolment_makes_sense, sighting_makes_sense, state_makes_sense
from edge.session.eye import STEADY_NS
from vision.facts import CameraFound, CameraLost, EyeLost, EyeOpened, ItemSeen, VisionFact
from vision.wire import BEAT, MAX_LINE, SILENT_S, EndEnrolment, VisitOver, Wish, fact_of, wish_line

log = logging.getLogger(__name__)

FIRST_PATIENCE_S: Final = 10.0  # s after the start before an eye that was never there is lost: it loads models meanwhile
GREETING_WITHIN_S: Final = 5.0  # s from the connection to the first fact
RETRY_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 2.0, 5.0)  # s between attempts, the last one for good
WRITE_WITHIN_S: Final = 2.0  # s for the eye to take a wish; it has nothing to do on that side but to read
MAX_WISHES: Final = 64  # that wait for an eye that is gone: the ends of visits, so that it forgets their pictures
SIGHTINGS_PER_S: Final = 20.0  # a busy cabinet has two or three reaches a second
SIGHTINGS_AT_ONCE: Final = 200.0  # what was kept for a controller that was away
STATES_PER_S: Final = 2.0  # facts about the eye and its cameras
STATES_AT_ONCE: Final = 40.0  # every camera lost and found twice, and the greeting
ENROLMENTS_PER_S: Final = 3.0  # photographs judged and codes read; a person shows one a second
ENROLMENTS_AT_ONCE: Final = 30.0
MAX_BAD_LINES: Final = 200  # in one connection; what sends so many is no eye
AFTER_DEATH_S: Final = (0.1, 1.0, 2.0, 5.0, 10.0, 30.0)  # s the same at least, after an eye that answered and died, time after time
STEADY_S: Final = 10.0  # s a connection must have lasted for the next attempt to come soon
UP_S: Final = STEADY_NS / 1e9  # s an eye must have been open for its deaths before that to be forgotten


@dataclass(frozen=True, slots=True)
class EyeLinkLive:
    """How the link does. ``dropped``: lines that were no facts, made no sense or were too many; ``times_lost`` since the start."""

    connected: bool = False
    facts: int = 0
    dropped: int = 0
    times_lost: int = 0


class EyeLink:
    """Runs until cancelled. Everything belongs to the thread of the store's event loop."""

    def __init__(
        self,
        socket: Path,
        cameras: Collection[str],
        sink: Callable[[VisionFact], None],
        monotonic_ns: Callable[[], int],
        *,
        first_patience_s: float = FIRST_PATIENCE_S,
    ) -> None:
        self._socket = socket
        self._cameras = frozenset(cameras)
        self._sink = sink
        self._now_ns = monotonic_ns
        self._patience_s = first_patience_s
        self._wishes: deque[Wish] = deque(maxlen=MAX_WISHES)
        self._wished = asyncio.Event()
        self._sightings = _Allowance(SIGHTINGS_AT_ONCE, SIGHTINGS_PER_S)
        self._states = _Allowance(STATES_AT_ONCE, STATES_PER_S)
        self._enrolments = _Allowance(ENROLMENTS_AT_ONCE, ENROLMENTS_PER_S)
        self._opened = False
        self._said_lost = False
        self._opened_ns = 0
        self._deaths = 0
        self.live = EyeLinkLive()

    def tell(self, wish: Wish) -> None:
        """Send it when the eye is there. While it is not, only the ends of visits and of enrolments wait for it."""
        if self._opened or isinstance(wish, VisitOver | EndEnrolment):
            self._wishes.append(wish)
            self._wished.set()

    async def run(self) -> None:
        """Connect, hear and tell, over and over."""
        began_ns = self._now_ns()
        attempt = 0
        while True:
            tried_ns = self._now_ns()
            try:
                reason = await self._connected()
            except OSError as error:
                reason = f"{self._socket}: {error.strerror or error}"
            lasted_s = (self._now_ns() - tried_ns) / 1e9
            if lasted_s >= STEADY_S:
                attempt = 0
            wait_s = RETRY_S[min(attempt, len(RETRY_S) - 1)]
            if self._opened:
                self._opened = False
                up_s = (self._now_ns() - self._opened_ns) / 1e9
                self._deaths = 1 if up_s >= UP_S else self._deaths + 1
                wait_s = max(wait_s, AFTER_DEATH_S[min(self._deaths, len(AFTER_DEATH_S)) - 1])
                self.live = replace(self.live, connected=False, times_lost=self.live.times_lost + 1)
                self._lost(reason)
            elif self._now_ns() - began_ns >= self._patience_s * 1e9:
                self._lost(reason)
            await asyncio.sleep(wait_s)
            attempt += 1

    async def _connected(self) -> str:
        """One connection from beginning to end; gives the reason of the end. Raises OSError where there is none."""
        reader, writer = await asyncio.open_unix_connection(self._socket, limit=MAX_LINE)
        telling = asyncio.create_task(self._write(writer), name="wishes to the eye")
        hearing = asyncio.create_task(self._hear(reader), name="facts of the eye")
        try:
            done, _ = await asyncio.wait({telling, hearing}, return_when=asyncio.FIRST_COMPLETED)
            return (hearing if hearing in done else telling).result()
        finally:
            for task in (telling, hearing):
                task.cancel()
            await asyncio.gather(telling, hearing, return_exceptions=True)
            writer.transport.abort()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _hear(self, reader: asyncio.StreamReader) -> str:
        greeting_by = asyncio.get_running_loop().time() + GREETING_WITHIN_S
        bad = 0
        opened: EyeOpened | None = None
        up_by = math.inf
        while bad < MAX_BAD_LINES:
            if opened is not None and asyncio.get_running_loop().time() >= up_by:
                up_by = math.inf
                self._sink(replace(opened, at_ns=self._now_ns()))
            try:
                now = asyncio.get_running_loop().time()
                async with asyncio.timeout_at(now + SILENT_S if self._opened else greeting_by):
                    line = await reader.readuntil(b"\n")
            except TimeoutError:
                if self._opened:
                    return f"it has said nothing for {SILENT_S:g} s"
                return "it does not say what it is; another program seems to listen there"
            except asyncio.IncompleteReadError:
                return "it closed the connection"
            except asyncio.LimitOverrunError:
                return f"it sent a line of more than {MAX_LINE} bytes"
            except ConnectionError:
                return "the connection broke"
            if line == BEAT and self._opened:
                continue
            fact = self._checked(fact_of(line))
            if fact is None or not (self._opened or isinstance(fact, EyeOpened)):
                self.live = replace(self.live, dropped=self.live.dropped + 1)
                bad += 1
                continue
            if not self._opened:
                self._opened, self._opened_ns, self._said_lost = True, fact.at_ns, False
                log.info("the eye answers", extra={"socket": str(self._socket)})
                up_by = asyncio.get_running_loop().time() + UP_S if self._deaths > 1 else math.inf
            if isinstance(fact, EyeOpened):
                opened = fact
            self.live = replace(self.live, connected=True, facts=self.live.facts + 1)
            self._sink(fact)
        return f"it sent {bad} lines that make no sense or are too many"

    async def _write(self, writer: asyncio.StreamWriter) -> str:
        while True:
            await self._wished.wait()
            self._wished.clear()
            while self._wishes:
                writer.write(wish_line(self._wishes[0]))
                try:
                    async with asyncio.timeout(WRITE_WITHIN_S):
                        await writer.drain()
                except TimeoutError:
                    return f"it took nothing for {WRITE_WITHIN_S:g} s"
                except ConnectionError:
                    return "the connection broke"
                self._wishes.popleft()

    def _checked(self, fact: VisionFact | None) -> VisionFact | None:
        """The fact with a time that has come, or None where it is none, makes no sense or is one too many."""
        now_ns = self._now_ns()
        if fact is None or isinstance(fact, EyeLost) or not 0 <= fact.at_ns <= now_ns + AHEAD_NS:
            return None
        if isinstance(fact, ItemSeen):
            wanted = sighting_makes_sense(fact, self._cameras, now_ns) and self._sightings.take(now_ns)
        elif isinstance(fact, CameraLost | CameraFound | EyeOpened):
            wanted = state_makes_sense(fact) and self._states.take(now_ns)
        else:
            wanted = enrolment_makes_sense(fact) and self._enrolments.take(now_ns)
        if not wanted:
            return None
        return fact if fact.at_ns <= now_ns else replace(fact, at_ns=now_ns)

    def _lost(self, reason: str) -> None:
        """Said once until it is back."""
        if not self._said_lost:
            self._said_lost = True
            log.warning("the eye does not answer", extra={"reason": reason})
            self._sink(EyeLost(at_ns=self._now_ns(), reason=reason))


class _Allowance:
    """So many at once, and so many a second after that."""

    def __init__(self, most: float, per_s: float) -> None:
        self._most, self._per_s = most, per_s
        self._left, self._counted_ns = most, 0

    def take(self, now_ns: int) -> bool:
        """One more, where it is within the allowance."""
        self._left = min(self._most, self._left + (now_ns - self._counted_ns) / 1e9 * self._per_s)
        self._counted_ns = now_ns
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True
