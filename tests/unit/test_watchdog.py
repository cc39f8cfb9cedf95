"""The service manager is fed through a real socket, and only while every loop answers."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.runtime import watchdog
from edge.runtime.watchdog import Watchdog, notify


@pytest.fixture
def service_manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(address))
        manager.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(address))
        yield manager


class Now:
    def __init__(self) -> None:
        self.ns = 1_000_000_000

    def __call__(self) -> int:
        return self.ns


def test_state_lines_reach_the_service_manager(service_manager: socket.socket) -> None:
    assert notify("READY=1")
    assert service_manager.recv(100) == b"READY=1"


def test_without_a_service_manager_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert not notify("READY=1")


def test_a_vanished_service_manager_is_survived(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    assert not notify("READY=1")


def test_a_service_manager_that_takes_nothing_holds_up_nobody(service_manager: socket.socket) -> None:
    began = time.monotonic()
    words = 0
    while notify("WATCHDOG=1"):  # until the kernel keeps no more for it
        words += 1
    assert words > 0
    assert time.monotonic() - began < 5.0
    service_manager.recv(100)
    assert notify("WATCHDOG=1")


def test_a_loop_is_late_once_it_is_silent_for_longer_than_it_may() -> None:
    now = Now()
    dog = Watchdog(now)
    dog.watch("store", limit_s=5.0)
    dog.watch("bus", limit_s=1.0)
    now.ns += 2_000_000_000
    assert dog.late() == {"bus": 2.0}
    dog.beat("bus")
    assert dog.late() == {}


async def _fed(manager: socket.socket, seconds: float) -> int:
    count = 0
    try:
        async with asyncio.timeout(seconds):
            while True:
                await asyncio.get_running_loop().sock_recv(manager, 100)
                count += 1
    except TimeoutError:
        return count


async def test_food_stops_while_one_loop_is_silent_and_comes_back(service_manager: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "FEED_S", 0.01)
    now = Now()
    dog = Watchdog(now)
    dog.watch("store", limit_s=5.0)
    feeding = asyncio.create_task(dog.run())
    try:
        assert await _fed(service_manager, 0.1) > 0
        now.ns += 6_000_000_000
        await _fed(service_manager, 0.05)  # what was sent before the clock moved
        assert await _fed(service_manager, 0.1) == 0
        dog.beat("store")
        assert await _fed(service_manager, 0.1) > 0
    finally:
        feeding.cancel()
