"""Modbus RTU on the wire: requests and replies to bytes and back, for the master and for a station. Pure.

Frame: address, function, body, CRC-16 low byte first (Modbus over serial line V1.02). What the messages mean is in ``modbus_frames``;
how long the line stays silent is the business of whoever owns the port.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Literal, assert_never

from devices.protocols.crc import crc16_modbus
from devices.protocols.meaning import Meaning, levels
from devices.protocols.modbus_frames import (
    BROADCAST,
    EXCEPTION_BIT,
    WRITE_COILS,
    WRITE_REGISTERS,
    Bits,
    ExceptionReply,
    ModbusReply,
    ModbusRequest,
    ReadBits,
    ReadRegisters,
    Registers,
    WriteBits,
    WriteOne,
    WriteRegisters,
    Written,
)

MAX_FRAME_BYTES = 256  # the serial line specification's limit, address and CRC included
_EXCEPTION_BYTES = 5
_FIXED_BYTES = 8  # every read request, every write reply


def _sealed(body: bytes) -> bytes:
    return body + crc16_modbus(body).to_bytes(2, "little")


def _pack_bits(bits: tuple[bool, ...]) -> bytes:
    value = sum(1 << index for index, bit in enumerate(bits) if bit)
    return value.to_bytes((len(bits) + 7) // 8, "little")


def _unpack_bits(raw: bytes, count: int) -> tuple[bool, ...]:
    value = int.from_bytes(raw, "little")
    return tuple(bool(value >> index & 1) for index in range(count))


def encode_request(request: ModbusRequest) -> bytes:
    """The bytes of a request, CRC included."""
    match request:
        case ReadBits() | ReadRegisters():
            return _sealed(struct.pack(">BBHH", request.address, request.function, request.start, request.count))
        case WriteOne():
            return _sealed(struct.pack(">BBHH", request.address, request.function, request.start, request.value))
        case WriteBits():
            raw = _pack_bits(request.bits)
            return _sealed(struct.pack(">BBHHB", request.address, WRITE_COILS, request.start, len(request.bits), len(raw)) + raw)
        case WriteRegisters():
            raw = struct.pack(f">{len(request.values)}H", *request.values)
            head = struct.pack(">BBHHB", request.address, WRITE_REGISTERS, request.start, len(request.values), len(raw))
            return _sealed(head + raw)
        case _:
            assert_never(request)


def encode_reply(reply: ModbusReply) -> bytes:
    """The bytes of a reply, CRC included."""
    match reply:
        case Bits():
            raw = _pack_bits(reply.bits)
            return _sealed(bytes((reply.address, reply.function, len(raw))) + raw)
        case Registers():
            raw = struct.pack(f">{len(reply.values)}H", *reply.values)
            return _sealed(bytes((reply.address, reply.function, len(raw))) + raw)
        case Written():
            return _sealed(struct.pack(">BBHH", reply.address, reply.function, reply.start, reply.value))
        case ExceptionReply():
            return _sealed(bytes((reply.address, reply.function | EXCEPTION_BIT, reply.code)))
        case _:
            assert_never(reply)


def reply_bytes(request: ModbusRequest) -> int:
    """Length of the regular reply to ``request`` in bytes."""
    match request:
        case ReadBits():
            return 5 + (request.count + 7) // 8
        case ReadRegisters():
            return 5 + 2 * request.count
        case _:
            return _FIXED_BYTES


class ModbusReplyReader:
    """Finds the reply to one request in whatever the line delivers (a :class:`devices.protocols.reply.ReplyReader`).

    A reply counts when address, function, length, the repeated fields and the CRC all match. Among overlapping candidates the one that
    is complete first wins, so the chunking of the line never matters. At most one frame of history is kept.

    ``repeat_value``: False for boards that acknowledge FC 05/06 with a value other than the one written.
    """

    __slots__ = ("_buffer", "_length", "_prefix", "_refusal", "_repeat_value", "_request", "excess", "skipped")

    def __init__(self, request: ModbusRequest, *, repeat_value: bool = True) -> None:
        self._request = request
        self._repeat_value = repeat_value
        self._length = reply_bytes(request)
        self._refusal = bytes((request.address, request.function | EXCEPTION_BIT))
        self._prefix = self._expected_prefix()
        self._buffer = bytearray()
        self.skipped = 0
        self.excess = 0

    def _expected_prefix(self) -> bytes:
        request = self._request
        match request:
            case ReadBits() | ReadRegisters():
                return bytes((request.address, request.function, self._length - 5))
            case WriteOne():
                head = struct.pack(">BBHH", request.address, request.function, request.start, request.value)
                return head if self._repeat_value else head[:4]
            case WriteBits():
                return struct.pack(">BBHH", request.address, WRITE_COILS, request.start, len(request.bits))
            case WriteRegisters():
                return struct.pack(">BBHH", request.address, WRITE_REGISTERS, request.start, len(request.values))
            case _:
                assert_never(request)

    def feed(self, chunk: bytes) -> ModbusReply | None:
        """Take the next bytes; returned: the reply once complete. Never raises."""
        buffer = self._buffer
        first_end = len(buffer) + 1
        buffer += chunk
        self.skipped += len(chunk)
        candidates = ((self._length, self._prefix), (_EXCEPTION_BYTES, self._refusal))
        for end in range(max(first_end, _EXCEPTION_BYTES), len(buffer) + 1):
            for length, prefix in candidates:
                start = end - length
                if start >= 0 and buffer.startswith(prefix, start) and crc16_modbus(buffer[start:end]) == 0:
                    self.excess = len(buffer) - end
                    self.skipped -= length + self.excess
                    frame = bytes(buffer[start:end])
                    buffer.clear()
                    return self._decode(frame)
        del buffer[: -(MAX_FRAME_BYTES - 1)]
        return None

    def _decode(self, frame: bytes) -> ModbusReply:
        request = self._request
        if frame[1] & EXCEPTION_BIT:
            return ExceptionReply(request.address, request.function, frame[2])
        match request:
            case ReadBits():
                return Bits(request.address, request.function, _unpack_bits(frame[3:-2], request.count))
            case ReadRegisters():
                return Registers(request.address, request.function, struct.unpack(f">{request.count}H", frame[3:-2]))
            case _:
                start, value = struct.unpack(">HH", frame[2:6])
                return Written(request.address, request.function, start, value)


def decode_request(frame: bytes) -> ModbusRequest | None:
    """A request from exactly one frame; None when the length, the CRC or a range is wrong, or the function is unknown. Never raises."""
    if len(frame) < _FIXED_BYTES or crc16_modbus(frame) != 0:
        return None
    address, function, start, count = struct.unpack_from(">BBHH", frame)
    try:
        if len(frame) == _FIXED_BYTES:
            return _decode_fixed(address, function, start, count)
        raw = frame[7:-2]
        if len(raw) != frame[6]:
            return None
        if function == WRITE_COILS and len(raw) == (count + 7) // 8:
            return WriteBits(address, start, _unpack_bits(raw, count))
        if function == WRITE_REGISTERS and len(raw) == 2 * count:
            return WriteRegisters(address, start, struct.unpack(f">{count}H", raw))
    except ValueError:
        return None
    return None


def _decode_fixed(address: int, function: int, start: int, count: int) -> ModbusRequest | None:
    bit_functions: dict[int, Literal[1, 2]] = {1: 1, 2: 2}
    register_functions: dict[int, Literal[3, 4]] = {3: 3, 4: 4}
    write_functions: dict[int, Literal[5, 6]] = {5: 5, 6: 6}
    if (bit_function := bit_functions.get(function)) is not None:
        return ReadBits(address, bit_function, start, count)
    if (register_function := register_functions.get(function)) is not None:
        return ReadRegisters(address, register_function, start, count)
    if (write_function := write_functions.get(function)) is not None:
        return WriteOne(address, write_function, start, count)
    return None


def explain(message: ModbusRequest | ModbusReply, start: int = 0) -> Meaning:
    """What a message says. ``start``: the address from which the request had asked to read, for its reply."""
    match message:
        case ReadBits():
            code = "modbus_read_coils" if message.function == 1 else "modbus_read_inputs"
            return Meaning(code, {"first": message.start, "last": message.start + message.count - 1}, message.address)
        case ReadRegisters():
            return Meaning("modbus_read_registers", _span(message.start, message.count), message.address)
        case WriteOne():
            code = "modbus_write_coil" if message.function == 5 else "modbus_write_register"
            return Meaning(code, {"place": f"{message.start:04X}", "value": f"{message.value:04X}"}, message.address)
        case WriteBits():
            return Meaning("modbus_write_coils", {"first": message.start, "levels": levels(message.bits)}, message.address)
        case WriteRegisters():
            return Meaning("modbus_write_registers", _span(message.start, message.values), message.address)
        case Bits():
            code = "modbus_coils" if message.function == 1 else "modbus_inputs"
            return Meaning(code, {"first": start, "levels": levels(message.bits)}, message.address)
        case Registers():
            return Meaning("modbus_registers", _span(start, message.values), message.address)
        case Written():
            return Meaning("modbus_written", {"place": f"{message.start:04X}"}, message.address)
        case ExceptionReply():
            return Meaning("modbus_exception", {"code": message.code, "words": message.text}, message.address)
        case _:
            assert_never(message)


def _span(start: int, what: int | Sequence[int]) -> dict[str, str | int]:
    """Registers from ``start``: how many, or their values too."""
    count = what if isinstance(what, int) else len(what)
    span: dict[str, str | int] = {"first": f"{start:04X}", "last": f"{start + count - 1:04X}"}
    return span if isinstance(what, int) else span | {"values": " ".join(f"{value:04X}" for value in what)}


class ModbusExplainer:
    """A :class:`devices.protocols.meaning.Explainer` of a master's wire: a reply is read by the request before it."""

    def __init__(self) -> None:
        self._asked: tuple[ModbusRequest, ModbusReplyReader] | None = None

    @property
    def unanswered(self) -> Meaning | None:
        """The last request, as long as its reply is due."""
        return None if self._asked is None else explain(self._asked[0])

    def sent(self, message: bytes) -> Sequence[Meaning]:
        """A request."""
        request = decode_request(message)
        self._asked = None
        if request is None:
            return ()
        if request.address != BROADCAST:
            self._asked = request, ModbusReplyReader(request, repeat_value=False)
        return (explain(request),)

    def received(self, chunk: bytes) -> Sequence[Meaning]:
        """The reply, once it is complete."""
        if self._asked is None:
            return ()
        request, reader = self._asked
        reply = reader.feed(chunk)
        if reply is None:
            return ()
        self._asked = None
        return (explain(reply, request.start),)
