"""One technician at the bench: the session with the cabinet out of service, one procedure at a time, the draft of what came out.

The session lives as long as somebody looks. Whatever ends it, procedures end with it and the cabinet stays out of service until a person
returns it. No door is moved by anything here but by a person's entry, which the state machine grants as any other.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, Literal

from cloud_bridge.live import BridgeLive
from devices.commissioning.said import CameToNothing
from devices.config import DevicesSettings
from devices.errors import DeviceError
from devices.facts import DeviceFact
from devices.station.search import wires
from devices.station.station import Station
from edge.runtime.clock import SystemClock
from edge.runtime.commissioning.answers import REFUSALS, done, refused
from edge.runtime.commissioning.draft import Draft
from edge.runtime.commissioning.entrance import Entrance
from edge.runtime.commissioning.feed import Feed
from edge.runtime.commissioning.procedure import Procedure
from edge.runtime.commissioning.record import CommissioningRecord
from edge.runtime.commissioning.searching import free_bus_name, free_name
from edge.runtime.commissioning.steps import STEPS
from edge.runtime.commissioning.views import bench_view
from edge.runtime.commissioning.work import Done, Work
from edge.runtime.inbox import Inbox
from edge.session.facts import ServiceRequested, Tended
from edge.session.state import StoreState, visit_of
from edge.session.turn import STORE
from edge.web.bench import (
    BenchResult,
    BenchView,
    Blocked,
    Ended,
    EndView,
    Figure,
    RecordRow,
    SessionView,
    StepOrder,
    TroubleView,
)
from edge.web.changing import ChangeResult, ChangingFront

PAGE_LOST_S: Final = 90.0  # s without a look; a browser asks a page in the background only once a minute
WATCH_S: Final = 0.5  # s between two looks at whether the session may go on
PATIENCE_S: Final = 120.0  # s that a person is waited for at each turn of a procedure
DETAIL_CHARS: Final = 500  # of a detail in the audit record
REASON: Final = "commissioning"  # why the cabinet is out of service

log = logging.getLogger(__name__)


class Commissioning:
    """Keeps :class:`edge.web.bench.CommissioningBench`. ``run`` must be running."""

    def __init__(
        self,
        settings: DevicesSettings,
        *,
        station: Station,
        inbox: Inbox,
        state: Callable[[], StoreState],
        changing: ChangingFront,
        record: CommissioningRecord,
        clock: SystemClock,
        version: str,
        cloud: Callable[[], BridgeLive] | None = None,
        page_lost_s: float = PAGE_LOST_S,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._station = station
        self._inbox = inbox
        self._state = state
        self._changing = changing
        self._record = record
        self._clock = clock
        self._version = version
        self._page_lost_s = page_lost_s
        self._patience_s = patience_s
        self._draft = Draft(settings)
        self._feed = Feed(lambda: self._draft.on_channel)
        self._wires = tuple(wires())
        self._entrance = Entrance(inbox, state, clock, cloud)
        self._session: tuple[str, float] | None = None  # who, since when
        self._looked_s = 0.0
        self._ended: EndView | None = None
        self._procedure: Procedure | None = None
        self._numbers = 0
        self._restart_needed = False

    async def run(self) -> None:
        """Watch over the session until cancelled; ends what runs then."""
        try:
            await asyncio.to_thread(self._record.open)
        except OSError as error:  # a store sells without it
            log.error("the commissioning record cannot be read", extra={"error": str(error)})
        last = next((row for row in reversed(self._record.rows) if row.step == "session"), None)
        if last is not None and last.outcome == "begun":
            self._ended = EndView(why="stopped", by=last.by, at_s=self._now_s(), out_of_service=True)
        try:
            while True:
                await asyncio.sleep(WATCH_S)
                if self._session is not None and (why := self._may_not_go_on()):
                    await self._end(why)
        finally:
            await self._stop_procedure()
            self._station.bench.close()

    def heard(self, fact: DeviceFact) -> None:
        """What the station tells, in its order."""
        self._feed.fact(fact)

    def look(self) -> BenchView:
        """See the protocol."""
        self._looked_s = self._now_s()
        session = None
        if self._session is not None:
            by, since_s = self._session
            session = SessionView(by=by, since_s=since_s, blocked=self._blocked())
        ended = self._ended if self._ended is None else replace(self._ended, out_of_service=_out_of_service(self._state()))
        return bench_view(
            self._draft.settings,
            on_channel=self._draft.on_channel,
            now_ns=self._clock.monotonic_ns(),
            session=session,
            ended=ended,
            procedure=None if self._procedure is None else self._procedure.view(),
            rows=self._record.rows,
            draft=tuple(self._draft.rows()),
            restart_needed=self._restart_needed,
            live=self._station.live(),
            feed=self._feed,
            wires=self._wires,
        )

    async def begin(self, by: str) -> BenchResult:
        """See the protocol. A session that is there already is taken over."""
        self._looked_s = self._now_s()
        if not _out_of_service(self._state()):
            await self._service("take_out_of_service", by)
        if self._session is None:
            self._ended = None
            self._feed.forget()
            self._station.bench.open(self._feed)
            self._session = (by, self._now_s())
            await self._keep(by, ("session", ""), "begun", "The cabinet is out of service.")
        else:
            self._session = (by, self._session[1])
        return done("begun")

    async def leave(self, by: str, *, back_in_service: bool) -> BenchResult:
        """See the protocol."""
        if self._session is not None:
            await self._end("left", by)
        if back_in_service:
            await self._service("return_to_service", by)
            return done("left_in_service")
        return done("left")

    async def start(self, order: StepOrder, by: str) -> BenchResult:
        """See the protocol."""
        kind = STEPS[order.step]
        if self._session is None:
            return refused("no_session")
        if blocked := self._blocked():
            return refused(blocked)
        if self._procedure is not None and self._procedure.state == "running":
            return refused("busy")
        if code := kind.refused(order, self._draft.settings):
            return refused(code)
        self._numbers += 1
        procedure = self._procedure = Procedure(self._numbers, order, by, self._now_s())
        procedure.work = Work(
            order=order,
            by=by,
            entrance=self._entrance,
            settings=self._draft.settings,
            feed=self._feed,
            bench=self._station.bench,
            live=self._station.live,
            draft=self._draft,
            tell=procedure.tell,
            show=procedure.show,
            progress=procedure.come,
            tended=lambda action, detail: self._tell(action, by, detail),
            patience_s=self._patience_s,
        )
        procedure.task = asyncio.create_task(self._do(procedure, procedure.work), name=f"commissioning {order.step}")
        return done("started")

    async def cancel(self, by: str) -> BenchResult:
        """See the protocol."""
        if self._procedure is None or self._procedure.state != "running":
            return refused("idle")
        await self._stop_procedure()
        return done("cancelled")

    async def adopt(self, number: int, by: str) -> BenchResult:
        """See the protocol."""
        work = None if self._procedure is None else self._procedure.work
        if work is None or number >= len(work.devices) or work.devices[number].verdict not in ("unknown", "other"):
            return refused("unknown_device")
        found = work.devices[number]
        values = {"driver": found.driver, "product": found.product, "options": dict(found.options)}
        if found.device is not None:
            self._draft.want("device", found.device, **values)
            return done("adopted")
        bus = work.order.subject
        if not bus:
            bus = free_bus_name(found, self._draft.names("bus"))
            self._draft.want("bus", bus, url=work.order.url, baud=found.baud, parity=work.order.parity)
        address = {} if found.address is None else {"address": found.address}
        self._draft.want("device", free_name(found, self._draft.names("device")), bus=bus, **address, **values)
        return done("adopted")

    async def drop(self, section: str, name: str, by: str) -> BenchResult:
        """See the protocol."""
        return done("dropped") if self._draft.drop(section, name) else refused("nothing_drafted")

    async def write(self, by: str, reason: str, *, check: bool) -> ChangeResult:
        """See the protocol."""
        if not self._draft:
            return ChangeResult(accepted=False, code="nothing_drafted", words=REFUSALS["nothing_drafted"], version="")
        version, tables = await self._changing.tables()
        result = await self._changing.change(self._draft.over(tables), by, reason, version, check=check)
        if result.accepted and not check:
            changed = "; ".join(f"{row.section} {row.name}: {row.key} = {row.after}" for row in self._draft.rows())
            self._draft.written()
            self._restart_needed = self._restart_needed or result.restart_needed
            await self._keep(by, ("write", ""), "written", changed[:2000])
        return result

    async def record(self, limit: int) -> Sequence[RecordRow]:
        """See the protocol."""
        return list(reversed(self._record.rows[-limit:]))

    async def _do(self, procedure: Procedure, work: Work) -> None:
        """One procedure to its end, whatever that is."""
        try:
            came = await STEPS[procedure.order.step].do(work)
        except asyncio.CancelledError:
            procedure.state = "cancelled"
            raise
        except CameToNothing as error:
            await self._failed(procedure, TroubleView(code=error.code, words=str(error), advice=error.advice, figures=error.figures))
        except DeviceError as error:
            advice = "See what the page Devices says of it."
            await self._failed(procedure, TroubleView(code="device", words=str(error), advice=advice, figures={"device": error.device}))
        except Exception:
            log.exception("a step of the commissioning failed", extra={"step": procedure.order.step})
            words = "It ended by an error of the program; see the log."
            await self._failed(procedure, TroubleView(code="internal", words=words, advice="Try again."))
        else:
            await self._passed(procedure, came)

    async def _passed(self, procedure: Procedure, came: Done) -> None:
        procedure.progress = None
        procedure.state = outcome = "passed" if came.well else "failed"
        order = procedure.order
        self._tell("commissioned", procedure.by, f"{order.step} {order.subject}: {outcome}, {came.words}")
        await self._keep(procedure.by, (order.step, order.subject), outcome, came.words, figures=came.figures)

    async def _failed(self, procedure: Procedure, trouble: TroubleView) -> None:
        procedure.trouble, procedure.state = trouble, "failed"
        order = procedure.order
        await self._keep(procedure.by, (order.step, order.subject), "failed", trouble.words, figures=trouble.figures, code=trouble.code)

    async def _stop_procedure(self) -> None:
        procedure = self._procedure
        if procedure is not None and procedure.task is not None and not procedure.task.done():
            procedure.task.cancel()
            await asyncio.gather(procedure.task, return_exceptions=True)
            if procedure.state == "running":  # it was ended before it had begun
                procedure.state = "cancelled"

    async def _end(self, why: Ended, by: str = "") -> None:
        """The session is over; the cabinet stays as it is."""
        if self._session is None:
            return
        owner, _ = self._session
        self._session = None
        await self._stop_procedure()
        self._station.bench.close()
        self._feed.forget()
        self._draft.drop("", "")
        self._procedure = None
        self._ended = EndView(why=why, by=by or owner, at_s=self._now_s(), out_of_service=_out_of_service(self._state()))
        await self._keep(by or owner, ("session", ""), why, "The session is over.")

    def _may_not_go_on(self) -> Ended | None:
        if self._now_s() - self._looked_s > self._page_lost_s:
            return "page_lost"
        if not _out_of_service(self._state()):
            return "back_in_service"
        running = self._procedure is not None and self._procedure.state == "running"
        return "somebody_inside" if running and _shopper_inside(self._state()) else None

    def _blocked(self) -> Blocked:
        """Why no procedure may run now; "" where one may."""
        state = self._state()
        if not _out_of_service(state):
            return "in_service"
        return "somebody_inside" if _shopper_inside(state) else ""

    async def _service(self, action: Literal["take_out_of_service", "return_to_service"], by: str) -> None:
        await self._inbox.put_and_wait(ServiceRequested(at_ns=self._clock.monotonic_ns(), action=action, by=by, reason=REASON))

    def _tell(self, action: str, by: str, detail: str) -> None:
        self._inbox.put(Tended(at_ns=self._clock.monotonic_ns(), action=action, by=by, detail=detail[:DETAIL_CHARS]))

    async def _keep(
        self, by: str, place: tuple[str, str], outcome: str, words: str, *, figures: Mapping[str, Figure] | None = None, code: str = ""
    ) -> None:
        """One row of the record; ``place`` is step and subject."""
        step, subject = place
        reading = self._clock.read()
        await self._record.add(
            RecordRow(
                number=0,
                at_unix_s=round(reading.wall_ns / 1e9, 1),
                vouched=reading.trusted_unix_s is not None,
                by=by,
                step=step,
                subject=subject,
                outcome=outcome,
                words=words,
                code=code,
                figures=figures or {},
                version=self._version,
            )
        )

    def _now_s(self) -> float:
        return self._clock.monotonic_ns() / 1e9


def _out_of_service(state: StoreState) -> bool:
    return any(alarm.code == "out_of_service" and alarm.subject == STORE for alarm in state.alarms)


def _shopper_inside(state: StoreState) -> bool:
    """Somebody who may be billed has access to the shelves. Staff at the open door is what commissioning needs."""
    visit = visit_of(state.phase)
    return visit is not None and visit.role == "shopper" and not visit.unattended
