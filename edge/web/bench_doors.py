"""What the steps of the wizard that let the technician in have found: a lock's test, the test visit. Types only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

CloudProof: TypeAlias = Literal["pending", "confirmed", "silent", "off"]
"""Whether the cloud has confirmed the visit. ``off``: the store has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockRunView:
    """One unlocking in milliseconds since it was asked for; ``secured_ms`` since the closing. None: no sensor tells."""

    released_ms: float | None
    opened_ms: float
    closed_ms: float
    secured_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LockView:
    """What a lock did each time. ``held_while_open``: the bolt went back while the door stood open."""

    door: str
    has_bolt: bool
    held_while_open: bool
    runs: tuple[LockRunView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedView:
    """One facing that the visit changed: units gained, below 0 taken."""

    plate: str
    gtin: str
    product: str
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenView:
    """The test visit: ``take`` units of a product are asked for, ``back`` of them are put back. ``live``: units that the plate is believed
    to have gained now, below 0 taken; ``most``: most taken at any time. ``changes``: by the count at the end; ``stray``: plates with
    weight that no product explains. ``counted_s``: from the closing until it was counted."""

    plate: str
    gtin: str
    product: str
    take: int
    back: int
    live: int = 0
    most: int = 0
    changes: tuple[CountedView, ...] = ()
    stray: tuple[str, ...] = ()
    right: bool | None = None
    counted_s: float | None = None
    cloud: CloudProof = "pending"
