"""The far end's database: batches of events in, watermarks and new receipts out, each batch one transaction, repeatable at will.

What does not belong to an event goes to ``dead_letter`` and never stops the rest. An envelope that is sound but whose content is not
understood keeps its number: its bytes are stored, so the watermark goes on over it and nothing is lost; a person finds it among the
dead letters. Bytes without a readable envelope have no number, so the number they should have had stays open and visible as a gap.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Engine, Row, Table, case, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from cloud_bridge.envelope import BadEnvelope, Envelope, open_envelope
from cloud_bridge.fleet import schema
from cloud_bridge.messages import CheckoutCompletedV1, CheckoutReviewedV1, ConnectionV1, WatermarkV1, read_event_data
from cloud_bridge.topics import StoreAddress, parse

PURPOSE = "checkout"
"""Purpose under which a visit's receipt is charged."""

REVIEW_PURPOSE = "review-{revision}"
"""Purpose under which what is due by one revision of it is charged, or refunded where the amount is negative."""

MAX_DEAD_BYTES = 64 * 1024  # bytes of a dead letter that are kept
WALK_AT_ONCE = 10_000  # numbers; how far one step looks for the end of a closed gap


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message as it came."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class StoredReceipt:
    """A receipt as listed. ``no`` orders receipts by arrival and pages through them."""

    no: int
    address: StoreAddress
    visit: str
    status: str
    currency: str
    total_minor: int
    time: str
    data: dict[str, Any]


@dataclass(slots=True)
class Outcome:
    """What one batch did, once it is committed."""

    marks: dict[StoreAddress, WatermarkV1] = field(default_factory=dict)
    receipts: list[StoredReceipt] = field(default_factory=list)
    stored: int = 0
    repeated: int = 0
    dead: int = 0


@dataclass(frozen=True, slots=True)
class _Placed:
    address: StoreAddress
    envelope: Envelope
    arrival: Arrival

    @property
    def key(self) -> tuple[str, str, int, int]:
        return self.address.tenant, self.address.store, self.envelope.epoch, self.envelope.seq


class Ledger:
    """One database. Used by one thread at a time; several processes may share a PostgreSQL database."""

    def __init__(self, engine: Engine, *, wall_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._engine = engine
        self._wall_ms = wall_ms
        self._last_no = 0

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()

    # -- taking events in

    def take(self, arrivals: Sequence[Arrival]) -> Outcome:
        """Commit a batch. Returned: everything in it survives a power cut, and ``marks`` may be told to the stores."""
        outcome = Outcome()
        now_ms = self._wall_ms()
        with self._engine.begin() as connection:
            placed = self._place(connection, arrivals, outcome, now_ms)
            new = self._insert_events(connection, placed, outcome, now_ms)
            for one in new:
                self._interpret(connection, one, outcome, now_ms)
            self._heard(connection, placed, now_ms)
            for tenant, store, epoch in sorted({one.key[:3] for one in placed}):
                seqs = [one.envelope.seq for one in placed if one.key[:3] == (tenant, store, epoch)]
                watermark = self._advance(connection, StoreAddress(tenant, store), epoch, max(seqs), now_ms)
                outcome.marks[StoreAddress(tenant, store)] = WatermarkV1(epoch=epoch, seq=watermark)
        return outcome

    def connection_said(self, address: StoreAddress, said: ConnectionV1) -> WatermarkV1 | None:
        """A store came or went. Returns what to tell it: the watermark of the epoch it is in, None when it went."""
        now_ms = self._wall_ms()
        with self._engine.begin() as connection:
            values: dict[str, Any] = {"online": said.online}
            if said.online:
                values |= {"version": said.version, "epoch": said.epoch, "heard_ms": now_ms}
            row = {"tenant": address.tenant, "store": address.store, "version": "", "epoch": 0, "heard_ms": now_ms} | values
            self._upsert(connection, schema.station, [_storable(row)], list(values))
            if not said.online or said.epoch == 0:
                return None
            marks = self._locked_mark(connection, address, said.epoch)
            if said.first_seq - 1 > marks.watermark:
                self._give_up(connection, address, said.epoch, marks.watermark, said.first_seq - 1)
            seq = self._advance(connection, address, said.epoch, 0, now_ms)
        return WatermarkV1(epoch=said.epoch, seq=seq)

    def watermarks(self) -> dict[StoreAddress, WatermarkV1]:
        """Of every store the watermark of the epoch it is in: the consumer's heartbeat."""
        query = select(schema.mark.c.tenant, schema.mark.c.store, schema.mark.c.epoch, schema.mark.c.watermark).join(
            schema.station,
            (schema.station.c.tenant == schema.mark.c.tenant)
            & (schema.station.c.store == schema.mark.c.store)
            & (schema.station.c.epoch == schema.mark.c.epoch),
        )
        with self._engine.begin() as connection:
            return {
                StoreAddress(row.tenant, row.store): WatermarkV1(epoch=row.epoch, seq=row.watermark) for row in connection.execute(query)
            }

    def bury(self, arrival: Arrival, reason: str) -> None:
        """Put one message aside that the database refuses as it is. Its number stays open."""
        with self._engine.begin() as connection:
            self._bury(connection, arrival, reason, Outcome(), self._wall_ms())

    # -- inside a transaction

    def _heard(self, connection: Connection, placed: list[_Placed], now_ms: int) -> None:
        newest: dict[StoreAddress, int] = {}
        for one in placed:
            newest[one.address] = max(one.envelope.epoch, newest.get(one.address, 0))
        rows = [
            {"tenant": address.tenant, "store": address.store, "online": True, "version": "", "epoch": epoch, "heard_ms": now_ms}
            for address, epoch in sorted(newest.items(), key=lambda item: (item[0].tenant, item[0].store))
        ]
        if rows:
            statement = self._insert(schema.station)
            known, new = schema.station.c.epoch, statement.excluded.epoch
            changes = {"heard_ms": now_ms, "epoch": case((new > known, new), else_=known)}
            connection.execute(statement.on_conflict_do_update(index_elements=["tenant", "store"], set_=changes), rows)

    def _place(self, connection: Connection, arrivals: Iterable[Arrival], outcome: Outcome, now_ms: int) -> list[_Placed]:
        placed: list[_Placed] = []
        for arrival in arrivals:
            at = parse(arrival.topic)
            if at is None or not at.topic.leaf.startswith("evt/"):
                self._bury(connection, arrival, "not a topic of events", outcome, now_ms)
                continue
            try:
                envelope = open_envelope(arrival.payload)
            except BadEnvelope as error:
                self._bury(connection, arrival, str(error), outcome, now_ms)
                continue
            if envelope.source != at.address.source:
                self._bury(connection, arrival, "the source is not the store of the topic", outcome, now_ms)
                continue
            placed.append(_Placed(at.address, envelope, arrival))
        return placed

    def _insert_events(self, connection: Connection, placed: list[_Placed], outcome: Outcome, now_ms: int) -> list[_Placed]:
        first: dict[tuple[str, str, int, int], _Placed] = {}
        for one in placed:
            first.setdefault(one.key, one)
        if not first:
            return []
        table = schema.event.c
        known: dict[tuple[str, str, int, int], str] = {}
        keys = list(first)
        for start in range(0, len(keys), 200):
            query = select(table.tenant, table.store, table.epoch, table.seq, table.id).where(
                tuple_(table.tenant, table.store, table.epoch, table.seq).in_(keys[start : start + 200])
            )
            known |= {(row.tenant, row.store, row.epoch, row.seq): row.id for row in connection.execute(query)}
        # In one order for all consumers of a database, so that two of them never wait for each other.
        new = sorted((one for key, one in first.items() if key not in known), key=lambda one: one.key)
        if new:
            rows = [_event_row(one, now_ms) for one in new]
            connection.execute(self._insert(schema.event).on_conflict_do_nothing(), rows)
        ids = known | {one.key: one.envelope.id for one in new}
        conflicts: list[_Placed] = []
        for one in placed:
            if ids[one.key] != one.envelope.id:
                self._bury(connection, one.arrival, "another event has this epoch and number", outcome, now_ms)
                conflicts.append(one)  # its money still counts: a charge has its own key
        outcome.stored += len(new)
        outcome.repeated += len(placed) - len(new) - len(conflicts)
        return new + conflicts

    def _interpret(self, connection: Connection, one: _Placed, outcome: Outcome, now_ms: int) -> None:
        try:
            said = read_event_data(one.envelope.type, one.envelope.data)
        except ValidationError as error:
            problem = error.errors()[0]
            self._bury(connection, one.arrival, f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}", outcome, now_ms)
            return
        if isinstance(said, CheckoutCompletedV1):
            self._last_no = max(now_ms, self._last_no + 1)
            values = _receipt_row(one, said, self._last_no)
            inserted = connection.execute(
                self._insert(schema.receipt).on_conflict_do_nothing().returning(schema.receipt.c.visit), [values]
            ).fetchall()
            if inserted:
                outcome.receipts.append(stored_receipt(values))
            if said.status == "final" and said.total_minor > 0:
                self._charge(connection, one, said, PURPOSE, said.total_minor, now_ms=now_ms)
        elif isinstance(said, CheckoutReviewedV1) and said.due_minor != 0:
            purpose = REVIEW_PURPOSE.format(revision=said.revision)
            booked = self._charge(connection, one, said, purpose, said.due_minor, now_ms=now_ms)
            if booked != said.due_minor:
                self._bury(connection, one.arrival, f"revision {said.revision} is booked with {booked} already", outcome, now_ms)

    def _charge(
        self,
        connection: Connection,
        one: _Placed,
        said: CheckoutCompletedV1 | CheckoutReviewedV1,
        purpose: str,
        amount: int,
        *,
        now_ms: int,
    ) -> int:
        """Book ``amount`` unless the visit has something under this purpose; returns what is booked there now."""
        row = {
            "tenant": one.address.tenant,
            "store": one.address.store,
            "visit": said.visit,
            "purpose": purpose,
            "currency": said.currency,
            "amount_minor": amount,
            "holder": said.holder,
            "created_ms": now_ms,
        }
        connection.execute(self._insert(schema.charge).on_conflict_do_nothing(), [_storable(row)])
        table = schema.charge.c
        here = (table.tenant == one.address.tenant) & (table.store == one.address.store) & (table.visit == _storable(row)["visit"])
        return int(connection.execute(select(table.amount_minor).where(here, table.purpose == purpose)).scalar_one())

    def _advance(self, connection: Connection, address: StoreAddress, epoch: int, highest: int, now_ms: int) -> int:
        marks = self._locked_mark(connection, address, epoch)
        watermark, highest = marks.watermark, max(marks.highest, highest)
        table = schema.event.c
        walking = True
        while walking:
            rows = connection.execute(
                select(table.seq)
                .where(table.tenant == address.tenant, table.store == address.store, table.epoch == epoch, table.seq > watermark)
                .order_by(table.seq)
                .limit(WALK_AT_ONCE)
            ).all()
            before = watermark
            for row in rows:
                if row.seq != watermark + 1:
                    break
                watermark = row.seq
            walking = watermark - before == WALK_AT_ONCE
        highest = max(highest, watermark)
        moved = watermark > marks.watermark
        open_since = None if highest == watermark else (now_ms if moved or marks.open_since_ms is None else marks.open_since_ms)
        connection.execute(
            update(schema.mark)
            .where(schema.mark.c.tenant == address.tenant, schema.mark.c.store == address.store, schema.mark.c.epoch == epoch)
            .values(watermark=watermark, highest=highest, open_since_ms=open_since)
        )
        return int(watermark)

    def _locked_mark(self, connection: Connection, address: StoreAddress, epoch: int) -> Row[Any]:
        row = {"tenant": address.tenant, "store": address.store, "epoch": epoch, "watermark": 0, "highest": 0, "open_since_ms": None}
        connection.execute(self._insert(schema.mark).on_conflict_do_nothing(), [row])
        return connection.execute(
            select(schema.mark)
            .where(schema.mark.c.tenant == address.tenant, schema.mark.c.store == address.store, schema.mark.c.epoch == epoch)
            .with_for_update()
        ).one()

    def _give_up(self, connection: Connection, address: StoreAddress, epoch: int, after: int, through: int) -> None:
        table = schema.event.c
        stored = connection.execute(
            select(table.seq)
            .where(table.tenant == address.tenant, table.store == address.store, table.epoch == epoch)
            .where(table.seq > after, table.seq <= through)
            .order_by(table.seq)
        ).scalars()
        missing_from = after + 1
        ranges: list[dict[str, Any]] = []
        for seq in [*stored, through + 1]:
            if seq > missing_from:
                ranges.append(
                    {"tenant": address.tenant, "store": address.store, "epoch": epoch, "from_seq": missing_from, "to_seq": seq - 1}
                )
            missing_from = seq + 1
        if ranges:
            connection.execute(self._insert(schema.gone).on_conflict_do_nothing(), ranges)
        connection.execute(
            update(schema.mark)
            .where(schema.mark.c.tenant == address.tenant, schema.mark.c.store == address.store, schema.mark.c.epoch == epoch)
            .values(watermark=through)
        )

    def _bury(self, connection: Connection, arrival: Arrival, reason: str, outcome: Outcome, now_ms: int) -> None:
        row = {
            "digest": hashlib.sha256(arrival.topic.encode() + b"\0" + arrival.payload).hexdigest(),
            "topic": arrival.topic[:512],
            "reason": reason[:2000],
            "received_ms": now_ms,
            "body": arrival.payload[:MAX_DEAD_BYTES],
        }
        connection.execute(self._insert(schema.dead_letter).on_conflict_do_nothing(), [_storable(row)])
        outcome.dead += 1

    def _upsert(self, connection: Connection, table: Table, rows: list[dict[str, Any]], changing: list[str]) -> None:
        statement = self._insert(table)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=[column.name for column in table.primary_key.columns],
                set_={name: statement.excluded[name] for name in changing},
            ),
            rows,
        )

    def _insert(self, table: Table) -> postgresql.Insert | sqlite.Insert:
        return sqlite.insert(table) if self._engine.dialect.name == "sqlite" else postgresql.insert(table)


def _storable(row: dict[str, Any]) -> dict[str, Any]:
    # PostgreSQL stores no NUL in a text
    return {name: value.replace("\0", "\ufffd") if isinstance(value, str) else value for name, value in row.items()}


def _event_row(one: _Placed, now_ms: int) -> dict[str, Any]:
    envelope = one.envelope
    row = {
        "tenant": one.address.tenant,
        "store": one.address.store,
        "epoch": envelope.epoch,
        "seq": envelope.seq,
        "id": envelope.id[:64],
        "type": envelope.type[:128],
        "time": envelope.time[:40],
        "clocksync": envelope.clocksync[:8],
        "bootid": envelope.boot_id[:64],
        "monons": min(envelope.monotonic_ns, 2**63 - 1),
        "received_ms": now_ms,
        "body": one.arrival.payload,
    }
    return _storable(row)


def _receipt_row(one: _Placed, said: CheckoutCompletedV1, no: int) -> dict[str, Any]:
    row = {
        "tenant": one.address.tenant,
        "store": one.address.store,
        "visit": said.visit,
        "no": no,
        "status": said.status,
        "currency": said.currency,
        "total_minor": said.total_minor,
        "time": one.envelope.time[:40],
        "body": said.model_dump_json(),
    }
    return _storable(row)


def stored_receipt(row: Any) -> StoredReceipt:
    return StoredReceipt(
        no=row["no"],
        address=StoreAddress(row["tenant"], row["store"]),
        visit=row["visit"],
        status=row["status"],
        currency=row["currency"],
        total_minor=row["total_minor"],
        time=row["time"],
        data=json.loads(row["body"]),
    )
