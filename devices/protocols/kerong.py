"""Kerong-type lock boards (KR-CU): both known dialects, from both ends. Pure.

Pieced together from public programs; no document of the maker was available. What is not known for certain is marked *assumed*.

``classic`` (KR-CU16, 19200 8N1): ``02 AA CC 03 SUM`` with AA = board << 4 | lock, both from 0. 30 asks for the status, 31 unlocks. The
status reply is ``02 AA 35 hook1-8 hook9-16 ir1-8 ir9-16 03 SUM``.

``wide``: ``02 BB LL CC 03 SUM`` with the board and the lock in bytes of their own. 60 asks for the status, 61 opens. *Assumed*: the
reply is ``02 BB LL 75``, four status bytes as in ``classic``, ``03 SUM``.

SUM is the low byte of the sum of all bytes before it. Such a sum misses 62 % of swapped neighbours and 4 % of double bit errors, so
a state is believed only when two consecutive replies say the same. *Assumed* in both dialects: an unlock command is not answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from devices.protocols.meaning import Meaning, levels

KerongDialect: TypeAlias = Literal["classic", "wide"]

LOCKS: Final = 16  # per board
_STX: Final = 0x02
_ETX: Final = 0x03
_COMMANDS: Final[dict[KerongDialect, dict[str, int]]] = {
    "classic": {"status": 0x30, "unlock": 0x31, "reply": 0x35},
    "wide": {"status": 0x60, "unlock": 0x61, "reply": 0x75},
}
_MAX_BOARD: Final[dict[KerongDialect, int]] = {"classic": 14, "wide": 0xFE}  # classic: F0 addresses all boards
_KEEP_BYTES = 10  # the longest frame of either dialect


@dataclass(frozen=True, slots=True)
class KerongStatusRequest:
    """Ask one board for all its hook and infrared sensors."""

    board: int


@dataclass(frozen=True, slots=True)
class KerongUnlock:
    """Pulse one lock of one board; the board times the pulse. Not answered."""

    board: int
    lock: int


@dataclass(frozen=True, slots=True)
class KerongStatus:
    """The sensor bits of one board as they are on the wire, lock 0 first; their polarity is a matter of the lock."""

    board: int
    hooks: tuple[bool, ...]
    infrared: tuple[bool, ...]

    def __post_init__(self) -> None:
        if len(self.hooks) != LOCKS or len(self.infrared) != LOCKS:
            raise ValueError(f"a status has {LOCKS} hooks and {LOCKS} infrared bits, not {len(self.hooks)} and {len(self.infrared)}")


KerongRequest: TypeAlias = KerongStatusRequest | KerongUnlock


def _head(dialect: KerongDialect, board: int, lock: int) -> bytes:
    if not 0 <= board <= _MAX_BOARD[dialect]:
        raise ValueError(f"board must be 0..{_MAX_BOARD[dialect]} in the {dialect} dialect, not {board}")
    if not 0 <= lock < LOCKS:
        raise ValueError(f"lock must be 0..{LOCKS - 1}, not {lock}")
    return bytes((_STX, board << 4 | lock)) if dialect == "classic" else bytes((_STX, board, lock))


def _sealed(body: bytes) -> bytes:
    framed = body + bytes((_ETX,))
    return framed + bytes((sum(framed) & 0xFF,))


def encode_request(request: KerongRequest, dialect: KerongDialect) -> bytes:
    """The bytes of a request."""
    match request:
        case KerongStatusRequest(board):
            return _sealed(_head(dialect, board, 0) + bytes((_COMMANDS[dialect]["status"],)))
        case KerongUnlock(board, lock):
            return _sealed(_head(dialect, board, lock) + bytes((_COMMANDS[dialect]["unlock"],)))


def encode_status(status: KerongStatus, dialect: KerongDialect) -> bytes:
    """The bytes of a status reply."""
    bits = status.hooks + status.infrared
    value = sum(1 << index for index, bit in enumerate(bits) if bit)
    return _sealed(_head(dialect, status.board, 0) + bytes((_COMMANDS[dialect]["reply"],)) + value.to_bytes(4, "little"))


class KerongReplyReader:
    """Finds the status reply of one board (a :class:`devices.protocols.reply.ReplyReader`)."""

    __slots__ = ("_board", "_buffer", "_length", "_prefix", "excess", "skipped")

    def __init__(self, request: KerongStatusRequest, dialect: KerongDialect) -> None:
        self._board = request.board
        self._prefix = _head(dialect, request.board, 0) + bytes((_COMMANDS[dialect]["reply"],))
        self._length = len(self._prefix) + 6
        self._buffer = bytearray()
        self.skipped = 0
        self.excess = 0

    def feed(self, chunk: bytes) -> KerongStatus | None:
        """Take the next bytes; returned: the status once complete. Never raises."""
        buffer = self._buffer
        end = len(buffer)
        buffer += chunk
        self.skipped += len(chunk)
        while end < len(buffer):
            end += 1
            start = end - self._length
            if start < 0 or not buffer.startswith(self._prefix, start):
                continue
            if buffer[end - 2] != _ETX or sum(buffer[start : end - 1]) & 0xFF != buffer[end - 1]:
                continue
            self.excess = len(buffer) - end
            self.skipped -= self._length + self.excess
            value = int.from_bytes(buffer[end - 6 : end - 2], "little")
            buffer.clear()
            bits = tuple(bool(value >> index & 1) for index in range(2 * LOCKS))
            return KerongStatus(self._board, bits[:LOCKS], bits[LOCKS:])
        del buffer[:-_KEEP_BYTES]
        return None


class KerongRequestDecoder:
    """A board's ear on a shared line: yields the requests for one board and skips everything else, replies of other boards included."""

    def __init__(self, board: int, dialect: KerongDialect) -> None:
        _head(dialect, board, 0)
        self._board = board
        self._dialect = dialect
        self._buffer = bytearray()
        self.skipped = 0

    def feed(self, chunk: bytes) -> list[KerongRequest]:
        """Take the next bytes; returned: requests for this board that became complete. Never raises."""
        self._buffer += chunk
        found: list[KerongRequest] = []
        while self._buffer:
            length = self._first_frame()
            if length is None:
                break
            frame = bytes(self._buffer[: max(length, 1)])
            del self._buffer[: len(frame)]
            if length == 0:
                self.skipped += 1
                continue
            request = self._decode(frame)
            if request is not None and request.board == self._board:
                found.append(request)
        return found

    def _first_frame(self) -> int | None:
        """Length of the valid frame at the buffer's start, 0 when there is none, None while it may still become one."""
        buffer = self._buffer
        command_at = 2 if self._dialect == "classic" else 3
        if buffer[0] != _STX:
            return 0
        if len(buffer) <= command_at:
            return None
        commands = _COMMANDS[self._dialect]
        if buffer[command_at] == commands["reply"]:
            length = command_at + 7
        elif buffer[command_at] in (commands["status"], commands["unlock"]):
            length = command_at + 3
        else:
            return 0
        if len(buffer) < length:
            return None
        return length if buffer[length - 2] == _ETX and sum(buffer[: length - 1]) & 0xFF == buffer[length - 1] else 0

    def _decode(self, frame: bytes) -> KerongRequest | None:
        if self._dialect == "classic":
            board, lock, command = frame[1] >> 4, frame[1] & 0x0F, frame[2]
        else:
            board, lock, command = frame[1], frame[2], frame[3]
        if command == _COMMANDS[self._dialect]["status"]:
            return KerongStatusRequest(board)
        if command == _COMMANDS[self._dialect]["unlock"] and lock < LOCKS:
            return KerongUnlock(board, lock)
        return None


class KerongExplainer:
    """A :class:`devices.protocols.meaning.Explainer`: a status is read by the request before it; an unlock is not answered."""

    def __init__(self, dialect: KerongDialect) -> None:
        self._dialect = dialect
        self._asked: tuple[int, KerongReplyReader] | None = None

    @property
    def unanswered(self) -> Meaning | None:
        """The last question for a status, as long as it is due."""
        return None if self._asked is None else Meaning("kerong_ask_status", {}, self._asked[0])

    def sent(self, message: bytes) -> Sequence[Meaning]:
        """A request to any board."""
        self._asked = None
        board_at = message[1] if len(message) > 1 else 0
        board = board_at >> 4 if self._dialect == "classic" else board_at
        if board > _MAX_BOARD[self._dialect]:
            return ()
        for request in KerongRequestDecoder(board, self._dialect).feed(message):
            if isinstance(request, KerongUnlock):
                return (Meaning("kerong_unlock", {"lock": request.lock}, board),)
            self._asked = board, KerongReplyReader(request, self._dialect)
            return (Meaning("kerong_ask_status", {}, board),)
        return ()

    def received(self, chunk: bytes) -> Sequence[Meaning]:
        """The status, once it is complete."""
        status = None if self._asked is None else self._asked[1].feed(chunk)
        if status is None:
            return ()
        self._asked = None
        return (Meaning("kerong_status", {"hooks": levels(status.hooks), "infrared": levels(status.infrared)}, status.board),)
