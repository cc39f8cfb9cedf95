"""Recordings of made-up visits with their truth: ``python -m bench.recordings OUT --level hard --seed 7 --visits 20 [--store store.json]``.

OUT gets one folder per visit: ``store.json``, ``weights.npz``, ``sessions.json``, ``truth.json``. Shoppers and their mistakes live here, what
plates make of them in bench.shop_physics, the shop in bench.shop_shelves. The same arguments give the same bytes.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from bench.shop_physics import LEVELS, RATE_HZ, Floats, Level, hand, leak_matrix, lean, lift, plate_noise, put, ringing
from bench.shop_shelves import Shelves, made_up, read_shelves, store_json

FIRST_EVENT_S: Final = (2.4, 3.4)  # s after the first sample: a slow lift may have begun before it
LAST_REST_S: Final = (3.1, 3.6)  # s of recording after the last event
SESSION_MARGIN_S: Final = (0.2, 0.17)  # s between the recording's ends and the session's
T0_NS: Final = 1_700_000_000_000_000_000
TAKES: Final = (0.22, 0.16, 0.2, 0.2, 0.12, 0.06, 0.04)  # how many times a shopper takes something: once, twice, ...
AT_ONCE: Final = 0.07  # share of events together with the next: two hands
QUICKLY: Final = 0.33  # share of events soon after another: from the level's closest to QUICK_S
QUICK_S: Final = 1.8
PACE_S: Final = (3.0, 8.0)  # s between other events
PUT_BACK: Final = 0.33  # chance per take that something held is put back later
HOME: Final = 0.8  # share of put-backs to where the product stands
NEAR: Final = 0.5  # share of the other put-backs to the same shelf
TWO_UNITS: Final = 0.08
ONE_PLATE: Final = 0.3  # chance that a unit of a wide facing stands on one plate alone
LIFTING_PRESS: Final = 0.2  # share of touches that take load off instead of adding it


@dataclass(slots=True)
class Unit:
    """One piece: what it weighs and what share of it stands on which plate."""

    sku: str
    grams: float
    shares: dict[int, float]


@dataclass(frozen=True, slots=True)
class Event:
    """Units of one product that left (negative quantity) or came, complete at ``at_s``; ``loads``: grams per plate, positive."""

    at_s: float
    sku: str
    quantity: int
    loads: dict[int, float]
    shopper: int


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
    width = int(source.integers(2, len(places) + 1))
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
            shop.standing.append(Unit(sku, grams, stand(source, places)))
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
    return Event(at_s, sku, -len(taken), loads, shopper)


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
        others = [
            number
            for number, place in enumerate(shop.shelves.plates)
            if number not in places and ((place.gondola, place.shelf) == (home.gondola, home.shelf)) == near
        ]
        start = int(source.choice(others))
        places = (start, *[other for other in shop.shelves.beside(start) if other > start])
    unit.shares = stand(source, places)
    shop.standing.append(unit)
    return Event(at_s, unit.sku, 1, {place: share * unit.grams for place, share in unit.shares.items()}, shopper)


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
                at_s += max(level.closest_s, source.uniform(0.3, QUICK_S))
            else:
                at_s, quick = at_s + source.uniform(*PACE_S), False
        if what == "put" and shop.held.get(shopper):
            events.append(_put_back(shop, shopper, at_s))
        else:
            events.append(_take(shop, shopper, at_s, last if quick else None))
    return events


def loads_of(shop: Shop, level: Level, events: list[Event], at_s: Floats) -> Floats:
    """Grams on every plate over time beside what stood there at the start: events, brushes, empty touches, leans."""
    source = shop.source
    loads = np.zeros((len(at_s), len(shop.shelves.plates)))

    def press() -> float:
        return float(source.uniform(*level.press_g) * source.uniform(0.85, 1.1) * (-1.0 if source.random() < LIFTING_PRESS else 1.0))

    for event in events:
        slow = source.random() < level.slow_lift
        force = press()
        grip = dict(zip(event.loads, source.dirichlet(np.ones(len(event.loads))), strict=True))
        for place, grams in event.loads.items():
            part = force * grip[place] * (-0.4 if len(grip) > 1 and source.random() < 0.25 else 1.0)
            if event.quantity < 0:
                loads[:, place] += lift(source, at_s, event.at_s, grams, part, slow)[0]
            else:
                loads[:, place] += put(source, at_s, event.at_s, grams, part)
        if source.random() < level.brush:
            beside = [other for place in event.loads for other in shop.shelves.beside(place) if other not in event.loads]
            begin = event.at_s + source.uniform(-0.6, 0.6)
            if beside:
                loads[:, int(source.choice(beside))] += hand(source, at_s, begin, begin + source.uniform(0.12, 0.4), 0.5 * press())
        if source.random() < level.empty_touch:
            begin = source.uniform(0.3, at_s[-1])
            place = int(source.choice(sorted({place for unit in shop.standing for place in unit.shares})))
            loads[:, place] += hand(source, at_s, begin, begin + source.uniform(0.25, 1.5), press())
    if source.random() < level.lean:
        start = int(source.integers(len(shop.shelves.plates)))
        side = [start, *shop.shelves.beside(start)] if source.random() < 0.75 else [start]
        loads[:, side] += lean(source, at_s, source.uniform(0.3, at_s[-1]), len(side))
    return loads


def write_visit(
    folder: Path, source: np.random.Generator, shelves: Shelves, level: Level, *, shoppers: int = 1, missing: float = 0.0
) -> None:
    """One recording of ``shoppers`` whose visits overlap; ``missing``: share of facings left out of the planogram that is written."""
    shop = stocked(source, shelves, level)
    full = np.zeros(len(shelves.plates))
    for unit in shop.standing:
        for place, share in unit.shares.items():
            full[place] += share * unit.grams
    starts = [0.0, *np.cumsum(source.uniform(2.0, 12.0, shoppers - 1))]
    visits = [events_of(shop, level, number, start + source.uniform(*FIRST_EVENT_S)) for number, start in enumerate(starts)]
    rest = source.uniform(*LAST_REST_S)
    ends = [visit[-1].at_s + rest for visit in visits]
    count = int(max(ends) * RATE_HZ)
    at_s = np.arange(count) / RATE_HZ
    events = sorted((event for visit in visits for event in visit), key=lambda event: event.at_s)
    leaks = leak_matrix(source, [shelves.beside(place) for place in range(len(shelves.plates))], level.leak)
    grams = ringing(source, loads_of(shop, level, events, at_s) @ leaks) + plate_noise(source, count, len(shelves.plates), level)
    grams += full + source.normal(0.0, 100.0, len(shelves.plates))
    # Whole milliseconds, as a recorder that names its own start would write.
    zero = T0_NS + int(source.integers(10**10)) * 1_000_000
    names = [f"{folder.name}/{number + 1}" for number in range(shoppers)]
    sold = [{item.sku: 0 for item in shelves.items} for _ in visits]
    for event in events:
        sold[event.shopper][event.sku] -= event.quantity
    folder.mkdir(parents=True, exist_ok=True)
    dropped = frozenset(np.flatnonzero(source.random(len(shelves.facings)) < missing).tolist())
    _write(folder / "store.json", store_json(shelves, dropped))
    with (folder / "weights.npz").open("wb") as out:
        np.savez_compressed(out, t_ns=zero + np.round(at_s * 1e9).astype(np.int64), grams=grams.astype(np.float32))
    _write(
        folder / "sessions.json",
        [
            {
                "session_id": name,
                "shopper": f"s{number + 1}",
                "start_ns": zero + round((start + SESSION_MARGIN_S[0]) * 1e9),
                "end_ns": zero + round((end - SESSION_MARGIN_S[1]) * 1e9),
            }
            for number, (name, start, end) in enumerate(zip(names, starts, ends, strict=True))
        ],
    )
    truth = {
        "receipts": [
            {"session_id": name, "lines": [{"sku": sku, "quantity": units} for sku, units in sorted(basket.items()) if units]}
            for name, basket in zip(names, sold, strict=True)
        ],
        "events": [
            {
                "t_ns": zero + round(event.at_s * 1e9),
                "plates": [shelves.plates[place].plate for place in sorted(event.loads)],
                "sku": event.sku,
                "quantity": event.quantity,
                "session_id": names[event.shopper],
            }
            for event in events
        ],
    }
    _write(folder / "truth.json", truth)


def write_split(
    out: Path, level: str, seed: int, visits: int, *, store: Path | None = None, shoppers: int = 1, missing: float = 0.0
) -> list[Path]:
    """``visits`` folders ``gen-SEED-NNN`` under ``out``; every visit has its own shelves unless a store is given."""
    choices = read_shelves(store) if store is not None else None
    folders = []
    for number in range(visits):
        source = np.random.default_rng([seed, sorted(LEVELS).index(level), number])
        shelves = made_up(source) if choices is None else choices[int(source.integers(len(choices)))]
        folders.append(out / f"gen-{seed}-{number:03d}")
        write_visit(folders[-1], source, shelves, LEVELS[level], shoppers=shoppers, missing=missing)
    return folders


def _write(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Write the split; a store that cannot be read is a message and code 1."""
    parser = argparse.ArgumentParser(prog="bench.recordings", description=__doc__)
    parser.add_argument("out", type=Path, help="folder that gets one folder per visit")
    parser.add_argument("--level", choices=sorted(LEVELS), default="typical")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--visits", type=int, default=20)
    parser.add_argument(
        "--store", type=Path, default=None, help="take plates, products and planogram from this store.json, a gondola at a time"
    )
    parser.add_argument("--shoppers", type=int, default=1, help="people in the shop at the same time")
    parser.add_argument("--missing-facings", type=float, default=0.0, help="share of facings left out of the planogram")
    options = parser.parse_args(arguments)
    try:
        folders = write_split(
            options.out,
            options.level,
            options.seed,
            options.visits,
            store=options.store,
            shoppers=options.shoppers,
            missing=options.missing_facings,
        )
    except (OSError, ValueError, KeyError) as error:
        print(f"bench.recordings: {error}", file=sys.stderr)
        return 1
    print(f"{len(folders)} recordings in {options.out}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
