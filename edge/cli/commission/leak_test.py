"""The cross-talk test at the plates' own ports, said in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from devices.commissioning import leaking
from devices.commissioning.said import in_words
from devices.config import DevicesSettings
from devices.station.commissioning import weighing_plates


async def leak_test(
    settings: DevicesSettings, plates: Sequence[str], *, mass_g: float, patience_s: float, say: Callable[[str], None]
) -> dict[str, dict[str, float]]:
    """Guide through the plates. Returned: plate -> (other plate -> share of the load). CannotWeigh with the reason otherwise."""
    everything = tuple(plate.id for plate in settings.plates)
    async with weighing_plates(settings, everything) as samples:
        return await leaking.leak_test(
            samples, everything, plates, mass_g=mass_g, patience_s=patience_s, tell=lambda said: say(in_words(said))
        )
