"""Calibrating a plate with a known mass: zero, loads, the factor from what the scale shows to what stands on it, and whether to believe it.
Pure.

The factor is the least-squares slope through zero over all loads; linearity and repeatability are judged on what it leaves over.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from devices.commissioning.rest import Rest, Watch
from devices.commissioning.said import CannotWeigh, Said, Tell
from devices.commissioning.samples import Samples

LEAST_FACTOR, MOST_FACTOR = 0.8, 1.25  # beyond it is no calibration but a mistake, or a transmitter that was never calibrated
LEAST_MASS_G: Final = 100.0  # g; less says nothing about a plate of kilograms
LEAST_RATED_SHARE: Final = 0.05  # of the rated load; a lighter mass says little about the rest of the range
THERE_SHARE: Final = 0.2  # of the mass; from here on it stands on the plate, however wrong the scale is
SMALL_G, SMALL_S = 1.0, 3.0  # a change that is too small for the mass counts once it has stayed so long: the scale is far off
GONE_SHARE: Final = 0.05  # of what the mass showed; within it the plate is empty again
ZERO_TAKEN_G: Final = 5.0  # g; a scale that set its zero shows no more
LINEAR_SHARE, LINEAR_G = 0.005, 3.0  # of the mass, and in grams: the larger one is allowed
REPEAT_SHARE, REPEAT_G = 0.003, 2.0

_USUAL_MISTAKES: Final[Mapping[str, tuple[float, ...]]] = {
    "kilograms": (1000.0, 0.001),
    "pounds": (2.2046, 0.45359, 453.59, 0.0022046),
    "ounces": (28.3495, 0.035274),
    "decimal_point": (10.0, 0.1, 100.0, 0.01),
    "half_the_load": (2.0,),
    "twice_the_load": (0.5,),
}
_NEAR: Final = 0.08  # of the factor; a mistake's factor and a usual error of calibration beside it


@dataclass(frozen=True, slots=True)
class Load:
    """One known mass on the plate: what the scale showed of it, and the standard deviation of that, in grams."""

    mass_g: float
    shown_g: float
    sd_g: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the loads say. ``factor``: grams on the plate per gram shown. ``linearity_g``/``repeat_g``: the largest that is left of a mass
    after the factor, and the largest distance of a repetition from the mean of its mass. ``zero_g``: what the empty plate showed."""

    factor: float
    linearity_g: float
    repeat_g: float
    zero_g: float
    loads: tuple[Load, ...]


async def calibrate(
    samples: Samples,
    plate: str,
    others: Sequence[str] = (),
    *,
    masses_g: Sequence[float],
    repeats: int,
    zero: Callable[[], Awaitable[None]] | None,
    patience_s: float,
    tell: Tell,
) -> Calibration:
    """Guide through every mass, ``repeats`` times. ``samples`` show what the scale shows, without any factor. ``zero`` sets the zero of the
    empty plate at the scale; None leaves it. ``others``: plates on which the mass may stand by mistake. CannotWeigh where it comes to
    nothing, also where the result is not to be believed."""
    watch = Watch((plate, *others))
    tell(Said("empty_plate", {"plate": plate}))
    before = await watch.until(samples, lambda _: True, patience_s, f"plate {plate} at rest")
    if zero is not None:
        tell(Said("zeroing", {"plate": plate}))
        await zero()
        samples.skip()
        watch.forget()
        before = await watch.until(samples, lambda _: True, patience_s, f"plate {plate} at rest")
        if abs(before[plate].grams) > ZERO_TAKEN_G:
            raise CannotWeigh(
                f"plate {plate} still shows {before[plate].grams:.1f} g after its zero was set",
                "Set the zero at the transmitter itself; look whether its zero range is switched off.",
                code="zero_not_taken",
                figures={"plate": plate, "shown_g": before[plate].grams},
            )
    zero_g = before[plate].grams
    loads: list[Load] = []
    course = [mass for _ in range(repeats) for mass in masses_g]
    for number, mass_g in enumerate(course, start=1):
        tell(Said("load", {"number": number, "of": len(course), "mass_g": mass_g, "plate": plate}))
        watch.forget()
        there = _MassIsOn(plate, before, mass_g, tell)
        loaded = await watch.until(samples, there, patience_s, f"{mass_g:g} g on plate {plate}", "no_mass")
        refuse_absurd(plate, mass_g, loaded[plate].grams - before[plate].grams)
        tell(Said("unload"))
        watch.forget()
        gone = _gone(plate, before, loaded)
        after = await watch.until(samples, gone, patience_s, "the mass taken off", "mass_stays")
        shown_g = loaded[plate].grams - 0.5 * (before[plate].grams + after[plate].grams)
        sd_g = math.sqrt(loaded[plate].sd_g ** 2 + 0.25 * (before[plate].sd_g ** 2 + after[plate].sd_g ** 2))
        loads.append(Load(mass_g, shown_g, sd_g))
        tell(Said("loaded", {"shown_g": shown_g, "mass_g": mass_g}))
        before = after
    found = fitted(loads, zero_g)
    refuse_unsteady(plate, found)
    return found


def fitted(loads: Sequence[Load], zero_g: float = 0.0) -> Calibration:
    """The calibration that fits these loads best. ValueError without loads, or where nothing was shown."""
    squares = math.fsum(load.shown_g**2 for load in loads)
    if not squares:
        raise ValueError("a calibration needs at least one load that was shown")
    factor = math.fsum(load.mass_g * load.shown_g for load in loads) / squares
    means = {mass: _mean([load.shown_g for load in loads if load.mass_g == mass]) for mass in {load.mass_g for load in loads}}
    return Calibration(
        factor=factor,
        linearity_g=max(abs(factor * shown - mass) for mass, shown in means.items()),
        repeat_g=max(abs(factor * (load.shown_g - means[load.mass_g])) for load in loads),
        zero_g=zero_g,
        loads=tuple(loads),
    )


def refuse_absurd(plate: str, mass_g: float, shown_g: float) -> None:
    """CannotWeigh, with what is likely wrong, where ``shown_g`` for ``mass_g`` is no matter of calibration."""
    factor = mass_g / shown_g if shown_g else math.inf
    if LEAST_FACTOR <= factor <= MOST_FACTOR:
        return
    mistake = mistake_of(factor)
    raise CannotWeigh(
        f"plate {plate} shows {shown_g:.1f} g for {mass_g:g} g: {_MISTAKES[mistake]}",
        "Mend that, then begin again; nothing was changed.",
        code=f"factor_{mistake}",
        figures={"plate": plate, "shown_g": shown_g, "mass_g": mass_g},
    )


def mistake_of(factor: float) -> str:
    """What is likely wrong with a factor beyond the bounds, as a code of :data:`MISTAKES`."""
    if factor < 0.0:
        return "upside_down"
    for mistake, factors in _USUAL_MISTAKES.items():
        if any(abs(factor / usual - 1.0) < _NEAR for usual in factors):
            return mistake
    return "uncalibrated"


_MISTAKES: Final[Mapping[str, str]] = {
    "upside_down": "the cell is mounted the wrong way round",
    "kilograms": "the mass or the transmitter's unit is in kilograms, not in grams (unit_g)",
    "pounds": "the mass or the transmitter's unit is in pounds",
    "ounces": "the mass or the transmitter's unit is in ounces",
    "decimal_point": "the transmitter's decimal point, or a digit of the mass, is wrong",
    "half_the_load": "half of the load stands on another plate or cell, or the mass is half of what was said",
    "twice_the_load": "the mass is twice what was said, or two of them stand there",
    "uncalibrated": "the mass is another one, the cell is the wrong one, or the transmitter was never calibrated",
}
MISTAKES: Final = tuple(_MISTAKES)
"""Everything that an absurd factor may mean."""


def refuse_unsteady(plate: str, found: Calibration) -> None:
    """CannotWeigh where what the factor leaves over is more than a healthy plate shows."""
    heaviest_g = max(load.mass_g for load in found.loads)
    if found.repeat_g > max(REPEAT_G, REPEAT_SHARE * heaviest_g):
        raise CannotWeigh(
            f"the same mass differs by {found.repeat_g:.1f} g on plate {plate}",
            "Put it on the middle of the plate each time; look for a plate that touches something or a loose cell.",
            code="not_repeatable",
            figures={"plate": plate, "repeat_g": found.repeat_g},
        )
    if found.linearity_g > max(LINEAR_G, LINEAR_SHARE * heaviest_g):
        raise CannotWeigh(
            f"no factor fits all masses on plate {plate}: {found.linearity_g:.1f} g are left over",
            "Check the masses; a plate that touches something, or a cell beyond its range, is not linear.",
            code="not_linear",
            figures={"plate": plate, "linearity_g": found.linearity_g},
        )


class _MassIsOn:
    """Whether the mass stands on its plate, for a scale that may be far off; says where it stands else."""

    def __init__(self, plate: str, before: Mapping[str, Rest], mass_g: float, tell: Tell) -> None:
        self._plate, self._before, self._mass_g, self._tell = plate, before, mass_g, tell
        self._told: set[str] = set()
        self._small_since_ns: int | None = None

    def __call__(self, now: Mapping[str, Rest]) -> bool:
        moved = {plate: abs(rest.grams - self._before[plate].grams) for plate, rest in now.items()}
        heaviest = max(moved, key=lambda plate: moved[plate])
        if moved[heaviest] >= THERE_SHARE * self._mass_g:
            if heaviest != self._plate and heaviest not in self._told:
                self._told.add(heaviest)
                self._tell(Said("other_plate", {"other": heaviest, "plate": self._plate}))
            return heaviest == self._plate
        own = now[self._plate]
        if moved[self._plate] < max(SMALL_G, 8.0 * own.sd_g):
            self._small_since_ns = None
            return False
        self._small_since_ns = own.at_ns if self._small_since_ns is None else self._small_since_ns
        return own.at_ns - self._small_since_ns >= SMALL_S * 1e9


def _gone(plate: str, before: Mapping[str, Rest], loaded: Mapping[str, Rest]) -> Callable[[Mapping[str, Rest]], bool]:
    shown_g = abs(loaded[plate].grams - before[plate].grams)
    return lambda now: abs(now[plate].grams - before[plate].grams) < max(min(5.0, 0.5 * shown_g), GONE_SHARE * shown_g)


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
