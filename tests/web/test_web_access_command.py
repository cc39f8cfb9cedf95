"""How commands prove themselves: by the store's file, by a token from elsewhere, and never in the open over a network."""

from __future__ import annotations

import argparse
import asyncio
import stat
from pathlib import Path

import pytest

from edge.access.machine_token import machine_token_path
from edge.cli.__main__ import main
from edge.cli.daemon import TOKEN_VARIABLE, Daemon, NoAnswer, found
from tests.web.shown_store import ShownStore, served
from tests.web.signed_in import machine_token, token

EXAMPLE = Path(__file__).parents[2] / "examples" / "store.toml"


def asked(config: Path | None = None, url: str | None = None) -> Daemon:
    return found(argparse.Namespace(config=config, url=url))


@pytest.fixture(autouse=True)
def no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The file of a store whose machine token lies beside its journal."""
    path = tmp_path / "store.toml"
    text = EXAMPLE.read_text().replace('path = "/var/lib/smartstore/journal.db"', f'path = "{tmp_path / "journal.db"}"')
    path.write_text(text.replace("port = 8080", "port = 8091"))
    machine_token_path(tmp_path / "journal.db").write_text("ssm_of-this-start\n")
    return path


def test_the_stores_file_tells_where_it_is_and_what_proves_us(config: Path) -> None:
    assert asked(config) == Daemon("http://127.0.0.1:8091", "ssm_of-this-start")
    assert asked(config, "http://localhost:9") == Daemon("http://localhost:9", "ssm_of-this-start")


def test_the_machine_token_never_leaves_the_machine(config: Path) -> None:
    assert asked(config, "https://store.example:8443").token is None


def test_a_token_goes_further_but_not_in_the_open(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, "sst_x")
    assert asked(config, "https://store.example:8443") == Daemon("https://store.example:8443", "sst_x")
    assert asked(None, "http://[::1]:8080").token == "sst_x"
    for url in ("http://store.example:8080", "http://192.0.2.7", "http://127.0.0.1.example"):
        with pytest.raises(NoAnswer, match="unsecured"):
            asked(None, url)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "127.0.0.1:8080", "http:///x", "javascript:alert(1)"])
def test_what_is_no_address_is_told(url: str) -> None:
    with pytest.raises(NoAnswer, match="no address of a store"):
        asked(None, url)


def test_a_store_that_does_not_run_is_told(config: Path) -> None:
    machine_token_path(config.with_name("journal.db")).unlink()
    with pytest.raises(NoAnswer, match=r"is the store running.*smartstore run --config .*store\.toml.* must be running"):
        asked(config)
    config.write_text("[store]\n")
    with pytest.raises(NoAnswer, match="tenant"):
        asked(config)


async def test_without_a_proof_it_is_said_what_to_do(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    async with served(ShownStore()) as url:
        assert await asyncio.to_thread(main, ["stock", "--url", url]) == 2
        assert f"put an API token into {TOKEN_VARIABLE}" in capsys.readouterr().err
        monkeypatch.setenv(TOKEN_VARIABLE, (await token(url, "metrics"))["authorization"].removeprefix("Bearer "))
        assert await asyncio.to_thread(main, ["stock", "--url", url]) == 2
        assert "It needs the right 'see'" in capsys.readouterr().err


async def test_users_and_tokens_are_looked_after(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    async def typed(*words: str) -> tuple[int, str, str]:
        code = await asyncio.to_thread(main, ["access", *words, "--url", url])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    store = ShownStore()
    async with served(store) as url:
        monkeypatch.setenv(TOKEN_VARIABLE, machine_token(url))
        code, out, _ = await typed("users", "add", "Anna", "--role", "admin")
        assert (code, f"{url}/enter/" in out) == (0, True)
        secret = out.strip().rpartition("/")[2]
        link = store.access.link_of(secret)
        assert link is not None
        assert (link.purpose, link.user) == ("password", "anna")
        await store.access.set_password("anna", "a horse with 4 batteries", by="anna")
        for words, purpose in ((("link", "anna"), "enter"), (("users", "reset", "anna"), "password")):
            code, out, _ = await typed(*words)
            link = store.access.link_of(out.strip().rpartition("/")[2])
            assert link is not None
            assert (code, link.purpose, link.user) == (0, purpose, "anna")
        assert (await typed("users", "role", "anna", "viewer"))[0] == 1, "the last admin stays"
        assert (await typed("users", "disable", "no body"))[0] == 1
        code, out, err = await typed("tokens", "add", "till", "--right", "see", "--days", "2")
        assert (code, out.startswith("sst_"), "printed this once" in err) == (0, True, True)
        (kept,) = store.access.tokens()
        assert (kept.name, kept.rights, kept.expires_s is not None) == ("till", ("see",), True)
        assert f"{kept.id}  till  see" in (await typed("tokens", "list"))[1]
        assert (await typed("tokens", "revoke", kept.id))[:2] == (0, "till is let in no longer\n")
        assert store.access.tokens() == ()
        assert (await typed("users", "list"))[1].splitlines()[0].split()[:2] == ["anna", "admin"]


async def test_only_the_machine_may_sign_somebody_in(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    async with served(store := ShownStore()) as url:
        await store.access.create_user("anna", "admin", by="test")
        monkeypatch.setenv(TOKEN_VARIABLE, (await token(url, "users", "see"))["authorization"].removeprefix("Bearer "))
        assert await asyncio.to_thread(main, ["access", "link", "anna", "--url", url]) == 1
        assert "On the store's machine" in capsys.readouterr().err


def test_the_files_are_read_whether_it_runs_or_not(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = config.with_name("setup.token")
    path.write_text("AAAA-BBBB\n")
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)
    assert main(["access", "setup-token", "--config", str(config)]) == 0
    told = capsys.readouterr()
    assert (told.out, "http://127.0.0.1:8091/setup" in told.err) == ("AAAA-BBBB\n", True)
    assert main(["access", "fingerprint", "--config", str(config)]) == 1
    assert 'tls = "off"' in capsys.readouterr().err
    config.write_text(config.read_text().replace("[web]\n", '[web]\ntls = "self-made"\n'))
    assert main(["access", "fingerprint", "--config", str(config)]) == 2
    assert "web-certificate.pem cannot be read" in capsys.readouterr().err
