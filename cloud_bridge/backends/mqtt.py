"""The link over MQTT 5 with paho-mqtt: one client per connection, its network thread, and the hand-over to the event loop.

Nothing here decides about repetition: a client that loses its connection is thrown away with all it had queued.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from cloud_bridge.ports import Acknowledged, Closed, LinkError, LinkEvent, LinkMessage, LinkWill, Received
from cloud_bridge.settings import CloudSettings, broker_address

MAX_WAITING = 1000  # messages; what the broker sends faster than it is read is dropped beyond this, and the watermark is repeated anyway
MAX_PACKET_BYTES = 256 * 1024  # bytes; told to the broker: nothing that a store has to read is larger
RECEIVE_MAXIMUM_UNSAID = 65_535  # messages; what MQTT 5 says holds where the broker says nothing
IN_FLIGHT = 128  # messages inside paho; above the delivery window, so that the window decides
NO_SUBSCRIBER = 0x10  # MQTT 5 reason code: taken, but nobody is subscribed
CLOSE_S = 2.0  # s; a clean goodbye to a broker that does not answer is given up then


def no_delay(_client: Client, _userdata: Any, sock: Any) -> None:
    """Switch Nagle's algorithm off: with it a round trip takes 40 ms more on each side."""
    with contextlib.suppress(OSError, AttributeError):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class _Closing(ssl.SSLSocket):
    """Closes itself when the handshake fails: paho forgets the socket of a connection that was refused."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


def tls_context(ca_file: Path | None, cert_file: Path | None, key_file: Path | None) -> ssl.SSLContext:
    """The TLS context of these files. Raises LinkError naming the files when one cannot be used."""
    try:
        context = ssl.create_default_context(cafile=ca_file)
        context.sslsocket_class = _Closing
        if cert_file is not None:
            context.load_cert_chain(cert_file, key_file)
    except (OSError, ssl.SSLError) as error:
        files = ", ".join(str(file) for file in (ca_file, cert_file, key_file) if file)
        raise LinkError(f"the certificates cannot be used ({error}): check {files}", refused=True) from error
    return context


def make_properties(packet: int) -> Any:
    """Empty MQTT 5 properties of one packet type, whose attributes paho makes up as they are set."""
    make: Callable[[int], Any] = Properties
    return make(packet)


def publish_properties(message: LinkMessage) -> Properties:
    """The MQTT 5 properties of one message."""
    if message.response_topic is None and message.correlation is None:
        return _plain_properties(message.expiry_s, message.content_type)
    return _properties(message.expiry_s, message.content_type, message.response_topic, message.correlation)


def _properties(expiry_s: int | None, content_type: str | None, response_topic: str | None, correlation: bytes | None) -> Properties:
    properties = make_properties(PacketTypes.PUBLISH)
    if expiry_s is not None:
        properties.MessageExpiryInterval = expiry_s
    if content_type is not None:
        properties.ContentType = content_type
    if response_topic is not None:
        properties.ResponseTopic = response_topic
    if correlation is not None:
        properties.CorrelationData = correlation
    made: Properties = properties
    return made


@lru_cache(maxsize=64)
def _plain_properties(expiry_s: int | None, content_type: str | None) -> Properties:
    # All events have the same ones, and making them costs paho as much as sending. They are only read from here on.
    return _properties(expiry_s, content_type, None, None)


def received_message(message: MQTTMessage) -> LinkMessage:
    """A received PUBLISH as a value."""
    properties = message.properties
    return LinkMessage(
        topic=message.topic,
        payload=bytes(message.payload),
        qos=message.qos,
        retain=message.retain,
        expiry_s=getattr(properties, "MessageExpiryInterval", None),
        content_type=getattr(properties, "ContentType", None),
        response_topic=getattr(properties, "ResponseTopic", None),
        correlation=getattr(properties, "CorrelationData", None),
    )


class _Connection:
    """One paho client from its creation to its end. Callbacks run on paho's thread and only hand over."""

    def __init__(self, settings: CloudSettings, client_id: str, subscriptions: tuple[str, ...], will: LinkWill, in_flight: int) -> None:
        self.receive_maximum = RECEIVE_MAXIMUM_UNSAID
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._handed: deque[LinkEvent] = deque()
        self._scheduled = False
        self._dropped = 0
        self._subscriptions = subscriptions
        self.events: asyncio.Queue[LinkEvent] = asyncio.Queue()
        self.up: asyncio.Future[None] = self._loop.create_future()
        self.gone = asyncio.Event()
        self.client = client = Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTv5, reconnect_on_failure=False)
        client.max_inflight_messages_set(in_flight)
        client.on_socket_open = no_delay
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        client.on_disconnect = self._on_disconnect
        client.connect_timeout = settings.connect_timeout_s
        if settings.username is not None:
            client.username_pw_set(settings.username, settings.password_file.read_text().strip() if settings.password_file else None)
        if settings.tls:
            client.tls_set_context(tls_context(settings.ca_file, settings.cert_file, settings.key_file))
        last = make_properties(PacketTypes.WILLMESSAGE)
        last.WillDelayInterval = will.delay_s
        if will.message.content_type is not None:
            last.ContentType = will.message.content_type
        client.will_set(will.message.topic, will.message.payload, will.message.qos, will.message.retain, last)

    def connect(self, settings: CloudSettings) -> None:
        """Blocking: name resolution, TCP, TLS; the CONNACK comes on the network thread."""
        properties = make_properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = settings.session_expiry_s
        properties.MaximumPacketSize = MAX_PACKET_BYTES
        host, port = broker_address(settings.broker)
        self.client.connect(host, port, settings.keepalive_s, clean_start=False, properties=properties)
        self.client.loop_start()

    async def end(self, *, politely: bool) -> None:
        """Stop the network thread; politely: say goodbye first."""
        if politely and not self.gone.is_set():
            self.client.disconnect()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.gone.wait(), CLOSE_S)
        sock: Any = self.client.socket()  # a socket or its TLS wrapper
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)  # wakes the network thread out of a peer that has stopped answering
        await asyncio.to_thread(self.client.loop_stop)
        if not self.up.done():
            self.up.cancel()

    # -- on paho's thread

    def _on_connect(self, client: Client, _userdata: Any, _flags: ConnectFlags, reason: ReasonCode, properties: Properties | None) -> None:
        if reason.is_failure:
            self._settle(LinkError(f"the broker refused the connection: {reason}", refused=True))
            return
        self.receive_maximum = getattr(properties, "ReceiveMaximum", RECEIVE_MAXIMUM_UNSAID)
        if self._subscriptions:
            client.subscribe([(topic, SubscribeOptions(qos=1)) for topic in self._subscriptions])
        else:
            self._settle(None)

    def _on_subscribe(self, _client: Client, _userdata: Any, _mid: int, reasons: list[ReasonCode], _properties: Properties | None) -> None:
        refused = [
            f"{topic} ({reason})" for topic, reason in zip(self._subscriptions, reasons, strict=False) if reason.is_failure
        ]  # fmt: skip
        error = LinkError(f"the broker refused the subscription to {', '.join(refused)}", refused=True) if refused else None
        self._settle(error)

    def _on_publish(self, _client: Client, _userdata: Any, mid: int, reason: ReasonCode, _properties: Properties | None) -> None:
        self._hand_over(Acknowledged(mid, reason.is_failure, str(reason), subscriber=reason.value != NO_SUBSCRIBER))

    def _on_message(self, _client: Client, _userdata: Any, message: MQTTMessage) -> None:
        self._hand_over(Received(received_message(message)))

    def _on_disconnect(
        self, _client: Client, _userdata: Any, flags: DisconnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        who = "the broker ended it: " if flags.is_disconnect_packet_from_server else ""
        self._settle(LinkError(f"the connection broke while it was made: {who}{reason}"))
        self._hand_over(Closed(f"{who}{reason}"))

    def _settle(self, error: LinkError | None) -> None:
        self._in_loop(self._settle_up, error)

    def _settle_up(self, error: LinkError | None) -> None:
        if self.up.done():
            return
        if error is None:
            self.up.set_result(None)
        else:
            self.up.set_exception(error)

    def _hand_over(self, event: LinkEvent) -> None:
        # One wake-up of the event loop for many events: each one costs a system call.
        with self._lock:
            if isinstance(event, Received) and len(self._handed) >= MAX_WAITING:
                self._dropped += 1
                return
            self._handed.append(event)
            if self._scheduled:
                return
            self._scheduled = True
        self._in_loop(self._take_over)

    def _in_loop(self, call: Any, *arguments: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the event loop is closed: nobody is left to tell
            self._loop.call_soon_threadsafe(call, *arguments)

    # -- in the event loop

    def _take_over(self) -> None:
        with self._lock:
            handed, self._handed = self._handed, deque()
            self._scheduled = False
        for event in handed:
            if isinstance(event, Closed):
                self.gone.set()
            self.events.put_nowait(event)


class MqttLink:
    """CloudLink over paho-mqtt."""

    def __init__(self, settings: CloudSettings, client_id: str) -> None:
        self._settings = settings
        self._client_id = client_id
        self._connection: _Connection | None = None
        self._in_flight = IN_FLIGHT

    async def open(self, subscriptions: tuple[str, ...], will: LinkWill) -> None:
        connection = await self._open_once(subscriptions, will)
        if connection.receive_maximum < self._in_flight:
            # The broker takes fewer at once, and a client cannot be told after it has connected: once more, for good.
            self._in_flight = connection.receive_maximum
            await self._open_once(subscriptions, will)

    async def _open_once(self, subscriptions: tuple[str, ...], will: LinkWill) -> _Connection:
        await self.close()
        try:
            connection = _Connection(self._settings, self._client_id, subscriptions, will, self._in_flight)
        except OSError as error:
            raise LinkError(f"a file of the settings cannot be read: {error}", refused=True) from error
        self._connection = connection
        try:
            async with asyncio.timeout(self._settings.connect_timeout_s):
                await asyncio.to_thread(connection.connect, self._settings)
                await connection.up
        except (OSError, ValueError) as error:
            await self._abandon()
            reason = "no answer in time" if isinstance(error, TimeoutError) else str(error)
            raise LinkError(f"{self._settings.broker}: {reason}") from error
        except BaseException:
            await self._abandon()
            raise
        return connection

    def send(self, message: LinkMessage) -> int:
        if self._connection is None:
            return 0
        return self._connection.client.publish(
            message.topic, message.payload, message.qos, message.retain, publish_properties(message)
        ).mid  # fmt: skip

    async def next_event(self) -> LinkEvent:
        if self._connection is None:
            return Closed("not open")
        return await self._connection.events.get()

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.end(politely=True)

    async def _abandon(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.end(politely=False)
