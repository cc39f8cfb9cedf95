"""What the eye reports: facts in the past tense, small enough for the socket, never pixels. Pure values without arrays.

Every fact carries ``at_ns``, CLOCK_MONOTONIC nanoseconds, the same clock as the plates'. ``kind`` is the tag under which the journal stores
the fact; it never changes meaning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

CameraTrouble: TypeAlias = Literal["no_frames", "black", "frozen", "blurred", "moved"]
Direction: TypeAlias = Literal["taken", "put", "unclear"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemSeen:
    """A hand reached over ``plates`` between ``start_ns`` and ``end_ns``, and this is what its pictures say.

    ``log_likelihoods``: per product (GTIN), in nats and rounded to 0.001, how likely these pictures are had it been that product;
    ``log_other``: of every product not named. Only differences count. Empty: something happened here, what it was cannot be said.
    ``units``: likeliest number of pieces, 0 where it cannot be said. ``barcode``: a code read in sight, as 13 digits.
    ``views``: pictures that were looked at; ``evidence``: name under which the pictures are kept, "" where none are.
    """

    at_ns: int
    camera: str
    reach: int
    plates: tuple[str, ...]
    start_ns: int
    end_ns: int
    direction: Direction
    log_likelihoods: tuple[tuple[str, float], ...]
    log_other: float
    units: int = 0
    barcode: str | None = None
    views: int = 0
    evidence: str = ""
    kind: Literal["item_seen"] = "item_seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraLost:
    """A camera cannot be relied on from now on. ``plates``: those that only it sees."""

    at_ns: int
    camera: str
    plates: tuple[str, ...]
    reason: CameraTrouble
    detail: str = ""
    kind: Literal["camera_lost"] = "camera_lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraFound:
    """A lost camera delivers usable pictures again, or one is seen for the first time."""

    at_ns: int
    camera: str
    plates: tuple[str, ...]
    kind: Literal["camera_found"] = "camera_found"


@dataclass(frozen=True, slots=True, kw_only=True)
class EyeOpened:
    """The vision process answers. ``model`` and ``gallery``: what it recognises with; CameraFound and CameraLost follow for each camera."""

    at_ns: int
    cameras: tuple[str, ...]
    model: str
    gallery: str
    products: int
    kind: Literal["eye_opened"] = "eye_opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class EyeLost:
    """The vision process does not answer, or never did. Said by the controller's end of the socket."""

    at_ns: int
    reason: str
    kind: Literal["eye_lost"] = "eye_lost"


VisionFact: TypeAlias = Annotated[ItemSeen | CameraLost | CameraFound | EyeOpened | EyeLost, Field(discriminator="kind")]
