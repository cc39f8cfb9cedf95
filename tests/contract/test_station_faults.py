"""The station and what the field does to sensors and lines: wired the wrong way round, stuck, welded, restarted, two at one address."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import Any

from devices.facts import (
    BoltReleased,
    BoltSecured,
    DeviceFact,
    DeviceFound,
    DeviceLost,
    DoorClosed,
    DoorOpened,
    DoorSensed,
    Unlocked,
    UnlockFailed,
)
from devices.sim.cabinet import SimulatedCabinet
from devices.sim.doors import DoorTraits
from devices.sim.layout import CabinetLayout, SimDoor, demo_layout, kerong_layout
from devices.sim.relay_board import PROFILES, RelayBoard
from devices.sim.store_config import device_tables
from tests.contract.station_rig import Rig, cabinet_with_station, running_station, settings_for


def locks_only(**changes: Any) -> CabinetLayout:
    return replace(demo_layout(), reader=False, **changes)


def lock_board(rig: Rig) -> RelayBoard:
    board = rig.cabinet.wiring.lock_board
    assert isinstance(board, RelayBoard)
    return board


async def unlock(rig: Rig, token: str = "visit-1", pulse_s: float = 0.5) -> DeviceFact:
    before = rig.facts.now
    await rig.station.pulse(rig.door, token=token, pulse_s=pulse_s, expires_ns=time.monotonic_ns() + 5_000_000_000)
    (outcome,) = [fact for fact in rig.facts.seen[before:] if isinstance(fact, Unlocked | UnlockFailed)]
    return outcome


def door_facts(rig: Rig, after: int) -> list[type[DeviceFact]]:
    return [type(fact) for fact in rig.facts.seen[after:] if getattr(fact, "door", None) == rig.door]


async def test_a_hook_sensor_that_always_says_locked_proves_no_unlock() -> None:
    """The hook really opened; nobody can see it, so it does not count, and it is not tried again."""
    async with cabinet_with_station(kerong_layout()) as rig:
        rig.cabinet.doors[rig.door].troubles.bolt_stuck = "on"
        outcome = await unlock(rig)
        assert isinstance(outcome, UnlockFailed)
        assert outcome.reason == "no_movement"
        assert rig.cabinet.doors[rig.door].leaf == "ajar"
        assert len(rig.cabinet.wiring.lock_board.pulses) == 1


async def test_a_contact_proves_the_unlock_past_a_bolt_sensor_that_always_says_locked() -> None:
    async with cabinet_with_station(locks_only()) as rig:
        rig.cabinet.doors[rig.door].troubles.bolt_stuck = "on"
        start = rig.facts.now
        pull = asyncio.create_task(rig.cabinet.open_door(rig.door))
        assert isinstance(await unlock(rig), Unlocked)
        assert await pull
        await rig.cabinet.close_door(rig.door)
        await rig.facts.next(DoorClosed, after=start)
        assert door_facts(rig, start) == [Unlocked, DoorOpened, DoorClosed]


async def test_a_shorted_contact_hides_the_opening_and_the_bolt_still_tells_of_it() -> None:
    async with cabinet_with_station(locks_only()) as rig:
        rig.cabinet.doors[rig.door].troubles.contact_stuck = "off"
        start = rig.facts.now
        assert isinstance(await unlock(rig), Unlocked)
        assert await rig.cabinet.open_door(rig.door)
        await asyncio.sleep(0.8)  # longer than the pulse: a door that were shut would hold again
        assert door_facts(rig, start) == [Unlocked, BoltReleased]
        await rig.cabinet.close_door(rig.door)
        await rig.facts.next(BoltSecured, after=start)


async def test_a_bouncing_contact_is_one_opening_and_one_closing() -> None:
    """Thirty milliseconds of yes and no: readings at their usual pace meet it at most once, so that no pair of false facts can come."""
    door = SimDoor("front", DoorTraits(bounce_s=0.03))
    async with cabinet_with_station(locks_only(doors=(door,))) as rig:
        for number in range(3):
            await asyncio.sleep(0.026 * number % 0.08)  # another place in the reading cycle each time
            start = rig.facts.now
            await rig.cabinet.force_door("front")
            await asyncio.sleep(0.25)
            await rig.cabinet.close_door("front")
            await rig.facts.next(BoltSecured, after=start)
            await asyncio.sleep(0.1)
            kinds = [kind for kind in door_facts(rig, start) if kind in (DoorOpened, DoorClosed)]
            assert kinds == [DoorOpened, DoorClosed]


async def test_a_contact_wired_the_other_way_round_is_a_setting() -> None:
    """With the level turned round the door reads open while it is shut, at once and in the first state; the setting puts it right."""
    async with SimulatedCabinet(locks_only()) as cabinet:
        (table,) = device_tables(cabinet)["door"]
        wrong = settings_for(cabinet, door=[{**table, "contact_open_when": True}])
        async with running_station(cabinet, wrong) as rig:
            (sensed,) = rig.facts.of(DoorSensed)
            assert (sensed.open, sensed.secured) == (True, True), "open and held at once: nobody can have that"
        async with running_station(cabinet) as rig:
            (sensed,) = rig.facts.of(DoorSensed)
            assert (sensed.open, sensed.secured) == (False, True)


async def test_a_board_that_restarts_within_three_questions_is_not_lost_and_its_pulse_is_over() -> None:
    async with cabinet_with_station(locks_only()) as rig:
        start = rig.facts.now
        assert isinstance(await unlock(rig, pulse_s=5.0), Unlocked)
        line = rig.cabinet.buses["locks"]
        line.faults.absent.add("locks")
        with rig.cabinet.lock:
            lock_board(rig).rebooted(time.monotonic_ns())
        await asyncio.sleep(0.15)
        line.faults.clear()
        await rig.facts.next(BoltSecured, after=start)
        assert door_facts(rig, start) == [Unlocked, BoltReleased, BoltSecured]
        assert len(lock_board(rig).pulses) == 1


async def test_two_boards_at_one_address_move_no_door(soon_asked_again: None) -> None:
    """A second board with the first one's address, its inputs the other way round: what they say together is not believed."""
    async with cabinet_with_station(locks_only()) as rig:
        start = rig.facts.now
        twin = RelayBoard("twin", PROFILES["waveshare"], senses=[lambda at_ns: False, lambda at_ns: False])
        rig.cabinet.buses["locks"].attach(twin)
        lost = await rig.facts.next(DeviceLost, after=start)
        assert lost.device == "locks"
        outcome = await unlock(rig)
        assert isinstance(outcome, UnlockFailed)
        assert outcome.reason == "unreachable"
        rig.cabinet.buses["locks"].detach(twin)
        await rig.facts.next(DeviceFound, after=start)
        await rig.facts.next(DoorSensed, after=start)
        assert door_facts(rig, start) == [UnlockFailed, DoorSensed]
        assert lock_board(rig).pulses == []
        assert twin.pulses == []


async def test_on_a_noisy_lock_line_an_unlock_happens_at_most_once_and_is_told_truly() -> None:
    """One byte in fifty is damaged."""
    async with cabinet_with_station(locks_only()) as rig:
        rig.cabinet.buses["locks"].faults.noise = 0.02
        outcomes = []
        for number in range(2):
            pulses = len(lock_board(rig).pulses)
            outcome = await unlock(rig, token=f"visit-{number}", pulse_s=0.7)
            given = len(lock_board(rig).pulses) - pulses
            assert given <= 1
            assert given == 1 or isinstance(outcome, UnlockFailed)
            outcomes.append(outcome)
            start = rig.facts.now
            if isinstance(outcome, Unlocked):
                await rig.facts.next(BoltSecured, after=start)
        assert any(isinstance(outcome, Unlocked) for outcome in outcomes)
        assert rig.facts.of(DoorOpened) == []
