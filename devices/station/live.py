"""What the station shows of itself right now, for pages, metrics and the technician. Frozen values; nothing here decides anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from devices.ports import Identity, InputBits, Reading
from devices.station.door_watch import DoorLive
from devices.station.lifeline import LifelineState
from devices.weighing.weighing import PlateLive
from devices.wire_log import BusCounters, LineCounters


@dataclass(frozen=True, slots=True)
class PulseGiven:
    """The last pulse that a lock output accepted, for a door. Whether a bolt moved is not said here."""

    output: int
    door: str
    seconds: float
    sent_ns: int


@dataclass(frozen=True, slots=True)
class DeviceLive:
    """One device. ``hits``/``misses`` count its requests since the start; ``last_seen_ns`` is its last valid answer.

    ``last_failure``: when and how a request failed last, also long after. ``inputs`` and ``readings`` are as last read, whether the
    device answers now or not; ``pulses``: the last one of each output.
    """

    device: str
    driver: str
    product: str
    bus: str
    state: LifelineState
    identity: Identity | None
    last_error: str | None
    last_seen_ns: int | None
    hits: int
    misses: int
    times_lost: int
    address: int | None = None
    last_failure: tuple[int, str] | None = None
    inputs: InputBits | None = None
    readings: tuple[Reading, ...] = ()
    pulses: tuple[PulseGiven, ...] = ()


@dataclass(frozen=True, slots=True)
class BusLive:
    """One port: whether it is open, why not, and its counters since the start."""

    bus: str
    connected: bool
    trouble: str | None
    counters: BusCounters | LineCounters


@dataclass(frozen=True, slots=True)
class StationLive:
    """Everything the station knows now, by name."""

    devices: Mapping[str, DeviceLive]
    doors: Mapping[str, DoorLive]
    plates: Mapping[str, PlateLive]
    buses: Mapping[str, BusLive]
