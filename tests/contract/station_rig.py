"""A station running on a simulated cabinet, with its facts to wait for."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from devices.config import DevicesSettings
from devices.facts import DeviceFact, DoorSensed
from devices.sim.cabinet import SimulatedCabinet
from devices.sim.layout import CabinetLayout
from devices.sim.store_config import device_tables
from devices.station import Station

Kind = TypeVar("Kind", bound=DeviceFact)


@dataclass
class Facts:
    """The sink: everything reported so far, and a way to wait for more."""

    seen: list[DeviceFact] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self, fact: DeviceFact) -> None:
        self.seen.append(fact)
        self._news.set()

    def of(self, kind: type[Kind]) -> list[Kind]:
        return [fact for fact in self.seen if isinstance(fact, kind)]

    async def next(
        self, kind: type[Kind], *, after: int = 0, within_s: float = 15.0, where: Callable[[Kind], bool] = lambda fact: True
    ) -> Kind:
        """The first fact of this kind at or behind position ``after`` of ``seen``."""
        try:
            async with asyncio.timeout(within_s):
                while True:
                    for fact in self.seen[after:]:
                        if isinstance(fact, kind) and where(fact):
                            return fact
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"no {kind.__name__} within {within_s} s, only {self.seen[after:]}") from None

    async def sensed(self, door: str) -> DoorSensed:
        """The door's first state."""
        return await self.next(DoorSensed, where=lambda fact: fact.door == door)

    @property
    def now(self) -> int:
        """Position of the next fact."""
        return len(self.seen)


@dataclass
class Rig:
    cabinet: SimulatedCabinet
    station: Station
    facts: Facts
    settings: DevicesSettings

    @property
    def door(self) -> str:
        return self.cabinet.layout.doors[0].door


def settings_for(cabinet: SimulatedCabinet, **sections: list[dict[str, Any]]) -> DevicesSettings:
    """The cabinet's own settings with some sections replaced."""
    return DevicesSettings.model_validate({**device_tables(cabinet), **sections})


@contextlib.asynccontextmanager
async def running_station(cabinet: SimulatedCabinet, settings: DevicesSettings | None = None) -> AsyncIterator[Rig]:
    """The station on this cabinet; returned once every door was sensed."""
    facts = Facts()
    settings = settings or settings_for(cabinet)
    station = Station(settings, sink=facts)
    running = asyncio.create_task(station.run())
    try:
        for door in settings.doors:
            await facts.sensed(door.id)
        yield Rig(cabinet, station, facts, settings)
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


@contextlib.asynccontextmanager
async def cabinet_with_station(layout: CabinetLayout, **sections: list[dict[str, Any]]) -> AsyncIterator[Rig]:
    async with SimulatedCabinet(layout) as cabinet, running_station(cabinet, settings_for(cabinet, **sections)) as rig:
        yield rig
