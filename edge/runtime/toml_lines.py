"""Where in a TOML text a table or key stands, so that an error can name the line. Pure; reading values is ``tomllib``'s business."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*(\[\[?)\s*(?P<name>[^\[\]#]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*(?P<name>(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=(?P<rest>.*)$""")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
_LONG_QUOTES = ('"""', "'''")


class LineIndex:
    """Line numbers (from 1) of the tables and keys of one TOML text. Keys inside inline tables are found at their outer key."""

    def __init__(self, text: str) -> None:
        self._lines: dict[Path, int] = {}
        self._arrays: dict[Path, int] = {}
        self._read(text)

    def line_of(self, path: Sequence[str | int]) -> int | None:
        """The line of ``path`` or of its nearest known parent, None where even the table is not written."""
        place = tuple(path)
        while place:
            if place in self._lines:
                return self._lines[place]
            place = place[:-1]
        return None

    def _read(self, text: str) -> None:
        table: Path = ()
        open_quote: str | None = None
        for number, line in enumerate(text.splitlines(), start=1):
            if open_quote is not None:
                if open_quote in line:
                    open_quote = None
                continue
            header = _HEADER.match(line)
            if header is not None:
                table = self._enter(_parts(header["name"]), is_array=header[1] == "[[")
                self._lines.setdefault(table, number)
                continue
            key = _KEY.match(line)
            if key is None:
                continue
            place = table
            for part in _parts(key["name"]):
                place = (*place, part)
                self._lines.setdefault(place, number)
            open_quote = next((quote for quote in _LONG_QUOTES if key["rest"].count(quote) % 2), None)

    def _enter(self, parts: Sequence[str], *, is_array: bool) -> Path:
        """The path of a table header: ``[[door]]`` for the second time is ``("door", 1)``."""
        place: Path = ()
        for depth, part in enumerate(parts, start=1):
            place = (*place, part)
            if depth == len(parts) and is_array:
                self._arrays[place] = self._arrays.get(place, -1) + 1
            if place in self._arrays:
                place = (*place, self._arrays[place])
        return place


def _parts(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in _PART.findall(dotted)]
