"""On a full disk pictures make room for newer ones and for the rest of the store, and nobody waits or falls over them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.vision.full_evidence import LEAST_FREE_MB, Seen


def test_on_a_full_disk_the_oldest_pictures_go_and_the_reserve_stays(tmp_path: Path) -> None:
    rights = ["--mount"] if os.geteuid() == 0 else ["--mount", "--map-root-user"]
    command = ["unshare", *rights, sys.executable, "-m", "tests.vision.full_evidence", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{done.stderr}\n(needs a kernel that lets this user mount a tmpfs in a namespace of its own)"
    seen: Seen = json.loads(done.stdout)

    assert all(seen["kept"]), "each found its place"
    assert seen["left"][-1] == "cam-00100"
    assert seen["left"][0] > "cam-00010", "the oldest went for it"
    assert seen["free_mb"] >= LEAST_FREE_MB
    assert seen["while_others_fill_it"] == ["", "", ""], "no picture is worth the room that the store needs"
    assert all(seen["without_reserve"]), "and where nothing is set aside, the older go for the newer"
    assert all(seen["without_inodes"]), "nor is a disk full of small files one that has room"
    assert seen["later"] == "y/cam-00001"
