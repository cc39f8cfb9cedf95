"""The knock test at the plates' own ports, said in words."""

from __future__ import annotations

from collections.abc import Callable

from devices.commissioning import knocking
from devices.commissioning.knocking import KnockResult
from devices.commissioning.said import in_words
from devices.config import DevicesSettings
from devices.station.commissioning import weighing_plates

__all__ = ["KnockResult", "knock_test"]


async def knock_test(settings: DevicesSettings, plate: str, *, knocks: int, patience_s: float, say: Callable[[str], None]) -> KnockResult:
    """Guide through ``knocks`` good knocks. CannotWeigh with the reason where it comes to nothing."""
    async with weighing_plates(settings, (plate,)) as samples:
        return await knocking.knock_test(samples, plate, knocks=knocks, patience_s=patience_s, tell=lambda said: say(in_words(said)))
