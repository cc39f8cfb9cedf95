"""Time that moves only when told to: for simulations that run faster than the world. Pure except for yielding to the event loop."""

from __future__ import annotations

import asyncio

NS = 1_000_000_000  # ns per s


class VirtualClock:
    """Callable like ``time.monotonic_ns``; ``sleep`` replaces ``asyncio.sleep`` and moves the time forward at once."""

    def __init__(self, start_ns: int = NS) -> None:
        self._now_ns = start_ns

    def __call__(self) -> int:
        return self._now_ns

    def step(self, seconds: float) -> int:
        """Move forward; returned: the new time."""
        if seconds < 0:
            raise ValueError(f"time cannot go back by {-seconds} s")
        self._now_ns += round(seconds * NS)
        return self._now_ns

    async def sleep(self, seconds: float) -> None:
        self.step(max(0.0, seconds))
        await asyncio.sleep(0)
