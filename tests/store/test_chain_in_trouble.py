"""The whole chain while everything that can die does, and on a full disk: nothing is lost, given away or billed twice.

More seeds of the first: ``python -m bench.chaos``.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.side_by_side import SideBySide
from tests.store.chain import attacked_chain
from tests.store.full_disk import Seen

LIMIT_S = 90  # s; three visits and three starts on a loaded machine take half of it

side_by_side = SideBySide(at_once=2)


def in_a_mount_namespace(directory: Path) -> Seen:
    """Run the scenario where it may mount a small file system: root in a namespace of mounts, others in one of users as well."""
    rights = ["--mount"] if os.geteuid() == 0 else ["--mount", "--map-root-user"]
    command = ["unshare", *rights, sys.executable, "-m", "tests.store.full_disk", str(directory)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert done.returncode == 0, f"{done.stderr}\n(needs a kernel that lets this user mount a tmpfs in a namespace of its own)"
    seen: Seen = json.loads(done.stdout)
    return seen


@pytest.mark.timeout(240)
@side_by_side
async def test_kills_in_random_order_lose_nothing_and_bill_nobody_twice(tmp_path: Path) -> None:
    report = await attacked_chain(tmp_path, seed=11, visits=5)

    assert report.faults == []
    assert sum(report.kills.values()) >= 4, report
    assert report.outcomes.total() >= 5, report


@side_by_side
async def test_on_a_full_disk_a_visit_ends_on_the_reserve_or_waits_for_room_and_nothing_is_given_away(tmp_path: Path) -> None:
    seen = await asyncio.to_thread(in_a_mount_namespace, tmp_path)
    on_the_reserve, without_room, killed = seen["visits"]

    assert seen["on_the_reserve"] in ("receipt", "idle"), "what was set aside is enough to end the running visit"
    assert seen["ends"][on_the_reserve] == ["billed"]
    assert seen["receipts"][on_the_reserve] == 149

    assert seen["without_any_room"] == "open", "nothing is decided that cannot be recorded"
    assert seen["ends"][without_room] == ["billed"], "and it goes on where it stopped, with nothing lost"
    assert seen["receipts"][without_room] == 298

    assert seen["refused_start"] == 1
    assert "look for a full or failing disk" in seen["refused_words"]
    assert seen["ends"][killed] == ["review"], "goods left the cabinet while nothing could be recorded: a person looks at it"
    assert seen["receipts"][killed] == 298
