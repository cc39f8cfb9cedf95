"""What goes to and fro about people at the door: our questions and the cloud's offers, each with its answer. Pure: time is passed in."""

from __future__ import annotations

from cloud_bridge.facts import EntryAnswered, EntryOffered
from cloud_bridge.offers import Offers
from cloud_bridge.ports import LinkMessage
from cloud_bridge.questions import Questions
from cloud_bridge.topics import ANSWER_ENTRY, OFFER_ENTRY, StoreAddress


class Entries:
    """The ``questions`` and ``offers`` of one store; ``topics`` are those on which they are heard."""

    def __init__(self, address: StoreAddress) -> None:
        self.questions = Questions(address)
        self.offers = Offers(address)
        self.topics = (ANSWER_ENTRY.at(address), OFFER_ENTRY.at(address))

    def heard(self, message: LinkMessage, at_ns: int) -> EntryAnswered | EntryOffered | None:
        """What a message on one of the topics says, None where it says nothing that counts."""
        reader = self.questions.answered if message.topic == self.topics[0] else self.offers.read
        return reader(message, at_ns)
