"""The way to the cloud: events stored durably, drained at QoS 1 beside plain paho in the same run, and what random kill -9 costs.

``python -m bench.outbox``; exit code 1 when an event was lost or a visit billed twice. The sink is a process of its own, so that both
senders have an interpreter to themselves.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from cloud_bridge.backends.mqtt import MqttLink, no_delay
from cloud_bridge.bridge import Bridge
from cloud_bridge.outbox import Outbox
from cloud_bridge.settings import CloudSettings
from cloud_bridge.topics import ACK, EVENTS_EVERYWHERE, EVT_CHECKOUT
from tests.brokers import mosquitto
from tests.outbox_rig import ADDRESS, Journal, checkout, stamp
from tests.store.bridge_rig import until
from tests.store.chaos import Chaos

WINDOW = 50  # events under way; the same for both senders
TURNS = 20  # turns of each kind of storing; alternating, so that both see the same disk
WATERMARK_EVERY_S = 0.02  # s; how often the sink tells how far it is
ROUNDS = 3  # the best of so many, because the machine is shared

_SEQUENCE = re.compile(rb'"sequence":"([0-9]{10})-([0-9]{14})"')


# -- storing


def storing(events: int) -> None:
    """Events per second by batch size, beside bare inserts of the same bytes in the same kind of transaction, turn by turn."""
    print(f"\nStoring, WAL and synchronous=FULL, one business row per transaction (medians of {TURNS} turns)")
    print("  batch   events/s   bare SQLite   ratio   commit p50 / p99 ms")
    body = _body()
    for batch in (1, 10, 100):
        with tempfile.TemporaryDirectory() as folder:
            journal = Journal(Path(folder, "store.db"))
            outbox = Outbox(journal.path, ADDRESS)
            bare = _bare_database(Path(folder, "bare.db"))
            ours_s: list[float] = []
            bare_s: list[float] = []
            commits: list[float] = []
            for turn in range(TURNS):
                count = max(1, events // batch // TURNS)
                ours_s.append(_write_ours(journal, batch, count, turn, commits) / (count * batch))
                bare_s.append(_write_bare(bare, body, batch, count, turn) / (count * batch))
            outbox.close()
            journal.close()
            bare.close()
        ratio = statistics.median(theirs / ours for ours, theirs in zip(ours_s, bare_s, strict=True))
        commits.sort()
        p50, p99 = commits[len(commits) // 2] * 1000, commits[len(commits) * 99 // 100] * 1000
        ours, theirs = 1 / statistics.median(ours_s), 1 / statistics.median(bare_s)
        print(f"  {batch:5}   {ours:8.0f}   {theirs:11.0f}   {ratio:5.2f}   {p50:.2f} / {p99:.2f}")


def _write_ours(journal: Journal, batch: int, count: int, turn: int, commits: list[float]) -> float:
    messages = [checkout("v")] * batch
    began = time.perf_counter()
    for number in range(count):
        at = time.perf_counter()
        journal.write(messages, visit=f"{turn}-{number}")
        commits.append(time.perf_counter() - at)
    return time.perf_counter() - began


def _bare_database(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE visit(id TEXT PRIMARY KEY)")
    connection.execute("CREATE TABLE event(n INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB)")
    return connection


def _write_bare(connection: sqlite3.Connection, body: bytes, batch: int, count: int, turn: int) -> float:
    began = time.perf_counter()
    for number in range(count):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO visit VALUES(?)", (f"{turn}-{number}",))
        connection.executemany("INSERT INTO event(body) VALUES(?)", [(body,)] * batch)
        connection.execute("COMMIT")
    return time.perf_counter() - began


def _body() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder, "store.db"))
        outbox = Outbox(journal.path, ADDRESS)
        journal.write([checkout("v")])
        body = outbox.unconfirmed(0, 1)[0].body
        outbox.close()
        journal.close()
        return body


# -- draining


def draining(events: int) -> None:
    """Events per second through a broker to a sink: plain paho, the bridge, the bridge with the real consumer."""
    plain, bridge, real = 0.0, 0.0, 0.0
    with mosquitto() as broker:
        for _ in range(ROUNDS):
            with _process("bench.outbox", "--sink", broker.url):
                plain = max(plain, _plain_per_s(broker.port, events))
                bridge = max(bridge, asyncio.run(_bridge_per_s(broker.url, events)))
            with (
                tempfile.TemporaryDirectory() as folder,
                _process("cloud_bridge.fleet", "run", "--broker", broker.url, "--database", f"sqlite:///{folder}/fleet.db"),
            ):
                real = max(real, asyncio.run(_bridge_per_s(broker.url, events)))
    print(f"\nDraining {events} events at QoS 1 through mosquitto, window {WINDOW} (best of {ROUNDS})")
    print(f"  plain paho from memory, until every PUBACK            {plain:8.0f} events/s")
    print(f"  the bridge from its outbox, until the far end's mark  {bridge:8.0f} events/s   {bridge / plain:.2f} of plain paho")
    print(f"  the same with the real consumer and its database     {real:8.0f} events/s   {real / plain:.2f}")


def _plain_per_s(port: int, events: int) -> float:
    body, topic = _body(), EVT_CHECKOUT.at(ADDRESS)
    connected, done = threading.Event(), threading.Event()
    room = threading.Semaphore(WINDOW)
    left = [events]

    def taken(*_: object) -> None:
        room.release()
        left[0] -= 1
        if left[0] == 0:
            done.set()

    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="plain", protocol=paho.MQTTv5)
    client.on_socket_open = no_delay
    client.max_inflight_messages_set(WINDOW)
    client.on_connect = lambda *_: connected.set()
    client.on_publish = taken
    client.connect("127.0.0.1", port)
    client.loop_start()
    connected.wait(10)
    began = time.perf_counter()
    for _ in range(events):
        room.acquire()
        client.publish(topic, body, 1)
    done.wait(120)
    took = time.perf_counter() - began
    client.disconnect()
    client.loop_stop()
    return events / took


async def _bridge_per_s(url: str, events: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder, "store.db"))
        outbox = Outbox(journal.path, ADDRESS)
        settings = CloudSettings.model_validate({"broker": url, "delivery": {"window": WINDOW, "rate_per_s": 100_000.0}})
        bridge = Bridge(settings, outbox, MqttLink(settings, "acme-S0001"), lambda _: None, stamp=stamp)
        task = asyncio.create_task(bridge.run())
        await until(lambda: bridge.live().heard_s_ago is not None or bridge.live().connections == 1)
        for first in range(0, events, 100):
            journal.write([checkout(f"v{first + index}") for index in range(100)])
        began = time.perf_counter()
        bridge.notify()
        await until(lambda: bridge.live().confirmed == events, within_s=120.0)
        took = time.perf_counter() - began
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        outbox.close()
        journal.close()
        return events / took


@contextlib.contextmanager
def _process(module: str, *arguments: str) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-m", module, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        assert process.stdout is not None
        process.stdout.readline()  # both say something once they are up
        threading.Thread(target=process.stdout.read, daemon=True).start()
        yield
    finally:
        process.kill()
        process.wait()


def sink(url: str) -> None:
    """Take events, tell the highest contiguous number every few milliseconds; stores nothing."""
    seen: dict[bytes, set[int]] = {}
    through: dict[bytes, int] = {}
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="sink", protocol=paho.MQTTv5)
    client.on_socket_open = no_delay

    def heard(_client: paho.Client, _userdata: object, message: paho.MQTTMessage) -> None:
        match = _SEQUENCE.search(message.payload)
        if match is not None:
            seen.setdefault(match[1], set()).add(int(match[2]))

    client.on_connect = lambda client, *_: client.subscribe(EVENTS_EVERYWHERE, 1)
    client.on_subscribe = lambda *_: print("ready", flush=True)
    client.on_message = heard
    client.connect("127.0.0.1", int(url.rsplit(":", 1)[1]))
    client.loop_start()
    while True:
        time.sleep(WATERMARK_EVERY_S)
        for epoch, numbers in list(seen.items()):
            before = mark = through.get(epoch, 0)
            while mark + 1 in numbers:
                mark += 1
            if mark > before:
                through[epoch] = mark
                client.publish(ACK.at(ADDRESS), b'{"epoch":%d,"seq":%d}' % (int(epoch), mark), 1)


# -- dying


def dying(seeds: list[int], seconds: float) -> bool:
    """Random kill -9, freezes and cuts; whether nothing was lost or doubled with the watermark."""
    print(f"\nkill -9, freezes and cuts of store, broker, consumer and network for {seconds:.0f} s a seed")
    print("  confirmed by  seed   visits   events   lost   doubled   missing events   repeated by others")
    sound = True
    for confirmation, seed in [*(("watermark", seed) for seed in seeds), ("puback", seeds[0])]:
        with tempfile.TemporaryDirectory() as folder:
            found = Chaos(Path(folder), seed, confirmation=confirmation).run(seconds)
        sound = sound and (found.sound or confirmation == "puback")
        print(
            f"  {confirmation:12}  {seed:4}   {found.visits:6}   {found.events:6}   {found.lost:4}   {found.doubled:7}   "
            f"{found.events_missing:14}   {found.repeated_by_others:18}",
            flush=True,
        )
    print("  (puback is the fallback for a cloud without watermarks: what it loses here is why it is called the weaker one)")
    return sound


def main(arguments: list[str] | None = None) -> int:
    """Exit code 1 when something was lost or doubled."""
    parser = argparse.ArgumentParser(prog="python -m bench.outbox", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--events", type=int, default=5000, help="events per measurement (default 5000)")
    parser.add_argument("--seconds", type=float, default=20.0, help="seconds of trouble per seed (default 20)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], help="seeds of the trouble (default 1 2 3)")
    parser.add_argument("--sink", metavar="URL", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.sink:
        sink(chosen.sink)
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}")
    storing(chosen.events)
    draining(chosen.events)
    return 0 if dying(chosen.seeds, chosen.seconds) else 1


if __name__ == "__main__":
    raise SystemExit(main())
