"""Unlocking one door: at most one pulse per request, never after its expiry, never repeated, and true only when a sensor moved."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Mapping

from devices.drivers.driver import Clock
from devices.errors import DeviceError, Expired, Garbled, Misconfigured, Refused, Unreachable
from devices.facts import DeviceFact, Unlocked, UnlockFailed, UnlockFailure
from devices.ports import LockBoard
from devices.station.device_watch import DeviceWatch
from devices.station.door_watch import DoorWatch
from devices.station.live import PulseGiven

REMEMBERED = 512
"""Requests whose repetition is recognised; a door sees far fewer within the life of a visit."""


class Unlocker:
    """Executes pulses. Outcomes go to ``sink``; nothing is raised."""

    def __init__(
        self,
        doors: Mapping[str, DoorWatch],
        watches: Mapping[str, DeviceWatch],
        sink: Callable[[DeviceFact], None],
        clock_ns: Clock,
    ) -> None:
        self._doors = doors
        self._watches = watches
        self._sink = sink
        self._clock_ns = clock_ns
        self._asked: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._proofs: dict[str, asyncio.Event] = {}
        self._given: dict[tuple[str, int], PulseGiven] = {}

    def pulses(self, device: str) -> tuple[PulseGiven, ...]:
        """The last pulse of each output of ``device``."""
        return tuple(given for (board, _), given in self._given.items() if board == device)

    def noticed(self, fact: DeviceFact) -> None:
        """A door reported something; an Unlocked ends the waiting for it."""
        if isinstance(fact, Unlocked) and (proof := self._proofs.get(fact.door)) is not None:
            proof.set()

    async def pulse(self, door: str, *, token: str, pulse_s: float, expires_ns: int) -> None:
        """Returned: Unlocked or UnlockFailed was reported, or the same token and door were asked before and nothing was done."""
        request = (token, door)
        if request in self._asked:
            return
        self._asked[request] = None
        while len(self._asked) > REMEMBERED:
            self._asked.popitem(last=False)
        async with self._turns[door]:
            failure = await self._attempt(door, token, pulse_s, expires_ns)
        if failure is not None:
            reason, detail = failure
            self._sink(UnlockFailed(at_ns=self._clock_ns(), door=door, token=token, reason=reason, detail=detail))

    async def _attempt(self, door: str, token: str, pulse_s: float, expires_ns: int) -> tuple[UnlockFailure, str] | None:
        watch = self._doors.get(door)
        if watch is None:
            return "misconfigured", f"there is no door {door!r}; nothing was sent"
        blocked = self._blocked(watch)
        if blocked is not None:
            return blocked
        proof = self._proofs[door] = asyncio.Event()
        try:
            return await self._pulse_and_prove(watch, proof, token, pulse_s, expires_ns)
        finally:
            watch.stop_awaiting(token)
            del self._proofs[door]

    def _blocked(self, watch: DoorWatch) -> tuple[UnlockFailure, str] | None:
        """Why nothing may be sent: a pulse whose effect nobody could see is not given."""
        for name in sorted(watch.devices):
            device = self._watches[name]
            if not device.online:
                reason: UnlockFailure = "misconfigured" if device.misconfigured else "unreachable"
                return reason, f"{device.complaint}; nothing was sent"
        if not watch.known:
            return "unreachable", "the door's sensors have not been read yet; nothing was sent"
        if not watch.provable:
            return "no_movement", "the sensors say that it is released already, so no movement could prove a pulse; nothing was sent"
        return None

    async def _pulse_and_prove(
        self, watch: DoorWatch, proof: asyncio.Event, token: str, pulse_s: float, expires_ns: int
    ) -> tuple[UnlockFailure, str] | None:
        lock = watch.settings.lock
        board = self._watches[lock.device].driver
        if not isinstance(board, LockBoard):
            return "misconfigured", f"{lock.device} has no lock outputs; nothing was sent"
        asked_ns = self._clock_ns()
        if asked_ns >= expires_ns:
            return "expired", "the request was too old when it arrived; nothing was sent"
        given_s = pulse_s
        doubt: tuple[UnlockFailure, str] = ("no_movement", f"{lock} accepted the pulse, but no sensor of the door moved")
        try:
            given_s = await board.pulse(lock.index, pulse_s, expires_ns=expires_ns)
        except Expired as error:
            return "expired", str(error)
        except Refused as error:
            return "refused", str(error)
        except (Misconfigured, ValueError) as error:  # ValueError: a codec refused a value; nothing was sent
            return "misconfigured", str(error)
        except (Unreachable, Garbled) as error:
            doubt = ("unreachable", f"{error}; the pulse may have happened, and no sensor moved")
        except DeviceError as error:
            return "refused", str(error)
        window_s = given_s + watch.settings.proof_after_pulse_s
        sent_ns = self._watches[lock.device].driver.pulse_sent_ns
        self._given[lock.device, lock.index] = PulseGiven(lock.index, watch.settings.id, given_s, asked_ns if sent_ns is None else sent_ns)
        moved = watch.await_release(token, asked_ns if sent_ns is None else max(asked_ns, sent_ns))
        if moved is not None:
            self._sink(moved)
            return None
        until_ns = self._clock_ns() + round(window_s * 1e9)
        for name in watch.sensing_devices:
            self._watches[name].hurry(until_ns)
        try:
            async with asyncio.timeout(window_s):
                await proof.wait()
        except TimeoutError:
            if proof.is_set():
                return None
            if not watch.known:
                return "unreachable", "the pulse was sent, and the door's sensors were lost before they could prove it"
            return doubt
        finally:
            for name in watch.sensing_devices:
                self._watches[name].calm()
        return None
