"""A whole way for tests: journal and outbox, bridge, broker, consumer, database. Started and stopped piece by piece."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select

from cloud_bridge.backends.mqtt import MqttLink
from cloud_bridge.bridge import Bridge
from cloud_bridge.facts import CloudFact
from cloud_bridge.fleet import schema
from cloud_bridge.fleet.consumer import Consumer
from cloud_bridge.fleet.engine import open_engine
from cloud_bridge.fleet.settings import FleetSettings
from cloud_bridge.outbox import Outbox
from cloud_bridge.settings import CloudSettings
from tests import waiting
from tests.outbox_rig import ADDRESS, Journal, stamp

QUICK = {"rate_per_s": 10_000.0, "resend_after_s": 0.5, "retry_first_s": 0.05, "retry_max_s": 0.2, "steady_after_s": 5.0}
"""Delivery in a hurry, for tests."""


def quick(url: str, *, delivery: dict[str, Any] | None = None, **changes: Any) -> CloudSettings:
    """Settings that notice and retry within fractions of a second."""
    values: dict[str, Any] = {"broker": url, "keepalive_s": 1, "connect_timeout_s": 2.0, "lost_after_s": 1.0, "will_delay_s": 0}
    return CloudSettings.model_validate(values | {"delivery": QUICK | (delivery or {})} | changes)


class Store:
    """One store's journal, outbox and bridge. ``facts`` is what the bridge reported."""

    def __init__(self, folder: Path) -> None:
        self.journal = Journal(folder / "store.db")
        self.outbox = Outbox(self.journal.path, ADDRESS)
        self.facts: list[CloudFact] = []

    @contextlib.asynccontextmanager
    async def bridge(self, settings: CloudSettings, link: Any = None) -> AsyncIterator[Bridge]:
        """A running bridge; ends as the runtime ends it."""
        bridge = Bridge(settings, self.outbox, link or MqttLink(settings, "acme-S0001"), self.facts.append, stamp=stamp, version="1")
        task = asyncio.create_task(bridge.run())
        try:
            yield bridge
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def close(self) -> None:
        """Let go of the files."""
        self.outbox.close()
        self.journal.close()


@contextlib.contextmanager
def consumer(url: str, engine: Engine, **changes: Any) -> Iterator[Consumer]:
    """A running consumer on its own thread."""
    values: dict[str, Any] = {"broker": url, "database": "sqlite://", "heartbeat_s": 0.2, "retry_max_s": 0.2, "keepalive_s": 1}
    running = Consumer(FleetSettings.model_validate(values | changes), engine)
    stop = threading.Event()
    thread = threading.Thread(target=running.run, args=(stop,))
    thread.start()
    try:
        assert running.connected.wait(10)
        yield running
    finally:
        stop.set()
        thread.join(15)
        assert not thread.is_alive()


def database(folder: Path) -> Engine:
    """A far end's database in a file."""
    return open_engine(f"sqlite:///{folder}/fleet.db")


def count(engine: Engine, table: Any) -> int:
    """Rows of a table."""
    with engine.begin() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def stored_seqs(engine: Engine) -> list[int]:
    """Numbers of all stored events in the order in which they were stored."""
    with engine.begin() as connection:
        return list(connection.execute(select(schema.event.c.seq)).scalars())


until = partial(waiting.until, within_s=15.0)
