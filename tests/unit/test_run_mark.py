"""How the run before ended: said by itself, or found out by what it left."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from edge.runtime.care.versions import last_end
from edge.runtime.run_mark import RunMark
from edge.web.care.version_views import EndView


def mark(path: Path, *, release: str = "1", boot: str = "b1", now: float = 100.0) -> RunMark:
    return RunMark(path.with_name("journal.db"), release=release, boot=boot, now_unix_s=now)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.json"


def end(path: Path, boot: str = "b1") -> EndView:
    return last_end(mark(path, boot=boot), boot)


def test_the_first_run_has_none_before_it(path: Path) -> None:
    assert end(path) == EndView(code="first")


def test_a_run_that_was_ended_says_so(path: Path) -> None:
    with mark(path):
        pass
    assert (end(path).code, end(path).release, end(path).words) == ("asked", "1", "")
    assert end(path).at_unix_s is not None
    with mark(path) as again:
        again.restarting = True
    assert end(path).code == "restart"
    with pytest.raises(asyncio.CancelledError), mark(path):
        raise asyncio.CancelledError
    assert end(path).code == "asked"


def test_a_run_that_failed_says_why(path: Path) -> None:
    with pytest.raises(ExceptionGroup), mark(path):
        raise ExceptionGroup("parts", [OSError("disk I/O error"), ExceptionGroup("more", [ValueError("x" * 5000)])])
    assert end(path).code == "failed"
    assert end(path).words.startswith("OSError: disk I/O error; ValueError: xxx")
    assert len(end(path).words) == 500


def test_a_run_that_could_not_say_it_died_or_lost_its_current(path: Path) -> None:
    (path.parent / "journal.db").write_bytes(b"x")
    mark(path).__enter__()
    assert end(path).code == "died"
    assert end(path).at_unix_s == (path.parent / "journal.db").stat().st_mtime
    assert end(path, boot="b2").code == "power"


def test_the_release_before_is_remembered(path: Path) -> None:
    with mark(path, release="1", now=100.0):
        pass
    with mark(path, release="2", now=200.0) as second:
        assert (second.now.earlier_release, second.now.since_unix_s) == ("1", 200.0)
    with mark(path, release="2", now=300.0) as third:
        assert (third.now.earlier_release, third.now.since_unix_s) == ("1", 200.0)
    with mark(path, release="1", now=400.0) as back:
        assert (back.now.earlier_release, back.now.since_unix_s) == ("2", 400.0)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"release": 7}', b"\xff" * 100, b" " * 50_000])
def test_a_damaged_mark_is_no_reason_not_to_run(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    (path.parent / "journal.db").write_bytes(b"x")
    assert end(path).code == "unknown"
    with mark(path):
        assert json.loads(path.read_text())["ended"] is None


def test_a_disk_that_takes_nothing_is_no_reason_either(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with mark(path.parent / "nowhere" / "run.json"):
        pass
    assert caplog.text.count("cannot be kept") == 2
