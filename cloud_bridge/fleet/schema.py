"""The tables of the far end, for SQLite and PostgreSQL alike.

``event`` is the durable record and the reason for every watermark; the others are drawn from it in the same transaction. The unique
keys are what makes repeated delivery harmless: (tenant, store, epoch, seq) for events, (tenant, store, visit, purpose) for charges and
refunds.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text

metadata = MetaData()


def _store_key() -> tuple[Column[str], Column[str]]:
    return Column("tenant", String(64), primary_key=True), Column("store", String(64), primary_key=True)


event = Table(
    "event",
    metadata,
    *_store_key(),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("id", String(64), nullable=False),
    Column("type", String(128), nullable=False),
    Column("time", String(40), nullable=False),  # the store's wall clock; clocksync qualifies it
    Column("clocksync", String(8), nullable=False),
    Column("bootid", String(64), nullable=False),
    Column("monons", BigInteger, nullable=False),
    Column("received_ms", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

mark = Table(
    "mark",
    metadata,
    *_store_key(),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("watermark", BigInteger, nullable=False),  # everything up to here is in ``event`` or in ``gone``
    Column("highest", BigInteger, nullable=False),
    Column("open_since_ms", BigInteger),  # since when there is a gap between the two
)

gone = Table(  # numbers that the store says it can no longer send
    "gone",
    metadata,
    *_store_key(),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("from_seq", BigInteger, primary_key=True, autoincrement=False),
    Column("to_seq", BigInteger, nullable=False),
)

station = Table(  # one row per store
    "station",
    metadata,
    *_store_key(),
    Column("online", Boolean, nullable=False),
    Column("version", String(200), nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("heard_ms", BigInteger, nullable=False),
)

receipt = Table(
    "receipt",
    metadata,
    *_store_key(),
    Column("visit", String(128), primary_key=True),
    Column("no", BigInteger, nullable=False),  # order of arrival: Unix milliseconds, raised where two would be equal
    Column("status", String(16), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("total_minor", BigInteger, nullable=False),
    Column("time", String(40), nullable=False),
    Column("body", Text, nullable=False),  # the event's data as JSON
    Index("receipt_by_no", "no"),
)

charge = Table(  # the payment provider is asked once per row, with (tenant, store, visit, purpose) as the idempotency key
    "charge",
    metadata,
    *_store_key(),
    Column("visit", String(128), primary_key=True),
    Column("purpose", String(32), primary_key=True),
    Column("currency", String(3), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),  # negative: a refund
    Column("holder", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
)

dead_letter = Table(
    "dead_letter",
    metadata,
    Column("digest", String(64), primary_key=True),  # SHA-256 of topic and payload: a repetition is the same letter
    Column("topic", String(512), nullable=False),
    Column("reason", Text, nullable=False),
    Column("received_ms", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

entry_rule = Table(  # who may enter: by the digest of a card or by a pass id; tenant-wide where store is "*"
    "entry_rule",
    metadata,
    *_store_key(),
    Column("key", String(128), primary_key=True),
    Column("granted", Boolean, nullable=False),
    Column("holder", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("limit_minor", Integer),
    Column("reason", Text, nullable=False),
)
