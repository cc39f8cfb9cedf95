"""The cross-talk test with a person: a known mass on each plate in turn, and what all the others show of it. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from devices.commissioning.rest import Rest, Watch
from devices.commissioning.said import CannotWeigh, Said, Tell
from devices.commissioning.samples import Samples
from devices.weighing.crosstalk import shares_of

THERE_SHARE = 0.5  # of the mass; from here on it stands on the plate
GONE_SHARE = 0.05  # of the mass; within it the shelf is as it was


async def leak_test(
    samples: Samples, everything: Sequence[str], plates: Sequence[str], *, mass_g: float, patience_s: float, tell: Tell
) -> dict[str, dict[str, float]]:
    """Guide through ``plates`` of ``everything`` that is on the shelf. Returned: plate -> (other plate -> share of the load). CannotWeigh
    with the reason otherwise."""
    leaks: dict[str, dict[str, float]] = {}
    watch = Watch(tuple(everything))
    tell(Said("leave_shelf"))
    before = await watch.until(samples, lambda _: True, patience_s, "all plates at rest")
    for plate in plates:
        tell(Said("put_mass", {"mass_g": mass_g, "plate": plate}))
        watch.forget()
        there = _mass_is_on(plate, before, mass_g, tell)
        loaded = await watch.until(samples, there, patience_s, f"{mass_g:g} g on plate {plate}", "no_mass")
        tell(Said("take_mass"))
        watch.forget()
        after = await watch.until(samples, _mass_is_gone(before, mass_g), patience_s, "the mass taken off", "mass_stays")
        shown = {other: _change(before[other], loaded[other], after[other]) for other in everything}
        try:
            leaks[plate] = shares_of(plate, mass_g, shown)
        except ValueError as error:
            raise CannotWeigh(
                str(error),
                "Look for a plate that touches its neighbour; check the mass; begin again.",
                code="leak_impossible",
                figures={"plate": plate, "shown_g": shown[plate][0], "mass_g": mass_g},
            ) from error
        shares = ", ".join(f"{other} {share:+.2%}" for other, share in leaks[plate].items()) or "nothing"
        tell(Said("leaks_of", {"plate": plate, "shown_g": shown[plate][0], "shares": shares}))
        before = after
    return leaks


def _mass_is_on(plate: str, before: Mapping[str, Rest], mass_g: float, tell: Tell) -> Callable[[Mapping[str, Rest]], bool]:
    told: set[str] = set()

    def there(now: Mapping[str, Rest]) -> bool:
        heaviest = max(now, key=lambda other: now[other].grams - before[other].grams)
        if now[heaviest].grams - before[heaviest].grams < THERE_SHARE * mass_g:
            return False
        if heaviest != plate and heaviest not in told:
            told.add(heaviest)
            tell(Said("other_plate", {"other": heaviest, "plate": plate}))
        return heaviest == plate

    return there


def _mass_is_gone(before: Mapping[str, Rest], mass_g: float) -> Callable[[Mapping[str, Rest]], bool]:
    return lambda now: all(abs(now[plate].grams - rest.grams) < max(5.0, GONE_SHARE * mass_g) for plate, rest in before.items())


def _change(before: Rest, loaded: Rest, after: Rest) -> tuple[float, float]:
    """Against the mean of the rests around it, so that slow drift cancels: grams and standard deviation."""
    sd = math.sqrt(loaded.sd_g**2 + 0.25 * (before.sd_g**2 + after.sd_g**2))
    return loaded.grams - 0.5 * (before.grams + after.grams), sd
