"""Simulated visits through ``step`` in virtual time, with the field's faults at random: how fast, how they ended, which laws held.

``python -m bench.visits --visits 1000 --seed 7``. Exit code 1 when a law was broken.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from bench.virtual_cabinet import NS, PRODUCTS, STORE, VirtualCabinet
from bench.visit_laws import LAWS, Laws
from cloud_bridge.facts import Role
from edge.session.facts import Credential, EntryRequested, OpaqueCard, PassClaims, Source
from edge.session.machine import initial, step
from edge.session.settings import EntrySettings
from edge.session.state import Idle, visit_of
from edge.store.model import StoreModel

FAULT_RATE = 0.35  # share of visits with something wrong besides the plates' noise
MAX_IDLE_ROUNDS = 60  # rounds of waiting for the cabinet to be idle again; more means that a visit never ends


@dataclass(slots=True)
class Tally:
    """What came of it. ``wrong``: final receipts that do not name exactly what was taken. ``free``: visits with goods gone and neither
    a bill nor a review. ``replay_s``/``slowest_s``: time of ``step`` alone over all facts, and of its slowest call."""

    visits: int = 0
    facts: int = 0
    wall_s: float = 0.0
    virtual_s: float = 0.0
    final: int = 0
    wrong: int = 0
    free: int = 0
    replay_s: float = 0.0
    slowest_s: float = 0.0


def simulate(visits: int, seed: int, *, fault_rate: float = FAULT_RATE, store: StoreModel = STORE) -> tuple[Tally, VirtualCabinet]:
    """Run ``visits`` visits one after the other. The cabinet returned carries laws, faults and receipts.

    ``store``: the shop as it is described, whose catalogue weights need not be true.
    """
    entry = EntrySettings(verify="cloud_then_offline", offline_visits=100_000, offline_minor=2**31)
    cabinet = VirtualCabinet(seed, entry=entry, store=store)
    tally = Tally()
    cabinet.run(3.0)
    cabinet.cloud(reachable=True)
    began, virtual = time.perf_counter(), cabinet.now
    for number in range(visits):
        _one(cabinet, number, tally, faulty=cabinet.rng.random() < fault_rate)
    tally.visits, tally.facts = visits, len(cabinet.log)
    tally.wall_s = time.perf_counter() - began
    tally.virtual_s = (cabinet.now - virtual) / NS
    _replay(cabinet, tally)
    return tally, cabinet


def _replay(cabinet: VirtualCabinet, tally: Tally) -> None:
    """All facts once more from the beginning, as after a restart without snapshots; also the time of ``step`` alone."""
    state = initial()
    for fact, commands in cabinet.log:
        began = time.perf_counter()
        state, again = step(state, fact)
        took = time.perf_counter() - began
        tally.replay_s += took
        tally.slowest_s = max(tally.slowest_s, took)
        cabinet.laws.check("replayable", again == commands, fact)
    cabinet.laws.check("replayable", state == cabinet.state, "the state at the end")


def _one(cabinet: VirtualCabinet, number: int, tally: Tally, *, faulty: bool) -> None:
    """One person at the cabinet: shopper, sometimes restocker, sometimes a thief."""
    rng = cabinet.rng
    before = dict(cabinet.units)
    receipts = len(cabinet.receipts)
    low = any(units < 4 for units in cabinet.units.values())
    role: Role = "restocker" if low else "shopper"
    fault = rng.choice(FAULTS) if faulty else ""
    if fault:
        cabinet.count(fault)
    if fault == "restart anywhere":
        cabinet.crash_in = rng.randint(0, 12)
    if fault == "forced":
        cabinet.force()
    else:
        visit = cabinet.present(_request(cabinet, number, role))
        if fault == "code read twice":
            cabinet.present(_request(cabinet, number, role))
        cabinet.run(rng.uniform(0.5, 3.0))
        if fault == "restart at the door":
            cabinet.crash()
        if fault != "walks away":
            cabinet.pull()
    _shop(cabinet, fault, restock=role == "restocker")
    _wait_until_idle(cabinet)
    if fault != "forced" and role == "shopper":
        _judge(cabinet, tally, visit, before, receipts)


def _shop(cabinet: VirtualCabinet, fault: str, *, restock: bool) -> None:
    rng = cabinet.rng
    if restock:
        cabinet.refill()
        cabinet.run(3.0)
    for action in range(0 if restock else rng.randint(0, 4)):
        plate = rng.randrange(len(PRODUCTS))
        cabinet.move(plate, -rng.choice((1, 1, 1, 2)))
        cabinet.run(rng.uniform(2.0, 5.0))
        if action == 0 and rng.random() < 0.2:
            cabinet.move(plate, 1)
            cabinet.run(2.5)
        if fault == "restart while shopping" and rng.random() < 0.5:
            cabinet.crash()
        if fault == "device lost" and rng.random() < 0.5:
            cabinet.lose(rng.choice(("board", "scales")), rng.uniform(2.0, 30.0))
    if fault == "cloud lost":
        cabinet.cloud(reachable=False)
        cabinet.at(rng.uniform(20.0, 200.0), lambda: cabinet.cloud(reachable=True))
    if fault == "door ajar":
        cabinet.run(rng.uniform(30.0, 900.0))
    if fault == "bolt stuck":
        cabinet.stuck_until = cabinet.now + round(rng.uniform(2.0, 30.0) * NS)
    cabinet.push()
    if fault == "opened again":
        cabinet.run(rng.uniform(0.05, 0.3))
        cabinet.pull()
        cabinet.run(1.0)
        cabinet.move(0, -1)
        cabinet.run(2.0)
        cabinet.push()
    if fault == "restart while settling":
        cabinet.run(rng.uniform(0.0, 1.0))
        cabinet.crash()


FAULTS = (
    "forced",
    "code read twice",
    "restart at the door",
    "walks away",
    "restart while shopping",
    "device lost",
    "cloud lost",
    "door ajar",
    "bolt stuck",
    "opened again",
    "restart while settling",
    "restart anywhere",
    "restart anywhere",
    "restart anywhere",
)


def _wait_until_idle(cabinet: VirtualCabinet) -> None:
    for _ in range(MAX_IDLE_ROUNDS):
        cabinet.run(20.0)
        cabinet.push()  # whoever passes by shuts the door
        if isinstance(cabinet.state.phase, Idle) and cabinet.secured and not cabinet.lost:
            break
    else:
        cabinet.laws.check("one_outcome", visit_of(cabinet.state.phase) is None, ("a visit never ends", cabinet.state.phase.kind))
    cabinet.run(5.0)
    if cabinet.state.alarms:
        cabinet.acknowledge()


def _judge(cabinet: VirtualCabinet, tally: Tally, visit: str, before: dict[str, int], receipts: int) -> None:
    taken = {gtin: before[gtin] - units for gtin, units in cabinet.units.items() if before[gtin] != units}
    mine = [receipt for receipt in cabinet.receipts[receipts:] if receipt.visit == visit]
    outcome = next((result.outcome for result in cabinet.state.results if result.visit == visit), "refused")
    if mine and mine[0].status == "final":
        tally.final += 1
        tally.wrong += {line.gtin: line.quantity for line in mine[0].lines} != taken
    free = bool(taken) and outcome in ("nothing_taken", "not_opened")
    cabinet.laws.check("goods_not_free", not free, (visit, taken, outcome))
    tally.free += free


def _request(cabinet: VirtualCabinet, number: int, role: Role) -> Callable[[str], EntryRequested]:
    """A pass (mostly) or a card, by QR code or NFC."""
    rng = cabinet.rng
    at_ns, unix_s = cabinet.mono, 1_800_000_000 + cabinet.now // NS
    card = role == "shopper" and number % 5 == 0 and cabinet.cloud_answers
    source: Source = "nfc" if card else "qr"
    limit = 10_000 if rng.random() < 0.9 else 300
    credential: Credential = (
        OpaqueCard(f"{number:064x}")
        if card
        else PassClaims(
            pass_id=f"pass-{number}",
            holder=f"holder-{number % 97}",
            role=role,
            not_before_s=0,
            expires_s=unix_s + 300,
            limit_minor=limit,
            currency="EUR",
        )
    )
    return lambda visit: EntryRequested(at_ns=at_ns, visit=visit, source=source, credential=credential, unix_s=unix_s)


def report(tally: Tally, cabinet: VirtualCabinet) -> str:
    """Everything a reader wants to know, as text."""
    laws: Laws = cabinet.laws
    lines = [
        f"visits {tally.visits}  facts {tally.facts}  wall {tally.wall_s:.2f} s  virtual {tally.virtual_s / 3600:.1f} h",
        f"{tally.visits / tally.wall_s:.0f} visits/s  {tally.facts / tally.wall_s:.0f} facts/s (with the simulation and the laws)",
        f"step alone: {tally.facts / tally.replay_s:.0f} facts/s, {tally.visits / tally.replay_s:.0f} visits/s, "
        f"slowest step {tally.slowest_s * 1000:.1f} ms",
        "outcomes: " + "  ".join(f"{name} {count}" for name, count in sorted(laws.outcomes.items())),
        "faults:   " + "  ".join(f"{name} {count}" for name, count in sorted(cabinet.faults.items())),
        f"final receipts {tally.final}, of which wrong {tally.wrong}; goods gone without a receipt {tally.free}",
        "laws:",
    ]
    broken = Counter(text.split(":", 1)[0] for text in laws.broken)
    for law, words in LAWS.items():
        verdict = f"BROKEN {broken[law]} times" if broken[law] else "held"
        lines.append(f"  {verdict:>16}  {laws.checks[law]:>8} checks  {law}: {words}")
    lines += laws.broken[:10]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visits", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    tally, cabinet = simulate(arguments.visits, arguments.seed)
    sys.stdout.write(report(tally, cabinet) + "\n")
    return 1 if cabinet.laws.broken else 0


if __name__ == "__main__":
    sys.exit(main())
