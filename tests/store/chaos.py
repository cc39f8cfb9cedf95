"""A store, a broker and a consumer that are killed, frozen and cut off at random, and the count of what came of it.

``python -m tests.store.chaos STORE_DB BROKER_URL QUIET_FILE CONFIRMATION`` is the store's process: it writes a
business row and its events in one transaction, again and again, and runs the bridge; once QUIET_FILE exists it only drains.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import select

from cloud_bridge.fleet import schema
from cloud_bridge.fleet.engine import open_engine
from cloud_bridge.topics import EVENTS_EVERYWHERE
from tests.brokers import Mosquitto, free_port

WRITE_EVERY_S = 0.01  # s; a hundred visits a second, far more than a shop has
CONTESTED = 0.3  # share of visits whose receipt a person changes at once
HEAL_S = 60.0  # s; by then everything must have arrived on a loaded machine
TROUBLES = ("kill store", "kill broker", "kill consumer", "cut", "silence", "freeze broker", "freeze consumer")
ROOT = Path(__file__).parents[2]


# -- the store's process


async def _store(path: Path, url: str, quiet: Path, confirmation: str) -> None:
    from cloud_bridge.backends.mqtt import MqttLink
    from cloud_bridge.bridge import Bridge
    from cloud_bridge.outbox import Outbox
    from tests.outbox_rig import ADDRESS, Journal, checkout, door, review, stamp
    from tests.store.bridge_rig import quick

    settings = quick(url, delivery={"confirmation": confirmation})
    journal = Journal(path)
    bridge = Bridge(settings, Outbox(path, ADDRESS), MqttLink(settings, "acme-S0001"), lambda _: None, stamp=stamp)

    async def write() -> None:
        chance = random.Random()
        while _still_selling(quiet):
            visit = f"v-{time.time_ns()}"
            first, second = chance.randint(1, 999), chance.randint(0, 999)
            journal.write([door(visit), checkout(visit, total_minor=first), door(visit)], visit=visit)
            if chance.random() < CONTESTED:
                journal.write([review(visit, 1, total_minor=second, charged_minor=first)])
            bridge.notify()
            await asyncio.sleep(WRITE_EVERY_S)

    async with asyncio.TaskGroup() as group:
        group.create_task(bridge.run())
        group.create_task(write())


def _still_selling(quiet: Path) -> bool:
    return not quiet.exists()


# -- the network between store and broker


class Proxy:
    """A TCP relay that can be cut (connections close) or silenced (they stay open and nothing passes)."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._passing = threading.Event()
        self._passing.set()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._closed = False
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Close every connection."""
        for pair in self._pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
        self._pairs.clear()

    def silence(self, seconds: float) -> None:
        """Let nothing pass for a while; the connections stay open."""
        self._passing.clear()
        time.sleep(seconds)
        self._passing.set()

    def close(self) -> None:
        """End it."""
        self._closed = True
        self._passing.set()
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        while not self._closed:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self._target_port), timeout=2)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            self._pairs.append((near, far))
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._relay, args=(source, target), daemon=True).start()

    def _relay(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._passing.wait()
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.close()


class Echo:
    """Publishes events that it has heard again, later and out of order: duplicates that no store sent."""

    def __init__(self, port: int, chance: random.Random) -> None:
        self.repeated = 0
        self._chance = chance
        self._kept: list[tuple[str, bytes]] = []
        self._client = client = paho.Client(CallbackAPIVersion.VERSION2, client_id="echo", protocol=paho.MQTTv5)
        client.reconnect_delay_set(1, 1)
        client.on_connect = lambda client, *_: client.subscribe(EVENTS_EVERYWHERE, 1)
        client.on_message = self._heard
        client.connect("127.0.0.1", port)
        client.loop_start()

    def _heard(self, client: paho.Client, _userdata: Any, message: paho.MQTTMessage) -> None:
        if len(self._kept) < 2000:
            self._kept.append((message.topic, bytes(message.payload)))
        if self._chance.random() < 0.05:
            topic, payload = self._chance.choice(self._kept)
            client.publish(topic, payload, 1)
            self.repeated += 1

    def close(self) -> None:
        """End it."""
        self._client.disconnect()
        self._client.loop_stop()


# -- the experiment


@dataclass
class Findings:
    """What came of it. ``lost`` and ``doubled`` count visits; ``events`` what the store's disk says was committed."""

    seed: int
    visits: int = 0
    events: int = 0
    lost: int = 0
    invented: int = 0
    doubled: int = 0
    wrong_amount: int = 0
    events_missing: int = 0
    waiting: int = 0
    dead_letters: int = 0
    repeated_by_others: int = 0
    actions: Counter[str] = field(default_factory=Counter)

    @property
    def sound(self) -> bool:
        """Nothing lost, nobody billed twice or wrongly."""
        return not (
            self.lost or self.invented or self.doubled or self.wrong_amount or self.events_missing or self.waiting or self.dead_letters
        )


class Chaos:
    """One run in ``folder``. ``database`` is the consumer's; without it, SQLite in the folder."""

    def __init__(self, folder: Path, seed: int, *, database: str | None = None, confirmation: str = "watermark") -> None:
        self._confirmation = confirmation
        self._deck: list[str] = []
        self._chance = random.Random(seed)
        self._path = folder / "store.db"
        self._quiet = folder / "quiet"
        self._database = database or f"sqlite:///{folder}/fleet.db"
        self._broker = Mosquitto(folder, port=free_port())
        self._findings = Findings(seed)
        self._store: subprocess.Popen[bytes] | None = None
        self._consumer: subprocess.Popen[bytes] | None = None
        self._proxy: Proxy | None = None

    def run(self, seconds: float) -> Findings:
        """Make trouble for so long, heal everything, wait until the store's outbox is empty, count."""
        self._broker.start()
        self._proxy = proxy = Proxy(self._broker.port)
        echo = Echo(self._broker.port, random.Random(self._chance.random()))
        try:
            self._start_store()
            self._start_consumer()
            self._wait(lambda _, confirmed: confirmed > 0)  # trouble before that would only test starting
            end = time.monotonic() + seconds
            while time.monotonic() < end or self._deck:
                self._trouble(proxy)
                time.sleep(self._chance.uniform(0.1, 1.2))
            self._quiet.touch()
            self._wait(lambda last, confirmed: last == confirmed)
        finally:
            self._end(echo)
        self._findings.repeated_by_others = echo.repeated
        return self._count()

    def _trouble(self, proxy: Proxy) -> None:
        if not self._deck:  # every kind of trouble comes once before any comes again
            self._deck = list(TROUBLES)
            self._chance.shuffle(self._deck)
        action = self._deck.pop()
        self._findings.actions[action] += 1
        match action:
            case "kill store":
                _kill(self._store)
                self._start_store()
            case "kill consumer":
                _kill(self._consumer)
                time.sleep(self._chance.uniform(0.0, 0.5))
                self._start_consumer()
            case "kill broker":
                self._broker.kill()
                time.sleep(self._chance.uniform(0.0, 0.5))
                self._broker.start()
            case "cut":
                proxy.cut()
            case "silence":
                proxy.silence(self._chance.uniform(0.2, 2.5))
            case "freeze broker":
                self._broker.freeze()
                time.sleep(self._chance.uniform(0.2, 2.5))
                self._broker.thaw()
            case _:
                assert self._consumer is not None
                self._consumer.send_signal(signal.SIGSTOP)
                time.sleep(self._chance.uniform(0.2, 1.5))
                self._consumer.send_signal(signal.SIGCONT)

    def _wait(self, reached: Callable[[int, int], bool]) -> None:
        """Until the numbers of the last event and of the last that is confirmed are as wanted, at most ``HEAL_S``."""
        end = time.monotonic() + HEAL_S
        while time.monotonic() < end and not reached(*self._outbox()):
            time.sleep(0.02)

    def _outbox(self) -> tuple[int, int]:
        try:
            with contextlib.closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as connection:
                row = connection.execute("SELECT last, confirmed FROM outbox_state").fetchone()
        except sqlite3.OperationalError:
            row = None  # busy
        return (1, 0) if row is None else (int(row[0]), int(row[1]))  # or not made yet

    def _start_store(self) -> None:
        assert self._proxy is not None
        url = f"mqtt://127.0.0.1:{self._proxy.port}"
        self._store = _start("tests.store.chaos", str(self._path), url, str(self._quiet), self._confirmation)

    def _start_consumer(self) -> None:
        self._consumer = _start(
            "cloud_bridge.fleet", "run", "--broker", self._broker.url, "--database", self._database, "--heartbeat", "0.3", "--quiet"
        )

    def _end(self, echo: Echo) -> None:
        _kill(self._store)
        _kill(self._consumer)
        echo.close()
        if self._proxy is not None:
            self._proxy.close()
        self._broker.stop()

    def _count(self) -> Findings:
        found = self._findings
        connection = sqlite3.connect(self._path)
        visits = {row[0] for row in connection.execute("SELECT id FROM visit")}
        sent = [json.loads(row[0]) for row in connection.execute("SELECT body FROM outbox")]
        last, confirmed = connection.execute("SELECT last, confirmed FROM outbox_state").fetchone()
        connection.close()
        amounts = {event["data"]["visit"]: event["data"]["total_minor"] for event in sent if "total_minor" in event["data"]}  # the last one
        due = Counter(event["data"]["visit"] for event in sent if event["data"].get("due_minor", event["data"].get("total_minor")))
        engine = open_engine(self._database)
        with engine.begin() as far:
            charges = far.execute(select(schema.charge.c.visit, schema.charge.c.amount_minor)).all()
            stored = {(row.epoch, row.seq) for row in far.execute(select(schema.event.c.epoch, schema.event.c.seq))}
            found.dead_letters = len(far.execute(select(schema.dead_letter.c.digest)).all())
        engine.dispose()
        billed = Counter(charge.visit for charge in charges)
        found.visits = len(visits)
        found.events = last
        found.waiting = last - confirmed
        found.lost = len(visits - set(billed))
        found.invented = len(set(billed) - visits)
        found.doubled = sum(times > due[visit] for visit, times in billed.items())
        paid: Counter[str] = Counter()
        for charge in charges:
            paid[charge.visit] += charge.amount_minor
        found.wrong_amount = sum(amounts.get(visit) != paid[visit] for visit in billed)
        found.events_missing = sum((event["epoch"], int(event["sequence"][11:])) not in stored for event in sent)
        return found


def _start(module: str, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _kill(process: subprocess.Popen[bytes] | None) -> None:
    if process is not None:
        process.kill()
        process.wait()


if __name__ == "__main__":
    asyncio.run(_store(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), sys.argv[4]))
