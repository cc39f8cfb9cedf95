"""The cross-talk test with a person: a known mass on each plate in turn, and what all the others show of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from devices.config import DevicesSettings
from devices.station.commissioning import CannotWeigh, weighing_plates
from devices.weighing.crosstalk import shares_of
from edge.cli.commission.rest import Rest, Watch

THERE_SHARE = 0.5  # of the mass; from here on it stands on the plate
GONE_SHARE = 0.05  # of the mass; within it the shelf is as it was


async def leak_test(
    settings: DevicesSettings, plates: Sequence[str], *, mass_g: float, patience_s: float, say: Callable[[str], None]
) -> dict[str, dict[str, float]]:
    """Guide through the plates. Returned: plate -> (other plate -> share of the load). CannotWeigh with the reason otherwise."""
    everything = tuple(plate.id for plate in settings.plates)
    leaks: dict[str, dict[str, float]] = {}
    async with weighing_plates(settings, everything) as samples:
        watch = Watch(everything)
        say("Leave the shelf alone …")
        before = await watch.until(samples, lambda _: True, patience_s, "all plates at rest")
        for plate in plates:
            say(f"Put the mass of {mass_g:g} g on the middle of plate {plate}, and take the hands away.")
            watch.forget()
            loaded = await watch.until(samples, _mass_is_on(plate, before, mass_g, say), patience_s, f"{mass_g:g} g on plate {plate}")
            say("  … and take it off again.")
            watch.forget()
            after = await watch.until(samples, _mass_is_gone(before, mass_g), patience_s, "the mass taken off")
            shown = {other: _change(before[other], loaded[other], after[other]) for other in everything}
            try:
                leaks[plate] = shares_of(plate, mass_g, shown)
            except ValueError as error:
                raise CannotWeigh(str(error), "Look for a plate that touches its neighbour; check the mass; begin again.") from error
            said = ", ".join(f"{other} {share:+.2%}" for other, share in leaks[plate].items()) or "nothing"
            say(f"  {plate} shows {shown[plate][0]:.1f} g; on the others: {said}")
            before = after
    return leaks


def _mass_is_on(plate: str, before: Mapping[str, Rest], mass_g: float, say: Callable[[str], None]) -> Callable[[Mapping[str, Rest]], bool]:
    told: set[str] = set()

    def there(now: Mapping[str, Rest]) -> bool:
        heaviest = max(now, key=lambda other: now[other].grams - before[other].grams)
        if now[heaviest].grams - before[heaviest].grams < THERE_SHARE * mass_g:
            return False
        if heaviest != plate and heaviest not in told:
            told.add(heaviest)
            say(f"  that was plate {heaviest}: put it on plate {plate}.")
        return heaviest == plate

    return there


def _mass_is_gone(before: Mapping[str, Rest], mass_g: float) -> Callable[[Mapping[str, Rest]], bool]:
    return lambda now: all(abs(now[plate].grams - rest.grams) < max(5.0, GONE_SHARE * mass_g) for plate, rest in before.items())


def _change(before: Rest, loaded: Rest, after: Rest) -> tuple[float, float]:
    """Against the mean of the rests around it, so that slow drift cancels: grams and standard deviation."""
    sd = math.sqrt(loaded.sd_g**2 + 0.25 * (before.sd_g**2 + after.sd_g**2))
    return loaded.grams - 0.5 * (before.grams + after.grams), sd
