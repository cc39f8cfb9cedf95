"""Tells the far end now and then how the controller is."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from cloud_bridge.bridge import Bridge
from cloud_bridge.messages import HealthV1
from edge.runtime.clock import SystemClock
from edge.runtime.front import resident_bytes
from edge.runtime.settings import StoreSettings
from edge.runtime.snapshots import cabinet_phase
from edge.session.state import StoreState


async def report_health(
    settings: StoreSettings, bridge: Bridge, clock: SystemClock, state: Callable[[], StoreState], *, version: str, started_ns: int
) -> None:
    """Until cancelled."""
    while True:
        await asyncio.sleep(settings.cloud.health_every_s)
        live, now = bridge.live(), state()
        disk = os.statvfs(settings.journal.path.parent)
        resident = resident_bytes()
        bridge.publish_health(
            HealthV1(
                version=version,
                cabinet=cabinet_phase(now),
                uptime_s=(clock.monotonic_ns() - started_ns) // 1_000_000_000,
                outbox_depth=live.depth,
                oldest_unconfirmed_s=live.oldest_age_s,
                clocksync=clock.read().sync,
                disk_free_mb=disk.f_bavail * disk.f_frsize // 1_000_000,
                rss_mb=None if resident is None else round(resident / 1e6, 1),
                alarms=tuple(sorted({alarm.code for alarm in now.alarms})),
            )
        )
