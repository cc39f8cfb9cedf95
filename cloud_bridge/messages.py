"""What a store and the cloud say to each other: one frozen model per message, versioned by name. Pure.

Event models (``Event``) travel in a CloudEvents envelope through the outbox; the others are plain JSON. A published model only ever
gains optional fields; anything else is a new version beside the old one. Readers ignore fields they do not know
(:func:`read_event_data`), writers cannot write any (``extra="forbid"``).

Money is in integer minor units of ``currency``; weights are grams; nanoseconds travel as decimal strings, because JSON readers with
doubles round integers above 2^53.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cloud_bridge.entry_messages import EntryAnswerV1, EntryOfferV1, EntryQuestionV1, OfferAnswerV1
from cloud_bridge.facts import Role
from cloud_bridge.message_parts import (
    Currency,
    EvidenceV1,
    Gtin,
    Message,
    MinorUnits,
    Name,
    Nanoseconds,
    PictureV1,
    ReceiptLineV1,
    ReviewedLineV1,
    SignedMinorUnits,
    Text,
)
from cloud_bridge.topics import (
    ACK,
    CONN,
    EVT_ALERT,
    EVT_AUDIT,
    EVT_CHECKOUT,
    EVT_DOOR,
    EVT_STOCK,
    TEL_HEALTH,
)

TYPE_PREFIX = "io.smartstore"

MAX_INT32 = 2**31 - 1
"""Largest CloudEvents integer attribute (the specification has signed 32-bit integers only)."""

MAX_SEQ = 10**14 - 1
"""Largest sequence number that the zero-padded ``sequence`` attribute can hold."""

ClockSync: TypeAlias = Literal["ntp", "rtc", "none"]
"""What the wall clock rests on: synchronised over the network, set from a battery clock, or nothing (do not trust ``time``)."""


class Priority(IntEnum):
    """Which events leave first when many wait: money, then what needs a person, then the record."""

    BILLING = 0
    ALERT = 1
    RECORD = 2


class Event(Message):
    """Base of the durable events. ``TYPE`` is the CloudEvents type without its prefix; ``subject`` names what the event is about."""

    TYPE: ClassVar[str]
    PRIORITY: ClassVar[Priority]

    @classmethod
    def full_type(cls) -> str:
        """The CloudEvents ``type``."""
        return f"{TYPE_PREFIX}.{cls.TYPE}"

    @classmethod
    def schema_uri(cls) -> str:
        """The CloudEvents ``dataschema``: a stable name of the JSON Schema that is published with the documentation."""
        return f"urn:smartstore:schema:{cls.TYPE}"

    def subject(self) -> str:
        """The CloudEvents ``subject``."""
        raise NotImplementedError


class CheckoutCompletedV1(Event):
    """The one receipt of a visit. ``final``: charge it, once per visit. ``provisional``: a person decides first."""

    TYPE = "checkout.completed.v1"
    TOPIC = EVT_CHECKOUT
    PRIORITY = Priority.BILLING

    visit: Name = Field(description="Visit id; with the purpose, the key under which it is charged at most once.")
    holder: Text = Field(description="Pseudonym of whom the pass belongs to.")
    status: Literal["final", "provisional"] = Field(description="final is charged; provisional goes to a person.")
    lines: tuple[ReceiptLineV1, ...] = Field(description="What was taken.")
    currency: Currency
    total_minor: MinorUnits = Field(description="Gross total in minor units: the sum of the lines.")
    tax_minor: MinorUnits = Field(description="Tax contained in the total, in minor units.")
    price_version: Text = Field(description="Version of the price list, pinned when the visit began.")
    review_reasons: tuple[Text, ...] = Field(description="Why a person has to look; empty when final.")
    unexplained: tuple[EvidenceV1, ...] = Field(description="Changes that no product explains.")
    opened_ns: Nanoseconds = Field(description="When the door opened, monotonic nanoseconds.")
    closed_ns: Nanoseconds = Field(description="When the door closed, monotonic nanoseconds.")
    probability: float | None = Field(
        default=None, ge=0.0, le=1.0, description="Probability that the basket is right as a whole; null where a release did not tell it."
    )
    notes: tuple[Text, ...] = Field(
        default=(),
        description="What else there is to know, as codes; no reason for a review. `weight_alone`: cameras were out of sight.",
    )
    pictures: tuple[PictureV1, ...] = Field(default=(), description="What cameras saw that speaks for no line.")

    @model_validator(mode="after")
    def _sums(self) -> CheckoutCompletedV1:
        total = sum(line.total_minor for line in self.lines)
        if total != self.total_minor:
            raise ValueError(f"total_minor is {self.total_minor}, but the lines sum to {total}")
        return self

    def subject(self) -> str:
        return f"visit/{self.visit}"


class CheckoutReviewedV1(Event):
    """A person's decision about a receipt: the ``revision``-th of its visit. What is due by it is charged or refunded once per visit and
    revision; whatever order the revisions come in, all charges and refunds of a visit sum up to the total of its last one."""

    TYPE = "checkout.reviewed.v1"
    TOPIC = EVT_CHECKOUT
    PRIORITY = Priority.BILLING

    visit: Name = Field(description="Visit id; with the revision, the key under which it is charged or refunded at most once.")
    revision: int = Field(ge=1, le=10**6, description="Number of the decision, counted from 1 for each visit.")
    review: Name = Field(description="Id of the decision itself.")
    holder: Text = Field(description="Pseudonym of whom the pass belongs to.")
    decision: Literal["confirmed", "corrected", "refunded"] = Field(
        description="confirmed: the lines stand as they were. corrected: these lines are right. refunded: nothing is to be paid."
    )
    lines: tuple[ReviewedLineV1, ...] = Field(description="What holds from now on.")
    currency: Currency
    total_minor: MinorUnits = Field(description="Gross total from now on, in minor units: the sum of the lines.")
    tax_minor: MinorUnits = Field(description="Tax contained in the total, in minor units.")
    previous_total_minor: MinorUnits = Field(description="Gross total that this decision replaces, whether it was charged or not.")
    charged_minor: MinorUnits = Field(description="What has been charged for the visit before this decision; 0 for a provisional receipt.")
    due_minor: SignedMinorUnits = Field(description="What is due by this decision: a supplementary charge above 0, a refund below 0.")
    price_version: Text = Field(description="Version of the price list, pinned when the visit began.")
    by: Text = Field(description="Who decided.")
    reason: Text = Field(description="Why, in words.")
    reviewed_ns: Nanoseconds = Field(description="When it was decided, monotonic nanoseconds.")

    @model_validator(mode="after")
    def _sums(self) -> CheckoutReviewedV1:
        total = sum(line.total_minor for line in self.lines)
        if total != self.total_minor:
            raise ValueError(f"total_minor is {self.total_minor}, but the lines sum to {total}")
        if self.due_minor != self.total_minor - self.charged_minor:
            raise ValueError(f"due_minor is {self.due_minor}, but {self.total_minor} less {self.charged_minor} already charged are due")
        return self

    def subject(self) -> str:
        return f"visit/{self.visit}"


class VisitEndedV1(Event):
    """A visit that ends without a receipt."""

    TYPE = "visit.ended.v1"
    TOPIC = EVT_CHECKOUT
    PRIORITY = Priority.BILLING

    visit: Name = Field(description="Visit id.")
    holder: Text = Field(description="Pseudonym of whom the pass belongs to.")
    role: Role = Field(description="Whose visit it was.")
    outcome: Literal["nothing_taken", "staff", "not_opened", "refused"] = Field(description="How it ended; nothing is charged.")
    reason: Text = Field(description="Why, in words or as a code; may be empty.")

    def subject(self) -> str:
        return f"visit/{self.visit}"


class DoorChangedV1(Event):
    """What a door did."""

    TYPE = "door.changed.v1"
    TOPIC = EVT_DOOR
    PRIORITY = Priority.RECORD

    door: Name = Field(description="Door id.")
    event: Literal["unlocked", "opened", "closed", "secured", "held_open", "forced", "relock_fault"] = Field(description="What it did.")
    visit: Name | None = Field(description="Visit it belongs to; null when nobody was admitted.")

    def subject(self) -> str:
        return f"door/{self.door}"


class StockChangeV1(BaseModel):
    """One product on one plate."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    plate: Name = Field(description="Plate id.")
    gtin: Gtin = Field(description="GTIN of the product.")
    delta: int = Field(description="Units; negative means gone.")
    units_after: int = Field(description="Units that the store now believes to be there.")


class StockCountV1(BaseModel):
    """One facing after a staff visit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    plate: Name = Field(description="Plate id.")
    gtin: Gtin = Field(description="GTIN of the product.")
    expected: int = Field(ge=0, description="Units of a full facing.")
    counted: int = Field(ge=0, description="Units after the visit, as far as the weights tell.")
    before: int = Field(ge=0, description="Units that were believed to be there before it.")


class StockChangedV1(Event):
    """What the shelves hold after a sale, a restock visit or a reconciliation."""

    TYPE = "stock.changed.v1"
    TOPIC = EVT_STOCK
    PRIORITY = Priority.RECORD

    cause: Literal["sale", "restock", "reconciliation"] = Field(description="Why it changed.")
    visit: Name | None = Field(description="Visit it belongs to, if any.")
    changes: tuple[StockChangeV1, ...] = Field(description="Changes per plate and product.")
    unexplained: tuple[EvidenceV1, ...] = Field(description="Changes that no product explains.")
    counted: tuple[StockCountV1, ...] = Field(default=(), description="Every facing after a staff visit; empty otherwise.")

    def subject(self) -> str:
        return "stock" if self.visit is None else f"visit/{self.visit}"


class AlarmRaisedV1(Event):
    """A fault begins."""

    TYPE = "alarm.raised.v1"
    TOPIC = EVT_ALERT
    PRIORITY = Priority.ALERT

    code: Name = Field(description="Code of the fault table.")
    subject_id: Name = Field(description="Door, plate, device or store it is about.")
    detail: Text = Field(description="What is known about it.")

    def subject(self) -> str:
        return f"alarm/{self.code}/{self.subject_id}"


class AlarmClearedV1(Event):
    """That fault is over."""

    TYPE = "alarm.cleared.v1"
    TOPIC = EVT_ALERT
    PRIORITY = Priority.ALERT

    code: Name = Field(description="Code of the fault table.")
    subject_id: Name = Field(description="Door, plate, device or store it is about.")

    def subject(self) -> str:
        return f"alarm/{self.code}/{self.subject_id}"


class AuditRecordedV1(Event):
    """Something a later reader must be able to find."""

    TYPE = "audit.recorded.v1"
    TOPIC = EVT_AUDIT
    PRIORITY = Priority.RECORD

    action: Name = Field(description="What was done or refused.")
    by: Text = Field(description="Who; a pseudonym for shoppers.")
    detail: Text = Field(description="What else is known.")

    def subject(self) -> str:
        return f"audit/{self.action}"


OutgoingEvent: TypeAlias = (
    CheckoutCompletedV1
    | CheckoutReviewedV1
    | VisitEndedV1
    | DoorChangedV1
    | StockChangedV1
    | AlarmRaisedV1
    | AlarmClearedV1
    | AuditRecordedV1
)

EVENT_TYPES: tuple[type[Event], ...] = (
    CheckoutCompletedV1,
    CheckoutReviewedV1,
    VisitEndedV1,
    DoorChangedV1,
    StockChangedV1,
    AlarmRaisedV1,
    AlarmClearedV1,
    AuditRecordedV1,
)
_BY_FULL_TYPE: dict[str, type[Event]] = {model.full_type(): model for model in EVENT_TYPES}


def read_event_data(full_type: str, data: Any) -> Event | None:
    """The event of CloudEvents type ``full_type``; None for a type this release does not know. Unknown fields are ignored.

    Raises pydantic.ValidationError where the data break the model.
    """
    model = _BY_FULL_TYPE.get(full_type)
    return None if model is None else model.model_validate(data, extra="ignore")


class HealthV1(Message):
    """State of the controller, every minute or so. Lost when nobody listens."""

    TOPIC = TEL_HEALTH

    version: Text = Field(description="Release of the controller.")
    cabinet: Text = Field(description="State of the cabinet in one word.")
    uptime_s: int = Field(ge=0, description="Seconds since the controller started.")
    outbox_depth: int = Field(ge=0, description="Events not confirmed yet.")
    oldest_unconfirmed_s: float | None = Field(ge=0.0, description="Age of the oldest of them in seconds; null when there are none.")
    clocksync: ClockSync = Field(description="What the wall clock rests on.")
    disk_free_mb: int | None = Field(default=None, ge=0, description="Free space on the journal's disk in megabytes.")
    rss_mb: float | None = Field(default=None, ge=0.0, description="Resident memory of the controller in megabytes.")
    alarms: tuple[Name, ...] = Field(default=(), description="Codes of the faults that hold now.")


class ConnectionV1(Message):
    """Online (sent after every connect) or offline (the last will, or sent before a clean end). Retained."""

    TOPIC = CONN

    online: bool = Field(description="Whether the store's bridge is connected.")
    version: Text = Field(default="", description="Release of the controller.")
    epoch: int = Field(default=0, ge=0, le=MAX_INT32, description="Epoch of the outbox; 0 in the last will.")
    first_seq: int = Field(
        default=1, ge=1, le=MAX_SEQ, description="Lowest sequence number of this epoch that the store can still send. Lower ones are gone."
    )


class WatermarkV1(Message):
    """Everything of ``epoch`` up to and including ``seq`` is committed at the far end."""

    TOPIC = ACK

    epoch: int = Field(strict=True, ge=0, le=MAX_INT32, description="Epoch of the store's outbox; 0 when the consumer knows none.")
    seq: int = Field(strict=True, ge=0, le=MAX_SEQ, description="Highest contiguous sequence number committed.")


PLAIN_MESSAGES: tuple[type[Message], ...] = (
    HealthV1,
    ConnectionV1,
    WatermarkV1,
    EntryQuestionV1,
    EntryAnswerV1,
    EntryOfferV1,
    OfferAnswerV1,
)
