from __future__ import annotations

import pytest

from devices.protocols.mt_sics import (
    MAX_LINE_BYTES,
    SicsAction,
    SicsCommand,
    SicsCommandDecoder,
    SicsIdentity,
    SicsRefusal,
    SicsReply,
    SicsReplyReader,
    SicsStreamDecoder,
    SicsWeight,
    encode_command,
    encode_reply,
)


@pytest.mark.parametrize(
    ("command", "line", "reply"),
    [
        ("S", b"S S     100.00 g", SicsWeight("stable", 100.0, "g")),
        ("SI", b"SI S      -0.25 kg", SicsWeight("stable", -0.25, "kg")),
        ("SI", b"S D    1234.5 g", SicsWeight("dynamic", 1234.5, "g")),
        ("SI", b"S I", SicsWeight("busy")),
        ("S", b"S +", SicsWeight("overload")),
        ("SI", b"SI -", SicsWeight("underload")),
        ("S", b"S S 2.5 lb", SicsWeight("stable", 2.5, "lb")),
        ("S", b"S S 16 oz", SicsWeight("stable", 16.0, "oz")),
        ("S", b"S S 500 mg", SicsWeight("stable", 500.0, "mg")),
        ("S", b"ES", SicsRefusal("ES")),
        ("Z", b"Z A", SicsAction("Z", "done")),
        ("Z", b"Z I", SicsAction("Z", "busy")),
        ("ZI", b"ZI D", SicsAction("ZI", "done")),
        ("Z", b"Z +", SicsAction("Z", "overload")),
        ("T", b"T S     100.00 g", SicsAction("T", "done")),
        ("TI", b"TI -", SicsAction("TI", "underload")),
        ("@", b'I4 A "B021002593"', SicsIdentity("I4", ("B021002593",))),
        ("I2", b'I2 A "PR2002 Standard 2200.00 g"', SicsIdentity("I2", ("PR2002 Standard 2200.00 g",))),
        ("I0", b'I0 B 0 "I0"', SicsIdentity("I0", ("I0",), more=True)),
        ("I4", b"I4 I", SicsRefusal("I")),
    ],
)
def test_replies(command: SicsCommand, line: bytes, reply: SicsReply) -> None:
    reader = SicsReplyReader(command)
    assert reader.feed(line + b"\r\n") == reply
    assert (reader.skipped, reader.excess) == (0, 0)


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("S", b"Z A"),
        ("Z", b"ZI S"),
        ("I4", b'I2 A "x"'),
        ("S", b"S S 12.5 stone"),
        ("S", b"S S --5 g"),
        ("S", b"S"),
        ("S", b"S S nan g"),
        ("S", b"S S 99999999999999999999 g"),
        ("S", b"I4 I"),
        ("S", b"S S 12,5 g"),
        ("S", b"\xff\xfe"),
        ("I4", b""),
    ],
)
def test_lines_that_answer_something_else_are_skipped(command: SicsCommand, line: bytes) -> None:
    reader = SicsReplyReader(command)
    assert reader.feed(line + b"\r\n") is None
    assert reader.skipped == len(line) + 2


def test_units_become_grams() -> None:
    assert SicsWeight("stable", 2.0, "kg").grams == 2000.0
    assert SicsWeight("stable", 500.0, "mg").grams == pytest.approx(0.5)
    assert SicsWeight("stable", 1.0, "lb").grams == pytest.approx(453.59237)
    assert SicsWeight("stable", 1.0, "oz").grams == pytest.approx(28.349523125)
    assert SicsWeight("overload").grams is None


def test_an_endless_line_is_dropped_and_the_next_one_read() -> None:
    decoder = SicsStreamDecoder()
    for _ in range(50):
        assert decoder.feed(b"S" * 100) == []
    assert decoder._lines.pending <= MAX_LINE_BYTES
    assert decoder.feed(b"\r\nS D 1.0 g\r\n") == [SicsWeight("dynamic", 1.0, "g")]
    assert decoder.skipped == 5000


def test_a_scale_refuses_what_it_does_not_know() -> None:
    decoder = SicsCommandDecoder()
    assert decoder.feed(b"SI\r\nsi\r\nS S\r\n@\r\n") == ["SI", SicsRefusal("ES"), SicsRefusal("ES"), "@"]


def test_impossible_values_are_refused() -> None:
    with pytest.raises(ValueError, match=r"-1e9\.\.1e9"):
        encode_reply(SicsWeight("stable", 1e12, "g"))
    with pytest.raises(ValueError, match="quotation"):
        encode_reply(SicsIdentity("I4", ('a"b',)))
    with pytest.raises(ValueError, match="at most 128"):
        encode_reply(SicsIdentity("I4", ("x" * 200,)))
    with pytest.raises(ValueError, match="SicsStreamDecoder"):
        SicsReplyReader("SIR")
    assert encode_command("SIR") == b"SIR\r\n"
