"""Offers of the cloud to let somebody in who has scanned the code on our screen: read, and answered to. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pydantic import ValidationError

from cloud_bridge.entry_messages import EntryOfferV1, OfferAnswerV1
from cloud_bridge.envelope import BadEnvelope, read_json_object
from cloud_bridge.facts import EntryOffered
from cloud_bridge.message_parts import link_message
from cloud_bridge.ports import LinkMessage
from cloud_bridge.topics import StoreAddress

MAX_CORRELATION = 64  # bytes; more is no key to a question


@dataclass(slots=True)
class Offers:
    """Those of one store. ``dropped``: what came on their topic and was none."""

    address: StoreAddress
    dropped: int = 0

    def read(self, message: LinkMessage, at_ns: int) -> EntryOffered | None:
        """The offer in a message; None for one that is retained, unreadable or has nothing to answer to (counted)."""
        correlation = message.correlation or b""
        if message.retain or not 0 < len(correlation) <= MAX_CORRELATION:
            self.dropped += 1
            return None
        try:
            offer = EntryOfferV1.model_validate(read_json_object(message.payload), extra="ignore")
        except (BadEnvelope, ValidationError):
            self.dropped += 1
            return None
        return EntryOffered(at_ns=at_ns, code=offer.code, text=offer.presented, door=offer.door, correlation=correlation)

    def answer(self, answer: OfferAnswerV1, correlation: bytes) -> LinkMessage:
        """The answer to send. It goes where answers go, whatever topic an offer asks for."""
        return replace(link_message(answer, self.address), correlation=correlation)
