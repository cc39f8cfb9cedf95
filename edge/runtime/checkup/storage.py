"""The disk under the journal: room, permission, speed of a durable write, and the journal itself."""

from __future__ import annotations

import os
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from edge.runtime.checkup.finding import Finding, Value, failure, ok, warning
from edge.runtime.sections import JournalSettings

SYNC_TRIES = 8
SLOW_SYNC_MS = 100.0  # ms; every fact waits for one sync, a good card needs 2 to 20 ms
LARGE_WAL_BYTES = 64_000_000  # bytes; a checkpoint keeps it at a few MB, more means that a reader blocks it
FORGETFUL = ("tmpfs", "ramfs", "overlay")
FAR = ("nfs", "nfs4", "cifs", "smb3", "fuse.sshfs")


def check_disk(settings: JournalSettings, *, mounts: Path = Path("/proc/self/mounts")) -> Iterator[Finding]:
    """The folder of the journal: there, writable, lasting, roomy and quick enough."""
    folder = settings.path.parent
    if not folder.is_dir():
        advice = "Make it, owned by the store's user, or change [journal] path."
        yield failure("disk", "disk_no_folder", f"there is no folder {folder}", advice, folder=str(folder))
        return
    if not os.access(folder, os.W_OK | os.X_OK):
        advice = "Give it to the store's user, or run doctor as that user."
        yield failure("disk", "disk_forbidden", f"{folder} may not be written by this user", advice, folder=str(folder))
        return
    kind = filesystem(folder, mounts)
    if kind in FORGETFUL:
        text, advice = f"{folder} is on {kind}, which forgets", "Put the journal on a disk that keeps it over a power cut."
        yield warning("disk", "disk_forgets", text, advice, folder=str(folder), kind=kind)
    elif kind in FAR:
        advice = "SQLite's locks need a local disk; change [journal] path."
        yield failure("disk", "disk_far", f"{folder} is on {kind}", advice, folder=str(folder), kind=kind)
    free_mb = shutil.disk_usage(folder).free // 1_000_000
    room: dict[str, Value] = {"free": free_mb, "folder": str(folder)}
    if free_mb < settings.min_free_mb:
        text, advice = f"{free_mb} MB free on {folder}, less than min_free_mb", "Make room: nobody new may enter until then."
        yield failure("disk", "disk_full", text, advice, **room)
    elif free_mb < 2 * settings.min_free_mb:
        advice = "Make room soon: below min_free_mb nobody new may enter."
        yield warning("disk", "disk_low", f"{free_mb} MB free on {folder}", advice, **room)
    else:
        yield ok("disk", "disk_room", f"{free_mb} MB free on {folder} ({kind})", **room, kind=kind)
    yield _sync_speed(folder)


def check_journal(path: Path) -> Iterator[Finding]:
    """The journal file: readable, whole, its write-ahead log not stuck."""
    if not path.exists():
        yield ok("journal", "journal_none", f"{path} will be made at the first start", path=str(path))
        return
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5.0)
        try:
            (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
            verdict = [row[0] for row in connection.execute("PRAGMA quick_check(5)")]
        finally:
            connection.close()
    except sqlite3.Error as error:
        advice = "Keep the file for the support and start with another [journal] path."
        yield failure("journal", "journal_unreadable", f"{path} cannot be read: {error}", advice, path=str(path), problem=str(error))
        return
    if verdict != ["ok"]:
        advice = "Keep the file for the support: unsent events can be recovered from it. Start with another [journal] path."
        problem = "; ".join(map(str, verdict))
        yield failure("journal", "journal_damaged", f"{path} is damaged: {problem}", advice, path=str(path), problem=problem)
        return
    wal = path.with_name(path.name + "-wal")
    wal_bytes = wal.stat().st_size if wal.exists() else 0
    if mode != "wal":
        advice = "It is set to WAL at the next start of the store."
        yield warning("journal", "journal_mode", f"{path} is in mode {mode}", advice, path=str(path), mode=str(mode))
    elif wal_bytes > LARGE_WAL_BYTES:
        advice = "A reader holds it open: end other programs that read the journal."
        size = wal_bytes // 1_000_000
        yield warning("journal", "journal_log", f"{wal} has grown to {size} MB", advice, path=str(wal), size=size)
    else:
        size, log = path.stat().st_size // 1000, wal_bytes // 1000
        yield ok("journal", "journal", f"{path} is whole, {size} kB and {log} kB of log", path=str(path), size=size, log=log)


def filesystem(folder: Path, mounts: Path) -> str:
    """The type of the file system that holds ``folder``, "unknown" where the system does not tell."""
    best, kind = "", "unknown"
    try:
        lines = mounts.read_text().splitlines()
    except OSError:
        return kind
    place = folder.resolve()
    for line in lines:
        words = line.split(" ")
        point = words[1].replace("\\040", " ")
        if len(point) >= len(best) and place.is_relative_to(point):
            best, kind = point, words[2]
    return kind


def _sync_speed(folder: Path) -> Finding:
    times = []
    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            for _ in range(SYNC_TRIES):
                file.write(b"\0" * 4096)
                before = time.perf_counter()
                os.fsync(file.fileno())
                times.append((time.perf_counter() - before) * 1000.0)
    except OSError as error:
        problem = error.strerror or str(error)
        text, advice = f"a durable write to {folder} failed: {problem}", "Look at the disk: dmesg, smartctl, another card."
        return failure("disk", "disk_write_failed", text, advice, folder=str(folder), problem=problem)
    median = statistics.median(times)
    text = f"a durable write takes {median:.1f} ms (slowest of {SYNC_TRIES}: {max(times):.1f} ms)"
    took: dict[str, Value] = {"median": round(median, 1), "slowest": round(max(times), 1)}
    if median > SLOW_SYNC_MS:
        advice = "Use a better card (A2, endurance) or an SSD: every fact waits for one such write."
        return warning("disk", "disk_slow", text, advice, **took)
    return ok("disk", "disk_sync", text, **took)
