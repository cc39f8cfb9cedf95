"""What the cloud bridge reports to the store, in the past tense. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Role: TypeAlias = Literal["shopper", "restocker", "technician"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryAnswered:
    """The cloud's verdict about the credential of ``visit``. ``reason`` is shown when refused."""

    at_ns: int
    visit: str
    granted: bool
    reason: str
    holder: str
    role: Role
    limit_minor: int | None
    kind: Literal["entry_answered"] = "entry_answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryOffered:
    """The cloud says that somebody has scanned ``code`` on our screen and holds the pass ``text``. ``correlation`` goes into the answer.

    Never journalled: the text of a pass must not be in it. What comes of it is, as an entry that was requested.
    """

    at_ns: int
    code: str
    text: str
    door: str | None
    correlation: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudReachable:
    """The consumer at the far end confirmed everything that was waiting: the store is not on its own any more."""

    at_ns: int
    kind: Literal["cloud_reachable"] = "cloud_reachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudLost:
    """No word from the consumer for longer than the setting allows (the broker alone does not count)."""

    at_ns: int
    kind: Literal["cloud_lost"] = "cloud_lost"


CloudFact: TypeAlias = EntryAnswered | EntryOffered | CloudReachable | CloudLost
