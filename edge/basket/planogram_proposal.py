"""A planogram as a restocker has just laid it out, offered beside the one that is described. Pure; nothing here changes what is sold where.

After a staff visit the stock says what stands where, goods on plates without a facing for them included. Each difference that the visit
made is one proposed facing; a person takes it over into the store file, or puts the goods elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from edge.basket.stock import Stock
from edge.store.model import Facing, StoreModel


@dataclass(frozen=True, slots=True)
class ProposedFacing:
    """``count`` units of ``gtin`` on ``plate`` when full, where the planogram says ``was``.

    ``was`` 0: there is no such facing yet. ``count`` 0: end it.
    """

    plate: str
    gtin: str
    count: int
    was: int


def proposed(store: StoreModel, before: Stock, now: Stock, earlier: Sequence[ProposedFacing] = ()) -> tuple[ProposedFacing, ...]:
    """What a staff visit that made ``now`` out of ``before`` suggests, sorted by plate and product.

    New: goods arrived on a plate without a facing for them. More: a facing holds more than its count. Gone: a facing is empty while its
    product arrived on a new plate. What was suggested ``earlier`` stays, as long as the goods stand there and nobody has taken it over.
    """
    counts = {(facing.plate, facing.gtin): facing.count for facing in store.planogram}
    units = {(shelved.plate, shelved.gtin): shelved.units for shelved in now.shelved}
    held = {(shelved.plate, shelved.gtin): shelved.units for shelved in before.shelved}
    found = {(one.plate, one.gtin): one for one in earlier if one.count == 0 or units.get((one.plate, one.gtin), 0) > 0}
    for pair in sorted(units):
        was = counts.get(pair, 0)
        if units[pair] > max(held.get(pair, 0), was):
            found[pair] = ProposedFacing(*pair, units[pair], was)
    moved = {gtin for (_, gtin), one in found.items() if one.was == 0}
    for pair, was in counts.items():
        if pair[1] in moved and units.get(pair, 0) == 0:
            found[pair] = ProposedFacing(*pair, 0, was)
        elif pair in found and found[pair].count == 0:
            del found[pair]  # it holds goods again
    return still_open(store, [found[pair] for pair in sorted(found)])


def unconfirmed(proposal: Iterable[ProposedFacing]) -> frozenset[tuple[str, str]]:
    """Pairs of plate and product that only the weight of a restocker's goods speaks for: a wrong catalogue weight looks the same."""
    return frozenset((one.plate, one.gtin) for one in proposal if one.was == 0 and one.count > 0)


def still_open(store: StoreModel, proposal: Iterable[ProposedFacing]) -> tuple[ProposedFacing, ...]:
    """What of ``proposal`` still differs from the planogram of ``store`` and names its plates and products."""
    counts = {(facing.plate, facing.gtin): facing.count for facing in store.planogram}
    plates = {plate.plate for plate in store.plates}
    products = {product.gtin for product in store.prices.products}
    kept = []
    for one in proposal:
        is_now = counts.get((one.plate, one.gtin), 0)
        if one.plate in plates and one.gtin in products and one.count != is_now:
            kept.append(ProposedFacing(one.plate, one.gtin, one.count, is_now))
    return tuple(kept)


def taken_over(planogram: Sequence[Facing], proposal: Iterable[ProposedFacing]) -> tuple[Facing, ...]:
    """The planogram with every proposed facing in it, in the order of ``planogram``, new ones at the end.

    A facing whose count changes keeps its share of units below which it is short; a new one is short below a quarter.
    """
    wanted = {(one.plate, one.gtin): one.count for one in proposal}
    facings = []
    for facing in planogram:
        count = wanted.pop((facing.plate, facing.gtin), facing.count)
        if count > 0:
            facings.append(Facing(facing.plate, facing.gtin, count, min(count, -(-facing.min_count * count // facing.count))))
    new = [Facing(plate, gtin, count, -(-count // 4)) for (plate, gtin), count in sorted(wanted.items()) if count > 0]
    return (*facings, *new)
