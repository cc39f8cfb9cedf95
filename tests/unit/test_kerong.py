from __future__ import annotations

import pytest

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

DIALECTS: list[KerongDialect] = ["classic", "wide"]


def status(board: int, open_lock: int) -> KerongStatus:
    hooks = tuple(lock != open_lock for lock in range(LOCKS))
    return KerongStatus(board, hooks, (False,) * LOCKS)


def test_the_status_bits_lie_where_the_programs_put_them() -> None:
    frame = encode_status(KerongStatus(1, (True,) + (False,) * 15, (False,) * 15 + (True,)), "classic")
    assert frame[:-1] == bytes.fromhex("02 10 35 01 00 00 80 03")
    assert len(frame) == 9


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_board_hears_its_own_requests_among_others(dialect: KerongDialect) -> None:
    decoder = KerongRequestDecoder(2, dialect)
    wire = (
        encode_request(KerongStatusRequest(1), dialect)
        + encode_status(status(1, 3), dialect)
        + b"\x02\xff"
        + encode_request(KerongUnlock(2, 9), dialect)
        + encode_request(KerongStatusRequest(2), dialect)
    )
    assert decoder.feed(wire) == [KerongUnlock(2, 9), KerongStatusRequest(2)]
    assert decoder.skipped == 2


@pytest.mark.parametrize("dialect", DIALECTS)
def test_only_the_asked_board_is_believed(dialect: KerongDialect) -> None:
    reader = KerongReplyReader(KerongStatusRequest(2), dialect)
    assert reader.feed(encode_status(status(1, 3), dialect)) is None
    assert reader.feed(encode_status(status(2, 5), dialect)) == status(2, 5)


def test_a_wrong_sum_is_no_reply() -> None:
    frame = bytearray(encode_status(status(0, 3), "classic"))
    frame[4] ^= 1
    assert KerongReplyReader(KerongStatusRequest(0), "classic").feed(bytes(frame)) is None


@pytest.mark.parametrize(("dialect", "board"), [("classic", 15), ("classic", -1), ("wide", 255)])
def test_impossible_boards_are_refused(dialect: KerongDialect, board: int) -> None:
    with pytest.raises(ValueError, match=f"board must be 0..{14 if dialect == 'classic' else 254} in the {dialect} dialect, not {board}"):
        encode_request(KerongStatusRequest(board), dialect)


def test_impossible_locks_are_refused() -> None:
    with pytest.raises(ValueError, match=r"lock must be 0\.\.15, not 16"):
        encode_request(KerongUnlock(0, 16), "classic")
    with pytest.raises(ValueError, match="16 hooks"):
        KerongStatus(0, (True,), (False,))
