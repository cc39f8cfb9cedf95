"""Consistent Overhead Byte Stuffing (Cheshire and Baker, 1999): a message without zero bytes, so that a zero can end the frame. Pure."""

from __future__ import annotations

from typing import Final

_LONGEST_RUN: Final = 254  # bytes without a zero that one code byte can announce


def cobs_encode(message: bytes) -> bytes:
    """``message`` stuffed, without the closing zero. Length: at most len + 1 + len // 254."""
    stuffed = bytearray()
    pieces = message.split(b"\x00")
    for number, piece in enumerate(pieces):
        rest = piece
        while len(rest) >= _LONGEST_RUN:
            stuffed.append(_LONGEST_RUN + 1)
            stuffed += rest[:_LONGEST_RUN]
            rest = rest[_LONGEST_RUN:]
            if not rest and number == len(pieces) - 1:
                return bytes(stuffed)
        stuffed.append(len(rest) + 1)
        stuffed += rest
    return bytes(stuffed)


def cobs_decode(stuffed: bytes) -> bytes | None:
    """The message in ``stuffed`` (without the closing zero); None when it is not a stuffed message. Never raises."""
    if not stuffed or 0 in stuffed:
        return None
    message = bytearray()
    at = 0
    while at < len(stuffed):
        code = stuffed[at]
        end = at + code
        if end > len(stuffed):
            return None
        message += stuffed[at + 1 : end]
        at = end
        if code <= _LONGEST_RUN and at < len(stuffed):
            message.append(0)
    return bytes(message)
