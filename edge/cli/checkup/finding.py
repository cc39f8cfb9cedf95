"""What a check found. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Level: TypeAlias = Literal["ok", "warning", "failure"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's report. ``check`` names the side looked at, ``advice`` what to do (empty when all is well).

    A failure keeps the store from working, a warning can wait.
    """

    check: str
    level: Level
    text: str
    advice: str = ""


def ok(check: str, text: str) -> Finding:
    """All is well."""
    return Finding(check, "ok", text)


def warning(check: str, text: str, advice: str) -> Finding:
    """It works, and should be looked after."""
    return Finding(check, "warning", text, advice)


def failure(check: str, text: str, advice: str) -> Finding:
    """It keeps the store from working."""
    return Finding(check, "failure", text, advice)
