"""What a visit is told besides what devices, eye and cloud report: entries, the clock, the controller's own starts, operators. Pure.

``Fact`` is the closed union that ``step`` takes and the journal stores.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from cloud_bridge.facts import CloudLost, CloudReachable, EntryAnswered, Role
from devices.facts import (
    BoltReleased,
    BoltSecured,
    DeviceFound,
    DeviceLost,
    DoorClosed,
    DoorOpened,
    DoorSensed,
    PlateDisturbed,
    PlateDrifting,
    PlateFaulted,
    PlateMoving,
    PlateRecovered,
    PlateSettled,
    PlatesMeasured,
    PlatesQuiet,
    Unlocked,
    UnlockFailed,
)
from edge.session.revision import Decision, Standing, Wanted
from edge.session.settings import EntrySettings, VisitSettings
from edge.store.model import StoreModel
from vision.facts import (
    CameraFound,
    CameraLost,
    CodeRead,
    EnrolmentFailed,
    EyeLost,
    EyeOpened,
    GalleryChanged,
    ItemSeen,
    ProductEnrolled,
    ViewsJudged,
)

Source: TypeAlias = Literal["qr", "nfc", "api", "offer"]
"""How a credential came: by a reader (``qr``, ``nfc``), a program or a page, or from the cloud for a code that our screen showed."""


@dataclass(frozen=True, slots=True)
class PassClaims:
    """What a pass says once its signature is proven. ``holder`` is a pseudonym. Times are Unix seconds. ``limit_minor`` None: no limit."""

    pass_id: str
    holder: str
    role: Role
    not_before_s: int
    expires_s: int
    limit_minor: int | None
    currency: str | None
    kind: Literal["pass"] = "pass"


@dataclass(frozen=True, slots=True)
class OpaqueCard:
    """A credential that only the cloud can judge. ``digest``: SHA-256 hex of the text presented; the text itself is never stored."""

    digest: str
    kind: Literal["card"] = "card"


@dataclass(frozen=True, slots=True)
class BadPass:
    """What was presented cannot be a valid pass for this store. ``reason`` is a code of :mod:`edge.session.passes`."""

    reason: str
    kind: Literal["bad"] = "bad"


Credential: TypeAlias = Annotated[PassClaims | OpaqueCard | BadPass, Field(discriminator="kind")]


def _unsaid(value: str | int) -> bool:
    return not value


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRequested:
    """Somebody presented a credential. ``visit`` (UUIDv7, minted at the rim) becomes the visit's id if they are let in.

    ``unix_s`` is the wall time of the presentation, None while the clock cannot be trusted. ``door`` None asks for every door.
    ``vouched``: the store itself made the claims, for somebody of the staff who is signed in; neither the cloud nor the clock is asked.
    """

    at_ns: int
    visit: str
    source: Source
    credential: Credential
    unix_s: int | None
    door: str | None = None
    vouched: Annotated[bool, Field(exclude_if=_unsaid)] = False
    kind: Literal["entry_requested"] = "entry_requested"


@dataclass(frozen=True, slots=True, kw_only=True)
class ControllerStarted:
    """The first fact of every run. ``same_boot``: the monotonic clock goes on from the journal's last fact; otherwise it began anew
    and every deadline is taken again from ``at_ns``."""

    at_ns: int
    boot_id: str
    same_boot: bool
    version: str
    kind: Literal["controller_started"] = "controller_started"


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera and the plates in its zones."""

    camera: str
    plates: tuple[str, ...]


def _none(cameras: tuple[Camera, ...]) -> bool:
    return not cameras


ChangesTrouble: TypeAlias = Literal["", "stepped_back", "lost"]
"""What became of changes that could not be read at the start: earlier ones hold, or none at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreConfigured:
    """The shop and the rules from now on. A visit that is open keeps the price list it began with. Without ``cameras`` there is no eye.

    ``by`` somebody, whose change number ``change_no`` it is; ``change`` says what and why. Without ``by`` it only tells what holds.
    """

    at_ns: int
    store: StoreModel
    visit: VisitSettings
    entry: EntrySettings
    cameras: Annotated[tuple[Camera, ...], Field(exclude_if=_none)] = ()
    by: Annotated[str, Field(exclude_if=_unsaid)] = ""
    change: Annotated[str, Field(exclude_if=_unsaid)] = ""
    change_no: Annotated[int, Field(exclude_if=_unsaid)] = 0
    trouble: Annotated[ChangesTrouble, Field(exclude_if=_unsaid)] = ""
    trouble_words: Annotated[str, Field(exclude_if=_unsaid)] = ""
    kind: Literal["store_configured"] = "store_configured"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerElapsed:
    """Monotonic time has reached the deadline the state asked to be woken at."""

    at_ns: int
    kind: Literal["timer_elapsed"] = "timer_elapsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRequested:
    """An operator takes the cabinet out of service, returns it, acknowledges latched faults, or wants the controller to start anew. ``by``
    names who, ``reason`` why. ``code`` and ``subject``: acknowledge this one fault; "" where all are meant, as older releases did."""

    at_ns: int
    action: Literal["take_out_of_service", "return_to_service", "clear_faults", "restart"]
    by: str
    reason: str
    code: Annotated[str, Field(exclude_if=_unsaid)] = ""
    subject: Annotated[str, Field(exclude_if=_unsaid)] = ""
    kind: Literal["service_requested"] = "service_requested"


@dataclass(frozen=True, slots=True, kw_only=True)
class PiecesCounted:
    """A person says: what was just put on (or taken from) ``plate`` were ``units`` pieces of ``gtin``. The plate knows what they weigh."""

    at_ns: int
    plate: str
    gtin: str
    units: int
    by: str
    kind: Literal["pieces_counted"] = "pieces_counted"


@dataclass(frozen=True, slots=True, kw_only=True)
class StockCounted:
    """A person has looked: ``units`` of ``gtin`` stand on ``plate``, whatever the store believed."""

    at_ns: int
    plate: str
    gtin: str
    units: int
    by: str
    kind: Literal["stock_counted"] = "stock_counted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptReviewed:
    """A person has looked at a receipt. ``revision``: the number that the decision is to have; ``before``: what the journal said about the
    receipt when fact ``as_of`` was the last one in it. ``lines``: what was taken instead; they count for a correction only."""

    at_ns: int
    review: str
    visit: str
    revision: int
    decision: Decision
    by: str
    reason: str
    before: Standing
    as_of: int
    lines: tuple[Wanted, ...] = ()
    kind: Literal["receipt_reviewed"] = "receipt_reviewed"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentAsked:
    """A person teaches the eye a product under ``token``: begins, has it learned, gives up; or has the eye forget a product, or go back to
    the gallery before (``gtin`` "" then). ``by`` names who."""

    at_ns: int
    token: str
    action: Literal["begin", "enrol", "end", "forget", "go_back"]
    gtin: str
    by: str
    kind: Literal["enrolment_asked"] = "enrolment_asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalDropped:
    """A person has looked at the planogram that a restocker laid out, and does not want it."""

    at_ns: int
    by: str
    reason: str
    kind: Literal["proposal_dropped"] = "proposal_dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessChanged:
    """Who may do what has changed, or somebody signed in or could not. ``number`` counts the changes of one access file, which ``book``
    names, so that each is recorded once however often it is told. ``unix_s``: wall time of the change."""

    at_ns: int
    book: str
    number: int
    unix_s: float
    action: str
    by: str
    detail: str
    kind: Literal["access_changed"] = "access_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tended:
    """A technician did something that changes nothing of the shop and yet must be found later: a recording made, a model chosen."""

    at_ns: int
    action: str
    by: str
    detail: str
    kind: Literal["tended"] = "tended"


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageLow:
    """The journal's disk is too full for new visits (``low`` true), or has room again. Exit and billing of the running visit go on."""

    at_ns: int
    low: bool
    kind: Literal["storage_low"] = "storage_low"


Fact: TypeAlias = Annotated[
    ControllerStarted
    | StoreConfigured
    | EntryRequested
    | EntryAnswered
    | CloudReachable
    | CloudLost
    | TimerElapsed
    | ServiceRequested
    | PiecesCounted
    | StockCounted
    | ReceiptReviewed
    | EnrolmentAsked
    | StorageLow
    | AccessChanged
    | ProposalDropped
    | Tended
    | DoorSensed
    | DoorOpened
    | DoorClosed
    | BoltReleased
    | BoltSecured
    | Unlocked
    | UnlockFailed
    | DeviceLost
    | DeviceFound
    | PlatesMeasured
    | PlateMoving
    | PlateSettled
    | PlateDisturbed
    | PlatesQuiet
    | PlateFaulted
    | PlateRecovered
    | PlateDrifting
    | ItemSeen
    | CameraLost
    | CameraFound
    | EyeOpened
    | EyeLost
    | ViewsJudged
    | CodeRead
    | ProductEnrolled
    | GalleryChanged
    | EnrolmentFailed,
    Field(discriminator="kind"),
]
