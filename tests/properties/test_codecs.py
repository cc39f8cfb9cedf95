"""Laws of every wire codec: chunking never matters, garbage never raises, what is encoded comes back, memory stays bounded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.protocols.cobs import cobs_decode, cobs_encode
from devices.protocols.code_line import CodeDecoder, encode_code
from devices.protocols.kerong import (
    LOCKS,
    KerongDialect,
    KerongReplyReader,
    KerongRequestDecoder,
    KerongStatus,
    KerongStatusRequest,
    KerongUnlock,
    encode_request,
    encode_status,
)
from devices.protocols.modbus_frames import (
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
from devices.protocols.modbus_rtu import ModbusReplyReader, decode_request, encode_reply, reply_bytes
from devices.protocols.modbus_rtu import encode_request as encode_modbus
from devices.protocols.mt_sics import (
    COMMANDS,
    SicsCommandDecoder,
    SicsReplyReader,
    SicsStreamDecoder,
    SicsUnit,
    SicsWeight,
    encode_command,
)
from devices.protocols.mt_sics import encode_reply as encode_sics
from devices.protocols.node import (
    MAX_INPUTS,
    MAX_PULSE_MS,
    Hello,
    Inputs,
    NodeDecoder,
    NodeFrame,
    NodeHeartbeat,
    Pulse,
    PulseAnswer,
    Samples,
    WhoIs,
    encode_frame,
)
from devices.protocols.reply import ReplyReader

DIALECTS: list[KerongDialect] = ["classic", "wide"]
UNITS: list[SicsUnit] = ["g", "kg", "mg", "lb", "oz"]

addresses = st.integers(0, 255)
words = st.integers(0, 0xFFFF)
word_lists = st.lists(words, min_size=1, max_size=123).map(tuple)
bit_lists = st.lists(st.booleans(), min_size=1, max_size=200).map(tuple)
low_starts = st.integers(0, 0xFFFF - 2000)

modbus_requests: st.SearchStrategy[ModbusRequest] = st.one_of(
    st.builds(ReadBits, addresses, st.sampled_from([1, 2]), low_starts, st.integers(1, 2000)),
    st.builds(ReadRegisters, addresses, st.sampled_from([3, 4]), low_starts, st.integers(1, 125)),
    st.builds(WriteOne, addresses, st.sampled_from([5, 6]), words, words),
    st.builds(WriteBits, addresses, low_starts, bit_lists),
    st.builds(WriteRegisters, addresses, low_starts, word_lists),
)


@st.composite
def modbus_exchanges(draw: st.DrawFn) -> tuple[ModbusRequest, ModbusReply]:
    request = draw(modbus_requests)
    if draw(st.booleans()):
        return request, ExceptionReply(request.address, request.function, draw(st.integers(0, 255)))
    match request:
        case ReadBits():
            bits = (
                draw(st.lists(st.booleans(), min_size=request.count, max_size=request.count))
                if request.count < 64
                else [True] * request.count
            )
            return request, Bits(request.address, request.function, tuple(bits))
        case ReadRegisters():
            values = draw(st.lists(words, min_size=request.count, max_size=request.count))
            return request, Registers(request.address, request.function, tuple(values))
        case WriteOne():
            return request, Written(request.address, request.function, request.start, request.value)
        case WriteBits():
            return request, Written(request.address, 15, request.start, len(request.bits))
        case WriteRegisters():
            return request, Written(request.address, 16, request.start, len(request.values))


node_messages = st.one_of(
    st.builds(Samples, st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=16).map(tuple)),
    st.builds(NodeHeartbeat, st.integers(0, 2**32 - 1), st.booleans()),
    st.builds(Inputs, st.lists(st.booleans(), max_size=MAX_INPUTS).map(tuple)),
    st.builds(
        PulseAnswer,
        st.integers(0, 2**32 - 1),
        addresses,
        st.sampled_from(["accepted", "busy", "no_such_output"]),
        st.integers(0, MAX_PULSE_MS),
    ),
    st.builds(
        Hello,
        st.integers(0, 16),
        st.integers(0, 32),
        st.integers(0, 16),
        st.tuples(addresses, addresses, addresses),
        st.binary(min_size=8, max_size=8),
        st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=40),
    ),
    st.just(WhoIs()),
    st.builds(Pulse, st.integers(0, 2**32 - 1), st.integers(0, 15), st.integers(1, MAX_PULSE_MS)),
)
node_frames = st.builds(NodeFrame, addresses, words, st.integers(0, 2**32 - 1), node_messages)
boards = st.integers(0, 14)
statuses = st.builds(
    KerongStatus,
    boards,
    st.lists(st.booleans(), min_size=LOCKS, max_size=LOCKS).map(tuple),
    st.lists(st.booleans(), min_size=LOCKS, max_size=LOCKS).map(tuple),
)
weights = st.builds(
    SicsWeight,
    st.sampled_from(["stable", "dynamic"]),
    st.integers(-(10**7), 10**7).map(lambda hundredths: hundredths / 100),
    st.sampled_from(UNITS),
)
codes = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=80)


class Decoder(Protocol):
    @property
    def skipped(self) -> int: ...

    def feed(self, chunk: bytes) -> Sequence[object]: ...


DECODERS: dict[str, Callable[[], Decoder]] = {
    "node": NodeDecoder,
    "code": CodeDecoder,
    "sics stream": SicsStreamDecoder,
    "sics command": SicsCommandDecoder,
    "kerong classic": lambda: KerongRequestDecoder(1, "classic"),
    "kerong wide": lambda: KerongRequestDecoder(1, "wide"),
}
READERS: dict[str, Callable[[], ReplyReader[object]]] = {
    "modbus registers": lambda: ModbusReplyReader(ReadRegisters(1, 3, 0x50, 2)),
    "modbus bits": lambda: ModbusReplyReader(ReadBits(1, 2, 0, 8)),
    "modbus coil": lambda: ModbusReplyReader(WriteOne(1, 5, 0x200, 7)),
    "kerong classic": lambda: KerongReplyReader(KerongStatusRequest(1), "classic"),
    "kerong wide": lambda: KerongReplyReader(KerongStatusRequest(1), "wide"),
    "sics weight": lambda: SicsReplyReader("SI"),
    "sics identity": lambda: SicsReplyReader("@"),
}
SNIPPETS = (
    encode_reply(Registers(1, 3, (0, 132))),
    encode_reply(Registers(2, 3, (0, 132))),
    encode_reply(ExceptionReply(1, 3, 2)),
    encode_reply(ExceptionReply(1, 5, 2)),
    encode_reply(Bits(1, 2, (True,) * 8)),
    encode_reply(Written(1, 5, 0x200, 7)),
    encode_status(KerongStatus(1, (True,) * LOCKS, (False,) * LOCKS), "classic"),
    encode_status(KerongStatus(1, (True,) * LOCKS, (False,) * LOCKS), "wide"),
    encode_request(KerongStatusRequest(1), "classic"),
    encode_request(KerongUnlock(1, 3), "wide"),
    encode_frame(NodeFrame(1, 2, 3, Samples((1, -2)))),
    b"S S     100.00 g\r\n",
    b"SI D 1.5 kg\r",
    b'I4 A "B02"\r\n',
    b"ES\r\n",
    b"SI\r\n",
    b"a code\r\n",
    b"\x00",
    b"\x01\x03",
)
# Valid pieces, halves of them and noise, so that decoders meet what a bad line really delivers.
traffic = st.lists(
    st.one_of(
        st.sampled_from(SNIPPETS),
        st.tuples(st.sampled_from(SNIPPETS), st.integers(0, 20)).map(lambda cut: cut[0][: cut[1]]),
        st.binary(max_size=12),
    ),
    max_size=12,
).map(b"".join)
cut_points = st.lists(st.integers(0, 400), max_size=20)


def chunks(message: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut for cut in cuts if cut < len(message)), len(message)]
    return [message[start:end] for start, end in pairwise(edges)]


@pytest.mark.parametrize("name", DECODERS)
@given(message=traffic, cuts=cut_points)
def test_decoders_do_not_see_the_chunking(name: str, message: bytes, cuts: list[int]) -> None:
    whole, pieces, single = (DECODERS[name]() for _ in range(3))
    expected = list(whole.feed(message))
    assert [frame for chunk in chunks(message, cuts) for frame in pieces.feed(chunk)] == expected
    assert [frame for byte in message for frame in single.feed(bytes((byte,)))] == expected
    assert whole.skipped == pieces.skipped == single.skipped


@pytest.mark.parametrize("name", READERS)
@given(message=traffic, cuts=cut_points)
def test_readers_do_not_see_the_chunking(name: str, message: bytes, cuts: list[int]) -> None:
    whole = READERS[name]()
    expected = whole.feed(message)
    for pieces in (chunks(message, cuts), [bytes((byte,)) for byte in message]):
        reader = READERS[name]()
        found = None
        for chunk in pieces:
            found = reader.feed(chunk)
            if found is not None:
                break
        assert found == expected
        assert reader.skipped == whole.skipped
    if expected is None:
        assert whole.skipped == len(message)


@pytest.mark.parametrize("name", [*DECODERS, *READERS])
@given(message=st.binary(max_size=2000))
def test_garbage_never_raises(name: str, message: bytes) -> None:
    for makers in (DECODERS, READERS):
        if name in makers:
            makers[name]().feed(message)


@given(request=modbus_requests)
def test_modbus_requests_come_back(request: ModbusRequest) -> None:
    wire = encode_modbus(request)
    assert decode_request(wire) == request
    assert len(wire) <= 256


@given(exchange=modbus_exchanges(), noise=st.binary(max_size=20))
def test_modbus_replies_come_back_behind_noise(exchange: tuple[ModbusRequest, ModbusReply], noise: bytes) -> None:
    request, reply = exchange
    wire = encode_reply(reply)
    if not isinstance(reply, ExceptionReply):
        assert len(wire) == reply_bytes(request)
    reader = ModbusReplyReader(request)
    assert reader.feed(noise) is None
    assert reader.feed(wire) == reply
    assert (reader.skipped, reader.excess) == (len(noise), 0)


@given(exchange=modbus_exchanges(), place=st.integers(0, 5000), flip=st.integers(1, 255))
def test_a_damaged_modbus_reply_is_none(exchange: tuple[ModbusRequest, ModbusReply], place: int, flip: int) -> None:
    request, reply = exchange
    wire = bytearray(encode_reply(reply))
    wire[place % len(wire)] ^= flip  # at most 8 neighbouring bits: a CRC-16 finds all of these
    assert ModbusReplyReader(request).feed(bytes(wire)) is None


@given(message=st.binary(max_size=700))
def test_stuffing_comes_back_without_zeros(message: bytes) -> None:
    stuffed = cobs_encode(message)
    assert 0 not in stuffed
    assert len(stuffed) <= len(message) + 1 + len(message) // 254
    assert cobs_decode(stuffed) == message


@given(frames=st.lists(node_frames, max_size=5), garbage=st.binary(max_size=30))
def test_node_frames_come_back_after_garbage(frames: list[NodeFrame], garbage: bytes) -> None:
    wire = garbage + b"\x00" + b"".join(map(encode_frame, frames))
    found = NodeDecoder().feed(wire)
    assert found[-len(frames) :] == frames if frames else True


@pytest.mark.parametrize("dialect", DIALECTS)
@given(status=statuses, lock=st.integers(0, LOCKS - 1))
def test_kerong_frames_come_back(dialect: KerongDialect, status: KerongStatus, lock: int) -> None:
    reader = KerongReplyReader(KerongStatusRequest(status.board), dialect)
    assert reader.feed(encode_status(status, dialect)) == status
    for request in (KerongStatusRequest(status.board), KerongUnlock(status.board, lock)):
        assert KerongRequestDecoder(status.board, dialect).feed(encode_request(request, dialect)) == [request]


@given(weight=weights)
def test_sics_weights_come_back(weight: SicsWeight) -> None:
    found: Any = SicsReplyReader("S").feed(encode_sics(weight))
    assert found == weight


@given(command=st.sampled_from(COMMANDS))
def test_sics_commands_come_back(command: Any) -> None:
    assert SicsCommandDecoder().feed(encode_command(command)) == [command]


@given(texts=st.lists(codes, max_size=5))
def test_codes_come_back(texts: list[str]) -> None:
    assert CodeDecoder().feed(b"".join(map(encode_code, texts))) == texts
