"""What a check found. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Level: TypeAlias = Literal["ok", "warning", "failure"]
Value: TypeAlias = str | int | float


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's report. ``check`` names the side looked at, ``advice`` what to do (empty when all is well).

    ``code`` is stable and chooses the sentences of a page's language ("finding.CODE", "finding.CODE.advice"), which ``values`` fill; ""
    where only the English ones say it. A failure keeps the store from working, a warning can wait.
    """

    check: str
    level: Level
    text: str
    advice: str = ""
    code: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)


def ok(check: str, code: str, text: str, **values: Value) -> Finding:
    """All is well."""
    return Finding(check, "ok", text, "", code, values)


def warning(check: str, code: str, text: str, advice: str, **values: Value) -> Finding:
    """It works, and should be looked after."""
    return Finding(check, "warning", text, advice, code, values)


def failure(check: str, code: str, text: str, advice: str, **values: Value) -> Finding:
    """It keeps the store from working."""
    return Finding(check, "failure", text, advice, code, values)
