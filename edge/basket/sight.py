"""Where sight joins the belief: what an eye says of a movement is one more likelihood beside the weight's. Pure.

An eye answers which product a hand took or put back, here and now, never what is billed. It says for each product how likely its picture is
had it been that product; only differences count. A sighting is of every movement on its plates that it overlaps in time; where it overlaps
none, of the nearest that none overlaps. A hypothesis that claims several products for what was seen has each of them in the picture with
equal chance. One that claims none (a hand, a bag, nothing) is neither better nor worse for what is in them; but where something was seen to
be gone or there, it is less likely, and where a hand changed nothing to be seen, goods are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from devices.facts import PlateSettled
from edge.basket.hypothesis import Change, Hypothesis
from vision.facts import Direction

LEAST_LOG = -7.0  # nats; an eye that is surer than one in a thousand has not seen enough of its own mistakes
LOG_IDLE = math.log(0.25)  # that nothing moved, once an eye saw something gone or there: that is seldom wrong
LOG_UNCLEAR = math.log(0.5)  # that goods moved, where it saw a hand alone: of a full shelf it often misses what is gone
SLACK_NS = 1_000_000_000  # a hand is seen before the plate moves and after it rests
OTHERS = ""  # the key under which every product stands that the eye did not name

Matches = Mapping[tuple[int, ...], tuple["Sighting", ...]]
"""Per set of movements, by their places, the sightings that are of exactly these."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A hand seen over ``plates`` between two times. ``log_likelihoods``: per product, in nats; ``log_other``: of every other product.
    ``direction`` None: nobody looked whether something is gone or there."""

    plates: tuple[str, ...]
    start_ns: int
    end_ns: int
    log_likelihoods: tuple[tuple[str, float], ...]
    log_other: float
    direction: Direction | None = None


@dataclass(frozen=True, slots=True)
class Movement:
    """One settled change as sightings are matched with it. ``changes``: plate and number of each of its changes in the belief.
    ``watched``: an eye was on it."""

    plates: tuple[str, ...]
    start_ns: int
    end_ns: int
    changes: tuple[tuple[str, int], ...]
    watched: bool = True

    @classmethod
    def of(cls, settled: PlateSettled, changes: Sequence[Change], *, watched: bool = True) -> Movement:
        """The movement that ``settled`` tells of, with its changes as the belief remembers them."""
        plates = dict.fromkeys([*settled.plates, *(change.plate for change in settled.changes)])
        numbers = tuple((change.evidence.plate, change.number) for change in changes)
        return cls(tuple(plates), settled.start_ns, settled.end_ns, numbers, watched)


@dataclass(frozen=True, slots=True)
class Told:
    """What one or more sightings of the same movements say. ``views``: per sighting the numbers of the changes that it may be of, and its
    word as :func:`word` gives it. ``moved``: whether any saw something gone or there, None where nobody looked for that."""

    views: tuple[tuple[frozenset[int], Mapping[str, float]], ...]
    moved: bool | None = None

    def log_likelihood(self, hypothesis: Hypothesis) -> float:
        """Of these sightings, under what the hypothesis claims for the changes: at most 0, at least :data:`LEAST_LOG`."""
        total = 0.0
        goods = False
        for numbers, logs in self.views:
            claims = hypothesis.claimed(numbers)
            if claims:
                goods = True
                shares = [math.exp(logs.get(gtin, logs[OTHERS])) for gtin in claims]
                total += math.log(math.fsum(shares) / len(shares))
        if self.moved is not None and self.moved is not goods:
            total += LOG_IDLE if self.moved else LOG_UNCLEAR
        return max(total, LEAST_LOG)


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


def told(matches: Matches, movements: Sequence[Movement]) -> tuple[Told, ...]:
    """What the sightings say of the changes of their movements, one :class:`Told` per set of movements."""
    words = []
    for places, sightings in matches.items():
        views = []
        looked: list[bool] = []
        for sighting in sightings:
            numbers = frozenset(number for place in places for plate, number in movements[place].changes if plate in sighting.plates)
            if numbers:
                views.append((numbers, word(sighting)))
                looked += [] if sighting.direction is None else [sighting.direction != "unclear"]
        if views:
            words.append(Told(tuple(views), any(looked) if looked else None))
    return tuple(words)


def _overlapped(sighting: Sighting, movements: Sequence[Movement]) -> tuple[int, ...]:
    return tuple(
        place
        for place, movement in enumerate(movements)
        if _gap_ns(sighting, movement) <= 0 and not set(movement.plates).isdisjoint(sighting.plates)
    )


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
