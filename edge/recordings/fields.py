"""Reading JSON that somebody else wrote: every complaint names the file, the place in it, and what to do. No meaning lives here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

MAX_JSON_BYTES = 64_000_000  # bytes; a shop of ten thousand products and a month of visits stay far below
MAX_TEXT = 200  # characters of an id or a name
MAX_SHOWN = 60  # characters of a wrong value that are repeated in the complaint
INT64 = 2**63 - 1


class RecordingInvalid(ValueError):
    """A recording (or a file of receipts) that cannot be used. The text names the file, the place and what to do."""

    def __init__(self, file: Path, place: str, problem: str) -> None:
        super().__init__(": ".join(part for part in (str(file), place, problem) if part))
        self.file = file
        self.place = place


def shown(value: object) -> str:
    """A value as it may stand in a complaint: one short line, whatever it was."""
    text = ascii(value) if isinstance(value, str) else json.dumps(value, default=lambda _: "...")[: 10 * MAX_SHOWN]
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a JSON file with its place. Every reader raises :class:`RecordingInvalid` where the value is not what it asks for."""

    file: Path
    place: str
    value: object

    def wrong(self, problem: str) -> RecordingInvalid:
        """The complaint about this value, to be raised."""
        return RecordingInvalid(self.file, self.place, problem)

    def at(self, key: str) -> Field:
        """The value under ``key`` of this object."""
        found = self.optional(key)
        if found is None:
            raise self.wrong(f"{key!r} is missing; add it")
        return found

    def optional(self, key: str) -> Field | None:
        """The value under ``key`` of this object, or None where it has no such key or null."""
        if not isinstance(self.value, dict):
            raise self.wrong(f"must be an object in braces, got {shown(self.value)}")
        value = self.value.get(key)
        return None if value is None else Field(self.file, f"{self.place}.{key}" if self.place else key, value)

    def each(self, most: int) -> list[Field]:
        """The values of this list of at most ``most``."""
        if not isinstance(self.value, list):
            raise self.wrong(f"must be a list in brackets, got {shown(self.value)}")
        if len(self.value) > most:
            raise self.wrong(f"has {len(self.value)} entries, at most {most} can be handled; split the recording")
        return [Field(self.file, f"{self.place}[{index}]", value) for index, value in enumerate(self.value)]

    def name(self) -> str:
        """An identifier: 1 to ``MAX_TEXT`` printable characters."""
        if not isinstance(self.value, str) or not 1 <= len(self.value) <= MAX_TEXT or not self.value.isprintable():
            raise self.wrong(f"must be a text of 1 to {MAX_TEXT} printable characters, got {shown(self.value)}")
        return self.value

    def words(self) -> str:
        """A text for people; characters that cannot be printed become question marks."""
        if not isinstance(self.value, str) or len(self.value) > MAX_TEXT:
            raise self.wrong(f"must be a text of at most {MAX_TEXT} characters, got {shown(self.value)}")
        return "".join(sign if sign.isprintable() else "?" for sign in self.value)

    def whole(self, low: int = -INT64, high: int = INT64) -> int:
        """An integer from ``low`` to ``high``."""
        if isinstance(self.value, bool) or not isinstance(self.value, int) or not low <= self.value <= high:
            raise self.wrong(f"must be a whole number from {low} to {high}, got {shown(self.value)}")
        return self.value

    def number(self, low: float, high: float, unit: str) -> float:
        """A finite number from ``low`` to ``high``, whose ``unit`` the complaint names."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float) or not low <= self.value <= high:
            raise self.wrong(f"must be a number from {low:g} to {high:g} ({unit}), got {shown(self.value)}")
        return float(self.value)


def read_json(file: Path) -> Field:
    """The whole of a JSON file."""
    try:
        if not file.exists():
            raise RecordingInvalid(file, "", "is missing; a recording has store.json, weights.npz and sessions.json")
        if not file.is_file():
            raise RecordingInvalid(file, "", "is no file; name a JSON file")
        if (size := file.stat().st_size) > MAX_JSON_BYTES:
            raise RecordingInvalid(file, "", f"has {size} bytes, at most {MAX_JSON_BYTES} are read; split the recording")
        text = file.read_bytes().decode("utf-8")
    except OSError as error:
        raise RecordingInvalid(file, "", f"cannot be read ({error.strerror or error})") from error
    except UnicodeDecodeError as error:
        raise RecordingInvalid(file, f"byte {error.start}", "is not UTF-8; save it as UTF-8 text") from error
    try:
        return Field(file, "", json.loads(text))
    except json.JSONDecodeError as error:
        raise RecordingInvalid(file, f"line {error.lineno}, column {error.colno}", f"is not JSON ({error.msg}); correct it") from error
    except (RecursionError, ValueError) as error:
        raise RecordingInvalid(file, "", "is not usable JSON: nested too deeply, or a number with thousands of digits") from error
