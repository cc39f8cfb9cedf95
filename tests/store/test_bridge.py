"""The bridge against real brokers and a real consumer: delivery, loss, refusal, nonsense, questions, who is online."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import time
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from cloud_bridge.backends.memory import MemoryBroker, MemoryLink
from cloud_bridge.backends.mqtt import MqttLink
from cloud_bridge.entry_messages import EntryOfferV1, OfferAnswerV1
from cloud_bridge.envelope import open_envelope
from cloud_bridge.facts import CloudLost, CloudReachable, EntryAnswered, EntryOffered
from cloud_bridge.fleet import schema
from cloud_bridge.fleet.engine import open_engine
from cloud_bridge.fleet.reading import set_rule, stores
from cloud_bridge.messages import HealthV1, WatermarkV1
from cloud_bridge.ports import LinkEvent, LinkMessage, LinkWill, Received
from cloud_bridge.settings import CloudSettings
from cloud_bridge.topics import ACK, ANSWER_ENTRY, ANSWER_OFFER, ASK_ENTRY, CONN, EVENTS_EVERYWHERE, OFFER_ENTRY, TEL_HEALTH
from tests.brokers import Mosquitto, mosquitto
from tests.databases import postgresql
from tests.outbox_rig import ADDRESS, alarm, checkout, door
from tests.store.bridge_rig import QUICK, Store, consumer, count, database, quick, until

_S = 1_000_000_000


def _charged(engine: Engine, visits: int) -> bool:
    return count(engine, schema.charge) == visits


NO_WILL = LinkWill(LinkMessage("will/none", b"", 0), 0)
HEALTH = HealthV1(version="1", cabinet="idle", uptime_s=1, outbox_depth=0, oldest_unconfirmed_s=None, clocksync="ntp")


@pytest.fixture
def broker() -> Iterator[Mosquitto]:
    with mosquitto() as broker:
        yield broker


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path)
    yield store
    store.close()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = database(tmp_path)
    yield engine
    engine.dispose()


@contextlib.asynccontextmanager
async def listener(link: Any, *topics: str) -> AsyncIterator[list[LinkMessage]]:
    """Everything that comes on ``topics`` while the context is open."""
    await link.open(topics, NO_WILL)
    heard: list[LinkMessage] = []

    async def listen() -> None:
        while isinstance(event := await link.next_event(), LinkEvent):
            if isinstance(event, Received):
                heard.append(event.message)

    task = asyncio.create_task(listen())
    try:
        yield heard
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await link.close()


async def test_what_waited_and_what_comes_arrives_and_is_confirmed(broker: Mosquitto, store: Store, engine: Engine) -> None:
    store.journal.write([checkout("v1"), door(), alarm()])
    with consumer(broker.url, engine):
        async with store.bridge(quick(broker.url)) as bridge:
            await until(lambda: bridge.live().confirmed == 3)
            store.journal.write([checkout("v2")])
            bridge.notify()
            await until(lambda: bridge.live().confirmed == 4)
            assert (bridge.live().depth, bridge.live().oldest_age_s, bridge.live().condition) == (0, None, "connected")
            assert [type(fact) for fact in store.facts] == [CloudReachable]
            assert bridge.live().repeated == 0
    assert count(engine, schema.charge) == 2


async def test_events_wait_for_the_consumer_although_the_broker_took_them(broker: Mosquitto, store: Store, engine: Engine) -> None:
    store.journal.write([checkout("v1")])
    async with store.bridge(quick(broker.url)) as bridge:
        await until(lambda: bridge.live().taken >= 1)
        await until(lambda: CloudLost in map(type, store.facts))
        assert bridge.live().without_subscriber >= 1
        assert store.outbox.depth() == 1
        with consumer(broker.url, engine):
            await until(lambda: store.outbox.depth() == 0)
            await until(lambda: CloudReachable in map(type, store.facts))


async def test_a_consumer_that_falls_silent_is_noticed_although_the_broker_lives(broker: Mosquitto, store: Store, engine: Engine) -> None:
    async with store.bridge(quick(broker.url)) as bridge:
        with consumer(broker.url, engine):
            await until(lambda: CloudReachable in map(type, store.facts))
        await until(lambda: CloudLost in map(type, store.facts))
        assert bridge.live().condition == "lost"
        assert bridge.live().connections == 1


async def test_the_weaker_mode_is_content_with_the_broker(broker: Mosquitto, store: Store) -> None:
    async with listener(MqttLink(CloudSettings(broker=broker.url), "cloud"), EVENTS_EVERYWHERE) as heard:
        store.journal.write([checkout("v1"), door()])
        async with store.bridge(quick(broker.url, delivery={"confirmation": "puback"})):
            await until(lambda: store.outbox.depth() == 0)
            await until(lambda: len(heard) == 2)
            assert [type(fact) for fact in store.facts] == [CloudReachable]


async def test_the_weaker_mode_keeps_what_nobody_subscribed_to(broker: Mosquitto, store: Store) -> None:
    store.journal.write([door()])
    async with store.bridge(quick(broker.url, delivery={"confirmation": "puback"})) as bridge:
        await until(lambda: bridge.live().without_subscriber >= 2)  # sent, kept, sent again
        assert store.outbox.depth() == 1


async def test_a_repetition_is_the_same_bytes(broker: Mosquitto, store: Store) -> None:
    async with listener(MqttLink(CloudSettings(broker=broker.url), "cloud"), EVENTS_EVERYWHERE) as heard:
        store.journal.write([checkout("v1")])
        async with store.bridge(quick(broker.url)):
            await until(lambda: len(heard) >= 3)
    assert len({message.payload for message in heard}) == 1
    assert {message.content_type for message in heard} == {"application/cloudevents+json"}


async def test_money_overtakes_the_record_and_the_rate_is_kept(broker: Mosquitto, store: Store) -> None:
    store.journal.write([door()] * 60 + [alarm()] * 5 + [checkout(f"v{number}") for number in range(5)])
    async with listener(MqttLink(CloudSettings(broker=broker.url), "cloud"), EVENTS_EVERYWHERE) as heard:
        began = time.monotonic()
        async with store.bridge(quick(broker.url, delivery={"rate_per_s": 50.0, "window": 20, "resend_after_s": 60.0})):
            await until(lambda: len(heard) == 70)
            took_s = time.monotonic() - began
    seqs = [open_envelope(message.payload).seq for message in heard]
    assert seqs == [*range(66, 71), *range(61, 66), *range(1, 61)]
    assert took_s >= (70 - 20) / 50.0  # one window at once, the rest at the rate


async def test_a_broker_that_refuses_events_is_named_and_not_hammered(
    tmp_path: Path, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    rules = tmp_path / "acl"
    rules.write_text("topic read ss/#\ntopic write ss/v1/+/+/conn\n")
    store.journal.write([checkout("v1")])
    with mosquitto(extra=(f"acl_file {rules}",)) as broker:
        async with store.bridge(quick(broker.url)) as bridge:
            await until(lambda: bridge.live().refused >= 3)
            assert "Not authorized" in (bridge.live().last_error or "")
            assert "check this store's rights" in (bridge.live().last_error or "")
    assert store.outbox.depth() == 1
    assert sum("Not authorized" in record.message for record in caplog.records) == 1  # said once, not at every attempt


async def test_hostile_words_on_its_topics_are_counted_and_change_nothing(broker: Mosquitto, store: Store) -> None:
    store.journal.write([door()] * 3)
    epoch = store.outbox.epoch
    words: list[bytes] = [
        b"",
        b"\xff\xfe",
        b"[]",
        b"{" * 5000,
        b"x" * 200_000,
        b'{"epoch":%d,"seq":-1}' % epoch,
        b'{"epoch":%d,"seq":2.0}' % epoch,
        b'{"epoch":%d,"seq":1e2}' % epoch,
        b'{"epoch":%d,"seq":"2"}' % epoch,
        b'{"epoch":%d,"seq":NaN}' % epoch,
        b'{"epoch":%d}' % epoch,
    ]
    odd = [b'{"epoch":%d,"seq":3}' % (epoch - 1), b'{"epoch":%d,"seq":4}' % epoch, b'{"epoch":%d,"seq":99999999999999}' % epoch]
    enemy = MqttLink(CloudSettings(broker=broker.url), "enemy")
    await enemy.open((), NO_WILL)
    async with store.bridge(quick(broker.url, delivery={"resend_after_s": 60.0})) as bridge:
        await until(lambda: bridge.live().taken >= 3)
        for word in words + odd:
            enemy.send(LinkMessage(ACK.at(ADDRESS), word, 1))
        for word in words:
            enemy.send(LinkMessage(ANSWER_ENTRY.at(ADDRESS), word, 1, correlation=b"guess"))
        await until(lambda: bridge.live().unreadable == len(words) and bridge.live().watermarks_odd == len(odd))
        await until(lambda: bridge.live().answers_dropped == len(words))
        assert (store.outbox.depth(), store.outbox.epoch, bridge.live().connections) == (3, epoch, 1)
        enemy.send(LinkMessage(ACK.at(ADDRESS), WatermarkV1(epoch=epoch, seq=2).model_dump_json().encode(), 1))
        await until(lambda: store.outbox.depth() == 1)
    await enemy.close()


async def test_an_outbox_that_proves_to_be_an_old_copy_goes_on_under_a_new_epoch(broker: Mosquitto, store: Store, engine: Engine) -> None:
    store.journal.write([door()] * 5)
    old = store.outbox.epoch
    with consumer(broker.url, engine):
        async with store.bridge(quick(broker.url)):
            await until(lambda: store.outbox.depth() == 0)
        # The card is replaced by an image taken after the second event: same epoch, fewer events, then other ones.
        store.journal.connection.execute("DELETE FROM outbox WHERE n > 2")
        store.journal.connection.execute("UPDATE outbox_state SET last = 2, confirmed = 2")
        store.journal.write([checkout("after the restore")])
        async with store.bridge(quick(broker.url)) as bridge:
            await until(lambda: count(engine, schema.charge) == 1)
            await until(lambda: bridge.live().depth == 0 and bridge.live().epoch > old)
    assert count(engine, schema.event) == 6


async def test_a_far_end_that_lost_its_database_gets_everything_that_is_kept(broker: Mosquitto, store: Store, tmp_path: Path) -> None:
    store.journal.write([checkout(f"v{number}") for number in range(5)])
    for name in ("first", "second"):
        engine = database(tmp_path / name)
        with consumer(broker.url, engine):
            async with store.bridge(quick(broker.url)):
                await until(partial(_charged, engine, 5))
        engine.dispose()


async def test_what_the_store_no_longer_keeps_is_reported_as_lost_and_does_not_block(
    broker: Mosquitto, store: Store, tmp_path: Path
) -> None:
    store.journal.write([door()] * 6)
    store.outbox.confirm(store.outbox.epoch, 5)
    store.outbox.forget(0, keep_rows=2)  # 1 to 3 are gone
    engine = database(tmp_path / "new")
    with consumer(broker.url, engine):
        async with store.bridge(quick(broker.url)):
            await until(lambda: stores(engine) != [] and stores(engine)[0].watermark == 6)
    (status,) = stores(engine)
    assert (status.gone, status.gaps) == (3, ())
    engine.dispose()


async def test_consumers_of_one_group_divide_the_work_and_confirm_all_of_it(broker: Mosquitto, store: Store) -> None:
    with postgresql() as url, contextlib.ExitStack() as stack:
        members = []
        for name in ("one", "two"):
            engine = open_engine(url)
            stack.callback(engine.dispose)
            members.append(stack.enter_context(consumer(broker.url, engine, client_id=name, share="fleet", batch=10)))
        async with store.bridge(quick(broker.url)) as bridge:
            for number in range(60):
                store.journal.write([checkout(f"v{number}-{index}") for index in range(10)])
            bridge.notify()
            await until(lambda: store.outbox.depth() == 0, within_s=30.0)
        assert count(engine, schema.charge) == 600
        assert all(member.counters.stored > 0 for member in members)


async def test_a_question_is_answered_in_time_and_a_late_answer_is_dropped(broker: Mosquitto, store: Store, engine: Engine) -> None:
    set_rule(engine, "acme", "a" * 64, granted=True, holder="h-1", role="restocker", limit_minor=900)
    async with store.bridge(quick(broker.url)) as bridge:
        with consumer(broker.url, engine):
            await until(lambda: bridge.live().heard_s_ago is not None)
            began = time.monotonic_ns()
            await bridge.ask_entry(visit="v1", source="nfc", digest="a" * 64, pass_id=None, expires_ns=began + 5 * _S)
            await bridge.ask_entry(visit="v2", source="nfc", digest="b" * 64, pass_id=None, expires_ns=began + 5 * _S)
            await until(lambda: sum(isinstance(fact, EntryAnswered) for fact in store.facts) == 2)
    answers = {fact.visit: fact for fact in store.facts if isinstance(fact, EntryAnswered)}
    assert (answers["v1"].granted, answers["v1"].holder, answers["v1"].role, answers["v1"].limit_minor) == (True, "h-1", "restocker", 900)
    assert (answers["v2"].granted, answers["v2"].reason) == (False, "unknown")
    async with listener(MqttLink(CloudSettings(broker=broker.url), "slow"), ASK_ENTRY.everywhere()) as asked:
        slow = MqttLink(CloudSettings(broker=broker.url), "slower")
        await slow.open((), NO_WILL)
        async with store.bridge(quick(broker.url)) as bridge:
            await until(lambda: bridge.live().condition != "connecting" and bridge.live().connections == 1)
            expires_ns = time.monotonic_ns() + _S // 5
            await bridge.ask_entry(visit="v3", source="qr", digest="c" * 64, pass_id="p", expires_ns=expires_ns)
            await until(lambda: asked != [] and time.monotonic_ns() > expires_ns)
            assert (asked[0].response_topic, asked[0].retain) == (ANSWER_ENTRY.at(ADDRESS), False)
            assert asked[0].expiry_s is not None
            slow.send(LinkMessage(ANSWER_ENTRY.at(ADDRESS), b'{"visit":"v3","granted":true}', 1, correlation=asked[0].correlation))
            await until(lambda: bridge.live().answers_dropped == 1)
        await slow.close()
    assert sum(isinstance(fact, EntryAnswered) for fact in store.facts) == 2


async def test_a_question_without_a_connection_is_dropped_in_silence(store: Store) -> None:
    async with store.bridge(quick("mqtt://127.0.0.1:1")) as bridge:
        await bridge.ask_entry(visit="v1", source="qr", digest="a" * 64, pass_id=None, expires_ns=time.monotonic_ns() + _S)
        bridge.publish_health(HEALTH)
        await until(lambda: bridge.live().last_error is not None)
        assert bridge.live().telemetry_dropped == 1


async def test_who_is_online_is_retained_and_the_last_will_says_when_not(broker: Mosquitto, store: Store) -> None:
    async with listener(MqttLink(CloudSettings(broker=broker.url), "watcher"), CONN.everywhere(), TEL_HEALTH.everywhere()) as heard:
        async with store.bridge(quick(broker.url)) as bridge:
            await until(lambda: len(heard) == 1)
            bridge.publish_health(HEALTH)
            await until(lambda: len(heard) == 2)
            assert (heard[1].topic, heard[1].qos, heard[1].expiry_s) == (TEL_HEALTH.at(ADDRESS), 0, 120)
        await until(lambda: len(heard) == 3)
        said = [json.loads(message.payload) for message in heard]
        assert (said[0]["online"], said[0]["epoch"], said[2]["online"]) == (True, store.outbox.epoch, False)
        async with listener(MqttLink(CloudSettings(broker=broker.url), "later"), CONN.everywhere()) as retained:
            await until(lambda: len(retained) == 1)
            assert retained[0].retain


async def test_a_frozen_broker_is_noticed_and_left_and_everything_comes_afterwards(broker: Mosquitto, store: Store, engine: Engine) -> None:
    with consumer(broker.url, engine):
        async with store.bridge(quick(broker.url)) as bridge:
            await until(lambda: CloudReachable in map(type, store.facts))
            broker.freeze()
            store.journal.write([checkout("v1")])
            bridge.notify()
            await until(lambda: CloudLost in map(type, store.facts))
            await until(lambda: bridge.live().last_error is not None)
            broker.thaw()
            await until(lambda: store.outbox.depth() == 0)
            await until(lambda: isinstance(store.facts[-1], CloudReachable))
    assert count(engine, schema.charge) == 1


async def test_the_loop_shows_that_it_is_alive_while_it_waits_for_a_dead_broker(store: Store) -> None:
    from cloud_bridge.bridge import Bridge
    from tests.outbox_rig import stamp

    beats: list[float] = []
    settings = quick("mqtt://127.0.0.1:1", delivery=QUICK | {"retry_first_s": 5.0, "retry_max_s": 300.0})
    bridge = Bridge(
        settings, store.outbox, MqttLink(settings, "a"), store.facts.append, stamp=stamp, beat=lambda: beats.append(time.monotonic())
    )
    task = asyncio.create_task(bridge.run())
    await until(lambda: len(beats) >= 4)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert max(later - earlier for earlier, later in itertools.pairwise(beats)) < 3.0


async def test_the_same_bridge_runs_over_a_broker_in_memory(store: Store) -> None:
    broker = MemoryBroker()
    store.journal.write([checkout("v1"), door()])
    cloud = MemoryLink(broker)
    async with listener(cloud, EVENTS_EVERYWHERE) as heard, store.bridge(quick("mqtt://memory"), MemoryLink(broker)) as bridge:
        await until(lambda: len(heard) == 2)
        broker.cut()
        await cloud.open((EVENTS_EVERYWHERE,), NO_WILL)
        await until(lambda: bridge.live().connections == 2)
        cloud.send(LinkMessage(ACK.at(ADDRESS), WatermarkV1(epoch=store.outbox.epoch, seq=2).model_dump_json().encode(), 1))
        await until(lambda: store.outbox.depth() == 0)


async def test_an_offer_reaches_the_store_once_and_is_answered_and_nonsense_is_not_heard(broker: Mosquitto, store: Store) -> None:
    offer = EntryOfferV1(code="q7Zb1Xo0f3mT9wLsKc2e8A", presented="ss1.k.c.s")
    body = offer.model_dump_json().encode()
    cloud = MqttLink(CloudSettings(broker=broker.url), "cloud")
    async with listener(cloud, ANSWER_OFFER.everywhere()) as heard, store.bridge(quick(broker.url)) as bridge:
        await until(lambda: bridge.live().connections == 1)
        for nonsense in (
            LinkMessage(OFFER_ENTRY.at(ADDRESS), body, 1),
            LinkMessage(OFFER_ENTRY.at(ADDRESS), body[:-1], 1, correlation=b"c0"),
            LinkMessage(OFFER_ENTRY.at(ADDRESS), b"x" * 100_000, 1, correlation=b"c0"),
        ):
            cloud.send(nonsense)
        cloud.send(LinkMessage(OFFER_ENTRY.at(ADDRESS), body, 1, expiry_s=10, response_topic=ACK.at(ADDRESS), correlation=b"c1"))
        await until(lambda: any(isinstance(fact, EntryOffered) for fact in store.facts))
        (fact,) = [fact for fact in store.facts if isinstance(fact, EntryOffered)]
        assert (fact.code, fact.text, fact.door, fact.correlation) == (offer.code, offer.presented, None, b"c1")
        assert bridge.live().offers_dropped == 3
        bridge.answer_offer(OfferAnswerV1(accepted=False, code="code_unknown", words="Too late."), fact.correlation)
        await until(lambda: heard != [])
        (answer,) = heard
        assert (answer.topic, answer.correlation, answer.retain) == (ANSWER_OFFER.at(ADDRESS), b"c1", False)
        assert OfferAnswerV1.model_validate_json(answer.payload).code == "code_unknown"
