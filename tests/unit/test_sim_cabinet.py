"""The whole simulated cabinet in virtual time: shoppers, truth, determinism."""

from __future__ import annotations

import random
import time
from collections import Counter

import pytest

from devices.sim.cabinet import SimulatedCabinet
from devices.sim.layout import BAR, COLA, WATER, demo_layout, kerong_layout
from devices.sim.physics import NS
from devices.sim.shopper import (
    Action,
    Close,
    Habits,
    Lean,
    LeaveAjar,
    Linger,
    Open,
    Present,
    PutBack,
    PutElsewhere,
    Take,
    Touch,
    random_actions,
    shop,
)
from devices.sim.virtual_clock import VirtualClock
from edge.store.gtin import gtin_problem


def _cabinet(seed: int = 1) -> tuple[SimulatedCabinet, VirtualClock]:
    clock = VirtualClock()
    cabinet = SimulatedCabinet(demo_layout(), seed=seed, clock_ns=clock, sleep=clock.sleep)
    clock.step(1.0)
    return cabinet, clock


def _release(cabinet: SimulatedCabinet, clock: VirtualClock, seconds: float = 5.0) -> None:
    cabinet.doors["front"].energise(clock(), clock() + round(seconds * NS))


def test_both_layouts_have_valid_goods_that_can_be_told_apart() -> None:
    for layout in (demo_layout(), kerong_layout()):
        assert all(gtin_problem(product.gtin) is None for product in layout.products)
        names = {plate.plate for plate in layout.plates}
        assert all(set(plate.neighbours) <= names - {plate.plate} for plate in layout.plates)
        for plate in layout.plates:
            product = next(one for one in layout.products if one.gtin == plate.gtin)
            assert product.unit_weight_g * plate.count < plate.traits.rated_g
            assert product.weight_sd_g * 6 < product.unit_weight_g


async def test_a_shopper_holds_what_was_taken_and_not_put_back() -> None:
    cabinet, clock = _cabinet()
    _release(cabinet, clock)
    told: list[Action] = []
    actions: list[Action] = [
        Present(),
        Open("front"),
        Take("B1", 2),
        Linger(1.0),
        Touch("A1"),
        PutBack("B1"),
        Take("A1", 3),
        PutElsewhere("B2"),
        Lean("B3", 500.0, 1.0),
        Close("front"),
    ]
    trip = await shop(cabinet, actions, told=told.append)
    assert trip.outcome == "shopped"
    assert trip.held == {WATER.gtin: 1, BAR.gtin: 2}
    assert trip.misplaced == {BAR.gtin: 1}
    assert told == actions
    truth = cabinet.truth()
    assert truth.plates["B1"] == {WATER.gtin: 9}
    assert truth.plates["B2"] == {COLA.gtin: 14, BAR.gtin: 1}
    assert truth.hands == {}
    assert truth.doors_open == ()
    assert truth.openings == {"front": 1}


async def test_the_plates_weigh_what_stands_on_them_after_the_visit() -> None:
    cabinet, clock = _cabinet(5)
    _release(cabinet, clock)
    await shop(cabinet, [Open("front"), Take("B1", 2), Take("A2"), PutElsewhere("B2", straddle=("B3", 0.3)), Close("front")])
    clock.step(5.0)
    loads = dict.fromkeys(cabinet.shelf.plates, 0.0)
    for name, plate in cabinet.shelf.plates.items():
        for unit in plate.units:
            beside = plate.straddling.get(unit)
            share = beside[1] if beside else 0.0
            loads[name] += unit.grams * (1 - share)
            if beside:
                loads[beside[0]] += unit.grams * share
    for name, channel in cabinet.channels.items():
        assert channel.sample(clock()).grams == pytest.approx(loads[name], abs=2.5)  # noise and creep


async def test_a_locked_door_and_a_refused_pass_end_the_trip() -> None:
    cabinet, clock = _cabinet()
    before = clock()
    trip = await shop(cabinet, [Present(), Open("front", patience_s=3.0), Take("A1")])
    assert (trip.outcome, trip.held) == ("not_opened", {})
    assert clock() - before == pytest.approx(3 * NS, rel=0.05)

    async def refuse() -> bool:
        return False

    trip = await shop(cabinet, [Present(), Open("front"), Take("A1")], present=refuse)
    assert (trip.outcome, trip.done) == ("refused", (Present(),))


async def test_a_shopper_takes_no_more_than_there_is() -> None:
    cabinet, clock = _cabinet()
    _release(cabinet, clock)
    trip = await shop(cabinet, [Open("front"), Take("B1", 50), Take("B1", 1), LeaveAjar("front")])
    assert trip.held == {WATER.gtin: 10}
    assert cabinet.truth().doors_open == ("front",)


async def _recording(seed: int) -> list[float]:
    cabinet, clock = _cabinet(seed)
    _release(cabinet, clock)
    await shop(cabinet, random_actions(cabinet.layout, random.Random(seed), Habits(takes_nothing=0.0)))
    seen = []
    for _ in range(40):
        clock.step(0.05)
        seen += [channel.sample(clock()).grams for channel in cabinet.channels.values()]
    return seen


async def test_equal_seeds_see_equal_samples_and_others_do_not() -> None:
    first = await _recording(11)
    assert first == await _recording(11)
    assert first != await _recording(12)


def test_random_visits_are_plausible_and_belong_to_their_generator() -> None:
    layout = kerong_layout()
    visits = [random_actions(layout, random.Random(seed)) for seed in range(300)]
    assert visits == [random_actions(layout, random.Random(seed)) for seed in range(300)]
    assert all(visit[0] == Present() for visit in visits)
    opened = [visit for visit in visits if any(isinstance(action, Open) for action in visit)]
    assert {visit[1].door for visit in opened if isinstance(visit[1], Open)} == {"left", "right"}
    assert all(isinstance(visit[-1], Close) for visit in opened)
    takings = Counter(sum(isinstance(action, Take) for action in visit) for visit in opened)
    assert set(takings) == {0, 1, 2, 3, 4}
    gone = [random_actions(layout, random.Random(seed), Habits(does_not_open=1.0, leaves_ajar=1.0)) for seed in range(5)]
    assert all(visit == (Present(),) for visit in gone)


async def test_restocking_fills_the_plate() -> None:
    cabinet, _ = _cabinet()
    await cabinet.take("B1", 7)
    cabinet.walk_away()
    await cabinet.restock("B1", WATER.gtin, 7)
    assert cabinet.truth().plates["B1"] == {WATER.gtin: 10}
    numbers = [unit.number for unit in cabinet.shelf.plates["B1"].units]
    assert len(set(numbers)) == 10


async def test_virtual_time_runs_a_day_of_shopping_in_seconds() -> None:
    cabinet, clock = _cabinet()
    rng = random.Random(3)
    start, began = time.perf_counter(), clock()
    for _ in range(50):
        _release(cabinet, clock)
        await shop(cabinet, random_actions(cabinet.layout, rng))
        clock.step(1700.0)
        for channel in cabinet.channels.values():
            channel.sample(clock())
    assert (clock() - began) / NS > 80_000
    assert time.perf_counter() - start < 5.0


def test_no_reader_says_what_to_do() -> None:
    clock = VirtualClock()
    cabinet = SimulatedCabinet(kerong_layout(), clock_ns=clock, sleep=clock.sleep)
    with pytest.raises(RuntimeError, match="has no code reader; present the pass another way"):
        cabinet.present("x")
