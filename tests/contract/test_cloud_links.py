"""Every way to a broker keeps the port: mosquitto and the development broker by MQTT 5, and the one in memory."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cloud_bridge.backends.memory import MemoryBroker, MemoryLink
from cloud_bridge.backends.mqtt import MqttLink
from cloud_bridge.fleet.dev_broker import DevBroker
from cloud_bridge.ports import Acknowledged, Closed, CloudLink, LinkError, LinkEvent, LinkMessage, LinkWill, Received
from cloud_bridge.settings import CloudSettings
from tests.brokers import Mosquitto, free_port, mosquitto
from tests.certificates import Authority

WILL = LinkWill(LinkMessage("will/none", b"gone", 1), 0)


@dataclass
class Place:
    """A broker to be used through any number of links."""

    link: Callable[[str], CloudLink]
    cut: Callable[[], None]
    says_no_subscriber: bool


@pytest.fixture(params=["mosquitto", "development", "memory"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    with contextlib.ExitStack() as stack:
        if request.param == "memory":
            broker = MemoryBroker()
            yield Place(lambda _: MemoryLink(broker), broker.cut, True)
        elif request.param == "development":
            child = stack.enter_context(DevBroker())
            yield Place(lambda name: MqttLink(CloudSettings(broker=child.url), name), child.stop, False)
        else:
            running = stack.enter_context(mosquitto())
            yield Place(lambda name: MqttLink(CloudSettings(broker=running.url), name), running.kill, True)


@contextlib.asynccontextmanager
async def opened(place: Place, name: str, *topics: str, will: LinkWill = WILL) -> AsyncIterator[CloudLink]:
    link = place.link(name)
    await link.open(topics, will)
    try:
        yield link
    finally:
        await link.close()


async def until(link: CloudLink, wanted: Callable[[LinkEvent], bool]) -> LinkEvent:
    async with asyncio.timeout(10):
        while not wanted(event := await link.next_event()):
            pass
        return event


async def test_a_message_arrives_with_its_properties_and_is_acknowledged(place: Place) -> None:
    async with opened(place, "a") as sender, opened(place, "b", "x/+/y") as receiver:
        message = LinkMessage("x/1/y", b"\x00\xff", 1, False, 60, "application/json", "x/answer", b"\x01\x02")
        ticket = sender.send(message)
        assert await until(sender, lambda event: isinstance(event, Acknowledged)) == Acknowledged(ticket, False, "Success")
        event = await until(receiver, lambda event: isinstance(event, Received))
        assert isinstance(event, Received)
        assert event.message.payload == b"\x00\xff"
        assert (event.message.content_type, event.message.response_topic, event.message.correlation) == (
            "application/json",
            "x/answer",
            b"\x01\x02",
        )
        assert event.message.expiry_s is not None
        assert event.message.expiry_s <= 60


async def test_messages_of_one_sender_keep_their_order(place: Place) -> None:
    async with opened(place, "a") as sender, opened(place, "b", "n") as receiver:
        for number in range(100):
            sender.send(LinkMessage("n", b"%d" % number, 1))
        got: list[int] = []
        while len(got) < 100:
            event = await until(receiver, lambda event: isinstance(event, Received))
            assert isinstance(event, Received)
            got.append(int(event.message.payload))
        assert got == list(range(100))


async def test_nobody_subscribed_is_told_where_the_broker_tells_it(place: Place) -> None:
    async with opened(place, "a") as sender:
        ticket = sender.send(LinkMessage("nobody/listens", b"", 1))
        event = await until(sender, lambda event: isinstance(event, Acknowledged))
        assert isinstance(event, Acknowledged)
        assert (event.ticket, event.failed) == (ticket, False)
        assert event.subscriber is not place.says_no_subscriber


async def test_a_retained_message_waits_for_who_comes_later(place: Place) -> None:
    async with opened(place, "a") as sender:
        sender.send(LinkMessage("state", b"online", 1, retain=True))
        await until(sender, lambda event: isinstance(event, Acknowledged))
        async with opened(place, "b", "state") as receiver:
            event = await until(receiver, lambda event: isinstance(event, Received))
            assert isinstance(event, Received)
            assert (event.message.payload, event.message.retain) == (b"online", True)


async def test_a_clean_end_publishes_no_will(place: Place) -> None:
    async with opened(place, "b", "will/#", "after") as receiver:
        async with opened(place, "a", will=LinkWill(LinkMessage("will/a", b"gone", 1), 0)):
            pass
        async with opened(place, "c") as sender:
            sender.send(LinkMessage("after", b"", 0))
            event = await until(receiver, lambda event: isinstance(event, Received))
            assert isinstance(event, Received)
            assert event.message.topic == "after"


async def test_a_connection_that_breaks_says_so_and_swallows_what_is_sent_afterwards(place: Place) -> None:
    link = place.link("a")
    await link.open((), WILL)
    place.cut()
    assert isinstance(await until(link, lambda event: isinstance(event, Closed)), Closed)
    assert isinstance(link.send(LinkMessage("x", b"", 1)), int)
    await link.close()


async def test_a_link_that_is_not_open_is_closed_and_closing_twice_is_nothing(place: Place) -> None:
    link = place.link("a")
    assert isinstance(await link.next_event(), Closed)
    await link.close()
    await link.open((), WILL)
    await link.close()
    await link.close()


async def test_nobody_at_the_address_is_a_link_error() -> None:
    link = MqttLink(CloudSettings(broker=f"mqtt://127.0.0.1:{free_port()}"), "a")
    with pytest.raises(LinkError, match=r"127\.0\.0\.1") as caught:
        await link.open((), WILL)
    assert not caught.value.refused


async def test_a_frozen_broker_is_noticed_while_connecting_and_while_connected() -> None:
    with mosquitto() as broker:
        link = MqttLink(CloudSettings(broker=broker.url, keepalive_s=1, connect_timeout_s=1.0), "a")
        await link.open((), WILL)
        broker.freeze()
        event = await until(link, lambda event: isinstance(event, Closed))
        assert isinstance(event, Closed)
        await link.close()
        with pytest.raises(LinkError, match="no answer in time"):
            await link.open((), WILL)
        broker.thaw()
        await link.open((), WILL)
        await link.close()


async def test_a_broker_that_takes_few_at_once_is_not_overrun() -> None:
    with mosquitto(extra=("max_inflight_messages 5",)) as broker:
        link = MqttLink(CloudSettings(broker=broker.url), "a")
        await link.open(("n",), WILL)
        tickets = {link.send(LinkMessage("n", b"", 1)) for _ in range(60)}
        while tickets:
            event = await until(link, lambda event: isinstance(event, Acknowledged | Closed))
            assert isinstance(event, Acknowledged), event
            tickets.discard(event.ticket)
        await link.close()


class TestTls:
    """Mutual TLS with mosquitto: who has no certificate of the right authority stays out, on both sides."""

    @pytest.fixture
    def authority(self, tmp_path: Path) -> Authority:
        return Authority(tmp_path)

    @pytest.fixture
    def broker(self, tmp_path: Path, authority: Authority) -> Iterator[Mosquitto]:
        server = authority.issue("broker")
        rules = tmp_path / "acl"
        rules.write_text("pattern write ss/v1/acme/%u/evt/#\npattern read ss/v1/acme/%u/ack\n")
        extra = (
            f"cafile {authority.cert}",
            f"certfile {server.cert}",
            f"keyfile {server.key}",
            "require_certificate true",
            "use_identity_as_username true",
            f"acl_file {rules}",
        )
        with mosquitto(extra=extra, anonymous=False, tls=True) as broker:
            yield broker

    async def test_a_store_is_known_by_its_certificate_and_kept_to_its_own_topics(self, authority: Authority, broker: Mosquitto) -> None:
        store = authority.issue("S0001")
        settings = CloudSettings(broker=broker.url, ca_file=authority.cert, cert_file=store.cert, key_file=store.key)
        link = MqttLink(settings, "acme-S0001")
        await link.open(("ss/v1/acme/S0001/ack",), WILL)
        own = link.send(LinkMessage("ss/v1/acme/S0001/evt/door", b"", 1))
        event = await until(link, lambda event: isinstance(event, Acknowledged))
        assert isinstance(event, Acknowledged)
        assert (event.ticket, event.failed) == (own, False)
        other = link.send(LinkMessage("ss/v1/acme/S0002/evt/door", b"", 1))
        event = await until(link, lambda event: isinstance(event, Acknowledged))
        assert isinstance(event, Acknowledged)
        assert (event.ticket, event.failed, event.reason) == (other, True, "Not authorized")
        await link.close()

    async def test_without_a_certificate_nobody_comes_in(self, authority: Authority, broker: Mosquitto) -> None:
        link = MqttLink(CloudSettings(broker=broker.url, ca_file=authority.cert, connect_timeout_s=3.0), "acme-S0001")
        with pytest.raises(LinkError):
            await link.open((), WILL)

    async def test_an_expired_certificate_does_not_come_in(self, authority: Authority, broker: Mosquitto) -> None:
        store = authority.issue("S0001", expired=True)
        settings = CloudSettings(broker=broker.url, ca_file=authority.cert, cert_file=store.cert, key_file=store.key, connect_timeout_s=3.0)
        with pytest.raises(LinkError):
            await MqttLink(settings, "acme-S0001").open((), WILL)

    async def test_a_broker_of_a_stranger_is_not_trusted(self, tmp_path: Path, authority: Authority, broker: Mosquitto) -> None:
        stranger = Authority(tmp_path, "stranger")
        store = authority.issue("S0001")
        settings = CloudSettings(broker=broker.url, ca_file=stranger.cert, cert_file=store.cert, key_file=store.key)
        with pytest.raises(LinkError, match="certificate verify failed"):
            await MqttLink(settings, "acme-S0001").open((), WILL)

    async def test_a_missing_file_is_named(self, tmp_path: Path, broker: Mosquitto) -> None:
        settings = CloudSettings(broker=broker.url, ca_file=tmp_path / "no.pem")
        with pytest.raises(LinkError, match=r"no\.pem"):
            await MqttLink(settings, "acme-S0001").open((), WILL)
