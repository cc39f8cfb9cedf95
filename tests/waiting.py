"""Waiting for what has no event of its own: counters, files, other threads and processes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

LOOK_S = 0.005


async def until(holds: Callable[[], object], within_s: float) -> None:
    """Returned: it holds. Raises TimeoutError when it does not in time."""
    loop = asyncio.get_running_loop()
    end_s = loop.time() + within_s
    while not holds():
        if loop.time() >= end_s:
            raise TimeoutError(f"not within {within_s:g} s")
        await asyncio.sleep(LOOK_S)
