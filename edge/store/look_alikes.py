"""Goods that the plates cannot tell apart: products on one plate, or on plates beside each other, that weigh nearly the same. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from edge.store.model import Product, StoreModel

APART_SD: Final = 4.0  # standard deviations between two weights; nearer than that, more than one in forty is taken for the other
NOISE_G: Final = 1.0  # g; what a plate itself adds to a change
MOST_UNITS: Final = 2  # units taken at once that are compared; with more of them everything weighs like something


@dataclass(frozen=True, slots=True)
class LookAlike:
    """``units_one`` of one product weigh nearly what ``units_two`` of the other do. ``plates``: where they stand, one name if the same."""

    one: Product
    units_one: int
    two: Product
    units_two: int
    plates: tuple[str, ...]

    @property
    def words(self) -> str:
        """One sentence for whoever lays out the shelf."""
        where = f"on plate {self.plates[0]}" if len(self.plates) == 1 else f"on the neighbours {self.plates[0]} and {self.plates[1]}"
        first, second = _told(self.one, self.units_one), _told(self.two, self.units_two)
        return f"{first} and {second} {where} cannot be told apart by weight alone; put them on plates that are not beside each other"


def look_alikes(store: StoreModel) -> tuple[LookAlike, ...]:
    """Every such pair once, in the order of the planogram."""
    products = {product.gtin: product for product in store.prices.products}
    beside = {frozenset((plate.plate, name)) for plate in store.plates for name in plate.neighbours}
    found: dict[tuple[str, int, str, int], LookAlike] = {}
    for one, two in combinations(store.planogram, 2):
        near = one.plate == two.plate or frozenset((one.plate, two.plate)) in beside
        if one.gtin == two.gtin or not near:
            continue
        plates = (one.plate,) if one.plate == two.plate else (one.plate, two.plate)
        for units_one, units_two in alike_units(products[one.gtin], products[two.gtin]):
            found.setdefault(
                (one.gtin, units_one, two.gtin, units_two), LookAlike(products[one.gtin], units_one, products[two.gtin], units_two, plates)
            )
    return tuple(found.values())


def alike_units(one: Product, two: Product) -> Iterator[tuple[int, int]]:
    """Smallest numbers of units of each that weigh nearly the same; (1, 1) where one weighs like the other."""
    for units_one in range(1, MOST_UNITS + 1):
        for units_two in range(1, MOST_UNITS + 1):
            if math.gcd(units_one, units_two) > 1:
                continue
            apart = abs(units_one * one.unit_weight_g - units_two * two.unit_weight_g)
            spread = math.sqrt(units_one * one.weight_sd_g**2 + units_two * two.weight_sd_g**2 + NOISE_G**2)
            if apart < APART_SD * spread:
                yield units_one, units_two


def _told(product: Product, units: int) -> str:
    return f"{units} × {product.name} ({units * product.unit_weight_g:g} g)"
