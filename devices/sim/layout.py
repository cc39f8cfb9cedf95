"""What a simulated cabinet is built of, and two ready ones. Pure values."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from devices.sim.converter import ChannelSettings
from devices.sim.doors import DoorTraits
from devices.sim.physics import PlateTraits

LockKind = Literal["waveshare", "pulse-0100", "kr-cu16", "kr-cu-wide"]
ScaleKind = Literal["multi", "single", "node"]


@dataclass(frozen=True, slots=True)
class SimProduct:
    """One product: as sold, and how much its units differ."""

    gtin: str
    name: str
    price_minor: int
    tax_bp: int
    unit_weight_g: float
    weight_sd_g: float


@dataclass(frozen=True, slots=True)
class SimPlate:
    """One plate, filled with ``count`` units of ``gtin``."""

    plate: str
    gtin: str
    count: int
    neighbours: tuple[str, ...] = ()
    traits: PlateTraits = field(default_factory=PlateTraits)


@dataclass(frozen=True, slots=True)
class SimDoor:
    """One door. ``has_contact`` false: only its bolt or hook sensor is wired."""

    door: str
    traits: DoorTraits = field(default_factory=DoorTraits)
    has_contact: bool = True


@dataclass(frozen=True, slots=True)
class CabinetLayout:
    """One cabinet. ``scales`` "multi": one transmitter with a channel per plate; "single": one transmitter per plate on one bus; "node":
    our own load-cell node. ``reader``: a code reader stands at the first door. ``unlisted``: goods that the store file does not know yet.
    """

    name: str
    products: tuple[SimProduct, ...]
    plates: tuple[SimPlate, ...]
    doors: tuple[SimDoor, ...]
    lock: LockKind = "waveshare"
    lock_baud: int = 9600
    scales: ScaleKind = "multi"
    scale_baud: int = 115200
    reader: bool = True
    channel: ChannelSettings = field(default_factory=ChannelSettings)
    currency: str = "EUR"
    unlisted: tuple[SimProduct, ...] = ()


# GTINs of the prefix that GS1 keeps for demonstrations; no such goods exist.
WATER = SimProduct("9521234500018", "Mountain Spring Sparkling Water 0.5 l", 129, 1900, 524.0, 2.4)
COLA = SimProduct("9521234500025", "Kestrel Cola 0.33 l", 149, 1900, 348.5, 1.6)
JUICE = SimProduct("9521234500032", "Orchard Orange Juice 0.25 l", 219, 1900, 271.0, 1.9)
BAR = SimProduct("9521234500049", "Oat & Honey Bar 40 g", 119, 700, 43.2, 0.7)
CHOCOLATE = SimProduct("9521234500056", "Harbour Dark Chocolate 100 g", 189, 700, 108.4, 1.0)
NUTS = SimProduct("9521234500063", "Salted Almonds 150 g", 349, 700, 161.5, 1.7)

TEA = SimProduct("9521234500070", "Meadow Mint Tea 0.33 l", 179, 1900, 402.0, 1.8)

PRODUCTS = (WATER, COLA, JUICE, BAR, CHOCOLATE, NUTS)

_TOP_SHELF = ("A1", "A2", "A3")
_LOW_SHELF = ("B1", "B2", "B3")


def _row(names: tuple[str, ...], goods: tuple[tuple[SimProduct, int], ...], traits: PlateTraits) -> tuple[SimPlate, ...]:
    plates = []
    for place, (name, (product, count)) in enumerate(zip(names, goods, strict=True)):
        beside = tuple(names[other] for other in (place - 1, place + 1) if 0 <= other < len(names))
        plates.append(SimPlate(name, product.gtin, count, beside, traits))
    return tuple(plates)


def demo_layout() -> CabinetLayout:
    """One door with an electric strike, contact and bolt sensor; six plates on one transmitter; a relay board; a code reader."""
    traits = PlateTraits()
    return CabinetLayout(
        name="demo",
        products=PRODUCTS,
        plates=(
            *_row(_TOP_SHELF, ((BAR, 24), (CHOCOLATE, 14), (NUTS, 10)), traits),
            *_row(_LOW_SHELF, ((WATER, 10), (COLA, 14), (JUICE, 12)), traits),
        ),
        doors=(SimDoor("front"),),
    )


def kerong_layout() -> CabinetLayout:
    """Two doors with ejecting hook locks on a Kerong board, hook sensors only; four plates, each with its own transmitter; no reader."""
    traits = PlateTraits()
    hook = DoorTraits(latch="hook", pops_open=True)
    return CabinetLayout(
        name="kerong",
        products=(WATER, COLA, BAR, NUTS),
        plates=(*_row(("L1", "L2"), ((WATER, 8), (COLA, 12)), traits), *_row(("R1", "R2"), ((BAR, 20), (NUTS, 10)), traits)),
        doors=(SimDoor("left", hook, has_contact=False), SimDoor("right", hook, has_contact=False)),
        lock="kr-cu16",
        lock_baud=19200,
        scales="single",
        scale_baud=115200,
        reader=False,
    )


def with_plates(layout: CabinetLayout, **traits: float) -> CabinetLayout:
    """The layout with other plates: ``ring_hz``, ``damping``, ``leakage`` and the like of :class:`PlateTraits`, the same for all."""
    return replace(layout, plates=tuple(replace(plate, traits=replace(plate.traits, **traits)) for plate in layout.plates))


LAYOUTS = {"demo": demo_layout, "kerong": kerong_layout}
