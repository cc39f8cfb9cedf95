"""How this process asks the system for memory: so that frames of several megabytes, made in a dozen threads, are given back when they go.

glibc gives every thread an arena of its own and keeps what was freed in it; with four cameras that is a third of the process.
"""

from __future__ import annotations

import ctypes
from typing import Final

MOST_ARENAS: Final = 2  # threads that allocate at once are two at most where there are two processors to spare
OWN_PAGES_BYTES: Final = 262_144  # bytes from which a block is given back at once; a frame has ten times as many
KEPT_FREE_BYTES: Final = 1_000_000  # bytes at the end of the heap that are kept for the next use

_M_TRIM_THRESHOLD: Final = -1  # mallopt(3)
_M_MMAP_THRESHOLD: Final = -3
_M_ARENA_MAX: Final = -8


def give_memory_back() -> bool:
    """Set it for the rest of this process, before its threads start. False where the C library knows no such settings (musl)."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:
        return False
    wanted = ((_M_ARENA_MAX, MOST_ARENAS), (_M_MMAP_THRESHOLD, OWN_PAGES_BYTES), (_M_TRIM_THRESHOLD, KEPT_FREE_BYTES))
    done = [mallopt(setting, value) == 1 for setting, value in wanted]
    return all(done)
