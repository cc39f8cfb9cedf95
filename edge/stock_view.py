"""What stands in the store, as pages and kiosks read it: part of the snapshot. Pure: frozen values, no I/O.

``*_s`` are seconds of CLOCK_MONOTONIC, ``*_g`` grams per unit.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceView:
    """Where a product stands: ``units`` believed there, ``full_units`` of its facing (0: it does not belong there), fewer than
    ``min_units`` are a shortage."""

    plate: str
    units: int
    full_units: int
    min_units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRow:
    """One product over all plates. ``short``: some facing of it holds fewer units than it must. ``misplaced``: units on plates where it
    does not belong. ``catalogue_g``: grams per unit by the catalogue; ``learned_g`` by the plates, None where nothing was learned."""

    gtin: str
    name: str
    units: int
    full_units: int
    short: bool
    misplaced: int
    places: tuple[PlaceView, ...]
    catalogue_g: float
    learned_g: float | None = None
    learned_sd_g: float | None = None
    weighed_units: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RecountRow:
    """One facing after the last staff visit: units counted, of a full facing, and before the visit."""

    plate: str
    gtin: str
    name: str
    counted: int
    full_units: int
    before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecountView:
    """What the last staff visit left on the shelves; ``rows`` are the facings that are not full or have changed."""

    visit: str
    at_s: float
    counted: int
    full_units: int
    rows: tuple[RecountRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRow:
    """A facing that a restocker has laid out: ``count`` units where the planogram says ``was``; 0 stands for no facing."""

    plate: str
    gtin: str
    name: str
    count: int
    was: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StockView:
    """The stock as the store believes it. ``recount`` None: no staff visit yet. ``proposal``: offered, never taken over by itself."""

    products: tuple[StockRow, ...] = ()
    recount: RecountView | None = None
    proposal: tuple[ProposalRow, ...] = ()
