"""The way in to a store that really runs: its first run, the port for other machines, and the command that looks after both."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

import httpx
import pytest

from devices.sim.store_config import Table
from edge.cli.__main__ import main
from edge.demo.shop import Shop, free_port
from edge.web.certificate import self_made_files
from tests.waiting import until

PASSWORD = "a horse with 4 batteries"
SOON_S = 10.0


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    """A store that nobody has set up, and that is to serve other machines then."""
    web: Table = {"host": "0.0.0.0", "tls": "self-made", "outer_port": free_port()}
    async with Shop(directory=tmp_path / "shop", sections={"web": web}, set_up=False) as shop:
        yield shop


Typed: TypeAlias = Callable[..., Awaitable[tuple[int, str, str]]]


@pytest.fixture
def typed(shop: Shop, capsys: pytest.CaptureFixture[str]) -> Typed:
    """``smartstore access`` beside the store: exit code, output and complaints."""

    async def run(*words: str) -> tuple[int, str, str]:
        code = await asyncio.to_thread(main, ["access", *words, "--config", str(shop.config)])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return run


def outer_port(shop: Shop) -> int:
    found = re.search(r"outer_port = (\d+)", shop.config.read_text())
    assert found is not None
    return int(found[1])


def answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def form(client: httpx.AsyncClient, place: str, **fields: str) -> httpx.Response:
    """The form at ``place`` opened, filled in and sent."""
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', (await client.get(place)).text)
    return await client.post(place, data={**dict(hidden), **fields})


def audited(shop: Shop) -> set[str]:
    """What the journal was told of access."""
    return set(httpx.get(f"{shop.page_url}/api/v1/audit", headers=shop.headers).json()["actions"])


async def test_a_store_is_set_up_served_further_and_looked_after(shop: Shop, typed: Typed) -> None:
    token_file, port = shop.journal.with_name("setup.token"), outer_port(shop)
    token = token_file.read_text().strip()
    assert stat.S_IMODE(token_file.stat().st_mode) == 0o600
    log = shop.controller.log.read_text()
    assert f"open {shop.page_url}/setup on this machine and enter the setup token {token}." in log
    code, out, err = await typed("setup-token")
    assert (code, out.strip()) == (0, token)
    assert f"{shop.page_url}/setup" in err
    assert not answers(port), "nobody else is served before"
    code, fingerprint, _ = await typed("fingerprint")
    assert (code, fingerprint.strip() in log) == (0, True)

    async with httpx.AsyncClient(base_url=shop.page_url, headers={"origin": shop.page_url}) as client:
        assert (await client.get("/kiosk")).headers["location"] == "/setup"
        done = await form(client, "/setup", token=token, name="Maria", password=PASSWORD, again=PASSWORD)
        assert done.status_code == 200
        assert (await client.get("/api/v1/me")).json()["name"] == "maria"
    await until(lambda: not token_file.exists(), SOON_S)
    await until(lambda: answers(port), SOON_S)
    shown = await asyncio.to_thread(ssl.get_server_certificate, ("127.0.0.1", port))
    certificate, key = self_made_files(shop.directory)
    assert shown.strip() == certificate.read_text().strip()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert (await typed("setup-token"))[0] == 1

    code, out, _ = await typed("users", "add", "Anna", "--role", "operator")
    links = re.findall(r"https?://\S+", out)
    assert (code, links[0].startswith(f"{shop.page_url}/enter/")) == (0, True)
    assert any(link.startswith("https://") and f":{port}/enter/" in link for link in links[1:])
    async with httpx.AsyncClient(base_url=shop.page_url, headers={"origin": shop.page_url}) as client:
        assert (await form(client, urlsplit(links[0]).path, password=PASSWORD, again=PASSWORD)).status_code == 303
        assert (await client.get("/api/v1/me")).json()["role"] == "operator"
        assert (await typed("users", "disable", "anna"))[:2] == (0, "anna: operator, disabled\n")
        assert (await client.get("/api/v1/me")).status_code == 401
    code, secret, _ = await typed("tokens", "add", "till", "--right", "see")
    async with httpx.AsyncClient(base_url=shop.page_url, headers={"authorization": f"Bearer {secret.strip()}"}) as client:
        assert (await client.get("/api/v1/snapshot")).status_code == 200
        assert (await client.get("/api/v1/users")).status_code == 403
    code, _, err = await typed("users", "role", "maria", "viewer")
    assert (code, "last admin" in err) == (1, True)
    wanted = {"set_up", "user_created", "user_disabled", "token_made", "signed_in"}
    await until(lambda: wanted <= audited(shop), SOON_S)
    journal = shop.journal.read_bytes() + shop.journal.with_name("journal.db-wal").read_bytes()
    assert all(one.encode() not in journal for one in (token, PASSWORD, secret.strip(), links[0].rpartition("/")[2]))

    await shop.controller.stop()
    code, _, err = await typed("users", "list")
    assert (code, "must be running" in err or "no controller answers" in err) == (2, True)
    await shop.controller.start()
    assert await shop.watch.until(lambda now: bool(now["cabinet"]["may_enter"]), SOON_S) is not None
    assert not token_file.exists()
    await until(lambda: answers(port), SOON_S)
    code, out, _ = await typed("users", "list")
    assert (code, [line.split()[:2] for line in out.splitlines()]) == (0, [["anna", "operator"], ["maria", "admin"]])
