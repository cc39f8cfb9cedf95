"""One scale's channels as plates: readings in, weighing facts out. Pure apart from the weighing object it feeds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from devices.facts import DeviceFact
from devices.ports import Reading
from devices.weighing.weighing import Weighing

SampleSink: TypeAlias = Callable[[str, int, float], None]
"""Takes every sample as it came: plate, monotonic nanoseconds, grams."""


class PlateWatch:
    """The plates of one scale. ``plates``: channel to plate; channels without a plate are ignored. ``tap`` hears every sample."""

    def __init__(
        self, plates: Mapping[int, str], weighing: Weighing, emit: Callable[[Iterable[DeviceFact]], None], tap: SampleSink | None = None
    ) -> None:
        self.plates = dict(plates)
        self._tap = tap
        self._weighing = weighing
        self._emit = emit

    def take(self, readings: Iterable[Reading]) -> None:
        """Feed one round of readings."""
        for reading in readings:
            plate = self.plates.get(reading.channel)
            if plate is not None:
                if self._tap is not None:
                    self._tap(plate, reading.at_ns, reading.grams)
                self._emit(self._weighing.feed(plate, reading.at_ns, reading.grams, reading.quality))

    def lost(self, at_ns: int) -> None:
        """The scale is lost: its plates have no value."""
        for plate in self.plates.values():
            self._emit(self._weighing.missing(plate, at_ns))
