"""Which inputs watch a door, and which way round: somebody opens it and closes it again. Pure; nothing here moves or holds a door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from devices.commissioning.said import CameToNothing, Said, Tell

SETTLED_S: Final = 1.2  # s without any change; a bolt follows its door within half of it
MOST_SENSORS: Final = 2  # a door has a contact and a bolt sensor


@dataclass(frozen=True, slots=True)
class InputSample:
    """All inputs of one board in one reading; ``at_ns`` is monotonic."""

    device: str
    at_ns: int
    bits: tuple[bool, ...]


class Inputs(Protocol):
    """What the boards say of their inputs, one reading after the other."""

    async def next(self, within_s: float) -> InputSample:
        """The next reading. CameToNothing where none comes for ``within_s``."""
        ...

    def skip(self) -> None:
        """Drop what nobody has looked at yet."""
        ...


@dataclass(frozen=True, slots=True)
class MovedInput:
    """One input that followed the door: its level while the door was open, and when it moved after the first of them (seconds), as the
    door opened and as it closed."""

    device: str
    index: int
    open_level: bool
    opened_after_s: float
    closed_after_s: float

    @property
    def terminal(self) -> str:
        """As a door's settings write it."""
        return f"{self.device}:{self.index}"


@dataclass(frozen=True, slots=True)
class Sensors:
    """The inputs of one door by what they are for; None: there is none of that kind."""

    contact: MovedInput | None
    bolt: MovedInput | None


class _Board:
    """The newest levels of all inputs, and when each changed last."""

    def __init__(self) -> None:
        self.levels: dict[tuple[str, int], bool] = {}
        self.changed_ns: dict[tuple[str, int], int] = {}
        self.now_ns = 0
        self.last_ns: int | None = None

    def take(self, sample: InputSample) -> None:
        self.now_ns = max(self.now_ns, sample.at_ns)
        for index, level in enumerate(sample.bits):
            place = (sample.device, index)
            if place in self.levels and self.levels[place] != level:
                self.changed_ns[place] = self.last_ns = sample.at_ns
            self.levels[place] = level

    def forget_changes(self) -> None:
        self.changed_ns, self.last_ns = {}, None

    @property
    def settled(self) -> bool:
        """Something changed, and nothing has changed for a while."""
        return self.last_ns is not None and self.now_ns - self.last_ns >= SETTLED_S * 1e9


async def which_inputs(inputs: Inputs, door: str, *, patience_s: float, tell: Tell) -> tuple[MovedInput, ...]:
    """Guide through one opening and one closing. Returned: the inputs that followed the door, in the order in which they moved as it
    opened. CameToNothing with the reason where none did, or too many."""
    board = _Board()
    inputs.skip()
    tell(Said("leave_door", {"door": door}))
    await _until_quiet(inputs, board, patience_s)
    shut = dict(board.levels)
    tell(Said("open_door", {"door": door}))
    await _until_settled(inputs, board, patience_s, "no input moved", "no_input")
    opened = {place: board.changed_ns[place] for place, level in board.levels.items() if level != shut.get(place, level)}
    if not opened:
        raise _none("the inputs moved and came back at once", "bounced")
    open_levels = {place: board.levels[place] for place in opened}
    board.forget_changes()
    tell(Said("close_door", {"door": door}))
    await _until_settled(inputs, board, patience_s, "the door was not closed again", "not_closed")
    followed = {place: at for place, at in opened.items() if board.levels[place] == shut[place] and place in board.changed_ns}
    if not followed:
        raise _none("no input came back as the door was closed", "not_closed")
    if len(followed) > MOST_SENSORS:
        named = ", ".join(f"{device}:{index}" for device, index in sorted(followed))
        raise CameToNothing(
            f"{len(followed)} inputs moved with door {door}: {named}",
            "Move one door only, and leave every other one alone.",
            code="many_inputs",
            figures={"inputs": named},
        )
    first_ns, closed_ns = min(followed.values()), min(board.changed_ns[place] for place in followed)
    return tuple(
        MovedInput(device, index, open_levels[device, index], (at - first_ns) / 1e9, (board.changed_ns[device, index] - closed_ns) / 1e9)
        for (device, index), at in sorted(followed.items(), key=lambda one: one[1])
    )


def told_apart(moved: tuple[MovedInput, ...], known: Mapping[str, str], *, hook_only: bool = False) -> Sensors:
    """Which of them is the contact and which the bolt. A bolt lets go before the leaf moves and holds after it is shut.

    ``known``: terminal -> "contact" or "bolt" as it is configured, which decides where both moved at once. ``hook_only``: the lock's own
    hook is all there is. One input alone is a contact unless it is known as a bolt.
    """
    if len(moved) == 1:
        (only,) = moved
        return Sensors(None, only) if hook_only or known.get(only.terminal) == "bolt" else Sensors(only, None)
    one, other = moved
    earlier = (other.opened_after_s - one.opened_after_s) + (one.closed_after_s - other.closed_after_s)
    if earlier == 0.0:
        earlier = -1.0 if known.get(one.terminal) == "contact" or known.get(other.terminal) == "bolt" else 1.0
    return Sensors(contact=other, bolt=one) if earlier > 0.0 else Sensors(contact=one, bolt=other)


async def _until_quiet(inputs: Inputs, board: _Board, patience_s: float) -> None:
    first_ns: int | None = None
    while True:
        sample = await inputs.next(patience_s)
        first_ns = sample.at_ns if first_ns is None else first_ns
        board.take(sample)
        since_ns = max(first_ns, board.last_ns or 0)
        if sample.at_ns - since_ns >= SETTLED_S * 1e9:
            board.forget_changes()
            return
        if sample.at_ns - first_ns > patience_s * 1e9:
            raise CameToNothing(
                f"the inputs do not come to rest within {patience_s:g} s",
                "Look for a loose wire; leave all doors shut meanwhile.",
                code="restless_inputs",
                figures={"within_s": patience_s},
            )


async def _until_settled(inputs: Inputs, board: _Board, patience_s: float, otherwise: str, code: str) -> None:
    first_ns: int | None = None
    while not board.settled:
        sample = await inputs.next(patience_s)
        first_ns = sample.at_ns if first_ns is None else first_ns
        board.take(sample)
        if board.last_ns is None and sample.at_ns - first_ns > patience_s * 1e9:
            raise _none(f"{otherwise} within {patience_s:g} s", code)


def _none(why: str, code: str) -> CameToNothing:
    return CameToNothing(why, "Check the sensor, its magnet and its wire; open and close the door fully.", code=code)
