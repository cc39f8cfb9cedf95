"""How long after a hand has left a plate the change is known: a simulated plate, its converter, the weighing stage. No belief, no files."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator
from typing import Final

from devices.facts import PlateSettled
from devices.sim.physics import PlatePhysics, PlateTraits
from devices.weighing import PlateGeometry, Weighing, WeighingSettings

NS: Final = 1_000_000_000
SETTLES_IN: Final = 4  # conversions until an HX711 shows a step in full (its datasheet's 400 ms at 10 a second)
FINE: Final = 8  # instants of the cell that a conversion averages
RESTS_S: Final = 3.0  # s before the hand comes
HAND_S: Final = 0.35
PRESS_G: Final = 150.0
GIVE_UP_S: Final = 6.0
LEAK: Final = 0.01  # share of a force that the neighbouring plates feel
RING_HZ: Final = (12.0, 0.8)
NOISE_G: Final = (0.3, 0.8)


def latencies_s(trials: int, rate_hz: float, item_g: float, seed: int = 1) -> list[float]:
    """Seconds from the hand leaving until :class:`PlateSettled` with the taken item, per trial; ``GIVE_UP_S`` where none came."""
    return [_trial(random.Random(f"{seed} {rate_hz} {item_g} {number}"), rate_hz, item_g) for number in range(trials)]


def _trial(source: random.Random, rate_hz: float, item_g: float) -> float:
    period_ns = round(NS / rate_hz)
    left_ns = round((RESTS_S + HAND_S + source.random()) * NS)
    came_ns = left_ns - round(HAND_S * NS)
    press_g = source.choice((-1.0, 1.0)) * source.uniform(0.5, 1.0) * PRESS_G
    signals = []
    for place in range(3):
        traits = PlateTraits(ring_hz=source.gauss(*RING_HZ), noise_sd_g=source.uniform(*NOISE_G))
        plate = PlatePhysics(traits, source.randrange(1 << 30), 0)
        plate.load_at_rest(3000.0)
        felt = 1.0 - 2.0 * LEAK if place == 1 else LEAK
        plate.push(came_ns, felt * press_g)
        plate.push(left_ns, felt * (-press_g - item_g))
        signals.append(_converter(plate, period_ns, source))
    names = ("left", "middle", "right")
    weighing = Weighing(
        WeighingSettings(),
        [
            PlateGeometry("left", ("middle",), 10_000.0),
            PlateGeometry("middle", ("left", "right"), 10_000.0),
            PlateGeometry("right", ("middle",), 10_000.0),
        ],
    )
    weighing.tracking(False)
    # Every converter has its own moment within the period.
    moments = [source.randrange(period_ns) for _ in names]
    for number in range(1, round(GIVE_UP_S * rate_hz) + round(left_ns / period_ns)):
        for at_ns, name, signal in sorted(
            (number * period_ns + moment, name, signal) for moment, name, signal in zip(moments, names, signals, strict=True)
        ):
            for fact in weighing.feed(name, at_ns, next(signal), "ok"):
                if isinstance(fact, PlateSettled) and any(abs(change.delta_g + item_g) < 0.2 * item_g for change in fact.changes):
                    return (at_ns - left_ns) / NS
    return GIVE_UP_S


def _converter(plate: PlatePhysics, period_ns: int, source: random.Random) -> Iterator[float]:
    """Conversions of one cell, each the mean of the last four periods, plus noise."""
    recent: deque[float] = deque(maxlen=SETTLES_IN * FINE)
    instant = 0
    while True:
        for _ in range(FINE):
            instant += 1
            recent.append(plate.deflection_g(instant * period_ns // FINE))
        yield sum(recent) / len(recent) + source.gauss(0.0, plate.traits.noise_sd_g)
