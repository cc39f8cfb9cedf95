"""All plates together: samples in, facts out. Neighbouring plates that changed together become one fact, because one item can
stand on both. Deterministic: no clock, no randomness; the same calls give the same facts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from devices.facts import (
    DeviceFact,
    PlateChange,
    PlateDisturbed,
    PlateDrifting,
    PlateFaulted,
    PlateMoving,
    PlateRecovered,
    PlateSettled,
    PlatesMeasured,
    PlatesQuiet,
    PlateWeight,
    Quality,
    whole_milligrams,
)
from devices.weighing.crosstalk import CrossTalk
from devices.weighing.events import Broke, Drifting, Entered, Event, Healed, Measured, Rested
from devices.weighing.knock import averaging_s
from devices.weighing.plate import PlateDetector, PlateState
from devices.weighing.returning import Returning
from devices.weighing.settings import WeighingSettings
from devices.weighing.trace import NS_PER_S, Window

MINOR_SD = 3.0  # a neighbour's small change counts towards a straddling item from this many standard deviations
ECHO_FROM_G = 20.0  # g; what a smaller change leaves on its neighbours drowns in their noise
ECHO_SHARE = 0.06  # of the loudest neighbour's change; frames leak 1-3 % to each side, more is no echo
MINOR_SHARE = 0.25  # and from this share of the smallest change
QUALITIES: tuple[Quality, ...] = ("ok", "noisy", "disturbed", "reconstructed")  # from best to worst


@dataclass(frozen=True, slots=True)
class PlateGeometry:
    """One plate as the weighing stage knows it. ``neighbours``: plates that one item can stand on together with it, or that show a part
    of its load. ``ringing_hz``: from its knock test, None where nobody knocked."""

    plate: str
    neighbours: tuple[str, ...]
    rated_g: float
    ringing_hz: float | None = None


@dataclass(frozen=True, slots=True)
class PlateLive:
    """One plate now. ``grams`` None: no weight is known. ``quality``: the last sample's word. ``rejected``: samples out of time order."""

    grams: float | None
    quality: str
    state: PlateState
    rejected: int


@dataclass(frozen=True, slots=True)
class _Pending:
    """A finished movement that waits for its neighbours since ``since_ns``."""

    rested: Rested
    since_ns: int


class Weighing:
    """See the module. Raises ValueError for two plates of one name, KeyError for samples of an unknown plate.

    ``cross_talk``: what the plates of this installation show of each other's loads; changes are then the loads behind what was shown.
    """

    def __init__(self, settings: WeighingSettings, plates: Sequence[PlateGeometry], cross_talk: CrossTalk | None = None) -> None:
        self._settings = settings
        self._cross_talk = cross_talk or CrossTalk({})
        self._plates = {plate.plate: PlateDetector(_tuned(settings, plate), plate.rated_g) for plate in plates}
        if len(self._plates) != len(plates):
            raise ValueError("two plates have the same name; every plate needs its own")
        self._neighbours: dict[str, set[str]] = {plate.plate: set() for plate in plates}
        for plate in plates:
            for neighbour in plate.neighbours:
                if neighbour in self._neighbours and neighbour != plate.plate:
                    self._neighbours[plate.plate].add(neighbour)
                    self._neighbours[neighbour].add(plate.plate)
        self._pending: dict[str, _Pending] = {}
        self._beside: dict[str, dict[str, Window]] = {}  # how the neighbours rested when a plate began to move
        self._disturbed: set[str] = set()  # told of its present movement
        self._returning = Returning()
        self._first: dict[str, PlateWeight] | None = {}  # None once the first weights were reported
        self._first_sample_ns: int | None = None
        self._quiet_after_ns: int | None = None
        self._restless: str | None = None  # the plate that the open question found not yet quiet
        self._now_ns = 0

    def feed(self, plate: str, at_ns: int, grams: float, quality: str) -> tuple[DeviceFact, ...]:
        """One sample of one plate. ``quality`` is the word of :class:`devices.ports.Reading`."""
        self._now_ns = max(self._now_ns, at_ns)
        if self._first_sample_ns is None and at_ns >= 0:
            self._first_sample_ns = at_ns
        return tuple(self._after_events(plate, at_ns, self._plates[plate].feed(at_ns, grams, quality)))

    def missing(self, plate: str, at_ns: int) -> tuple[DeviceFact, ...]:
        """The plate's device is lost (the station says so in a fact of its own). Its next stable weight is measured anew."""
        self._returning.lost(plate, self._plates[plate].resting_g)
        self._plates[plate].missing()
        return tuple(self._due(at_ns))

    def tick(self, at_ns: int) -> tuple[DeviceFact, ...]:
        """Time went on without samples: faults of silent plates, groups that waited long enough, answers that are due."""
        self._now_ns = max(self._now_ns, at_ns)
        facts: list[DeviceFact] = []
        for plate, detector in self._plates.items():
            facts.extend(self._translated(plate, at_ns, detector.lapse(at_ns)))
        facts.extend(self._disturbances(at_ns, self._plates))
        facts.extend(self._due(at_ns))
        return tuple(facts)

    def moved_g(self) -> float:
        """How far the furthest of the moving plates is off its rest now, in grams; 0 while none moves."""
        return max((detector.moved_g for detector in self._plates.values()), default=0.0)

    def finish(self, at_ns: int) -> tuple[DeviceFact, ...]:
        """The samples are over, as at the end of a recording: what still moves is judged by its newest values, as disturbed."""
        facts: list[DeviceFact] = []
        for plate, detector in self._plates.items():
            facts.extend(self._translated(plate, at_ns, detector.cut_short(at_ns)))
        while self._pending:
            facts.extend(self._released(at_ns, next(iter(self._groups()))))
        return tuple(facts)

    def settle(self, after_ns: int) -> None:
        """Ask for :class:`PlatesQuiet`; it comes from a later ``feed`` or ``tick``. A newer question replaces an open one."""
        self._quiet_after_ns = after_ns

    def tracking(self, enabled: bool) -> None:
        """Let the references follow slow drift: only while nobody is shopping, or slow takings would be erased."""
        for detector in self._plates.values():
            detector.tracking = enabled

    def live(self) -> Mapping[str, PlateLive]:
        """Every plate as of the newest ``feed`` or ``tick``; plates whose last sample is too old by then are stale."""
        return {plate: self._live(detector) for plate, detector in self._plates.items()}

    def _live(self, detector: PlateDetector) -> PlateLive:
        silent = detector.phase in ("stable", "moving") and detector.stale(self._now_ns)
        state: PlateState = "stale" if silent or detector.phase == "missing" else detector.phase
        grams = None if detector.grams is None or state in ("stale", "fault") else whole_milligrams(detector.grams)
        return PlateLive(grams, detector.quality, state, detector.rejected)

    def _after_events(self, plate: str, at_ns: int, events: tuple[Event, ...]) -> Iterator[DeviceFact]:
        yield from self._translated(plate, at_ns, events)
        yield from self._disturbances(at_ns, (plate,))
        if events or self._pending or self._first is not None or self._quiet_after_ns is not None or self._plates[plate].phase == "moving":
            yield from self._due(at_ns)

    def _translated(self, plate: str, at_ns: int, events: tuple[Event, ...]) -> Iterator[DeviceFact]:
        for event in events:
            match event:
                case Entered():
                    self._disturbed.discard(plate)
                    if plate in self._pending:  # the group waits for a neighbour that still moves: a hand that presses and shifts its grip
                        self._plates[plate].resume(self._pending.pop(plate).rested)
                        continue
                    self._beside[plate] = {
                        other: before
                        for other in self._neighbours[plate]
                        if (before := self._plates[other].before_entry(event.at_ns)) is not None
                    }
                    yield from self._before_moving(plate, at_ns)
                    yield PlateMoving(at_ns=event.at_ns, plate=plate)
                case Rested():
                    self._pending[plate] = _Pending(event, at_ns)
                case Measured():
                    weight = PlateWeight(plate, whole_milligrams(event.grams), whole_milligrams(event.sd_g))
                    if self._returning.holds(weight, at_ns):
                        continue
                    if self._first is None:
                        yield PlatesMeasured(at_ns=at_ns, weights=(weight,))
                    else:
                        self._first[plate] = weight
                case Broke():
                    self._returning.forgets(plate)
                    yield PlateFaulted(at_ns=at_ns, plate=plate, reason=event.reason)
                case Healed():
                    yield PlateRecovered(at_ns=at_ns, plate=plate)
                case Drifting():
                    yield PlateDrifting(at_ns=at_ns, plate=plate, g_per_h=whole_milligrams(event.g_per_h))

    def _due(self, at_ns: int) -> Iterator[DeviceFact]:
        yield from self._first_weights(at_ns)
        yield from self._returned(at_ns)
        while self._pending:
            group = next((group for group in self._groups() if self._complete(group, at_ns)), None)
            if group is None:
                break
            yield from self._released(at_ns, group)
        yield from self._quiet(at_ns)

    def _first_weights(self, at_ns: int) -> Iterator[DeviceFact]:
        if self._first is None or self._first_sample_ns is None:
            return
        waiting = any(detector.phase in ("unknown", "missing") for detector in self._plates.values())
        if waiting and at_ns - self._first_sample_ns < self._settings.first_weights_within_s * NS_PER_S:
            return
        weights = tuple(self._first[plate] for plate in self._plates if plate in self._first)
        self._first = None
        if weights:
            yield PlatesMeasured(at_ns=at_ns, weights=weights)

    def _returned(self, at_ns: int) -> Iterator[DeviceFact]:
        weights, distrusted = self._returning.due(at_ns)
        if weights:
            yield PlatesMeasured(at_ns=at_ns, weights=weights)
        for plate, before_g in distrusted.items():
            yield from self._translated(plate, at_ns, self._plates[plate].distrust(at_ns, before_g))

    def _before_moving(self, plate: str, at_ns: int) -> Iterator[DeviceFact]:
        """The weight that still waits to be told with others: after the change it would look as if the change had been undone."""
        weight = self._returning.moves(plate) or (self._first or {}).pop(plate, None)
        if weight is not None:
            yield PlatesMeasured(at_ns=at_ns, weights=(weight,))

    def _disturbances(self, at_ns: int, plates: Iterable[str]) -> Iterator[DeviceFact]:
        limit_ns = self._settings.disturbed_after_s * NS_PER_S
        for plate in plates:
            detector = self._plates[plate]
            if detector.phase == "moving" and plate not in self._disturbed and at_ns - detector.entered_ns > limit_ns:
                self._disturbed.add(plate)
                yield PlateDisturbed(at_ns=at_ns, plate=plate, since_ns=detector.entered_ns)

    def _groups(self) -> Iterator[tuple[str, ...]]:
        """Finished movements that belong together, by the plates' order."""
        seen: set[str] = set()
        for plate in self._plates:
            if plate in self._pending and plate not in seen:
                group = self._group(plate, self._pending)
                seen.update(group)
                yield group

    def _group(self, plate: str, among: Iterable[str]) -> tuple[str, ...]:
        """``plate`` and the plates of ``among`` that are connected with it as neighbours and moved at the same time."""
        allowed, group, frontier = set(among), {plate}, [plate]
        while frontier:
            here = frontier.pop()
            for other in self._neighbours[here] & allowed - group:
                if self._overlap(here, other):
                    group.add(other)
                    frontier.append(other)
        return tuple(name for name in self._plates if name in group)

    def _overlap(self, one: str, two: str) -> bool:
        first, second = self._span(one), self._span(two)
        return first[0] <= second[1] and second[0] <= first[1]

    def _span(self, plate: str) -> tuple[int, float]:
        pending = self._pending.get(plate)
        if pending is not None:
            return pending.rested.start_ns, pending.since_ns  # until it was seen to rest: an item tips over to the next plate
        return self._plates[plate].entered_ns, float("inf")

    def _complete(self, group: tuple[str, ...], at_ns: int) -> bool:
        """No neighbour that moved with the group still moves, or the group has waited long enough."""
        waited_ns = at_ns - min(self._pending[plate].since_ns for plate in group)
        if waited_ns >= self._settings.neighbour_wait_s * NS_PER_S:
            return True
        neighbours = {other for plate in group for other in self._neighbours[plate] if other not in group}
        return not any(
            self._plates[other].phase == "moving"
            and any(self._overlap(other, plate) for plate in group if plate in self._neighbours[other])
            for other in neighbours
        )

    def _released(self, at_ns: int, group: tuple[str, ...]) -> Iterator[DeviceFact]:
        rested = {plate: self._pending.pop(plate).rested for plate in group}
        reported = any(part.reported for part in rested.values())
        changes = []
        for plate, part in rested.items():
            minor = abs(part.delta_g) >= max(MINOR_SD * part.sd_g, MINOR_SHARE * self._settings.min_change_g)
            if part.reported or (reported and minor):
                changes.append(
                    PlateChange(plate, whole_milligrams(part.delta_g), whole_milligrams(part.sd_g), whole_milligrams(part.after_g))
                )
                if not part.reported:
                    self._plates[plate].keep_minor(part)
        for plate, echo in self._echoes(rested).items():
            changes.append(PlateChange(plate, whole_milligrams(echo.delta_g), whole_milligrams(echo.sd_g), whole_milligrams(echo.after_g)))
            self._plates[plate].keep_echo(echo)
        changes, covariance_g2 = self._without_leaks(changes)
        yield PlateSettled(
            at_ns=at_ns,
            plates=group,
            changes=tuple(changes),
            start_ns=min(part.start_ns for part in rested.values()),
            end_ns=max(part.end_ns for part in rested.values()),
            quality=max((part.quality for part in rested.values()), key=QUALITIES.index),
            covariance_g2=covariance_g2,
        )

    def _without_leaks(self, changes: list[PlateChange]) -> tuple[list[PlateChange], tuple[tuple[float, ...], ...]]:
        """The loads behind the changes that were shown, and their covariance; unchanged where no cross-talk is known."""
        plates = [change.plate for change in changes]
        if not any(self._cross_talk.touches(plate) for plate in plates):
            return changes, ()
        shown = [[change.sd_g**2 if other is change else 0.0 for other in changes] for change in changes]
        loads, covariance = self._cross_talk.corrected(plates, [change.delta_g for change in changes], shown)
        true = [
            replace(change, delta_g=whole_milligrams(load), sd_g=whole_milligrams(math.sqrt(covariance[place][place])))
            for place, (change, load) in enumerate(zip(changes, loads, strict=True))
        ]
        return true, tuple(tuple(round(value, 6) for value in row) for row in covariance)

    def _echoes(self, rested: Mapping[str, Rested]) -> dict[str, Rested]:
        """What the changes left on neighbours that were never touched: plates stand on one frame, and a load shows beside it too.

        In the plates' order, so that the same samples give the same facts in every process.
        """
        found: dict[str, Rested] = {}
        for plate, part in rested.items():
            if not part.reported or abs(part.delta_g) < ECHO_FROM_G:
                continue
            for other, before in self._beside.get(plate, {}).items():
                if other in rested or other in found or other in self._pending:
                    continue
                echo = self._plates[other].echo(before, part.end_ns)
                loudest = max(abs(rested[near].delta_g) for near in self._neighbours[other] if near in rested)
                if echo is not None and abs(echo.delta_g) <= ECHO_SHARE * loudest + MINOR_SD * echo.sd_g:
                    found[other] = echo
        return {plate: found[plate] for plate in self._plates if plate in found} if found else found

    def _quiet(self, at_ns: int) -> Iterator[DeviceFact]:
        after_ns = self._quiet_after_ns
        if after_ns is None or self._pending or at_ns <= after_ns:
            return
        if self._restless is not None and not self._calm(self._plates[self._restless], after_ns):
            return  # asked at every sample, and nearly always it is still the same plate
        self._restless = next((plate for plate, detector in self._plates.items() if not self._calm(detector, after_ns)), None)
        if self._restless is None:
            self._quiet_after_ns = None
            yield PlatesQuiet(at_ns=at_ns, after_ns=after_ns)

    @staticmethod
    def _calm(detector: PlateDetector, after_ns: int) -> bool:
        return detector.phase in ("fault", "missing") or detector.still_after(after_ns)


def _tuned(settings: WeighingSettings, plate: PlateGeometry) -> WeighingSettings:
    """The settings with the moving average of this plate."""
    return settings if plate.ringing_hz is None else settings.model_copy(update={"average_s": averaging_s(plate.ringing_hz)})
