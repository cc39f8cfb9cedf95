"""The far end of every driver, for the contract test: a simulated device of each product, and what is true there.

A driver or product that is missing here makes the contract test fail; that is how a new one is noticed.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devices import registry
from devices.config import BusSettings, DeviceSettings
from devices.drivers.driver import Driver, Link
from devices.sim.code_reader import SimulatedReader
from devices.sim.converter import WeighingChannel
from devices.sim.doors import DoorPhysics, DoorTraits
from devices.sim.kerong_board import KerongBoard
from devices.sim.line import LineFormat, Station
from devices.sim.load_cell_node import COUNTS_PER_G, EMPTY_COUNTS, LoadCellNode
from devices.sim.paced_bus import PacedBus
from devices.sim.physics import PlatePhysics, PlateTraits
from devices.sim.relay_board import PROFILES, RelayBoard, RelayProfile
from devices.sim.sics_scale import SicsScale
from devices.sim.weighing_transmitter import WeighingTransmitter
from tests.waiting import until

Pulses = list[tuple[int, int, int]]


@dataclass(slots=True)
class Peer:
    """One simulated device. ``grams`` is the true load per channel; ``doors`` hang on its outputs, door n's bolt on ``bolt_input(n)``."""

    station: Station
    baud: int = 9600
    half_duplex: bool = True
    options: dict[str, Any] = field(default_factory=dict)
    grams: tuple[float, ...] = ()
    doors: tuple[DoorPhysics, ...] = ()
    pulses: Pulses = field(default_factory=list)
    bolt_input: Callable[[int], int] = lambda door: door


def channels(*grams: float) -> tuple[WeighingChannel, ...]:
    """Quiet plates with these loads."""
    made = []
    for number, load in enumerate(grams):
        physics = PlatePhysics(PlateTraits(noise_sd_g=0.01), number, time.monotonic_ns())
        physics.load_at_rest(load)
        made.append(WeighingChannel(physics))
    return tuple(made)


def doors(count: int = 2) -> tuple[DoorPhysics, ...]:
    return tuple(DoorPhysics(DoorTraits(latch="hook")) for _ in range(count))


class LinkableBoard(RelayBoard):
    """A board whose inputs can switch its outputs: one register per output says how, 0 is not at all."""

    links = (0,) * 8

    def register(self, register: int, at_ns: int) -> int:
        if 0x1000 <= register < 0x1008:
            return self.links[register - 0x1000]
        return super().register(register, at_ns)


def _relay(profile: RelayProfile, kind: type[RelayBoard] = RelayBoard) -> Peer:
    hung = doors()
    board = kind("peer", profile, loads=hung, senses=[door.bolt_holds for door in hung])
    return Peer(board, doors=hung, pulses=board.pulses)


def _kerong(dialect: str) -> Peer:
    hung = doors()
    board = KerongBoard("peer", "classic" if dialect == "classic" else "wide", loads=hung, hooks=[door.bolt_holds for door in hung])
    return Peer(board, baud=19200, doors=hung, pulses=board.pulses)


def _transmitter(*grams: float) -> Peer:
    options = {"channels": len(grams)} if len(grams) > 1 else {}
    return Peer(WeighingTransmitter("peer", channels(*grams)), options=options, grams=grams)


def _sics(*grams: float) -> Peer:
    return Peer(SicsScale("peer", channels(*grams)[0]), half_duplex=False, grams=grams)


def _node(*grams: float) -> Peer:
    hung = doors()
    node = LoadCellNode("peer", channels(*grams), loads=hung, senses=[door.bolt_holds for door in hung])
    options = {
        "channels": len(grams),
        "inputs": 2,
        "outputs": 2,
        "grams_per_count": [1.0 / COUNTS_PER_G],
        "zero_counts": [EMPTY_COUNTS],
    }
    return Peer(node, baud=115_200, half_duplex=False, options=options, grams=grams, doors=hung, pulses=node.pulses)


PEERS: dict[tuple[str, str], Callable[[], Peer]] = {
    ("code_reader", "line-reader"): lambda: Peer(SimulatedReader("peer"), half_duplex=False),
    ("kerong", "kr-cu16"): lambda: _kerong("classic"),
    ("kerong", "kr-cu-wide"): lambda: _kerong("wide"),
    ("modbus_relay", "lc-relay-8ch"): lambda: _relay(PROFILES["lc-255"]),
    ("modbus_relay", "pulse-0100-8ch"): lambda: _relay(PROFILES["pulse-0100"]),
    ("modbus_relay", "waveshare-relay-8ch"): lambda: _relay(PROFILES["waveshare"]),
    ("modbus_relay", "waveshare-relay-d-8ch"): lambda: _relay(PROFILES["waveshare"], LinkableBoard),
    ("modbus_scale", "transmitter-1ch"): lambda: _transmitter(1234.5),
    ("modbus_scale", "transmitter-multi"): lambda: _transmitter(1234.5, 0.0, 87.3),
    ("mt_sics", "mt-sics"): lambda: _sics(1234.5),
    ("node", "cell-node"): lambda: _node(1234.5, 87.3),
}


@dataclass(slots=True)
class Connected:
    """A driver on the wire with its peer."""

    driver: Driver
    link: Link
    bus: PacedBus


@contextlib.asynccontextmanager
async def connected(
    driver: str, product: str, peer: Peer, directory: Path, *, others: Sequence[Station] = (), **changes: Any
) -> AsyncIterator[Connected]:
    """The driver of a product, opened and listening, at the other end of a paced line from its peer."""
    line = LineFormat(peer.baud, half_duplex=peer.half_duplex)
    with PacedBus(directory / "line", line, stations=[peer.station, *others]) as wire:
        settings = BusSettings(name="line", url=f"serial://{wire.path}", baud=changes.pop("baud", peer.baud))
        options = {**peer.options, **changes.pop("options", {})}
        device = DeviceSettings(name="device", driver=driver, product=product, bus="line", options=options, **changes)
        link = registry.connect(settings, [device])
        made = registry.make(device, link)
        async with running(link, made):
            yield Connected(made, link, wire)


@contextlib.asynccontextmanager
async def running(link: Link, *drivers: Driver) -> AsyncIterator[None]:
    """Run the port's owner and the drivers' listening; returned once the port is open."""
    tasks = [asyncio.create_task(link.run()), *(asyncio.create_task(driver.listen()) for driver in drivers)]
    try:
        await until(lambda: link.connected, within_s=5.0)
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
