"""One connection to a camera, from opening to its end: what every kind of source has to offer. Threads and reconnects live in camera.py."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol, TypeAlias

from vision.types import Picture


class SourceError(Exception):
    """A camera cannot be read; the message says what to do and never holds a password. ``lasting``: trying again will not help."""

    def __init__(self, message: str, *, lasting: bool = False) -> None:
        super().__init__(message)
        self.lasting = lasting


class Connection(Protocol):
    """Pictures in the order in which the camera makes them. Used by one thread, save ``interrupt``."""

    def grab(self) -> bool:
        """Wait for the next picture, bounded in time, and keep it undecoded. False: the recording is at its end. SourceError: lost."""
        ...

    def picture(self) -> tuple[Picture, bytes]:
        """The grabbed picture, decoded, and its JPEG bytes, empty where it did not come as JPEG. SourceError: lost."""
        ...

    def interrupt(self) -> None:
        """Make a waiting ``grab`` return or fail soon; from any thread."""
        ...

    def close(self) -> None:
        """Let the camera go."""
        ...


Connect: TypeAlias = Callable[[threading.Event], Connection]  # opens, bounded in time; SourceError where it cannot; the event ends waiting
