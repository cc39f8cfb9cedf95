"""The one loop per device: introduce, read at its pace, notice silence, ask again, introduce anew after every reopening of the port.

Readings go to the jobs it was given; what a reading means is their business. Nothing here moves anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from devices.drivers.driver import Clock, Driver, Link
from devices.errors import DeviceError, Misconfigured
from devices.ports import Identity
from devices.station.lifeline import Lifeline, ProbeBudget

FIRST_OPEN_S = 1.0
"""The port may take so long to open after the start before questions to its devices count as unanswered."""

RETRY_S = 0.1
"""Between two questions to a device that did not answer the last one, and while the port is closed."""

LONGEST_SLEEP_S = 1.0
"""The loop shows that it lives at least so often."""

HURRY_S = 0.01
"""Between two readings while somebody waits for a sensor to move: others on the line get their turn in it."""

ATTENTIVE_S = 0.005
"""From one weight reading to the next while somebody may be at the shelf: transmitters convert 80 times per second, more says nothing
new, and a block of six channels then comes 66 times per second on a line of 115200 baud, 40 times at 38400."""

Job: TypeAlias = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class _Turn:
    """A job, its period, when it is due next and when it was last done (monotonic ns)."""

    job: Job
    period_ns: int
    urgent: bool
    weighs: bool
    due_ns: int = 0
    done_ns: int = 0


class DeviceWatch:
    """Keeps one device known. ``lost``/``found`` are called once per change; ``beat`` on every round."""

    def __init__(
        self,
        driver: Driver,
        link: Link,
        budget: ProbeBudget,
        *,
        lost: Callable[[str, str], None],
        found: Callable[[str], None],
        beat: Callable[[str], None],
        clock_ns: Clock,
    ) -> None:
        self.driver = driver
        self.name = driver.name
        self.lifeline = Lifeline()
        self.identity: Identity | None = None
        self._link = link
        self._budget = budget
        self._lost = lost
        self._found = found
        self._beat = beat
        self._clock_ns = clock_ns
        self._turns: list[_Turn] = []
        self._session = -1
        self._last_probe_ns: int | None = None
        self._hurry_until_ns = 0
        self._attentive = False
        self._sleeper: asyncio.Future[None] | None = None
        self.misconfigured = False
        self.last_failure: tuple[int, str] | None = None
        """When (monotonic ns) and how a request failed last; kept after the device answers again."""

    def add(self, job: Job, period_s: float, *, urgent: bool = False, weighs: bool = False) -> None:
        """Do ``job`` every ``period_s`` while the device is there. ``hurry`` quickens the ``urgent`` jobs, ``attend`` those that weigh."""
        self._turns.append(_Turn(job, round(period_s * 1e9), urgent, weighs))
        self._wake()

    def drop(self, job: Job) -> None:
        """Do it no more."""
        self._turns = [turn for turn in self._turns if turn.job is not job]

    @property
    def busy(self) -> bool:
        """It has something to do."""
        return bool(self._turns)

    @property
    def online(self) -> bool:
        """It answers, with the right identity, since the last opening of its port, which is open."""
        return self.lifeline.state == "online" and self._session == self._link.opened and self._link.connected

    @property
    def complaint(self) -> str:
        """Why it is not online, in words."""
        return self._link.trouble or self.lifeline.last_error or f"{self.name}: has not answered yet"

    def hurry(self, until_ns: int) -> None:
        """Read its inputs as fast as the line allows until then: somebody waits for a sensor."""
        self._hurry_until_ns = max(self._hurry_until_ns, until_ns)
        self._wake()

    def attend(self, attentive: bool) -> None:
        """Weigh as fast as the line allows, or (false) at the product's own pace, which costs less and is enough for a closed cabinet."""
        if attentive != self._attentive:
            self._attentive = attentive
            self._wake()

    def calm(self) -> None:
        """Back to its own pace: the sensor has moved."""
        self._hurry_until_ns = 0

    async def run(self) -> None:
        """Until cancelled."""
        began_ns = self._clock_ns()
        while not self._link.connected and self._clock_ns() - began_ns < FIRST_OPEN_S * 1e9:
            self._beat(self.name)
            await asyncio.sleep(0.02)
        while True:
            self._beat(self.name)
            if self.lifeline.state == "lost":
                await self._ask_again()
            elif not self.online:
                await self._introduce()
            else:
                await self._work()

    async def _introduce(self) -> None:
        session = self._link.opened
        try:
            identity = await self.driver.identify()
        except DeviceError as error:
            self._missed(error)
            if self.lifeline.state != "lost":
                await self._sleep(RETRY_S)
            return
        self.identity = identity
        self._session = session
        self.lifeline.hit(self._clock_ns())
        for turn in self._turns:
            turn.due_ns = 0
        if self.lifeline.accept():
            self._found(self.name)

    async def _ask_again(self) -> None:
        now_ns = self._clock_ns()
        if not self._link.connected:
            self._last_probe_ns = None  # the port itself is gone: ask as soon as it is back
            await self._sleep(RETRY_S)
            return
        wait_ns = self._budget.wait_ns(now_ns, self._last_probe_ns)
        if wait_ns > 0:
            await self._sleep(wait_ns / 1e9)
            return
        self._last_probe_ns = now_ns
        self._budget.reserve(now_ns, self.driver.timeout_s + self.driver.settle_s)
        await self._introduce()
        self._budget.spent(now_ns, self._clock_ns())

    async def _work(self) -> None:
        now_ns = self._clock_ns()
        hurried = now_ns < self._hurry_until_ns
        turn = min(self._turns, key=lambda each: self._due_ns(each, hurried))
        wait_ns = self._due_ns(turn, hurried) - now_ns
        if wait_ns > 0:
            await self._sleep(wait_ns / 1e9)
            return
        turn.due_ns = now_ns + turn.period_ns
        try:
            await turn.job()
        except DeviceError as error:
            turn.due_ns = min(turn.due_ns, self._clock_ns() + round(RETRY_S * 1e9))
            self._missed(error)
        else:
            turn.done_ns = self._clock_ns()
            self.lifeline.hit(turn.done_ns)

    def _due_ns(self, turn: _Turn, hurried: bool) -> int:
        if hurried and turn.urgent:
            return min(turn.due_ns, turn.done_ns + round(HURRY_S * 1e9))
        if self._attentive and turn.weighs:
            return min(turn.due_ns, turn.done_ns + round(ATTENTIVE_S * 1e9))
        return turn.due_ns

    def _wake(self) -> None:
        if self._sleeper is not None:
            _wake(self._sleeper)

    def _missed(self, error: DeviceError) -> None:
        self.misconfigured = isinstance(error, Misconfigured)
        self.last_failure = self._clock_ns(), str(error)
        if self.lifeline.miss(error):
            self._last_probe_ns = self._clock_ns()
            self._lost(self.name, str(error))

    async def _sleep(self, seconds: float) -> None:
        """At most LONGEST_SLEEP_S; ``hurry`` ends it early."""
        loop = asyncio.get_running_loop()
        self._sleeper = loop.create_future()
        timer = loop.call_later(min(seconds, LONGEST_SLEEP_S), _wake, self._sleeper)
        try:
            await self._sleeper
        finally:
            timer.cancel()
            self._sleeper = None


def _wake(sleeper: asyncio.Future[None]) -> None:
    if not sleeper.done():
        sleeper.set_result(None)
