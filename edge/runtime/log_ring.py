"""The newest lines of the log in memory, for the page. Beside the fields whose names tell of a secret, texts that look like one are hidden:
whoever may read the page need not be whoever may read the system journal."""

from __future__ import annotations

import logging
import re
import traceback
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from edge.runtime.logs import HIDDEN, fields_of, shown
from edge.web.care.log_views import Level, LogLine, LogPage, LogWish

MOST_EVENT: Final = 2_000  # characters
MOST_TRACE: Final = 8_000  # characters; the end of it tells most
LEVELS: Final[dict[Level, int]] = {"debug": 0, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}

_SECRETS: Final = re.compile(
    r"""\bss1\.[A-Za-z0-9_-]+\.[A-Za-z0-9_.-]+          # an entry pass
      | \bsst_[A-Za-z0-9_-]{8,}                         # an API token
      | (?<=/enter/)[A-Za-z0-9_-]{16,}                  # a one-time link
      | \b[A-Z2-9]{4}(?:-[A-Z2-9]{4}){6}\b              # a setup token or a recovery code
      | (?<=://)[^\s/@:]+:[^\s/@]+(?=@)                 # name and password in an address
      | (?<=bearer\ )\S+ | (?<=basic\ )\S+
      | (?<=smartstore_session=)[^\s;]+
      | (?:(?<=password)|(?<=passwort)|(?<=secret)|(?<=api_key)|(?<=apikey))\\*["']?\s*[=:]\s*\S+
      | -----BEGIN[ A-Z]*PRIVATE\ KEY-----.*?(?:-----END[ A-Z]*PRIVATE\ KEY-----|\Z)""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)


def without_secrets(text: str) -> str:
    """``text`` with what looks like a secret hidden."""
    return _SECRETS.sub(HIDDEN, text)


class LogRing(logging.Handler):
    """The last ``keep`` lines that the root logger lets through."""

    def __init__(self, keep: int) -> None:
        super().__init__()
        self.keep = keep
        self._lines: deque[LogLine] = deque(maxlen=keep)
        self._newest = 0

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear every line of this process until the block ends."""
        root = logging.getLogger()
        root.addHandler(self)
        try:
            yield
        finally:
            root.removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line. Never raises."""
        try:
            level: Level = next((name for name in reversed(LEVELS) if record.levelno >= LEVELS[name]), "debug")
            trace = None
            if record.exc_info is not None and record.exc_info[0] is not None:
                trace = without_secrets("".join(traceback.format_exception(*record.exc_info))[-2 * MOST_TRACE :])[-MOST_TRACE:]
            self._newest += 1
            self._lines.append(
                LogLine(
                    number=self._newest,
                    at_unix_s=record.created,
                    level=level,
                    logger=record.name,
                    event=without_secrets(record.getMessage()[: 2 * MOST_EVENT])[:MOST_EVENT],
                    fields={name: without_secrets(shown(value)) for name, value in fields_of(record).items()},
                    trace=trace,
                )
            )
        except Exception:
            self.handleError(record)

    def page(self, wish: LogWish) -> LogPage:
        """The newest lines that ``wish`` asks for."""
        after = wish.after if wish.after <= self._newest else 0  # the number of an earlier run
        lines = tuple(islice(self._found(wish, after), wish.limit))[::-1]
        oldest = self._lines[0] if self._lines else None
        return LogPage(
            lines=lines,
            newest=self._newest,
            missed=max(0, oldest.number - 1 - after) if after and oldest is not None else 0,
            kept=self.keep,
            oldest_unix_s=None if oldest is None else oldest.at_unix_s,
        )

    def _found(self, wish: LogWish, after: int) -> Iterator[LogLine]:
        """Newest first."""
        least, text = LEVELS[wish.level], wish.text.casefold()
        for line in reversed(tuple(self._lines)):
            if line.number <= after:
                return
            if LEVELS[line.level] >= least and (not text or text in _as_text(line).casefold()):
                yield line

    def text(self, wish: LogWish) -> list[str]:
        """Every kept line of that level and with that text, oldest first, as one text each; UTC."""
        return [_as_text(line) for line in reversed(list(self._found(wish, 0)))]


def _as_text(line: LogLine) -> str:
    fields = "".join(f" {name}={value}" for name, value in line.fields.items())
    head = f"{_utc(line.at_unix_s)} {line.level:<7} {line.logger}: {line.event}{fields}"
    return head if line.trace is None else f"{head}\n{line.trace.rstrip()}"


def _utc(unix_s: float) -> str:
    return datetime.fromtimestamp(unix_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
