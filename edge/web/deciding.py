"""What the routes that change the store share: who asks, what every change says of itself, and how long its answer is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from edge.web.gate import who
from edge.web.problem import Problem

Answer = TypeVar("Answer")

VERSION = r"^[0-9a-f]{8,64}$"


class Reasoned(BaseModel):
    """What its author had seen, and why they want it: both go to the journal with their name."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    version: str = Field(pattern=VERSION, description="The version that was read; another one in force is refused as `stale`.")
    reason: str = Field(min_length=3, max_length=200, description="Why, in words.")


class Change(Reasoned):
    """A change that can be tried."""

    check: bool = Field(default=False, description="Only say what would be wrong; nothing is changed.")


def asker(request: Request) -> str:
    """Who asks, for the journal."""
    return who(request).name


async def decided(wish: Coroutine[Any, Any, Answer], within_s: float, look_at: str) -> Answer:
    """What became of ``wish``. Where it takes too long it goes on, and the caller is told to look at ``look_at``."""
    try:
        async with asyncio.timeout(within_s):
            return await asyncio.shield(asyncio.ensure_future(wish))
    except TimeoutError:
        raise Problem(
            504, "no_decision", "The store has not decided in time", f"Read {look_at} before you try again: it may still take effect."
        ) from None
