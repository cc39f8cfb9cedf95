"""The station and a cabinet's doors over real bytes: what is reported, how soon, and what an unlock needs to count."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from devices.config import DevicesSettings
from devices.facts import (
    BoltReleased,
    BoltSecured,
    DeviceFound,
    DeviceLost,
    DoorClosed,
    DoorOpened,
    DoorSensed,
    PlatesMeasured,
    Unlocked,
    UnlockFailed,
)
from devices.protocols.node import HEARTBEAT_LIMIT_S
from devices.sim.layout import CabinetLayout, SimDoor, demo_layout, kerong_layout
from devices.sim.line import LineFormat
from devices.sim.paced_bus import PacedBus
from devices.station import Station
from tests.contract.driver_peers import PEERS
from tests.contract.station_rig import Facts, Rig, cabinet_with_station
from tests.waiting import until

SEEN_WITHIN_NS = 150_000_000  # ns; an opening at 9600 baud
SOON_S = 5.0


def locks_only(**changes: Any) -> CabinetLayout:
    return replace(demo_layout(), reader=False, **changes)


def expires() -> int:
    return time.monotonic_ns() + round(SOON_S * 1e9)


async def unlock(rig: Rig, token: str = "visit-1", pulse_s: float = 0.7) -> Unlocked | UnlockFailed:
    before = rig.facts.now
    await rig.station.pulse(rig.door, token=token, pulse_s=pulse_s, expires_ns=expires())
    outcomes = [fact for fact in rig.facts.seen[before:] if isinstance(fact, Unlocked | UnlockFailed)]
    assert len(outcomes) == 1, "exactly one outcome per request, before pulse() returns"
    assert outcomes[0].token == token
    return outcomes[0]


@pytest.mark.parametrize("layout", [locks_only(), locks_only(lock="pulse-0100"), kerong_layout()], ids=["flash-on", "pulse-0100", "kerong"])
async def test_a_visit_s_door_facts_in_order(layout: CabinetLayout) -> None:
    async with cabinet_with_station(layout) as rig:
        assert rig.facts.of(DoorSensed)[0].open is False
        assert rig.facts.of(DoorSensed)[0].secured is True
        start = rig.facts.now
        assert isinstance(await unlock(rig), Unlocked)
        assert await rig.cabinet.open_door(rig.door)
        await rig.facts.next(DoorOpened, after=start)
        await rig.cabinet.close_door(rig.door)
        await rig.facts.next(BoltSecured, after=start)
        kinds = [type(fact) for fact in rig.facts.seen[start:] if getattr(fact, "door", None) == rig.door]
        assert kinds == [Unlocked, BoltReleased, DoorOpened, DoorClosed, BoltSecured]
        assert len(rig.cabinet.wiring.lock_board.pulses) == 1


async def test_an_opening_is_seen_within_150_ms_at_9600_baud() -> None:
    async with cabinet_with_station(locks_only(lock_baud=9600)) as rig:
        delays = []
        for attempt in range(10):
            await asyncio.sleep(0.037 * attempt % 0.1)  # another place in the polling cycle each time
            start, forced_ns = rig.facts.now, time.monotonic_ns()
            await rig.cabinet.force_door(rig.door)
            delays.append((await rig.facts.next(DoorOpened, after=start)).at_ns - forced_ns)
            await rig.cabinet.close_door(rig.door)
            await rig.facts.next(BoltSecured, after=start)
        assert sorted(delays)[-2] < SEEN_WITHIN_NS, [delay / 1e6 for delay in delays]  # one may meet a busy test machine


async def test_an_acknowledged_pulse_without_movement_is_no_unlock() -> None:
    async with cabinet_with_station(locks_only()) as rig:
        rig.cabinet.doors[rig.door].troubles.coil_dead = True
        outcome = await unlock(rig, pulse_s=0.2)
        assert isinstance(outcome, UnlockFailed)
        assert outcome.reason == "no_movement"
        assert len(rig.cabinet.wiring.lock_board.pulses) == 1, "sent once and not repeated"


async def test_a_pulse_is_proved_by_the_contact_when_the_bolt_sensor_is_stuck() -> None:
    async with cabinet_with_station(locks_only()) as rig:
        rig.cabinet.doors[rig.door].troubles.bolt_stuck = "off"  # reads as released for ever
        await rig.facts.next(BoltReleased)
        pull = asyncio.create_task(rig.cabinet.open_door(rig.door))
        assert isinstance(await unlock(rig), Unlocked)
        assert await pull


async def test_nothing_is_sent_where_no_sensor_could_prove_it() -> None:
    async with cabinet_with_station(kerong_layout()) as rig:
        rig.cabinet.doors[rig.door].troubles.bolt_stuck = "off"
        await rig.facts.next(BoltReleased)
        outcome = await unlock(rig)
        assert isinstance(outcome, UnlockFailed)
        assert outcome.reason == "no_movement"
        assert "nothing was sent" in outcome.detail
        assert rig.cabinet.wiring.lock_board.pulses == []


async def test_the_same_token_and_door_is_executed_once() -> None:
    async with cabinet_with_station(locks_only()) as rig:
        ends = expires()
        await asyncio.gather(*(rig.station.pulse(rig.door, token="visit-1", pulse_s=0.3, expires_ns=ends) for _ in range(3)))
        await rig.station.pulse(rig.door, token="visit-1", pulse_s=0.3, expires_ns=ends)
        assert len(rig.facts.of(Unlocked)) == 1
        assert rig.facts.of(UnlockFailed) == []
        assert len(rig.cabinet.wiring.lock_board.pulses) == 1


async def test_an_expired_request_is_never_sent() -> None:
    async with cabinet_with_station(locks_only()) as rig:
        await rig.station.pulse(rig.door, token="late", pulse_s=0.3, expires_ns=time.monotonic_ns())
        assert rig.facts.of(UnlockFailed)[0].reason == "expired"
        assert rig.cabinet.wiring.lock_board.pulses == []


async def test_a_request_that_expires_while_the_line_is_busy_is_never_sent() -> None:
    """The board is mute, so the line is kept silent for a while; the pulse's time is over before its turn comes."""
    quick = {"timeout_ms": 60.0, "settle_ms": 900.0}
    async with cabinet_with_station(locks_only(), device=[_device(**quick), _scale()]) as rig:
        line = rig.cabinet.buses["locks"]
        line.faults.silent.add("locks")
        mute_ns = time.monotonic_ns()
        # until a question that nobody will answer is on the line
        await until(lambda: any(frame.source == "controller" and frame.start_ns > mute_ns for frame in line.log), within_s=2.0)
        await rig.station.pulse(rig.door, token="late", pulse_s=0.3, expires_ns=time.monotonic_ns() + 200_000_000)
        assert [(fact.reason, fact.token) for fact in rig.facts.of(UnlockFailed)] == [("expired", "late")]
        assert rig.cabinet.wiring.lock_board.pulses == []


async def test_a_lost_board_refuses_at_once_and_the_request_never_fires_later() -> None:
    async with cabinet_with_station(locks_only()) as rig:
        line = rig.cabinet.buses["locks"]
        line.unplug()
        lost = await rig.facts.next(DeviceLost, where=lambda fact: fact.device == "locks")
        assert lost.doors == (rig.door,)
        outcome = await unlock(rig)
        assert isinstance(outcome, UnlockFailed)
        assert outcome.reason == "unreachable"
        start = rig.facts.now
        line.replug()
        await rig.facts.next(DeviceFound, after=start)
        sensed = await rig.facts.next(DoorSensed, after=start)
        assert (sensed.open, sensed.secured) == (False, True)
        assert rig.cabinet.wiring.lock_board.pulses == []
        assert isinstance(await unlock(rig, token="visit-2"), Unlocked)


async def test_a_lost_answer_to_a_pulse_is_judged_by_the_sensors() -> None:
    """The board acts and its acknowledgement is lost: the pulse is not repeated, and the bolt says that it happened."""
    async with cabinet_with_station(locks_only()) as rig:
        line = rig.cabinet.buses["locks"]
        board = rig.cabinet.wiring.lock_board

        async def mute_for_one_answer() -> None:
            line.faults.silent.add("locks")
            await until(lambda: board.pulses, within_s=SOON_S)
            await asyncio.sleep(0.05)
            line.faults.silent.clear()

        muting = asyncio.create_task(mute_for_one_answer())
        outcome = await unlock(rig, pulse_s=2.0)
        await muting
        assert isinstance(outcome, Unlocked)
        assert len(board.pulses) == 1


async def test_sensors_that_are_lost_after_the_pulse_prove_nothing_either_way() -> None:
    async with cabinet_with_station(locks_only()) as rig:
        rig.cabinet.doors[rig.door].troubles.coil_dead = True
        asking = asyncio.create_task(unlock(rig, pulse_s=1.0))
        await until(lambda: rig.cabinet.wiring.lock_board.pulses, within_s=SOON_S)
        await asyncio.sleep(0.1)
        rig.cabinet.buses["locks"].unplug()
        outcome = await asking
        assert isinstance(outcome, UnlockFailed)
        assert outcome.reason == "unreachable"
        assert "lost before they could prove it" in outcome.detail


async def test_a_forced_door_is_opened_without_an_unlock() -> None:
    async with cabinet_with_station(locks_only()) as rig:
        await rig.cabinet.force_door(rig.door)
        await rig.facts.next(DoorOpened)
        assert rig.facts.of(Unlocked) == []


async def test_a_door_that_changed_while_its_board_was_away_is_a_state_again() -> None:
    async with cabinet_with_station(locks_only()) as rig:
        line = rig.cabinet.buses["locks"]
        line.unplug()
        await rig.facts.next(DeviceLost)
        await rig.cabinet.force_door(rig.door)
        start = rig.facts.now
        line.replug()
        sensed = await rig.facts.next(DoorSensed, after=start)
        assert (sensed.open, sensed.secured) == (True, False)
        assert rig.facts.of(DoorOpened) == []


async def test_two_doors_on_one_board_do_not_prove_each_other() -> None:
    layout = locks_only(doors=(SimDoor("left"), SimDoor("right")))
    async with cabinet_with_station(layout) as rig:
        rig.cabinet.doors["left"].troubles.coil_dead = True
        left = asyncio.create_task(rig.station.pulse("left", token="a", pulse_s=0.3, expires_ns=expires()))
        right = asyncio.create_task(rig.station.pulse("right", token="b", pulse_s=0.3, expires_ns=expires()))
        await asyncio.gather(left, right)
        assert [(fact.door, fact.token) for fact in rig.facts.of(Unlocked)] == [("right", "b")]
        assert [(fact.door, fact.reason) for fact in rig.facts.of(UnlockFailed)] == [("left", "no_movement")]


async def test_an_unknown_door_is_answered_and_nothing_moves() -> None:
    async with cabinet_with_station(locks_only()) as rig:
        await rig.station.pulse("cellar", token="x", pulse_s=0.3, expires_ns=expires())
        assert rig.facts.of(UnlockFailed)[0].reason == "misconfigured"
        assert rig.cabinet.wiring.lock_board.pulses == []


async def test_our_own_node_is_scale_and_lock_board_at_once(tmp_path: Path, soon_asked_again: None) -> None:
    """Its heartbeat rule is met for longer than its limit, and its inputs come unasked."""
    peer = PEERS["node", "cell-node"]()
    facts = Facts()
    with PacedBus(tmp_path / "node", LineFormat(peer.baud, half_duplex=False), stations=[peer.station]) as line:
        settings = DevicesSettings.model_validate(
            {
                "bus": [{"name": "node", "url": f"serial://{line.path}", "baud": peer.baud}],
                "device": [{"name": "node", "driver": "node", "product": "cell-node", "bus": "node", "options": peer.options}],
                "door": [
                    {"id": name, "lock": f"node:{n}", "bolt": f"node:{n}", "person_can_be_inside": False} for n, name in enumerate("ab")
                ],
                "plate": [{"id": f"P{n}", "device": "node", "channel": n, "rated_g": 5000} for n in range(2)],
            }
        )
        station = Station(settings, sink=facts)
        running = asyncio.create_task(station.run())
        try:
            await facts.next(PlatesMeasured)
            await asyncio.sleep(HEARTBEAT_LIMIT_S + 0.3)
            await station.pulse("b", token="visit-1", pulse_s=0.5, expires_ns=expires())
            assert [(fact.door, fact.token) for fact in facts.of(Unlocked)] == [("b", "visit-1")]
            line.faults.absent.add("peer")
            lost = await facts.next(DeviceLost)
            assert (lost.doors, lost.plates) == (("a", "b"), ("P0", "P1"))
            line.faults.clear()
            await facts.next(DeviceFound)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
    assert [output for output, _, _ in peer.pulses] == [1]


def _device(**changes: object) -> dict[str, object]:
    return {"name": "locks", "driver": "modbus_relay", "product": "waveshare-relay-8ch", "bus": "locks", **changes}


def _scale() -> dict[str, object]:
    return {"name": "scale", "driver": "modbus_scale", "product": "transmitter-multi", "bus": "scales", "options": {"channels": 6}}
