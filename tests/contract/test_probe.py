"""The technician's probe: what it says about a sound cabinet and about every usual mistake, over real bytes."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest
import serial

from devices.sim.cabinet import SimulatedCabinet
from devices.sim.layout import demo_layout, kerong_layout
from devices.sim.store_config import device_tables
from devices.station import ProbeResult, probe
from tests.contract.station_rig import settings_for


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that does not open is given up sooner."""
    module = import_module("devices.station.probe")  # of the same name as the function in it
    monkeypatch.setattr(module, "OPEN_WITHIN_S", 0.5)


async def results(cabinet: SimulatedCabinet, **sections: list[dict[str, Any]]) -> dict[str, ProbeResult]:
    return {result.subject: result for result in await probe(settings_for(cabinet, **sections))}


async def test_a_sound_cabinet() -> None:
    async with SimulatedCabinet(demo_layout()) as cabinet:
        found = await results(cabinet)
        assert list(found) == ["bus locks", "device locks", "bus scales", "device scale", "bus reader", "device reader"]
        assert all(result.ok and not result.advice for result in found.values())
        assert "firmware 2.00" in found["device locks"].text
        assert "inputs 11000000" in found["device locks"].text
        assert found["device scale"].text.count(" g (") == 6
        assert cabinet.wiring.lock_board.pulses == [], "a probe moves nothing"


async def test_a_streaming_node_is_probed_as_well() -> None:
    async with SimulatedCabinet(replace(demo_layout(), scales="node")) as cabinet:
        found = await results(cabinet)
        assert found["device scale"].ok
        assert "serial SIMNODE1" in found["device scale"].text


async def test_a_port_that_is_not_there(impatient: None) -> None:
    async with SimulatedCabinet(demo_layout()) as cabinet:
        settings = settings_for(cabinet)
        cabinet.buses["locks"].unplug()
        found = {result.subject: result for result in await probe(settings)}
        assert not found["bus locks"].ok
        assert "plugged in" in found["bus locks"].advice
        assert "device locks" not in found, "one fault, one line"
        assert found["device scale"].ok


async def test_a_port_that_another_program_holds(impatient: None) -> None:
    async with SimulatedCabinet(demo_layout()) as cabinet:
        with serial.Serial(cabinet.ports()["locks"], exclusive=True):
            found = await results(cabinet)
        assert not found["bus locks"].ok
        assert "in use by another program" in found["bus locks"].text
        assert found["bus scales"].ok


async def test_a_silent_device_and_a_wrong_speed() -> None:
    async with SimulatedCabinet(kerong_layout()) as cabinet:
        cabinet.buses["scales"].faults.absent.add("scale-R2")
        tables = device_tables(cabinet)
        buses = [{**bus, "baud": 9600} if bus["name"] == "locks" else dict(bus) for bus in tables["bus"]]
        found = await results(cabinet, bus=buses)
        assert not found["device scale-R2"].ok
        assert "Check its power" in found["device scale-R2"].advice
        assert found["device scale-R1"].ok
        assert not found["device locks"].ok
        assert "baud" in found["device locks"].advice


async def test_the_other_dialect_is_recognised() -> None:
    async with SimulatedCabinet(replace(kerong_layout(), lock="kr-cu-wide")) as cabinet:
        devices = [
            {**device, "product": "kr-cu16"} if device["name"] == "locks" else dict(device) for device in device_tables(cabinet)["device"]
        ]
        found = await results(cabinet, device=devices)
        assert not found["device locks"].ok
        assert "it speaks the wide dialect" in found["device locks"].text


async def test_a_configuration_that_cannot_be_is_one_result() -> None:
    async with SimulatedCabinet(demo_layout()) as cabinet:
        doors = [{**door, "lock": "locks:9"} for door in device_tables(cabinet)["door"]]
        (result,) = (await results(cabinet, door=doors)).values()
        assert (result.subject, result.ok) == ("configuration", False)
        assert "lock outputs 0 to 7" in result.text
