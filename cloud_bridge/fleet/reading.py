"""What people and questions read from the far end's database: receipts, stores with their lag and gaps, entry rules."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from cloud_bridge.entry_messages import EntryAnswerV1, EntryQuestionV1
from cloud_bridge.facts import Role
from cloud_bridge.fleet import schema
from cloud_bridge.fleet.ledger import StoredReceipt, stored_receipt
from cloud_bridge.topics import StoreAddress

EVERY_STORE = "*"
"""Store of a rule that holds for all stores of its tenant."""

MAX_GAPS = 20  # ranges reported per store; more than these are one long outage
SCAN = 5000  # numbers looked at above the watermark


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """One store as the far end sees it. ``gaps``: missing ranges above the watermark; ``gone``: ranges the store cannot send any more."""

    address: StoreAddress
    online: bool
    version: str
    epoch: int
    watermark: int
    highest: int
    gaps: tuple[tuple[int, int], ...]
    gap_age_s: float | None
    gone: int
    heard_s_ago: float


def receipts(engine: Engine, *, after_no: int = -1, store: str | None = None, limit: int = 100) -> list[StoredReceipt]:
    """The newest ``limit`` receipts that arrived after ``after_no``, oldest of them first."""
    query = select(schema.receipt).where(schema.receipt.c.no > after_no).order_by(schema.receipt.c.no.desc()).limit(limit)
    if store is not None:
        query = query.where(schema.receipt.c.store == store)
    with engine.begin() as connection:
        return [stored_receipt(row) for row in reversed(connection.execute(query).mappings().all())]


def stores(engine: Engine) -> list[StoreStatus]:
    """All stores ever heard of."""
    now_ms = time.time_ns() // 1_000_000
    table, marks, gone = schema.station.c, schema.mark.c, schema.gone.c
    found: list[StoreStatus] = []
    with engine.begin() as connection:
        for row in connection.execute(select(schema.station).order_by(table.tenant, table.store)).all():
            here = (marks.tenant == row.tenant) & (marks.store == row.store) & (marks.epoch == row.epoch)
            mark = connection.execute(select(schema.mark).where(here)).one_or_none()
            lost = connection.execute(
                select(func.coalesce(func.sum(gone.to_seq - gone.from_seq + 1), 0)).where(
                    gone.tenant == row.tenant, gone.store == row.store
                )
            ).scalar_one()
            address = StoreAddress(row.tenant, row.store)
            watermark, highest = (mark.watermark, mark.highest) if mark else (0, 0)
            since_ms = mark.open_since_ms if mark else None
            found.append(
                StoreStatus(
                    address=address,
                    online=row.online,
                    version=row.version,
                    epoch=row.epoch,
                    watermark=watermark,
                    highest=highest,
                    gaps=_gaps(connection, address, row.epoch, watermark) if highest > watermark else (),
                    gap_age_s=None if since_ms is None else max(0, now_ms - since_ms) / 1000,
                    gone=int(lost),
                    heard_s_ago=max(0, now_ms - row.heard_ms) / 1000,
                )
            )
    return found


def answer(engine: Engine, address: StoreAddress, question: EntryQuestionV1, *, admit_signed: bool) -> EntryAnswerV1:
    """The verdict about one question: the rule for the pass or card in this store, else for all stores of the tenant, else the default."""
    keys = [key for key in (question.pass_id, question.digest) if key is not None]
    table = schema.entry_rule.c
    query = select(schema.entry_rule).where(
        table.tenant == address.tenant, table.store.in_([address.store, EVERY_STORE]), table.key.in_(keys)
    )
    with engine.begin() as connection:
        rules = connection.execute(query).all()
    # A refusal beats a permission, the store's own rule beats the tenant's.
    rules = sorted(rules, key=lambda rule: (rule.granted, rule.store == EVERY_STORE))
    if rules:
        rule = rules[0]
        return EntryAnswerV1(
            visit=question.visit,
            granted=rule.granted,
            reason=rule.reason,
            holder=rule.holder,
            role=rule.role,
            limit_minor=rule.limit_minor,
        )
    if question.pass_id is not None and admit_signed:
        return EntryAnswerV1(visit=question.visit, granted=True)
    return EntryAnswerV1(visit=question.visit, granted=False, reason="unknown")


def set_rule(
    engine: Engine,
    address: StoreAddress | str,
    key: str,
    *,
    granted: bool,
    holder: str = "",
    role: Role = "shopper",
    limit_minor: int | None = None,
    reason: str = "",
) -> None:
    """Admit or refuse a card (by digest) or pass (by id) in one store, or with a tenant's name instead of an address in all of its."""
    tenant, store = (address, EVERY_STORE) if isinstance(address, str) else (address.tenant, address.store)
    values: dict[str, Any] = {"granted": granted, "holder": holder, "role": role, "limit_minor": limit_minor, "reason": reason}
    insert = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert
    statement = insert(schema.entry_rule).values(tenant=tenant, store=store, key=key, **values)
    with engine.begin() as connection:
        connection.execute(statement.on_conflict_do_update(index_elements=["tenant", "store", "key"], set_=values))


def drop_rule(engine: Engine, tenant: str, store: str, key: str) -> None:
    """Forget one rule."""
    table = schema.entry_rule.c
    with engine.begin() as connection:
        connection.execute(delete(schema.entry_rule).where(table.tenant == tenant, table.store == store, table.key == key))


def _gaps(connection: Any, address: StoreAddress, epoch: int, watermark: int) -> tuple[tuple[int, int], ...]:
    table = schema.event.c
    seqs = connection.execute(
        select(table.seq)
        .where(table.tenant == address.tenant, table.store == address.store, table.epoch == epoch, table.seq > watermark)
        .order_by(table.seq)
        .limit(SCAN)
    ).scalars()
    gaps: list[tuple[int, int]] = []
    expected = watermark + 1
    for seq in seqs:
        if seq > expected and len(gaps) < MAX_GAPS:
            gaps.append((expected, seq - 1))
        expected = seq + 1
    return tuple(gaps)
