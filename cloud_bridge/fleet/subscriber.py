"""The consumer's MQTT connection: paho with manual acknowledgement, messages handed to the consumer's thread by a queue."""

from __future__ import annotations

import queue
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from cloud_bridge.backends.mqtt import make_properties, no_delay, publish_properties, received_message, tls_context
from cloud_bridge.envelope import MAX_PAYLOAD_BYTES
from cloud_bridge.fleet.settings import FleetSettings
from cloud_bridge.ports import LinkError, LinkMessage
from cloud_bridge.settings import broker_address
from cloud_bridge.topics import ASK_ENTRY, CONN, EVENTS_EVERYWHERE

CONNECT_S = 15.0  # s; TCP, TLS, CONNACK and SUBACK
PACKET_SLACK_BYTES = 4096  # bytes of a PUBLISH beside its payload: topic and properties


@dataclass(frozen=True, slots=True)
class Taken:
    """One message of one connection. ``mid`` is acknowledged once the message is committed."""

    message: LinkMessage
    mid: int


class Subscriber:
    """One connection, from connect to close. A new one is made for every attempt, so that old message ids are never acknowledged."""

    def __init__(self, settings: FleetSettings) -> None:
        self._settings = settings
        self._queue: queue.SimpleQueue[Taken | None] = queue.SimpleQueue()
        self._ready = threading.Event()
        self._error: str | None = None
        self.closed_reason: str | None = None
        self._subscriptions = [
            f"$share/{settings.share}/{EVENTS_EVERYWHERE}" if settings.share else EVENTS_EVERYWHERE,
            CONN.everywhere(),
            f"$share/{settings.share}/{ASK_ENTRY.everywhere()}" if settings.share else ASK_ENTRY.everywhere(),
        ]
        self._client = client = Client(
            CallbackAPIVersion.VERSION2, client_id=settings.client_id, protocol=MQTTv5, reconnect_on_failure=False, manual_ack=True
        )
        client.on_socket_open = no_delay
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_disconnect = self._on_disconnect
        client.connect_timeout = CONNECT_S
        if settings.username is not None:
            client.username_pw_set(settings.username, settings.password_file.read_text().strip() if settings.password_file else None)
        if settings.broker.startswith("mqtts:"):
            client.tls_set_context(tls_context(settings.ca_file, settings.cert_file, settings.key_file))

    def connect(self) -> None:
        """Returned: connected and subscribed. Raises LinkError."""
        properties = make_properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = self._settings.session_expiry_s
        properties.ReceiveMaximum = min(65_535, 2 * self._settings.batch)
        properties.MaximumPacketSize = MAX_PAYLOAD_BYTES + PACKET_SLACK_BYTES
        host, port = broker_address(self._settings.broker)
        try:
            self._client.connect(host, port, self._settings.keepalive_s, clean_start=False, properties=properties)
        except (OSError, ValueError) as error:
            raise LinkError(f"{self._settings.broker}: {error}") from error
        self._client.loop_start()
        if not self._ready.wait(CONNECT_S):
            self.close()
            raise LinkError(f"{self._settings.broker}: no answer in time")
        if self._error is not None:
            self.close()
            raise LinkError(f"{self._settings.broker}: {self._error}", refused=True)

    def take(self, limit: int, first_s: float, more_s: float) -> list[Taken]:
        """Up to ``limit`` messages: waits ``first_s`` for the first, then ``more_s`` for each further one."""
        found: list[Taken] = []
        with suppress(queue.Empty):
            while len(found) < limit:
                taken = self._queue.get(timeout=more_s if found else first_s)
                if taken is None:
                    break  # the connection ended; ``closed_reason`` tells
                found.append(taken)
        return found

    def acknowledge(self, taken: list[Taken]) -> None:
        """Tell the broker that these are safe."""
        for one in taken:
            if one.message.qos:
                self._client.ack(one.mid, one.message.qos)

    def publish(self, message: LinkMessage) -> None:
        """Send one message. What a broken connection swallows is said again by the heartbeat."""
        self._client.publish(message.topic, message.payload, message.qos, message.retain, publish_properties(message))

    def close(self) -> None:
        """Say goodbye and stop the network thread."""
        self._client.disconnect()
        sock: Any = self._client.socket()
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RD)
        self._client.loop_stop()

    # -- on paho's thread

    def _on_connect(self, client: Client, _userdata: Any, _flags: ConnectFlags, reason: ReasonCode, _properties: Properties | None) -> None:
        if reason.is_failure:
            self._error = f"the broker refused the connection: {reason}"
            self._ready.set()
            return
        client.subscribe([(topic, SubscribeOptions(qos=1)) for topic in self._subscriptions])

    def _on_subscribe(self, _client: Client, _userdata: Any, _mid: int, reasons: list[ReasonCode], _properties: Properties | None) -> None:
        refused = [f"{topic}: {reason}" for topic, reason in zip(self._subscriptions, reasons, strict=False) if reason.is_failure]
        if refused:
            self._error = "the broker refused to subscribe to " + ", ".join(refused)
        self._ready.set()

    def _on_message(self, _client: Client, _userdata: Any, message: MQTTMessage) -> None:
        self._queue.put(Taken(received_message(message), message.mid))

    def _on_disconnect(
        self, _client: Client, _userdata: Any, _flags: DisconnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        self.closed_reason = str(reason)
        if not self._ready.is_set():
            self._error = f"the connection broke: {reason}"
            self._ready.set()
        self._queue.put(None)
