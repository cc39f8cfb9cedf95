"""The commissioning wizard over a simulated cabinet, real bytes and all: a technician does what it says, and what comes out is right."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from devices.config import DevicesSettings
from devices.sim.cabinet import SimulatedCabinet
from devices.sim.store_config import device_tables
from edge.session.facts import ServiceRequested
from edge.session.state import Open
from edge.web.bench import SaidView, StepOrder
from tests.store.bench_rig import BenchRig, bench_layout, bench_rig, soon
from tests.unit.visit_story import Story

pytestmark = pytest.mark.asyncio(loop_scope="module")

RING_HZ = 9.5
LEAK = 0.02


def swapped(cabinet: SimulatedCabinet) -> DevicesSettings:
    """The technician has exchanged two cells, and has not told of the third at all; the door's sensors are exchanged too."""
    tables = {name: [dict(table) for table in rows] for name, rows in device_tables(cabinet).items()}
    first, second, _ = tables["plate"]
    first["channel"], second["channel"] = second["channel"], first["channel"]
    tables["plate"] = [first | {"neighbours": ["A2"]}, second | {"neighbours": ["A1"]}]
    (door,) = tables["door"]
    door["contact"], door["bolt"], door["contact_open_when"] = door["bolt"], door["contact"], True
    return DevicesSettings.model_validate(tables)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BenchRig]:
    folder = tmp_path_factory.mktemp("bench")
    async with SimulatedCabinet(bench_layout(3)) as cabinet, bench_rig(cabinet, folder) as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mistaken(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BenchRig]:
    folder = tmp_path_factory.mktemp("mistaken")
    async with SimulatedCabinet(bench_layout(3)) as cabinet, bench_rig(cabinet, folder, settings=swapped(cabinet)) as found:
        yield found


async def test_a_press_shows_the_channel_also_one_that_no_plate_uses(mistaken: BenchRig) -> None:
    async def press(said: SaidView) -> None:
        if said.code == "press":
            await mistaken.cabinet.lean({"A1": "A1", "A9": "A3"}[str(said.figures["plate"])], 900.0, 0.7)

    found = await mistaken.does(StepOrder(step="plates", subject="A1"), press)
    assert found.found.pressed is not None, found
    assert (found.found.pressed.device, found.found.pressed.channel, found.found.pressed.same) == ("scale", 0, False)
    assert found.found.pressed.holds == "A2"
    unused = [channel for channel in mistaken.bench.look().channels if channel.plate is None]
    assert [(one.device, one.channel) for one in unused] == [("scale", 1), ("scale", 2)]  # A1 has left the first of them
    assert all(one.grams is not None for one in unused)
    refused = await mistaken.bench.start(StepOrder(step="plates", subject="A9"), "tina")
    assert refused.code == "no_rated_load"
    await mistaken.does(StepOrder(step="plates", subject="A9", rated_g=10_000.0), press)
    drafted = {(row.name, row.key): row.after for row in mistaken.bench.look().draft if row.section == "plate"}
    assert drafted == {("A1", "channel"): "0", ("A9", "device"): "scale", ("A9", "channel"): "2", ("A9", "rated_g"): "10000"}


async def test_a_door_that_is_opened_and_closed_shows_its_inputs_and_which_way_round(mistaken: BenchRig) -> None:
    async def move(said: SaidView) -> None:
        if said.code == "open_door":
            await mistaken.cabinet.force_door("front")
        elif said.code == "close_door":
            await mistaken.cabinet.close_door("front")

    found = await mistaken.does(StepOrder(step="doors", subject="front"), move)
    assert found.found.sensed is not None, found
    assert {(one.use, one.device, one.index, one.open_level) for one in found.found.sensed.inputs} == {
        ("contact", "locks", 0, False),
        ("bolt", "locks", 1, False),
    }
    drafted = {row.key: (row.before, row.after) for row in mistaken.bench.look().draft if row.section == "door"}
    assert drafted == {
        "contact": ("locks:1", "locks:0"),
        "bolt": ("locks:0", "locks:1"),
        "contact_open_when": ("true", "false"),
    }


async def test_a_known_mass_gives_the_factor_and_the_draft_is_written_as_whole_lists(rig: BenchRig) -> None:
    rig.cabinet.channels["A2"].gain = 0.9
    on: list[float] = []

    async def load(said: SaidView) -> None:
        if said.code == "load":
            on.append(float(said.figures["mass_g"]))
            await rig.cabinet.load("A2", on[-1])
        elif said.code == "unload":
            await rig.cabinet.load("A2", -on[-1])

    order = StepOrder(step="calibrate", subject="A2", masses_g=(1000.0, 2000.0), zero=True)
    found = await rig.does(order, load)
    assert found.state == "passed", found.trouble
    calibration = found.found.calibration
    assert calibration is not None
    assert on == [1000.0, 2000.0]
    assert calibration.factor == pytest.approx(1 / 0.9, abs=0.001)
    assert calibration.linearity_g < 2.0
    assert calibration.repeat_g < 2.0
    assert abs(calibration.zero_g) < 2.0
    result = await rig.bench.write("tina", "calibrated with a known mass", check=False)
    assert result.accepted
    _, asked = rig.changes.asked[-1]
    changes = asked["changes"]
    assert (asked["by"], asked["reason"], asked["check"]) == ("tina", "calibrated with a known mass", False)
    assert [plate["id"] for plate in changes["plate"]] == ["A1", "A2", "A3"]
    assert changes["plate"][1]["grams_per_shown_gram"] == pytest.approx(calibration.factor, abs=1e-5)
    assert rig.bench.look().draft == ()
    assert [row.step for row in await rig.bench.record(2)] == ["write", "calibrate"]
    assert [(fact.action, fact.by) for fact in rig.tended if "A2" in fact.detail] == [("scale_zeroed", "tina"), ("commissioned", "tina")]


async def test_a_mass_in_pounds_is_refused_with_what_is_likely_wrong(rig: BenchRig) -> None:
    async def load(said: SaidView) -> None:
        if said.code == "load":
            await rig.cabinet.load("A1", 453.6)

    found = await rig.does(StepOrder(step="calibrate", subject="A1", masses_g=(1000.0,)), load)
    assert found.state == "failed"
    assert found.trouble is not None
    assert found.trouble.code == "factor_pounds"
    await rig.cabinet.load("A1", -453.6)


async def test_the_cross_talk_is_measured_from_the_running_station_with_the_factor_just_found(rig: BenchRig) -> None:
    for here in rig.cabinet.shelf.plates.values():
        here.physics.traits = replace(here.physics.traits, leakage=LEAK)

    async def load(said: SaidView) -> None:
        if said.code == "put_mass":
            await rig.cabinet.load(str(said.figures["plate"]), 2000.0)
        elif said.code == "take_mass":
            await rig.cabinet.load("A2", -2000.0)

    found = await rig.does(StepOrder(step="leaks", masses_g=(2000.0,), plates=("A2",)), load)
    assert found.state == "passed", found.trouble
    assert [leak.plate for leak in found.found.leaks] == ["A2"]
    assert found.found.leaks[0].shares == {"A1": pytest.approx(LEAK, abs=0.002), "A3": pytest.approx(LEAK, abs=0.002)}


async def test_a_knock_is_heard_from_the_running_station_and_drawn_meanwhile(tmp_path: Path) -> None:
    async with SimulatedCabinet(bench_layout(1, ring_hz=RING_HZ, damping=0.04)) as cabinet, bench_rig(cabinet, tmp_path) as rig:
        drawn: list[int] = []

        async def knock(said: SaidView) -> None:
            if said.code == "knock":
                drawn.append(sum(len(trace.points) for trace in rig.bench.look().traces))
                await cabinet.knock("A1")

        found = await rig.does(StepOrder(step="knock", subject="A1", repeats=2), knock)
        assert found.state == "passed", found.trouble
        assert found.found.knock is not None
        assert found.found.knock.hertz == pytest.approx(RING_HZ, abs=0.15)
        assert min(drawn) > 20
        assert [(row.name, row.key, row.after) for row in rig.bench.look().draft] == [
            ("A1", "ringing_hz", f"{found.found.knock.hertz:.1f}")
        ]


async def test_nobody_presses_and_that_says_what_to_do(rig: BenchRig) -> None:
    patience, rig.bench._patience_s = rig.bench._patience_s, 1.8
    try:
        pressed = await rig.does(StepOrder(step="plates", subject="A1"))
    finally:
        rig.bench._patience_s = patience
    assert pressed.trouble is not None
    assert pressed.trouble.code == "no_press"
    assert "identify the boards" in pressed.trouble.advice


async def test_what_runs_can_be_cancelled_and_only_one_runs(rig: BenchRig) -> None:
    assert (await rig.bench.start(StepOrder(step="plates", subject="A1"), "tina")).accepted
    assert (await rig.bench.start(StepOrder(step="ports"), "tina")).code == "busy"
    assert (await rig.bench.cancel("tina")).accepted
    view = rig.bench.look()
    assert view.procedure is not None
    assert view.procedure.state == "cancelled"
    assert (await rig.bench.cancel("tina")).code == "idle"


async def test_the_ports_of_the_store_file_are_in_use_by_it(rig: BenchRig) -> None:
    found = await rig.does(StepOrder(step="ports"))
    assert {(port.bus, port.state) for port in found.found.ports if port.bus} == {("locks", "used"), ("scales", "used")}
    assert found.state == "passed"


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (StepOrder(step="calibrate", subject="Z9", masses_g=(1000.0,)), "unknown_subject"),
        (StepOrder(step="calibrate", subject="A1"), "no_mass"),
        (StepOrder(step="calibrate", subject="A1", masses_g=(120.0,)), "light_mass"),
        (StepOrder(step="calibrate", subject="A1", masses_g=(50_000.0,)), "heavy_mass"),
        (StepOrder(step="leaks", masses_g=(5.0,)), "light_mass"),
        (StepOrder(step="doors", subject="nowhere"), "unknown_subject"),
        (StepOrder(step="scan", subject="scales", first=9, last=3), "bad_addresses"),
        (StepOrder(step="scan", url="gopher://nowhere"), "bad_port"),
        (StepOrder(step="scan", url="serial:///dev/ttyS9", wires=("smoke",)), "unknown_wire"),
    ],
)
async def test_what_cannot_be_done_is_refused_before_it_begins(rig: BenchRig, order: StepOrder, code: str) -> None:
    assert (await rig.bench.start(order, "tina")).code == code


async def test_a_port_of_the_store_file_is_not_searched_behind_its_line(rig: BenchRig) -> None:
    refused = await rig.bench.start(StepOrder(step="scan", url=rig.settings.buses[0].url), "tina")
    assert refused.code == "port_used"


async def test_without_a_session_nothing_runs_and_leaving_says_what_state_the_shop_is_in(tmp_path: Path) -> None:
    async with SimulatedCabinet(bench_layout(1)) as cabinet, bench_rig(cabinet, tmp_path, begun=False) as rig:
        assert (await rig.bench.start(StepOrder(step="ports"), "tina")).code == "no_session"
        assert rig.bench.look().session is None
        assert (await rig.bench.begin("tina")).accepted
        assert [alarm.code for alarm in rig.state.alarms] == ["out_of_service"]
        left = await rig.bench.leave("tina", back_in_service=False)
        view = rig.bench.look()
        assert left.code == "left"
        assert view.ended is not None
        assert (view.ended.why, view.ended.out_of_service) == ("left", True)
        assert (await rig.bench.leave("tina", back_in_service=True)).code == "left_in_service"
        ended = rig.bench.look().ended
        assert ended is not None
        assert not ended.out_of_service


async def test_a_page_that_is_lost_ends_what_runs_and_the_cabinet_stays_out_of_service(tmp_path: Path) -> None:
    async with SimulatedCabinet(bench_layout(1)) as cabinet, bench_rig(cabinet, tmp_path, page_lost_s=0.4) as rig:
        assert (await rig.bench.start(StepOrder(step="plates", subject="A1"), "tina")).accepted
        await soon(lambda: not rig.station.bench.is_open)  # a look would keep the session alive
        view = rig.bench.look()
        assert view.ended is not None
        assert (view.ended.why, view.ended.out_of_service, view.procedure) == ("page_lost", True, None)
        assert not rig.station.bench.is_open
        assert [row.outcome for row in await rig.bench.record(10) if row.step == "session"] == ["page_lost", "begun"]


async def test_a_cabinet_that_somebody_returns_to_service_ends_the_session(tmp_path: Path) -> None:
    async with SimulatedCabinet(bench_layout(1)) as cabinet, bench_rig(cabinet, tmp_path) as rig:
        await rig.inbox.put_and_wait(ServiceRequested(at_ns=rig.state.now_ns, action="return_to_service", by="otto", reason="sell again"))
        view = await rig.until(lambda view: view.session is None)
        assert view.ended is not None
        assert (view.ended.why, view.ended.out_of_service) == ("back_in_service", False)


async def test_while_a_shopper_is_inside_nothing_is_begun(tmp_path: Path) -> None:
    async with SimulatedCabinet(bench_layout(1)) as cabinet, bench_rig(cabinet, tmp_path, begun=False) as rig:
        story = Story().shopping()
        assert isinstance(story.state.phase, Open)
        rig.state = story.state
        assert (await rig.bench.begin("tina")).accepted
        session = rig.bench.look().session
        assert session is not None
        assert session.blocked == "somebody_inside"
        assert (await rig.bench.start(StepOrder(step="ports"), "tina")).code == "somebody_inside"


async def test_a_shopper_who_comes_in_all_the_same_ends_what_runs(tmp_path: Path) -> None:
    async with SimulatedCabinet(bench_layout(1)) as cabinet, bench_rig(cabinet, tmp_path) as rig:
        assert (await rig.bench.start(StepOrder(step="plates", subject="A1"), "tina")).accepted
        rig.state = replace(rig.state, phase=Story().shopping().state.phase)
        view = await rig.until(lambda view: view.session is None)
        assert view.ended is not None
        assert (view.ended.why, view.ended.out_of_service, view.procedure) == ("somebody_inside", True, None)


async def test_a_controller_that_stopped_in_the_middle_says_so_when_it_is_back(tmp_path: Path) -> None:
    async with SimulatedCabinet(bench_layout(1)) as cabinet:
        async with bench_rig(cabinet, tmp_path):
            pass
        with (tmp_path / "commissioning.jsonl").open("a") as record:
            record.write('{"number": 2, "at')  # the power went in the middle of a row
        async with bench_rig(cabinet, tmp_path, begun=False) as rig:
            view = await rig.until(lambda view: view.ended is not None)
            assert view.ended is not None
            assert view.ended.why == "stopped"
            await rig.bench.begin("tina")
            assert [row.number for row in await rig.bench.record(9)] == [2, 1]
