"""Evidence on a file system that is really small: run inside a mount namespace of its own, see :mod:`tests.store.full_disk`.

``python -m tests.vision.full_evidence DIRECTORY`` mounts a small tmpfs at ``DIRECTORY/disk`` and prints what it saw as one JSON object.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TypedDict

import numpy as np

from tests.store.full_disk import fill
from vision.evidence import EvidenceFolder

DISK_MB = 4
LEAST_FREE_MB = 3
CROP = np.random.default_rng(1).integers(0, 256, (200, 200, 3), np.uint8)  # some 40 KB as JPEG


class Seen(TypedDict):
    """Reaches that are left of so many, and free megabytes: bounded by the reserve, then with the disk filled up by others."""

    kept: list[str]
    left: list[str]
    free_mb: float
    while_others_fill_it: list[str]
    without_reserve: list[str]
    without_inodes: list[str]
    later: str


def reaches(root: Path) -> list[str]:
    """The names of the reaches of which there are pictures."""
    return sorted(path.name.rpartition("-")[0] for path in root.rglob("*.jpg"))


def mounted(disk: Path, options: str) -> Path:
    """A small file system, which goes with the process."""
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)], check=True)
    return disk


def main(directory: Path) -> None:
    """See the module."""
    disk = mounted(directory / "disk", f"size={DISK_MB}m")
    crowded = EvidenceFolder(mounted(directory / "crowded", f"size={DISK_MB}m,nr_inodes=30"), 14, 500)
    root, filler = disk / "evidence", disk / "filler"
    careful = EvidenceFolder(root, 14, 500, least_free_mb=LEAST_FREE_MB)
    kept = [careful.keep_crops("v", "cam", number, [CROP]) for number in range(1, 101)]
    for age, path in enumerate(sorted(root.rglob("*.jpg"), reverse=True)):
        os.utime(path, (1.8e9 - age, 1.8e9 - age))
    left, state = reaches(root), os.statvfs(disk)
    fill(disk)
    while_others = [careful.keep_crops("w", "cam", number, [CROP]) for number in range(1, 4)]
    bold = EvidenceFolder(root, 14, 500)
    fill(disk)
    filler.write_bytes(filler.read_bytes()[: -20 * 4096])  # room for two, not for three
    without_reserve = [bold.keep_crops("x", "cam", number, [CROP]) for number in range(1, 6)]
    filler.unlink()
    seen: Seen = {
        "kept": kept,
        "left": left,
        "free_mb": state.f_bavail * state.f_frsize / 1e6,
        "while_others_fill_it": while_others,
        "without_reserve": without_reserve,
        "without_inodes": [crowded.keep_crops(f"visit-{number // 4}", "cam", number, [CROP]) for number in range(1, 81)],
        "later": careful.keep_crops("y", "cam", 1, [CROP]),
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
