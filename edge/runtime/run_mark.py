"""How the run before this one ended, as far as anything on this machine tells: a small file beside the journal says who runs, and at the
end why it ended. A run that could not say it died."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, TypeAlias

from pydantic import TypeAdapter, ValidationError

MARK: Final = "run.json"  # its name, beside the journal
MOST_BYTES: Final = 16_384
MOST_WORDS: Final = 500  # characters of why it ended

_End: TypeAlias = Literal["asked", "restart", "failed"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of the controller. ``ended`` None: it has not said that it ended. ``words``: what failed.

    ``earlier_release``: the last other release that ran here; ``since_unix_s``: since when this one does.
    """

    release: str
    boot: str
    begun_unix_s: float
    since_unix_s: float
    earlier_release: str | None = None
    ended: _End | None = None
    ended_unix_s: float | None = None
    words: str = ""


_RUN: TypeAdapter[Run] = TypeAdapter(Run)


class RunMark:
    """Context manager around one run. ``before``: the run before it, None where there was none or nothing is known of it; ``last_sign``:
    when it wrote to the disk last, in Unix seconds.

    ``restarting`` is to be set where the end is to be a new beginning. A disk that takes nothing is logged and keeps nobody from running.
    """

    def __init__(self, journal: Path, *, release: str, boot: str, now_unix_s: float) -> None:
        self._path = journal.with_name(MARK)
        self.restarting = False
        self.before = _read(self._path)
        self.last_sign = _touched(journal)
        known = self.before
        same = known is not None and known.release == release
        self.now = Run(
            release=release,
            boot=boot,
            begun_unix_s=now_unix_s,
            since_unix_s=known.since_unix_s if known is not None and same else now_unix_s,
            earlier_release=None if known is None else known.earlier_release if same else known.release,
        )

    def __enter__(self) -> RunMark:
        self._write(self.now)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        wanted = error is None or isinstance(error, asyncio.CancelledError | KeyboardInterrupt)
        words = "" if wanted else "; ".join(dict.fromkeys(f"{type(one).__name__}: {one}" for one in _causes(error)))
        ended: _End = ("restart" if self.restarting else "asked") if wanted else "failed"
        self._write(replace(self.now, ended=ended, ended_unix_s=time.time(), words=words[:MOST_WORDS]))

    def _write(self, run: Run) -> None:
        staged = self._path.with_name(f"{self._path.name}.new")
        try:
            with os.fdopen(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "w", encoding="utf-8") as file:
                json.dump(asdict(run), file)
            os.replace(staged, self._path)
        except OSError as error:
            log.warning("how this run ends cannot be kept", extra={"error": str(error)})


def _read(path: Path) -> Run | None:
    try:
        with path.open("rb") as file:
            return _RUN.validate_json(file.read(MOST_BYTES))
    except (OSError, ValidationError):
        return None


def _touched(journal: Path) -> float | None:
    """The newest write to the journal, which every fact touches."""
    found = []
    for path in (journal, journal.with_name(f"{journal.name}-wal")):
        try:
            found.append(path.stat().st_mtime)
        except OSError:
            continue  # not there
    return max(found, default=None)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _causes(one)
    elif error is not None:
        yield error
