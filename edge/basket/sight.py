"""What an eye saw and which movements it is of. Pure; what it says of a hypothesis is :mod:`edge.basket.testimony`.

An eye answers which product a hand took or put back, here and now, never what is billed. It says for each product how likely its picture is
had it been that product; only differences count. A sighting is of every movement on its plates that it overlaps in time, and of those that
went the way it saw where there are any; where it overlaps none, of the nearest that none overlaps.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from devices.facts import PlateSettled
from edge.basket.hypothesis import Change
from edge.basket.stock import Stock
from edge.store.model import StoreModel
from vision.facts import Direction

LEAST_LOG = -7.0  # nats; an eye that is surer than one in a thousand has not seen enough of its own mistakes
SLACK_NS = 1_000_000_000  # a hand is seen before the plate moves and after it rests
UNTOLD_SD = 2.0  # standard deviations; a change nearer to zero than that may have gone either way
OTHERS = ""  # the key under which every product stands that the eye did not name
WAYS: Final[Mapping[Direction | None, int]] = {"taken": -1, "put": 1}  # which way a plate goes

Matches = Mapping[tuple[int, ...], tuple["Sighting", ...]]
"""Per set of movements, by their places, the sightings that are of exactly these."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A hand seen over ``plates`` between two times. ``log_likelihoods``: per product, in nats; ``log_other``: of every other product.
    ``direction`` None: nobody looked whether something is gone or there. ``units``: pieces that are seen to be gone or there, 0 where it
    is only the hand that looked fuller or emptier. What one ``camera`` tells of the same plates is never the same piece twice."""

    plates: tuple[str, ...]
    start_ns: int
    end_ns: int
    log_likelihoods: tuple[tuple[str, float], ...]
    log_other: float
    direction: Direction | None = None
    units: int = 0
    camera: str = ""

    @property
    def way(self) -> int:
        """-1: something was taken, 1: put, 0: it did not see which."""
        return WAYS.get(self.direction, 0)


@dataclass(frozen=True, slots=True)
class Weighed:
    """What one plate of a movement gained in grams, with its standard deviation, and the products that stand on it, in fact or by plan."""

    plate: str
    grams: float
    sd_g: float
    goods: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Movement:
    """One settled change as sightings are matched with it. ``changes``: plate and number of each of its changes in the belief; ``weighed``:
    the same plates with their weights. ``watched``: an eye was on it."""

    plates: tuple[str, ...]
    start_ns: int
    end_ns: int
    changes: tuple[tuple[str, int], ...]
    watched: bool = True
    weighed: tuple[Weighed, ...] = ()

    @classmethod
    def of(
        cls,
        settled: PlateSettled,
        changes: Sequence[Change],
        *,
        watched: bool = True,
        store: StoreModel | None = None,
        stock: Stock | None = None,
    ) -> Movement:
        """The movement that ``settled`` tells of, with its changes as the belief remembers them, on shelves as these are."""
        plates = dict.fromkeys([*settled.plates, *(change.plate for change in settled.changes)])
        numbers = tuple((change.evidence.plate, change.number) for change in changes)
        own = [change.evidence for change in changes]
        planned = () if store is None else store.planogram
        standing = () if stock is None else stock.shelved
        goods: dict[str, set[str]] = {one.plate: set() for one in own}
        for facing in planned:
            goods.get(facing.plate, set()).add(facing.gtin)
        for shelved in standing:
            if shelved.units > 0:
                goods.get(shelved.plate, set()).add(shelved.gtin)
        weighed = tuple(Weighed(one.plate, one.delta_g, one.sd_g, tuple(sorted(goods[one.plate]))) for one in own)
        return cls(tuple(plates), settled.start_ns, settled.end_ns, numbers, watched, weighed)

    def way(self, plates: Sequence[str]) -> int:
        """-1: these plates became lighter, 1: heavier, 0: neither is sure."""
        own = [one for one in self.weighed if one.plate in plates]
        grams, sd_g = math.fsum(one.grams for one in own), math.sqrt(math.fsum(one.sd_g**2 for one in own))
        return 0 if abs(grams) <= UNTOLD_SD * sd_g else -1 if grams < 0.0 else 1


def word(sighting: Sighting) -> Mapping[str, float]:
    """What it says per product and for :data:`OTHERS`, the best at 0, nothing below :data:`LEAST_LOG`. Numbers that are not finite are left
    out."""
    other = sighting.log_other if math.isfinite(sighting.log_other) else 0.0
    logs = {OTHERS: other, **{gtin: log for gtin, log in sighting.log_likelihoods if math.isfinite(log)}}
    best = max(logs.values())
    return {gtin: max(log - best, LEAST_LOG) for gtin, log in logs.items()}


def matched(sightings: Sequence[Sighting], movements: Sequence[Movement]) -> Matches:
    """Which sightings are of which movements; under the empty set those that are of none. The order of arrival says nothing."""
    places_of = [_overlapped(sighting, movements) for sighting in sightings]
    bare = [place for place in range(len(movements)) if not any(place in places for places in places_of)]
    found: dict[tuple[int, ...], list[Sighting]] = {}
    for sighting, places in zip(sightings, places_of, strict=True):
        found.setdefault(places or _nearest(sighting, movements, bare), []).append(sighting)
    return {places: tuple(sorted(ones, key=_in_time)) for places, ones in sorted(found.items())}


def _overlapped(sighting: Sighting, movements: Sequence[Movement]) -> tuple[int, ...]:
    places = [
        place
        for place, movement in enumerate(movements)
        if _gap_ns(sighting, movement) <= 0 and not set(movement.plates).isdisjoint(sighting.plates)
    ]
    ways = {place: movements[place].way(sighting.plates) for place in places} if sighting.way else {}
    if sighting.way in ways.values():
        places = [place for place in places if ways[place] != -sighting.way]
    return tuple(places)


def _nearest(sighting: Sighting, movements: Sequence[Movement], bare: Sequence[int]) -> tuple[int, ...]:
    near = [
        (_gap_ns(sighting, movements[place]), movements[place].start_ns, place)
        for place in bare
        if _gap_ns(sighting, movements[place]) <= SLACK_NS and not set(movements[place].plates).isdisjoint(sighting.plates)
    ]
    return (min(near)[2],) if near else ()


def _gap_ns(sighting: Sighting, movement: Movement) -> int:
    """Time between the two, 0 or less where they overlap."""
    return max(sighting.start_ns - movement.end_ns, movement.start_ns - sighting.end_ns)


def _in_time(sighting: Sighting) -> tuple[int, int, tuple[str, ...], tuple[tuple[str, float], ...]]:
    return sighting.start_ns, sighting.end_ns, sighting.plates, sighting.log_likelihoods
