"""Bringing a model in: from a file, or from the network, into a folder of its own, checked before the store takes it.

What is brought is the file that a manifest names by its hash, so it does not matter who delivers it. A file without a manifest of its own
is looked up by its hash among the manifests that the store knows.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urljoin

from models.manifest import MAX_MODEL_BYTES, Manifest, ModelRefused, manifest_toml
from models.store import (
    FILE_MODE,
    FOLDER_MODE,
    MANIFEST_FILE,
    Entry,
    ModelStore,
    VerifiedModel,
    check_bytes,
    read_manifest_file,
    read_verified,
    sync,
)

CHUNK_BYTES = 1 << 16
NETWORK_TIMEOUT_S = 30.0  # s without a byte; a slow mobile network still delivers some
USER_AGENT = "smartstore"
COMING = ".coming-"  # begins the name of a folder into which something is being brought
STALE_S = 86_400.0  # s; what has been coming for a day was left by a process that died

Progress = Callable[[int, int], None]  # bytes so far, bytes in all (0: not known)
Proof = Callable[[VerifiedModel], None]  # raises ModelRefused


def bring(store: ModelStore, source: str, manifest: Path | None, prove: Proof, progress: Progress | None = None) -> Entry:
    """Bring a model into ``store``: returned, it is there, checked and proved to run.

    ``source``: name of a known model whose manifest says where it is to be had; or a manifest file, the model beside it or to be had where
    it says; or the model as FILE or http(s) URL, with ``manifest`` or one that the store knows by the hash. Raises ModelRefused with the
    reason, OSError when a file cannot be read or written.
    """
    if store.folder is None:
        raise ModelRefused("there is no folder for added models; name one with --folder, or under [vision] models in the store file")
    store.folder.mkdir(parents=True, exist_ok=True)
    _sweep(store.folder)
    staging = Path(tempfile.mkdtemp(prefix=COMING, dir=store.folder))
    try:
        known = _known(store, source, manifest)
        if known is None:
            fetched = staging / "model"
            size, sha256 = fetch(source, fetched, MAX_MODEL_BYTES, progress)
            known = _by_hash(store, size, sha256), ""
            os.replace(fetched, staging / known[0].file)
        wanted, place = known
        _bring_the_rest(staging, wanted, place, progress)
        _write(staging / MANIFEST_FILE, manifest_toml(wanted))
        prove(read_verified(Entry(wanted, staging, shipped=False, present=True, active=False)))
        staging.chmod(FOLDER_MODE)
        for path in staging.iterdir():
            path.chmod(FILE_MODE)
            _sync_file(path)
        sync(staging)
        return store.admit(staging, wanted)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def fetch(source: str, into: Path, limit: int, progress: Progress | None = None) -> tuple[int, str]:
    """Copy a FILE or http(s) URL to ``into``: its length and SHA-256. Raises ModelRefused when it cannot be had or is too long."""
    if not is_url(source):
        path = Path(source)
        if not path.is_file():
            raise ModelRefused(f"{source} is neither a file nor the name of a known model nor an http(s) address")
        with open(path, "rb") as file:
            return _copy(file, into, limit, length=path.stat().st_size, progress=progress, source=source)
    # Only these handlers: a redirection must not lead to a local file.
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    opener.addheaders = [("User-Agent", USER_AGENT)]
    try:
        with opener.open(source, timeout=NETWORK_TIMEOUT_S) as answer:
            length = answer.headers.get("Content-Length", "")
            return _copy(answer, into, limit, length=int(length) if length.isdecimal() else 0, progress=progress, source=source)
    except ModelRefused:
        raise
    except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError, ValueError) as error:  # ValueError: no such address can be
        raise ModelRefused(f"{source} cannot be had: {_words(error)}; try again, or fetch it elsewhere and add the file") from error


def _words(error: Exception) -> str:
    """What went wrong on the network, without the wrapping of a library."""
    if isinstance(error, urllib.error.URLError) and isinstance(error.reason, OSError) and error.reason.strerror:
        return error.reason.strerror
    return str(error)


def is_url(source: str) -> bool:
    """Whether it is an address that ``fetch`` asks the network for."""
    return source.lower().startswith(("http://", "https://"))


def _sweep(folder: Path) -> None:
    for path in folder.glob(f"{COMING}*"):
        with suppress(FileNotFoundError):  # somebody else was faster
            if time.time() - path.stat().st_mtime > STALE_S:
                shutil.rmtree(path, ignore_errors=True)


def _known(store: ModelStore, source: str, manifest: Path | None) -> tuple[Manifest, str] | None:
    """Manifest and where its file is to be had; None where only the file's hash can tell."""
    if manifest is not None:
        if not manifest.exists():
            raise ModelRefused(f"there is no manifest {manifest}; check the path, or make one with `smartstore models draft`")
        return read_manifest_file(manifest), source
    if Path(source).suffix == ".toml" and not is_url(source):
        wanted = read_manifest_file(Path(source))
        beside = Path(source).parent / wanted.file
        return wanted, str(beside) if beside.is_file() or not wanted.origin.url else wanted.origin.url
    for row in store.entries():
        if row.manifest.name == source and not Path(source).exists():
            if row.present:
                raise ModelRefused(_here_already(row.manifest))
            if not row.manifest.origin.url:
                raise ModelRefused(f"{row.manifest.key} has no address; add it as FILE or URL, it is from: {row.manifest.origin.source}")
            return row.manifest, row.manifest.origin.url
    return None


def _here_already(manifest: Manifest) -> str:
    return f"{manifest.key} is here already; `smartstore models verify {manifest.name}` tells whether it is whole"


def _by_hash(store: ModelStore, size: int, sha256: str) -> Manifest:
    for row in store.entries():
        if row.manifest.sha256 == sha256:
            if row.present:
                raise ModelRefused(_here_already(row.manifest))
            return row.manifest
    as_long = " or ".join(row.manifest.key for row in store.entries() if row.manifest.size == size)
    damaged = f"it is as long as {as_long}: if it was meant to be that, it was damaged on the way, bring it again; else " if as_long else ""
    raise ModelRefused(
        f"no known model has the SHA-256 {sha256} ({size} bytes); {damaged}"
        "write a manifest (docs/adding-a-model.md) and name it with --manifest"
    )


def _bring_the_rest(staging: Path, wanted: Manifest, place: str, progress: Progress | None) -> None:
    """Files that are not there yet; companions lie beside the model."""
    parts = [(wanted.file, wanted.size, wanted.sha256), *((one.file, one.size, one.sha256) for one in wanted.companions)]
    for number, (file, size, sha256) in enumerate(parts):
        target = staging / file
        if target.exists():
            continue
        if not place:
            raise ModelRefused(f"{wanted.key} needs {file} too; add the model by its manifest, with all files beside it")
        source = place if number == 0 else urljoin(place, file) if is_url(place) else str(Path(place).parent / file)
        found_size, found_sha256 = fetch(source, target, size, progress)
        check_bytes(wanted.key, file, found_size, found_sha256, size=size, sha256=sha256)


def _copy(from_file: BinaryIO, into: Path, limit: int, *, length: int, progress: Progress | None, source: str) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with open(into, "wb") as file:
        for chunk in _chunks(from_file):
            size += len(chunk)
            if size > limit:
                raise ModelRefused(f"{source} is longer than the {limit} bytes it may have; it is not the file that was meant")
            digest.update(chunk)
            file.write(chunk)
            if progress is not None:
                progress(size, length)
    return size, digest.hexdigest()


def _chunks(file: BinaryIO) -> Iterable[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _sync_file(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
