"""A broker and its links inside one event loop: for stores without a cloud and for tests of what lies above the link.

Keeps what :class:`cloud_bridge.ports.CloudLink` promises: subscriptions with wildcards, retained messages, acknowledgements, the will.
It has no sessions: what comes while a link is closed is lost to it, as with a broker that lost its state.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

from cloud_bridge.ports import Acknowledged, Closed, LinkError, LinkEvent, LinkMessage, LinkWill, Received


def matches(subscription: str, topic: str) -> bool:
    """Whether an MQTT subscription (``+``, ``#``) covers a topic."""
    wanted, given = subscription.split("/"), topic.split("/")
    for index, level in enumerate(wanted):
        if level == "#":
            return True
        if index >= len(given) or level not in ("+", given[index]):
            return False
    return len(wanted) == len(given)


class MemoryBroker:
    """What the links of one process have in common. ``reachable`` and ``refusal`` let a caller play an outage or a denial."""

    def __init__(self) -> None:
        self.reachable = True
        self.refusal: str | None = None
        self.retained: dict[str, LinkMessage] = {}
        self._links: list[MemoryLink] = []

    def publish(self, message: LinkMessage) -> int:
        """Give a message to every subscriber; returns how many there were."""
        if message.retain:
            if message.payload:
                self.retained[message.topic] = message
            else:
                self.retained.pop(message.topic, None)
        takers = [link for link in self._links if link.wants(message.topic)]
        for link in takers:
            link.deliver(replace(message, retain=False))
        return len(takers)

    def cut(self) -> None:
        """Break every connection without a goodbye: the wills are published."""
        for link in list(self._links):
            link.break_off("the connection was cut")

    def attach(self, link: MemoryLink) -> Iterator[LinkMessage]:
        """Admit a link; yields the retained messages it subscribes to."""
        self._links.append(link)
        return (message for message in list(self.retained.values()) if link.wants(message.topic))

    def detach(self, link: MemoryLink) -> bool:
        """Let a link go; whether it was attached."""
        if link not in self._links:
            return False
        self._links.remove(link)
        return True


class MemoryLink:
    """CloudLink to a MemoryBroker."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker
        self._events: asyncio.Queue[LinkEvent] = asyncio.Queue()
        self._subscriptions: tuple[str, ...] = ()
        self._will: LinkWill | None = None
        self._ticket = 0
        self._open = False

    async def open(self, subscriptions: tuple[str, ...], will: LinkWill) -> None:
        await self.close()
        if not self._broker.reachable:
            raise LinkError("memory: the broker cannot be reached")
        self._events = asyncio.Queue()
        self._subscriptions = subscriptions
        self._will = will
        self._open = True
        for message in self._broker.attach(self):
            self.deliver(message)

    def send(self, message: LinkMessage) -> int:
        self._ticket += 1
        if not self._open:
            return self._ticket
        if self._broker.refusal is not None:
            takers, failed, reason = 0, True, self._broker.refusal
        else:
            takers, failed = self._broker.publish(message), False
            reason = "Success" if takers else "No matching subscribers"
        if message.qos:
            self._events.put_nowait(Acknowledged(self._ticket, failed, reason, subscriber=takers > 0))
        return self._ticket

    async def next_event(self) -> LinkEvent:
        if not self._open and self._events.empty():
            return Closed("not open")
        return await self._events.get()

    async def close(self) -> None:
        if self._broker.detach(self):
            self._open = False
            self._events.put_nowait(Closed("closed"))

    # -- the broker's side

    def wants(self, topic: str) -> bool:
        """Whether this link subscribed to ``topic``."""
        return any(matches(subscription, topic) for subscription in self._subscriptions)

    def deliver(self, message: LinkMessage) -> None:
        """The broker hands a message over."""
        self._events.put_nowait(Received(message))

    def break_off(self, reason: str) -> None:
        """The connection breaks without a goodbye."""
        if self._broker.detach(self):
            self._open = False
            if self._will is not None:
                self._broker.publish(self._will.message)
            self._events.put_nowait(Closed(reason))
