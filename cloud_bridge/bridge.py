"""The bridge: one task that keeps the connection, drains the outbox through it and hears the far end.

All judgement is in the pure modules (delivery, contact, watermark, questions); here they meet the link, the outbox and the clock.
The outbox is read and marked on a thread of the bridge's own, because a slow card must not hold up doors and plates.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Literal, TypeVar

from cloud_bridge.contact import Contact
from cloud_bridge.delivery import Delivery
from cloud_bridge.entries import Entries
from cloud_bridge.entry_messages import EntryQuestionV1, OfferAnswerV1
from cloud_bridge.envelope import ClockStamp
from cloud_bridge.facts import CloudFact, EntryAnswered
from cloud_bridge.live import BridgeLive, CloudCondition, CloudTrouble, Trouble
from cloud_bridge.message_parts import Message, link_message
from cloud_bridge.messages import ConnectionV1, HealthV1, Priority
from cloud_bridge.outbox import Outbox
from cloud_bridge.outbox_marks import StoredEvent
from cloud_bridge.ports import Acknowledged, Closed, CloudLink, LinkError, LinkEvent, LinkMessage, LinkWill, Received
from cloud_bridge.read_ahead import ReadAhead
from cloud_bridge.settings import CloudSettings
from cloud_bridge.topics import ACK, CLOUDEVENTS_JSON, ROOT
from cloud_bridge.watermark import WatermarkReader, read_watermark

log = logging.getLogger(__name__)

SLICE_S = 1.0  # s; how often the loop shows that it is alive and looks at the outbox, whatever it waits for
HOUSEKEEPING_S = 60.0  # s; how often confirmed events are forgotten and the reserve is checked
OPEN_SLACK_S = 5.0  # s on top of the connection's own time-out, after which a link that does not return is given up
_S = 1_000_000_000
_T = TypeVar("_T")


class Bridge:
    """``sink`` gets CloudFacts in the event loop; ``stamp`` reads the clocks; ``beat`` is called at least every few seconds."""

    def __init__(
        self,
        settings: CloudSettings,
        outbox: Outbox,
        link: CloudLink,
        sink: Callable[[CloudFact], None],
        *,
        stamp: Callable[[], ClockStamp],
        version: str = "",
        beat: Callable[[], None] = lambda: None,
        rng: random.Random | None = None,
    ) -> None:
        self._settings = settings
        self._outbox = outbox
        self._link = link
        self._sink = sink
        self._stamp = stamp
        self._version = version
        self._beat = beat
        self._rng = rng or random.SystemRandom()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="outbox")
        self._marks = outbox.marks()
        self._oldest_age_s = outbox.oldest_age_s(stamp())
        self._address = outbox.address
        self._delivery = Delivery(settings.delivery, self._marks.confirmed)
        self._contact = Contact(settings.lost_after_s, stamp().monotonic_ns)
        self._watermarks = WatermarkReader(settings.delivery.resend_after_s)
        self._entries = Entries(self._address)
        self._events: deque[LinkEvent] = deque()
        self._wake = asyncio.Event()
        self._ahead = ReadAhead(self._read)
        self._up = False
        self._last_trouble: Trouble | None = None
        self._connections = self._refused = self._unreadable = self._telemetry_dropped = 0
        self._next_housekeeping_ns = 0
        self._next_look_ns = 0

    # -- what others call

    async def run(self) -> None:
        """Keep the connection and drain the outbox until cancelled."""
        try:
            while True:
                try:
                    pause_s = await self._one_connection()
                except sqlite3.OperationalError as error:  # full or busy disk: nothing is lost, the marks are only older
                    self._trouble("outbox", str(error), bad=True)
                    pause_s = self._delivery.closed(self._now(), self._rng.random())
                await self._pause(pause_s)
        finally:
            self._thread.shutdown(wait=True)

    def notify(self) -> None:
        """The outbox has something new. Called in the event loop; cheap."""
        self._ahead.changed()
        self._next_look_ns = 0
        self._wake.set()

    async def ask_entry(
        self, *, visit: str, source: Literal["qr", "nfc", "api", "offer"], digest: str, pass_id: str | None, expires_ns: int
    ) -> None:
        """Ask the far end about a credential. The answer comes as EntryAnswered; no connection or no answer in time: nothing comes."""
        question = EntryQuestionV1(visit=visit, source=source, digest=digest, pass_id=pass_id)
        if self._up:
            request = self._entries.questions.ask(question, os.urandom(16), self._now(), expires_ns)
            if request is not None:
                self._link.send(request)

    def answer_offer(self, answer: OfferAnswerV1, correlation: bytes) -> None:
        """Tell the far end what became of its offer. Dropped without a connection: the person sees the door."""
        if self._up:
            self._link.send(self._entries.offers.answer(answer, correlation))

    def publish_health(self, health: HealthV1) -> None:
        """Send telemetry now, or drop it where there is no connection."""
        if self._up:
            self._say(health)
        else:
            self._telemetry_dropped += 1

    def live(self) -> BridgeLive:
        """How the bridge is doing."""
        heard_ns = self._contact.heard_ns
        counters = self._delivery.counters
        return BridgeLive(
            condition=self._condition(),
            broker=self._settings.broker,
            epoch=self._marks.epoch,
            depth=self._marks.depth,
            stored=self._marks.last,
            confirmed=self._marks.confirmed,
            under_way=self._delivery.under_way,
            oldest_age_s=self._oldest_age_s,
            heard_s_ago=None if heard_ns is None else (self._now() - heard_ns) / _S,
            trouble=self._last_trouble,
            connections=self._connections,
            sent=counters.sent,
            repeated=counters.repeated,
            taken=counters.taken,
            without_subscriber=counters.without_subscriber,
            refused=self._refused,
            unreadable=self._unreadable,
            watermarks_odd=sum(self._watermarks.counters.values()),
            answers_dropped=self._entries.questions.dropped,
            offers_dropped=self._entries.offers.dropped,
            telemetry_dropped=self._telemetry_dropped,
        )

    # -- the connection

    async def _one_connection(self) -> float:
        offline = link_message(ConnectionV1(online=False), self._address)
        subscriptions = (ACK.at(self._address), *self._entries.topics)
        try:
            opening = self._link.open(subscriptions, LinkWill(offline, self._settings.will_delay_s))
            await self._patiently(opening, self._settings.connect_timeout_s + OPEN_SLACK_S)
        except (LinkError, TimeoutError) as error:
            self._trouble("unreached", str(error) or "the broker does not answer")
            return self._delivery.closed(self._now(), self._rng.random())
        pump = asyncio.create_task(self._pump(), name="cloud link")
        try:
            await self._serve()
        except asyncio.CancelledError:
            self._link.send(offline)
            raise
        finally:
            self._up = False
            pump.cancel()
            await asyncio.gather(pump, return_exceptions=True)
            await self._link.close()
            self._events.clear()
        return self._delivery.closed(self._now(), self._rng.random())

    async def _serve(self) -> None:
        await self._look()
        self._delivery.confirm(self._marks.confirmed, self._now())
        self._delivery.opened(self._now())
        self._connections += 1
        self._up = True
        self._ahead.changed()
        self._announce()
        log.info("connected to the cloud's broker", extra={"broker": self._settings.broker, "waiting": self._marks.depth})
        while True:
            self._wake.clear()
            self._beat()
            if not await self._take_events():
                return
            self._judge_contact()
            if self._delivery.repeat(self._now()):
                self._ahead.changed()
                log.warning("no progress at the far end, sending again", extra={"from": self._marks.confirmed + 1})
            await self._fill()
            await self._housekeeping()
            if not self._events:
                await self._sleep(self._until_next_s())

    async def _pump(self) -> None:
        while True:
            event = await self._link.next_event()
            self._events.append(event)
            self._wake.set()
            if isinstance(event, Closed):
                return

    async def _take_events(self) -> bool:
        through = 0
        while self._events:
            event = self._events.popleft()
            match event:
                case Closed():
                    self._trouble("closed", event.reason)
                    return False
                case Acknowledged() if event.failed:
                    self._refused += 1
                    self._trouble("refused", event.reason, bad=True)
                    return False
                case Acknowledged():
                    taken = self._delivery.taken(event.ticket, subscriber=event.subscriber)
                    through = max(through, taken or 0)
                case Received():
                    through = max(through, await self._hear(event.message))
        if self._settings.delivery.confirmation == "puback":
            self._contact.word(self._now(), self._marks.last)
        if through > self._marks.confirmed:
            epoch = self._marks.epoch
            if await self._db(lambda: self._outbox.confirm(epoch, through)) == "advanced":
                self._marks = replace(self._marks, confirmed=through)
                self._delivery.confirm(through, self._now())
                self._next_look_ns = 0
        return True

    # -- hearing

    async def _hear(self, message: LinkMessage) -> int:
        if message.topic in self._entries.topics:
            fact = self._entries.heard(message, self._now())
            if isinstance(fact, EntryAnswered):
                self._contact.word(self._now(), self._marks.last)
            if fact is not None:
                self._sink(fact)
            return 0
        watermark = read_watermark(message.payload) if message.topic == ACK.at(self._address) and not message.retain else None
        if watermark is None:
            self._unreadable += 1
            return 0
        was_lost = self._contact.reachable is False
        if self._contact.word(self._now(), self._marks.last) and was_lost:
            self._delivery.heard(self._now())
            self._ahead.changed()
        if self._settings.delivery.confirmation == "puback":
            return 0
        match self._watermarks.judge(watermark, self._marks, self._now()):
            case "confirm":
                return watermark.seq
            case "rewind":
                log.error("the far end has lost events that it had confirmed; sending again what is kept", extra={"seq": watermark.seq})
                await self._db(lambda: self._outbox.rewind(watermark.epoch, watermark.seq))
                await self._renumbered()
            case "renew":
                log.error("the far end knows more events than this outbox ever stored: it is an old copy; beginning a new epoch")
                await self._db(self._outbox.renew_epoch)
                await self._renumbered()
            case "nothing":
                pass
        return 0

    async def _renumbered(self) -> None:
        await self._look()
        self._contact.renumbered(self._marks.last)
        self._delivery.rewound(self._marks.confirmed, self._now())
        self._ahead.changed()
        self._announce()

    def _judge_contact(self) -> None:
        fact = self._contact.judge(self._now(), self._marks.confirmed)
        if fact is not None:
            log.info("cloud %s", "reachable" if self._contact.reachable else "lost", extra={"waiting": self._marks.depth})
            self._sink(fact)

    # -- sending

    async def _fill(self) -> None:
        delivery = self._delivery
        while self._ahead.more and (room := delivery.room(self._now())) > 0:
            events = await self._ahead.take(delivery, room)
            now = self._now()
            for event in events:
                topic = f"{ROOT}/{self._address.tenant}/{self._address.store}/{event.leaf}"
                message = LinkMessage(topic, event.body, 1, content_type=CLOUDEVENTS_JSON)
                delivery.sent(event.seq, event.priority, self._link.send(message), now)
                if event.seq > self._marks.last:
                    self._marks = replace(self._marks, last=event.seq)
            if self._events:
                return

    async def _read(self, after: Mapping[Priority, int], limit: int, urgent_first: bool) -> list[StoredEvent]:
        return await self._db(lambda: self._outbox.waiting(after, limit, urgent_first=urgent_first))

    def _announce(self) -> None:
        self._say(ConnectionV1(online=True, version=self._version, epoch=self._marks.epoch, first_seq=self._marks.first))

    def _say(self, message: Message) -> None:
        self._link.send(link_message(message, self._address))

    # -- time and disk

    async def _pause(self, pause_s: float) -> None:
        end_ns = self._now() + round(pause_s * _S)
        while (left_s := (end_ns - self._now()) / _S) > 0:
            self._beat()
            self._judge_contact()
            with contextlib.suppress(sqlite3.OperationalError):  # tried again in the next slice, reported with the next connection
                await self._housekeeping()
            await asyncio.sleep(min(left_s, SLICE_S))

    async def _patiently(self, work: Awaitable[None], limit_s: float) -> None:
        task = asyncio.ensure_future(work)
        end_ns = self._now() + round(limit_s * _S)
        try:
            while not task.done():
                if self._now() >= end_ns:
                    raise TimeoutError
                self._beat()
                self._judge_contact()
                await asyncio.wait({task}, timeout=SLICE_S)
        except BaseException:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            raise
        task.result()

    async def _sleep(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(seconds, 0.0)):
                await self._wake.wait()

    def _until_next_s(self) -> float:
        now = self._now()
        due = [self._delivery.repeat_due_ns(), self._contact.due_ns()]
        if self._ahead.more and self._delivery.under_way < self._settings.delivery.window:
            due.append(self._delivery.next_token_ns())
        return min([SLICE_S, *((at_ns - now) / _S for at_ns in due if at_ns is not None)])

    async def _housekeeping(self) -> None:
        now = self._now()
        if now >= self._next_look_ns:
            self._next_look_ns = now + round(SLICE_S * _S)
            await self._look()
            if self._marks.last > self._delivery.highest_sent and not self._ahead.more:
                self._ahead.changed()
        if now >= self._next_housekeeping_ns:
            self._next_housekeeping_ns = now + round(HOUSEKEEPING_S * _S)
            settings = self._settings.delivery
            before_ns = self._stamp().wall_ns - round(settings.keep_days * 86_400 * _S)
            await self._db(lambda: self._outbox.forget(before_ns, settings.keep_rows))
            await self._db(self._outbox.restore_reserve)

    async def _look(self) -> None:
        stamp = self._stamp()
        marks, age = await self._db(lambda: (self._outbox.marks(), self._outbox.oldest_age_s(stamp)))
        self._marks, self._oldest_age_s = marks, age

    async def _db(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _now(self) -> int:
        return self._stamp().monotonic_ns

    def _condition(self) -> CloudCondition:
        if self._contact.reachable is False:
            return "lost"
        if not self._up:
            return "connecting"
        return "connected" if self._contact.reachable else "waiting"

    def _trouble(self, code: CloudTrouble, more: str, *, bad: bool = False) -> None:
        known, self._last_trouble = self._last_trouble, Trouble(code, more)
        if known != self._last_trouble:  # said once; the page and the metrics go on showing it
            log.log(logging.ERROR if bad else logging.WARNING, "cloud: %s", self._last_trouble.words)
