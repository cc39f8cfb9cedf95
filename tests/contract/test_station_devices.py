"""The station and devices that die, lie, come back or are replaced, over real bytes."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from devices.config import DevicesSettings
from devices.facts import (
    CodeScanned,
    DeviceFound,
    DeviceLost,
    DoorSensed,
    PlateMoving,
    PlateSettled,
    PlatesMeasured,
    PlatesQuiet,
    Unlocked,
    UnlockFailed,
)
from devices.sim.cabinet import SimulatedCabinet
from devices.sim.layout import CabinetLayout, demo_layout, kerong_layout
from devices.sim.line import LineFormat
from devices.sim.paced_bus import PacedBus
from devices.sim.relay_board import PROFILES, RelayBoard
from devices.sim.store_config import device_tables
from devices.sim.weighing_transmitter import WeighingTransmitter
from devices.station import Station
from tests.contract.driver_peers import channels
from tests.contract.station_rig import Facts, Rig, cabinet_with_station, running_station, settings_for

FAST = {"timeout_ms": 60.0, "settle_ms": 100.0}


def multi(**options: Any) -> list[dict[str, Any]]:
    return [
        {"name": "locks", "driver": "modbus_relay", "product": "waveshare-relay-8ch", "bus": "locks"},
        {
            "name": "scale",
            "driver": "modbus_scale",
            "product": "transmitter-multi",
            "bus": "scales",
            "options": {"channels": 6, **options},
            **FAST,
        },
    ]


def quiet_demo() -> CabinetLayout:
    return replace(demo_layout(), reader=False)


async def measured(rig: Rig, after: int = 0) -> None:
    """Every plate of the cabinet has a first weight."""
    missing = set(rig.cabinet.shelf.plates)

    def complete(fact: PlatesMeasured) -> bool:
        missing.difference_update(weight.plate for weight in fact.weights)
        return not missing

    await rig.facts.next(PlatesMeasured, after=after, where=complete)


async def test_a_taking_is_one_settled_change_and_then_the_plates_are_quiet() -> None:
    async with cabinet_with_station(quiet_demo()) as rig:
        await measured(rig)
        start = rig.facts.now
        (unit,) = await rig.cabinet.take("B2", 1)
        settled = await rig.facts.next(PlateSettled, after=start)
        assert [change.plate for change in settled.changes] == ["B2"]
        assert settled.changes[0].delta_g == pytest.approx(-unit.grams, abs=2.0)
        asked_ns = time.monotonic_ns()
        rig.station.settle(asked_ns)
        assert (await rig.facts.next(PlatesQuiet, after=start)).after_ns == asked_ns


async def test_a_streaming_node_weighs_as_well() -> None:
    async with cabinet_with_station(replace(quiet_demo(), scales="node")) as rig:
        await measured(rig)
        start = rig.facts.now
        (unit,) = await rig.cabinet.take("A3", 1)
        await rig.facts.next(PlateMoving, after=start)
        settled = await rig.facts.next(PlateSettled, after=start)
        assert settled.changes[0].delta_g == pytest.approx(-unit.grams, abs=2.0)
        assert rig.station.live().devices["scale"].misses == 0


async def test_a_dead_scale_is_lost_and_does_not_halve_the_others(soon_asked_again: None) -> None:
    async with cabinet_with_station(kerong_layout()) as rig:
        await measured(rig)
        healthy = await rates(rig, 1.5)
        rig.cabinet.buses["scales"].faults.absent.add("scale-L1")
        lost = await rig.facts.next(DeviceLost)
        assert (lost.device, lost.plates) == ("scale-L1", ("L1",))
        burdened = await rates(rig, 1.5)  # three questions to the lost one
        for scale in ("scale-L2", "scale-R1", "scale-R2"):
            assert burdened[scale] > 0.55 * healthy[scale], (healthy, burdened)
        rig.cabinet.buses["scales"].faults.clear()
        start = rig.facts.now
        assert (await rig.facts.next(DeviceFound, after=start)).plates == ("L1",)
        again = await rig.facts.next(PlatesMeasured, after=start)
        assert [weight.plate for weight in again.weights] == ["L1"]


async def rates(rig: Rig, seconds: float) -> dict[str, float]:
    """Valid answers per second of every device."""
    before = {name: device.hits for name, device in rig.station.live().devices.items()}
    await asyncio.sleep(seconds)
    return {name: (device.hits - before[name]) / seconds for name, device in rig.station.live().devices.items()}


async def test_a_transmitter_that_falls_back_to_its_factory_settings_is_taken_out(soon_asked_again: None) -> None:
    async with cabinet_with_station(quiet_demo(), device=multi(watch_s=0.2)) as rig:
        await measured(rig)
        transmitter(rig).factory_reset()
        lost = await rig.facts.next(DeviceLost)
        assert "factory settings" in lost.reason
        assert "calibrate it again" in lost.reason
        assert set(lost.plates) == set(rig.cabinet.shelf.plates)
        start = rig.facts.now
        with pytest.raises(AssertionError, match="no DeviceFound"):
            await rig.facts.next(DeviceFound, after=start, within_s=1.0)  # two questions


async def test_a_transmitter_that_zeroes_itself_is_refused_with_the_remedy() -> None:
    layout = quiet_demo()
    layout = replace(layout, channel=replace(layout.channel, auto_zero_divisions=100))
    async with cabinet_with_station(layout, device=multi()) as rig:
        lost = await rig.facts.next(DeviceLost)
        assert "auto-zero is on (0x60 = 100)" in lost.reason
        assert 'settings = "set"' in lost.reason


async def test_a_transmitter_that_zeroes_itself_is_set_where_the_configuration_says_so() -> None:
    layout = quiet_demo()
    layout = replace(layout, channel=replace(layout.channel, auto_zero_divisions=100, creep_track_divisions=5))
    async with cabinet_with_station(layout, device=multi(settings="set")) as rig:
        await measured(rig)
        settings = transmitter(rig).channels[0].settings
        assert (settings.auto_zero_divisions, settings.creep_track_divisions) == (0, 0)
        assert transmitter(rig).unlocked


async def test_an_unplugged_port_is_found_again_under_its_name() -> None:
    async with cabinet_with_station(quiet_demo()) as rig:
        await measured(rig)
        for _ in range(2):
            start = rig.facts.now
            rig.cabinet.buses["scales"].unplug()
            await rig.facts.next(DeviceLost, after=start)
            assert not rig.station.live().buses["scales"].connected
            rig.cabinet.buses["scales"].replug()
            await rig.facts.next(DeviceFound, after=start)
            await measured(rig, after=start)
        live = rig.station.live()
        assert live.devices["scale"].times_lost == 2
        assert live.buses["scales"].counters.reconnects == 2


async def test_a_device_without_power_is_reported_once_and_found_later(soon_asked_again: None) -> None:
    layout = quiet_demo()
    async with cabinet_with_station(layout) as rig:
        rig.cabinet.buses["scales"].faults.absent.add("scale")
        start = rig.facts.now
        await rig.facts.next(DeviceLost, after=start)
        await asyncio.sleep(1.0)
        rig.cabinet.buses["scales"].faults.clear()
        await rig.facts.next(DeviceFound, after=start)
        await measured(rig, after=start)
        assert len(rig.facts.of(DeviceLost)) == 1


async def test_a_code_held_in_front_of_the_reader_is_one_presentation() -> None:
    async with cabinet_with_station(demo_layout()) as rig:
        for _ in range(3):
            rig.cabinet.present("ss1.k1.pass")
        rig.cabinet.present("ss1.k1.other")
        await rig.facts.next(CodeScanned, where=lambda fact: fact.text == "ss1.k1.other")
        scanned = rig.facts.of(CodeScanned)
        assert [(fact.reader, fact.text) for fact in scanned] == [("front-reader", "ss1.k1.pass"), ("front-reader", "ss1.k1.other")]


async def test_the_reader_s_port_is_watched_although_nobody_can_ask_a_reader() -> None:
    async with cabinet_with_station(demo_layout()) as rig:
        start = rig.facts.now
        rig.cabinet.buses["reader"].unplug()
        assert (await rig.facts.next(DeviceLost, after=start, within_s=8.0)).device == "reader"
        rig.cabinet.buses["reader"].replug()
        await rig.facts.next(DeviceFound, after=start)
        rig.cabinet.present("ss1.k1.pass")
        await rig.facts.next(CodeScanned, after=start)


async def test_every_loop_shows_that_it_lives() -> None:
    async with cabinet_with_station(demo_layout()) as rig:
        rig.cabinet.buses["scales"].faults.absent.add("scale")
        await rig.facts.next(DeviceLost)
        await asyncio.sleep(2.5)
        now = time.monotonic_ns()
        ages = {name: (now - at_ns) / 1e9 for name, at_ns in rig.station.last_beat_ns.items()}
        assert set(ages) == {"locks", "scale", "reader", "reader front-reader", "weighing"}
        assert max(ages.values()) < 2.0, ages


async def test_noise_on_the_lock_line_moves_no_door() -> None:
    async with cabinet_with_station(kerong_layout()) as rig:
        start = rig.facts.now
        rig.cabinet.buses["locks"].faults.noise = 0.005
        await asyncio.sleep(3.0)
        assert rig.station.live().buses["locks"].counters.skipped_bytes > 0, "the line was noisy"
        moved = [fact for fact in rig.facts.seen[start:] if getattr(fact, "door", None) is not None and not isinstance(fact, DoorSensed)]
        assert moved == []


async def test_a_port_that_is_missing_at_the_start_is_reported_and_used_when_it_comes() -> None:
    async with SimulatedCabinet(quiet_demo()) as cabinet:
        settings = settings_for(cabinet)
        cabinet.buses["locks"].unplug()
        facts = Facts()
        station = Station(settings, sink=facts)
        running = asyncio.create_task(station.run())
        try:
            lost = await facts.next(DeviceLost)
            assert (lost.device, lost.doors) == ("locks", ("front",))
            assert "/locks" in lost.reason, "the port is named"
            cabinet.buses["locks"].replug()
            await facts.next(DeviceFound)
            assert (await facts.sensed("front")).secured is True
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def test_busy_doors_do_not_starve_the_plates_on_a_shared_line(tmp_path: Path) -> None:
    """Two lock boards that are read without pause leave a scale on the same 9600 baud line its turn."""
    boards = [RelayBoard(f"locks-{address}", PROFILES["waveshare"], address=address) for address in (10, 11)]
    with PacedBus(tmp_path / "line", LineFormat(9600), stations=[*boards, WeighingTransmitter("scale", channels(500.0))]) as line:
        board = {"driver": "modbus_relay", "product": "waveshare-relay-8ch", "bus": "line", "poll_ms": 0.0}
        settings = DevicesSettings.model_validate(
            {
                "bus": [{"name": "line", "url": f"serial://{line.path}", "baud": 9600}],
                "device": [
                    *({"name": peer.name, "address": peer.address, **board} for peer in boards),
                    {"name": "scale", "driver": "modbus_scale", "product": "transmitter-1ch", "bus": "line"},
                ],
                "door": [
                    {"id": peer.name, "lock": f"{peer.name}:0", "contact": f"{peer.name}:0", "person_can_be_inside": False}
                    for peer in boards
                ],
                "plate": [{"id": "P", "device": "scale", "rated_g": 5000}],
            }
        )
        facts = Facts()
        station = Station(settings, sink=facts)
        running = asyncio.create_task(station.run())
        try:
            await facts.next(PlatesMeasured)
            before = station.live().devices["scale"].hits
            await asyncio.sleep(2.0)
            assert station.live().devices["scale"].hits - before >= 4
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def test_swapped_cables_open_no_door() -> None:
    """Both lines run at one speed, both devices have address 1: only what they answer tells them apart."""
    layout = replace(quiet_demo(), lock_baud=19200, scale_baud=19200)
    async with SimulatedCabinet(layout) as cabinet:
        tables = device_tables(cabinet)
        urls = {bus["name"]: bus["url"] for bus in tables["bus"]}
        swapped = {"locks": urls["scales"], "scales": urls["locks"]}
        facts = Facts()
        station = Station(settings_for(cabinet, bus=[{**bus, "url": swapped[str(bus["name"])]} for bus in tables["bus"]]), sink=facts)
        running = asyncio.create_task(station.run())
        try:
            await facts.next(DeviceLost, where=lambda fact: fact.device == "locks")
            await facts.next(DeviceLost, where=lambda fact: fact.device == "scale")
            await station.pulse("front", token="visit-1", pulse_s=0.3, expires_ns=time.monotonic_ns() + 5_000_000_000)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        assert facts.of(UnlockFailed)[0].reason == "unreachable"
        assert facts.of(DoorSensed) == []
        assert cabinet.wiring.lock_board.pulses == []


async def test_a_controller_that_restarts_during_a_pulse_waits_for_its_end() -> None:
    """The old controller is gone, the board ends the pulse by itself, and only then the new one trusts it."""
    async with SimulatedCabinet(quiet_demo()) as cabinet:
        async with running_station(cabinet) as rig:
            await rig.station.pulse(rig.door, token="visit-1", pulse_s=2.0, expires_ns=time.monotonic_ns() + 5_000_000_000)
            assert rig.facts.of(Unlocked)
        async with running_station(cabinet) as rig:
            (lost,) = rig.facts.of(DeviceLost)
            assert "output 0 is on without a pulse" in lost.reason
            assert rig.facts.of(DeviceFound)
            (sensed,) = rig.facts.of(DoorSensed)
            assert sensed.secured is True
            assert time.monotonic_ns() >= cabinet.wiring.lock_board.pulses[0][2]


def transmitter(rig: Rig) -> WeighingTransmitter:
    scale = rig.cabinet.wiring.scales[0]
    assert isinstance(scale, WeighingTransmitter)
    return scale
