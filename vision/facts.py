"""What the eye reports: facts in the past tense, small enough for the socket, never pixels. Pure values without arrays.

Every fact carries ``at_ns``, CLOCK_MONOTONIC nanoseconds, the same clock as the plates'. ``kind`` is the tag under which the journal stores
the fact; it never changes meaning.
"""

from __future__ import annotations

from collections.abc import Sized
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

CameraTrouble: TypeAlias = Literal["no_frames", "black", "frozen", "blurred", "moved"]
Direction: TypeAlias = Literal["taken", "put", "unclear"]
ViewFlaw: TypeAlias = Literal["small", "dark", "bright", "flat", "blurred", "same_shot", "odd", "unlike", "other_code"]
EnrolmentTrouble: TypeAlias = Literal[
    "no_camera",
    "no_picture",
    "enough_views",
    "no_view",
    "other_model",
    "signed_only",
    "not_enrolled",
    "nothing_before",
    "disk_full",
    "failed",
]


MOST_LISTED = 1_500  # products that one line of the socket has room for, with their counts
MOST_VIEWS = 12  # photographs of one product that are held at once; more than ten add nothing that can be measured


def _empty(value: Sized) -> bool:
    return not value


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
    """The vision process answers. ``model`` and ``gallery``: what it recognises with; CameraFound and CameraLost follow for each camera.

    ``enrolled``: the products that it knows (GTIN) with the photographs behind each, ``MOST_LISTED`` at most; ``before``: version of the
    gallery that it can go back to, "" where there is none.
    """

    at_ns: int
    cameras: tuple[str, ...]
    model: str
    gallery: str
    products: int
    enrolled: Annotated[tuple[tuple[str, int], ...], Field(exclude_if=_empty)] = ()
    before: Annotated[str, Field(exclude_if=_empty)] = ""
    kind: Literal["eye_opened"] = "eye_opened"


@dataclass(frozen=True, slots=True)
class View:
    """One photograph of a product that is being enrolled; ``number`` is its own among those of its token.

    ``used`` false: ``flaw`` says why it will not do; true: ``flaw`` is a doubt, or None. ``codes``: bar codes on it, as 13 digits;
    ``picture``: name under which it is kept in the evidence folder.
    """

    number: int
    used: bool
    flaw: ViewFlaw | None = None
    codes: tuple[str, ...] = ()
    picture: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewsJudged:
    """The photographs of ``token`` as they are now: one was taken, or let go. ``rivals``: enrolled products (GTIN) that look like them,
    with the chance that one view is taken for the rival, worst first. ``full``: as many as are of use."""

    at_ns: int
    token: str
    views: tuple[View, ...]
    rivals: tuple[tuple[str, float], ...] = ()
    full: bool = False
    kind: Literal["views_judged"] = "views_judged"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRead:
    """A bar code was held before the camera for ``token``: 13 digits, read the same twice."""

    at_ns: int
    token: str
    code: str
    kind: Literal["code_read"] = "code_read"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductEnrolled:
    """The eye knows ``gtin`` by so many ``photographs`` from now on; ``gallery``: the version that is in use now."""

    at_ns: int
    token: str
    gtin: str
    photographs: int
    gallery: str
    kind: Literal["product_enrolled"] = "product_enrolled"


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryChanged:
    """The eye has forgotten ``gtin``, or gone back to the gallery before (``gtin`` is "" then); ``gallery``: the version in use now."""

    at_ns: int
    token: str
    gtin: str
    gallery: str
    kind: Literal["gallery_changed"] = "gallery_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentFailed:
    """What was wished for ``token`` cannot be done, and nothing has changed. ``detail``: in words, for whoever looks after the eye."""

    at_ns: int
    token: str
    reason: EnrolmentTrouble
    detail: str = ""
    kind: Literal["enrolment_failed"] = "enrolment_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class EyeLost:
    """The vision process does not answer, or never did. Said by the controller's end of the socket."""

    at_ns: int
    reason: str
    kind: Literal["eye_lost"] = "eye_lost"


EnrolmentFact: TypeAlias = ViewsJudged | CodeRead | ProductEnrolled | GalleryChanged | EnrolmentFailed
VisionFact: TypeAlias = Annotated[ItemSeen | CameraLost | CameraFound | EyeOpened | EyeLost | EnrolmentFact, Field(discriminator="kind")]
