"""One plate as a damped spring under goods and hands, sampled as a transmitter would: for weighing tests."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

RING_HZ = 12.0
DAMPING = 0.04


@dataclass(slots=True)
class PlatePhysics:
    """``steps``: (second, grams) put on or taken off; ``hands``: (from, to, grams) pressing; ``drift_g_per_min``; noise in grams rms."""

    load_g: float = 3000.0
    noise_g: float = 0.5
    drift_g_per_min: float = 0.0
    steps: list[tuple[float, float]] = field(default_factory=list)
    hands: list[tuple[float, float, float]] = field(default_factory=list)
    seed: int = 1

    def grams(self, at_s: float) -> float:
        """Without noise."""
        total = self.load_g + self.drift_g_per_min * at_s / 60.0
        for start, step in self.steps:
            total += step * _response(at_s - start)
        for start, end, press in self.hands:
            total += press * (_response(at_s - start) - _response(at_s - end))
        return total

    def samples(self, end_s: float, rate_hz: float, *, start_s: float = 1.0, whole_g: float = 0.0) -> list[tuple[int, float]]:
        """(monotonic ns, grams) from ``start_s``, with 2 % jitter in time; ``whole_g``: the display's step, 0 for none."""
        source = random.Random(self.seed)
        found = []
        for number in range(int((end_s - start_s) * rate_hz)):
            at_s = start_s + (number + source.uniform(-0.02, 0.02)) / rate_hz
            grams = self.grams(at_s) + source.gauss(0.0, self.noise_g)
            found.append((round(at_s * 1e9), round(grams / whole_g) * whole_g if whole_g else grams))
        return found

    def take(self, at_s: float, grams: float, *, press_g: float = -150.0) -> None:
        """A hand of 0.35 s that takes ``grams`` off (negative: puts on)."""
        self.hands.append((at_s, at_s + 0.35, press_g))
        self.steps.append((at_s + 0.3, -grams))


def _response(since_s: float) -> float:
    if since_s <= 0.0:
        return 0.0
    turn = 2.0 * math.pi * RING_HZ
    return 1.0 - math.exp(-DAMPING * turn * since_s) * math.cos(turn * math.sqrt(1.0 - DAMPING**2) * since_s)
