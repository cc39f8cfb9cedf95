from __future__ import annotations

import pytest

from devices.protocols.modbus_frames import (
    Bits,
    ExceptionReply,
    ReadBits,
    ReadRegisters,
    Registers,
    WriteBits,
    WriteOne,
    WriteRegisters,
    Written,
)
from devices.protocols.modbus_rtu import MAX_FRAME_BYTES, ModbusReplyReader, decode_request, encode_reply, encode_request

WEIGHT = ReadRegisters(1, 3, 0x50, 2)
WEIGHT_REPLY = Registers(1, 3, (0, 132))


def test_noise_before_the_reply_is_skipped_and_counted() -> None:
    reader = ModbusReplyReader(WEIGHT)
    assert reader.feed(b"\x00\x01\x03") is None
    assert reader.feed(encode_reply(WEIGHT_REPLY) + b"\xff\xff") == WEIGHT_REPLY
    assert (reader.skipped, reader.excess) == (3, 2)


@pytest.mark.parametrize(
    "stranger",
    [
        Registers(2, 3, (0, 132)),  # another station
        Registers(1, 4, (0, 132)),  # another function
        Registers(1, 3, (0, 132, 0)),  # another length
        ExceptionReply(2, 3, 2),
        ExceptionReply(1, 4, 2),
    ],
)
def test_valid_frames_that_answer_something_else_are_no_reply(stranger: Registers | ExceptionReply) -> None:
    reader = ModbusReplyReader(WEIGHT)
    assert reader.feed(encode_reply(stranger)) is None
    assert reader.feed(encode_reply(WEIGHT_REPLY)) == WEIGHT_REPLY
    assert reader.skipped == len(encode_reply(stranger))


def test_the_repeated_fields_of_a_write_must_match() -> None:
    pulse = WriteOne(1, 5, 0x200, 7)
    assert ModbusReplyReader(pulse).feed(encode_reply(Written(1, 5, 0x201, 7))) is None
    assert ModbusReplyReader(pulse).feed(encode_reply(Written(1, 5, 0x200, 8))) is None
    assert ModbusReplyReader(pulse, repeat_value=False).feed(encode_reply(Written(1, 5, 0x200, 8))) == Written(1, 5, 0x200, 8)
    assert ModbusReplyReader(pulse).feed(encode_reply(Written(1, 5, 0x200, 7))) == Written(1, 5, 0x200, 7)


def test_a_refusal_is_a_reply_with_its_reason() -> None:
    reply = ModbusReplyReader(WEIGHT).feed(encode_reply(ExceptionReply(1, 3, 2)))
    assert reply == ExceptionReply(1, 3, 2)
    assert isinstance(reply, ExceptionReply)
    assert "illegal address" in reply.text


def test_bits_beyond_those_asked_for_are_cut() -> None:
    reader = ModbusReplyReader(ReadBits(1, 2, 0, 3))
    assert reader.feed(encode_reply(Bits(1, 2, (True, False, True, True, True)))) == Bits(1, 2, (True, False, True))


def test_the_reader_keeps_at_most_one_frame_of_noise() -> None:
    reader = ModbusReplyReader(WEIGHT)
    for _ in range(100):
        reader.feed(bytes(1000))
    assert len(reader._buffer) < MAX_FRAME_BYTES
    assert reader.skipped == 100_000


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ReadRegisters(256, 3, 0, 1), "address must be 0..255, not 256"),
        (lambda: ReadRegisters(1, 3, 0, 126), "count must be 1..125, not 126"),
        (lambda: ReadRegisters(1, 3, 0xFFFF, 2), "last address must be 0..65535, not 65536"),
        (lambda: ReadBits(1, 1, 0, 0), "count must be 1..2000, not 0"),
        (lambda: WriteOne(1, 6, 0, -1), "value must be 0..65535, not -1"),
        (lambda: WriteRegisters(1, 0, tuple(range(124))), "count must be 1..123, not 124"),
        (lambda: WriteRegisters(1, 0, (70000,)), "value must be 0..65535, not 70000"),
        (lambda: WriteBits(1, 0, ()), "count must be 1..1968, not 0"),
        (lambda: ExceptionReply(1, 0x83, 1), "function must be 1..127, not 131"),
    ],
)
def test_impossible_messages_name_the_range_and_the_value(make: object, message: str) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match=message.replace(".", r"\.")):
        make()


def test_a_damaged_or_truncated_request_is_none() -> None:
    frame = encode_request(WriteRegisters(1, 0x5E, (1,)))
    assert decode_request(frame) == WriteRegisters(1, 0x5E, (1,))
    for cut in range(len(frame)):
        assert decode_request(frame[:cut]) is None
    for place in range(len(frame)):
        damaged = bytearray(frame)
        damaged[place] ^= 0x10
        assert decode_request(bytes(damaged)) is None
