"""What a plate's load cell feels: items, hands, ringing, creep, drift, noise. Pure: time is passed in, no clock, no I/O.

A plate is a damped oscillator under a piecewise constant force. Between two changes of force its motion has a closed form, so the signal
is computed only at the instants somebody samples it, and does not depend on how often that is. Noise is a hash of (seed, sample number),
so two runs from one seed see the same samples in any order of reading.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass, field
from typing import Literal

NS = 1_000_000_000  # ns per s
_MASK = (1 << 64) - 1
_STILL_G = 1e-4  # g; ringing below this is nothing

CellFault = Literal["none", "stuck", "disconnected", "saturated"]
"""``stuck``: one value, bit for bit. ``disconnected``: railed noise without load. ``saturated``: the converter at its limit."""


@dataclass(frozen=True, slots=True)
class PlateTraits:
    """How one plate behaves. The defaults are the plate model the project's detector figures were simulated with."""

    rated_g: float = 10_000.0
    ring_hz: float = 12.0  # Hz; natural frequency of plate on cell
    damping: float = 0.04  # ratio; share of critical damping
    noise_sd_g: float = 0.4  # g rms per conversion; floor and air usually give 0.3 to 2 g
    drift_g_per_h: float = 0.0  # g/h; linear, temperature
    creep: float = 0.000245  # share of the load that creeps in (OIML R 60 class C3: 2.45 g on 10 kg in 30 min)
    creep_time_s: float = 600.0  # s; time constant of the creep
    leakage: float = 0.0  # share of every force that the neighbouring plates feel too


@dataclass(slots=True)
class PlateTroubles:
    """What is wrong with one plate now; change at any time."""

    fault: CellFault = "none"
    vibration_g: float = 0.0  # g amplitude; compressor, footfall
    vibration_hz: float = 7.0
    extra_drift_g_per_h: float = 0.0
    stuck_g: float | None = None  # g; what a stuck converter repeats; None: the first value after the fault began


def ring_down_s(amplitude_g: float, tolerance_g: float, traits: PlateTraits) -> float:
    """Seconds until ringing of ``amplitude_g`` has decayed to ``tolerance_g``: ln(A / tol) / (2 pi f zeta)."""
    return math.log(amplitude_g / tolerance_g) / (2 * math.pi * traits.ring_hz * traits.damping)


def gaussian(seed: int, number: int) -> float:
    """Standard normal value number ``number`` of a seed: SplitMix64 finaliser, then Box-Muller."""
    bits = (seed * 0x9E3779B97F4A7C15 + (number + 1) * 0xD1342543DE82EF95) & _MASK
    bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & _MASK
    bits ^= bits >> 31
    radius = math.sqrt(-2.0 * math.log(((bits >> 32) + 1) / 4294967297.0))
    return radius * math.cos(2.0 * math.pi * (bits & 0xFFFFFFFF) / 4294967296.0)


@dataclass(slots=True)
class _Motion:
    """State at ``at_ns``: ``ring`` is the deviation from the force, ``speed`` its derivative; ``crept`` and ``drifted`` are slow errors."""

    at_ns: int
    force_g: float = 0.0
    ring: float = 0.0
    speed: float = 0.0
    crept: float = 0.0
    drifted: float = 0.0


@dataclass(slots=True)
class PlatePhysics:
    """One plate. Forces are scheduled with ``push``; ``deflection_g`` may be asked for any time not before the previous one."""

    traits: PlateTraits
    seed: int
    start_ns: int
    troubles: PlateTroubles = field(default_factory=PlateTroubles)
    _motion: _Motion = field(init=False)
    _pending: list[tuple[int, int, float]] = field(default_factory=list)
    _order: int = 0

    def __post_init__(self) -> None:
        self._motion = _Motion(self.start_ns)

    def load_at_rest(self, grams: float) -> None:
        """Put a load on without ringing, as if it had stood there for hours (creep included)."""
        self._motion.force_g += grams
        self._motion.crept += grams * self.traits.creep

    def push(self, at_ns: int, grams: float) -> None:
        """The force changes by ``grams`` at ``at_ns`` (now or in the future)."""
        self._order += 1
        heapq.heappush(self._pending, (at_ns, self._order, grams))

    def resting_g(self) -> float:
        """Force once everything scheduled has happened and all ringing is over, without creep and drift."""
        return self._motion.force_g + sum(grams for _, _, grams in self._pending)

    def deflection_g(self, at_ns: int) -> float:
        """What the cell feels at ``at_ns``, in grams, without converter noise. Never looks back behind an earlier question."""
        while self._pending and self._pending[0][0] <= at_ns:
            when, _, grams = heapq.heappop(self._pending)
            self._advance(when)
            self._motion.force_g += grams
            self._motion.ring -= grams
        self._advance(at_ns)
        motion, troubles = self._motion, self.troubles
        shake = 0.0
        if troubles.vibration_g:
            shake = troubles.vibration_g * math.sin(2 * math.pi * troubles.vibration_hz * ((at_ns - self.start_ns) / NS))
        return motion.force_g + motion.ring + motion.crept + motion.drifted + shake

    def conversion_g(self, number: int, period_ns: int) -> float:
        """The converter's sample number ``number`` since start, noise included."""
        return self.deflection_g(self.start_ns + number * period_ns) + self.traits.noise_sd_g * gaussian(self.seed, number)

    def _advance(self, at_ns: int) -> None:
        motion = self._motion
        dt = (at_ns - motion.at_ns) / NS
        if dt <= 0:
            return
        motion.at_ns = at_ns
        motion.drifted += (self.traits.drift_g_per_h + self.troubles.extra_drift_g_per_h) * dt / 3600
        goal = motion.force_g * self.traits.creep
        if motion.crept != goal:
            motion.crept = goal + (motion.crept - goal) * math.exp(-dt / self.traits.creep_time_s)
        if motion.ring == 0.0 and motion.speed == 0.0:
            return
        omega = 2 * math.pi * self.traits.ring_hz
        decay = self.traits.damping * omega
        damped = omega * math.sqrt(1 - self.traits.damping**2)
        shrink, cosine, sine = math.exp(-decay * dt), math.cos(damped * dt), math.sin(damped * dt)
        ring, speed = motion.ring, motion.speed
        motion.ring = shrink * (ring * cosine + (speed + decay * ring) / damped * sine)
        motion.speed = shrink * (speed * cosine - (omega * omega * ring + decay * speed) / damped * sine)
        if abs(motion.ring) < _STILL_G and abs(motion.speed) < _STILL_G * omega:
            motion.ring = motion.speed = 0.0
