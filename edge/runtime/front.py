"""The store as the web room and the readers see it: presents passes, answers listings, keeps the numbers."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import Any, Final

from cloud_bridge.envelope import uuid7
from edge.access.store import AccessStore
from edge.day_sums import DaySums, day_sums, span_of
from edge.figures import StoreMetrics
from edge.runtime.broadcast import Broadcast
from edge.runtime.clock import SystemClock
from edge.runtime.enrolment import Enroller
from edge.runtime.entry_codes import EntryCodes
from edge.runtime.inbox import Inbox
from edge.runtime.journal import JournalReader
from edge.runtime.pictures import PictureShelf
from edge.runtime.receipt_records import receipt_record, standing
from edge.runtime.restarting import Restarting
from edge.runtime.sample_tap import SampleTap, shop_for_recording
from edge.runtime.store_loop import StoreLoop
from edge.runtime.tallies import Tallies
from edge.runtime.watchdog import Watchdog
from edge.session import refusals
from edge.session.facts import EntryRequested, PiecesCounted, ReceiptReviewed, ServiceRequested, Source, StockCounted
from edge.session.faults import FAULTS
from edge.session.passes import PassKeys, check_pass
from edge.session.review import REVIEW_WORDS
from edge.session.state import Authorising, StoreState, visit_of
from edge.session.stocktake import STOCKTAKE_WORDS, stocktake_code
from edge.session.weights import COUNT_WORDS
from edge.snapshot import ReceiptRecord, StoreSnapshot
from edge.web.bench import CommissioningBench
from edge.web.care.front import CareFront
from edge.web.changing import ChangingFront, GoodsFront, RestartResult
from edge.web.front import (
    AuditRow,
    CameraPicture,
    CountResult,
    EntryResult,
    ReviewOrder,
    ReviewResult,
    ServiceAction,
    ServiceResult,
    StocktakeResult,
)

DECISION_SLACK_S: Final = 1.0  # s beyond the cloud's own time-out before a caller is told that no decision came
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")


class Front:
    """Keeps :class:`edge.web.front.StoreFront`. Everything that changes the store goes through the inbox."""

    def __init__(
        self,
        *,
        tenant: str,
        store: str,
        keys: PassKeys,
        inbox: Inbox,
        loop: StoreLoop,
        reader: JournalReader,
        clock: SystemClock,
        zone: tzinfo | None,
        broadcast: Broadcast,
        snapshot: Callable[[], StoreSnapshot],
        tallies: Tallies,
        watchdog: Watchdog,
        tap: SampleTap,
        pictures: PictureShelf,
        codes: EntryCodes,
        changing: ChangingFront,
        goods: GoodsFront,
        restarting: Restarting,
        enrolment: Enroller,
        bench: CommissioningBench,
        access: AccessStore,
        care: CareFront,
    ) -> None:
        self._tenant = tenant
        self._store = store
        self._keys = keys
        self._inbox = inbox
        self._loop = loop
        self._reader = reader
        self._clock = clock
        self._zone = zone
        self._broadcast = broadcast
        self._snapshot = snapshot
        self._tallies = tallies
        self._watchdog = watchdog
        self._tap = tap
        self._pictures = pictures
        self._codes = codes
        self._changing = changing
        self._goods = goods
        self._restarting = restarting
        self._enroller = enrolment
        self._bench = bench
        self.access = access
        self.care = care

    def trust(self, keys: PassKeys) -> None:
        """Passes are judged by these keys from now on."""
        self._keys = keys

    @property
    def changing(self) -> ChangingFront:
        """How goods and settings are changed."""
        return self._changing

    @property
    def goods(self) -> GoodsFront:
        """What is sold and where it stands."""
        return self._goods

    async def restart(self, by: str, reason: str) -> RestartResult:
        """Ends the process once nobody is inside."""
        return await self._restarting.ask(by, reason)

    @property
    def enrolment(self) -> Enroller:
        """How people teach the eye products."""
        return self._enroller

    @property
    def bench(self) -> CommissioningBench:
        """How a technician commissions the store."""
        return self._bench

    def snapshot(self) -> StoreSnapshot:
        """The store now."""
        return self._snapshot()

    def subscribe(self) -> AsyncIterator[StoreSnapshot]:
        """The store from now on."""
        return self._broadcast.subscribe()

    async def present(self, text: str, source: Source, door: str | None) -> EntryResult:
        """Check the text, journal the request, wait for the decision."""
        reading = self._clock.read()
        credential = check_pass(text, self._keys, tenant=self._tenant, store=self._store)
        visit = uuid7(reading.wall_ns, os.urandom(10))
        state = await self._inbox.put_and_wait(
            EntryRequested(
                at_ns=reading.monotonic_ns,
                visit=visit,
                source=source,
                credential=credential,
                unix_s=reading.trusted_unix_s,
                door=door,
            )
        )
        if asked := _is_asked(state, visit):
            state = await self._decided(visit)
        return _entry_result(state, visit, door, asked=asked)

    def entry_code(self) -> str | None:
        """What the shopper's screen shows to be scanned."""
        return self._codes.shown()

    async def receipts(self, limit: int, before: str | None) -> Sequence[ReceiptRecord]:
        """The newest receipts, from the journal."""
        stored = await asyncio.to_thread(self._reader.receipts, limit=limit, before=before)
        return [receipt_record(one) for one in stored]

    async def receipt(self, visit: str) -> ReceiptRecord | None:
        """One receipt, from the journal."""
        stored = await asyncio.to_thread(self._reader.receipt, visit)
        return None if stored is None else receipt_record(stored)

    async def day(self, wanted: date | None) -> DaySums:
        """The sums of one day, from the journal."""
        day = wanted or datetime.fromtimestamp(self._clock.read().wall_ns / 1e9, self._zone).date()
        first_s, after_s = span_of(day, self._zone)
        stored = await asyncio.to_thread(self._reader.receipts_between, round(first_s * 1e9), round(after_s * 1e9))
        store = self._loop.state.store
        return day_sums((receipt_record(one) for one in stored), day, self._zone, "" if store is None else store.prices.currency)

    async def reviews(self, *, still_open: bool, limit: int, after: str | None) -> Sequence[ReceiptRecord]:
        """Receipts to decide about, or decided about, from the journal."""
        stored = await asyncio.to_thread(self._reader.reviews, still_open=still_open, limit=limit, after=after)
        return [receipt_record(one) for one in stored]

    async def review(self, visit: str, order: ReviewOrder) -> ReviewResult | None:
        """Journal the decision, with what the journal says about the receipt now; the state machine decides whether that still holds."""
        as_of = self._loop.state.fact_no  # before the journal is read: what it says is at least as new
        stored = await asyncio.to_thread(self._reader.receipt, visit)
        if stored is None:
            return None
        reading = self._clock.read()
        review = uuid7(reading.wall_ns, os.urandom(10))
        state = await self._inbox.put_and_wait(
            ReceiptReviewed(
                at_ns=reading.monotonic_ns,
                review=review,
                visit=visit,
                revision=order.revision,
                decision=order.decision,
                by=order.by,
                reason=order.reason,
                before=standing(stored),
                as_of=as_of,
                lines=order.lines,
            )
        )
        told = state.last_review
        if told is None or told.review != review:
            raise RuntimeError("a decision about a receipt always leaves its result")
        words = REVIEW_WORDS[told.code]
        if told.code != "reviewed":
            return ReviewResult(accepted=False, code=told.code, words=words)
        return ReviewResult(
            accepted=True, code=told.code, words=words, revision=told.revision, total_minor=told.total_minor, due_minor=told.due_minor
        )

    async def service(self, action: ServiceAction, by: str, reason: str, *, code: str = "", subject: str = "") -> ServiceResult:
        """Journal the operator's action; the state machine decides what it means."""
        alarms = self._loop.state.alarms
        if code and not any((a.code, a.subject) == (code, subject) and FAULTS[a.code].latched for a in alarms if a.code in FAULTS):
            return ServiceResult(accepted=False, code="no_such_fault", words="There is no such fault to acknowledge any more.")
        await self._inbox.put_and_wait(
            ServiceRequested(at_ns=self._clock.monotonic_ns(), action=action, by=by, reason=reason, code=code, subject=subject)
        )
        words = {
            "take_out_of_service": "No new visit begins from now on.",
            "return_to_service": "The cabinet is back in service.",
            "clear_faults": "Latched faults are acknowledged; those whose cause is still there come back.",
        }[action]
        return ServiceResult(accepted=True, code=action, words=words)

    async def count(self, plate: str, gtin: str, units: int, by: str) -> CountResult:
        """Journal the count; the state machine takes the weight of the last movement on the plate for it."""
        state = await self._inbox.put_and_wait(PiecesCounted(at_ns=self._clock.monotonic_ns(), plate=plate, gtin=gtin, units=units, by=by))
        told = state.last_count
        if told is None:
            raise RuntimeError("a count of pieces always leaves its result")
        return CountResult(
            accepted=told.code == "counted",
            code=told.code,
            words=COUNT_WORDS[told.code],
            each_g=told.each_g or None,
            learned_g=told.learned_g or None,
        )

    async def audit(self, *, limit: int, before: int | None, action: str | None, by: str | None) -> Sequence[AuditRow]:
        """The audit record, from the journal."""
        return await asyncio.to_thread(self._reader.audit, limit=limit, before=before, action=action, by=by)

    async def audit_actions(self) -> Sequence[str]:
        """What the audit record can be asked for."""
        return await asyncio.to_thread(self._reader.audit_actions)

    async def stocktake(self, plate: str, gtin: str, units: int, by: str) -> StocktakeResult:
        """Journal what a person has counted; the state machine believes it, or says why not."""
        fact = StockCounted(at_ns=self._clock.monotonic_ns(), plate=plate, gtin=gtin, units=units, by=by)
        code = stocktake_code(await self._inbox.put_and_wait(fact), plate, gtin)
        return StocktakeResult(accepted=code == "counted", code=code, words=STOCKTAKE_WORDS[code])

    async def evidence(self, name: str) -> Sequence[str]:
        """Pictures that are kept of one sighting."""
        return await self._pictures.listing(name)

    async def picture(self, name: str) -> bytes | None:
        """One picture of the evidence."""
        return await self._pictures.read(name)

    async def camera_picture(self, camera: str) -> CameraPicture | None:
        """What a camera sees now."""
        return await self._pictures.of_camera(camera)

    def samples(self) -> AsyncGenerator[Mapping[str, Any]]:
        """Samples and visits from now on, with the shop as it is now."""
        return self._tap.listen(lambda: shop_for_recording(self._loop.state, self._clock.read()))

    def metrics(self) -> StoreMetrics:
        """Counts since the start of the process."""
        tallies = self._tallies
        return StoreMetrics(
            snapshot=self._snapshot(),
            visits=dict(tallies.visits),
            receipts=dict(tallies.receipts),
            receipts_minor=dict(tallies.receipts_minor),
            reviews=dict(tallies.reviews),
            due_minor=dict(tallies.due_minor),
            refusals=dict(tallies.refusals),
            step_s=tallies.step.view(),
            commit_s=tallies.commit.view(),
            receipt_s=tallies.receipt.view(),
            loop_lag_s=self._watchdog.loop_lag_s,
            loop_ages_s=self._loop_ages(),
            resident_bytes=resident_bytes(),
        )

    def _loop_ages(self) -> Mapping[str, float]:
        return self._watchdog.ages()

    async def _decided(self, visit: str) -> StoreState:
        """The state once the request is no longer waiting for the cloud."""
        wait_s = self._loop.state.entry_rules.cloud_answer_s + DECISION_SLACK_S
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                while _is_asked(self._loop.state, visit):
                    await self._loop.changed()
        return self._loop.state


def _is_asked(state: StoreState, visit: str) -> bool:
    """Does the request of ``visit`` wait for the cloud's answer?"""
    return isinstance(state.phase, Authorising) and state.phase.request.visit == visit


def _entry_result(state: StoreState, visit: str, door: str | None, *, asked: bool) -> EntryResult:
    admitted = visit_of(state.phase)
    if admitted is not None and admitted.visit == visit:
        return EntryResult(accepted=True, code="accepted", words="Welcome. The door is being unlocked.", visit=visit, door=door)
    refusal = state.last_refusal
    if refusal is not None and refusal.visit == visit:
        return EntryResult(accepted=False, code=refusal.code, words=refusal.text)
    if asked:
        code = "cloud_silent" if _is_asked(state, visit) else "interrupted"
        return EntryResult(accepted=False, code=code, words=refusals.text_for(code))
    # The same code read twice by the reader: the first reading decided, this one is not held against anybody.
    return EntryResult(accepted=False, code="repeated", words="This code has just been presented; the first reading counts.")


def resident_bytes() -> int | None:
    """Resident memory of this process in bytes, None where the kernel does not say."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE_BYTES
    except (OSError, ValueError, IndexError):
        return None
