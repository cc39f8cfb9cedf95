"""Plates at rest, as a commissioning test needs them: a mean with its error, and only once nothing moves. Pure; no detector, no items."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from devices.commissioning.said import CannotWeigh
from devices.commissioning.samples import PlateSample, Samples

REST_S = 1.0  # s; the newest samples that are judged
LEAST_SAMPLES = 9  # three per third
MOST_SD_G = 3.0  # g; more is a plate that moves or rings
SAME_G = 0.5  # g; what the first and the last third may differ beyond noise


@dataclass(frozen=True, slots=True)
class Rest:
    """Mean of a resting plate in grams, its standard error, the samples per second, and the monotonic ns of the newest one."""

    grams: float
    sd_g: float
    rate_hz: float
    at_ns: int = 0


class Watch:
    """The newest ``REST_S`` of every plate."""

    def __init__(self, plates: tuple[str, ...]) -> None:
        self._recent: dict[str, deque[PlateSample]] = {plate: deque() for plate in plates}

    def forget(self) -> None:
        """Start anew: what was seen until now does not count."""
        for recent in self._recent.values():
            recent.clear()

    def add(self, sample: PlateSample) -> None:
        """Take one sample. CannotWeigh for one that is no weight."""
        if sample.quality not in ("ok", "unstable"):
            raise CannotWeigh(
                f"plate {sample.plate} shows no weight: {sample.quality}",
                "Check its cell and its load, then begin again.",
                code="no_weight",
                figures={"plate": sample.plate, "quality": sample.quality},
            )
        recent = self._recent[sample.plate]
        recent.append(sample)
        while sample.at_ns - recent[0].at_ns > REST_S * 1e9:
            recent.popleft()

    def at_rest(self) -> dict[str, Rest] | None:
        """All plates, None while one of them moves or has too few samples."""
        found = {plate: _rest(recent) for plate, recent in self._recent.items()}
        return None if None in found.values() else {plate: rest for plate, rest in found.items() if rest is not None}

    async def until(
        self, samples: Samples, wanted: Callable[[Mapping[str, Rest]], bool], within_s: float, waited_for: str, code: str = "no_rest"
    ) -> dict[str, Rest]:
        """Listen until all plates rest as ``wanted``; samples of others are passed over. CannotWeigh after ``within_s``, naming what was
        waited for."""
        first_ns: int | None = None
        while True:
            sample = await samples.next()
            first_ns = sample.at_ns if first_ns is None else first_ns
            if sample.plate in self._recent:
                self.add(sample)
            if (rests := self.at_rest()) is not None and wanted(rests):
                return rests
            if sample.at_ns - first_ns > within_s * 1e9:
                raise CannotWeigh(
                    f"{waited_for}: not seen within {within_s:g} s",
                    "Begin again when the shelf is still and nobody leans on it.",
                    code=code,
                    figures={"within_s": within_s},
                )


def _rest(recent: deque[PlateSample]) -> Rest | None:
    count = len(recent)
    if count < LEAST_SAMPLES or recent[-1].at_ns - recent[0].at_ns < 0.9 * REST_S * 1e9:
        return None
    values = [sample.grams for sample in recent]
    mean = math.fsum(values) / count
    sd = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / count)
    third = count // 3
    slope = abs(math.fsum(values[:third]) - math.fsum(values[-third:])) / third
    if sd > MOST_SD_G or slope > max(SAME_G, 3.0 * sd * math.sqrt(2.0 / third)):
        return None
    rate_hz = (count - 1) / (recent[-1].at_ns - recent[0].at_ns) * 1e9
    return Rest(
        mean, max(0.05, sd / math.sqrt(third)), rate_hz, recent[-1].at_ns
    )  # neighbouring samples share a filter: every third is new
