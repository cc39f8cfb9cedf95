"""What store and cloud say to each other about who may enter: asked by the store, or offered by the cloud. Pure."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cloud_bridge.facts import Role
from cloud_bridge.message_parts import Message, MinorUnits, Name, Text
from cloud_bridge.topics import ANSWER_ENTRY, ANSWER_OFFER, ASK_ENTRY, OFFER_ENTRY

ENTRY_CODE = r"^[A-Za-z0-9_-]{16,64}$"
"""A code that a store's screen shows for a while: random, so that nobody has it who does not see the screen."""

MAX_PASS_CHARS = 4096
"""Longest text of a pass that is looked at, as of a code reader."""


class EntryQuestionV1(Message):
    """May the holder of this credential enter? The credential itself never travels."""

    TOPIC = ASK_ENTRY

    visit: Name = Field(description="Id of the visit that would begin.")
    source: Literal["qr", "nfc", "api", "offer"] = Field(description="How the credential was presented; offer: by the code on the screen.")
    digest: str = Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the credential's text, in hexadecimal.")
    pass_id: Name | None = Field(description="Id of the signed pass, where it is one.")


class EntryAnswerV1(Message):
    """The cloud's verdict about one question."""

    TOPIC = ANSWER_ENTRY

    visit: Name = Field(description="Visit of the question.")
    granted: bool = Field(description="Whether the holder may enter.")
    reason: Text = Field(default="", description="Shown to the shopper when refused.")
    holder: Text = Field(default="", description="Pseudonym of the holder.")
    role: Role = Field(default="shopper", description="In which role the holder enters.")
    limit_minor: MinorUnits | None = Field(default=None, description="Spending limit in minor units; null: none.")


class EntryOfferV1(Message):
    """Somebody stands before this store and has scanned the code on its screen. The code proves place and moment, the pass the person: both
    must hold, and a code holds once."""

    TOPIC = OFFER_ENTRY

    code: str = Field(pattern=ENTRY_CODE, description="What the scanned address has as `c`.")
    presented: str = Field(
        min_length=1,
        max_length=MAX_PASS_CHARS,
        description="This person's signed pass, as a reader at the door would read it.",
    )
    door: Name | None = Field(default=None, description="The door to open; null: every door of the cabinet.")


class OfferAnswerV1(Message):
    """What became of an offer. The person is not in yet: the door is being unlocked, and a visit without an opened door ends by itself."""

    TOPIC = ANSWER_OFFER

    accepted: bool = Field(description="Whether the door is being unlocked.")
    code: Name = Field(description="Why not: `code_unknown` for a code that was used or is too old, else the code of the refusal.")
    words: Text = Field(default="", description="A sentence for the person, in English.")
    visit: Name | None = Field(default=None, description="Id of the visit that begins; null when refused.")
