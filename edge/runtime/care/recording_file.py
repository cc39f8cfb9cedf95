"""One recording on the disk: the lines of /api/v1/samples, compressed, beside a small description. Blocking; belongs into a thread."""

from __future__ import annotations

import gzip
import json
import os
import re
import threading
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, get_args

from pydantic import TypeAdapter, ValidationError

from edge.web.care.recording_views import RecordingEnd, RecordingView

NAME: Final = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{8}")
WHOLE, PART, TORN, WORDS = ".gz", ".part", ".torn", ".json"  # a recording; being made; interrupted; its description
LEVEL: Final = 5  # of the compression: a tenth of the size for a hundredth of a second a minute
LONGEST_LINE: Final = 4_000_000  # bytes
PIECE_BYTES: Final = 65_536  # read and unpacked at once
MOST_WORDS: Final = 4_096  # bytes of a description
MODE: Final = 0o600

_VIEW: TypeAdapter[RecordingView] = TypeAdapter(RecordingView)


class NoRoom(Exception):
    """The recording has become larger than what is left for it."""


@dataclass(slots=True)
class Counted:
    """What went into a file so far."""

    bytes: int = 0
    samples: int = 0
    visits: int = 0
    first_ns: int = 0
    last_ns: int = 0


def name_of(begun_unix_s: float, chance: bytes) -> str:
    """The name of a recording; it sorts by time."""
    return f"{datetime.fromtimestamp(begun_unix_s, UTC):%Y%m%d-%H%M%S}-{chance[:4].hex()}"


class Writer:
    """Writes ``NAME.part`` and makes ``NAME.gz`` of it at the end. Raises OSError; NoRoom where it would exceed ``most_bytes``."""

    def __init__(self, folder: Path, name: str, most_bytes: int) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.name = name
        self.counted = Counted()
        self._folder = folder
        self._most_bytes = most_bytes
        self._turn = threading.Lock()  # the store may stop while a thread still writes
        self._raw = os.fdopen(os.open(folder / f"{name}{PART}", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, MODE), "wb")
        self._zip = gzip.GzipFile(filename="", mode="wb", compresslevel=LEVEL, fileobj=self._raw, mtime=0)

    def add(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Append lines as the tap tells them; weights to the milligram. Returned: a crash does not lose them, a power cut may."""
        with self._turn:
            self._add(lines)

    def _add(self, lines: Iterable[Mapping[str, Any]]) -> None:
        counted = self.counted
        for line in lines:
            told = line
            if rows := [(place, at_ns, round(grams, 3)) for place, at_ns, grams in line.get("samples", ())]:
                counted.samples += len(rows)
                counted.first_ns = counted.first_ns or rows[0][1]
                counted.last_ns = max(counted.last_ns, rows[-1][1])
                told = {"samples": rows}
            counted.visits += "visit" in line
            self._zip.write(json.dumps(told, separators=(",", ":")).encode() + b"\n")
        self._zip.flush(zlib.Z_SYNC_FLUSH)
        self._raw.flush()
        counted.bytes = self._raw.tell()
        if counted.bytes > self._most_bytes:
            raise NoRoom

    def finish(self, view: RecordingView) -> RecordingView:
        """Returned: it is on the disk under its name, described by ``view`` with the size it has."""
        with self._turn:
            self._zip.close()
            self._raw.flush()
            os.fsync(self._raw.fileno())
            size = self._raw.tell()
            self._raw.close()
        told = _VIEW.validate_python({**_VIEW.dump_python(view), "bytes": size})
        put(self._folder, told)
        os.replace(self._folder / f"{self.name}{PART}", self._folder / f"{self.name}{WHOLE}")
        return told

    def drop(self) -> None:
        """There is to be no such recording."""
        with self._turn, suppress(OSError, ValueError):
            self._zip.close()
        self._raw.close()
        (self._folder / f"{self.name}{PART}").unlink(missing_ok=True)


def put(folder: Path, view: RecordingView) -> None:
    """Describe a recording."""
    staged = folder / f"{view.name}{WORDS}.new"
    with os.fdopen(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, MODE), "wb") as file:
        file.write(_VIEW.dump_json(view))
    os.replace(staged, folder / f"{view.name}{WORDS}")


def kept(folder: Path) -> list[RecordingView]:
    """The recordings of a folder, newest first; one without a readable description is told by its file alone."""
    try:
        names = sorted((entry.name.removesuffix(WHOLE) for entry in os.scandir(folder) if entry.name.endswith(WHOLE)), reverse=True)
    except FileNotFoundError:
        return []
    return [view for name in names if NAME.fullmatch(name) and (view := _view(folder, name)) is not None]


def used_bytes(folder: Path) -> int:
    """Bytes that recordings take, those being made too."""
    total = 0
    try:
        for entry in os.scandir(folder):
            try:
                total += entry.stat(follow_symlinks=False).st_size
            except FileNotFoundError:
                continue  # deleted meanwhile
    except FileNotFoundError:
        return 0
    return total


def place(folder: Path, name: str) -> Path | None:
    """The file of a recording; None where there is none of that name, or where something else stands there."""
    path = folder / f"{name}{WHOLE}"
    return path if NAME.fullmatch(name) and path.is_file() and not path.is_symlink() else None


def delete(folder: Path, name: str) -> bool:
    """Returned: it is gone; false where there was none."""
    path = place(folder, name)
    if path is None:
        return False
    path.unlink(missing_ok=True)
    (folder / f"{name}{WORDS}").unlink(missing_ok=True)
    return True


def rescue(folder: Path, room_bytes: int) -> list[str]:
    """Make whole recordings of those that a power cut or a crash interrupted; answers their names. What cannot be read is dropped."""
    for part in folder.glob(f"*{PART}"):
        os.replace(part, part.with_suffix(TORN))
    saved = []
    for torn in sorted(folder.glob(f"*{TORN}")):
        if NAME.fullmatch(torn.stem) and _rescued(folder, torn, room_bytes):
            saved.append(torn.stem)
        torn.unlink()
    return saved


def _rescued(folder: Path, torn: Path, room_bytes: int) -> bool:
    writer = Writer(folder, torn.stem, room_bytes)
    try:
        try:
            writer.add(_lines(torn))
        except (NoRoom, KeyError, TypeError, ValueError):
            pass  # what fits and can be understood is kept
        if writer.counted.samples:
            writer.finish(_described(torn.stem, 0, counted=writer.counted))
            return True
    except OSError:
        writer.drop()
        raise
    writer.drop()
    return False


def _lines(torn: Path) -> Iterator[Mapping[str, Any]]:
    """Every whole line of a file whose end is missing."""
    unpack, rest = zlib.decompressobj(wbits=31), b""
    with torn.open("rb") as file:
        while packed := unpack.unconsumed_tail or file.read(PIECE_BYTES):
            try:
                *lines, rest = (rest + unpack.decompress(packed, PIECE_BYTES)).split(b"\n")
                told = [json.loads(line) for line in lines]
            except (ValueError, zlib.error):
                return
            yield from (line for line in told if isinstance(line, dict))
            if len(rest) > LONGEST_LINE:
                return


def _view(folder: Path, name: str) -> RecordingView | None:
    try:
        size = (folder / f"{name}{WHOLE}").stat().st_size
    except OSError:
        return None
    try:
        with (folder / f"{name}{WORDS}").open("rb") as file:
            told = _VIEW.validate_json(file.read(MOST_WORDS))
        return told if told.name == name and told.ended in get_args(RecordingEnd) else _described(name, size)
    except (OSError, ValidationError):
        return _described(name, size)


def _described(name: str, size: int, *, counted: Counted | None = None) -> RecordingView:
    """What the name and the file say."""
    counted = counted or Counted()
    try:
        begun_unix_s = datetime.strptime(name[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC).timestamp()
    except ValueError:  # digits, but no date: not one of ours
        begun_unix_s = 0.0
    return RecordingView(
        name=name,
        of="now",
        begun_unix_s=begun_unix_s,
        seconds=(counted.last_ns - counted.first_ns) / 1e9,
        bytes=size,
        samples=counted.samples,
        visits=counted.visits,
        by="",
        note="",
        ended="stopped",
    )
