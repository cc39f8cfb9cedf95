"""A door's sensors become facts, and only a sensor proves an unlock."""

from __future__ import annotations

from typing import Any

import pytest

from devices.config import DoorSettings
from devices.facts import BoltReleased, BoltSecured, DeviceFact, DoorClosed, DoorOpened, DoorSensed, Unlocked
from devices.ports import InputBits
from devices.station.door_watch import DoorWatch


def watch(**changes: Any) -> DoorWatch:
    settings = {"id": "front", "lock": "board:0", "contact": "board:0", "bolt": "board:1", "person_can_be_inside": False, **changes}
    return DoorWatch(DoorSettings.model_validate(settings))


def seen(door: DoorWatch, at_ns: int, *bits: int, device: str = "board") -> tuple[DeviceFact, ...]:
    return door.feed(device, InputBits(at_ns, tuple(bool(bit) for bit in bits)))


def test_first_a_state_then_changes() -> None:
    door = watch()
    assert seen(door, 1, 1, 1) == (DoorSensed(at_ns=1, door="front", open=False, secured=True),)
    assert seen(door, 2, 1, 1) == ()
    assert seen(door, 3, 1, 0) == (BoltReleased(at_ns=3, door="front"),)
    assert seen(door, 4, 0, 0) == (DoorOpened(at_ns=4, door="front"),)
    assert seen(door, 5, 1, 0) == (DoorClosed(at_ns=5, door="front"),)
    assert seen(door, 6, 1, 1) == (BoltSecured(at_ns=6, door="front"),)


def test_the_order_within_one_reading_is_the_door_s_own() -> None:
    door = watch()
    seen(door, 1, 1, 1)
    assert seen(door, 2, 0, 0) == (BoltReleased(at_ns=2, door="front"), DoorOpened(at_ns=2, door="front"))
    assert seen(door, 3, 1, 1) == (DoorClosed(at_ns=3, door="front"), BoltSecured(at_ns=3, door="front"))


@pytest.mark.parametrize("contact_open_when", [False, True])
@pytest.mark.parametrize("bolt_released_when", [False, True])
def test_polarity_belongs_to_the_door(contact_open_when: bool, bolt_released_when: bool) -> None:
    door = watch(contact_open_when=contact_open_when, bolt_released_when=bolt_released_when)
    facts = seen(door, 1, contact_open_when, not bolt_released_when)
    assert facts == (DoorSensed(at_ns=1, door="front", open=True, secured=True),)


def test_a_cut_wire_reads_as_an_open_door_and_a_released_bolt_by_default() -> None:
    assert seen(watch(), 1, 0, 0) == (DoorSensed(at_ns=1, door="front", open=True, secured=False),)


def test_a_door_without_contact_is_as_open_as_its_hook_is_released() -> None:
    door = watch(contact=None)
    assert seen(door, 1, 0, 1) == (DoorSensed(at_ns=1, door="front", open=False, secured=True),)
    assert seen(door, 2, 0, 0) == (BoltReleased(at_ns=2, door="front"), DoorOpened(at_ns=2, door="front"))
    assert seen(door, 3, 0, 1) == (DoorClosed(at_ns=3, door="front"), BoltSecured(at_ns=3, door="front"))


def test_a_door_without_bolt_sensor_is_never_called_secured() -> None:
    door = watch(bolt=None)
    assert seen(door, 1, 1) == (DoorSensed(at_ns=1, door="front", open=False, secured=None),)
    assert seen(door, 2, 0) == (DoorOpened(at_ns=2, door="front"),)


def test_sensors_on_two_boards_are_one_door() -> None:
    door = watch(bolt="other:0")
    assert seen(door, 1, 1) == ()
    assert seen(door, 2, 1, device="other") == (DoorSensed(at_ns=2, door="front", open=False, secured=True),)
    assert door.devices == {"board", "other"}
    door.forget("other")
    assert door.live().secured is None
    assert seen(door, 3, 0) == ()  # half known: no fact until the state is whole again
    assert seen(door, 4, 0, device="other") == (DoorSensed(at_ns=4, door="front", open=True, secured=False),)
    assert seen(door, 5, 0, device="stranger") == ()


def test_a_release_after_the_request_is_its_proof_and_comes_first() -> None:
    door = watch()
    seen(door, 1, 1, 1)
    assert door.await_release("visit-1", asked_ns=10) is None
    assert seen(door, 11, 1, 1) == ()
    assert seen(door, 12, 1, 0) == (Unlocked(at_ns=12, door="front", token="visit-1"), BoltReleased(at_ns=12, door="front"))
    assert seen(door, 13, 0, 0) == (DoorOpened(at_ns=13, door="front"),)


def test_a_release_seen_before_the_acknowledgement_still_counts() -> None:
    door = watch()
    seen(door, 1, 1, 1)
    seen(door, 12, 1, 0)
    assert door.await_release("visit-1", asked_ns=10) == Unlocked(at_ns=12, door="front", token="visit-1")
    assert seen(door, 13, 0, 0) == (DoorOpened(at_ns=13, door="front"),)


def test_a_release_before_the_request_proves_nothing() -> None:
    door = watch()
    seen(door, 1, 1, 1)
    seen(door, 9, 1, 0)
    assert door.await_release("visit-1", asked_ns=10) is None


def test_a_bolt_that_secures_is_no_proof() -> None:
    door = watch()
    seen(door, 1, 1, 0)
    assert door.provable  # the contact can still move
    door.await_release("visit-1", asked_ns=2)
    assert seen(door, 3, 1, 1) == (BoltSecured(at_ns=3, door="front"),)
    assert seen(door, 4, 0, 1) == (Unlocked(at_ns=4, door="front", token="visit-1"), DoorOpened(at_ns=4, door="front"))


def test_nothing_can_be_proved_at_a_door_that_is_open_and_released() -> None:
    door = watch()
    seen(door, 1, 0, 0)
    assert not door.provable


def test_a_late_release_belongs_to_nobody() -> None:
    door = watch()
    seen(door, 1, 1, 1)
    door.await_release("visit-1", asked_ns=2)
    door.stop_awaiting("visit-1")
    assert seen(door, 3, 1, 0) == (BoltReleased(at_ns=3, door="front"),)
