"""What every explanation of one observation looks at: the shelf, the products, and the change itself. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from edge.basket.explain import Combination, Combinations, Part, PutBack, parts_of
from edge.basket.hypothesis import Held
from edge.basket.stock import Stock
from edge.basket.traits import FULL, Traits
from edge.store.model import Product, StoreModel

EXPLANATIONS = 8_000  # ways weighed per observation, a bound on time; beyond it only the best hypotheses go on, by plain ways


@dataclass(frozen=True, slots=True)
class Block:
    """A change to be explained as one: its plates with their parts, the sum and its variance, the numbers of the changes in it."""

    parts: tuple[tuple[str, float], ...]
    grams: float
    var_g2: float
    changes: tuple[int, ...]

    @property
    def main_plate(self) -> str:
        """The plate that changed most: where a straddling item is said to stand."""
        return max(self.parts, key=lambda part: (abs(part[1]), part[0]))[0]


@dataclass(frozen=True, slots=True)
class Shelf:
    """Per plate: units believed there before the visit, and the products that belong there. ``homeless``: products without a place."""

    units: Mapping[str, Mapping[str, int]]
    facings: Mapping[str, frozenset[str]]
    homeless: tuple[str, ...] = ()

    @classmethod
    def of(cls, store: StoreModel, stock: Stock, *, strays: bool = True) -> Shelf:
        """``strays``: goods stand where they were put back, also outside the planogram."""
        known = {product.gtin for product in store.prices.products}
        units: defaultdict[str, dict[str, int]] = defaultdict(dict)
        facings: defaultdict[str, set[str]] = defaultdict(set)
        for facing in store.planogram:
            units[facing.plate].setdefault(facing.gtin, 0)
            facings[facing.plate].add(facing.gtin)
        for shelved in stock.shelved:
            if shelved.gtin in known and (strays or shelved.gtin in facings[shelved.plate]):
                units[shelved.plate][shelved.gtin] = shelved.units
        placed = {gtin for gtins in facings.values() for gtin in gtins} | {gtin for goods in units.values() for gtin in goods}
        return cls(units, {plate: frozenset(gtins) for plate, gtins in facings.items()}, tuple(sorted(known - placed)))


@dataclass(slots=True)
class Growth:
    """What every explanation of one observation shares. ``strangers``: products that may arrive on plates without a facing for them.
    ``left``: how many more ways may be weighed."""

    shelf: Shelf
    products: Mapping[str, Product]
    combinations: Combinations
    neighbours: Set[tuple[str, str]]
    restocking: bool
    strangers: tuple[str, ...] = ()
    traits: Traits = FULL
    left: int = EXPLANATIONS
    _parts: dict[Held, tuple[Part, ...]] = field(default_factory=dict)

    def parts(self, group: Held) -> tuple[Part, ...]:
        """What may be put back of ``group``; groups are shared by many hypotheses."""
        known = self._parts.get(group)
        if known is None:
            known = self._parts[group] = parts_of(group, self.products[group.gtin])
        return known


@dataclass(frozen=True, slots=True)
class Explanation:
    """Goods that left (or arrived), goods put back, plates whose foreign load is ``resolved``, and whether one has ``grown``."""

    log_weight: float
    goods: Combination
    arrived: bool
    put_back: PutBack
    resolved: frozenset[str]
    grown: bool
    residual_g: float
    var_g2: float


def concerned(block: Block, resolved: frozenset[str]) -> tuple[str, ...]:
    """Plates goods may stand on: the block's, the one that changed most first, then those of the loads that are explained with it."""
    plates = [plate for plate, _ in sorted(block.parts, key=lambda part: (-abs(part[1]), part[0]))]
    return (*plates, *sorted(resolved.difference(plates)))
