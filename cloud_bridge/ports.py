"""What the bridge needs of a connection to a broker. Pure: protocols and values only.

A backend moves bytes and reports what happened; order, repetition, back-off and what counts as delivered live in
:mod:`cloud_bridge.delivery`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias


class LinkError(Exception):
    """The connection could not be made; the message names the broker and the reason. ``refused``: trying again as is will not help."""

    def __init__(self, message: str, *, refused: bool = False) -> None:
        super().__init__(message)
        self.refused = refused


@dataclass(frozen=True, slots=True)
class LinkMessage:
    """One MQTT 5 PUBLISH. ``expiry_s`` None: never expires. ``response_topic`` and ``correlation`` make it a request or an answer."""

    topic: str
    payload: bytes
    qos: int
    retain: bool = False
    expiry_s: int | None = None
    content_type: str | None = None
    response_topic: str | None = None
    correlation: bytes | None = None


@dataclass(frozen=True, slots=True)
class LinkWill:
    """What the broker publishes when the connection dies, ``delay_s`` after it did."""

    message: LinkMessage
    delay_s: int


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The broker answered the QoS 1 message ``ticket``. ``failed``: it did not take it, ``reason`` says why.

    ``subscriber`` false: it took it and had nobody to give it to.
    """

    ticket: int
    failed: bool
    reason: str
    subscriber: bool = True


@dataclass(frozen=True, slots=True)
class Received:
    """A message came on a subscribed topic."""

    message: LinkMessage


@dataclass(frozen=True, slots=True)
class Closed:
    """The connection is gone. Nothing more comes until it is opened again; tickets without an answer are unknown."""

    reason: str


LinkEvent: TypeAlias = Acknowledged | Received | Closed


class CloudLink(Protocol):
    """One connection at a time to one broker."""

    async def open(self, subscriptions: tuple[str, ...], will: LinkWill) -> None:
        """Returned: connected with MQTT 5 and subscribed to all. Raises LinkError."""
        ...

    def send(self, message: LinkMessage) -> int:
        """Hand one message over without waiting; returns its ticket (QoS 1: an Acknowledged follows). Returned: nothing yet.

        On a connection that is gone the message is dropped; Closed tells so.
        """
        ...

    async def next_event(self) -> LinkEvent:
        """The next thing that happened on the open connection, in order. Ends with Closed."""
        ...

    async def close(self) -> None:
        """End the connection cleanly, without the will. Safe to call at any time."""
        ...
