"""A setting that keeps the store from starting is taken back after two tries, and nothing else is."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from edge.runtime.app import Controller, StartRefused
from edge.runtime.settings import load_store, read_tables
from edge.runtime.trial import NAME, Trial
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
