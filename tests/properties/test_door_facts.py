"""Laws of a door's facts, for every sequence of readings, losses and unlock requests."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from devices.config import DoorSettings
from devices.facts import BoltReleased, BoltSecured, DeviceFact, DoorClosed, DoorOpened, DoorSensed, Unlocked
from devices.ports import InputBits
from devices.station.door_watch import DoorWatch

Step = tuple[str, bool, bool]

SENSORS = st.sampled_from([("board:0", "board:1"), ("board:0", None), (None, "board:1")])
STEPS = st.lists(st.tuples(st.sampled_from(["read", "read", "read", "lose", "ask", "give up"]), st.booleans(), st.booleans()), max_size=60)


@dataclass
class Reader:
    """What somebody believes who knows nothing but the facts."""

    open: bool | None = None
    secured: bool | None = None
    tokens: list[str] = field(default_factory=list)

    def take(self, fact: DeviceFact) -> None:
        match fact:
            case DoorSensed():
                self.open, self.secured = fact.open, fact.secured
            case DoorOpened():
                assert self.open is False, "a door that is open does not open"
                self.open = True
            case DoorClosed():
                assert self.open is True, "a door that is closed does not close"
                self.open = False
            case BoltReleased():
                assert self.secured is True, "a released bolt is not released"
                self.secured = False
            case BoltSecured():
                assert self.secured is False, "a secured bolt is not secured"
                self.secured = True
            case Unlocked():
                self.tokens.append(fact.token)
            case _:
                raise AssertionError(f"a door does not report {fact}")


def the_door(contact: str | None, bolt: str | None) -> DoorWatch:
    return DoorWatch(
        DoorSettings.model_validate({"id": "d", "lock": "board:0", "contact": contact, "bolt": bolt, "person_can_be_inside": False})
    )


@given(SENSORS, STEPS)
def test_the_facts_alone_tell_the_state(sensors: tuple[str | None, str | None], steps: list[Step]) -> None:
    door, reader = the_door(*sensors), Reader()
    for at_ns, (what, contact, bolt) in enumerate(steps):
        if what == "read":
            for fact in door.feed("board", InputBits(at_ns, (contact, bolt))):
                reader.take(fact)
            shut = contact if sensors[0] is not None else bolt
            assert reader.open is not shut
            assert reader.secured == (bolt if sensors[1] is not None else None)
        elif what == "lose":
            door.forget("board")
            reader = Reader(tokens=reader.tokens)


@given(SENSORS, STEPS)
def test_an_unlock_is_proved_at_most_once_and_only_by_a_sensor_that_moved_after_it_was_asked(
    sensors: tuple[str | None, str | None], steps: list[Step]
) -> None:
    door = the_door(*sensors)
    last: list[bool | None] = [None, None]
    open_token: str | None = None
    proved: set[str] = set()
    for at_ns, (what, contact, bolt) in enumerate(steps):
        if what == "read":
            facts = door.feed("board", InputBits(at_ns, (contact, bolt)))
            now = [contact, bolt]
            released = any(
                sensor is not None and before is True and after is False for sensor, before, after in zip(sensors, last, now, strict=True)
            )
            tokens = [fact.token for fact in facts if isinstance(fact, Unlocked)]
            assert tokens == ([open_token] if open_token is not None and released else [])
            assert not proved & set(tokens)
            if tokens:
                assert isinstance(facts[0], Unlocked), "the proof comes before what it explains"
                proved.update(tokens)
                open_token = None
            last = list(now)
        elif what == "lose":
            door.forget("board")
            last = [None, None]
        elif what == "ask" and open_token is None:
            open_token = f"visit-{at_ns}"
            assert door.await_release(open_token, at_ns) is None
        elif what == "give up" and open_token is not None:
            door.stop_awaiting(open_token)
            open_token = None
