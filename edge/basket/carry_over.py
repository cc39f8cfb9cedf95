"""The stock when the shop is described anew: what stood there still stands there. Pure."""

from __future__ import annotations

from edge.basket.stock import Shelved, Stock
from edge.store.model import StoreModel


def carry_over(stock: Stock, store: StoreModel, *, new_are_full: bool = True) -> Stock:
    """``stock`` fitted to ``store``: known pairs keep their units, goods whose facing is gone included; plates that are gone are forgotten.

    New facings count as full, or as empty where ``new_are_full`` is False.
    """
    plates = {plate.plate for plate in store.plates}
    units = {(facing.plate, facing.gtin): facing.count if new_are_full else 0 for facing in store.planogram}
    units |= {(known.plate, known.gtin): known.units for known in stock.shelved if known.plate in plates}
    facings = {(facing.plate, facing.gtin) for facing in store.planogram}
    kept = sorted((pair, count) for pair, count in units.items() if count > 0 or pair in facings)
    return Stock(tuple(Shelved(plate, gtin, count) for (plate, gtin), count in kept))
