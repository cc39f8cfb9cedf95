"""How a simulated cabinet's parts hang on its lines: which board drives which door, which transmitter weighs which plate."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from devices.sim.code_reader import SimulatedReader
from devices.sim.converter import WeighingChannel
from devices.sim.doors import DoorPhysics
from devices.sim.kerong_board import KerongBoard
from devices.sim.layout import CabinetLayout
from devices.sim.line import LineFormat, Station, Transmission
from devices.sim.load_cell_node import LoadCellNode
from devices.sim.paced_bus import PacedBus
from devices.sim.relay_board import PROFILES, RelayBoard
from devices.sim.weighing_transmitter import WeighingTransmitter

LOCKS_BUS, SCALES_BUS, READER_BUS = "locks", "scales", "reader"
READER_BAUD = 9600
NODE_BAUD = 460_800  # eight channels at 80 samples per second fill 89 % of 115200


@dataclass(slots=True)
class Wiring:
    """The lines and the stations on them, for tests that break one."""

    buses: dict[str, PacedBus]
    lock_board: RelayBoard | KerongBoard
    scales: tuple[WeighingTransmitter | LoadCellNode, ...]
    reader: SimulatedReader | None
    plate_at: dict[str, tuple[str, int]]  # plate -> (scale name, channel)


class _Guarded:
    """A station whose device shares the cabinet's physics with other threads."""

    def __init__(self, station: Station, lock: threading.RLock) -> None:
        self._station, self._lock = station, lock
        self.name = station.name
        self.framing: Literal["gap", "stream"] = station.framing

    def hear(self, data: bytes, at_ns: int) -> Sequence[Transmission]:
        with self._lock:
            return self._station.hear(data, at_ns)

    def due_ns(self) -> int | None:
        return self._station.due_ns()

    def speak(self, at_ns: int) -> Sequence[Transmission]:
        with self._lock:
            return self._station.speak(at_ns)


def wire(
    layout: CabinetLayout,
    doors: Mapping[str, DoorPhysics],
    channels: Mapping[str, WeighingChannel],
    *,
    directory: Path,
    lock: threading.RLock,
    seed: int,
) -> Wiring:
    """Build the lines of a layout. Door n (from 0): output n; contact at input 2n, bolt at input 2n + 1 of a relay board (both on while
    shut and holding, so that a cut wire reads as open), hook n on a Kerong board."""
    lock_board = _lock_board(layout, [doors[door.door] for door in layout.doors])
    scales, plate_at = _scales(layout, channels)
    buses = {
        LOCKS_BUS: PacedBus(directory / LOCKS_BUS, LineFormat(layout.lock_baud), stations=[_Guarded(lock_board, lock)], seed=seed),
        SCALES_BUS: PacedBus(
            directory / SCALES_BUS,
            LineFormat(NODE_BAUD, half_duplex=False) if layout.scales == "node" else LineFormat(layout.scale_baud),
            stations=[_Guarded(scale, lock) for scale in scales],
            seed=seed + 1,
        ),
    }
    reader = None
    if layout.reader:
        reader = SimulatedReader("reader")
        buses[READER_BUS] = PacedBus(directory / READER_BUS, LineFormat(READER_BAUD, half_duplex=False), stations=[reader], seed=seed + 2)
    return Wiring(buses, lock_board, scales, reader, plate_at)


def _lock_board(layout: CabinetLayout, doors: Sequence[DoorPhysics]) -> RelayBoard | KerongBoard:
    match layout.lock:
        case "kr-cu16" | "kr-cu-wide":
            return KerongBoard(
                "locks",
                "classic" if layout.lock == "kr-cu16" else "wide",
                loads=doors,
                hooks=[door.bolt_holds for door in doors],
            )
        case "waveshare" | "pulse-0100":
            senses: list[Callable[[int], bool]] = []
            for door in doors:
                senses += [_shut(door), door.bolt_holds]
            return RelayBoard("locks", PROFILES[layout.lock], loads=doors, senses=senses)


def _shut(door: DoorPhysics) -> Callable[[int], bool]:
    return lambda at_ns: not door.contact_open(at_ns)


def _scales(
    layout: CabinetLayout, channels: Mapping[str, WeighingChannel]
) -> tuple[tuple[WeighingTransmitter | LoadCellNode, ...], dict[str, tuple[str, int]]]:
    plates = list(channels)
    if layout.scales == "single":
        for channel in channels.values():
            channel.settings = replace(layout.channel)
        singles = tuple(
            WeighingTransmitter(f"scale-{plate}", (channels[plate],), address=number, baud=layout.scale_baud)
            for number, plate in enumerate(plates, start=1)
        )
        return singles, {plate: (f"scale-{plate}", 0) for plate in plates}
    shared = replace(layout.channel)
    for channel in channels.values():
        channel.settings = shared
    everything = tuple(channels.values())
    places = {plate: ("scale", index) for index, plate in enumerate(plates)}
    if layout.scales == "node":
        return (LoadCellNode("scale", everything),), places
    return (WeighingTransmitter("scale", everything, baud=layout.scale_baud),), places
