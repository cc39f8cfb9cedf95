"""Where a procedure's samples come from: a port that the command line and the running station keep. Pure: types only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

SILENT_S = 5.0
"""Without any sample for so long, something is wrong with the line."""


@dataclass(frozen=True, slots=True)
class PlateSample:
    """One sample of one plate or channel: monotonic ns, grams, the word of :class:`devices.ports.Reading`."""

    plate: str
    at_ns: int
    grams: float
    quality: str


class Samples(Protocol):
    """What the plates say, one sample after the other, in the order of arrival."""

    async def next(self, within_s: float = SILENT_S) -> PlateSample:
        """The next sample. CannotWeigh when a scale fails or none comes for ``within_s``."""
        ...

    def skip(self) -> None:
        """Drop what nobody has looked at yet: the technician took his time. CannotWeigh as ``next``."""
        ...
