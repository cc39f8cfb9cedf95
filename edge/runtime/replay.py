"""Runs journalled facts through ``step`` again: the same facts give the same commands, today and next year.

Reads a journal (SQLite) or a recording of facts (JSON lines, one fact a line). Executes nothing.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from edge.runtime.journal import JournalError, JournalReader
from edge.session.commands import Command
from edge.session.facts import Fact
from edge.session.machine import step
from edge.session.state import StoreState, initial

_COMMAND: TypeAdapter[Any] = TypeAdapter(Command)
_FACT: TypeAdapter[Any] = TypeAdapter(Fact)
_SQLITE_MAGIC: Final = b"SQLite format 3\x00"
_NO_COMMANDS: Final = '"commands": []}'  # how the line of a fact without commands ends
MAX_LINE_BYTES: Final = 4 * 1024 * 1024  # the longest fact is the store's own description; a longer line is no recording


@dataclass(frozen=True, slots=True)
class Step:
    """One fact and the commands it gives."""

    no: int
    fact: Fact
    commands: tuple[Command, ...]

    def as_json(self) -> str:
        """One line: the fact's number, kind and time, and its commands. What golden files hold."""
        commands = [_COMMAND.dump_python(command, mode="json") for command in self.commands]
        return json.dumps({"fact": self.no, "kind": self.fact.kind, "at_ns": self.fact.at_ns, "commands": commands}, ensure_ascii=False)


def replay(path: Path) -> Iterator[Step]:
    """Every fact of ``path`` with its commands, in order. Raises JournalError where the file cannot be read."""
    state, facts = _open(path)
    for fact in facts:
        state, commands = step(state, fact)
        yield Step(state.fact_no, fact, commands)


def differences(steps: Iterator[Step], golden: Path) -> list[str]:
    """A unified diff between the golden lines and what the facts give now; empty when they agree.

    Facts without commands are left out on both sides, so that a golden file stays readable.
    """
    try:
        lines = golden.read_text(encoding="utf-8").split("\n")  # splitlines() would also part at odd characters inside the texts
    except (OSError, UnicodeDecodeError) as error:
        raise JournalError(f"{golden} cannot be read as a golden file: {error}") from error
    expected = [line for line in lines if line.strip() and not line.endswith(_NO_COMMANDS)]
    actual = [one.as_json() for one in steps if one.commands]
    return list(difflib.unified_diff(expected, actual, fromfile=str(golden), tofile="replayed now", lineterm="", n=1))


def _open(path: Path) -> tuple[StoreState, Iterator[Fact]]:
    try:
        with path.open("rb") as file:
            magic = file.read(len(_SQLITE_MAGIC))
    except OSError as error:
        raise JournalError(f"{path} cannot be read: {error.strerror}") from error
    if magic != _SQLITE_MAGIC:
        return initial(), _recording(path)
    reader = JournalReader(path)
    first = reader.first_fact_no()
    if first is None or first == 1:
        return initial(), (stored.fact for stored in reader.facts(after=0))
    # Old facts have been pruned: begin at the earliest state that was kept.
    state = reader.snapshot(latest=False)
    if state is None or state.fact_no < first - 1:
        raise JournalError(f"{path} begins at fact {first} and holds no earlier snapshot that this release can read.")
    return state, (stored.fact for stored in reader.facts(after=state.fact_no))


def _recording(path: Path) -> Iterator[Fact]:
    with path.open("rb") as file:
        number = 0
        while line := file.readline(MAX_LINE_BYTES + 1):
            number += 1
            if len(line) > MAX_LINE_BYTES:
                raise JournalError(f"{path}, line {number}: longer than {MAX_LINE_BYTES} bytes, this is no recording of facts")
            if not line.strip():
                continue
            try:
                yield _FACT.validate_json(line)
            except ValidationError as error:
                first = error.errors()[0]
                where = "".join(f"{part}." for part in first["loc"])[:-1]
                place = f"{where}: " if where else ""
                raise JournalError(f"{path}, line {number}: not a fact: {place}{first['msg']}") from error
