"""The controller's beginnings and ends: what refuses a start, what stops it, and what an earlier run has left behind."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cloud_bridge.envelope import ClockStamp
from cloud_bridge.outbox import Outbox
from cloud_bridge.topics import StoreAddress
from devices.sim.cabinet import SimulatedCabinet
from edge.access.machine_token import machine_token_path
from edge.demo.store_watch import StoreWatch
from edge.runtime.app import Controller, StartRefused
from edge.runtime.journal import JournalWriter, Record
from edge.runtime.settings import LoadedStore, load_store
from edge.session.facts import Fact, StorageLow
from edge.session.machine import step
from edge.session.state import StoreState, initial
from tests.full_sqlite import disk_full

STARTS_WITHIN_S = 20.0  # s; the machine is shared
STOPS_WITHIN_S = 3.0  # s; what a service manager and a person at a terminal find normal


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A store whose devices, port and cloud are not there: it starts all the same."""
    path = tmp_path / "store.toml"
    with SimulatedCabinet(seed=1) as cabinet:
        cabinet.write_config(path, tenant="t", store="s", sections={"web": {"port": 0}, "journal": {"min_free_mb": 16}})
    return path


@pytest.fixture
def store(config: Path) -> LoadedStore:
    return load_store(config, check_files=False)


@asynccontextmanager
async def running(store: LoadedStore) -> AsyncIterator[Controller]:
    controller = Controller(store)
    task = asyncio.create_task(controller.run())
    try:
        yield controller
    finally:
        controller.stop()
        async with asyncio.timeout(STOPS_WITHIN_S):
            await task


async def ready(controller: Controller) -> None:
    async with asyncio.timeout(STARTS_WITHIN_S):
        await controller.ready.wait()


async def test_a_damaged_journal_refuses_the_start_in_words(store: LoadedStore) -> None:
    store.settings.journal.path.write_bytes(b"SQLite format 3\x00" + b"\xff" * 5000)
    with pytest.raises(StartRefused, match=r"journal\.path"):
        await Controller(store).run()


async def test_a_second_controller_on_the_same_journal_is_refused(store: LoadedStore) -> None:
    async with running(store) as first:
        await ready(first)
        with pytest.raises(StartRefused, match="another controller"):
            await Controller(store).run()


async def test_a_full_disk_that_an_earlier_run_saw_does_not_close_the_cabinet_for_ever(store: LoadedStore) -> None:
    await journalled(store.settings.journal.path, [StorageLow(at_ns=1, low=True)])
    async with running(store) as controller:
        await ready(controller)
        assert controller.web_url is not None
        watch = StoreWatch(controller.web_url, machine_token_path(store.settings.journal.path))
        watching = asyncio.create_task(watch.run())
        seen = await watch.until(lambda now: all(alarm["code"] != "storage_low" for alarm in now["alarms"]), STARTS_WITHIN_S)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        assert seen is not None


async def test_it_can_be_stopped_while_the_disk_takes_nothing(store: LoadedStore, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = asyncio.Event()

    async def full(self: JournalWriter, records: Sequence[Record], state: StoreState, stamp: ClockStamp) -> int:
        tried.set()
        raise disk_full()

    monkeypatch.setattr(JournalWriter, "commit", full)  # a real full disk needs a file system of its own
    async with running(store):
        async with asyncio.timeout(STARTS_WITHIN_S):
            await tried.wait()


_BROKEN = """
import sys
from edge.cli.__main__ import main
from devices.station.station import Station

async def run(self):
    raise RuntimeError("the station fell over")

Station.run = run
sys.exit(main(["run", "--config", sys.argv[1]]))
"""


async def test_a_part_that_fails_ends_the_process_with_one_line_that_says_which(config: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _BROKEN, str(config), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(STARTS_WITHIN_S):
        out, err = await process.communicate()
    assert process.returncode == 1
    assert err == b""
    last = json.loads(out.splitlines()[-1])
    assert (last["level"], last["why"]) == ("critical", "RuntimeError: the station fell over")


async def journalled(path: Path, facts: Sequence[Fact]) -> None:
    """A journal as an earlier run left it."""
    Outbox(path, StoreAddress("t", "s")).close()
    writer = JournalWriter(path, snapshot_every=1000)
    state = initial()
    for fact in facts:
        state, _ = step(state, fact)
        await writer.commit([Record(fact, state.fact_no, (), None)], state, ClockStamp(1, fact.at_ns, "boot", "ntp"))
    writer.close()
