"""Shoppers of a made recording: what they take, hold and put back, where and when. No signals, no files.

Units keep their weight for life; where one stands is redrawn whenever it is put down.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from bench.shop_physics import Level
from bench.shop_shelves import Place, Shelves

TAKES: Final = (0.22, 0.16, 0.2, 0.2, 0.12, 0.06, 0.04)  # how many times a shopper takes something: once, twice, ...
AT_ONCE: Final = 0.12  # share of events together with the next: two hands
QUICKLY: Final = 0.30  # share of events soon after another: at the level's quick pace
PACE_S: Final = (3.0, 8.0)  # s between other events
PUT_BACK: Final = 0.36  # chance per take that something held is put back later
HOME: Final = 0.8  # share of put-backs to where the product stands
NEAR: Final = 0.5  # share of the other put-backs to the same shelf
TWO_UNITS: Final = 0.08
THREE_PLATES: Final = 0.35  # chance that one that does not stands on three, where there are three
ONE_PLATE: Final = 0.2  # chance that a unit of a wide facing stands on one plate alone


@dataclass(slots=True)
class Unit:
    """One piece: what it weighs and what share of it stands on which plate. ``number`` tells pieces of one product apart."""

    sku: str
    grams: float
    shares: dict[int, float]
    number: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """Units of one product that left (negative quantity) or came, complete at ``at_s``; ``loads``: grams per plate, positive;
    ``pieces``: number and place of each unit, where it stood or stands now."""

    at_s: float
    sku: str
    quantity: int
    loads: dict[int, float]
    shopper: int
    pieces: tuple[tuple[int, dict[int, float]], ...] = ()


@dataclass(slots=True)
class Shop:
    """What stands where now, and who holds what."""

    source: np.random.Generator
    shelves: Shelves
    standing: list[Unit] = field(default_factory=list)
    held: dict[int, list[Unit]] = field(default_factory=dict)


def stand(source: np.random.Generator, places: tuple[int, ...]) -> dict[int, float]:
    """Shares of a unit put down somewhere on neighbouring plates."""
    if len(places) == 1 or source.random() < ONE_PLATE:
        return {int(source.choice(places)): 1.0}
    width = 3 if len(places) > 2 and source.random() < THREE_PLATES else 2
    first = int(source.integers(0, len(places) - width + 1))
    shares = source.dirichlet(np.full(width, 2.0))
    return {place: float(share) for place, share in zip(places[first : first + width], shares, strict=True)}


def stocked(source: np.random.Generator, shelves: Shelves, level: Level) -> Shop:
    """The full shop: true means off the catalogue's by its error, every unit off its mean by the spread."""
    spread = source.uniform(*level.unit_spread)
    mean = {item.sku: item.unit_weight_g * (1.0 + source.normal(0.0, level.catalogue_error)) for item in shelves.items}
    shop = Shop(source, shelves)
    for sku, places, count in shelves.facings:
        for _ in range(count):
            grams = mean[sku] * (1.0 + spread * float(np.clip(source.normal(), -3.0, 3.0)))
            shop.standing.append(Unit(sku, grams, stand(source, places), len(shop.standing)))
    return shop


def _take(shop: Shop, shopper: int, at_s: float, after: Event | None) -> Event:
    """A random unit somewhere, or two of one product that stand over one another; ``after``: the event it must not share plates with."""
    source = shop.source
    free = [unit for unit in shop.standing if after is None or not set(unit.shares) & set(after.loads)]
    again = [unit for unit in free if any(unit.sku == mine.sku for mine in shop.held.get(shopper, []))]
    if again and source.random() < 0.12:
        free = again
    # A product first, then a unit of it: stock counts must not decide what people like.
    sku = str(source.choice(sorted({unit.sku for unit in free})))
    units = [unit for unit in free if unit.sku == sku]
    taken = [units[int(source.integers(len(units)))]]
    if source.random() < TWO_UNITS:
        taken += [unit for unit in units if unit is not taken[0] and set(unit.shares) & set(taken[0].shares)][:1]
    loads: dict[int, float] = {}
    for unit in taken:
        shop.standing = [other for other in shop.standing if other is not unit]
        shop.held.setdefault(shopper, []).append(unit)
        for place, share in unit.shares.items():
            loads[place] = loads.get(place, 0.0) + share * unit.grams
    return Event(at_s, sku, -len(taken), loads, shopper, tuple((unit.number, unit.shares) for unit in taken))


def _put_back(shop: Shop, shopper: int, at_s: float) -> Event:
    """One unit the shopper holds, mostly to where its product stands."""
    source = shop.source
    held = shop.held[shopper]
    unit = held.pop(int(source.integers(len(held))))
    homes = [places for sku, places, _ in shop.shelves.facings if sku == unit.sku]
    places = homes[int(source.integers(len(homes)))]
    if source.random() >= HOME:
        home = shop.shelves.plates[places[0]]
        near = source.random() < NEAR
        others = [number for number in range(len(shop.shelves.plates)) if number not in places]
        # A shop of one shelf has no other.
        wanted = [number for number in others if _same_shelf(shop.shelves.plates[number], home) == near] or others
        start = int(source.choice(wanted))
        places = (start, *[other for other in shop.shelves.beside(start) if other > start])
    unit.shares = stand(source, places)
    shop.standing.append(unit)
    loads = {place: share * unit.grams for place, share in unit.shares.items()}
    return Event(at_s, unit.sku, 1, loads, shopper, ((unit.number, unit.shares),))


def events_of(shop: Shop, level: Level, shopper: int, first_s: float) -> list[Event]:
    """One shopper's takes and put-backs in time; two at once and quick ones never work at one place."""
    source = shop.source
    todo = ["take"] * (1 + int(source.choice(len(TAKES), p=TAKES)))
    for _ in range(len(todo)):
        if source.random() < PUT_BACK:
            todo.insert(int(source.integers(1, len(todo) + 1)), "put")
    events: list[Event] = []
    at_s = first_s
    for what in todo:
        last = events[-1] if events else None
        quick = last is not None
        if last is not None:
            kind = source.random()
            if kind < AT_ONCE and what == "take" and last.quantity < 0:
                pass
            elif kind < AT_ONCE + QUICKLY:
                at_s += source.uniform(*level.quick_s)
            else:
                at_s, quick = at_s + source.uniform(*PACE_S), False
        if what == "put" and shop.held.get(shopper):
            events.append(_put_back(shop, shopper, at_s))
        else:
            events.append(_take(shop, shopper, at_s, last if quick else None))
    return events


def _same_shelf(one: Place, other: Place) -> bool:
    return (one.gondola, one.shelf) == (other.gondola, other.shelf)
