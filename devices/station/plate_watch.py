"""One scale's channels as plates: readings in, weighing facts out. Pure apart from the weighing object it feeds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from devices.config import PlateSettings
from devices.facts import DeviceFact
from devices.ports import Reading
from devices.weighing.weighing import Weighing

SampleSink: TypeAlias = Callable[[str, int, float], None]
"""Takes every sample as it came: plate, monotonic nanoseconds, grams."""


class PlateWatch:
    """The plates of one scale. ``settings``: those that hang on it; its other channels are ignored. ``tap`` hears every sample. What the
    scale shows becomes grams on the plate here, and nowhere else."""

    def __init__(
        self,
        settings: Iterable[PlateSettings],
        weighing: Weighing,
        emit: Callable[[Iterable[DeviceFact]], None],
        tap: SampleSink | None = None,
    ) -> None:
        settings = tuple(settings)
        self.plates = {plate.channel: plate.id for plate in settings}
        self._grams_per_shown = {plate.channel: plate.grams_per_shown_gram for plate in settings}
        self._tap = tap
        self._weighing = weighing
        self._emit = emit

    def take(self, readings: Iterable[Reading]) -> None:
        """Feed one round of readings."""
        for reading in readings:
            plate = self.plates.get(reading.channel)
            if plate is not None:
                grams = reading.grams * self._grams_per_shown[reading.channel]
                if self._tap is not None:
                    self._tap(plate, reading.at_ns, grams)
                self._emit(self._weighing.feed(plate, reading.at_ns, grams, reading.quality))

    def lost(self, at_ns: int) -> None:
        """The scale is lost: its plates have no value."""
        for plate in self.plates.values():
            self._emit(self._weighing.missing(plate, at_ns))
