"""What the doctor found, as pages see it. Pure: values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """One finding. ``code`` and ``values`` choose and fill the sentence of the reader's language; ``text`` and ``advice`` say it in
    English. A failure keeps the store from working, a warning can wait.
    """

    check: str
    level: Literal["ok", "warning", "failure"]
    text: str
    advice: str
    code: str = ""
    values: Mapping[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckupView:
    """The last look at everything, or the one that goes on. ``done_unix_s`` None: it goes on, or there was none (``begun_unix_s`` None)."""

    running: bool = False
    begun_unix_s: float | None = None
    done_unix_s: float | None = None
    findings: tuple[FindingView, ...] = ()
    failures: int = 0
    warnings: int = 0
