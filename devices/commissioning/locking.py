"""Whether a lock lets go and holds again: a person opens a door that was just unlocked, and closes it. Pure; who unlocks it is no matter
of this module."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from devices.commissioning.said import CameToNothing, Said, Tell
from devices.facts import BoltReleased, BoltSecured, DeviceLost, DoorClosed, DoorOpened, Unlocked, UnlockFailed, UnlockFailure

DoorFact: TypeAlias = BoltReleased | BoltSecured | DeviceLost | DoorClosed | DoorOpened | Unlocked | UnlockFailed

NS_PER_MS: Final = 1e6
ANSWER_S: Final = 3.0  # s beyond the time that an unlock has by the store's own rules


class DoorFacts(Protocol):
    """What the station tells of the doors, in its order."""

    async def next(self, within_s: float) -> DoorFact | None:
        """The next fact; None where none comes for ``within_s``."""
        ...


@dataclass(frozen=True, slots=True)
class LockTimes:
    """How long each turn may take, in seconds: the proof of the unlock, the opening, the bolt after closing, a person's patience."""

    answer_s: float
    open_s: float
    relock_s: float
    patience_s: float


@dataclass(frozen=True, slots=True)
class LockRun:
    """One unlocking. Milliseconds since it was asked for; None where no sensor tells. ``secured_ms``: since the door was closed, 0 where
    the bolt held by then. ``held_while_open``: the bolt went back while the door stood open, as a strike does and a hook must not."""

    released_ms: float | None
    opened_ms: float
    closed_ms: float
    secured_ms: float | None
    held_while_open: bool


class _Seen:
    """What one door has told since it was asked to unlock."""

    def __init__(self, facts: DoorFacts, door: str, token: str) -> None:
        self._facts, self._door, self._token = facts, door, token
        self.answered = False
        self.failure: UnlockFailure | None = None
        self.detail = ""
        self.released_ns: int | None = None
        self.opened_ns: int | None = None
        self.closed_ns: int | None = None
        self.secured_ns: int | None = None
        self.secured = True
        self.held_while_open = False

    async def until(self, true: Callable[[], bool], within_s: float) -> bool:
        """Hear what comes until it is so; False where nothing comes for ``within_s``. CameToNothing where the door's board is lost."""
        while not true():
            fact = await self._facts.next(within_s)
            if fact is None:
                return False
            self._take(fact)
        return True

    def _take(self, fact: DoorFact) -> None:
        if isinstance(fact, DeviceLost):
            if self._door in fact.doors:
                raise CameToNothing(
                    f"{fact.device} was lost during the test",
                    "The lock ends its pulse by itself. Check the board's power and its line, then begin again.",
                    code="door_lost",
                    figures={"device": fact.device},
                )
            return
        if fact.door != self._door:
            return
        match fact:
            case Unlocked() | UnlockFailed():
                self._answer(fact)
            case BoltReleased():
                self.secured = False
                self.released_ns = self.released_ns or fact.at_ns
            case DoorOpened():
                self.opened_ns = self.opened_ns or fact.at_ns
                self.closed_ns = None
            case DoorClosed():
                self.closed_ns = fact.at_ns if self.opened_ns is not None else None
            case BoltSecured():
                self.secured, self.secured_ns = True, fact.at_ns
                self.held_while_open = self.held_while_open or (self.opened_ns is not None and self.closed_ns is None)

    def _answer(self, fact: Unlocked | UnlockFailed) -> None:
        if fact.token == self._token:
            self.answered = True
            if isinstance(fact, UnlockFailed):
                self.failure, self.detail = fact.reason, fact.detail


async def lock_test(
    facts: DoorFacts, door: str, *, token: str, asked_ns: int, has_contact: bool, has_bolt: bool, times: LockTimes, tell: Tell
) -> LockRun:
    """Follow one unlocking, ordered under ``token`` at ``asked_ns`` (monotonic). CameToNothing with the reason where the lock does not let
    go, nobody opens, or the bolt does not hold again."""
    seen = _Seen(facts, door, token)
    if not await seen.until(lambda: seen.answered, times.answer_s):
        raise _wrong(door, "the board never said what became of the unlock", "Check the board and its line.", "lock_silent")
    _let_go(door, seen, has_bolt=has_bolt)
    tell(Said("open_unlocked", {"door": door, "within_s": times.open_s}))
    if not await seen.until(lambda: seen.opened_ns is not None, times.open_s):
        if has_bolt:
            raise _wrong(door, "the bolt let go and nobody opened", "Begin again and open the door when you are told to.", "not_opened")
        raise _wrong(
            door,
            "the door was not opened, and no sensor says whether the lock let go",
            "Listen to the lock: where it is silent, check its power and its wires. Where it clicks, open the door in time.",
            "not_opened_no_bolt",
        )
    tell(Said("close_door", {"door": door}))
    if not await seen.until(lambda: seen.closed_ns is not None, times.patience_s):
        raise _wrong(door, "it was not closed again", "Close it until it is held.", "held_open")
    if has_bolt and not await seen.until(lambda: seen.secured and seen.closed_ns is not None, times.relock_s):
        raise _wrong(
            door,
            f"the bolt does not hold within {times.relock_s:g} s of closing",
            "Look for a leaf that hangs, a bolt that jams, or a lock that stays powered.",
            "not_locked_again",
            within_s=times.relock_s,
        )
    return _run(seen, asked_ns, has_contact=has_contact, has_bolt=has_bolt)


def _let_go(door: str, seen: _Seen, *, has_bolt: bool) -> None:
    """The lock let go as far as anything can be known. CameToNothing otherwise."""
    if seen.failure is None or (seen.failure == "no_movement" and not has_bolt):
        return
    if seen.failure == "no_movement":
        raise _wrong(
            door,
            "the board accepted the pulse and no bolt moved",
            "Check the lock's power and its wires, the output that the store file names, and the length of the pulse.",
            "no_bolt_movement",
        )
    raise CameToNothing(
        f"door {door}: the unlock did not go out ({seen.failure}: {seen.detail})",
        "Check the board's power and its line; see the page Devices.",
        code="unlock_not_sent",
        figures={"door": door, "reason": seen.failure},
    )


def _run(seen: _Seen, asked_ns: int, *, has_contact: bool, has_bolt: bool) -> LockRun:
    opened, closed = seen.opened_ns, seen.closed_ns
    if opened is None or closed is None:
        raise ValueError("the door has neither opened nor closed")  # both were waited for
    secured_ms = None if not has_bolt or seen.secured_ns is None else max(0.0, (seen.secured_ns - closed) / NS_PER_MS)
    return LockRun(
        released_ms=None if seen.released_ns is None else (seen.released_ns - asked_ns) / NS_PER_MS,
        opened_ms=(opened - asked_ns) / NS_PER_MS,
        closed_ms=(closed - asked_ns) / NS_PER_MS,
        secured_ms=secured_ms,
        held_while_open=has_contact and seen.held_while_open,
    )


def _wrong(door: str, why: str, advice: str, code: str, **figures: float) -> CameToNothing:
    return CameToNothing(f"door {door}: {why}", advice, code=code, figures={"door": door, **figures})
