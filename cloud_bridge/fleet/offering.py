"""The far end's word to one store: somebody has scanned the code on your screen, here is their pass. Asked once, answered or not."""

from __future__ import annotations

import asyncio
import contextlib
import os
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urlsplit

from pydantic import ValidationError

from cloud_bridge.backends.mqtt import MqttLink
from cloud_bridge.entry_messages import EntryOfferV1, OfferAnswerV1
from cloud_bridge.ports import Closed, LinkError, LinkMessage, LinkWill, Received
from cloud_bridge.settings import CloudSettings
from cloud_bridge.topics import ANSWER_OFFER, OFFER_ENTRY, PLAIN_JSON, BadId, StoreAddress

ANSWER_WITHIN_S: Final = 10.0  # s; the person stands at the door
LONGEST: Final = 1000  # characters of an address that a phone has scanned


@dataclass(frozen=True, slots=True)
class Scanned:
    """What the code on a store's screen says: which store, and the code that holds there for a moment."""

    store: StoreAddress
    code: str


def scanned(text: str) -> Scanned:
    """What a phone has read. Raises ValueError where it is no such code."""
    try:
        asked = parse_qs(urlsplit(text[:LONGEST]).query, max_num_fields=20)
        (store,), (code,) = asked["s"], asked["c"]
        tenant, _, name = store.partition("/")
        return Scanned(StoreAddress(tenant, name), code)
    except (BadId, KeyError, ValueError) as error:
        raise ValueError("this is not the address in a store's code: it has s=TENANT/STORE and c=CODE") from error


async def offer(settings: CloudSettings, store: StoreAddress, message: EntryOfferV1, *, within_s: float = ANSWER_WITHIN_S) -> OfferAnswerV1:
    """Send the offer and wait for what became of it. Raises LinkError (no broker, or it ended the connection), TimeoutError (the store is
    not there: nothing happens later, because the offer expires)."""
    link = MqttLink(settings, settings.client_id or f"offer-{os.urandom(6).hex()}")
    correlation = os.urandom(16)
    nothing = LinkMessage("ss/v1/none", b"", 0)  # its delay is longer than this connection lives
    async with asyncio.timeout(within_s):
        await link.open((ANSWER_OFFER.at(store),), LinkWill(nothing, delay_s=3600))
        try:
            link.send(
                LinkMessage(
                    OFFER_ENTRY.at(store),
                    message.model_dump_json().encode(),
                    OFFER_ENTRY.qos,
                    expiry_s=OFFER_ENTRY.expiry_s,
                    content_type=PLAIN_JSON,
                    response_topic=ANSWER_OFFER.at(store),
                    correlation=correlation,
                )
            )
            while True:
                event = await link.next_event()
                if isinstance(event, Closed):
                    raise LinkError(f"{settings.broker}: {event.reason}")
                if isinstance(event, Received) and event.message.correlation == correlation and not event.message.retain:
                    with contextlib.suppress(ValidationError):
                        return OfferAnswerV1.model_validate_json(event.message.payload, extra="ignore")
        finally:
            await link.close()
