"""The lock test by what the sensors tell: every way in which a lock can be wrong has its own words."""

from __future__ import annotations

import pytest

from devices.commissioning.locking import DoorFact, LockRun, LockTimes, lock_test
from devices.commissioning.said import CameToNothing, Said
from devices.facts import BoltReleased, BoltSecured, DeviceLost, DoorClosed, DoorOpened, Unlocked, UnlockFailed, UnlockFailure

MS = 1_000_000
TIMES = LockTimes(answer_s=8.0, open_s=15.0, relock_s=5.0, patience_s=120.0)
UNLOCKED = Unlocked(at_ns=110 * MS, door="d", token="v")
RELEASED = BoltReleased(at_ns=110 * MS, door="d")
OPENED = DoorOpened(at_ns=900 * MS, door="d")
CLOSED = DoorClosed(at_ns=2000 * MS, door="d")
SECURED = BoltSecured(at_ns=2180 * MS, door="d")


class Told:
    """Facts one after the other, then silence."""

    def __init__(self, *facts: DoorFact) -> None:
        self._facts = list(facts)

    async def next(self, within_s: float) -> DoorFact | None:
        return self._facts.pop(0) if self._facts else None


async def run(*facts: DoorFact, has_bolt: bool = True) -> tuple[LockRun, list[str]]:
    said: list[Said] = []
    found = await lock_test(Told(*facts), "d", token="v", asked_ns=0, has_contact=True, has_bolt=has_bolt, times=TIMES, tell=said.append)
    return found, [one.code for one in said]


def failed(reason: UnlockFailure) -> UnlockFailed:
    return UnlockFailed(at_ns=MS, door="d", token="v", reason=reason, detail="")


async def test_what_the_sensors_tell_becomes_milliseconds() -> None:
    found, said = await run(UNLOCKED, RELEASED, DoorOpened(at_ns=5, door="other"), OPENED, CLOSED, SECURED)
    assert found == LockRun(released_ms=110.0, opened_ms=900.0, closed_ms=2000.0, secured_ms=180.0, held_while_open=False)
    assert said == ["open_unlocked", "close_door"]


async def test_a_strike_holds_again_while_the_door_stands_open() -> None:
    found, _ = await run(UNLOCKED, RELEASED, OPENED, BoltSecured(at_ns=1500 * MS, door="d"), CLOSED)
    assert (found.held_while_open, found.secured_ms) == (True, 0.0)


async def test_a_door_without_bolt_sensor_is_proven_by_its_opening() -> None:
    found, _ = await run(failed("no_movement"), OPENED, CLOSED, has_bolt=False)
    assert (found.released_ms, found.secured_ms) == (None, None)


@pytest.mark.parametrize(
    ("facts", "has_bolt", "code"),
    [
        ((), True, "lock_silent"),
        ((Unlocked(at_ns=MS, door="d", token="another"),), True, "lock_silent"),
        ((failed("no_movement"),), True, "no_bolt_movement"),
        ((failed("unreachable"),), True, "unlock_not_sent"),
        ((failed("expired"),), True, "unlock_not_sent"),
        ((UNLOCKED, RELEASED), True, "not_opened"),
        ((failed("no_movement"),), False, "not_opened_no_bolt"),
        ((UNLOCKED, RELEASED, OPENED), True, "held_open"),
        ((UNLOCKED, RELEASED, OPENED, CLOSED), True, "not_locked_again"),
        ((UNLOCKED, DeviceLost(at_ns=MS, device="b", doors=("d",), plates=(), reason="silent")), True, "door_lost"),
    ],
)
async def test_each_thing_that_is_wrong_has_its_own_words(facts: tuple[DoorFact, ...], has_bolt: bool, code: str) -> None:
    with pytest.raises(CameToNothing) as told:
        await run(*facts, has_bolt=has_bolt)
    assert (told.value.code, told.value.advice != "") == (code, True)
