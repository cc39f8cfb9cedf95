"""The CloudEvents 1.0 envelope in structured JSON: built once, stored, sent as often as needed byte for byte. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cloud_bridge.messages import MAX_INT32, MAX_SEQ, ClockSync, Event

MAX_PAYLOAD_BYTES = 1024 * 1024  # bytes; larger payloads are refused unread, far above any receipt with its evidence

_SEQUENCE = re.compile(r"([0-9]{10})-([0-9]{14})\Z")
_TEXT_ATTRIBUTES = ("id", "source", "type", "subject", "time", "bootid", "monons", "clocksync", "partitionkey")


@dataclass(frozen=True, slots=True)
class ClockStamp:
    """When something was written: wall time in Unix nanoseconds, monotonic nanoseconds of the boot, and what the wall time rests on."""

    wall_ns: int
    monotonic_ns: int
    boot_id: str
    clocksync: ClockSync


class BadEnvelope(ValueError):
    """Bytes that are not one of our envelopes. The message says what is wrong, without quoting the payload."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A received envelope. ``time`` is the store's wall clock, which ``clocksync`` qualifies; order comes from epoch and seq."""

    id: str
    source: str
    type: str
    subject: str
    time: str
    epoch: int
    seq: int
    boot_id: str
    monotonic_ns: int
    clocksync: str
    store: str
    data: Any


def uuid7(wall_ns: int, random_bytes: bytes) -> str:
    """A UUID version 7 (RFC 9562) from Unix time and ten random bytes; a clock outside 1970..10889 is pressed into range."""
    millis = min(max(wall_ns // 1_000_000, 0), 2**48 - 1)
    tail = int.from_bytes(random_bytes[:10].ljust(10, b"\0"), "big")
    value = millis << 80 | 0x7 << 76 | (tail >> 62 & 0xFFF) << 64 | 0b10 << 62 | tail & (2**62 - 1)
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def sequence(epoch: int, seq: int) -> str:
    """The ``sequence`` attribute: ordered as text like (epoch, seq) are ordered as numbers."""
    return f"{epoch:010d}-{seq:014d}"


def seal(event: Event, *, event_id: str, source: str, store: str, epoch: int, seq: int, stamp: ClockStamp) -> bytes:
    """The bytes that travel, now and at every repetition."""
    return _dump(
        {
            "specversion": "1.0",
            "id": event_id,
            "source": source,
            "type": event.full_type(),
            "subject": event.subject(),
            "time": rfc3339(stamp.wall_ns),
            "datacontenttype": "application/json",
            "dataschema": event.schema_uri(),
            "sequence": sequence(epoch, seq),
            "partitionkey": store,
            "epoch": epoch,
            "bootid": stamp.boot_id,
            "monons": str(stamp.monotonic_ns),
            "clocksync": stamp.clocksync,
            "data": event.model_dump(mode="json"),
        }
    )


def renumber(body: bytes, *, epoch: int, seq: int) -> bytes:
    """The same event under a new epoch and number; its id stays, so that a reader recognises it."""
    attributes = json.loads(body)
    attributes["epoch"] = epoch
    attributes["sequence"] = sequence(epoch, seq)
    return _dump(attributes)


def open_envelope(body: bytes) -> Envelope:
    """Take received bytes apart. Raises BadEnvelope, whatever the bytes are."""
    attributes = read_json_object(body)
    if attributes.get("specversion") != "1.0":
        raise BadEnvelope("specversion is not 1.0")
    for name in _TEXT_ATTRIBUTES:
        value = attributes.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= 512:
            raise BadEnvelope(f"attribute {name} is not a text of 1 to 512 characters")
    numbers = attributes.get("sequence")
    match = _SEQUENCE.match(numbers) if isinstance(numbers, str) else None
    if match is None:
        raise BadEnvelope("sequence is not <10 digits>-<14 digits>")
    epoch, seq = int(match[1]), int(match[2])
    if type(attributes.get("epoch")) is not int or attributes["epoch"] != epoch:
        raise BadEnvelope("epoch and sequence do not agree")
    if not (0 < epoch <= MAX_INT32 and 0 < seq <= MAX_SEQ):
        raise BadEnvelope("epoch or sequence number out of range")
    monons = attributes["monons"]
    if not (monons.isascii() and monons.isdigit() and len(monons) <= 19):
        raise BadEnvelope("monons is not a decimal number")
    return Envelope(
        id=attributes["id"],
        source=attributes["source"],
        type=attributes["type"],
        subject=attributes["subject"],
        time=attributes["time"],
        epoch=epoch,
        seq=seq,
        boot_id=attributes["bootid"],
        monotonic_ns=int(monons),
        clocksync=attributes["clocksync"],
        store=attributes["partitionkey"],
        data=attributes.get("data"),
    )


def read_json_object(body: bytes) -> dict[str, Any]:
    """A JSON object from untrusted bytes. Raises BadEnvelope for anything else, however large, deep or odd it is."""
    if len(body) > MAX_PAYLOAD_BYTES:
        raise BadEnvelope(f"{len(body)} bytes are more than the {MAX_PAYLOAD_BYTES} that are read")
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
        if b"\\u" in body:
            json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair is JSON, but no text that can be stored
    except (ValueError, RecursionError) as error:
        raise BadEnvelope(f"not JSON ({type(error).__name__})") from error
    if not isinstance(value, dict):
        raise BadEnvelope("not a JSON object")
    return value


def rfc3339(wall_ns: int) -> str:
    """Unix nanoseconds as UTC text with milliseconds; a clock outside 1970..9999 is pressed into range."""
    seconds, nanos = divmod(min(max(wall_ns, 0), 253_402_300_799_999_999_999), 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{nanos // 1_000_000:03d}Z"


def _dump(attributes: dict[str, Any]) -> bytes:
    return json.dumps(attributes, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
