"""User and password of a camera, out of the file that only the service can read."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from vision.sources.connection import SourceError

_MAX_BYTES: Final = 1024


@dataclass(frozen=True, slots=True)
class Credentials:
    """User and password; the password is left out wherever this is printed."""

    user: str
    password: str = field(repr=False)


def read_credentials(path: Path) -> Credentials:
    """The first line of the file, ``user:password``. SourceError with what to do; it never quotes the file."""
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise SourceError(f"password_file {path} cannot be read ({error.strerror}); it must be readable by the service") from error
    try:
        line = content.decode().splitlines()[0].strip() if len(content) <= _MAX_BYTES else ""
    except (UnicodeDecodeError, IndexError):
        line = ""
    user, colon, password = line.partition(":")
    if not user or not colon or not line.isprintable():
        raise SourceError(f"password_file {path} must hold one line user:password")
    return Credentials(user, password)
