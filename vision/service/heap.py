"""How this process asks the system for memory: one heap for all threads, which gives back what is free at its end.

glibc gives every thread an arena of its own and keeps what was freed in it; with four cameras that is forty megabytes. Giving every frame
back at once would save as much again and double the time of the processor, which then clears each frame's pages anew.
"""

from __future__ import annotations

import ctypes
from typing import Final

MOST_ARENAS: Final = 1  # Python's threads seldom allocate at the same time
OWN_PAGES_BYTES: Final = 4_000_000  # bytes from which a block is given back at once: more than a frame of 1280 x 720 pixels has
KEPT_FREE_BYTES: Final = 4_000_000  # bytes at the end of the heap that are kept for the next frame

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
