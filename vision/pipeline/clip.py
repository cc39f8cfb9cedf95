"""The clip, the eye's own kind of recording: JPEG pictures one after the other, each with the time of its frame in a comment. Pure codec.

Players of motion JPEG show it (``ffplay shelf.mjpeg``); what a power cut leaves of one is a shorter clip.
"""

from __future__ import annotations

from typing import Final

from vision.pipeline.jpeg_stream import jpeg_comments, with_comment

CLIP_ENDING: Final = ".mjpeg"

_TIME: Final = b"at_ns="


def stamped(jpeg: bytes, at_ns: int) -> bytes:
    """The picture with the time of its frame (CLOCK_MONOTONIC nanoseconds). ValueError where it is no JPEG picture."""
    return with_comment(jpeg, _TIME + str(at_ns).encode())


def stamp_of(jpeg: bytes) -> int | None:
    """The time of its frame, None where the picture does not say."""
    for comment in jpeg_comments(jpeg):
        digits = comment[len(_TIME) :]
        if comment.startswith(_TIME) and digits.isdigit() and len(digits) < 20:
            return int(digits)
    return None
