"""What the eye needs of the world, as ports of few verbs. Pure: protocols only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from vision.types import Detection, Floats, Frame, Picture


@dataclass(frozen=True, slots=True)
class SourceState:
    """How a source is doing: whether it delivers, frames per second over the last seconds, reconnects since the start, why it does not."""

    connected: bool
    frames_per_s: float
    reconnects: int
    trouble: str = ""


class Source(Protocol):
    """A camera. It reads in a thread of its own and keeps only the newest frame; a slow consumer misses frames and never delays them."""

    name: str

    def start(self) -> None:
        """Begin to connect and read. Returned: the thread runs, nothing is known of the camera yet."""
        ...

    def newest(self, after: int, timeout_s: float) -> Frame | None:
        """The newest frame with a number above ``after``; waits up to ``timeout_s`` for it, None if none came."""
        ...

    def state(self) -> SourceState:
        """How it is doing now."""
        ...

    def close(self) -> None:
        """End the thread and let the camera go. Returned: both are done."""
        ...


class Embedder(Protocol):
    """A model that turns pictures of things into vectors in which the same product lies close together."""

    @property
    def size(self) -> int:
        """Length of a vector."""
        ...

    def embed(self, crops: Sequence[Picture]) -> Floats:
        """One row per crop, float32 (len(crops), size), rows of length 1."""
        ...


class Detector(Protocol):
    """A model that finds things in a picture."""

    def detect(self, pixels: Picture) -> list[Detection]:
        """What it found above its threshold, best first."""
        ...
