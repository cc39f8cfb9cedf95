"""Tests that begin together, because most of their time they wait: for a simulated hand, a process that starts, a time-out."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

import pytest

Test: TypeAlias = Callable[..., Coroutine[Any, Any, None]]


class SideBySide:
    """Decorates tests of one module that ask for nothing but a ``tmp_path``: the first one that runs begins all, ``at_once`` at a time.

    Each still passes or fails by itself. They stand together in their module: a test between them would run beside them.
    """

    def __init__(self, at_once: int) -> None:
        self._tests: dict[str, Test] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._turn = asyncio.Semaphore(at_once)

    def __call__(self, test: Test) -> Test:
        name = test.__name__
        self._tests[name] = test

        @pytest.mark.asyncio(loop_scope="module")
        async def asking(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> None:
            if not self._running:
                chosen = {item.name for item in request.session.items if item.path == request.path}
                self._running = {
                    each: asyncio.create_task(self._in_turn(made, tmp_path_factory)) for each, made in self._tests.items() if each in chosen
                }
            await self._running[name]

        asking.__name__, asking.__doc__ = name, test.__doc__
        return asking

    async def _in_turn(self, test: Test, folders: pytest.TempPathFactory) -> None:
        async with self._turn:
            await test(**{name: folders.mktemp(test.__name__) for name in inspect.signature(test).parameters})
