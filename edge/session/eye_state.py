"""What the store knows of its eye: cameras, what each saw last, and what was seen in the running visit. Pure values, no rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from edge.basket.sight import Sighting
from vision.facts import CameraTrouble, Direction

CameraCondition: TypeAlias = Literal["unknown", "seeing", "lost"]
EyeCondition: TypeAlias = Literal["unknown", "open", "lost"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One reach as a camera saw it, with what it says to the belief. ``at_ns``: when it was told; ``evidence``: name of its pictures, ""
    where none are kept; ``barcode``: 13 digits; ``views``: pictures looked at."""

    camera: str
    reach: int
    at_ns: int
    direction: Direction
    sighting: Sighting
    units: int = 0
    barcode: str | None = None
    views: int = 0
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraState:
    """One camera and the plates in its zones. ``unknown``: nothing was heard of it since the eye opened. ``trouble`` and ``detail`` say why
    it is lost; ``last`` is the last reach it saw, by whomever."""

    camera: str
    plates: tuple[str, ...]
    condition: CameraCondition = "unknown"
    trouble: CameraTrouble | None = None
    detail: str = ""
    last: Look | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EyeState:
    """All cameras; none: the store has no eye. ``model``, ``gallery``, ``products`` (how many it knows), ``enrolled`` (which, with the
    photographs behind each) and ``before`` (the gallery it can go back to, "" for none) as it last opened; ``reason``: why it is lost.
    ``since_ns``: when it opened or was lost; ``deaths``: how often it was lost, each time soon after it had opened."""

    cameras: tuple[CameraState, ...] = ()
    condition: EyeCondition = "unknown"
    reason: str = ""
    model: str = ""
    gallery: str = ""
    products: int = 0
    enrolled: tuple[tuple[str, int], ...] = ()
    before: str = ""
    since_ns: int = 0
    deaths: int = 0

    @property
    def covered(self) -> frozenset[str]:
        """Plates that cameras should see."""
        return frozenset(plate for camera in self.cameras for plate in camera.plates)

    @property
    def seen(self) -> frozenset[str]:
        """Plates that a camera sees now."""
        if self.condition != "open":
            return frozenset()
        return frozenset(plate for camera in self.cameras if camera.condition == "seeing" for plate in camera.plates)
