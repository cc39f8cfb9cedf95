"""Everything that the boards say while somebody commissions: newest values, a short trace of each channel, streams for procedures."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, Generic, TypeAlias, TypeVar

from devices.commissioning.doors import InputSample
from devices.commissioning.locking import DoorFact
from devices.commissioning.said import CameToNothing, CannotWeigh
from devices.commissioning.samples import SILENT_S, PlateSample
from devices.config import PlateSettings
from devices.facts import DeviceFact
from devices.ports import InputBits, Reading

TRACE_S: Final = 8.0  # s of each channel that are kept: a knock and what follows it
TRACE_STEP_NS: Final = 12_000_000  # ns between two kept samples; more cannot be seen
FRESH_NS: Final = 3_000_000_000  # ns; an older value is not a value
MOST_WAITING: Final = 20_000  # samples kept for a procedure that does not fetch them: minutes of a cabinet

Sample = TypeVar("Sample")
Named: TypeAlias = Callable[[str, Reading], PlateSample | None]


def channel_name(device: str, channel: int) -> str:
    """How a channel is called where it has no plate."""
    return f"{device}:{channel}"


class _Stream(Generic[Sample]):
    """What one procedure has not fetched yet; the oldest is thrown away where it does not fetch."""

    def __init__(self) -> None:
        self._waiting: deque[Sample] = deque(maxlen=MOST_WAITING)
        self._arrived = asyncio.Event()

    def put(self, sample: Sample) -> None:
        self._waiting.append(sample)
        self._arrived.set()

    def skip(self) -> None:
        """Drop what nobody has looked at yet."""
        self._waiting.clear()

    async def _fetch(self, within_s: float) -> Sample | None:
        if not self._waiting:
            self._arrived.clear()
            try:
                async with asyncio.timeout(within_s):
                    await self._arrived.wait()
            except TimeoutError:
                return None
        return self._waiting.popleft()


class FeedSamples(_Stream[PlateSample]):
    """Keeps :class:`devices.commissioning.samples.Samples`."""

    async def next(self, within_s: float = SILENT_S) -> PlateSample:
        sample = await self._fetch(within_s)
        if sample is None:
            raise CannotWeigh(
                f"no weight came for {within_s:g} s",
                "Check the scale's power and its line; see the page Devices.",
                code="silent",
                figures={"within_s": within_s},
            )
        return sample


class FeedInputs(_Stream[InputSample]):
    """Keeps :class:`devices.commissioning.doors.Inputs`."""

    async def next(self, within_s: float) -> InputSample:
        sample = await self._fetch(within_s)
        if sample is None:
            raise CameToNothing(
                f"no board told its inputs for {within_s:g} s",
                "Check the board's power and its line; see the page Devices.",
                code="inputs_silent",
                figures={"within_s": within_s},
            )
        return sample


class FeedDoors(_Stream[DoorFact]):
    """Keeps :class:`devices.commissioning.locking.DoorFacts`."""

    @property
    def waiting(self) -> tuple[DoorFact, ...]:
        """What was told and not fetched yet."""
        return tuple(self._waiting)

    async def next(self, within_s: float) -> DoorFact | None:
        return await self._fetch(within_s)


class Feed:
    """Keeps :class:`devices.station.bench.BenchListener`. ``plates``: which one hangs on each channel now."""

    def __init__(self, plates: Callable[[], Mapping[tuple[str, int], PlateSettings]]) -> None:
        self.readings: dict[tuple[str, int], Reading] = {}
        self.bits: dict[str, InputBits] = {}
        self._plates = plates
        self._traces: dict[str, deque[tuple[int, float]]] = {}
        self._samples: list[tuple[FeedSamples, Named]] = []
        self._inputs: list[FeedInputs] = []
        self._doors: list[FeedDoors] = []

    def forget(self) -> None:
        """Nobody sits at the bench any more: what was heard is old."""
        self.readings.clear()
        self.bits.clear()
        self._traces.clear()

    def weights(self, device: str, readings: Sequence[Reading]) -> None:
        for reading in readings:
            self.readings[device, reading.channel] = reading
            trace = self._traces.setdefault(channel_name(device, reading.channel), deque())
            if not trace or reading.at_ns - trace[-1][0] >= TRACE_STEP_NS:
                trace.append((reading.at_ns, reading.grams))
                while reading.at_ns - trace[0][0] > TRACE_S * 1e9:
                    trace.popleft()
            for stream, named in self._samples:
                sample = named(device, reading)
                if sample is not None:
                    stream.put(sample)

    def inputs(self, device: str, reading: InputBits) -> None:
        self.bits[device] = reading
        for stream in self._inputs:
            stream.put(InputSample(device, reading.at_ns, reading.bits))

    def fact(self, fact: DeviceFact) -> None:
        """Something that the station has made of what it read."""
        if isinstance(fact, DoorFact):
            for stream in self._doors:
                stream.put(fact)

    @contextlib.contextmanager
    def doors(self) -> Iterator[FeedDoors]:
        """What the station tells of doors and locks."""
        stream = FeedDoors()
        self._doors.append(stream)
        try:
            yield stream
        finally:
            self._doors.remove(stream)

    @contextlib.contextmanager
    def channels(self) -> Iterator[FeedSamples]:
        """Samples of every channel under its own name, as the scales show them."""
        with self._listening(lambda device, reading: _sample(channel_name(device, reading.channel), reading, 1.0)) as stream:
            yield stream

    @contextlib.contextmanager
    def plates(self, *, calibrated: bool = True) -> Iterator[FeedSamples]:
        """Samples of every plate: what stands on it, or what its scale shows."""

        def named(device: str, reading: Reading) -> PlateSample | None:
            plate = self._plates().get((device, reading.channel))
            return None if plate is None else _sample(plate.id, reading, plate.grams_per_shown_gram if calibrated else 1.0)

        with self._listening(named) as stream:
            yield stream

    @contextlib.contextmanager
    def boards(self) -> Iterator[FeedInputs]:
        """Inputs of every board."""
        stream = FeedInputs()
        self._inputs.append(stream)
        try:
            yield stream
        finally:
            self._inputs.remove(stream)

    def trace(self, name: str, now_ns: int, most: int) -> tuple[tuple[float, float], ...]:
        """The newest weights of a channel, at most ``most`` of them: seconds before now, rising, and grams."""
        kept = self._traces.get(name)
        if not kept:
            return ()
        newest = [point for point in kept if now_ns - point[0] <= TRACE_S * 1e9]
        step = max(1, -(-len(newest) // most))
        thinned = [point for place, point in enumerate(newest) if (len(newest) - 1 - place) % step == 0]
        return tuple((round((at_ns - now_ns) / 1e9, 3), round(grams, 1)) for at_ns, grams in thinned)

    def span(self, name: str) -> float:
        """How far a channel has moved lately, in grams."""
        grams = [grams for _, grams in self._traces.get(name, ())]
        return max(grams) - min(grams) if grams else 0.0

    @contextlib.contextmanager
    def _listening(self, named: Named) -> Iterator[FeedSamples]:
        stream = FeedSamples()
        self._samples.append((stream, named))
        try:
            yield stream
        finally:
            self._samples = [one for one in self._samples if one[0] is not stream]


def _sample(name: str, reading: Reading, factor: float) -> PlateSample:
    return PlateSample(name, reading.at_ns, reading.grams * factor, reading.quality)
