"""One weighing channel between load cell and wire: converter, averaging filter, the transmitter's own zero and creep tricks. Pure.

The signal is computed only when the channel is read: the conversions inside the filter's window are made up then, each from the physics
at its own instant, so that an idle shelf costs nothing and the answer is the same at any polling rate.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from devices.sim.physics import NS, PlatePhysics

FULL_SCALE_COUNTS = 8_388_607  # largest value of a 24-bit converter
_STABLE_CONVERSIONS_MOST = 512  # conversions kept for the filter and the stability test


@dataclass(slots=True)
class ChannelSettings:
    """The transmitter's registers that change what it reports; the names say the register's meaning."""

    rate_hz: int = 80  # conversions per second
    filter_length: int = 7  # conversions averaged; 7 at 80 per second are one period of a 12 Hz plate
    division_g: float = 0.1  # g; one count of the reported weight
    auto_zero_divisions: int = 0  # 0: off; else a stable weight within so many divisions of zero becomes zero
    auto_zero_time_s: float = 1.0
    creep_track_divisions: int = 0  # 0: off; else slower changes than so many divisions per creep_track_time_s are hidden
    creep_track_time_s: float = 1.0
    stable_divisions: int = 20  # span that counts as stable
    stable_time_s: float = 0.2


@dataclass(frozen=True, slots=True)
class Sample:
    """What the transmitter knows of one channel. ``counts`` are divisions; quality flags as its status register has them."""

    grams: float
    counts: int
    stable: bool
    overload: bool
    overflow: bool
    zero: bool


@dataclass(slots=True)
class WeighingChannel:
    """A cell's physics behind a converter. ``sample`` must be asked with times that do not go back."""

    physics: PlatePhysics
    settings: ChannelSettings = field(default_factory=ChannelSettings)
    zero_g: float = 0.0  # subtracted from every reading; set by the zero command and by auto-zero
    gain: float = 1.0  # 1.0 when calibrated
    _recent: deque[float] = field(default_factory=lambda: deque(maxlen=_STABLE_CONVERSIONS_MOST))
    _next: int = 0
    _frozen: float | None = None
    _held: tuple[int, float] | None = None

    def _catch_up(self, at_ns: int) -> None:
        """Make up the conversions since the last call, at most the longest window of them."""
        settings = self.settings
        period_ns = NS // settings.rate_hz
        newest = max(0, at_ns - self.physics.start_ns) // period_ns
        keep = settings.filter_length + round(settings.stable_time_s * settings.rate_hz)
        first = max(self._next, newest - keep + 1)
        for number in range(first, newest + 1):
            self._recent.append(self._convert(number, period_ns))
        self._next = max(self._next, newest + 1)

    def newest_g(self, at_ns: int) -> float:
        """The last raw conversion, unfiltered, without zero and gain: what a node streams."""
        self._catch_up(at_ns)
        return self._recent[-1]

    def sample(self, at_ns: int) -> Sample:
        """The filtered weight at ``at_ns``, in whole divisions."""
        self._catch_up(at_ns)
        settings = self.settings
        window = list(self._recent)
        filtered = window[-settings.filter_length :]
        gross = sum(filtered) / len(filtered) if filtered else 0.0
        averages = self._averages(window)
        stable = max(averages) - min(averages) <= settings.stable_divisions * settings.division_g if averages else False
        fault = self.physics.troubles.fault
        overflow = fault in ("saturated", "disconnected")
        self._auto_zero(gross, stable)
        self._track_creep(gross, at_ns)
        grams = (gross - self.zero_g) * self.gain
        counts = FULL_SCALE_COUNTS if fault == "saturated" else round(grams / settings.division_g)
        return Sample(
            grams=counts * settings.division_g,
            counts=counts,
            stable=stable,
            overload=grams > self.physics.traits.rated_g * 1.02,  # 2 %: where transmitters usually begin to complain
            overflow=overflow,
            zero=abs(counts) <= 1,
        )

    def zero_now(self, at_ns: int) -> None:
        """The present weight becomes zero."""
        self.sample(at_ns)
        window = list(self._recent)[-self.settings.filter_length :]
        if window:
            self.zero_g = sum(window) / len(window)

    def factory_reset(self) -> None:
        """Calibration and zero are lost; auto-zero and creep tracking are on again, as such transmitters are delivered."""
        self.zero_g = 0.0
        self.gain = 0.37  # arbitrary: the factory's test cell is not this cell
        self.settings = ChannelSettings(auto_zero_divisions=100, creep_track_divisions=10)

    def _averages(self, window: list[float]) -> list[float]:
        """The filter's outputs over the stability time, oldest first."""
        length = self.settings.filter_length
        count = min(round(self.settings.stable_time_s * self.settings.rate_hz) + 1, len(window) - length + 1)
        if count < 1:
            return []
        total = sum(window[-length - count + 1 : len(window) - count + 1])
        averages = [total / length]
        for newest in range(len(window) - count + 1, len(window)):
            total += window[newest] - window[newest - length]
            averages.append(total / length)
        return averages

    def _convert(self, number: int, period_ns: int) -> float:
        troubles = self.physics.troubles
        live = self.physics.conversion_g(number, period_ns)
        if troubles.fault == "none":
            self._frozen = None
            return live
        if troubles.fault == "stuck":
            if self._frozen is None:
                self._frozen = live if troubles.stuck_g is None else troubles.stuck_g
            return self._frozen
        noise = live - self.physics.deflection_g(self.physics.start_ns + number * period_ns)
        return noise * 20.0 - self.physics.traits.rated_g * 1.5 if troubles.fault == "disconnected" else live

    def _auto_zero(self, gross: float, stable: bool) -> None:
        within = self.settings.auto_zero_divisions * self.settings.division_g
        if within and stable and abs(gross - self.zero_g) <= within:
            self.zero_g = gross

    def _track_creep(self, gross: float, at_ns: int) -> None:
        settings = self.settings
        if not settings.creep_track_divisions:
            self._held = None
            return
        if self._held is None:
            self._held = (at_ns, gross)
            return
        since, before = self._held
        elapsed = (at_ns - since) / NS
        change = gross - before
        if elapsed > 0 and abs(change) / elapsed <= settings.creep_track_divisions * settings.division_g / settings.creep_track_time_s:
            self.zero_g += change
        self._held = (at_ns, gross)
