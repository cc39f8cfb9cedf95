"""One way the visit may have gone: what left which plate, what the shopper holds, what lies or leans on a plate. Pure values."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from edge.basket.evidence import Evidence
from edge.basket.stock import Stock

MAX_COUNTS = 16  # changes of which the pieces are known; what an eye counts it tells within seconds
MAX_SUPPORT = 8  # changes kept as evidence per product or foreign load; the newest, enough for a person who reviews


@dataclass(frozen=True, slots=True)
class Change:
    """A settled change of one plate as the belief remembers it, with its running number in the visit."""

    number: int
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Held:
    """``units`` of ``gtin`` taken in one movement and not put back: the weight seen for all of them together, with its variance.

    A put-back is compared with this weight, which is sharper than the catalogue's.
    """

    gtin: str
    units: int
    grams: float
    var_g2: float


@dataclass(frozen=True, slots=True)
class Foreign:
    """Weight on a plate that is no product put there or taken: a hand, a bag, an item half lifted (negative), or something unknown.

    ``cause`` is the number of a change: loads of one cause, a lean on three plates, came together and go together.
    """

    plate: str
    grams: float
    var_g2: float
    changes: tuple[int, ...]
    cause: int = 0


@dataclass(frozen=True, slots=True)
class Net:
    """Units of ``gtin`` that ``plate`` gained over the visit; negative = taken. Never zero."""

    plate: str
    gtin: str
    units: int


@dataclass(frozen=True, slots=True)
class Support:
    """Numbers of the changes that speak for the units of ``gtin``."""

    gtin: str
    changes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """``log_weight``: natural logarithm of its share of the belief. All tuples are sorted, so that equal ways compare equal.

    ``returned``: changes that spoke for products of which nothing has moved in the end. ``counts``: per change that was explained by goods,
    its number and how many pieces moved in it, the newest :data:`MAX_COUNTS`.
    """

    log_weight: float
    nets: tuple[Net, ...] = ()
    held: tuple[Held, ...] = ()
    foreign: tuple[Foreign, ...] = ()
    support: tuple[Support, ...] = ()
    returned: tuple[Support, ...] = ()
    counts: tuple[tuple[int, int], ...] = ()

    def claimed(self, numbers: Set[int]) -> tuple[str, ...]:
        """Products that were moved in the changes of these numbers, sorted."""
        spoken = (*self.support, *self.returned)
        return tuple(sorted({known.gtin for known in spoken if not numbers.isdisjoint(known.changes)}))

    def pieces(self, numbers: Set[int]) -> int:
        """How many pieces were moved in the changes of these numbers."""
        return sum(units for number, units in self.counts if number in numbers)

    def claims(self, first: int) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """Per product the changes numbered ``first`` or above in which it was moved."""
        spoken = ((known.gtin, tuple(n for n in known.changes if n >= first)) for known in (*self.support, *self.returned))
        return tuple(sorted(claim for claim in spoken if claim[1]))

    def basket(self) -> tuple[tuple[str, int], ...]:
        """Units taken and not put back per product, only products with more than none, sorted by product."""
        units: dict[str, int] = {}
        for net in self.nets:
            units[net.gtin] = units.get(net.gtin, 0) - net.units
        return tuple((gtin, count) for gtin, count in sorted(units.items()) if count > 0)


@dataclass(frozen=True, slots=True)
class PlateSum:
    """Everything one plate gained over the visit in grams, with its variance: what any explanation must add up to."""

    plate: str
    grams: float
    var_g2: float


@dataclass(frozen=True, slots=True)
class Belief:
    """What may have been taken since ``stock`` was true: the likeliest ways, best first, their weights adding up to one.

    ``restocking``: goods may arrive that were not taken before (a staff visit, or nobody's visit). ``whole_catalogue``: they may be any
    product, also on plates without a facing for it (a staff visit). ``refused`` counts changes that could not be weights and were left out;
    with any, no line is certain. Bounded in size whatever is observed.
    """

    stock: Stock
    restocking: bool
    hypotheses: tuple[Hypothesis, ...]
    changes: tuple[Change, ...] = ()
    sums: tuple[PlateSum, ...] = ()
    next_number: int = 0
    refused: int = 0
    whole_catalogue: bool = False
