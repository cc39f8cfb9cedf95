"""The folder of a store's galleries: one file per version, which of them is in use, and the way back to the one before.

A version is never changed once it is written. The file ``in-use`` lists what was in use, the newest last; it is replaced as a whole, so
that a power cut leaves the old gallery or the new one. The folder belongs to one machine; another store gets a copy of a gallery's file.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vision.gallery_file import MAX_FILE_BYTES, GalleryRefused, Signer, StoredGallery, TrustedKeys, packed, unpacked
from vision.pipeline.gallery import Gallery

KEPT: Final = 5  # versions one can go back through; each is up to 7 MB with a whitening
IN_USE: Final = "in-use"
LOCK: Final = ".lock"
FILE_MODE: Final = 0o644

_NAME: Final = re.compile(r"(\d{6})-[0-9a-f]{12}\.gallery")


@dataclass(frozen=True, slots=True)
class GalleryName:
    """One file of the folder: its name, its version, and whether it is the one in use."""

    name: str
    version: int
    in_use: bool


class GalleryFolder:
    """The galleries under ``folder``, which need not exist before the first is saved.

    ``trusted``: where given, only what one of these keys signed is taken.
    """

    def __init__(self, folder: Path, trusted: TrustedKeys | None = None) -> None:
        self.folder = folder
        self._trusted = trusted

    def in_use(self) -> str:
        """Name of the file in use, "" where there is none yet. It changes whenever another gallery is taken into use."""
        history = self._history()
        return history[-1] if history else ""

    def before(self) -> str:
        """Name of the file that was in use before, "" where there is none to go back to."""
        history = self._history()
        return history[-2] if len(history) > 1 else ""

    def current(self) -> StoredGallery | None:
        """The gallery in use, None where there is none yet. Raises GalleryRefused where it cannot be used."""
        name = self.in_use()
        if not name and self.names():
            raise GalleryRefused(f"{self.folder / IN_USE} names no gallery; choose one with 'smartstore models gallery use VERSION'")
        return self.read(name) if name else None

    def read(self, name: str) -> StoredGallery:
        """One of ``names``. Raises GalleryRefused."""
        if not _NAME.fullmatch(name):
            raise GalleryRefused(f"{name!r} is no name of a gallery in {self.folder}")
        return read_gallery(self.folder / name, self._trusted)

    def names(self) -> tuple[GalleryName, ...]:
        """What is kept, the oldest first."""
        used = self.in_use()
        try:
            found = sorted(entry.name for entry in self.folder.iterdir() if _NAME.fullmatch(entry.name))
        except FileNotFoundError:
            return ()
        return tuple(GalleryName(name, int(name[:6]), name == used) for name in found)

    def save(self, gallery: Gallery, *, made_at: str, model: str, model_sha256: str, signer: Signer | None = None) -> StoredGallery:
        """``gallery`` as the next version, in use from now on. Returned: it is on the disk, also after a power cut.

        Raises GalleryRefused where the folder takes only signed galleries and ``signer`` is none that it trusts; OSError.
        """
        with self._alone():
            version = max((one.version for one in self.names()), default=0) + 1
            content = packed(gallery, version=version, made_at=made_at, model=model, model_sha256=model_sha256, signer=signer)
            return self._take(content)

    def install(self, file: Path) -> StoredGallery:
        """A gallery made elsewhere, in use from now on under the version it was made with. Raises GalleryRefused, OSError."""
        content = _content(file)
        unpacked(content, self._trusted)
        with self._alone():
            return self._take(content)

    def find(self, which: str) -> str:
        """The name of a kept gallery by its version or its name. Raises GalleryRefused where it is not kept, or two have that version."""
        names = [one.name for one in self.names() if which == one.name or (which.isdecimal() and int(which) == one.version)]
        if not names:
            kept = ", ".join(str(one.version) for one in self.names()) or "none"
            raise GalleryRefused(f"gallery {which} is not kept in {self.folder}; kept: {kept}")
        if len(names) > 1:
            raise GalleryRefused(f"version {which} is there twice, one made here and one brought in; name one: {' or '.join(names)}")
        return names[0]

    def use(self, which: str) -> StoredGallery:
        """Take a kept gallery into use, by version or name. Raises GalleryRefused as ``find``, or where it cannot be used; OSError."""
        with self._alone():
            name = self.find(which)
            stored = self.read(name)
            self._put_in_use(name)
            return stored

    def roll_back(self) -> StoredGallery:
        """Take what was in use before into use again. Raises GalleryRefused where there is none, or it cannot be used; OSError."""
        with self._alone():
            history = self._history()
            if len(history) < 2:
                raise GalleryRefused(f"there is no gallery in {self.folder} to go back to")
            stored = self.read(history[-2])
            self._write_history(history[:-1])
            return stored

    def _take(self, content: bytes) -> StoredGallery:
        stored = unpacked(content, self._trusted)
        name = f"{stored.manifest.version:06d}-{hashlib.sha256(content).hexdigest()[:12]}.gallery"
        _write(self.folder / name, content)
        self._put_in_use(name)
        self._forget_old()
        return stored

    def _forget_old(self) -> None:
        """Delete what is neither among those one can go back to nor among the newest."""
        names = [one.name for one in self.names()]
        for name in set(names) - set(self._history()) - set(names[-KEPT:]):
            (self.folder / name).unlink(missing_ok=True)

    def _history(self) -> list[str]:
        try:
            lines = (self.folder / IN_USE).read_text(encoding="ascii", errors="replace").splitlines()
        except FileNotFoundError:
            return []
        return [line for line in lines if _NAME.fullmatch(line)]

    def _put_in_use(self, name: str) -> None:
        self._write_history([*(one for one in self._history() if one != name), name])

    def _write_history(self, names: list[str]) -> None:
        _write(self.folder / IN_USE, "".join(f"{name}\n" for name in names[-KEPT:]).encode("ascii"))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else changes the folder meanwhile; the lock goes with the process that holds it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def read_gallery(file: Path, trusted: TrustedKeys | None = None) -> StoredGallery:
    """The gallery in ``file``. Raises GalleryRefused, with the file's name."""
    try:
        return unpacked(_content(file), trusted)
    except GalleryRefused as error:
        raise GalleryRefused(f"{file}: {error}") from error
    except OSError as error:
        raise GalleryRefused(f"{file} cannot be read: {error.strerror}") from error


def _content(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(MAX_FILE_BYTES + 1)


def _write(path: Path, content: bytes) -> None:
    """Replace ``path`` by ``content`` at once; returned: both are on the disk."""
    unfinished = path.with_name(".new")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, FILE_MODE)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    unfinished.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
