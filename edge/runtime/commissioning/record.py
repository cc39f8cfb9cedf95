"""The commissioning record: one JSON object a line in a file beside the journal, on the disk before anybody is told that it is kept."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from edge.web.bench import RecordRow

NAME: Final = "commissioning.jsonl"
MOST_ROWS: Final = 2_000  # a cabinet is commissioned by some fifty; older ones are let go when the file is next made anew
MOST_BYTES: Final = 4_000_000  # bytes of the file that are read: far more than so many rows

_ROW: TypeAdapter[RecordRow] = TypeAdapter(RecordRow)
log = logging.getLogger(__name__)


class CommissioningRecord:
    """``path`` is made with the first row. A line that a power cut left half written is passed over."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows: list[RecordRow] = []

    def open(self) -> None:
        """Read what is there. Raises OSError where the file cannot be read."""
        try:
            with self._path.open("rb") as file:
                file.seek(max(0, self._path.stat().st_size - MOST_BYTES))
                lines = file.read().splitlines()
        except FileNotFoundError:
            return
        self._rows = [row for line in lines if (row := _read(line)) is not None]

    @property
    def rows(self) -> Sequence[RecordRow]:
        """Oldest first."""
        return self._rows

    async def add(self, row: RecordRow) -> None:
        """Keep one row; its number is given here. A disk that refuses it is logged: the row is shown until the controller ends."""
        row = replace(row, number=self._rows[-1].number + 1 if self._rows else 1)
        self._rows.append(row)
        rows: Iterable[RecordRow] = (row,)
        anew = len(self._rows) > MOST_ROWS
        if anew:
            self._rows = self._rows[-MOST_ROWS // 2 :]
            rows = self._rows
        text = "".join(json.dumps(asdict(one), ensure_ascii=False, separators=(",", ":")) + "\n" for one in rows)
        try:
            await asyncio.to_thread(_write, self._path, text, anew=anew)
        except OSError as error:
            log.error("the commissioning record cannot be written", extra={"path": str(self._path), "error": str(error)})


def _write(path: Path, text: str, *, anew: bool) -> None:
    target = path.with_name(f".{path.name}.part") if anew else path
    flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | (os.O_TRUNC if anew else os.O_APPEND)
    descriptor = os.open(target, flags, 0o600)
    try:
        content = text.encode()
        if not anew and os.fstat(descriptor).st_size and not _ends_a_line(path):
            content = b"\n" + content  # the end of the last row was lost with the power
        while content:
            content = content[os.write(descriptor, content) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if anew:
        target.replace(path)


def _ends_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def _read(line: bytes) -> RecordRow | None:
    try:
        return _ROW.validate_json(line)
    except ValidationError:
        return None
