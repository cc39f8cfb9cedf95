"""Pictures in a stream: the same ones however it is cut, none out of garbage, and never more memory than agreed."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.vision.cameras import jpeg, numbered, part
from vision.pipeline.jpeg_stream import JpegStream, jpeg_comments, jpeg_size, with_comment

PICTURES = [jpeg(numbered(number)) for number in range(4)]
NOISY = jpeg(np.random.default_rng(1).integers(0, 256, (64, 48, 3), np.uint8))
THUMBNAILED = NOISY[:2] + b"\xff\xe1" + (len(PICTURES[0]) + 2).to_bytes(2, "big") + PICTURES[0] + NOISY[2:]


@given(cuts=st.lists(st.integers(0, 12_000), max_size=20))
def test_any_chunking_gives_the_same_pictures(cuts: list[int]) -> None:
    whole = b"".join(part(picture) for picture in [*PICTURES, NOISY, THUMBNAILED])
    edges = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    stream = JpegStream()
    found = [picture for start, end in itertools.pairwise(edges) for picture in stream.feed(whole[start:end])]
    assert found == [*PICTURES, NOISY, THUMBNAILED]
    assert stream.broken == 0


def test_byte_by_byte_and_without_anything_between_them() -> None:
    stream = JpegStream()
    assert [picture for byte in PICTURES[1] + PICTURES[2] for picture in stream.feed(bytes((byte,)))] == PICTURES[1:3]
    assert stream.skipped == 0


@given(garbage=st.binary(max_size=300))
@example(b"\xff\xd8\xff")
@example(b"\xff\xd8\xff\xda\x00\x02\xff")
@example(b"\xff\xd8\xff\xe0\xff\xff")
@example(b"\xff\xd8\xff\xe0\x00\x00")
def test_garbage_raises_nothing_and_costs_no_later_picture_but_those_that_it_swallows(garbage: bytes) -> None:
    stream = JpegStream()
    for chunk in (garbage, b"\xff\xd9" + bytes(70_000)):
        for picture in stream.feed(chunk):
            assert picture.startswith(b"\xff\xd8\xff")
    assert stream.feed(part(PICTURES[3]))[-1:] == [PICTURES[3]]


def test_a_picture_that_was_cut_off_costs_only_itself() -> None:
    stream = JpegStream()
    assert stream.feed(PICTURES[0][: len(PICTURES[0]) * 9 // 10] + PICTURES[1] + PICTURES[2]) == [PICTURES[1], PICTURES[2]]
    assert stream.broken == 1


def test_an_endless_picture_is_given_up_at_the_limit() -> None:
    stream = JpegStream(limit=10_000)
    assert stream.feed(b"\xff\xd8\xff\xda\x00\x02" + bytes(9_000)) == []
    assert stream.feed(bytes(9_000)) == []
    assert stream.broken == 1
    assert stream.feed(PICTURES[2]) == [PICTURES[2]]


def test_hostile_starts_take_time_in_proportion_to_their_bytes() -> None:
    def seconds(attack: bytes) -> float:
        stream, begun = JpegStream(), time.perf_counter()
        for at in range(0, len(attack), 65_536):
            stream.feed(attack[at : at + 65_536])
        return time.perf_counter() - begun

    for piece in (b"\xff\xd8\xff\xda\x00\x02", b"\xff\xd8\xff\xe0\xff\xff", b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\x00\x02\xff\xd0"):
        small = min(seconds(piece * 5_000) for _ in range(3))
        assert seconds(piece * 80_000) < 16 * 8 * small + 0.2


def test_the_size_is_read_without_decoding() -> None:
    assert jpeg_size(PICTURES[0]) == (160, 120)
    assert jpeg_size(THUMBNAILED) == (48, 64)
    for nothing in (b"", b"\xff\xd8\xff", b"GIF89a", PICTURES[0][:20], b"\xff\xd8\xff\xc0\x00\x03\x00"):
        assert jpeg_size(nothing) is None


def test_comments_come_back_and_leave_the_picture_as_it_is() -> None:
    commented = with_comment(with_comment(PICTURES[0], b"one"), b"")
    assert jpeg_comments(commented) == [b"", b"one"]
    assert jpeg_size(commented) == (160, 120)
    assert JpegStream().feed(commented) == [commented]
    with pytest.raises(ValueError, match="JPEG picture only"):
        with_comment(b"PNG", b"")
    with pytest.raises(ValueError, match="at most 65533 bytes"):
        with_comment(PICTURES[0], bytes(65_534))
