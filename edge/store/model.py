"""What the shop is: products with their prices, where they stand, and which doors and plates the cabinet has. Pure.

Built once from the configuration and journalled whole, so that a replay needs nothing but the journal.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Product:
    """One product as sold.

    ``gtin``: GTIN-8/12/13/14 digits with a valid check digit. ``price_minor``: gross unit price in minor units of the store's currency.
    ``tax_bp``: tax rate contained in the price, in basis points (1900 = 19 %). ``unit_weight_g``/``weight_sd_g``: mean and
    unit-to-unit standard deviation in grams.
    """

    gtin: str
    name: str
    price_minor: int
    tax_bp: int
    unit_weight_g: float
    weight_sd_g: float


@dataclass(frozen=True, slots=True)
class PriceList:
    """The products on sale under one version. A visit is billed by the version that held when it began."""

    version: str
    currency: str
    products: tuple[Product, ...]


@dataclass(frozen=True, slots=True)
class Facing:
    """``count`` units of ``gtin`` stand on ``plate`` when it is full; fewer than ``min_count`` are a shortage (0: never)."""

    plate: str
    gtin: str
    count: int
    min_count: int = 0


@dataclass(frozen=True, slots=True)
class Plate:
    """One weighing plate. ``neighbours`` are the plates an item can straddle with it."""

    plate: str
    device: str
    rated_g: float
    neighbours: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Door:
    """One door of the cabinet. ``has_bolt_sensor`` false: the contact alone tells whether it is shut."""

    door: str
    device: str
    has_bolt_sensor: bool


@dataclass(frozen=True, slots=True)
class StoreModel:
    """One cabinet: one or more doors over one set of plates."""

    tenant: str
    store: str
    doors: tuple[Door, ...]
    plates: tuple[Plate, ...]
    planogram: tuple[Facing, ...]
    prices: PriceList
