"""One door as its sensors tell it: raw inputs in, door facts out, and the proof that an unlock really moved something.

Pure: no I/O, no clock; the time of every reading comes in. Polarity is applied here and nowhere else. A lock board's "accepted" never
appears here: only a sensor that moves to its released side, in a reading taken after the pulse was asked for, is a proof.
"""

from __future__ import annotations

from dataclasses import dataclass

from devices.config import DoorSettings, Terminal
from devices.facts import BoltReleased, BoltSecured, DeviceFact, DoorClosed, DoorOpened, DoorSensed, Unlocked
from devices.ports import InputBits


@dataclass(frozen=True, slots=True)
class DoorLive:
    """A door's sensors now. None: not known (never read, or its device is lost) or not fitted."""

    door: str
    contact_raw: bool | None
    bolt_raw: bool | None
    open: bool | None
    secured: bool | None
    at_ns: int | None


@dataclass(slots=True)
class _Sensor:
    """One input wire: its last raw level, and when it last moved to its released side."""

    terminal: Terminal
    released_when: bool
    raw: bool | None = None
    released_ns: int | None = None

    @property
    def released(self) -> bool | None:
        return None if self.raw is None else self.raw == self.released_when

    def take(self, at_ns: int, raw: bool) -> bool:
        """Store a level; True when a known level changed."""
        changed = self.raw is not None and raw != self.raw
        self.raw = raw
        if changed and raw == self.released_when:
            self.released_ns = at_ns
        return changed


class DoorWatch:
    """The sensors of one door. ``feed`` every reading of every device; readings of other devices are ignored."""

    def __init__(self, settings: DoorSettings) -> None:
        self.settings = settings
        self._contact = None if settings.contact is None else _Sensor(settings.contact, settings.contact_open_when)
        self._bolt = None if settings.bolt is None else _Sensor(settings.bolt, settings.bolt_released_when)
        self._announced = False
        self._at_ns: int | None = None
        self._token: str | None = None
        self._asked_ns = 0

    @property
    def devices(self) -> frozenset[str]:
        """Every device this door depends on: its lock and its sensors."""
        return frozenset({self.settings.lock.device, *(sensor.terminal.device for sensor in self._sensors)})

    @property
    def sensing_devices(self) -> frozenset[str]:
        """The devices whose inputs this door reads."""
        return frozenset(sensor.terminal.device for sensor in self._sensors)

    @property
    def known(self) -> bool:
        """Every sensor has been read since the start or since its device came back."""
        return all(sensor.raw is not None for sensor in self._sensors)

    @property
    def provable(self) -> bool:
        """At least one sensor rests on its secured side, so that a pulse can be seen to move it."""
        return any(sensor.released is False for sensor in self._sensors)

    def forget(self, device: str) -> None:
        """The device is lost: its inputs are unknown, and the next full reading is a state (DoorSensed), not a change."""
        for sensor in self._sensors:
            if sensor.terminal.device == device:
                sensor.raw = None
                sensor.released_ns = None
                self._announced = False

    def await_release(self, token: str, asked_ns: int) -> Unlocked | None:
        """The pulse for ``token`` is on the wire: the next release is its proof, or one that was read since ``asked_ns``.

        A release before ``asked_ns`` is somebody else's (a forced door) and proves nothing.
        """
        moved = [at for at in (sensor.released_ns for sensor in self._sensors) if at is not None and at >= asked_ns]
        if moved:
            return Unlocked(at_ns=min(moved), door=self.settings.id, token=token)
        self._token = token
        self._asked_ns = asked_ns
        return None

    def stop_awaiting(self, token: str) -> None:
        """The time for a proof is over; a later release belongs to nobody."""
        if self._token == token:
            self._token = None

    def feed(self, device: str, reading: InputBits) -> tuple[DeviceFact, ...]:
        """Facts of this reading, in order: Unlocked before the movement that proved it."""
        if device not in self.sensing_devices:
            return ()
        changed = [
            sensor
            for sensor in self._sensors
            if sensor.terminal.device == device and sensor.take(reading.at_ns, reading.bits[sensor.terminal.index])
        ]
        self._at_ns = reading.at_ns
        if not self.known:
            return ()
        if not self._announced:
            self._announced = True
            return (DoorSensed(at_ns=reading.at_ns, door=self.settings.id, open=self._open(), secured=self._secured()),)
        return (*self._proof(changed, reading.at_ns), *self._changes(changed, reading.at_ns))

    def live(self) -> DoorLive:
        contact = None if self._contact is None else self._contact.raw
        bolt = None if self._bolt is None else self._bolt.raw
        return DoorLive(
            door=self.settings.id,
            contact_raw=contact,
            bolt_raw=bolt,
            open=self._open() if self.known else None,
            secured=self._secured() if self.known else None,
            at_ns=self._at_ns,
        )

    @property
    def _sensors(self) -> tuple[_Sensor, ...]:
        return tuple(sensor for sensor in (self._contact, self._bolt) if sensor is not None)

    def _open(self) -> bool:
        """The contact decides; a door without one is as open as its bolt or hook is released."""
        sensor = self._contact if self._contact is not None else self._bolt
        return sensor is not None and sensor.released is True

    def _secured(self) -> bool | None:
        return None if self._bolt is None or self._bolt.released is None else not self._bolt.released

    def _proof(self, changed: list[_Sensor], at_ns: int) -> tuple[DeviceFact, ...]:
        if self._token is None or at_ns < self._asked_ns or not any(sensor.released for sensor in changed):
            return ()
        token, self._token = self._token, None
        return (Unlocked(at_ns=at_ns, door=self.settings.id, token=token),)

    def _changes(self, changed: list[_Sensor], at_ns: int) -> tuple[DeviceFact, ...]:
        """Opening reads bolt, then door; closing reads door, then bolt: the order in which a door does it."""
        door = self.settings.id
        bolt_moved = self._bolt is not None and self._bolt in changed
        door_moved = (self._contact is not None and self._contact in changed) or (self._contact is None and bolt_moved)
        facts: list[DeviceFact] = []
        if bolt_moved and self._secured() is False:
            facts.append(BoltReleased(at_ns=at_ns, door=door))
        if door_moved:
            facts.append(DoorOpened(at_ns=at_ns, door=door) if self._open() else DoorClosed(at_ns=at_ns, door=door))
        if bolt_moved and self._secured() is True:
            facts.append(BoltSecured(at_ns=at_ns, door=door))
        return tuple(facts)
