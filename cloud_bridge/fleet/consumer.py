"""The consumer: takes events of all stores, commits them in batches, acknowledges, and tells every store how far it is.

Order of every step: commit, acknowledge to the broker, publish the watermark. Dying between any two repeats work and loses nothing.
While the database does not answer nothing is acknowledged and no watermark is said, so stores know that they are on their own.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from pydantic import ValidationError
from sqlalchemy import Engine
from sqlalchemy.exc import DataError, SQLAlchemyError

from cloud_bridge.entry_messages import EntryQuestionV1
from cloud_bridge.envelope import BadEnvelope, read_json_object
from cloud_bridge.fleet.ending import Stop
from cloud_bridge.fleet.ledger import Arrival, Ledger, Outcome, StoredReceipt
from cloud_bridge.fleet.reading import answer
from cloud_bridge.fleet.settings import FleetSettings
from cloud_bridge.fleet.subscriber import Subscriber, Taken
from cloud_bridge.messages import ConnectionV1, WatermarkV1
from cloud_bridge.ports import LinkError, LinkMessage
from cloud_bridge.topics import ACK, ANSWER_ENTRY, ASK_ENTRY, CONN, PlacedTopic, StoreAddress, parse

log = logging.getLogger(__name__)

RETRY_FIRST_S = 0.2  # s; upper bound of the first random pause
IDLE_S = 0.2  # s; how often an idle consumer looks whether it is to stop


@dataclass(slots=True)
class ConsumerCounters:
    """What happened since the start."""

    stored: int = 0
    repeated: int = 0
    dead: int = 0
    questions: int = 0
    ignored: int = 0
    connections: int = 0


class Consumer:
    """Runs on the calling thread until ``stop`` is set. ``on_receipt`` is called for every new receipt, once it is committed."""

    def __init__(self, settings: FleetSettings, engine: Engine, *, on_receipt: Callable[[StoredReceipt], None] = lambda _: None) -> None:
        self.counters = ConsumerCounters()
        self.connected = threading.Event()
        self._settings = settings
        self._engine = engine
        self._ledger = Ledger(engine)
        self._on_receipt = on_receipt
        self._failures = 0
        self._heartbeat_at = 0.0

    def run(self, stop: Stop) -> None:
        """Connect, serve, reconnect."""
        while not stop.is_set():
            try:
                subscriber = Subscriber(self._settings)
                subscriber.connect()
            except (LinkError, OSError) as error:
                log.warning("fleet: %s", error)
                self._pause(stop)
                continue
            self._failures = 0
            self.counters.connections += 1
            try:
                self._serve(subscriber, stop)
            finally:
                self.connected.clear()
                subscriber.close()
            if not stop.is_set():
                log.warning("fleet: connection lost: %s", subscriber.closed_reason)
                self._pause(stop)

    def _serve(self, subscriber: Subscriber, stop: Stop) -> None:
        self._heartbeat_at = 0.0
        self.connected.set()
        log.info("fleet: listening at %s", self._settings.broker)
        while not stop.is_set() and subscriber.closed_reason is None:
            if time.monotonic() >= self._heartbeat_at:
                self._persistently(partial(self._beat, subscriber), subscriber, stop)
                self._heartbeat_at = time.monotonic() + self._settings.heartbeat_s
            wait_s = min(IDLE_S, max(0.0, self._heartbeat_at - time.monotonic()))
            taken = subscriber.take(self._settings.batch, wait_s, self._settings.batch_wait_s)
            if taken and self._persistently(partial(self._process, subscriber, taken), subscriber, stop):
                subscriber.acknowledge(taken)

    def _persistently(self, work: Callable[[], None], subscriber: Subscriber, stop: Stop) -> bool:
        """Do ``work`` until the database takes it; False where the connection or the process ended before."""
        while not stop.is_set() and subscriber.closed_reason is None:
            try:
                work()
            except SQLAlchemyError as error:
                log.error("fleet: the database does not take events, nothing is confirmed until it does: %s", str(error).splitlines()[0])
                self._pause(stop)
            else:
                self._failures = 0
                return True
        return False

    def _beat(self, subscriber: Subscriber) -> None:
        for address, watermark in self._ledger.watermarks().items():
            self._tell(subscriber, address, watermark)

    def _process(self, subscriber: Subscriber, taken: list[Taken]) -> None:
        events: list[Arrival] = []
        tell: dict[StoreAddress, WatermarkV1] = {}
        for one in taken:
            message = one.message
            at = parse(message.topic)
            if at is None:
                self.counters.ignored += 1
            elif at.topic is CONN:
                if (told := self._connection(at, message)) is not None:
                    tell[at.address] = told
            elif at.topic is ASK_ENTRY:
                self._question(subscriber, at, message)
            else:
                events.append(Arrival(message.topic, message.payload))
        if events:
            outcome = self._take(events)
            tell |= outcome.marks
            self.counters.stored += outcome.stored
            self.counters.repeated += outcome.repeated
            self.counters.dead += outcome.dead
            for receipt in outcome.receipts:
                self._on_receipt(receipt)
        for address, watermark in tell.items():
            self._tell(subscriber, address, watermark)

    def _take(self, events: list[Arrival]) -> Outcome:
        try:
            return self._ledger.take(events)
        except DataError as error:
            if len(events) == 1:
                log.error("fleet: an event that the database refuses was put aside: %s", str(error.orig))
                self._ledger.bury(events[0], f"refused by the database: {error.orig}")
                return Outcome(dead=1)
        whole = Outcome()
        for event in events:  # one of them poisons the batch: find it
            part = self._take([event])
            whole.marks |= part.marks
            whole.receipts += part.receipts
            whole.stored += part.stored
            whole.repeated += part.repeated
            whole.dead += part.dead
        return whole

    def _connection(self, at: PlacedTopic, message: LinkMessage) -> WatermarkV1 | None:
        try:
            said = ConnectionV1.model_validate(read_json_object(message.payload), extra="ignore")
        except (BadEnvelope, ValidationError):
            self.counters.ignored += 1
            return None
        return self._ledger.connection_said(at.address, said)

    def _question(self, subscriber: Subscriber, at: PlacedTopic, message: LinkMessage) -> None:
        topic = ANSWER_ENTRY.at(at.address)
        if message.retain or message.correlation is None or message.response_topic != topic:
            self.counters.ignored += 1
            return
        try:
            question = EntryQuestionV1.model_validate(read_json_object(message.payload), extra="ignore")
        except (BadEnvelope, ValidationError):
            self.counters.ignored += 1
            return
        verdict = answer(self._engine, at.address, question, admit_signed=self._settings.admit_signed)
        self.counters.questions += 1
        subscriber.publish(
            LinkMessage(
                topic,
                verdict.model_dump_json().encode(),
                ANSWER_ENTRY.qos,
                expiry_s=message.expiry_s or ANSWER_ENTRY.expiry_s,
                content_type=ANSWER_ENTRY.content_type,
                correlation=message.correlation,
            )
        )

    def _tell(self, subscriber: Subscriber, address: StoreAddress, watermark: WatermarkV1) -> None:
        payload = watermark.model_dump_json().encode()
        subscriber.publish(LinkMessage(ACK.at(address), payload, ACK.qos, expiry_s=ACK.expiry_s, content_type=ACK.content_type))

    def _pause(self, stop: Stop) -> None:
        bound_s = min(self._settings.retry_max_s, RETRY_FIRST_S * 2.0 ** min(self._failures, 16))
        self._failures += 1
        stop.wait(random.SystemRandom().random() * bound_s)
