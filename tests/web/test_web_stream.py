"""The live stream over a real server and real sockets: the newest wins, nobody waits for the slow, everything is given back."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx

from edge.snapshot import StoreSnapshot
from edge.web.problem import Problem
from edge.web.reading import awaited, snapshots, timeless
from edge.web.stream import Hub
from tests.web.shown_store import ShownStore, quiet_store, served, shopping_store
from tests.web.signed_in import machine, program


@dataclass
class Event:
    kind: str
    id: int | None
    data: Any


@asynccontextmanager
async def stream(url: str, **headers: str) -> AsyncIterator[AsyncIterator[Event]]:
    """One listener. Reads the wire by the rules of server-sent events."""
    async with (
        httpx.AsyncClient(base_url=url, timeout=10, headers=machine(url) | headers) as client,
        client.stream("GET", "/api/v1/stream") as reply,
    ):
        assert reply.status_code == 200
        assert reply.headers["content-type"].startswith("text/event-stream")
        yield _events(reply)


async def _events(reply: httpx.Response) -> AsyncIterator[Event]:
    fields: dict[str, str] = {}
    async for line in reply.aiter_lines():
        if line == "":
            if "data" in fields:
                yield Event(fields.get("event", "message"), int(fields["id"]) if "id" in fields else None, json.loads(fields["data"]))
            fields = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(": ")
            fields[name] = value


async def _next(events: AsyncIterator[Event], kind: str) -> Event:
    async with asyncio.timeout(10):
        while True:
            event = await anext(events)
            if event.kind == kind:
                return event


def _weighing(grams: float) -> StoreSnapshot:
    quiet = quiet_store()
    return replace(quiet, plates=(replace(quiet.plates[0], grams=grams), *quiet.plates[1:]))


async def test_the_present_comes_first_then_each_change() -> None:
    store = ShownStore()
    async with served(store, stream_interval_ms=20) as url, stream(url) as events:
        hello = await _next(events, "hello")
        assert hello.data == {"keep_alive_s": 15}
        first = await _next(events, "snapshot")
        assert first.data == json.loads(snapshots.dump_json(store.now))
        await store.show(shopping_store())
        second = await _next(events, "snapshot")
        assert second.data["cabinet"]["phase"] == "open"
        assert first.id is not None
        assert second.id == first.id + 1


async def test_a_snapshot_in_which_only_time_passed_is_not_sent() -> None:
    store = ShownStore()
    async with served(store, stream_interval_ms=20) as url, stream(url) as events:
        first = await _next(events, "snapshot")
        for second in range(1, 6):
            await store.show(replace(store.now, at_s=store.now.at_s + second, at_unix_s=store.now.at_unix_s + second))
        await store.show(shopping_store())
        following = await _next(events, "snapshot")
        assert (following.id, following.data["cabinet"]["phase"]) == ((first.id or 0) + 1, "open")


async def test_whoever_comes_back_gets_the_present_whatever_it_last_saw() -> None:
    store = ShownStore(now=shopping_store())
    async with served(store) as url:
        for last in ("3", "999999999999", "nonsense"):
            async with stream(url, **{"last-event-id": last}) as events:
                assert (await _next(events, "snapshot")).data["cabinet"]["phase"] == "open"


async def test_a_burst_is_thinned_and_ends_with_the_newest() -> None:
    store = ShownStore()
    async with served(store, stream_interval_ms=100) as url, stream(url) as events:
        await _next(events, "snapshot")
        for grams in range(200):
            await store.show(_weighing(float(grams)))
            await asyncio.sleep(0)
        seen: list[float] = []
        while not seen or seen[-1] != 199.0:
            seen.append((await _next(events, "snapshot")).data["plates"][0]["grams"])
        assert len(seen) < 20


async def test_what_a_shopper_waits_for_is_not_held_back_by_weights_that_flicker() -> None:
    store = ShownStore()
    async with served(store, stream_interval_ms=10_000) as url, stream(url) as events:
        await _next(events, "snapshot")
        for grams in range(5):
            await store.show(_weighing(float(grams)))
        began = asyncio.get_running_loop().time()
        await store.show(replace(shopping_store(), plates=store.now.plates))
        seen = await _next(events, "snapshot")
        assert seen.data["cabinet"]["phase"] == "open"
        assert seen.data["plates"][0]["grams"] == 4.0
        assert asyncio.get_running_loop().time() - began < 5.0


async def test_a_silent_stream_gives_signs_of_life() -> None:
    async with served(ShownStore(), keep_alive_s=1.0) as url, stream(url) as events:
        await _next(events, "snapshot")
        assert (await _next(events, "alive")).data == {}


async def test_many_listen_to_one_subscription_and_one_more_is_told_to_come_back() -> None:
    store = ShownStore()
    async with served(store, max_streams=12, stream_interval_ms=20) as url:
        async with asyncio.TaskGroup() as group:
            stop = asyncio.Event()
            arrived = [asyncio.Event() for _ in range(12)]
            phases: asyncio.Queue[str] = asyncio.Queue()

            async def listen(arrived: asyncio.Event) -> None:
                async with stream(url) as events:
                    await _next(events, "snapshot")
                    arrived.set()
                    phases.put_nowait((await _next(events, "snapshot")).data["cabinet"]["phase"])
                    await stop.wait()

            for each in arrived:
                group.create_task(listen(each))
            async with asyncio.timeout(10):
                await asyncio.gather(*(each.wait() for each in arrived))
            assert store.watching == 1
            async with program(url) as client:
                refused = await client.get("/api/v1/stream")
                assert refused.status_code == 503
                assert refused.json()["code"] == "streams_taken"
                assert int(refused.headers["retry-after"]) > 0
                assert "smartstore_web_streams 12.0" in (await client.get("/metrics")).text
            await store.show(shopping_store())
            async with asyncio.timeout(10):
                assert [await phases.get() for _ in arrived] == ["open"] * 12
            stop.set()
        await asyncio.wait_for(store.unwatched.wait(), 10)
        async with stream(url) as events:
            assert (await _next(events, "snapshot")).data["cabinet"]["phase"] == "open"


async def test_a_rush_gets_no_more_places_than_there_are() -> None:
    store = ShownStore()
    hub = Hub(store.subscribe, snapshots.dump_json, timeless=timeless, awaited=awaited, limit=3, interval_s=0.01, keep_alive_s=5)
    codes = []
    for _ in range(10):
        try:
            hub.open()
        except Problem as problem:
            codes.append(problem.document.code)
    assert codes == ["streams_taken"] * 7
    hub.leave()
    assert hub.open().media_type == "text/event-stream"


async def test_a_reader_that_takes_nothing_holds_nobody_up_and_then_sees_the_newest() -> None:
    store = ShownStore()
    async with served(store, stream_interval_ms=20) as url:
        host, port = url.removeprefix("http://").split(":")
        slow = socket.socket()
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        slow.connect((host, int(port)))
        slow.sendall(
            b"GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: %s\r\n\r\n" % machine(url)["authorization"].encode()
        )
        slow.setblocking(False)
        async with stream(url) as quick:
            first = await _next(quick, "snapshot")
            latest = first
            padding = "x" * 60_000
            for number in range(60):
                name = f"{number} {padding}"
                await store.show(replace(store.now, name=name))
                latest = await _next(quick, "snapshot")
                assert latest.data["name"] == name
        got = bytearray()
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(10):
            while b'"name":"59 ' not in got:
                got += await loop.sock_recv(slow, 65_536)
        slow.close()
        assert latest.id is not None
        assert got.count(b"event: snapshot") < latest.id, "what it missed is not queued for it"
        await asyncio.wait_for(store.unwatched.wait(), 10)


async def test_a_reader_that_stalls_for_good_is_let_go() -> None:
    store = ShownStore()
    hub = Hub(
        store.subscribe,
        snapshots.dump_json,
        timeless=timeless,
        awaited=awaited,
        limit=1,
        interval_s=0.01,
        keep_alive_s=5,
        stalled_after_s=0.1,
    )
    never = asyncio.Event()

    async def receive() -> dict[str, Any]:
        await never.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            await never.wait()

    async with asyncio.timeout(10):
        await hub.open()({"type": "http"}, receive, send)
    assert hub.listeners == 0
    await asyncio.wait_for(store.unwatched.wait(), 10)
    await hub.close()


async def test_streams_end_when_the_store_does_and_the_port_is_free_again() -> None:
    store = ShownStore()
    async with asyncio.timeout(10):
        async with served(store) as url:
            listening = stream(url)
            events = await listening.__aenter__()
            await _next(events, "snapshot")
            started = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - started < 2.5
        assert [event async for event in events] == []
        await listening.__aexit__(None, None, None)
    await asyncio.wait_for(store.unwatched.wait(), 10)
    host, port = url.removeprefix("http://").split(":")
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind((host, int(port)))


async def test_a_subscription_that_ends_ends_the_streams() -> None:
    store = ShownStore()
    async with served(store) as url, stream(url) as events:
        await _next(events, "snapshot")
        await store.end()
        async with asyncio.timeout(10):
            assert [event async for event in events if event.kind == "snapshot"] == []
