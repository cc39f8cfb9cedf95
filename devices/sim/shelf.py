"""The goods of a simulated cabinet: individually drawn units on plates, and hands that move them. Pure: time and seed are passed in."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from devices.sim.physics import NS, PlatePhysics

REACH_S = 0.35  # s; how long a hand rests on a plate while it takes or puts
GRASP_S = 0.2  # s; from the hand's arrival to the moment the item leaves or lands
HAND_G = (60.0, 180.0)  # g; force of that hand, pressing or lifting
KNUCKLE_S, KNUCKLE_G = 0.015, 600.0  # s and g; a knuckle that knocks


@dataclass(frozen=True, slots=True)
class Unit:
    """One physical item with its own weight. ``number`` tells units of one product apart."""

    gtin: str
    number: int
    grams: float


@dataclass(slots=True)
class ShelfPlate:
    """One plate with what stands on it. ``straddling``: units that lean on a neighbour too, and the share it carries."""

    physics: PlatePhysics
    neighbours: tuple[str, ...] = ()
    units: list[Unit] = field(default_factory=list)
    straddling: dict[Unit, tuple[str, float]] = field(default_factory=dict)


class Shelf:
    """All plates of a cabinet. Every method that moves something takes ``at_ns`` and returns when it is over, in ns, where it lasts."""

    def __init__(self, plates: dict[str, ShelfPlate], seed: int) -> None:
        self.plates = plates
        self._rng = random.Random(seed)  # noqa: S311 - repeatable physics, no secret
        self._made: Counter[str] = Counter()

    def make(self, gtin: str, mean_g: float, sd_g: float, count: int) -> list[Unit]:
        """Draw ``count`` units of a product; each has its own weight, never outside four standard deviations."""
        units = []
        for _ in range(count):
            self._made[gtin] += 1
            off = max(-4.0, min(4.0, self._rng.gauss(0.0, 1.0)))
            units.append(Unit(gtin, self._made[gtin], max(0.1, mean_g + sd_g * off)))
        return units

    def stock(self, plate: str, units: Sequence[Unit]) -> None:
        """Stand units on a plate as if they had always been there."""
        self.plates[plate].units.extend(units)
        self._rest(plate, sum(unit.grams for unit in units))

    def front(self, plate: str, count: int, gtin: str | None = None) -> list[Unit]:
        """The ``count`` units (of ``gtin``, else any) that a hand would take next. ValueError when there are fewer."""
        chosen = [unit for unit in reversed(self.plates[plate].units) if gtin is None or unit.gtin == gtin][:count]
        if len(chosen) < count:
            raise ValueError(f"plate {plate} holds {len(chosen)} units of {gtin or 'anything'}, not {count}")
        return chosen

    def take(self, plate: str, count: int, at_ns: int, gtin: str | None = None) -> tuple[list[Unit], int]:
        """A hand takes ``count`` units (of ``gtin``, else whatever stands in front) in one grasp. ValueError when there are fewer."""
        chosen = self.front(plate, count, gtin)
        for unit in chosen:
            self.plates[plate].units.remove(unit)
        landing = at_ns + round(GRASP_S * NS)
        for unit in chosen:
            self._load(plate, unit, -1.0, landing)
        return chosen, self.touch(plate, at_ns)

    def put(self, plate: str, units: Sequence[Unit], at_ns: int, straddle: tuple[str, float] | None = None) -> int:
        """A hand puts units on a plate in one movement. ``straddle`` (neighbour, share 0..1): they stand partly on the neighbour."""
        if straddle is not None and not (straddle[0] in self.plates and 0.0 < straddle[1] < 1.0):
            raise ValueError(f"straddle names a plate and a share between 0 and 1, not {straddle}")
        landing = at_ns + round(GRASP_S * NS)
        for unit in units:
            self.plates[plate].units.append(unit)
            if straddle is not None:
                self.plates[plate].straddling[unit] = straddle
            self._load(plate, unit, 1.0, landing)
        return self.touch(plate, at_ns)

    def touch(self, plate: str, at_ns: int, grams: float | None = None, seconds: float = REACH_S) -> int:
        """A hand rests on a plate and leaves again; without ``grams`` its force is drawn."""
        force = grams if grams is not None else self._rng.uniform(*HAND_G) * self._rng.choice((1.0, -1.0))
        ends = at_ns + round(seconds * NS)
        self.force(plate, force, at_ns)
        self.force(plate, -force, ends)
        return ends

    def lean(self, plate: str, grams: float, seconds: float, at_ns: int, wobble_g: float = 0.0) -> int:
        """Somebody leans on a plate; with ``wobble_g`` (standard deviation) the force changes ten times a second."""
        ends = at_ns + round(seconds * NS)
        if not wobble_g:
            return self.touch(plate, at_ns, grams, seconds)
        now, before = at_ns, 0.0
        while now < ends:
            force = grams + self._rng.gauss(0.0, wobble_g)
            self.force(plate, force - before, now)
            before = force
            now += NS // 10
        self.force(plate, -before, ends)
        return ends

    def knock(self, plate: str, at_ns: int) -> int:
        """A knuckle knocks on a plate."""
        return self.touch(plate, at_ns, KNUCKLE_G, KNUCKLE_S)

    def load(self, plate: str, grams: float, at_ns: int) -> int:
        """A hand puts something down that is no product (a calibration weight, a bag), or takes it off again (negative)."""
        self.force(plate, grams, at_ns + round(GRASP_S * NS))
        return self.touch(plate, at_ns)

    def force(self, plate: str, grams: float, at_ns: int) -> None:
        """Change the force on a plate for good (a bag put down, a foreign object); its neighbours feel the leakage."""
        here = self.plates[plate]
        here.physics.push(at_ns, grams)
        leak = grams * here.physics.traits.leakage
        if leak:
            for neighbour in here.neighbours:
                self.plates[neighbour].physics.push(at_ns, leak)

    def holds(self, plate: str) -> Counter[str]:
        """Units per GTIN that stand on a plate."""
        return Counter(unit.gtin for unit in self.plates[plate].units)

    def _load(self, plate: str, unit: Unit, sign: float, at_ns: int) -> None:
        straddle = self.plates[plate].straddling.get(unit)
        if straddle is None:
            self.force(plate, sign * unit.grams, at_ns)
            return
        neighbour, share = straddle
        self.force(plate, sign * unit.grams * (1.0 - share), at_ns)
        self.force(neighbour, sign * unit.grams * share, at_ns)
        if sign < 0:
            del self.plates[plate].straddling[unit]

    def _rest(self, plate: str, grams: float) -> None:
        here = self.plates[plate]
        here.physics.load_at_rest(grams)
        for neighbour in here.neighbours:
            self.plates[neighbour].physics.load_at_rest(grams * here.physics.traits.leakage)
