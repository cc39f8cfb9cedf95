"""The real controller and its service manager, over the manager's real socket."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from pathlib import Path

import pytest

from edge.demo.shop import Shop


async def heard(manager: socket.socket, wanted: bytes, within_s: float) -> list[bytes]:
    """Everything that was said until ``wanted`` came, that included. Raises TimeoutError."""
    said: list[bytes] = []
    async with asyncio.timeout(within_s):
        while wanted not in said:
            said += (await asyncio.get_running_loop().sock_recv(manager, 1000)).splitlines()
    return said


async def test_ready_is_said_once_the_page_answers_food_comes_while_it_lives_and_the_end_is_announced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.setblocking(False)
        shop = Shop(directory=tmp_path / "shop")
        with shop.cabinet:
            monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
            await shop.controller.start()
            try:
                before = await heard(manager, b"READY=1", 20.0)
                assert b"WATCHDOG=1" not in before[:-1]
                _, writer = await asyncio.open_connection("127.0.0.1", int(shop.page_url.rpartition(":")[2]))
                writer.close()
                await heard(manager, b"WATCHDOG=1", 10.0)
                os.kill(shop.controller.pid, signal.SIGTERM)
                await heard(manager, b"STOPPING=1", 10.0)
                assert await shop.controller.wait() == 0
            finally:
                await shop.controller.stop()
