"""The one table of MQTT topics: who publishes what where, with which QoS, retained or not, how long it may wait. Pure.

Every topic string of the project is made and taken apart here. Ids are ``[A-Za-z0-9_-]{1,64}``: no dots (some brokers map them to
slashes) and none of ``+ # $``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

ROOT = "ss/v1"
"""Prefix of all topics. A change of the tree that old stores would misread gets a new number."""

ID_PATTERN = r"^[A-Za-z0-9_-]{1,64}$"
_ID = re.compile(ID_PATTERN.rstrip("$") + r"\Z")

CLOUDEVENTS_JSON = "application/cloudevents+json"
PLAIN_JSON = "application/json"

Direction: TypeAlias = Literal["store_to_cloud", "cloud_to_store"]


class BadId(ValueError):
    """A tenant, store, door or plate id that must not become part of a topic. The message names the rule."""


def checked_id(text: str) -> str:
    """``text`` if it may be part of a topic; raises BadId otherwise."""
    if not _ID.match(text):
        raise BadId(f"{text!r} cannot be used as an id: 1 to 64 characters of A-Z a-z 0-9 _ - are allowed")
    return text


@dataclass(frozen=True, slots=True)
class StoreAddress:
    """Which store: tenant and store id, both checked when the address is made."""

    tenant: str
    store: str

    def __post_init__(self) -> None:
        checked_id(self.tenant)
        checked_id(self.store)

    @property
    def source(self) -> str:
        """The CloudEvents ``source`` of everything this store says."""
        return f"//{self.tenant}/stores/{self.store}"


@dataclass(frozen=True, slots=True)
class Topic:
    """One row of the table. ``leaf`` is what stands below ``ss/v1/{tenant}/{store}/``; ``expiry_s`` None: never expires."""

    name: str
    leaf: str
    direction: Direction
    qos: Literal[0, 1]
    retained: bool
    expiry_s: int | None
    content_type: str
    meaning: str

    def at(self, address: StoreAddress) -> str:
        """The full topic of this row for one store."""
        return f"{ROOT}/{address.tenant}/{address.store}/{self.leaf}"

    def everywhere(self) -> str:
        """The subscription that covers this row for all stores of all tenants."""
        return f"{ROOT}/+/+/{self.leaf}"


EVT_CHECKOUT = Topic(
    "evt_checkout", "evt/checkout", "store_to_cloud", 1, False, None, CLOUDEVENTS_JSON, "How visits ended: receipts and visits without one."
)
EVT_DOOR = Topic("evt_door", "evt/door", "store_to_cloud", 1, False, None, CLOUDEVENTS_JSON, "What a door did.")
EVT_STOCK = Topic("evt_stock", "evt/stock", "store_to_cloud", 1, False, None, CLOUDEVENTS_JSON, "What the shelves hold after a change.")
EVT_ALERT = Topic("evt_alert", "evt/alert", "store_to_cloud", 1, False, None, CLOUDEVENTS_JSON, "Faults that begin and end.")
EVT_AUDIT = Topic("evt_audit", "evt/audit", "store_to_cloud", 1, False, None, CLOUDEVENTS_JSON, "What a later reader must be able to find.")
ACK = Topic(
    "ack", "ack", "cloud_to_store", 1, False, 300, PLAIN_JSON,
    "End-to-end watermark: everything up to it is committed at the far end. Repeated as the consumer's heartbeat.",
)  # fmt: skip
TEL_HEALTH = Topic(
    "tel_health", "tel/health", "store_to_cloud", 0, False, 120, PLAIN_JSON, "State of the controller; dropped while offline."
)
CONN = Topic(
    "conn", "conn", "store_to_cloud", 1, True, None, PLAIN_JSON, "Online or offline; the offline form is the last will, sent by the broker."
)
ASK_ENTRY = Topic(
    "ask_entry", "ask/entry/req", "store_to_cloud", 1, False, 10, PLAIN_JSON,
    "May this credential enter? MQTT 5 request: response topic, correlation data and message expiry are set.",
)  # fmt: skip
ANSWER_ENTRY = Topic(
    "answer_entry", "ask/entry/res", "cloud_to_store", 1, False, 10, PLAIN_JSON, "The answer, with the correlation data of its question."
)
OFFER_ENTRY = Topic(
    "offer_entry", "offer/entry/req", "cloud_to_store", 1, False, 10, PLAIN_JSON,
    "Somebody has scanned the code on this store's screen: here is their pass. MQTT 5 correlation data and message expiry are set.",
)  # fmt: skip
ANSWER_OFFER = Topic(
    "answer_offer", "offer/entry/res", "store_to_cloud", 1, False, 10, PLAIN_JSON,
    "What became of the offer, with its correlation data.",
)  # fmt: skip

TOPICS: tuple[Topic, ...] = (
    EVT_CHECKOUT,
    EVT_DOOR,
    EVT_STOCK,
    EVT_ALERT,
    EVT_AUDIT,
    ACK,
    TEL_HEALTH,
    CONN,
    ASK_ENTRY,
    ANSWER_ENTRY,
    OFFER_ENTRY,
    ANSWER_OFFER,
)

EVENTS_EVERYWHERE = f"{ROOT}/+/+/evt/+"
"""The consumer's subscription for every durable event of every store."""

_BY_LEAF = {topic.leaf: topic for topic in TOPICS}


@dataclass(frozen=True, slots=True)
class PlacedTopic:
    """A topic string taken apart."""

    topic: Topic
    address: StoreAddress


def parse(text: str) -> PlacedTopic | None:
    """Take a received topic apart; None where it is none of ours. Never raises."""
    if not text.startswith(ROOT + "/"):
        return None
    parts = text[len(ROOT) + 1 :].split("/", 2)
    if len(parts) != 3 or not _ID.match(parts[0]) or not _ID.match(parts[1]):
        return None
    topic = _BY_LEAF.get(parts[2])
    return None if topic is None else PlacedTopic(topic, StoreAddress(parts[0], parts[1]))
