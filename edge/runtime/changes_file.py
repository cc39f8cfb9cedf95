"""The file of what was changed on a page, ``changes.toml`` beside the journal, and the earlier ones that one can go back to.

It is replaced whole: a power cut at any moment leaves the old or the new one. Its last line is a checksum, so that a disk that lost a part
of it cannot pass for a shorter list. Reads and writes files; what they mean for the store is decided elsewhere.
"""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.runtime.overlay import UNSET, Overlay, Splits, joined, split
from edge.runtime.toml_text import toml_text

FORMAT: Final = 1
KEPT: Final = 20  # earlier changes that are kept: more than a person remembers, and with a thousand products some megabytes
MAX_BYTES: Final = 4_000_000  # bytes; as large as a store file may be
NAME: Final = "changes.toml"
_HEAD: Final = """# Written by the controller: what was changed on its pages, laid over the store file. Change it there, or by
# smartstore changes.
# By hand it must not be changed: that is taken for damage.
"""
_SUM: Final = "# sha256 of all lines above: "
_EARLIER: Final = re.compile(r"changes-([0-9]{1,9})\.toml")


class ChangesUnreadable(Exception):
    """The file is there and cannot be used. The message says why."""


class _Head(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int
    number: int = Field(ge=1)
    by: str
    reason: str
    at_unix_s: float | None = None
    places: tuple[str, ...] = ()
    unset: tuple[str, ...] = ()
    replaced: dict[str, Annotated[str, Field(max_length=64)]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One state of the changes, and the change that led to it: its number from 1, who, why, when (None: nobody vouched for the clock) and
    what it changed."""

    number: int
    by: str
    reason: str
    at_unix_s: float | None
    places: tuple[str, ...]
    overlay: Overlay = field(default_factory=Overlay)


class ChangesFile:
    """The changes of one store, in ``folder``. ``splits`` as in :mod:`edge.runtime.overlay`. Only one process may write."""

    def __init__(self, folder: Path, splits: Splits) -> None:
        self.path = folder / NAME
        self._splits = splits

    def current(self) -> Kept | None:
        """What holds, None where nothing was ever changed. Raises ChangesUnreadable."""
        return self._read(self.path)

    def earlier(self) -> Iterator[Kept]:
        """Earlier states that can be read, newest first."""
        for _, path in self._numbered():
            try:
                found = self._read(path)
            except ChangesUnreadable:
                continue
            if found is not None:
                yield found

    def highest(self) -> int:
        """The highest number that any change has or may have had; 0 without any."""
        earlier = max((number for number, _ in self._numbered()), default=0)
        try:
            current = self.current()
        except ChangesUnreadable:
            return earlier + 1
        return earlier if current is None else current.number

    def write(self, kept: Kept) -> None:
        """Replace what holds. Returned: it is on the disk. Raises OSError, ValueError: then the old one holds."""
        content = text_of(kept).encode()
        if len(content) > MAX_BYTES:
            raise ValueError(f"{len(content)} bytes of changes; there is room for {MAX_BYTES}")
        self._keep_old()
        write_whole(self.path, content)
        for number, path in list(self._numbered())[KEPT:]:
            if number < kept.number:
                path.unlink(missing_ok=True)

    def _keep_old(self) -> None:
        try:
            old = self.current()
        except ChangesUnreadable:
            damaged = self.path.with_name("changes-unreadable.toml")  # for the support
            try:
                write_whole(damaged, _bytes(self.path))
            except ChangesUnreadable:
                pass  # the disk does not give it back
            return
        if old is not None:
            write_whole(self.path.with_name(f"changes-{old.number}.toml"), text_of(old).encode())

    def _numbered(self) -> Iterator[tuple[int, Path]]:
        try:
            names = os.listdir(self.path.parent)
        except OSError:
            return
        found = [(int(match[1]), self.path.with_name(name)) for name in names if (match := _EARLIER.fullmatch(name))]
        yield from sorted(found, reverse=True)

    def _read(self, path: Path) -> Kept | None:
        try:
            content = _bytes(path)
        except FileNotFoundError:
            return None
        try:
            return kept_of(content, self._splits)
        except ChangesUnreadable as error:
            raise ChangesUnreadable(f"{path}: {error}") from error


def text_of(kept: Kept) -> str:
    """The whole file."""
    values = kept.overlay.values
    head: dict[str, object] = {"format": FORMAT, "number": kept.number, "by": kept.by, "reason": kept.reason}
    if kept.at_unix_s is not None:
        head["at_unix_s"] = kept.at_unix_s
    head |= {
        "places": list(kept.places),
        "unset": sorted(place for place, value in values.items() if value is UNSET),
        "replaced": dict(sorted(kept.overlay.replaced.items())),
    }
    body = _HEAD + toml_text({"changes": head, **joined(values)})
    return f"{body}{_SUM}{hashlib.sha256(body.encode()).hexdigest()}\n"


def kept_of(content: bytes, splits: Splits) -> Kept:
    """What a file with this content says. Raises ChangesUnreadable."""
    body, mark, rest = content.rpartition(_SUM.encode())
    if not mark or rest.strip() != hashlib.sha256(body).hexdigest().encode():
        raise ChangesUnreadable("its checksum is wrong: a part was lost, or it was edited by hand")
    try:
        tables = tomllib.loads(body.decode())
        head = _Head.model_validate(tables.pop("changes", {}))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise ChangesUnreadable("it is not as this release writes it; a newer one may have") from error
    if head.format != FORMAT:
        raise ChangesUnreadable(f"it has the format {head.format}, this release knows {FORMAT}: update first")
    values = split(tables, splits) | dict.fromkeys(head.unset, UNSET)
    return Kept(
        number=head.number,
        by=head.by,
        reason=head.reason,
        at_unix_s=head.at_unix_s,
        places=head.places,
        overlay=Overlay(values, head.replaced),
    )


def write_whole(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Make ``path`` hold ``content``, or leave it as it is. Returned: it is on the disk. Raises OSError."""
    part = path.with_name(f".{path.name}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            os.fchmod(stream.fileno(), mode)
            give_to_owner(stream.fileno(), path.parent)
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def give_to_owner(descriptor: int, folder: Path) -> None:
    """What root makes in somebody's folder is theirs: a controller must be able to read what a technician wrote for it."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _bytes(path: Path) -> bytes:
    """Raises FileNotFoundError, ChangesUnreadable."""
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ChangesUnreadable(f"cannot be read: {error.strerror}") from error
    if len(content) > MAX_BYTES:
        raise ChangesUnreadable(f"is larger than {MAX_BYTES} bytes")
    return content
