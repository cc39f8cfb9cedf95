"""Searching lines for devices over simulated wires: unexpected addresses, silence, two that talk at once, a port that is pulled, foreign
products; and what goes over the wire meanwhile: questions only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from devices.commissioning.said import CameToNothing, Said
from devices.config import BusSettings
from devices.sim.cabinet import SimulatedCabinet
from devices.sim.converter import WeighingChannel
from devices.sim.line import LineFormat
from devices.sim.load_cell_node import LoadCellNode
from devices.sim.paced_bus import PacedBus
from devices.sim.physics import PlatePhysics, PlateTraits
from devices.sim.relay_board import PROFILES, RelayBoard
from devices.sim.sics_scale import SicsScale
from devices.sim.weighing_transmitter import WeighingTransmitter
from devices.station.search import Found, Range, Search, wires
from edge.web.bench import StepOrder
from tests.store.bench_rig import BenchRig, bench_layout, bench_rig

WRITES = {5, 6, 15, 16}  # Modbus functions that change something


def channel(seed: int = 1) -> WeighingChannel:
    return WeighingChannel(PlatePhysics(PlateTraits(), seed, 0))


def transmitter(name: str, address: int, channels: int = 1) -> WeighingTransmitter:
    return WeighingTransmitter(name, tuple(channel(number) for number in range(channels)), address=address)


async def searched(bus: PacedBus, *asked: str, last: int = 6, bauds: tuple[int, ...] = (9600,)) -> list[Found]:
    """What a search of a free port finds."""
    found: list[Found] = []
    told: list[Said] = []
    progress: list[float] = []
    settings = BusSettings(name="port", url=f"serial://{bus.path}", baud=bauds[0])
    search = Search(settings, (), addresses=Range(1, last), tell=told.append, found=found.append, progress=progress.append)
    await search.on_free(asked or ("modbus_rtu",), bauds)
    assert progress == sorted(progress)
    assert progress[-1] == 1.0
    return found


def only_questions(bus: PacedBus) -> bool:
    """No controller's frame on this Modbus line could have changed anything."""
    return not [frame for frame in bus.log if frame.source == "controller" and frame.data[1] in WRITES]


async def test_boards_at_unexpected_addresses_say_what_they_are(tmp_path: Path) -> None:
    stations = (transmitter("one", 5), transmitter("four", 3, channels=4), RelayBoard("relay", PROFILES["waveshare"], address=2))
    with PacedBus(tmp_path / "line", LineFormat(9600), stations=stations) as bus:
        found = await searched(bus)
        assert only_questions(bus)
    assert [(one.address, one.product, one.verdict) for one in found] == [
        (2, "waveshare-relay-8ch", "unknown"),
        (3, "transmitter-multi", "unknown"),
        (5, "transmitter-1ch", "unknown"),
    ]
    assert found[1].options == {"channels": 4}
    assert found[0].firmware == "2.00"
    assert "lc-relay-8ch" in found[0].fits


async def test_two_boards_at_one_address_are_told_as_what_they_are(tmp_path: Path) -> None:
    twin = transmitter("twin", 2)
    twin.reply_delay_s = 0.004
    with PacedBus(tmp_path / "line", LineFormat(9600), stations=(transmitter("one", 2), twin, transmitter("three", 3))) as bus:
        found = await searched(bus, last=3)
    assert [(one.address, one.verdict) for one in found] == [(2, "unclear"), (3, "unknown")]
    assert "no valid answer" in found[0].words


async def test_a_transmitter_that_hides_takings_is_found_and_not_to_be_used_so(tmp_path: Path) -> None:
    tricky = transmitter("tricky", 4)
    tricky.channels[0].settings.auto_zero_divisions = 10
    with PacedBus(tmp_path / "line", LineFormat(9600), stations=(tricky,)) as bus:
        (found,) = await searched(bus)
    assert (found.address, found.verdict, found.product) == (4, "unfit", "transmitter-1ch")
    assert "auto-zero is on" in found.words


async def test_the_right_speed_is_among_those_that_are_tried(tmp_path: Path) -> None:
    with PacedBus(tmp_path / "line", LineFormat(19200), stations=(transmitter("one", 1),)) as bus:
        found = await searched(bus, last=2, bauds=(9600, 19200))
    assert [(one.baud, one.address) for one in found if one.verdict == "unknown"] == [(19200, 1)]


async def test_a_scale_without_an_address_and_a_node_that_speaks_by_itself_are_found(tmp_path: Path) -> None:
    with PacedBus(tmp_path / "sics", LineFormat(9600), stations=(SicsScale("scale", channel()),)) as bus:
        (scale,) = await searched(bus, "mt_sics", "modbus_rtu", last=1)
    assert (scale.address, scale.driver, scale.verdict) == (None, "mt_sics", "unknown")
    assert scale.serial is not None
    with PacedBus(tmp_path / "node", LineFormat(115200, half_duplex=False), stations=(LoadCellNode("node", (channel(),) * 2),)) as bus:
        (node,) = await searched(bus, "node", bauds=(115200,))
    assert (node.driver, node.verdict) == ("node", "unknown")
    assert node.options == {"channels": 2, "inputs": 0, "outputs": 0}


async def test_a_port_that_is_pulled_in_the_middle_ends_the_search_in_words(tmp_path: Path) -> None:
    with PacedBus(tmp_path / "line", LineFormat(9600), stations=(transmitter("one", 1),)) as bus:
        settings = BusSettings(name="port", url=f"serial://{bus.path}")

        def found(one: Found) -> None:
            bus.unplug()

        search = Search(settings, (), addresses=Range(1, 200), tell=lambda said: None, found=found, progress=lambda share: None)
        with pytest.raises(CameToNothing, match="is gone") as gone:
            async with asyncio.timeout(10.0):
                await search.on_free(("modbus_rtu",), (9600,))
        assert gone.value.code == "port_gone"
    with pytest.raises(CameToNothing, match="is gone"):
        await search.on_free(("modbus_rtu",), (9600,))


async def test_a_search_that_is_cancelled_leaves_the_port_free(tmp_path: Path) -> None:
    with PacedBus(tmp_path / "line", LineFormat(9600), stations=(transmitter("one", 200),)) as bus:
        running = asyncio.create_task(searched(bus, last=200))
        await asyncio.sleep(0.3)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        settings = BusSettings(name="port", url=f"serial://{bus.path}")
        found: list[Found] = []
        search = Search(settings, (), addresses=Range(200, 200), tell=lambda said: None, found=found.append, progress=lambda share: None)
        await search.on_free(("modbus_rtu",), (9600,))
    assert [one.address for one in found] == [200]


def test_addresses_are_a_range_and_every_protocol_has_a_driver() -> None:
    assert [*Range(3, 5)] == [3, 4, 5]
    for first, last in ((5, 3), (-1, 3), (0, 256)):
        with pytest.raises(ValueError, match="addresses go from"):
            Range(first, last)
    assert {"modbus_rtu", "kerong", "mt_sics", "node", "code_line"} <= wires().keys()


@pytest_asyncio.fixture
async def rig(tmp_path: Path) -> AsyncIterator[BenchRig]:
    async with SimulatedCabinet(bench_layout(2)) as cabinet, bench_rig(cabinet, tmp_path) as found:
        yield found


async def test_a_line_of_the_running_station_is_searched_by_its_owner_and_goes_on_weighing(rig: BenchRig) -> None:
    rig.cabinet.buses["scales"].attach(transmitter("new", 7))
    misses = rig.station.live().devices["scale"].misses
    hits = rig.station.live().devices["scale"].hits
    rig.cabinet.buses["scales"].clear_log()
    found = await rig.does(StepOrder(step="scan", subject="scales", first=1, last=8))
    rows = [(one.address, one.verdict, one.product) for one in found.found.scanned]
    assert rows == [(1, "configured", "transmitter-multi"), (7, "unknown", "transmitter-1ch")]
    assert found.state == "passed"
    assert only_questions(rig.cabinet.buses["scales"])
    live = rig.station.live().devices["scale"]
    assert (live.state, live.misses) == ("online", misses)
    assert live.hits > hits + 20
    assert (await rig.bench.adopt(0, "tina")).code == "unknown_device"
    assert (await rig.bench.adopt(1, "tina")).accepted
    drafted = {row.key: row.after for row in rig.bench.look().draft}
    assert drafted == {"driver": "modbus_scale", "product": "transmitter-1ch", "bus": "scales", "address": "7"}
    assert {row.name for row in rig.bench.look().draft} == {found.found.scanned[1].new_name}


async def test_a_configured_board_that_is_silent_is_named(rig: BenchRig) -> None:
    rig.cabinet.buses["scales"].faults.silent.add("scale")
    await rig.until(lambda view: rig.station.live().devices["scale"].state == "lost")
    found = await rig.does(StepOrder(step="scan", subject="scales", first=1, last=3))
    assert [(one.verdict, one.device, one.address) for one in found.found.scanned] == [("silent", "scale", 1)]
    assert found.state == "failed"


async def test_the_line_of_a_running_station_that_is_pulled_ends_the_search(rig: BenchRig) -> None:
    assert (await rig.bench.start(StepOrder(step="scan", subject="scales", first=2, last=200), "tina")).accepted
    await rig.until(lambda view: view.procedure is not None and len(view.procedure.log) > 0)
    rig.cabinet.buses["scales"].unplug()
    view = await rig.until(lambda view: view.procedure is not None and view.procedure.state == "failed")
    assert view.procedure is not None
    assert view.procedure.trouble is not None
    assert view.procedure.trouble.code == "port_gone"


async def test_a_free_port_is_searched_and_its_board_brings_its_line_along(rig: BenchRig, tmp_path: Path) -> None:
    with PacedBus(tmp_path / "free", LineFormat(9600), stations=(transmitter("new", 2),)) as bus:
        order = StepOrder(step="scan", url=f"serial://{bus.path}", first=1, last=2, bauds=(9600,), wires=("modbus_rtu",))
        found = await rig.does(order)
        assert [(one.address, one.verdict) for one in found.found.scanned] == [(2, "unknown")]
    assert (await rig.bench.adopt(0, "tina")).accepted
    drafted = {(row.section, row.key): row.after for row in rig.bench.look().draft}
    assert drafted["bus", "url"] == f"serial://{bus.path}"
    assert drafted["device", "bus"] in {row.name for row in rig.bench.look().draft if row.section == "bus"}
