"""How the stock follows from what was believed: a sale, a restock visit, a change that happened between visits. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass

from devices.facts import PlateSettled
from edge.basket.belief import observe, open_belief
from edge.basket.evidence import Evidence
from edge.basket.explain import units_variance
from edge.basket.hypothesis import Belief
from edge.basket.reading import best_story, unexplained
from edge.basket.stock import Shelved, Stock, StockChange
from edge.store.model import StoreModel

COUNT_SD = 4.0  # a whole number of units further from a plate's sum than this many standard deviations is no count


@dataclass(frozen=True, slots=True)
class StockUpdate:
    """The stock afterwards, what changed on the way, and the weight changes that no product explains."""

    stock: Stock
    changes: tuple[StockChange, ...]
    unexplained: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Recount:
    """After a staff visit: ``counted`` units as far as the weights tell, against ``expected`` of a full facing.

    ``before``: units that were believed to be there when the visit began.
    """

    plate: str
    gtin: str
    expected: int
    counted: int
    before: int = 0


@dataclass(frozen=True, slots=True)
class RestockUpdate:
    """A :class:`StockUpdate` with one recount per facing of the planogram."""

    stock: Stock
    changes: tuple[StockChange, ...]
    unexplained: tuple[Evidence, ...]
    recounts: tuple[Recount, ...]


def after(stock: Stock, belief: Belief) -> StockUpdate:
    """The stock after a visit, by its likeliest story. Misplaced goods stay where the shopper put them, for the next shopper."""
    moved = {(net.plate, net.gtin): net.units for net in best_story(belief).nets}
    new_stock, changes = _moved(stock, moved)
    return StockUpdate(new_stock, changes, unexplained(belief))


def reconcile(stock: Stock, store: StoreModel, settled: PlateSettled) -> StockUpdate:
    """The stock after a change while nobody was inside: goods that fell over, a restocker without a visit, theft.

    It is booked now, so that the next shopper is never billed for it. Goods may arrive that nobody took.
    """
    return after(stock, observe(open_belief(store, stock, restocking=True), store, settled))


def restocked(stock: Stock, store: StoreModel, belief: Belief) -> RestockUpdate:
    """The stock after a staff visit whose ``belief`` was opened with ``restocking``.

    A plate with one product is counted by everything it gained over the visit, which forgives hands and half movements; a plate with
    several, goods that arrived on it during the visit included, follows the likeliest story.
    """
    story = best_story(belief)
    moved = {(net.plate, net.gtin): net.units for net in story.nets}
    left = {evidence.plate: evidence for evidence in unexplained(belief)}
    products = {product.gtin: product for product in store.prices.products}
    kinds: defaultdict[str, set[str]] = defaultdict(set)
    for facing in store.planogram:
        kinds[facing.plate].add(facing.gtin)
    for shelved in stock.shelved:
        if shelved.units:
            kinds[shelved.plate].add(shelved.gtin)
    for net in story.nets:
        kinds[net.plate].add(net.gtin)
    for total in belief.sums:
        gtins = kinds[total.plate]
        if len(gtins) != 1:
            continue
        (gtin,) = gtins
        product = products.get(gtin)
        if product is None:
            continue
        units = round(total.grams / product.unit_weight_g)
        sd = math.sqrt(total.var_g2 + units_variance(product, max(1, abs(units))))
        moved = {key: count for key, count in moved.items() if key[0] != total.plate}
        if units:
            moved[total.plate, gtin] = units
        residual = total.grams - units * product.unit_weight_g
        left.pop(total.plate, None)
        if abs(residual) > COUNT_SD * sd:
            left[total.plate] = Evidence(total.plate, _last_seen(belief, total.plate), residual, sd)
    new_stock, changes = _moved(stock, moved)
    had = {(shelved.plate, shelved.gtin): shelved.units for shelved in stock.shelved}
    held = {(shelved.plate, shelved.gtin): shelved.units for shelved in new_stock.shelved}
    pairs = [(facing.plate, facing.gtin, facing.count) for facing in store.planogram]
    recounts = tuple(Recount(plate, gtin, full, held.get((plate, gtin), 0), had.get((plate, gtin), 0)) for plate, gtin, full in pairs)
    return RestockUpdate(new_stock, changes, tuple(left[plate] for plate in sorted(left)), recounts)


def set_units(stock: Stock, plate: str, gtin: str, units: int) -> StockUpdate:
    """The stock with ``units`` (at least 0) of ``gtin`` on ``plate``, whatever was believed."""
    had = next((shelved.units for shelved in stock.shelved if (shelved.plate, shelved.gtin) == (plate, gtin)), 0)
    new_stock, changes = _moved(stock, {(plate, gtin): units - had})
    return StockUpdate(new_stock, changes, ())


def _last_seen(belief: Belief, plate: str) -> int:
    return max((change.evidence.at_ns for change in belief.changes if change.evidence.plate == plate), default=0)


def _moved(stock: Stock, moved: dict[tuple[str, str], int]) -> tuple[Stock, tuple[StockChange, ...]]:
    """Apply signed units; a stock never falls below zero, and the change reported is the one that was really applied."""
    units = {(shelved.plate, shelved.gtin): shelved.units for shelved in stock.shelved}
    changes = []
    for plate, gtin in sorted(moved):
        before = units.get((plate, gtin), 0)
        now = max(0, before + moved[plate, gtin])
        units[plate, gtin] = now
        if now != before:
            changes.append(StockChange(plate, gtin, now - before, now))
    return Stock(tuple(Shelved(plate, gtin, count) for (plate, gtin), count in sorted(units.items()))), tuple(changes)
