"""What a plate's detector tells the weighing stage: beginnings and ends of movements, first weights, faults. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from devices.facts import Quality
from devices.weighing.health import Fault


@dataclass(frozen=True, slots=True)
class Entered:
    """The plate left its reference at ``at_ns``."""

    at_ns: int


@dataclass(frozen=True, slots=True)
class Rested:
    """The movement is over. ``reported``: large enough for a change; otherwise ``booked`` is unchanged."""

    start_ns: int
    end_ns: int
    delta_g: float
    sd_g: float
    after_g: float
    quality: Quality
    reported: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """The first stable weight without an earlier reference."""

    grams: float
    sd_g: float


@dataclass(frozen=True, slots=True)
class Broke:
    """The plate became faulty."""

    reason: Fault


@dataclass(frozen=True, slots=True)
class Healed:
    """A faulty plate holds a plausible weight again; ``Measured`` follows."""


@dataclass(frozen=True, slots=True)
class Drifting:
    """The resting plate creeps faster than a healthy cell, in g/h, while nobody is shopping."""

    g_per_h: float


Event: TypeAlias = Entered | Rested | Measured | Broke | Healed | Drifting
