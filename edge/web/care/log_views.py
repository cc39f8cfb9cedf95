"""The controller's log as pages see it. Pure: values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Level: TypeAlias = Literal["debug", "info", "warning", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One event. ``number`` counts from 1 and never repeats while the controller runs; ``trace`` is that of an exception."""

    number: int
    at_unix_s: float
    level: Level
    logger: str
    event: str
    fields: Mapping[str, str]
    trace: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogWish:
    """Which lines: at least this important, holding this text (in any case of letters), after this number, the newest ``limit`` of them."""

    level: Level = "debug"
    text: str = ""
    after: int = 0
    limit: int = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPage:
    """Lines in the order of time. ``newest``: the number to ask with next. ``missed``: lines after the number asked with that are not kept
    any more. ``kept``: how many lines are kept at most; ``oldest_unix_s``: since when."""

    lines: tuple[LogLine, ...]
    newest: int
    missed: int
    kept: int
    oldest_unix_s: float | None
