"""What the device room reports: facts in the past tense, made by drivers and by the weighing stage, consumed by the visit.

Pure: frozen values and their serialised form, no I/O. Every fact carries ``at_ns``, CLOCK_MONOTONIC nanoseconds at which the
thing was observed (not when it was queued). ``kind`` is the tag under which the journal stores the fact; it never changes meaning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, PlainSerializer


def whole_milligrams(grams: float) -> float:
    """Round a weight in grams to the milligram: what a fact may carry, so that live run and replay see the same number."""
    return round(grams * 1000.0) / 1000.0


# In memory a weight is a float in grams; stored, it is an integer number of milligrams.
Grams: TypeAlias = Annotated[
    float,
    PlainSerializer(lambda grams: round(grams * 1000.0), return_type=int),
    BeforeValidator(lambda milligrams: int(milligrams) / 1000.0),
]

Quality: TypeAlias = Literal["ok", "noisy", "disturbed", "reconstructed"]
"""How far a settled change can be trusted.

``ok``: clean windows before and after. ``noisy``: the window was wider than the plate's usual noise. ``disturbed``: something leaned or
was held for longer than the detector accepts as one movement. ``reconstructed``: taken from absolute weights across a gap (a restart,
a lost plate), so creep and drift of the gap are in it.
"""

UnlockFailure: TypeAlias = Literal["expired", "no_movement", "unreachable", "refused", "misconfigured"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorSensed:
    """The first reading of a door after the controller started or its device came back: a state, not a change.

    ``secured`` is None where the door has no bolt sensor.
    """

    at_ns: int
    door: str
    open: bool
    secured: bool | None
    kind: Literal["door_sensed"] = "door_sensed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorOpened:
    """The door contact changed from closed to open."""

    at_ns: int
    door: str
    kind: Literal["door_opened"] = "door_opened"


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorClosed:
    """The door contact changed from open to closed. Says nothing about the bolt."""

    at_ns: int
    door: str
    kind: Literal["door_closed"] = "door_closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class BoltReleased:
    """The bolt or hook sensor changed from holding to released."""

    at_ns: int
    door: str
    kind: Literal["bolt_released"] = "bolt_released"


@dataclass(frozen=True, slots=True, kw_only=True)
class BoltSecured:
    """The bolt or hook sensor changed from released to holding."""

    at_ns: int
    door: str
    kind: Literal["bolt_secured"] = "bolt_secured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlocked:
    """The pulse asked for under ``token`` was sent and a sensor of the door moved afterwards."""

    at_ns: int
    door: str
    token: str
    kind: Literal["unlocked"] = "unlocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlockFailed:
    """The pulse asked for under ``token`` did not demonstrably release the door.

    ``expired``: its time was over before it reached the wire, nothing was sent. ``no_movement``: the board accepted it, no sensor moved.
    ``unreachable``: the board did not answer; the pulse may or may not have happened, so it is not repeated. ``refused``: the board
    answered with an exception.
    """

    at_ns: int
    door: str
    token: str
    reason: UnlockFailure
    detail: str
    kind: Literal["unlock_failed"] = "unlock_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceLost:
    """A device stopped answering (or answers as another device). ``doors`` and ``plates`` are those that depended on it."""

    at_ns: int
    device: str
    doors: tuple[str, ...]
    plates: tuple[str, ...]
    reason: str
    kind: Literal["device_lost"] = "device_lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFound:
    """A lost device answers again with the right identity. ``DoorSensed`` and ``PlatesMeasured`` follow with its present state."""

    at_ns: int
    device: str
    doors: tuple[str, ...]
    plates: tuple[str, ...]
    kind: Literal["device_found"] = "device_found"


@dataclass(frozen=True, slots=True)
class PlateWeight:
    """A stable absolute weight on one plate, in grams from the plate's calibrated zero, with its standard deviation."""

    plate: str
    grams: Grams
    sd_g: Grams


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatesMeasured:
    """Stable absolute weights, taken when there is no earlier reference: at start, after a plate came back."""

    at_ns: int
    weights: tuple[PlateWeight, ...]
    kind: Literal["plates_measured"] = "plates_measured"


@dataclass(frozen=True, slots=True)
class PlateChange:
    """One plate's part of a settled change: ``delta_g`` (negative = taken), its standard deviation, and the weight afterwards."""

    plate: str
    delta_g: Grams
    sd_g: Grams
    after_g: Grams


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateMoving:
    """A plate left its stable state: a hand, a product or a knock is on it."""

    at_ns: int
    plate: str
    kind: Literal["plate_moving"] = "plate_moving"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateSettled:
    """Plates that moved are stable again. Neighbouring plates that changed together are one fact.

    ``changes`` may be empty: everything that moved is back where it was (a touch that took nothing). All plates of ``plates`` have left
    the moving state. ``start_ns``/``end_ns`` bound the movement.

    ``covariance_g2``: covariance of the changes in square grams, rows in their order. Given where the plates' cross-talk is known and
    calculated out: the changes then are the loads themselves. Empty where it is not: the changes are what the plates show, independent,
    and a load shows in part on its neighbours, which are listed with it.
    """

    at_ns: int
    plates: tuple[str, ...]
    changes: tuple[PlateChange, ...]
    start_ns: int
    end_ns: int
    quality: Quality
    covariance_g2: tuple[tuple[float, ...], ...] = ()
    kind: Literal["plate_settled"] = "plate_settled"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateDisturbed:
    """A plate has been moving for longer than one movement may take (a lean, a held item, a vibration). It is still moving."""

    at_ns: int
    plate: str
    since_ns: int
    kind: Literal["plate_disturbed"] = "plate_disturbed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatesQuiet:
    """Answer to ``settle(after_ns)``: every healthy plate has been stable over a window that began after ``after_ns``.

    All ``PlateSettled`` facts of movements before that window were reported earlier.
    """

    at_ns: int
    after_ns: int
    kind: Literal["plates_quiet"] = "plates_quiet"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateFaulted:
    """A plate delivers values that cannot be weights: stuck, saturated, overloaded, disconnected, factory reset."""

    at_ns: int
    plate: str
    reason: str
    kind: Literal["plate_faulted"] = "plate_faulted"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateRecovered:
    """A faulted plate delivers plausible weights again. ``PlatesMeasured`` follows."""

    at_ns: int
    plate: str
    kind: Literal["plate_recovered"] = "plate_recovered"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateDrifting:
    """A resting plate creeps faster than a healthy cell does, while nobody is shopping. Its weights still count; its cell or mounting is
    going. ``g_per_h``: signed rate over the last hour of rest."""

    at_ns: int
    plate: str
    g_per_h: float
    kind: Literal["plate_drifting"] = "plate_drifting"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeScanned:
    """A reader at the door read a QR, barcode or NFC string. Handed to the rim for checking; never journalled as it stands."""

    at_ns: int
    reader: str
    text: str
    kind: Literal["code_scanned"] = "code_scanned"


DeviceFact: TypeAlias = (
    DoorSensed
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
    | CodeScanned
)
