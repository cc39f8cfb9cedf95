"""A belief with what was seen of it: changes and sightings come in any order and weigh the same. Pure and deterministic.

An eye needs a moment longer than a plate, and sometimes less. A change takes in what was seen of it before; a sighting that comes later
reweighs the hypotheses by what they claim for the changes it is of (:func:`edge.basket.belief.resight`). What was dropped on the way as too
unlikely does not come back.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from devices.facts import PlateSettled
from edge.basket.belief import observe, remembering, resight
from edge.basket.hypothesis import Belief
from edge.basket.sight import SLACK_NS, Matches, Movement, Sighting, matched
from edge.basket.testimony import Unseen, told
from edge.basket.traits import FULL, Traits
from edge.store.model import StoreModel

MAX_MOVEMENTS = 64  # the newest that a late sighting may still be of; a visit has a few dozen
MAX_SIGHTINGS = 64
LATE_NS = 5_000_000_000  # ns after a movement in which its sighting is still awaited; a small board under load needs one or two


@dataclass(frozen=True, slots=True)
class Watched:
    """``belief`` has taken in all of ``sightings`` that are of one of ``movements``; the others wait for theirs."""

    belief: Belief
    movements: tuple[Movement, ...] = ()
    sightings: tuple[Sighting, ...] = ()


def changed(watched: Watched, store: StoreModel, settled: PlateSettled, traits: Traits = FULL, *, looked_at: bool | None = None) -> Watched:
    """One settled change more. ``looked_at``: an eye was on it, so that it may yet be told what it was; None: if one has spoken."""
    awaited = bool(watched.sightings) if looked_at is None else looked_at
    belief = watched.belief
    movement = Movement.of(settled, remembering(belief, store, settled), watched=awaited, store=store, stock=belief.stock)
    movements = (*watched.movements, movement)
    own = (len(watched.movements),)
    old, new = matched(watched.sightings, watched.movements), matched(watched.sightings, movements)
    waited = old.get((), ())
    fresh = tuple(sighting for sighting in new.get(own, ()) if sighting in waited)
    apart_from = _awaited(movements, new, settled.at_ns)
    belief = observe(belief, store, settled, traits, fresh, apart_from=apart_from)
    belief = _reweighed(belief, movements, {**old, own: fresh} if fresh else old, new, apart_from)
    return replace(watched, belief=belief, movements=movements[-MAX_MOVEMENTS:])


def sighted(watched: Watched, sighting: Sighting) -> Watched:
    """One sighting more, whenever it comes."""
    sightings = (*watched.sightings, sighting)
    old, new = matched(watched.sightings, watched.movements), matched(sightings, watched.movements)
    apart_from = _awaited(watched.movements, new, sighting.end_ns)
    belief = _reweighed(watched.belief, watched.movements, old, new, apart_from)
    return replace(watched, belief=belief, sightings=sightings[-MAX_SIGHTINGS:])


def without_hands(watched: Watched, plates: Set[str], at_ns: int) -> Belief:
    """The belief at ``at_ns``, when nothing more is awaited, of somebody who knows that cameras saw ``plates`` all the time: where no hand
    was seen anywhere near in time, goods hardly moved. What may still be told of is left as it is. A camera that missed one hand will have
    missed the next for the same reason: where goods surely moved unseen, its seeing nothing says nothing of the rest."""
    alone = [
        number
        for movement in unseen(watched)
        if movement.watched
        and at_ns - movement.end_ns > LATE_NS
        and {plate for plate, _ in movement.changes} <= plates
        and not any(
            one.start_ns - 2 * SLACK_NS <= movement.end_ns and movement.start_ns <= one.end_ns + 2 * SLACK_NS for one in watched.sightings
        )
        for _, number in movement.changes
    ]
    return resight(watched.belief, (), (Unseen(frozenset(alone)),)) if alone else watched.belief


def changes_of(watched: Watched) -> tuple[frozenset[int], ...]:
    """For each sighting, the numbers of the changes that it is of."""
    matches = matched(watched.sightings, watched.movements)
    places_of = {sighting: places for places, ones in matches.items() for sighting in ones}

    def numbers(sighting: Sighting) -> frozenset[int]:
        changes = (change for place in places_of[sighting] for change in watched.movements[place].changes)
        return frozenset(number for plate, number in changes if plate in sighting.plates)

    return tuple(numbers(sighting) for sighting in watched.sightings)


def unseen(watched: Watched) -> tuple[Movement, ...]:
    """Movements with a change of weight that no sighting is of."""
    seen = {place for places in matched(watched.sightings, watched.movements) for place in places}
    return tuple(movement for place, movement in enumerate(watched.movements) if place not in seen and movement.changes)


def _awaited(movements: Sequence[Movement], matches: Matches, at_ns: int) -> int | None:
    """Number of the first change that an eye may yet speak of, None where it has told of all."""
    seen = {place for places in matches for place in places}
    numbers = [
        number
        for place, movement in enumerate(movements)
        if movement.watched and place not in seen and at_ns - movement.end_ns <= LATE_NS
        for _, number in movement.changes
    ]
    return min(numbers, default=None)


def _reweighed(belief: Belief, movements: Sequence[Movement], old: Matches, new: Matches, apart_from: int | None) -> Belief:
    """``belief`` after what the sightings are of has changed from ``old`` to ``new``."""
    before = {places: ones for places, ones in old.items() if places and new.get(places) != ones}
    after = {places: ones for places, ones in new.items() if places and old.get(places) != ones}
    if not before and not after:
        return belief
    return resight(belief, told(before, movements), told(after, movements), apart_from=apart_from)
