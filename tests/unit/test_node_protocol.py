from __future__ import annotations

from pathlib import Path

import pytest

from devices.protocols.cobs import cobs_decode, cobs_encode
from devices.protocols.crc import crc16_ccitt
from devices.protocols.node import (
    AskInputs,
    ControllerHeartbeat,
    Hello,
    Inputs,
    Message,
    NodeDecoder,
    NodeFrame,
    NodeHeartbeat,
    Pulse,
    PulseAnswer,
    Samples,
    WhoIs,
    encode_frame,
)

# The example frame of docs/protocols/node.md.
EXAMPLE_WIRE = bytes.fromhex("03 01 03 01 01 01 01 01 07 63 CB C4 FF 1E 2F 00")
EXAMPLE = NodeFrame(3, 0, 0, Samples((-3_880_093,)))
HELLO = Hello(8, 4, 2, (1, 2, 3), bytes(range(8)), "cell-node-8")


def test_the_documented_example() -> None:
    page = (Path(__file__).parents[2] / "docs" / "protocols" / "node.md").read_text(encoding="utf-8")
    assert f"on the wire: {EXAMPLE_WIRE.hex(' ').upper()}" in page
    assert encode_frame(EXAMPLE) == EXAMPLE_WIRE
    assert NodeDecoder().feed(EXAMPLE_WIRE) == [EXAMPLE]


@pytest.mark.parametrize(
    ("stuffed", "message"),
    [
        ("01", ""),
        ("01 01", "00"),
        ("03 11 22 02 33", "11 22 00 33"),
        ("02 11 01 01 01", "11 00 00 00"),
        ("FF " + "AA " * 254, "AA " * 254),
        ("FF " + "AA " * 254 + "02 AA", "AA " * 255),
        ("FF " + "AA " * 254 + "01 01", "AA " * 254 + "00"),
    ],
)
def test_byte_stuffing(stuffed: str, message: str) -> None:
    """The vectors of the COBS paper's kind: empty, zeros, and runs around 254 bytes."""
    if message != "AA " * 254 + "00":
        assert cobs_encode(bytes.fromhex(message)) == bytes.fromhex(stuffed)
    assert cobs_decode(bytes.fromhex(stuffed)) == bytes.fromhex(message)


@pytest.mark.parametrize("stuffed", ["", "00", "05 11", "03 11 00"])
def test_impossible_stuffing_is_none(stuffed: str) -> None:
    assert cobs_decode(bytes.fromhex(stuffed)) is None


def test_damage_anywhere_loses_that_frame_only() -> None:
    good = encode_frame(NodeFrame(3, 7, 99, Inputs((True, False, True))))
    for place in range(len(EXAMPLE_WIRE) - 1):
        damaged = bytearray(EXAMPLE_WIRE)
        damaged[place] ^= 0x04
        decoder = NodeDecoder()
        assert decoder.feed(bytes(damaged) + b"\x00" + good) == [NodeFrame(3, 7, 99, Inputs((True, False, True)))]
        assert decoder.skipped > 0


def test_a_missing_end_costs_one_more_frame_and_no_memory() -> None:
    decoder = NodeDecoder()
    for _ in range(100):
        assert decoder.feed(b"\x07" * 1000) == []
    assert len(decoder._buffer) <= 128
    assert decoder.feed(b"\x00" + EXAMPLE_WIRE) == [EXAMPLE]
    assert decoder.skipped == 100_000


@pytest.mark.parametrize("raw", ["7F 03 00 00 00 00 00 00", "01 03 00 00 00 00 00 00 01 02", "03 03 00 00 00 00 00 00 02 04 00 00 00"])
def test_unknown_types_and_impossible_payloads_are_passed_over(raw: str) -> None:
    body = bytes.fromhex(raw)
    wire = cobs_encode(body + crc16_ccitt(body).to_bytes(2, "little")) + b"\x00"
    decoder = NodeDecoder()
    assert decoder.feed(wire + EXAMPLE_WIRE) == [EXAMPLE]
    assert (decoder.unknown, decoder.skipped) == (1, 0)


@pytest.mark.parametrize(
    "message",
    [
        Samples((0, -1, 2**31 - 1, -(2**31))),
        NodeHeartbeat(86_400, True),
        Inputs(()),
        Inputs((True,) * 32),
        PulseAnswer(0xFFFF_FFFF, 1, "no_heartbeat", 0),
        HELLO,
        WhoIs(),
        ControllerHeartbeat(),
        AskInputs(),
        Pulse(5, 15, 30_000),
    ],
)
def test_every_message_comes_back(message: Message) -> None:
    frame = NodeFrame(255, 0xFFFF, 0xFFFF_FFFF, message)
    assert NodeDecoder().feed(encode_frame(frame)) == [frame]


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        (Samples(()), "channels must be 1..16, not 0"),
        (Samples((2**31,)), "count must be"),
        (Pulse(1, 16, 100), "output must be 0..15, not 16"),
        (Pulse(1, 0, 30_001), "length_ms must be 1..30000, not 30001"),
        (Inputs((True,) * 33), "inputs must be 0..32, not 33"),
        (Hello(8, 4, 2, (1, 2, 300), bytes(8), "x"), "firmware part must be 0..255, not 300"),
        (Hello(8, 4, 2, (1, 2, 3), bytes(7), "x"), "serial bytes must be 8..8, not 7"),
        (Hello(8, 4, 2, (1, 2, 3), bytes(8), "ü"), "printable ASCII"),
    ],
)
def test_impossible_messages_are_refused(message: Message, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint.replace(".", r"\.")):
        encode_frame(NodeFrame(1, 0, 0, message))
    with pytest.raises(ValueError, match=r"node must be 0\.\.255, not 256"):
        encode_frame(NodeFrame(256, 0, 0, WhoIs()))
