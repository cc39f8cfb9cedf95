"""The heap of the eye's process gives frames back to the system."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys
import numpy as np
from vision.service.heap import give_memory_back

def resident_mb():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmRSS")) / 1024

if sys.argv[1] == "yes":
    assert give_memory_back()
before = resident_mb()
for size in (24_000_000, 20_000_000):  # the C library learns from the first that such blocks come again, and keeps the second
    frames = np.ones(size, np.uint8)
    del frames
print(resident_mb() - before)
"""


def held_mb(settings: str) -> float:
    """What a process holds after large frames have come and gone, with the settings or without."""
    done = subprocess.run([sys.executable, "-c", SCRIPT, settings], capture_output=True, text=True, check=True)
    return float(done.stdout)


def test_large_frames_that_are_gone_are_given_back() -> None:
    assert held_mb("yes") < 5.0 < held_mb("no")
