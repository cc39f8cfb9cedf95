"""The described settings of access. Pure."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class AccessSettings(BaseModel):
    """How long those who signed in stay signed in, and how long a link is good."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    session_idle_hours: float = Field(
        default=12.0, ge=0.1, le=720.0, description="A session ends when nothing was asked for so long, in hours. Watching is not asking."
    )
    session_days: float = Field(default=30.0, ge=0.1, le=365.0, description="A session ends so long after signing in, in days.")
    link_hours: float = Field(
        default=24.0, ge=0.1, le=168.0, description="How long a link for choosing a password is good, in hours; once in any case."
    )
