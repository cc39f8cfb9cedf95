"""JPEG pictures in a stream of bytes: where one ends and the next begins, how large one is, what its comments say. Pure codec.

Cameras that send motion JPEG over HTTP disagree about boundaries and lengths between the pictures, and none of it is needed: a JPEG picture
says itself where it ends (ITU-T T.81, annex B). So the text between pictures is skipped like any other garbage. The same goes for clips,
which are JPEG pictures one after the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

MAX_JPEG: Final = 8 * 1024 * 1024  # bytes; a 12-megapixel photograph has about 4 MB, what is longer is no picture of a shelf camera

_START: Final = b"\xff\xd8\xff"
_SCAN_END: Final = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # in coded data FF is followed by 00 or by a restart marker, else the data ends
_COMMENT: Final = 0xFE
_END: Final = 0xD9
_SCAN: Final = 0xDA
_BARE: Final = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a length
_NEXT: Final = 0xD8  # a picture begins inside another: that one was cut off
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # headers that carry the size


class JpegStream:
    """Cuts pictures out of a stream. ``skipped`` counts bytes that belonged to none, ``broken`` pictures that began and were none."""

    def __init__(self, limit: int = MAX_JPEG) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._at = 0  # how far into the picture that begins the buffer it is understood
        self._in_scan = False
        self.skipped = 0
        self.broken = 0

    def feed(self, chunk: bytes) -> list[bytes]:
        """The pictures that are complete with ``chunk``, in their order. Never raises; holds at most the limit and one chunk."""
        self._buffer += chunk
        pictures: list[bytes] = []
        while self._find_start():
            end = self._find_end()
            if end is None:
                if len(self._buffer) <= self._limit:
                    break
                self._give_up()
            elif end == 0:
                self._give_up()
            else:
                pictures.append(bytes(self._buffer[:end]))
                self._drop(end)
        return pictures

    def _find_start(self) -> bool:
        """Bring the buffer to begin with a picture; False where none is in sight."""
        if self._at:
            return True
        start = self._buffer.find(_START)
        if start < 0:
            spare = max(0, len(self._buffer) - len(_START) + 1)
            self.skipped += spare
            self._drop(spare)
            return False
        self.skipped += start
        self._drop(start)
        self._at = 2
        return True

    def _find_end(self) -> int | None:
        """Length of the picture that begins the buffer, 0 where it turns out to be none, None where more bytes are needed."""
        buffer = self._buffer
        while True:
            if self._in_scan:
                found = _SCAN_END.search(buffer, self._at)
                if found is None:
                    self._at = max(self._at, len(buffer) - 1)
                    return None
                self._at, self._in_scan = found.start(), False
            if len(buffer) < self._at + 2:
                return None
            if buffer[self._at] != 0xFF:
                return 0
            marker = buffer[self._at + 1]
            if marker == 0xFF:  # fill byte
                self._at += 1
            elif marker == _END:
                return self._at + 2
            elif marker in _BARE:
                self._at += 2
            elif marker in {0x00, _NEXT}:
                return 0
            else:
                if len(buffer) < self._at + 4:
                    return None
                length = int.from_bytes(buffer[self._at + 2 : self._at + 4], "big")
                if length < 2:
                    return 0
                if len(buffer) < self._at + 2 + length:
                    return None
                self._at += 2 + length
                self._in_scan = marker == _SCAN

    def _give_up(self) -> None:
        """Go on where the picture stopped making sense, not after its start: hostile bytes are then looked at once, not again and again."""
        self.broken += 1
        self.skipped += self._at
        self._drop(self._at)

    def _drop(self, count: int) -> None:
        del self._buffer[:count]
        self._at, self._in_scan = 0, False


def jpeg_size(picture: bytes) -> tuple[int, int] | None:
    """(width, height) in pixels as the header says, None where there is no such header. Nothing is decoded."""
    for marker, content in _segments(picture):
        if marker in _FRAMES and len(content) >= 5:
            return int.from_bytes(content[3:5], "big"), int.from_bytes(content[1:3], "big")
    return None


def jpeg_comments(picture: bytes) -> list[bytes]:
    """What the comment segments before the coded data hold."""
    return [content for marker, content in _segments(picture) if marker == _COMMENT]


def with_comment(picture: bytes, comment: bytes) -> bytes:
    """The picture with one more comment, which decoders skip. ValueError where it is no JPEG picture or the comment is too long."""
    if not picture.startswith(_START):
        raise ValueError("a comment can be put into a JPEG picture only")
    if len(comment) > 0xFFFF - 2:
        raise ValueError(f"a comment has at most {0xFFFF - 2} bytes, this has {len(comment)}")
    return picture[:2] + bytes((0xFF, _COMMENT)) + (len(comment) + 2).to_bytes(2, "big") + comment + picture[2:]


def _segments(picture: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and content of each segment before the coded data; ends quietly at the first thing that is none."""
    if not picture.startswith(_START):
        return
    at = 2
    while at + 4 <= len(picture) and picture[at] == 0xFF:
        marker = picture[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker in _BARE:
            at += 2
            continue
        if marker in {_SCAN, _END, _NEXT, 0x00}:
            return
        length = int.from_bytes(picture[at + 2 : at + 4], "big")
        if length < 2:
            return
        yield marker, picture[at + 4 : at + 2 + length]
        at += 2 + length
