"""Starts with changes that cannot be used: prices are never silently old, and a setting with which nothing starts is taken back."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest

from edge.access.machine_token import machine_token_path, read_machine_token
from edge.runtime.app import Controller, StartRefused
from edge.runtime.replay import replay
from edge.runtime.settings import load_store, read_tables
from edge.runtime.trial import NAME, Trial
from edge.session.commands import RecordAudit
from edge.session.faults import FAULTS
from tests.changed_files import keep
from tests.store.test_controller import config, ready, running

__all__ = ["config"]


def progress(config: Path) -> Any:
    return json.loads((config.parent / NAME).read_text())


async def test_a_port_that_another_program_holds_shuts_no_shop(config: Path) -> None:
    base, _ = read_tables(config)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        keep(config.parent, base, {"visit.pulse_s": 0.9}, {"web.port": port, "visit.open_within_s": 20.0})
        Trial(config.parent).passed(1)
        for _ in range(2):
            loaded = Trial(config.parent).begin(load_store(config, check_files=False))
            assert (loaded.trouble, loaded.settings.web.port) == ("", port)
            with pytest.raises(StartRefused, match="cannot listen"):
                await Controller(loaded).run()
        loaded = Trial(config.parent).begin(load_store(config, check_files=False))
        assert loaded.trouble == "the store did not start with change 2, so these are as they were before it: web.port"
        assert (loaded.settings.web.port, loaded.settings.visit.open_within_s, loaded.settings.visit.pulse_s) == (0, 20.0, 0.9)
        async with running(loaded) as controller:
            await ready(controller)
            assert {alarm.code for alarm in controller.snapshot().alarms} >= {"changes_stepped_back"}
    assert progress(config) == {"proven": 1, "tried": 2, "times": 2}
    assert load_store(config, check_files=False).settings.web.port == port, "it is kept, for whoever mends it"


async def test_a_start_that_succeeds_ends_the_trial(config: Path) -> None:
    base, _ = read_tables(config)
    keep(config.parent, base, {"log.level": "debug"})
    loaded = Trial(config.parent).begin(load_store(config, check_files=False))
    assert progress(config) == {"proven": 0, "tried": 1, "times": 1}
    async with running(loaded) as controller:
        await ready(controller)
    assert progress(config) == {"proven": 1, "tried": 0, "times": 0}
    again = Trial(config.parent).begin(load_store(config, check_files=False))
    assert (again.trouble, progress(config)["times"]) == ("", 0)


async def test_prices_are_no_reason_to_go_back(config: Path) -> None:
    base, _ = read_tables(config)
    keep(config.parent, base, {"product": [{**row, "price_minor": 7} for row in base["product"]]})
    for _ in range(4):
        loaded = Trial(config.parent).begin(load_store(config, check_files=False))
        assert (loaded.trouble, loaded.settings.products[0].price_minor) == ("", 7)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"proven": "x"}', b"\xff"])
def test_what_cannot_be_read_of_a_trial_begins_it_anew(config: Path, content: bytes) -> None:
    base, _ = read_tables(config)
    keep(config.parent, base, {"log.level": "debug"})
    (config.parent / NAME).write_bytes(content)
    assert Trial(config.parent).begin(load_store(config, check_files=False)).trouble == ""
    assert progress(config)["times"] == 1


async def test_a_store_without_changes_has_nothing_to_try(config: Path) -> None:
    loaded = Trial(config.parent).begin(load_store(config, check_files=False))
    async with running(loaded) as controller:
        await ready(controller)
    assert not (config.parent / NAME).exists()


async def test_changes_that_cannot_be_read_are_told_and_prices_are_never_silently_old(config: Path) -> None:
    base, _ = read_tables(config)
    prices = ([{**row, "price_minor": price} for row in base["product"]] for price in (811, 822))
    file = keep(config.parent, base, *({"product": rows} for rows in prices))
    file.path.write_bytes(file.path.read_bytes().replace(b"822", b"2"))
    async with running(load_store(config, check_files=False)) as controller:
        await ready(controller)
        snapshot = controller.snapshot()
        assert {content.price_minor for plate in snapshot.plates for content in plate.contents} == {811}
        (told,) = [alarm for alarm in snapshot.alarms if alarm.code.startswith("changes")]
        assert (told.code, "its checksum is wrong" in told.detail) == ("changes_stepped_back", True)
    for path in config.parent.glob("changes-*.toml"):
        path.write_bytes(b"")
    async with running(load_store(config, check_files=False)) as controller:
        await ready(controller)
        words = FAULTS["changes_unreadable"].words
        assert words in [reason.words for reason in controller.snapshot().cabinet.reasons]
        assert await changed_back(controller, config) == "changed"
        snapshot = controller.snapshot()
        assert words not in [reason.words for reason in snapshot.cabinet.reasons]
        assert not any(alarm.code.startswith("changes") for alarm in snapshot.alarms)
    async with running(load_store(config, check_files=False)) as controller:
        await ready(controller)
        assert words not in [reason.words for reason in controller.snapshot().cabinet.reasons]


async def test_changes_that_are_gone_are_missed(config: Path) -> None:
    base, _ = read_tables(config)
    keep(config.parent, base, {"visit.pulse_s": 0.9})
    async with running(load_store(config, check_files=False)) as controller:
        await ready(controller)
    for path in config.parent.glob("changes*"):
        path.unlink()
    async with running(load_store(config, check_files=False)) as controller:
        await ready(controller)
        (told,) = [alarm for alarm in controller.snapshot().alarms if alarm.code.startswith("changes")]
        assert (told.code, "is gone; the journal tells of change 1" in told.detail) == ("changes_unreadable", True)


async def test_a_change_that_the_journal_has_not_heard_of_is_told_to_it_once(config: Path) -> None:
    base, _ = read_tables(config)
    keep(config.parent, base, {"visit.pulse_s": 0.9})
    for _ in range(2):
        async with running(load_store(config, check_files=False)) as controller:
            await ready(controller)
    commands = (command for one in replay(config.parent / "journal.db") for command in one.commands)
    audits = [(one.by, one.detail) for one in commands if isinstance(one, RecordAudit) and one.action == "store_changed"]
    assert audits == [("maria", "1: visit.pulse_s (a test)")]


async def changed_back(controller: Controller, config: Path) -> str:
    """To the store file alone; what became of it."""
    token = read_machine_token(machine_token_path(config.parent / "journal.db"))
    async with httpx.AsyncClient(base_url=controller.web_url or "", headers={"authorization": f"Bearer {token}"}) as client:
        version = (await client.get("/api/v1/changes")).json()["version"]
        reply = await client.post("/api/v1/changes/back", json={"number": 0, "reason": "the file is right", "version": version})
    return str(reply.json()["code"])
