"""Scripted and random shoppers: what people do at a cabinet, as a list of small actions, and what they hold when they leave."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, assert_never

from devices.sim.cabinet import SimulatedCabinet
from devices.sim.layout import CabinetLayout
from devices.sim.shelf import Unit


@dataclass(frozen=True, slots=True)
class Present:
    """Show the pass."""


@dataclass(frozen=True, slots=True)
class Open:
    """Wait at the door and pull; give up after ``patience_s``."""

    door: str
    patience_s: float = 12.0


@dataclass(frozen=True, slots=True)
class Take:
    """Grasp up to ``count`` units at once (fewer when fewer stand there)."""

    plate: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class PutBack:
    """Put the last ``count`` units taken from ``plate`` back where they were."""

    plate: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class PutElsewhere:
    """Put the unit taken last down on ``plate``, where it does not belong. ``straddle``: (neighbour, share that it carries)."""

    plate: str
    straddle: tuple[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Touch:
    """Feel, push goods about, take nothing."""

    plate: str


@dataclass(frozen=True, slots=True)
class Lean:
    """Lean on a plate."""

    plate: str
    grams: float
    seconds: float
    wobble_g: float = 0.0


@dataclass(frozen=True, slots=True)
class Linger:
    """Stand and think."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Close:
    """Push the door shut."""

    door: str


@dataclass(frozen=True, slots=True)
class LeaveAjar:
    """Push the door nearly shut, and not see it."""

    door: str


@dataclass(frozen=True, slots=True)
class LetGo:
    """Leave the door standing; its closer may shut it."""

    door: str


Action: TypeAlias = Present | Open | Take | PutBack | PutElsewhere | Touch | Lean | Linger | Close | LeaveAjar | LetGo


@dataclass(frozen=True, slots=True)
class Trip:
    """How it ended. ``held``: what the shopper carries away, units per GTIN: the truth that a receipt is held against.

    ``misplaced``: units left on a plate where they do not belong.
    """

    outcome: Literal["shopped", "refused", "not_opened"]
    held: Mapping[str, int]
    misplaced: Mapping[str, int]
    done: tuple[Action, ...]


async def shop(
    cabinet: SimulatedCabinet,
    actions: Sequence[Action],
    *,
    present: Callable[[], Awaitable[bool]] | None = None,
    told: Callable[[Action], None] | None = None,
) -> Trip:
    """Carry the actions out and walk away. ``present`` shows the pass and tells whether it was accepted; without it ``Present`` does
    nothing. ``told`` hears every action before it happens. A refused pass or a door that stays shut ends the trip."""
    taken_from: dict[Unit, str] = {}
    misplaced: Counter[str] = Counter()
    outcome: Literal["shopped", "refused", "not_opened"] = "shopped"
    done: list[Action] = []
    for action in actions:
        if told is not None:
            told(action)
        done.append(action)
        match action:
            case Present():
                if present is not None and not await present():
                    outcome = "refused"
                    break
            case Open(door, patience_s):
                if not await cabinet.open_door(door, patience_s):
                    outcome = "not_opened"
                    break
            case Take(plate, count):
                there = sum(cabinet.truth().plates[plate].values())
                if there:
                    taken_from.update((unit, plate) for unit in await cabinet.take(plate, min(count, there)))
            case PutBack(plate, count):
                back = [unit for unit, origin in reversed(taken_from.items()) if origin == plate][:count]
                for unit in back:
                    del taken_from[unit]
                if back:
                    await cabinet.put(plate, back)
            case PutElsewhere(plate, straddle):
                if taken_from:
                    unit, origin = taken_from.popitem()
                    misplaced[unit.gtin] += origin != plate
                    await cabinet.put(plate, [unit], straddle)
            case Touch(plate):
                await cabinet.touch(plate)
            case Lean(plate, grams, seconds, wobble_g):
                await cabinet.lean(plate, grams, seconds, wobble_g)
            case Linger(seconds):
                await cabinet.wait(seconds)
            case Close(door):
                await cabinet.close_door(door)
            case LeaveAjar(door):
                await cabinet.close_door(door, ajar=True)
            case LetGo(door):
                await cabinet.let_go(door)
            case _:
                assert_never(action)
    held = Counter(unit.gtin for unit in cabinet.walk_away())
    return Trip(outcome, dict(held), {gtin: count for gtin, count in misplaced.items() if count}, tuple(done))


@dataclass(frozen=True, slots=True)
class Habits:
    """How often random shoppers do what; probabilities 0..1, times in seconds."""

    takes_most: int = 4
    second_unit: float = 0.25  # takes two at once
    puts_back: float = 0.2  # per taking
    puts_elsewhere: float = 0.0  # per taking
    touches: float = 0.15  # before a taking
    takes_nothing: float = 0.1
    leaves_ajar: float = 0.0
    does_not_open: float = 0.0
    pause_s: tuple[float, float] = (1.0, 2.5)  # between two movements; closer ones are hard to tell apart


def random_actions(layout: CabinetLayout, rng: random.Random, habits: Habits | None = None, door: str | None = None) -> tuple[Action, ...]:
    """One random visit at a random door (or ``door``). Equal generators give equal visits."""
    habits = habits or Habits()
    door = door or rng.choice([one.door for one in layout.doors])
    if rng.random() < habits.does_not_open:
        return (Present(),)
    actions: list[Action] = [Present(), Open(door), Linger(rng.uniform(*habits.pause_s))]
    takings = 0 if rng.random() < habits.takes_nothing else rng.randint(1, habits.takes_most)
    plates = [plate.plate for plate in layout.plates]
    for _ in range(takings):
        if rng.random() < habits.touches:
            actions += [Touch(rng.choice(plates)), Linger(rng.uniform(*habits.pause_s))]
        plate = rng.choice(plates)
        count = 2 if rng.random() < habits.second_unit else 1
        actions += [Take(plate, count), Linger(rng.uniform(*habits.pause_s))]
        fate = rng.random()
        if fate < habits.puts_back:
            actions += [PutBack(plate, 1), Linger(rng.uniform(*habits.pause_s))]
        elif fate < habits.puts_back + habits.puts_elsewhere:
            actions += [PutElsewhere(rng.choice(plates)), Linger(rng.uniform(*habits.pause_s))]
    actions.append(LeaveAjar(door) if rng.random() < habits.leaves_ajar else Close(door))
    return tuple(actions)
