"""The far end's database, SQLite and PostgreSQL: each event once, each visit charged once, gaps seen, nonsense put aside."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from cloud_bridge.entry_messages import EntryQuestionV1
from cloud_bridge.envelope import ClockStamp, seal
from cloud_bridge.fleet import schema
from cloud_bridge.fleet.engine import LedgerError, open_engine
from cloud_bridge.fleet.ledger import Arrival, Ledger
from cloud_bridge.fleet.reading import answer, receipts, set_rule, stores
from cloud_bridge.messages import ConnectionV1, Event, WatermarkV1
from cloud_bridge.topics import StoreAddress
from tests.databases import postgresql
from tests.outbox_rig import ADDRESS, checkout, door, review

STAMP = ClockStamp(1_795_341_600_123_000_000, 5, "boot", "ntp")
OTHER = StoreAddress("acme", "S0002")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgresql() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    url = f"sqlite:///{tmp_path}/fleet.db" if request.param == "sqlite" else request.getfixturevalue("server")
    engine = open_engine(url)
    schema.metadata.drop_all(engine)
    schema.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    return Ledger(engine)


def arrival(event: Event, seq: int, *, epoch: int = 7, event_id: str | None = None, address: StoreAddress = ADDRESS) -> Arrival:
    body = seal(
        event, event_id=event_id or f"id-{epoch}-{seq}", source=address.source, store=address.store, epoch=epoch, seq=seq, stamp=STAMP
    )
    return Arrival(event.TOPIC.at(address), body)


def spoilt(seq: int, **changes: Any) -> Arrival:
    good = arrival(checkout(f"v{seq}"), seq)
    return Arrival(good.topic, json.dumps(json.loads(good.payload) | changes).encode())


def count(engine: Engine, table: Any) -> int:
    with engine.begin() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def test_events_are_stored_once_however_often_and_in_whatever_order_they_come(engine: Engine, ledger: Ledger) -> None:
    events = [arrival(checkout(f"v{seq}") if seq % 3 == 0 else door(), seq) for seq in range(1, 61)]
    chance = random.Random(1)
    for _ in range(3):
        shuffled = events.copy()
        chance.shuffle(shuffled)
        while shuffled:
            batch, shuffled = shuffled[:7], shuffled[7:]
            last = ledger.take(batch * 2)
    assert last.marks == {ADDRESS: WatermarkV1(epoch=7, seq=60)}
    assert count(engine, schema.event) == 60
    assert count(engine, schema.charge) == 20
    listed = receipts(engine)
    assert {receipt.visit for receipt in listed} == {f"v{seq}" for seq in range(3, 61, 3)}
    assert [receipt.no for receipt in listed] == sorted(receipt.no for receipt in listed)
    assert receipts(engine, after_no=listed[-4].no) == receipts(engine, limit=3) == listed[-3:]


def test_the_watermark_stops_at_a_gap_which_is_reported_until_it_closes(engine: Engine, ledger: Ledger) -> None:
    assert ledger.take([arrival(door(), seq) for seq in (1, 2, 5, 6, 9)]).marks == {ADDRESS: WatermarkV1(epoch=7, seq=2)}
    (status,) = stores(engine)
    assert status.gaps == ((3, 4), (7, 8))
    assert status.gap_age_s is not None
    assert ledger.take([arrival(door(), seq) for seq in (4, 3)]).marks == {ADDRESS: WatermarkV1(epoch=7, seq=6)}
    assert ledger.take([arrival(door(), seq) for seq in (7, 8)]).marks == {ADDRESS: WatermarkV1(epoch=7, seq=9)}
    (status,) = stores(engine)
    assert (status.gaps, status.gap_age_s, status.watermark) == ((), None, 9)


def test_a_visit_is_charged_once_though_it_comes_under_two_epochs(engine: Engine, ledger: Ledger) -> None:
    ledger.take([arrival(checkout("v1"), 1, epoch=7, event_id="same")])
    outcome = ledger.take([arrival(checkout("v1"), 1, epoch=8, event_id="same")])
    assert outcome.marks == {ADDRESS: WatermarkV1(epoch=8, seq=1)}
    assert outcome.receipts == []
    assert (count(engine, schema.event), count(engine, schema.charge), count(engine, schema.receipt)) == (2, 1, 1)


def test_only_final_receipts_are_charged(engine: Engine, ledger: Ledger) -> None:
    outcome = ledger.take([arrival(checkout("v1", status="provisional"), 1), arrival(checkout("v2"), 2)])
    assert [receipt.status for receipt in outcome.receipts] == ["provisional", "final"]
    assert count(engine, schema.charge) == 1


def test_each_revision_of_a_receipt_is_charged_or_refunded_once(engine: Engine, ledger: Ledger) -> None:
    said = [
        arrival(checkout("v1", total_minor=300), 1),
        arrival(review("v1", 1, total_minor=450, charged_minor=300), 2),
        arrival(review("v1", 2, total_minor=0, charged_minor=450), 3),
        arrival(review("v1", 3, total_minor=0, charged_minor=0), 4),
    ]
    for order in ((3, 1, 2, 0), (0, 1, 2, 3), (2, 2, 1, 0)):
        assert ledger.take([said[number] for number in order]).dead == 0
    with engine.begin() as connection:
        rows = connection.execute(select(schema.charge.c.purpose, schema.charge.c.amount_minor)).all()
    assert sorted(map(tuple, rows)) == [("checkout", 300), ("review-1", 150), ("review-2", -450)]
    again = arrival(review("v1", 2, total_minor=0, charged_minor=450), 1, epoch=8)
    assert (ledger.take([again]).dead, count(engine, schema.charge)) == (0, 3)


def test_two_decisions_under_one_number_move_money_once_and_a_person_is_told(engine: Engine, ledger: Ledger) -> None:
    ledger.take([arrival(review("v1", 1, total_minor=300, charged_minor=0), 1)])
    outcome = ledger.take([arrival(review("v1", 1, total_minor=500, charged_minor=0), 1, epoch=8)])
    assert (outcome.dead, outcome.marks) == (1, {ADDRESS: WatermarkV1(epoch=8, seq=1)})
    with engine.begin() as connection:
        assert connection.execute(select(schema.charge.c.amount_minor)).scalar_one() == 300
        assert "booked with 300" in connection.execute(select(schema.dead_letter.c.reason)).scalar_one()


def test_two_events_under_one_number_are_both_kept_and_both_billed(engine: Engine, ledger: Ledger) -> None:
    ledger.take([arrival(checkout("v1"), 1, event_id="a")])
    outcome = ledger.take([arrival(checkout("v2"), 1, event_id="b")])
    assert outcome.dead == 1
    assert (count(engine, schema.event), count(engine, schema.dead_letter), count(engine, schema.charge)) == (1, 1, 2)


@pytest.mark.parametrize(
    "changes",
    [
        {"data": {"visit": "v1"}},
        {"data": None},
        {"data": {**checkout("v1").model_dump(mode="json"), "total_minor": 299}},
        {"data": {**checkout("v1").model_dump(mode="json"), "total_minor": 10**30}},
    ],
)
def test_content_that_is_not_understood_is_put_aside_and_does_not_hold_up_the_rest(
    engine: Engine, ledger: Ledger, changes: dict[str, Any]
) -> None:
    outcome = ledger.take([spoilt(1, **changes), arrival(checkout("v2"), 2)])
    assert outcome.marks == {ADDRESS: WatermarkV1(epoch=7, seq=2)}
    assert (outcome.dead, count(engine, schema.dead_letter), count(engine, schema.charge)) == (1, 1, 1)
    ledger.take([spoilt(1, **changes)])
    assert count(engine, schema.dead_letter) == 1


def test_an_unknown_type_of_a_newer_store_is_kept_without_complaint(engine: Engine, ledger: Ledger) -> None:
    outcome = ledger.take([spoilt(1, type="io.smartstore.future.v9")])
    assert (outcome.dead, outcome.stored, outcome.marks[ADDRESS].seq) == (0, 1, 1)


@pytest.mark.parametrize(
    "bad",
    [
        Arrival("ss/v1/acme/S0001/evt/checkout", b"\xff\x00 not json"),
        Arrival("ss/v1/acme/S0001/evt/checkout", b"[" * 100_000),
        Arrival("ss/v1/acme/S0001/evt/checkout", b'{"specversion":"1.0"}'),
        Arrival("ss/v1/acme/S0001/ack", b"{}"),
        Arrival("elsewhere", b"{}"),
        Arrival("ss/v1/acme/S0002/evt/checkout", arrival(checkout("v1"), 1).payload),  # another store's envelope
        spoilt(1, sequence="0000000007-99999999999999999"),
        spoilt(1, epoch=2**40),
        spoilt(1, bootid="\ud800"),
    ],
)
def test_what_has_no_readable_number_is_a_dead_letter(engine: Engine, ledger: Ledger, bad: Arrival) -> None:
    outcome = ledger.take([bad, arrival(checkout("v2"), 2)])
    assert (outcome.dead, outcome.stored) == (1, 1)
    assert outcome.marks[ADDRESS].seq == 0
    assert count(engine, schema.dead_letter) == 1


def test_nul_characters_do_not_stop_a_batch(engine: Engine, ledger: Ledger) -> None:
    data = checkout("v\0").model_dump(mode="json") | {"holder": "h\0"}
    outcome = ledger.take([spoilt(1, data=data, bootid="b\0"), arrival(checkout("v2"), 2)])
    assert outcome.marks[ADDRESS].seq == 2
    assert count(engine, schema.charge) == 2


def test_what_a_store_can_no_longer_send_is_recorded_as_lost_and_stepped_over(engine: Engine, ledger: Ledger) -> None:
    ledger.take([arrival(door(), seq) for seq in (1, 2, 6, 10)])
    told = ledger.connection_said(ADDRESS, ConnectionV1(online=True, version="1", epoch=7, first_seq=9))
    assert told == WatermarkV1(epoch=7, seq=8)
    assert ledger.take([arrival(door(), 9)]).marks == {ADDRESS: WatermarkV1(epoch=7, seq=10)}
    (status,) = stores(engine)
    assert status.gone == 5  # 3 to 5, 7 and 8
    assert status.version == "1"


def test_the_heartbeat_tells_every_store_about_the_epoch_it_is_in(ledger: Ledger) -> None:
    ledger.take([arrival(door(), 1, epoch=7), arrival(door(), 1, epoch=3, address=OTHER)])
    assert ledger.watermarks() == {ADDRESS: WatermarkV1(epoch=7, seq=1), OTHER: WatermarkV1(epoch=3, seq=1)}
    assert ledger.connection_said(ADDRESS, ConnectionV1(online=True, epoch=9)) == WatermarkV1(epoch=9, seq=0)
    assert ledger.watermarks()[ADDRESS] == WatermarkV1(epoch=9, seq=0)
    ledger.take([arrival(door(), 2, epoch=7)])  # a late one of the old epoch
    assert ledger.watermarks()[ADDRESS].epoch == 9
    assert ledger.connection_said(ADDRESS, ConnectionV1(online=False)) is None


def test_several_consumers_may_share_one_postgresql(server: str) -> None:
    engine = open_engine(server)
    schema.metadata.drop_all(engine)
    schema.metadata.create_all(engine)
    events = [arrival(checkout(f"v{seq}"), seq) for seq in range(1, 201)]
    ledgers = [Ledger(open_engine(server)) for _ in range(4)]

    def work(index: int) -> None:
        mine = events.copy()
        random.Random(index).shuffle(mine)
        for start in range(0, len(mine), 10):
            ledgers[index].take(mine[start : start + 10])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert (count(engine, schema.event), count(engine, schema.charge)) == (200, 200)
    assert Ledger(engine).watermarks() == {ADDRESS: WatermarkV1(epoch=7, seq=200)}
    for ledger in ledgers:
        ledger.close()
    engine.dispose()


def test_entry_rules_refuse_before_they_admit_and_the_store_before_the_tenant(engine: Engine) -> None:
    card = EntryQuestionV1(visit="v1", source="nfc", digest="a" * 64, pass_id=None)
    signed = EntryQuestionV1(visit="v1", source="qr", digest="b" * 64, pass_id="p1")
    assert not answer(engine, ADDRESS, card, admit_signed=True).granted
    assert answer(engine, ADDRESS, signed, admit_signed=True).granted
    assert not answer(engine, ADDRESS, signed, admit_signed=False).granted
    set_rule(engine, "acme", "a" * 64, granted=True, holder="h-9", role="restocker", limit_minor=500)
    verdict = answer(engine, ADDRESS, card, admit_signed=False)
    assert (verdict.granted, verdict.holder, verdict.role, verdict.limit_minor) == (True, "h-9", "restocker", 500)
    set_rule(engine, ADDRESS, "a" * 64, granted=False, reason="stolen")
    assert answer(engine, ADDRESS, card, admit_signed=False).reason == "stolen"
    assert answer(engine, OTHER, card, admit_signed=False).granted
    set_rule(engine, "acme", "p1", granted=False)
    assert not answer(engine, ADDRESS, signed, admit_signed=True).granted


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", "sqlite:////proc/none/fleet.db", "postgresql://fleet@127.0.0.1:1/x"])
def test_a_database_that_cannot_be_used_is_explained(url: str) -> None:
    with pytest.raises(LedgerError, match=r"database|supported"):
        open_engine(url)
