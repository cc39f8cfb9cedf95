"""The inbox keeps order, bounds a batch, wakes its reader and tells who waits."""

from __future__ import annotations

import asyncio

import pytest

from edge.runtime.inbox import BATCH, MAX_WAITING, Inbox, InboxFull
from edge.session.facts import TimerElapsed
from edge.session.state import initial


def fact(number: int) -> TimerElapsed:
    return TimerElapsed(at_ns=number)


async def test_facts_come_out_in_order_and_in_bounded_batches() -> None:
    inbox = Inbox()
    for number in range(BATCH + 3):
        inbox.put(fact(number))

    first = await inbox.take(0.1)
    second = await inbox.take(0.1)

    assert [entry.fact.at_ns for entry in first] == list(range(BATCH))
    assert [entry.fact.at_ns for entry in second] == [BATCH, BATCH + 1, BATCH + 2]


async def test_an_idle_take_returns_empty_after_its_time() -> None:
    assert await Inbox().take(0.01) == []


async def test_a_waiting_reader_wakes_at_once() -> None:
    inbox = Inbox()
    reader = asyncio.create_task(inbox.take(10.0))
    await asyncio.sleep(0)
    inbox.put(fact(7))

    async with asyncio.timeout(1.0):
        assert [entry.fact.at_ns for entry in await reader] == [7]


async def test_put_and_wait_returns_only_when_the_consumer_says_done() -> None:
    inbox = Inbox()
    waiter = asyncio.create_task(inbox.put_and_wait(fact(1)))
    (entry,) = await inbox.take(1.0)
    assert not waiter.done()

    assert entry.done is not None
    entry.done.set_result(initial())

    async with asyncio.timeout(1.0):
        await waiter


async def test_a_dead_consumer_is_an_error_and_not_endless_memory() -> None:
    inbox = Inbox()
    for number in range(MAX_WAITING):
        inbox.put(fact(number))
    with pytest.raises(InboxFull, match="does not answer"):
        inbox.put(fact(0))
