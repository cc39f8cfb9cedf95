"""How the controller writes its log: one line per event, as JSON for machines or readable for people, on standard output.

A line is an event in words and fields: ``log.info("door opened", extra={"door": "front"})``. Fields whose name says that they are secret
are never written. The log explains; what must be kept is in the journal.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

from edge.runtime.sections import LogSettings

SECRET_FIELD = re.compile(r"password|secret|private|credential|api_?key|authorization|cookie|pass_text", re.IGNORECASE)
HIDDEN = "(hidden)"
MAX_FIELD_CHARACTERS = 2000  # characters; a line stays one datagram of the system journal
CHATTY = ("asyncio", "uvicorn.access", "uvicorn.error", "paho")  # their routine lines say nothing about the shop

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))  # syslog numbers


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """The fields given by ``extra=``, secrets hidden, long values cut."""
    found: dict[str, Any] = {}
    for name, value in vars(record).items():
        if name in _STANDARD or name.startswith("_"):
            continue
        found[name] = HIDDEN if SECRET_FIELD.search(name) else _plain(value)
    return found


class JsonLines(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, event, then the fields."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **{(f"{name}_" if name in {"time", "level", "logger", "event", "trace"} else name): v for name, v in fields_of(record).items()},
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, separators=(",", ":"))


class Readable(logging.Formatter):
    """Local time, level where it is not routine, event, fields; an exception's trace on the lines below."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end. Line breaks inside it are written as \\n, so that nobody can forge a line."""
        time = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S.%f")[:-3]
        level = "" if record.levelno == logging.INFO else f"{record.levelname} "
        words = " ".join(f"{name}={shown(value)}" for name, value in fields_of(record).items())
        line = f"{time}  {level}{_one_line(record.getMessage())}{'  ' if words else ''}{words}"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return line


class JournalPriority(logging.Formatter):
    """Puts the syslog priority in front, as the system journal understands it."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        """The inner line behind its priority; every further line gets the same one."""
        priority = next((number for level, number in _PRIORITIES if record.levelno >= level), 7)
        return "\n".join(f"<{priority}>{line}" for line in self._inner.format(record).split("\n"))


def configure(settings: LogSettings, stream: TextIO | None = None) -> None:
    """Send every log line of this process to ``stream`` (standard output), in the configured form. Replaces earlier configurations."""
    stream = stream if stream is not None else sys.stdout
    formatter: logging.Formatter = JsonLines() if settings.format == "json" else Readable()
    if _is_system_journal(stream):
        formatter = JournalPriority(formatter)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(settings.level.upper())
    logging.captureWarnings(capture=True)
    for name in CHATTY:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def _is_system_journal(stream: TextIO) -> bool:
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


def _plain(value: object) -> object:
    if isinstance(value, bool | int | float | type(None)):
        return value
    if isinstance(value, Mapping):
        return {str(key): HIDDEN if SECRET_FIELD.search(str(key)) else _plain(inner) for key, inner in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return [_plain(inner) for inner in value]
    text = str(value)
    return text if len(text) <= MAX_FIELD_CHARACTERS else f"{text[:MAX_FIELD_CHARACTERS]}..."


def shown(value: object) -> str:
    """A field as it stands in a readable line."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False) if " " in value or not value.isprintable() or not value else value
    return json.dumps(value, ensure_ascii=False)


def _one_line(text: str) -> str:
    return text.replace("\r", "\\r").replace("\n", "\\n")
