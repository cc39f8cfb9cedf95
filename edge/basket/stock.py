"""What the shelves are believed to hold: units per plate and product, misplaced goods included. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from edge.store.model import StoreModel


@dataclass(frozen=True, slots=True)
class StockChange:
    """``delta`` units of ``gtin`` on ``plate`` (negative = gone); ``units_after`` as the store now believes."""

    plate: str
    gtin: str
    delta: int
    units_after: int


@dataclass(frozen=True, slots=True)
class Shelved:
    """``units`` (at least 0) of ``gtin`` stand on ``plate``."""

    plate: str
    gtin: str
    units: int


@dataclass(frozen=True, slots=True)
class Stock:
    """Every pair of plate and product that holds or may hold goods, sorted by plate and product, each once."""

    shelved: tuple[Shelved, ...] = ()


@dataclass(frozen=True, slots=True)
class Shortage:
    """The facing of ``gtin`` on ``plate`` holds ``units``, fewer than its ``min_count``."""

    plate: str
    gtin: str
    units: int
    min_count: int


def misplaced(stock: Stock, store: StoreModel) -> tuple[Shelved, ...]:
    """Goods on plates that have no facing for them, in the order of ``stock``."""
    facings = {(facing.plate, facing.gtin) for facing in store.planogram}
    return tuple(shelved for shelved in stock.shelved if shelved.units > 0 and (shelved.plate, shelved.gtin) not in facings)


def shortages(stock: Stock, store: StoreModel) -> tuple[Shortage, ...]:
    """Facings that hold fewer units than they must, in the order of the planogram."""
    units = {(shelved.plate, shelved.gtin): shelved.units for shelved in stock.shelved}
    held = [(facing, units.get((facing.plate, facing.gtin), 0)) for facing in store.planogram]
    return tuple(Shortage(facing.plate, facing.gtin, count, facing.min_count) for facing, count in held if count < facing.min_count)


def full_stock(store: StoreModel) -> Stock:
    """Every facing holds its planogram count."""
    return Stock(tuple(Shelved(f.plate, f.gtin, f.count) for f in sorted(store.planogram, key=lambda f: (f.plate, f.gtin))))
