"""Laws of the simulator: goods are neither made nor lost, weights are the goods' weights, and no bytes can break a simulated device."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.protocols.crc import crc16_modbus
from devices.sim.cabinet import SimulatedCabinet
from devices.sim.code_reader import SimulatedReader
from devices.sim.converter import WeighingChannel
from devices.sim.doors import DoorPhysics
from devices.sim.kerong_board import KerongBoard
from devices.sim.layout import demo_layout
from devices.sim.line import LineFaults, Station
from devices.sim.load_cell_node import LoadCellNode
from devices.sim.physics import NS, PlatePhysics, PlateTraits
from devices.sim.relay_board import PROFILES, RelayBoard
from devices.sim.shopper import Action, Lean, Linger, PutBack, PutElsewhere, Take, Touch, shop
from devices.sim.sics_scale import SicsScale
from devices.sim.virtual_clock import VirtualClock
from devices.sim.weighing_transmitter import WeighingTransmitter

PLATES = [plate.plate for plate in demo_layout().plates]

plates = st.sampled_from(PLATES)
actions: st.SearchStrategy[Action] = st.one_of(
    st.builds(Take, plates, st.integers(1, 3)),
    st.builds(PutBack, plates, st.integers(1, 2)),
    st.builds(PutElsewhere, plates),
    st.builds(Touch, plates),
    st.builds(Linger, st.floats(0.0, 3.0)),
    st.builds(Lean, plates, st.floats(-100.0, 800.0), st.floats(0.1, 2.0), st.sampled_from([0.0, 50.0])),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(actions, max_size=12), st.integers(0, 1000))
async def test_goods_are_conserved_and_plates_weigh_them(visit: list[Action], seed: int) -> None:
    clock = VirtualClock()
    cabinet = SimulatedCabinet(demo_layout(), seed=seed, clock_ns=clock, sleep=clock.sleep)
    before = _everything(cabinet)
    trip = await shop(cabinet, visit)
    assert before == _everything(cabinet) + Counter(trip.held)
    clock.step(3.0)
    for plate in cabinet.shelf.plates.values():
        assert plate.physics.resting_g() == pytest.approx(sum(unit.grams for unit in plate.units), abs=1e-6)


def _everything(cabinet: SimulatedCabinet) -> Counter[str]:
    goods: Counter[str] = Counter()
    for held in cabinet.truth().plates.values():
        goods.update(held)
    return goods


def _stations() -> list[Station]:
    def channel() -> WeighingChannel:
        return WeighingChannel(PlatePhysics(PlateTraits(), 1, 0))

    return [
        RelayBoard("relay", PROFILES["waveshare"], loads=[DoorPhysics()]),
        WeighingTransmitter("scale", [channel(), channel()]),
        KerongBoard("old", "classic", loads=[DoorPhysics()]),
        KerongBoard("new", "wide", loads=[DoorPhysics()]),
        SicsScale("line", channel()),
        LoadCellNode("node", [channel()], loads=[DoorPhysics()]),
        SimulatedReader("reader"),
    ]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.binary(max_size=24), max_size=6))
def test_no_bytes_break_a_simulated_device(chunks: list[bytes]) -> None:
    for station in _stations():
        for second, chunk in enumerate(chunks, 1):
            station.hear(chunk, second * NS)
            if station.due_ns() is not None:
                station.speak(second * NS)


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 127), st.binary(max_size=14))
def test_every_valid_modbus_frame_is_answered_with_a_valid_one(function: int, body: bytes) -> None:
    for station in _stations()[:2]:
        head = bytes((1, function)) + body
        answers = station.hear(head + crc16_modbus(head).to_bytes(2, "little"), NS)
        assert len(answers) == 1
        reply = answers[0].data
        assert crc16_modbus(reply[:-2]) == int.from_bytes(reply[-2:], "little")
        assert reply[0] == 1
        assert reply[1] in (function, function | 0x80)


@given(st.binary(max_size=200), st.integers(0, 2**32))
def test_a_healthy_line_changes_nothing_and_a_dead_one_swallows_all(data: bytes, seed: int) -> None:
    faults = LineFaults()
    assert faults.spoil(data, random.Random(seed)) == data
    faults.noise = 1.0
    noisy = faults.spoil(data, random.Random(seed))
    assert all((a ^ b).bit_count() == 1 for a, b in zip(data, noisy, strict=True))
    faults.loss = 1.0
    assert faults.spoil(data, random.Random(seed)) == b""
    faults.clear()
    assert faults.spoil(data, random.Random(seed)) == data


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0.0, 5.0), st.floats(-500.0, 500.0)), max_size=8), st.lists(st.floats(0.0, 6.0), max_size=20))
def test_the_motion_is_one_curve_however_it_is_sampled(forces: list[tuple[float, float]], looks: list[float]) -> None:
    looked, blind = (PlatePhysics(PlateTraits(noise_sd_g=0.0, drift_g_per_h=100.0), 1, 0) for _ in range(2))
    for plate in (looked, blind):
        for at_s, grams in forces:
            plate.push(round(at_s * NS), grams)
    for look in sorted(looks):
        looked.deflection_g(round(look * NS))
    assert looked.deflection_g(7 * NS) == pytest.approx(blind.deflection_g(7 * NS), abs=1e-3)
