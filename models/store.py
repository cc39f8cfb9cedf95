"""The models of this machine: those that came with the program and those that were added, which version of each is in use.

A model is read once, checked against its manifest, and handed on as the very bytes that were checked. Nothing here runs a model.

The folder of added models holds ``NAME/VERSION/manifest.toml`` with the files beside it, and ``active.json``: per name the versions that
were chosen, newest first. It may be missing; then there are only the models that came with the program. What came along is chosen as
``shipped``, whatever its version, so that a newer release of the program finds its own model.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from models.manifest import MAX_MANIFEST_BYTES, Manifest, ModelRefused, Name, Version, read_manifest

CATALOG = Path(__file__).parent / "catalog"
MANIFEST_FILE = "manifest.toml"
ACTIVE_FILE = "active.json"
SHIPPED = "shipped"  # a choice: the version that came along with the program
# Whoever adds a model may keep files to himself; the eye runs as a user of its own and must read them.
FILE_MODE = 0o644
FOLDER_MODE = 0o755
MAX_CHOICES = 8  # versions that rollback can go back through

_CHOICES: TypeAdapter[dict[Name, tuple[Version, ...]]] = TypeAdapter(dict[Name, tuple[Version, ...]])


@dataclass(frozen=True, slots=True)
class Entry:
    """One version of a model. ``folder`` holds its files; ``present``: all of them are there (unchecked); ``active``: its name means it."""

    manifest: Manifest
    folder: Path
    shipped: bool
    present: bool
    active: bool


@dataclass(frozen=True, slots=True)
class VerifiedModel:
    """A model whose bytes have the length and hash of its manifest; so have its companions, by file name."""

    manifest: Manifest
    content: bytes
    companions: Mapping[str, bytes]


class ModelStore:
    """``folder``: the models that were added; None: none. ``shipped``: those that came with the program, ``NAME.toml`` and files."""

    def __init__(self, folder: Path | None = None, shipped: Path = CATALOG) -> None:
        self.folder = folder
        self.shipped = shipped

    def entries(self) -> tuple[Entry, ...]:
        """All versions of all models by name, shipped ones first; without those whose manifests cannot be read."""
        return self.survey()[0]

    def survey(self) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
        """``entries``, and what is wrong with each manifest that cannot be read: one broken model must not hide the others."""
        rows, problems = [], []
        for path, shipped in self._manifests():
            try:
                manifest = read_manifest_file(path)
                _check_place(manifest, path, shipped=shipped)
            except (ModelRefused, OSError) as error:
                problems.append(str(error))
                continue
            rows.append(Entry(manifest, path.parent, shipped, _present(manifest, path.parent), active=False))
        # What a person brought takes the place of what came along under the same name and version, with or without its model.
        brought = {row.manifest.key for row in rows if not row.shipped}
        rows = [row for row in rows if not row.shipped or row.manifest.key not in brought]
        rows.sort(key=lambda row: (row.manifest.name, not row.shipped, row.manifest.version))
        choices = self._choices()
        return tuple(replace(row, active=_is_chosen(row, choices.get(row.manifest.name, ()))) for row in rows), tuple(problems)

    def _manifests(self) -> Iterator[tuple[Path, bool]]:
        for path in sorted(self.shipped.glob("*.toml")):
            yield path, True
        if self.folder is not None:
            for path in sorted(self.folder.glob(f"*/*/{MANIFEST_FILE}")):
                if not path.parts[-3].startswith("."):  # the store's own, on their way in or out
                    yield path, False

    def find(self, name: str, version: str | None = None) -> Entry:
        """The version of ``name`` in use, or the one asked for. Raises ModelRefused when there is none, with what there is."""
        rows = [row for row in self.entries() if row.manifest.name == name]
        if not rows:
            found, problems = self.survey()
            known = ", ".join(sorted({row.manifest.name for row in found})) or "none"
            raise ModelRefused("; ".join([f"there is no model called {name!r}; there are: {known}", *problems]))
        for row in rows:
            if row.manifest.version == version or (version is None and row.active):
                return row
        versions = ", ".join(row.manifest.version for row in rows)
        if version is not None:
            raise ModelRefused(f"there is no version {version} of {name}; there are: {versions}")
        chosen = self._choices().get(name)
        if chosen:
            which = "the version that came along" if chosen[0] == SHIPPED else f"version {chosen[0]}"
            raise ModelRefused(f"{which} of {name} is to be used and is not there; choose by `smartstore models use {name} VERSION`")
        if not any(row.present for row in rows):
            raise ModelRefused(f"{name} is known but its file is not here; {_how_to_bring(rows[0].manifest)}")
        raise ModelRefused(f"no version of {name} is in use; choose with `smartstore models use {name} VERSION` from: {versions}")

    def read(self, name: str, version: str | None = None) -> VerifiedModel:
        """Its bytes, checked. Raises ModelRefused as ``find``, and for a file that is missing or not what the manifest says."""
        return read_verified(self.find(name, version))

    def use(self, name: str, version: str) -> Manifest:
        """From now on ``name`` means this version; it is checked first. Returned: that is on the disk."""
        with self._changing() as folder:
            row = self.find(name, version)
            model = read_verified(row)
            before = self._choices().get(name, ()) or [_choice(one) for one in self.entries() if one.manifest.name == name and one.active]
            self._choose(folder, name, [_choice(row), *before])
            return model.manifest

    def rollback(self, name: str) -> Manifest:
        """Back to the version that was used before, which is checked first. Raises ModelRefused when there is none."""
        with self._changing() as folder:
            before = self._choices().get(name, ())[1:]
            if not before:
                raise ModelRefused(f"no version of {name} was used before this one; see `smartstore models list`")
            model = read_verified(self._meant(name, before[0]))
            self._choose(folder, name, list(before))
            return model.manifest

    def before(self, name: str) -> str | None:
        """The version that ``rollback`` would go back to; None where there is none. Raises ModelRefused where the choices are damaged."""
        earlier = self._choices().get(name, ())[1:2]
        rows = [row for row in self.entries() if row.manifest.name == name and _is_chosen(row, earlier)] if earlier else []
        return rows[0].manifest.version if rows else None

    def remove(self, name: str, version: str) -> None:
        """Delete an added version. Refused for one that came with the program, and for the one in use while there are others."""
        with self._changing() as folder:
            row = self.find(name, version)
            if row.shipped:
                raise ModelRefused(f"{row.manifest.key} came with the program and stays; use another version instead")
            others = [one for one in self.entries() if one.manifest.name == name and one.present and one.manifest.version != version]
            if row.active and others:
                raise ModelRefused(
                    f"{row.manifest.key} is in use; first `smartstore models use {name} {others[0].manifest.version}` or "
                    f"`smartstore models rollback {name}`"
                )
            self._choose(folder, name, [one for one in self._choices().get(name, ()) if one != version])
            # Renamed first, so that a power cut leaves no half of a model under its name.
            gone = folder / f".gone-{os.getpid()}"
            os.replace(row.folder, gone)
            shutil.rmtree(gone)
            try:
                row.folder.parent.rmdir()
            except OSError:  # another version is in it
                pass

    def admit(self, staged: Path, manifest: Manifest) -> Entry:
        """Take a checked folder (manifest and files) in as a version of the store; ``staged`` is gone afterwards.

        The first version of a name is in use from then on. Refused: a version that is there already.
        """
        with self._changing() as folder:
            mine = [row for row in self.entries() if row.manifest.name == manifest.name]
            if any(row.manifest.version == manifest.version and (row.present or not row.shipped) for row in mine):
                raise ModelRefused(f"{manifest.key} is here already; remove it first, or give the new one another version")
            place = folder / manifest.name / manifest.version
            place.parent.mkdir(exist_ok=True)
            place.parent.chmod(FOLDER_MODE)
            os.replace(staged, place)
            sync(place.parent)
            if not any(row.active for row in mine) and not self._choices().get(manifest.name):
                self._choose(folder, manifest.name, [manifest.version])
            return self.find(manifest.name, manifest.version)

    def _meant(self, name: str, choice: str) -> Entry:
        """The entry that a choice means. Raises ModelRefused."""
        for row in self.entries():
            if row.manifest.name == name and _is_chosen(row, (choice,)):
                return row
        which = "nothing" if choice == SHIPPED else f"no version {choice}"
        raise ModelRefused(f"{which} of {name} is there to go back to; choose by `smartstore models use {name} VERSION`")

    @contextmanager
    def _changing(self) -> Iterator[Path]:
        """The folder of added models, made if need be, while nobody else changes it."""
        if self.folder is None:
            raise ModelRefused("there is no folder for added models; name one with --folder, or under [vision] models in the store file")
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / ".lock", "a", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield self.folder

    def _choices(self) -> dict[str, tuple[str, ...]]:
        if self.folder is None:
            return {}
        path = self.folder / ACTIVE_FILE
        try:
            return _CHOICES.validate_json(read_bounded(path, MAX_MANIFEST_BYTES))
        except FileNotFoundError:
            return {}
        except ValidationError as error:
            raise ModelRefused(f"{path} cannot be read; delete it and choose again with `smartstore models use NAME VERSION`") from error

    def _choose(self, folder: Path, name: str, versions: list[str]) -> None:
        chosen = {**self._choices(), name: tuple(dict.fromkeys(versions))[:MAX_CHOICES]}
        staged = folder / f"{ACTIVE_FILE}.new"
        with open(staged, "w", encoding="utf-8") as file:
            json.dump({key: list(value) for key, value in sorted(chosen.items()) if value}, file, indent=2)
            file.flush()
            os.fchmod(file.fileno(), FILE_MODE)
            os.fsync(file.fileno())
        os.replace(staged, folder / ACTIVE_FILE)
        sync(folder)


def read_manifest_file(path: Path) -> Manifest:
    """The manifest in a file. Raises ModelRefused when it is none, OSError when it cannot be read."""
    try:
        return read_manifest(read_bounded(path, MAX_MANIFEST_BYTES).decode("utf-8"), str(path))
    except UnicodeDecodeError as error:
        raise ModelRefused(f"{path} is not UTF-8 text: {error}") from error


def read_verified(entry: Entry) -> VerifiedModel:
    """The bytes of an entry, checked against its manifest. Raises ModelRefused."""
    manifest = entry.manifest
    wanted = [(manifest.file, manifest.size, manifest.sha256), *((one.file, one.size, one.sha256) for one in manifest.companions)]
    content = {}
    for file, size, sha256 in wanted:
        path = entry.folder / file
        try:
            found = read_bounded(path, size)
        except FileNotFoundError as error:
            raise ModelRefused(f"{manifest.key}: {path} is not there; {_how_to_bring(manifest)}") from error
        try:
            check_bytes(manifest.key, file, len(found), hashlib.sha256(found).hexdigest(), size=size, sha256=sha256)
        except ModelRefused as error:
            raise ModelRefused(f"{error}, {_how_to_mend(entry)}") from error
        content[file] = found
    return VerifiedModel(manifest, content.pop(manifest.file), content)


def check_bytes(key: str, file: str, found_size: int, found_sha256: str, *, size: int, sha256: str) -> None:
    """Raise ModelRefused where length or hash of a file are not those of its manifest."""
    if found_size != size:
        raise ModelRefused(f"{key}: {file} has {found_size} bytes, its manifest says {size}; it is cut off or another file: bring it again")
    if found_sha256 != sha256:
        raise ModelRefused(
            f"{key}: {file} has the SHA-256 {found_sha256}, its manifest says {sha256}; "
            "it is damaged or not the file that was meant: bring it again"
        )


def read_bounded(path: Path, limit: int) -> bytes:
    """The bytes of an ordinary file, of a longer one those of its first ``limit`` + 1. Raises ModelRefused for a pipe or
    device, and where it may not be read.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except PermissionError as error:
        raise ModelRefused(
            f"{path} may not be read by this user; make it readable for all (chmod a+r), and the folders above it"
        ) from error
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ModelRefused(f"{path} is no ordinary file")
        return file.read(limit + 1)


def sync(folder: Path) -> None:
    """Returned: the names in ``folder`` are on the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _present(manifest: Manifest, folder: Path) -> bool:
    return all((folder / file).is_file() for file in (manifest.file, *(one.file for one in manifest.companions)))


def _choice(row: Entry) -> str:
    return SHIPPED if row.shipped else row.manifest.version


def _is_chosen(row: Entry, choices: Sequence[str]) -> bool:
    """Whether its name means it. Without a choice that is what came along."""
    return row.present and row.shipped if not choices else _choice(row) == choices[0]


def _how_to_bring(manifest: Manifest) -> str:
    if manifest.origin.url:
        return f"bring it by `smartstore models add {manifest.name}`, or add FILE or URL"
    return f"bring it by `smartstore models add FILE`; it is from: {manifest.origin.source}"


def _how_to_mend(entry: Entry) -> str:
    if entry.shipped:
        return "by installing the program again"
    return f"after `smartstore models remove {entry.manifest.name} {entry.manifest.version}`"


def _check_place(manifest: Manifest, path: Path, *, shipped: bool) -> None:
    """A manifest lies where its name and version say, so that no two can be taken for each other."""
    place = path.with_name(f"{manifest.name}.toml") if shipped else path.parents[2] / manifest.name / manifest.version / MANIFEST_FILE
    if place != path:
        raise ModelRefused(f"{path} is a manifest of {manifest.key}, which belongs into {place}; move it there or delete it")
