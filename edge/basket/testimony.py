"""What sightings say of a hypothesis: a likelihood beside the weight's, never a verdict of its own. Pure.

A hypothesis that claims products for what was seen has each of them in the picture with equal chance. One that claims none has in it what
stands there, or anything. Besides what the thing is, an eye says whether something was there or gone afterwards, which way, and how many
pieces; each of that is wrong now and then, and counts for no more than how often it is. How often was counted on rendered visits at one
level of disturbance and rounded towards saying less: a shop is darker.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from edge.basket.hypothesis import Hypothesis
from edge.basket.sight import LEAST_LOG, OTHERS, Matches, Movement, Sighting, word

LOG_IDLE: Final = math.log(0.25)  # that nothing moved, once a hand looked fuller or emptier going than coming: seldom wrong
LOG_IDLE_GONE: Final = math.log(0.08)  # that nothing moved, once something is seen to be gone or there: rarely
LOG_UNCLEAR: Final = math.log(0.5)  # that goods moved, where it saw a hand alone: of a full shelf it often misses what is gone
LOG_MORE_SEEN: Final = math.log(0.2)  # that fewer pieces moved than it saw gone or there
LOG_HIDDEN: Final = math.log(0.8)  # that more moved: one hides the other four times of five
LOG_UNSEEN: Final = math.log(0.1)  # that goods moved where a camera looked and saw no hand anywhere near; it saw all but one of a hundred
SOMETHING_ELSE: Final = 0.2  # share of pictures of nothing that show what stands elsewhere, or the sleeve
LEAST_IDLE: Final = -3.0  # nats; pictures of a hand that moved nothing show whatever they show


@dataclass(frozen=True, slots=True)
class View:
    """What one sighting says. ``numbers``: of the changes that it may be of; ``logs``: its word, see :func:`edge.basket.sight.word`;
    ``log_idle``: of the same pictures where no goods moved."""

    numbers: frozenset[int]
    logs: Mapping[str, float]
    log_idle: float = 0.0


@dataclass(frozen=True, slots=True)
class Told:
    """What one or more sightings of the same movements say. ``log_still`` and ``log_moved``: what whether something was seen to be gone or
    there says of hypotheses without and with goods. ``pieces``: that were seen to go the way the weight went, 0 where none could be
    counted; ``numbers``: of all changes of the movements."""

    views: tuple[View, ...]
    log_still: float = 0.0
    log_moved: float = 0.0
    pieces: int = 0
    numbers: frozenset[int] = frozenset()

    def log_likelihood(self, hypothesis: Hypothesis) -> float:
        """Of these sightings, under what the hypothesis claims for the changes: at most 0, at least :data:`LEAST_LOG`."""
        total = 0.0
        goods = False
        for view in self.views:
            claims = hypothesis.claimed(view.numbers)
            if claims:
                goods = True
                shares = [math.exp(view.logs.get(gtin, view.logs[OTHERS])) for gtin in claims]
                total += math.log(math.fsum(shares) / len(shares))
            else:
                total += view.log_idle
        total += self.log_moved if goods else self.log_still
        pieces = hypothesis.pieces(self.numbers) if goods and self.pieces else 0
        if pieces and pieces != self.pieces:
            total += LOG_MORE_SEEN if pieces < self.pieces else LOG_HIDDEN
        return max(total, LEAST_LOG)


@dataclass(frozen=True, slots=True)
class Unseen:
    """Cameras looked at the changes of these numbers all the time and saw no hand at any of them, which is one word and no more."""

    numbers: frozenset[int]

    def log_likelihood(self, hypothesis: Hypothesis) -> float:
        """Of having seen none."""
        return LOG_UNSEEN if hypothesis.claimed(self.numbers) else 0.0


def told(matches: Matches, movements: Sequence[Movement]) -> tuple[Told, ...]:
    """What the sightings say of the changes of their movements, one :class:`Told` per set of movements."""
    words = []
    for places, sightings in matches.items():
        own = [movements[place] for place in places]
        views, spoken = [], []
        for sighting in sightings:
            numbers = frozenset(number for movement in own for plate, number in movement.changes if plate in sighting.plates)
            if numbers:
                logs = word(sighting)
                views.append(View(numbers, logs, _log_idle(logs, sighting, own)))
                spoken.append(sighting)
        if views:
            log_still, log_moved = _happened(spoken, own)
            everything = frozenset(number for movement in own for _, number in movement.changes)
            words.append(Told(tuple(views), log_still, log_moved, _pieces(spoken, own), everything))
    return tuple(words)


def _log_idle(logs: Mapping[str, float], sighting: Sighting, movements: Sequence[Movement]) -> float:
    """Pictures of nothing moved: mostly of what stands there, of anything where that is not known."""
    anything = math.fsum(math.exp(log) for log in logs.values()) / len(logs)
    standing = {gtin for movement in movements for one in movement.weighed if one.plate in sighting.plates for gtin in one.goods}
    if not standing:
        return max(math.log(anything), LEAST_IDLE)
    there = math.fsum(math.exp(logs.get(gtin, logs[OTHERS])) for gtin in sorted(standing)) / len(standing)
    return max(math.log((1.0 - SOMETHING_ELSE) * there + SOMETHING_ELSE * anything), LEAST_IDLE)


def _happened(sightings: Sequence[Sighting], movements: Sequence[Movement]) -> tuple[float, float]:
    """Of no goods and of goods: the strongest that any of them says. What went the other way than the weight says neither."""
    looked = [sighting for sighting in sightings if sighting.direction is not None]
    moved = [sighting for sighting in looked if sighting.way and _agrees(sighting, movements)]
    if moved:
        return (LOG_IDLE_GONE if any(sighting.units > 0 for sighting in moved) else LOG_IDLE), 0.0
    return 0.0, (LOG_UNCLEAR if looked and not any(sighting.way for sighting in looked) else 0.0)


def _pieces(sightings: Sequence[Sighting], movements: Sequence[Movement]) -> int:
    """Pieces that were seen to go the way the weight went: the most that any camera saw on the same plates, at once or one by one.
    What two cameras see, or one on two groups of plates, may be one thing."""
    counts: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for one in sightings:
        if one.way and one.units > 0 and _agrees(one, movements):
            counts[one.camera, one.plates] += one.units
    return max(counts.values(), default=0)


def _agrees(sighting: Sighting, movements: Sequence[Movement]) -> bool:
    return any(movement.way(sighting.plates) != -sighting.way for movement in movements)
