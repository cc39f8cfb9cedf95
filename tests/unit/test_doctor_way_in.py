"""The doctor on the way in: a store that nobody has set up, files that others may read, a certificate that ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from edge.access.store import AccessStore, access_path
from edge.runtime.checkup.finding import Finding
from edge.runtime.checkup.way_in import check_way_in
from edge.runtime.settings import StoreSettings, load_settings
from edge.runtime.way_in import setup_token_path
from edge.web.certificate import LIFE, make_certificate, self_made_files
from edge.web.settings import WebSettings
from tests.certificates import Authority

EXAMPLE = Path(__file__).parents[2] / "examples" / "store.toml"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def store_at(folder: Path, **web: Any) -> StoreSettings:
    settings = load_settings(EXAMPLE, check_files=False)
    journal = settings.journal.model_copy(update={"path": folder / "journal.db"})
    return settings.model_copy(update={"journal": journal, "web": WebSettings(**web)})


def run_once(folder: Path) -> None:
    with closing(AccessStore.open(access_path(folder / "journal.db"))):
        pass


def codes(found: Iterator[Finding]) -> dict[str, str]:
    return {finding.code: finding.level for finding in found}


def one(found: Iterator[Finding], code: str) -> Finding:
    (finding,) = [finding for finding in found if finding.code == code]
    return finding


def test_a_store_that_has_not_run_says_so(tmp_path: Path) -> None:
    assert codes(check_way_in(store_at(tmp_path))) == {"never_run": "warning", "served_here": "ok"}


def test_nothing_is_made(tmp_path: Path) -> None:
    list(check_way_in(store_at(tmp_path, host="0.0.0.0", tls="self-made")))
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_nobody_has_set_up_names_the_command(tmp_path: Path) -> None:
    run_once(tmp_path)
    token = setup_token_path(tmp_path / "journal.db")
    token.touch(0o600)
    assert "smartstore access setup-token" in one(check_way_in(store_at(tmp_path)), "not_set_up").advice
    token.unlink()
    assert codes(check_way_in(store_at(tmp_path))) == {"set_up": "ok", "served_here": "ok"}


@pytest.mark.parametrize("name", ["access.db", "machine.token", "setup.token", "web-key.pem"])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_secret_that_others_may_read_is_a_failure(tmp_path: Path, name: str, mode: int) -> None:
    run_once(tmp_path)
    (tmp_path / name).touch()
    (tmp_path / name).chmod(mode)
    found = one(check_way_in(store_at(tmp_path)), "open_file")
    assert found.level == "failure"
    assert f"chmod 600 {tmp_path / name}" in found.advice


@pytest.mark.parametrize(
    ("after", "code", "level"),
    [
        (timedelta(), "certificate_valid", "ok"),
        (LIFE - timedelta(days=20), "certificate_expires", "warning"),
        (LIFE + timedelta(days=1), "certificate_expired", "failure"),
        (timedelta(days=-30), "certificate_early", "failure"),
    ],
)
def test_a_certificate_that_ends_is_told_in_time(tmp_path: Path, after: timedelta, code: str, level: str) -> None:
    run_once(tmp_path)
    make_certificate(tmp_path, ("192.0.2.9",), NOW)
    found = codes(check_way_in(store_at(tmp_path, host="192.0.2.9", tls="self-made"), now=NOW + after))
    assert found == {"set_up": "ok", "served_beyond": "ok", code: level}


def test_a_certificate_for_another_address_is_told(tmp_path: Path) -> None:
    run_once(tmp_path)
    make_certificate(tmp_path, ("192.0.2.1",), NOW)
    found = one(check_way_in(store_at(tmp_path, host="192.0.2.9", tls="self-made"), now=NOW), "certificate_names")
    assert "192.0.2.9" in found.text
    assert str(self_made_files(tmp_path)[0]) in found.advice


def test_a_pair_that_does_not_fit_is_a_failure(tmp_path: Path) -> None:
    run_once(tmp_path)
    authority = Authority(tmp_path)
    settings = store_at(
        tmp_path, host="0.0.0.0", tls="own", certificate_file=authority.issue("one").cert, key_file=authority.issue("other").key
    )
    assert one(check_way_in(settings), "certificate_unusable").level == "failure"


def test_switched_off_pages_are_told(tmp_path: Path) -> None:
    run_once(tmp_path)
    assert codes(check_way_in(store_at(tmp_path, enabled=False))) == {"set_up": "ok", "web_off": "ok"}
