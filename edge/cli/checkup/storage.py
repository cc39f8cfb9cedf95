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

from edge.cli.checkup.finding import Finding, failure, ok, warning
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
        yield failure("disk", f"there is no folder {folder}", "Make it, owned by the store's user, or change [journal] path.")
        return
    if not os.access(folder, os.W_OK | os.X_OK):
        yield failure("disk", f"{folder} may not be written by this user", "Give it to the store's user, or run doctor as that user.")
        return
    kind = filesystem(folder, mounts)
    if kind in FORGETFUL:
        yield warning("disk", f"{folder} is on {kind}, which forgets", "Put the journal on a disk that keeps it over a power cut.")
    elif kind in FAR:
        yield failure("disk", f"{folder} is on {kind}", "SQLite's locks need a local disk; change [journal] path.")
    free_mb = shutil.disk_usage(folder).free // 1_000_000
    if free_mb < settings.min_free_mb:
        yield failure("disk", f"{free_mb} MB free on {folder}, less than min_free_mb", "Make room: nobody new may enter until then.")
    elif free_mb < 2 * settings.min_free_mb:
        yield warning("disk", f"{free_mb} MB free on {folder}", "Make room soon: below min_free_mb nobody new may enter.")
    else:
        yield ok("disk", f"{free_mb} MB free on {folder} ({kind})")
    yield _sync_speed(folder)


def check_journal(path: Path) -> Iterator[Finding]:
    """The journal file: readable, whole, its write-ahead log not stuck."""
    if not path.exists():
        yield ok("journal", f"{path} will be made at the first start")
        return
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5.0)
        try:
            (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
            verdict = [row[0] for row in connection.execute("PRAGMA quick_check(5)")]
        finally:
            connection.close()
    except sqlite3.Error as error:
        yield failure("journal", f"{path} cannot be read: {error}", "Keep the file for the support and start with another [journal] path.")
        return
    if verdict != ["ok"]:
        advice = "Keep the file for the support: unsent events can be recovered from it. Start with another [journal] path."
        yield failure("journal", f"{path} is damaged: {'; '.join(map(str, verdict))}", advice)
        return
    wal = path.with_name(path.name + "-wal")
    wal_bytes = wal.stat().st_size if wal.exists() else 0
    if mode != "wal":
        yield warning("journal", f"{path} is in mode {mode}", "It is set to WAL at the next start of the store.")
    elif wal_bytes > LARGE_WAL_BYTES:
        advice = "A reader holds it open: end other programs that read the journal."
        yield warning("journal", f"{wal} has grown to {wal_bytes // 1_000_000} MB", advice)
    else:
        yield ok("journal", f"{path} is whole, {path.stat().st_size // 1000} kB and {wal_bytes // 1000} kB of log")


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
        return failure("disk", f"a durable write to {folder} failed: {error.strerror}", "Look at the disk: dmesg, smartctl, another card.")
    median = statistics.median(times)
    text = f"a durable write takes {median:.1f} ms (slowest of {SYNC_TRIES}: {max(times):.1f} ms)"
    if median > SLOW_SYNC_MS:
        return warning("disk", text, "Use a better card (A2, endurance) or an SSD: every fact waits for one such write.")
    return ok("disk", text)
