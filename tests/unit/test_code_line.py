from __future__ import annotations

import pytest

from devices.protocols.code_line import MAX_CODE_CHARACTERS, CodeDecoder, encode_code
from devices.protocols.lines import LineCutter


def test_any_line_end_ends_a_code() -> None:
    assert CodeDecoder().feed(b"one\r\ntwo\nthree\r\r\nfour") == ["one", "two", "three"]


def test_frames_and_spaces_around_a_code_fall_away() -> None:
    assert CodeDecoder().feed(b"\x02 ss1.k.a.b \x03\r\n") == ["ss1.k.a.b"]


def test_unreadable_and_endless_lines_are_skipped() -> None:
    decoder = CodeDecoder()
    assert decoder.feed(b"\xff\xfebad\r\ngood\r\n\x1b[2J\r\n") == ["good"]
    assert decoder.skipped == 9
    assert decoder.feed(b"x" * (MAX_CODE_CHARACTERS + 5) + b"\rnext\r") == ["next"]
    assert decoder.skipped == 9 + MAX_CODE_CHARACTERS + 5


def test_the_longest_code_passes() -> None:
    longest = "x" * MAX_CODE_CHARACTERS
    assert CodeDecoder().feed(encode_code(longest)) == [longest]


@pytest.mark.parametrize("text", ["", "x" * (MAX_CODE_CHARACTERS + 1), "ümlaut", "line\nbreak"])
def test_impossible_codes_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        encode_code(text)


def test_a_line_cutter_needs_room() -> None:
    with pytest.raises(ValueError, match="at least 1, not 0"):
        LineCutter(0)
