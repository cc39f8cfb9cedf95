"""The whole chain under attack: shoppers shop while controller, broker and consumer are killed in random order.

Used by the test (one short run) and by ``bench/chaos.py`` (several seeds).
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from devices.sim.shopper import Action, Close, Linger, Open, Present, Take, shop
from devices.sim.store_config import Table
from edge.demo.shop import Shop
from edge.runtime.replay import replay
from edge.session.commands import EndVisit, IssueReceipt, PulseLock
from tests.brokers import Mosquitto

QUICK: Final[dict[str, Table]] = {
    "visit": {"receipt_shown_s": 0.1, "open_within_s": 4.0},
    "cloud": {"delivery": {"retry_first_s": 0.1, "retry_max_s": 0.5, "resend_after_s": 1.0}},
}
DOOR: Final = "front"
VICTIMS: Final = ("controller", "consumer", "broker")


@dataclass(slots=True)
class Report:
    """What happened and what was found. ``faults`` must be empty."""

    kills: Counter[str] = field(default_factory=Counter)
    visits: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    events: int = 0
    faults: list[str] = field(default_factory=list)


async def attacked_chain(folder: Path, *, seed: int, visits: int, kill_every_s: tuple[float, float] = (0.8, 3.5)) -> Report:
    """``visits`` shoppers while every ``kill_every_s`` (random) one process gets SIGKILL; then peace, then the count."""
    rng = random.Random(seed)
    report = Report()
    broker = Mosquitto(folder / "mosquitto")
    broker.start()
    held: dict[str, Mapping[str, int]] = {}
    try:
        async with Shop(seed=seed, directory=folder / "shop", broker_port=broker.port, sections=QUICK) as shop_:
            killer = asyncio.create_task(_kill_at_random(shop_, broker, rng, report, kill_every_s))
            try:
                while report.visits < visits:
                    await _one_visit(shop_, random.Random(rng.random()), held)
                    report.visits += 1
            finally:
                killer.cancel()
                await asyncio.gather(killer, return_exceptions=True)
            await _all_up(shop_, broker)
            await _peace(shop_, report)
    finally:
        broker.stop()
    _count(folder / "shop", held, report, {product.gtin: product.price_minor for product in shop_.cabinet.layout.products})
    return report


async def _one_visit(shop_: Shop, rng: random.Random, held: dict[str, Mapping[str, int]]) -> None:
    plates = [plate.plate for plate in shop_.cabinet.layout.plates]
    actions: list[Action] = [Present(), Open(DOOR, 6.0), Linger(rng.uniform(0.1, 0.8))]
    for _ in range(rng.randint(1, 2)):
        actions += [Take(rng.choice(plates)), Linger(rng.uniform(0.2, 1.0))]
    actions.append(Close(DOOR))
    entered: str | None = None

    async def present() -> bool:
        nonlocal entered
        give_up = time.monotonic() + 40.0
        while entered is None and time.monotonic() < give_up:
            await shop_.watch.until(lambda now: bool(now["cabinet"]["may_enter"]), 10.0)
            entered, _ = await shop_.enter(shop_.make_pass("shopper", "anna"), timeout_s=3.0)
        return entered is not None

    trip = await shop(shop_.cabinet, actions, present=present)
    if entered is not None:
        held[entered] = trip.held if trip.outcome == "shopped" else {}


async def _kill_at_random(shop_: Shop, broker: Mosquitto, rng: random.Random, report: Report, every_s: tuple[float, float]) -> None:
    while True:
        await asyncio.sleep(rng.uniform(*every_s))
        victim = rng.choice(VICTIMS)
        report.kills[victim] += 1
        down_s = rng.uniform(0.0, 0.8)
        if victim == "broker":
            broker.kill()
            await asyncio.sleep(down_s)
            await asyncio.to_thread(broker.start)
        else:
            child = shop_.controller if victim == "controller" else shop_.fleet
            child.kill()
            await child.wait()
            if victim == "controller":
                shop_.watch.snapshot = {}
            await asyncio.sleep(down_s)
            await child.start()


async def _all_up(shop_: Shop, broker: Mosquitto) -> None:
    for child in (shop_.controller, shop_.fleet):
        if not child.running:
            await child.start()
    if broker.process is None or broker.process.poll() is not None:
        await asyncio.to_thread(broker.start)


async def _peace(shop_: Shop, report: Report) -> None:
    """Until the cabinet is idle and the far end has confirmed everything."""
    idle = await shop_.watch.until(lambda now: bool(now["cabinet"]["may_enter"]), 40.0)
    if idle is None:
        report.faults.append(
            f"the cabinet does not become idle: {shop_.watch.snapshot.get('cabinet')} {shop_.watch.snapshot.get('alarms')}"
        )
    drained = await shop_.watch.until(lambda now: now["cloud"]["depth"] == 0 and now["cloud"]["condition"] == "connected", 40.0)
    if drained is None:
        report.faults.append(f"the outbox does not drain: {shop_.watch.snapshot.get('cloud')}")


def _count(folder: Path, held: Mapping[str, Mapping[str, int]], report: Report, prices: Mapping[str, int]) -> None:
    """Hold the journal, the consumer's database and the truth against each other."""
    ends: dict[str, list[str]] = {}
    receipts: Counter[str] = Counter()
    pulses: Counter[str] = Counter()
    for one in replay(folder / "journal.db"):
        for command in one.commands:
            match command:
                case EndVisit():
                    ends.setdefault(command.visit, []).append(command.outcome)
                case IssueReceipt():
                    receipts[command.receipt.visit] += 1
                case PulseLock():
                    pulses[command.token] += 1
                case _:
                    pass
    with sqlite3.connect(f"file:{folder / 'fleet.db'}?mode=ro", uri=True) as connection:
        events = connection.execute("SELECT epoch, seq FROM event ORDER BY epoch, seq").fetchall()
        stored = {visit: (status, total) for visit, status, total in connection.execute("SELECT visit, status, total_minor FROM receipt")}
        charges = Counter(dict(connection.execute("SELECT visit, count(*) FROM charge GROUP BY visit").fetchall()))
        amounts = dict(connection.execute("SELECT visit, amount_minor FROM charge").fetchall())
    with sqlite3.connect(f"file:{folder / 'journal.db'}?mode=ro", uri=True) as connection:
        (last, epoch) = connection.execute("SELECT last - base, epoch FROM outbox_state").fetchone()
    report.events = len(events)
    report.outcomes.update(outcome for outcomes in ends.values() for outcome in outcomes)
    say = report.faults.append
    if [seq for _, seq in events] != list(range(1, last + 1)) or {one for one, _ in events} != {epoch}:
        say(f"the far end holds {len(events)} of {last} events, each once: lost or doubled")
    for visit, outcomes in ends.items():
        if len(outcomes) != 1:
            say(f"visit {visit} ended {len(outcomes)} times: {outcomes}")
        if (visit in stored) != (outcomes[0] in ("billed", "review")):
            say(f"visit {visit} ended as {outcomes[0]}, the far end has {stored.get(visit)}")
        if charges[visit] != (outcomes[0] == "billed"):
            say(f"visit {visit} ended as {outcomes[0]} and was charged {charges[visit]} times")
    for visit, count in (receipts + pulses).items():
        if receipts[visit] > 1 or pulses[visit] > 1:
            say(f"visit {visit}: {receipts[visit]} receipts, {pulses[visit]} pulses ({count})")
    for visit, goods in held.items():
        outcome = ends.get(visit, ["none"])[0]
        if goods and outcome not in ("billed", "review"):
            say(f"visit {visit} carried {dict(goods)} away and ended as {outcome}: free goods")
        if outcome == "billed" and amounts.get(visit) != sum(prices[gtin] * count for gtin, count in goods.items()):
            say(f"visit {visit} carried {dict(goods)} away and was charged {amounts.get(visit)}")
