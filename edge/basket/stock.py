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


def full_stock(store: StoreModel) -> Stock:
    """Every facing holds its planogram count."""
    return Stock(tuple(Shelved(f.plate, f.gtin, f.count) for f in sorted(store.planogram, key=lambda f: (f.plate, f.gtin))))
