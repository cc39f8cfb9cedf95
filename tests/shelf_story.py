"""What people and weather do to a few plates, as samples for the weighing stage and as the truth beside it."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from devices.facts import DeviceFact, PlateDisturbed, PlateFaulted, PlateSettled
from devices.sim.physics import NS, PlatePhysics, PlateTraits, gaussian
from devices.weighing import PlateGeometry, Weighing, WeighingSettings
from devices.weighing.crosstalk import CrossTalk

LOAD_G = 4000.0
BEGIN_S = 4.0  # s; before it the plates are measured


@dataclass
class Told:
    """What the weighing stage said."""

    facts: list[DeviceFact]

    def deltas(self, plate: str = "a") -> list[float]:
        return [change.delta_g for fact in self.settled for change in fact.changes if change.plate == plate]

    def total(self, plate: str = "a") -> float:
        return math.fsum(self.deltas(plate))

    @property
    def settled(self) -> list[PlateSettled]:
        return [fact for fact in self.facts if isinstance(fact, PlateSettled)]

    @property
    def disturbed(self) -> bool:
        return any(isinstance(fact, PlateDisturbed) for fact in self.facts)

    @property
    def faulted(self) -> list[str]:
        return [fact.reason for fact in self.facts if isinstance(fact, PlateFaulted)]


@dataclass
class ShelfStory:
    """Plates side by side, neighbours of each other, with 4 kg on each. Times in seconds from the start; movements begin after 4 s."""

    plates: tuple[str, ...] = ("a", "b")
    ring_hz: float = 12.0
    damping: float = 0.04
    noise_g: float = 0.5
    leak: float = 0.0
    rate_hz: float = 80.0
    jitter: float = 0.05
    creep: float = 0.000245
    seed: int = 1
    weather: Callable[[float], float] = lambda at_s: 0.0
    """Grams that every cell shows in addition: temperature, a compressor."""
    physics: dict[str, PlatePhysics] = field(init=False)
    loads: dict[str, float] = field(init=False)

    def __post_init__(self) -> None:
        traits = PlateTraits(ring_hz=self.ring_hz, damping=self.damping, noise_sd_g=self.noise_g, creep=self.creep)
        self.physics = {plate: PlatePhysics(traits, self.seed * 31 + number, 0) for number, plate in enumerate(self.plates)}
        self.loads = dict.fromkeys(self.plates, 0.0)
        for physics in self.physics.values():
            physics.load_at_rest(LOAD_G)
        self._random = random.Random(self.seed)

    def force(self, plate: str, at_s: float, grams: float) -> None:
        """For good, at once."""
        number = self.plates.index(plate)
        for other, share in ((number, 1.0), (number - 1, self.leak), (number + 1, self.leak)):
            if share and 0 <= other < len(self.plates):
                self.physics[self.plates[other]].push(round(at_s * NS), grams * share)
        self.loads[plate] += grams

    def press(self, plate: str, at_s: float, grams: float, seconds: float) -> None:
        """A hand, a lean: it comes and goes."""
        self.force(plate, at_s, grams)
        self.force(plate, at_s + seconds, -grams)

    def take(self, plate: str, at_s: float, grams: float, *, press_g: float = 120.0) -> None:
        """A quick hand of 0.35 s; negative: something is put down."""
        self.press(plate, at_s, press_g, 0.35)
        self.force(plate, at_s + 0.25, -grams)

    def lift(self, plate: str, at_s: float, grams: float, seconds: float) -> None:
        """Slowly, without pressing: the weight leaves bit by bit."""
        steps = max(1, round(seconds / 0.02))
        for step in range(steps):
            self.force(plate, at_s + seconds * step / steps, -grams / steps)

    def wobble(self, plate: str, at_s: float, grams: float, seconds: float, sd_g: float) -> None:
        """A lean that is never quiet: another force ten times per second."""
        for tenth in range(round(seconds * 10)):
            self.press(plate, at_s + tenth / 10, grams + self._random.gauss(0.0, sd_g), 0.1)

    def samples(self, plate: str, end_s: float) -> Iterator[tuple[int, float]]:
        """(monotonic ns, grams) of one plate. A story can be sampled once."""
        place = self.plates.index(plate)
        for number in range(1, round(end_s * self.rate_hz)):
            at_ns = round((number + 0.01 * place + self._random.uniform(0.0, self.jitter)) / self.rate_hz * NS)
            noise_g = self.noise_g * gaussian(self.seed * 1000 + place, number)
            yield at_ns, self.physics[plate].deflection_g(at_ns) + noise_g + self.weather(at_ns / NS)

    def told(
        self, end_s: float, *, shopping: bool = True, settings: WeighingSettings | None = None, cross_talk: CrossTalk | None = None
    ) -> Told:
        """Feed the samples of all plates in the order of their times."""
        weighing = Weighing(
            settings or WeighingSettings(),
            tuple(PlateGeometry(plate, tuple(other for other in self.plates if other != plate), 10_000.0) for plate in self.plates),
            cross_talk,
        )
        weighing.tracking(not shopping)
        facts: list[DeviceFact] = []
        for each in zip(*(self.samples(plate, end_s) for plate in self.plates), strict=True):
            for plate, (at_ns, grams) in zip(self.plates, each, strict=True):
                facts += weighing.feed(plate, at_ns, grams, "ok")
        return Told(facts)

    def truth(self) -> Mapping[str, float]:
        """What was really put on each plate since the beginning, in grams."""
        return self.loads
