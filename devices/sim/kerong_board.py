"""Simulated Kerong-type lock board, both dialects: sixteen locks with hook and infrared bits. No checks beyond the one-byte sum."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from devices.protocols.kerong import LOCKS, KerongDialect, KerongRequestDecoder, KerongStatus, KerongUnlock, encode_status
from devices.sim.line import NS, AnsweringStation, Transmission
from devices.sim.relay_board import Coil

_SET_DELAY = 0x38  # the command that ends BUSY on boards with that quirk; any other request does too


class KerongBoard(AnsweringStation):
    """``loads[n]`` is the coil of lock n; ``hooks[n]`` and ``infrared[n]`` tell its sensors. Unwired hooks read as holding.

    ``busy_after_unlock``: after an unlock the board ignores further unlocks until it has heard another command.
    ``hook_holds_bit``: level of the hook bit while the hook holds.
    """

    framing: Literal["gap", "stream"] = "stream"

    def __init__(
        self,
        name: str,
        dialect: KerongDialect,
        *,
        board: int = 0,
        loads: Sequence[Coil] = (),
        hooks: Sequence[Callable[[int], bool]] = (),
        infrared: Sequence[Callable[[int], bool]] = (),
        unlock_s: float = 0.5,
        reply_delay_s: float = 0.003,
        hook_holds_bit: bool = True,
        busy_after_unlock: bool = False,
    ) -> None:
        self.name = name
        self.board = board
        self.unlock_s = unlock_s
        self.reply_delay_s = reply_delay_s
        self.hook_holds_bit = hook_holds_bit
        self.busy_after_unlock = busy_after_unlock
        self.pulses: list[tuple[int, int, int]] = []  # (lock, start, end) in ns
        self.busy = False
        self.welded: set[int] = set()  # locks whose driver does not switch off again
        self._dialect: KerongDialect = dialect
        self._ear = KerongRequestDecoder(board, dialect)
        self._loads, self._hooks, self._infrared = tuple(loads), tuple(hooks), tuple(infrared)

    def hear(self, data: bytes, at_ns: int) -> tuple[Transmission, ...]:
        if data[:1] == b"\x02" and _SET_DELAY in data[2:4]:
            self.busy = False
        replies = []
        for request in self._ear.feed(data):
            if isinstance(request, KerongUnlock):
                self._unlock(request.lock, at_ns)
                continue
            self.busy = False
            replies.append(Transmission(encode_status(self._status(at_ns), self._dialect), self.reply_delay_s))
        return tuple(replies)

    def _unlock(self, lock: int, at_ns: int) -> None:
        if self.busy:
            return
        self.busy = self.busy_after_unlock
        until = at_ns + round(self.unlock_s * NS)
        self.pulses.append((lock, at_ns, until))
        if lock < len(self._loads):
            self._loads[lock].energise(at_ns, None if lock in self.welded else until)

    def _status(self, at_ns: int) -> KerongStatus:
        holds = [self._hooks[lock](at_ns) if lock < len(self._hooks) else True for lock in range(LOCKS)]
        seen = [self._infrared[lock](at_ns) if lock < len(self._infrared) else False for lock in range(LOCKS)]
        return KerongStatus(self.board, tuple(hold == self.hook_holds_bit for hold in holds), tuple(seen))
