"""Recordings as pages see them: those that are kept, the one that is made now, and how far back the store remembers. Pure: values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

RecordingOf: TypeAlias = Literal["now", "last", "visit"]
"""What was recorded: from a moment on, the time before a moment, or one visit."""

RecordingEnd: TypeAlias = Literal["time", "asked", "full", "overrun", "stopped", "failed"]
"""Why it ended: its time was over, somebody ended it, there was no more room for it, the machine was too busy, the store stopped, or the
disk failed."""

RecordingCode: TypeAlias = Literal[
    "recording_begun",
    "recording_made",
    "recording_ended",
    "recording_deleted",
    "recording_runs",
    "recording_none_runs",
    "recording_no_room",
    "recording_nothing_kept",
    "recording_visit_gone",
    "recording_unknown",
    "recording_failed",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingView:
    """One recording that is kept. ``visit``: whose it is where it is of one visit. ``visits``: how many whole visits are in it."""

    name: str
    of: RecordingOf
    begun_unix_s: float
    seconds: float
    bytes: int
    samples: int
    visits: int
    by: str
    note: str
    ended: RecordingEnd
    visit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningView:
    """The recording that is made now. ``until_s`` and ``begun_s`` are CLOCK_MONOTONIC seconds."""

    name: str
    begun_s: float
    until_s: float
    bytes: int
    samples: int
    visits: int
    by: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryView:
    """How far back the store remembers its weights: ``minutes`` at most (0: not at all), ``seconds`` now, in ``bytes`` of memory."""

    minutes: float
    seconds: float
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingsView:
    """Newest first. ``used_bytes`` of ``most_bytes`` are taken on the disk."""

    recordings: tuple[RecordingView, ...]
    running: RunningView | None
    memory: MemoryView
    used_bytes: int
    most_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingResult:
    """What became of a wish about a recording: accepted, or refused with a stable code and words. ``name``: the recording it is about."""

    accepted: bool
    code: RecordingCode
    words: str
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitKept:
    """Whether the store still remembers the weights of a visit."""

    visit: str
    kept: bool
