"""Recordings of made-up visits with their truth: ``python -m bench.recordings OUT --level hard --seed 7 --visits 20 [--store store.json]``.

OUT gets one folder per visit: ``store.json``, ``weights.npz``, ``sessions.json``, ``truth.json``. Hands and
files live here, shoppers in bench.shop_visits, plates in bench.shop_physics, the shop in bench.shop_shelves. Same arguments, same bytes.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from bench.shop_physics import LEVELS, RATE_HZ, Floats, Level, hand, leak_matrix, lean, lift, plate_noise, put, ringing
from bench.shop_shelves import Shelves, made_up, read_shelves, store_json
from bench.shop_visits import Event, Shop, Unit, events_of, stocked

FIRST_EVENT_S: Final = (2.4, 3.4)  # s after the first sample: a slow lift may have begun before it
LAST_REST_S: Final = (3.1, 3.6)  # s of recording after the last event
SESSION_MARGIN_S: Final = (0.2, 0.17)  # s between the recording's ends and the session's
T0_NS: Final = 1_700_000_000_000_000_000
LEAN_S: Final = (0.3, 7.0)
TOUCHED_AGAIN: Final = 0.5  # share of empty touches where the shopper takes or puts something anyway
QUICK_S: Final = 0.5  # s; about how long a hand is at the goods before they are off the plate
SLOW_S: Final = 3.0  # s; of one that lifts slowly
STAYS_S: Final = 0.3  # s; how long it rests on what it has put down
LIFTING_PRESS: Final = 0.25  # share of touches that take load off instead of adding it


@dataclass(frozen=True, slots=True)
class HandAt:
    """A hand at plates from ``begin_s`` to ``end_s``; with the ``event`` it made, None where it took and put nothing."""

    begin_s: float
    end_s: float
    places: tuple[int, ...]
    event: Event | None = None


@dataclass(frozen=True, slots=True)
class MadeVisit:
    """What a made recording was made of: what stood where at its first sample, at ``zero_ns``, and whose hands were where."""

    shelves: Shelves
    standing: tuple[Unit, ...]
    hands: tuple[HandAt, ...]
    zero_ns: int
    seconds: float


def loads_of(shop: Shop, level: Level, events: list[Event], at_s: Floats) -> tuple[Floats, list[HandAt]]:
    """Grams on every plate over time beside what stood there at the start: events, brushes, touches, leans; and the hands."""
    hands: list[HandAt] = []
    source = shop.source
    loads = np.zeros((len(at_s), len(shop.shelves.plates)))

    touched = sorted({place for event in events for place in event.loads})
    stocked_plates = sorted({place for unit in shop.standing for place in unit.shares})
    last_s = at_s[-1] - 0.3

    def press() -> float:
        return float(source.uniform(*level.press_g) * source.uniform(0.6, 1.05) * (-1.0 if source.random() < LIFTING_PRESS else 1.0))

    for event in events:
        slow = source.random() < level.slow_lift
        force = press()
        early, late = (SLOW_S, 0.1) if slow and event.quantity < 0 else (QUICK_S, 0.1) if event.quantity < 0 else (0.15, STAYS_S)
        hands.append(HandAt(event.at_s - early, event.at_s + late, tuple(event.loads), event))
        grip = dict(zip(event.loads, source.dirichlet(np.ones(len(event.loads))), strict=True))
        for place, grams in event.loads.items():
            part = force * grip[place] * (-0.4 if len(grip) > 1 and source.random() < 0.25 else 1.0)
            if event.quantity < 0:
                loads[:, place] += lift(source, at_s, event.at_s, grams, part, slow)
            else:
                loads[:, place] += put(source, at_s, event.at_s, grams, part)
        beside = [other for place in event.loads for other in shop.shelves.beside(place) if other not in event.loads]
        if beside and source.random() < level.brush:
            begin = event.at_s + source.uniform(-0.6, 0.6)
            loads[:, int(source.choice(beside))] += hand(source, at_s, begin, begin + source.uniform(0.12, 0.4), 0.5 * press())
        if source.random() < level.empty_touch:
            begin = source.uniform(0.3, last_s - 0.3)
            end = min(begin + source.uniform(0.25, 1.5), last_s)
            place = int(source.choice(touched if source.random() < TOUCHED_AGAIN else stocked_plates))
            loads[:, place] += hand(source, at_s, begin, end, press())
            hands.append(HandAt(begin, end, (place,)))
    if source.random() < level.lean:
        start = int(source.integers(len(shop.shelves.plates)))
        side = [start, *shop.shelves.beside(start)] if source.random() < 0.75 else [start]
        begin = source.uniform(0.3, last_s - 0.5)
        end = min(begin + source.uniform(*LEAN_S), last_s)
        loads[:, side] += lean(source, at_s, begin, end, len(side))
        hands.append(HandAt(begin, end, tuple(side)))
    return loads, sorted(hands, key=lambda one: one.begin_s)


def write_visit(
    folder: Path, source: np.random.Generator, shelves: Shelves, level: Level, *, shoppers: int = 1, missing: float = 0.0
) -> MadeVisit:
    """Write one recording of ``shoppers`` whose visits overlap; ``missing``: share of facings left out of the planogram that is written."""
    shop = stocked(source, shelves, level)
    standing = tuple(replace(unit, shares=dict(unit.shares)) for unit in shop.standing)
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
    loads, hands = loads_of(shop, level, events, at_s)
    grams = ringing(source, loads @ leaks) + plate_noise(source, count, len(shelves.plates), level)
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
    return MadeVisit(shelves, standing, tuple(hands), zero, count / RATE_HZ)


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
    parser.add_argument("--visits", type=int, default=20, help="how many recordings (default: 20)")
    parser.add_argument(
        "--store", type=Path, default=None, help="take plates, products and planogram from this store.json, a gondola at a time"
    )
    parser.add_argument("--shoppers", type=int, default=1, help="people in the shop at the same time")
    parser.add_argument("--missing-facings", type=float, default=0.0, help="share of facings left out of the planogram, 0.05 is 5 %%")
    options = parser.parse_args(arguments)
    if options.visits < 1 or options.shoppers < 1 or not 0.0 <= options.missing_facings < 1.0:
        parser.error("--visits and --shoppers must be 1 or more, --missing-facings from 0 to less than 1")
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
