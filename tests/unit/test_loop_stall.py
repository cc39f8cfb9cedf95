"""A loop that was held up is measured, so that the page and the metrics can show it."""

from __future__ import annotations

import asyncio
import time

import pytest

from edge.runtime import watchdog
from edge.runtime.watchdog import Watchdog
from tests.waiting import until

STALL_S = 0.3  # s; three times what counts as a stall


async def test_a_stall_of_the_event_loop_is_seen_and_over_when_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "FEED_S", 0.02)
    dog = Watchdog(time.monotonic_ns)
    running = asyncio.create_task(dog.run())
    try:
        await asyncio.sleep(0.05)
        time.sleep(STALL_S)  # noqa: ASYNC251 - to hold up the loop is the purpose
        await until(lambda: dog.loop_lag_s >= STALL_S / 2, within_s=2.0)
        await until(lambda: dog.loop_lag_s <= 0.1, within_s=2.0)
    finally:
        running.cancel()
