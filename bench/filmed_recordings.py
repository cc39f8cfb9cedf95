"""Recordings whose truth is known as visits that can be filmed: hands where something moved, and some that move nothing.

Where a piece stood on its plates is not recorded: it stands in the middle of those that its movement names. Nothing is drawn here.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np

from bench.recordings import QUICK_S, SLOW_S, STAYS_S, HandAt, MadeVisit
from bench.shop_physics import Level
from bench.shop_shelves import Item, Place, Shelves
from bench.shop_visits import Event, Unit
from edge.recordings.format import Recording
from edge.recordings.visits import TruthEvent

NEW_FROM: Final = 1_000_000  # numbers of pieces that came back, apart from those that stood there at first
TOUCH_S: Final = (0.25, 1.5)  # s; how long a hand that takes nothing is at the goods
NS: Final = 1_000_000_000


def shelves_of(recording: Recording) -> Shelves:
    """The recording's plates, goods and planogram."""
    places = recording.shop.places
    index = {place.plate: number for number, place in enumerate(places)}
    products = recording.shop.products
    return Shelves(
        tuple(Place(place.plate, place.gondola, place.shelf, place.number) for place in places),
        tuple(Item(one.gtin, one.name, one.unit_weight_g, one.weight_sd_g, one.price_minor) for one in products),
        tuple((one.sku, tuple(index[plate] for plate in one.plates), one.count) for one in recording.shop.facings),
    )


def made_from(recording: Recording, level: Level, source: np.random.Generator) -> MadeVisit:
    """A visit that moves what the truth says. ``level`` tells how often hands are slow or touch for nothing. ValueError without a truth."""
    if recording.truth is None:
        raise ValueError(f"{recording.name} has no truth.json; what really happened cannot be drawn without it")
    shelves = shelves_of(recording)
    index = {place.plate: number for number, place in enumerate(shelves.plates)}
    standing = [Unit(sku, 0.0, _middle(places), 0) for sku, places, count in shelves.facings for _ in range(count)]
    for number, unit in enumerate(standing):
        unit.number = number
    zero_ns = int(recording.times_ns[0])
    hands: list[HandAt] = []
    here, held = list(standing), list[Unit]()
    stocked = sorted({place for unit in standing for place in unit.shares})
    events = sorted(recording.truth.events, key=lambda one: one.at_ns)
    last_s = (int(recording.times_ns[-1]) - zero_ns) / NS
    for one in events:
        at_s = (one.at_ns - zero_ns) / NS
        places = tuple(index[plate] for plate in one.plates)
        pieces = (
            _taken(one, places, standing, here, held) if one.quantity < 0 else _put(one, places, here, held, NEW_FROM + 100 * len(hands))
        )
        event = Event(at_s, one.sku, one.quantity, dict.fromkeys(places, 0.0), 0, pieces)
        early, late = ((SLOW_S if source.random() < level.slow_lift else QUICK_S), 0.1) if one.quantity < 0 else (0.15, STAYS_S)
        hands.append(HandAt(at_s - early, at_s + late, places, event))
        if source.random() < level.empty_touch:
            begin_s = float(source.uniform(0.3, max(0.4, last_s - 2.0)))
            hands.append(HandAt(begin_s, begin_s + float(source.uniform(*TOUCH_S)), (int(source.choice(stocked)),)))
    return MadeVisit(shelves, tuple(standing), tuple(sorted(hands, key=lambda hand: hand.begin_s)), zero_ns, last_s)


def folders_below(folders: Iterable[Path], *, first: int | None = None, only: str = "") -> list[Path]:
    """The recordings in these folders, in the order of their names."""
    return [
        path
        for folder in folders
        for path in sorted(store.parent for store in folder.glob("*/store.json") if store.parent.name.startswith(only))[:first]
    ]


def _middle(places: tuple[int, ...]) -> dict[int, float]:
    return {place: 1.0 / len(places) for place in places}


def _taken(
    one: TruthEvent, places: tuple[int, ...], standing: list[Unit], here: list[Unit], held: list[Unit]
) -> tuple[tuple[int, dict[int, float]], ...]:
    """Pieces that stand there; one that the planogram does not know of stood there from the beginning."""
    pieces = []
    for _ in range(-one.quantity):
        unit = next((unit for unit in here if unit.sku == one.sku and set(unit.shares) & set(places)), None)
        if unit is None:
            unit = Unit(one.sku, 0.0, _middle(places), len(standing))
            standing.append(unit)
        else:
            here.remove(unit)
        held.append(unit)
        pieces.append((unit.number, unit.shares))
    return tuple(pieces)


def _put(
    one: TruthEvent, places: tuple[int, ...], here: list[Unit], held: list[Unit], number: int
) -> tuple[tuple[int, dict[int, float]], ...]:
    """Pieces out of the hands, numbered anew from ``number``: pictures tell pieces of a kind apart as little as people do."""
    pieces = []
    for step in range(one.quantity):
        unit = next((unit for unit in held if unit.sku == one.sku), None)
        if unit is not None:
            held.remove(unit)
        back = Unit(one.sku, 0.0, _middle(places), number + step)
        here.append(back)
        pieces.append((back.number, back.shares))
    return tuple(pieces)
