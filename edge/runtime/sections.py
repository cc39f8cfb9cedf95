"""The described settings of the controller itself: ``[journal]``, ``[recordings]`` and ``[log]``. Nothing here opens anything."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class JournalSettings(BaseModel):
    """Where the store remembers, and for how long."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path = Field(
        default=Path("/var/lib/smartstore/journal.db"),
        description="The SQLite file of journal and outbox, on a disk that keeps what it confirms. Relative: beside the store file.",
    )
    snapshot_every: int = Field(
        default=200, ge=1, le=100_000, description="Facts between two stored states; a start replays at most so many."
    )
    keep_days: float = Field(
        default=30.0, ge=1.0, le=3650.0, description="How long facts stay for replay, in days. Receipts and unsent events stay anyway."
    )
    audit_days: float = Field(
        default=730.0, ge=1.0, le=36_500.0, description="How long the audit record stays, in days: who did what, for a page and an auditor."
    )
    min_free_mb: int = Field(
        default=200,
        ge=16,
        le=1_000_000,
        description="With less free space (MB) nobody new may enter; running visits end properly.",
    )


class RecordingSettings(BaseModel):
    """Recordings of the weights, made on the page; see docs/technician.md."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path | None = Field(default=None, description="Where they are kept. Unset: the folder recordings beside the journal.")
    most_mb: int = Field(
        default=300, ge=10, le=1_000_000, description="Room for all recordings together (MB); nothing more is recorded when it is used up."
    )
    remember_minutes: float = Field(
        default=10.0,
        ge=0.0,
        le=60.0,
        description="How far back the weights are remembered in memory, in minutes, so that a visit that is over can become a recording: "
        "half a megabyte a minute for eight plates. 0 remembers nothing.",
    )


class LogSettings(BaseModel):
    """What the controller says about itself, one line per event on standard output."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="The least important lines that are written.")
    format: Literal["json", "console"] = Field(
        default="json", description="One JSON object a line for machines, or readable lines for people."
    )
    keep_lines: int = Field(default=2000, ge=100, le=20_000, description="Lines kept in memory for the page; about a kilobyte each.")
