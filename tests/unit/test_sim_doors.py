"""The simulated door: latch kinds, sensors, closer, faults."""

from __future__ import annotations

import pytest

from devices.sim.doors import NS, DoorPhysics, DoorTraits, StuckSensor

HOOK = DoorTraits(latch="hook", pops_open=True)


def _at(seconds: float) -> int:
    return round(seconds * NS)


def test_a_strike_gives_way_for_the_pulse_only() -> None:
    door = DoorPhysics()
    door.energise(_at(1.0), _at(1.7))
    assert [door.bolt_holds(_at(second)) for second in (0.9, 1.02, 1.1, 1.7, 1.8)] == [True, True, False, False, True]
    assert not door.pull(_at(2.0))
    assert not door.contact_open(_at(2.0))


def test_a_second_pulse_during_the_first_does_not_let_the_strike_catch_in_between() -> None:
    door = DoorPhysics()
    door.energise(_at(1.0), _at(1.7))
    door.energise(_at(1.5), _at(2.2))
    assert [door.bolt_holds(_at(second)) for second in (1.4, 1.51, 1.8, 2.3)] == [False, False, False, True]


def test_a_pulled_door_is_open_until_it_is_pushed_and_latches_after() -> None:
    door = DoorPhysics()
    door.energise(_at(1.0), _at(1.7))
    assert door.pull(_at(1.5))
    assert door.contact_open(_at(9.0))
    assert not door.bolt_holds(_at(9.0))
    door.push(_at(10.0))
    assert not door.contact_open(_at(10.0))
    assert not door.bolt_holds(_at(10.05))
    assert door.bolt_holds(_at(10.1))
    assert door.openings == 1


def test_a_hook_ejects_the_leaf_even_if_nobody_looks_during_the_pulse() -> None:
    door = DoorPhysics(HOOK)
    door.energise(_at(1.0), _at(1.5))
    assert door.contact_open(_at(60.0))
    assert not door.bolt_holds(_at(60.0))
    door.push(_at(61.0))
    assert door.bolt_holds(_at(62.0))
    assert not door.contact_open(_at(62.0))


def test_a_closer_shuts_a_door_that_was_let_go() -> None:
    door = DoorPhysics(DoorTraits(closer_s=5.0))
    door.pull(0, force=True)
    door.let_go(_at(1.0))
    assert door.contact_open(_at(5.9))
    assert not door.contact_open(_at(6.1))
    assert door.bolt_holds(_at(6.2))


def test_an_ajar_door_is_open_and_not_held() -> None:
    door = DoorPhysics()
    door.pull(0, force=True)
    door.push(_at(1.0), ajar=True)
    assert door.contact_open(_at(2.0))
    assert not door.bolt_holds(_at(2.0))


def test_a_dead_coil_a_jammed_latch_and_a_welded_relay() -> None:
    dead = DoorPhysics()
    dead.troubles.coil_dead = True
    dead.energise(0, _at(1.0))
    assert dead.bolt_holds(_at(0.5))
    assert not dead.pull(_at(0.5))

    jammed = DoorPhysics()
    jammed.troubles.latch_jammed = True
    assert not jammed.bolt_holds(_at(1.0))
    assert jammed.pull(_at(1.0))

    welded = DoorPhysics()
    welded.energise(0, None)
    assert not welded.bolt_holds(_at(3600.0))
    welded.de_energise(_at(3600.0))
    assert welded.bolt_holds(_at(3601.0))


@pytest.mark.parametrize(("stuck", "reads"), [("on", True), ("off", False)])
def test_stuck_sensors_lie(stuck: StuckSensor, reads: bool) -> None:
    door = DoorPhysics()
    door.troubles.contact_stuck = door.troubles.bolt_stuck = stuck
    for second in (0.0, 2.0):
        assert door.contact_open(_at(second)) is reads
        assert door.bolt_holds(_at(second)) is reads
        door.pull(_at(second), force=True)


def test_a_contact_bounces_after_every_movement_and_then_tells_the_truth() -> None:
    door = DoorPhysics(DoorTraits(bounce_s=0.01))
    door.pull(_at(1.0), force=True)
    assert [door.contact_open(_at(1.0 + millisecond / 1000)) for millisecond in (0.5, 1.5, 2.5, 9.5, 10.5)] == [
        False,
        True,
        False,
        True,
        True,
    ]
    door.push(_at(2.0))
    assert [door.contact_open(_at(2.0 + millisecond / 1000)) for millisecond in (0.5, 1.5, 10.5)] == [True, False, False]
