"""``smartstore fleet`` as a person uses it: processes, printed lines, exit codes."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud_bridge.entry_messages import OfferAnswerV1
from cloud_bridge.facts import EntryOffered
from cloud_bridge.fleet.dev_broker import DevBroker
from tests.outbox_rig import ADDRESS, checkout, door
from tests.store.bridge_rig import Store, quick, until

ROOT = Path(__file__).parents[2]


def fleet(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cloud_bridge.fleet", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def start(module: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path)
    yield store
    store.close()


async def test_receipts_are_printed_as_they_come_and_listed_afterwards(tmp_path: Path, store: Store) -> None:
    database = f"sqlite:///{tmp_path}/fleet.db"
    store.journal.write([door(), checkout("v1", total_minor=298), checkout("v2", total_minor=150, status="provisional")])
    with DevBroker() as broker:
        running = start("cloud_bridge.fleet", "run", "--broker", broker.url, "--database", database)
        try:
            async with store.bridge(quick(broker.url)):
                await until(lambda: store.outbox.depth() == 0, within_s=30.0)
        finally:
            running.send_signal(signal.SIGTERM)
            output, _ = running.communicate(timeout=20)
    assert running.returncode == 0
    printed = output.splitlines()
    assert printed[0] == f"fleet: {broker.url} -> {database}"
    assert [line.split()[2:] for line in printed[1:]] == [
        ["S0001", "2.98", "EUR", "final", "1×", "Cola"],
        ["S0001", "1.50", "EUR", "provisional", "1×", "Cola", "(uncertain)"],
    ]
    assert fleet("receipts", "--database", database).stdout.splitlines() == printed[1:]
    (only,) = fleet("receipts", "--database", database, "--json", "--limit", "1").stdout.splitlines()
    assert (json.loads(only)["visit"], json.loads(only)["total_minor"]) == ("v2", 150)
    assert fleet("receipts", "--database", database, "--store", "elsewhere").stdout == ""
    status = json.loads(fleet("stores", "--database", database, "--json").stdout)
    assert (status["store"], status["watermark"], status["gaps"]) == ("S0001", 3, [])
    assert "acme/S0001" in fleet("stores", "--database", database).stdout


def test_mistakes_are_explained_in_a_sentence(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/fleet.db"
    wrong_broker = fleet("run", "--broker", "localhost", "--database", database)
    assert (wrong_broker.returncode, "write mqtt://host:port" in wrong_broker.stderr) == (2, True)
    wrong_database = fleet("stores", "--database", "mysql://x/y")
    assert (wrong_database.returncode, "sqlite:///file" in wrong_database.stderr) == (2, True)
    wrong_tenant = fleet("admit", "a.b", "--card", "x", "--database", database)
    assert (wrong_tenant.returncode, "cannot be used as an id" in wrong_tenant.stderr) == (2, True)
    for outcome in (wrong_broker, wrong_database, wrong_tenant):
        assert "Traceback" not in outcome.stderr


def test_the_development_broker_starts_on_a_free_port_and_ends_when_told() -> None:
    running = start("cloud_bridge.fleet.dev_broker", "--port", "0")
    assert running.stdout is not None
    assert "mqtt://127.0.0.1:" in running.stdout.readline()
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=20)
    assert running.returncode == 0


@pytest.mark.parametrize("module", ["cloud_bridge.fleet.dev_broker", "cloud_bridge.fleet"])
def test_whoever_is_told_many_times_to_end_ends(module: str, tmp_path: Path) -> None:
    consumer = ("run", "--broker", "mqtt://127.0.0.1:9", "--database", f"sqlite:///{tmp_path}/fleet.db")
    running = start(module, *(consumer if module == "cloud_bridge.fleet" else ("--port", "0")))
    assert running.stdout is not None
    assert "mqtt://127.0.0.1:" in running.stdout.readline()
    for _ in range(300):
        running.send_signal(signal.SIGTERM)
    try:
        running.communicate(timeout=10)
    finally:
        running.kill()
    assert running.returncode == 0


def test_the_development_broker_ends_with_whoever_started_it() -> None:
    starter = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import subprocess, sys, time\n"
            "subprocess.Popen([sys.executable, '-m', 'cloud_bridge.fleet.dev_broker', '--port', '0'])\n"
            "time.sleep(60)",
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert starter.stdout is not None
    assert "mqtt://127.0.0.1:" in starter.stdout.readline()
    starter.kill()
    rest, _ = starter.communicate(timeout=20)  # ends only when the broker has closed its end of the pipe
    assert rest == ""


async def test_a_pass_is_offered_to_the_store_whose_code_was_scanned(tmp_path: Path, store: Store) -> None:
    scanned = f"https://shop.example/enter?s={ADDRESS.tenant}/{ADDRESS.store}&c=q7Zb1Xo0f3mT9wLsKc2e8A"
    (tmp_path / "pass.txt").write_text("ss1.k.c.s\n")
    with DevBroker() as broker:
        said = ("offer", scanned, "--pass-file", str(tmp_path / "pass.txt"), "--door", "left", "--broker", broker.url)
        async with store.bridge(quick(broker.url)) as bridge:
            await until(lambda: bridge.live().connections == 1)
            asked = asyncio.create_task(asyncio.to_thread(fleet, *said))
            await until(lambda: any(isinstance(fact, EntryOffered) for fact in store.facts))
            (fact,) = [fact for fact in store.facts if isinstance(fact, EntryOffered)]
            assert (fact.code, fact.text, fact.door) == ("q7Zb1Xo0f3mT9wLsKc2e8A", "ss1.k.c.s", "left")
            bridge.answer_offer(OfferAnswerV1(accepted=True, code="accepted", words="Welcome.", visit="v1"), fact.correlation)
            outcome = await asked
    assert (outcome.returncode, outcome.stdout) == (0, "accepted: Welcome. (visit v1)\n")


def test_an_offer_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    (tmp_path / "pass.txt").write_text("ss1.k.c.s")
    good = "https://shop.example/enter?s=acme/S0001&c=q7Zb1Xo0f3mT9wLsKc2e8A"
    for address, file, code, words in (
        ("https://shop.example/enter", "pass.txt", 2, "s=TENANT/STORE"),
        (good.replace("acme", "a+b"), "pass.txt", 2, "s=TENANT/STORE"),
        (good[:-9], "pass.txt", 2, "code"),
        (good, "none.txt", 2, "none.txt"),
        (good, "pass.txt", 1, "127.0.0.1:1"),
    ):
        outcome = fleet("offer", address, "--pass-file", str(tmp_path / file), "--broker", "mqtt://127.0.0.1:1")
        assert (outcome.returncode, words in outcome.stderr, "Traceback" in outcome.stderr) == (code, True, False), outcome.stderr
