"""What messages are made of: their base, checked scalars, and the parts of a receipt. Pure.

Weights are grams; nanoseconds travel as decimal strings. Like the messages, a published part only ever gains optional fields.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from cloud_bridge.ports import LinkMessage
from cloud_bridge.topics import StoreAddress, Topic


def _digits_to_int(value: object) -> object:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 19 else value


Nanoseconds: TypeAlias = Annotated[
    int,
    Field(ge=0, lt=2**63),
    BeforeValidator(_digits_to_int),
    PlainSerializer(str, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,19}$"}),
]
"""Monotonic nanoseconds of the boot named in the envelope."""

Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=128)]
Text: TypeAlias = Annotated[str, Field(max_length=2000)]
Gtin: TypeAlias = Annotated[str, Field(pattern=r"^[0-9]{8,14}$")]
Currency: TypeAlias = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217 code.")]
FiniteGrams: TypeAlias = Annotated[float, Field(allow_inf_nan=False)]
MinorUnits: TypeAlias = Annotated[int, Field(ge=0, le=10**12)]
SignedMinorUnits: TypeAlias = Annotated[int, Field(ge=-(10**12), le=10**12)]


class Message(BaseModel):
    """Base of everything on the wire."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    TOPIC: ClassVar[Topic]


def link_message(message: Message, address: StoreAddress) -> LinkMessage:
    """A message that is no event, as its topic's row says."""
    topic = message.TOPIC
    payload = message.model_dump_json().encode()
    return LinkMessage(topic.at(address), payload, topic.qos, topic.retained, topic.expiry_s, topic.content_type)


class EvidenceV1(BaseModel):
    """One plate change that speaks for a line."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    plate: Name = Field(description="Plate id.")
    at_ns: Nanoseconds = Field(description="When it settled, monotonic nanoseconds of the boot in the envelope.")
    delta_g: FiniteGrams = Field(description="Change in grams; negative means taken.")
    sd_g: FiniteGrams = Field(ge=0.0, description="Standard deviation of the change in grams.")


class QuantityShareV1(BaseModel):
    """How likely one number of units is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    quantity: int = Field(ge=0, le=10**6, description="Units; 0: none was taken.")
    probability: float = Field(ge=0.0, le=1.0, description="Probability of exactly that many.")


class AlternativeV1(BaseModel):
    """What else the changes behind a line may have been."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    gtin: Gtin = Field(description="GTIN of the other product.")
    quantity: int = Field(ge=1, le=10**6, description="Units of it.")
    probability: float = Field(ge=0.0, le=1.0, description="Probability that it was taken in place of the line.")


class GuessV1(BaseModel):
    """What a picture may show, by the picture alone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    gtin: Gtin | None = Field(description="GTIN of the product; null: none of those that the eye named.")
    probability: float = Field(ge=0.0, le=1.0, description="Probability, were every product as likely as another before.")


class PictureV1(BaseModel):
    """One reach as a camera saw it. The pictures themselves stay in the store, under the name given here, for as long as it keeps them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    camera: Name = Field(description="Camera id.")
    plates: tuple[Name, ...] = Field(description="Plates that the hand reached over.")
    at_ns: Nanoseconds = Field(description="When it was seen, monotonic nanoseconds of the boot in the envelope.")
    direction: Literal["taken", "put", "unclear"] = Field(description="What the hand did, as far as the pictures tell.")
    guesses: tuple[GuessV1, ...] = Field(description="What was in the hand, likeliest first; empty where it could not be said.")
    barcode: str | None = Field(default=None, pattern=r"^[0-9]{13}$", description="A code that was read in sight, as 13 digits.")
    evidence: Text = Field(default="", description="Name under which the store keeps the pictures; empty where it keeps none.")


class ReceiptLineV1(BaseModel):
    """One product on the receipt."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    gtin: Gtin = Field(description="GTIN of the product.")
    name: Name = Field(description="Name as on the receipt.")
    quantity: int = Field(ge=1, le=10**6, description="Units taken.")
    unit_price_minor: MinorUnits = Field(description="Gross unit price in minor units.")
    total_minor: MinorUnits = Field(description="Gross price of the line in minor units.")
    tax_bp: int = Field(ge=0, le=10_000, description="Tax rate contained in the price, in basis points.")
    tax_minor: MinorUnits = Field(description="Tax contained in total_minor, in minor units.")
    probability: float = Field(ge=0.0, le=1.0, description="Probability that this line is exactly right.")
    evidence: tuple[EvidenceV1, ...] = Field(description="Plate changes that speak for the line.")
    quantities: tuple[QuantityShareV1, ...] = Field(default=(), description="The likeliest numbers of units, likeliest first.")
    alternatives: tuple[AlternativeV1, ...] = Field(
        default=(), description="What else the same changes may have been, likeliest first; for whoever reviews the receipt."
    )
    pictures: tuple[PictureV1, ...] = Field(default=(), description="What cameras saw of these changes; empty in a store without cameras.")


class ReviewedLineV1(BaseModel):
    """One product of a receipt that a person has decided on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    gtin: Gtin = Field(description="GTIN of the product.")
    name: Name = Field(description="Name as on the receipt.")
    quantity: int = Field(ge=1, le=10**6, description="Units taken.")
    unit_price_minor: MinorUnits = Field(description="Gross unit price in minor units.")
    total_minor: MinorUnits = Field(description="Gross price of the line in minor units.")
    tax_bp: int = Field(ge=0, le=10_000, description="Tax rate contained in the price, in basis points.")
    tax_minor: MinorUnits = Field(description="Tax contained in total_minor, in minor units.")
