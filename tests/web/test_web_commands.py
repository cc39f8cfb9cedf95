"""The subcommands that ask a running store, against a real server: what they print, and how they end."""

from __future__ import annotations

import asyncio
import json
import tomllib
from dataclasses import replace
from typing import Any

import pytest

from edge.access.records import THIS_MACHINE
from edge.cli.__main__ import main
from edge.cli.daemon import TOKEN_VARIABLE
from edge.stock_view import ProposalRow, StockView
from edge.store.settings import FacingSettings
from edge.web.front import CountResult
from tests.web.shown_store import BARS, COLA, WATER, WRAP, ShownStore, quiet_store, served
from tests.web.signed_in import machine_token

WEIGH = ["weigh", "--plate", "P1", "--gtin", WATER.gtin, "--units", "10"]


async def typed(url: str, *words: str, token: str | None = None) -> int:
    """The exit code of one command, typed beside the server; ``token`` proves it, the machine's where none is given."""
    with pytest.MonkeyPatch.context() as shell:
        shell.setenv(TOKEN_VARIABLE, machine_token(url) if token is None else token)
        return await asyncio.to_thread(main, [*words, "--url", url])


async def test_the_stock_is_printed_for_reading(capsys: pytest.CaptureFixture[str]) -> None:
    async with served(ShownStore()) as url:
        assert await typed(url, "stock") == 0
        lines = capsys.readouterr().out.splitlines()
        assert [line.split()[0] for line in lines[:4]] == ["Spring", "Oat", "Cola", "SHORT"]
        assert "6 of 8     P1 6/8   weighs 521.3 g (catalogue 520)" in lines[0]
        assert "P2 10/12, 2 misplaced on P4" in lines[1]
        assert lines[4:] == [
            "last staff visit: 33 of 36 units counted",
            "1 facing is laid out differently: smartstore stock --proposal",
        ]
        assert await typed(url, "stock", "--short") == 0
        (line,) = capsys.readouterr().out.splitlines()
        assert "Falafel Wrap" in line
        assert await typed(url, "stock", "--json") == 0
        assert len(json.loads(capsys.readouterr().out)["products"]) == 4


async def test_a_proposal_is_a_planogram_to_paste(capsys: pytest.CaptureFixture[str]) -> None:
    stock = quiet_store().stock
    proposal = (
        ProposalRow(plate="P2", gtin=BARS.gtin, name=BARS.name, count=0, was=12),
        ProposalRow(plate="P3", gtin=COLA.gtin, name=COLA.name, count=20, was=10),
        ProposalRow(plate="P4", gtin=BARS.gtin, name="Oat\nBar", count=9, was=0),
    )
    async with served(ShownStore(now=replace(quiet_store(), stock=replace(stock, proposal=proposal)))) as url:
        assert await typed(url, "stock", "--proposal") == 0
    shown = capsys.readouterr().out
    facings = [FacingSettings.model_validate(table) for table in tomllib.loads(shown)["planogram"]]
    assert [(facing.plate, facing.gtin, facing.count, facing.min_count) for facing in facings] == [
        ("P1", WATER.gtin, 8, 2),
        ("P3", COLA.gtin, 20, 6),
        ("P4", WRAP.gtin, 6, 2),
        ("P4", BARS.gtin, 9, 3),
    ]
    assert "count = 20   # was 10" in shown
    assert "count = 9   # new" in shown
    assert shown.rstrip().endswith("on P2 (was 12)")


async def test_nothing_proposed_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    async with served(ShownStore(now=replace(quiet_store(), stock=StockView()))) as url:
        assert await typed(url, "stock", "--proposal") == 1
        assert await typed(url, "stock") == 0
    told = capsys.readouterr()
    assert "nothing is laid out differently" in told.err
    assert told.out == "nothing is in the planogram\n"


async def test_pieces_teach_a_weight(capsys: pytest.CaptureFixture[str]) -> None:
    store = ShownStore()
    async with served(store) as url:
        assert await typed(url, *WEIGH) == 0
    assert store.counted == [("P1", WATER.gtin, 10, THIS_MACHINE)]
    shown = capsys.readouterr().out
    assert "521.4 g per piece" in shown
    assert "unit_weight_g = 521.1" in shown


class Refusing(ShownStore):
    """A store that takes no count."""

    async def count(self, plate: str, gtin: str, units: int, by: str) -> CountResult:
        return CountResult(accepted=False, code="far_off", words="Check the number and the product.", each_g=13.0)


async def test_a_count_that_is_refused_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    async with served(Refusing()) as url:
        assert await typed(url, *WEIGH) == 1
        assert "Check the number and the product. (13 g per piece)" in capsys.readouterr().err
        assert await typed(url, *WEIGH[:-1], "0") == 2
        assert "body.units" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("url", "says"), [("http://127.0.0.1:9", "Is 'smartstore run' running"), ("file:///etc/passwd", "no address of a store")]
)
async def test_a_store_that_is_not_there_is_told(url: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert await typed(url, "stock") == 2
    assert await typed(url, *WEIGH) == 2
    assert says in capsys.readouterr().err


async def test_what_is_no_store_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = json.dumps(answers.pop(0)).encode()
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body
        )
        await writer.drain()
        writer.close()

    answers: list[Any] = [{"some": "thing"}, [1, 2]]
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    assert await typed(url, "stock") == 2
    assert "another release" in capsys.readouterr().err
    assert await typed(url, "stock") == 2
    assert "did not answer as a store does" in capsys.readouterr().err
    server.close()
    await server.wait_closed()
