"""Broken cells and lost calibrations over real bytes: each is told by its name, and the plate beside it goes on weighing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from devices.config import DevicesSettings
from devices.facts import DeviceFound, DeviceLost, PlateFaulted, PlateRecovered, PlateSettled, PlatesMeasured
from devices.sim.cabinet import SimulatedCabinet
from devices.sim.layout import ScaleKind, demo_layout
from devices.sim.store_config import device_tables
from tests.contract.station_rig import Rig, running_station

QUICK: dict[str, Any] = {"fault_after_s": 0.4, "recover_after_s": 0.2, "stuck_samples": 40, "stuck_after_s": 1.0}


@asynccontextmanager
async def weighing_rig(scales: ScaleKind) -> AsyncIterator[Rig]:
    """The demonstration's cabinet with short times; returned once all its plates are measured."""
    async with SimulatedCabinet(replace(demo_layout(), scales=scales, reader=False)) as cabinet:
        settings = DevicesSettings.model_validate({**device_tables(cabinet), "weighing": QUICK})
        async with running_station(cabinet, settings) as rig:
            rig.station.tracking(False)
            await rig.facts.next(PlatesMeasured)
            yield rig


async def faulted(rig: Rig, plate: str, after: int = 0) -> str:
    return (await rig.facts.next(PlateFaulted, after=after, where=lambda fact: fact.plate == plate)).reason


@pytest.mark.parametrize("scales", ["multi", "node"])
async def test_every_broken_cell_has_its_name_and_the_whole_one_weighs_on(scales: ScaleKind) -> None:
    async with weighing_rig(scales) as rig:
        physics = {plate: here.physics for plate, here in rig.cabinet.shelf.plates.items()}
        await rig.cabinet.wait(1.5)  # its dither is learned
        physics["A1"].troubles.fault = "stuck"
        physics["A2"].troubles.fault = "disconnected"
        physics["A3"].troubles.fault = "saturated"
        rig.cabinet.shelf.force("B1", 9_000.0, rig.cabinet.clock_ns())
        assert await faulted(rig, "A2") == "disconnected"
        assert await faulted(rig, "A3") == "saturated"
        assert await faulted(rig, "B1") == "overload"
        assert await faulted(rig, "A1") == "stuck"
        (unit,) = await rig.cabinet.take("B3")
        settled = await rig.facts.next(PlateSettled, where=lambda fact: any(change.plate == "B3" for change in fact.changes))
        assert next(change.delta_g for change in settled.changes if change.plate == "B3") == pytest.approx(-unit.grams, abs=2.0)
        assert {fact.plate for fact in rig.facts.of(PlateFaulted)} == {"A1", "A2", "A3", "B1"}
        now = rig.facts.now
        for plate in ("A1", "A2", "A3"):
            physics[plate].troubles.fault = "none"
        rig.cabinet.shelf.force("B1", -9_000.0, rig.cabinet.clock_ns())
        for plate in ("A1", "A2", "A3", "B1"):
            await rig.facts.next(PlateRecovered, after=now, where=named(plate))


def named(plate: str) -> Callable[[PlateRecovered], bool]:
    return lambda fact: fact.plate == plate


async def test_somebody_presses_zero_at_the_transmitter_and_no_goods_are_gone() -> None:
    async with weighing_rig("multi") as rig:
        await rig.cabinet.wait(0.5)
        now, channel = rig.facts.now, rig.cabinet.channels["B2"]
        with rig.cabinet.lock:
            zero_g = channel.zero_g
            channel.zero_now(rig.cabinet.clock_ns())
        assert await faulted(rig, "B2") == "factory_reset"
        assert [change for fact in rig.facts.of(PlateSettled) for change in fact.changes if change.plate == "B2"] == []
        with rig.cabinet.lock:
            channel.zero_g = zero_g
        await rig.facts.next(PlateRecovered, after=now, where=named("B2"))


async def test_a_scale_that_comes_back_with_another_gain_is_not_trusted_with_any_plate() -> None:
    """Its settings look as before; only its calibration is gone."""
    async with weighing_rig("multi") as rig:
        now = rig.facts.now
        rig.cabinet.buses["scales"].unplug()
        await rig.facts.next(DeviceLost, after=now, where=lambda fact: fact.device == "scale")
        for channel in rig.cabinet.channels.values():
            channel.gain = 0.37
        rig.cabinet.buses["scales"].replug()
        await rig.facts.next(DeviceFound, after=now, where=lambda fact: fact.device == "scale")
        for plate in rig.cabinet.channels:
            assert await faulted(rig, plate, now) == "factory_reset"
        assert [fact for fact in rig.facts.seen[now:] if isinstance(fact, PlatesMeasured)] == []
