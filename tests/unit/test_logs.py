"""One line per event, its fields, no secrets."""

from __future__ import annotations

import io
import json
import logging
import os
from collections.abc import Iterator

import pytest

from edge.runtime.logs import HIDDEN, MAX_FIELD_CHARACTERS, JournalPriority, JsonLines, Readable, configure
from edge.runtime.sections import LogSettings

log = logging.getLogger("edge.test")


@pytest.fixture(autouse=True)
def root_logger_as_found() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)


def lines(settings: LogSettings) -> io.StringIO:
    stream = io.StringIO()
    configure(settings, stream)
    return stream


def test_a_json_line_has_time_level_logger_event_and_fields() -> None:
    stream = lines(LogSettings())
    log.info("door %s", "opened", extra={"door": "front", "grams": 1.5, "plates": ("A1", "A2"), "nothing": None})
    line = json.loads(stream.getvalue())
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "info",
        "logger": "edge.test",
        "event": "door opened",
        "door": "front",
        "grams": 1.5,
        "plates": ["A1", "A2"],
        "nothing": None,
    }


def test_a_field_never_replaces_what_every_line_has() -> None:
    stream = lines(LogSettings())
    log.info("x", extra={"time": "never", "event": "other"})
    line = json.loads(stream.getvalue())
    assert (line["event"], line["time_"], line["event_"]) == ("x", "never", "other")


def test_secrets_are_never_written() -> None:
    for form in ("json", "console"):
        stream = lines(LogSettings.model_validate({"format": form}))
        log.info("connected", extra={"password": "hunter2", "broker": {"user": "a", "api_key": "hunter2"}, "client_secret_x": "hunter2"})
        assert "hunter2" not in stream.getvalue()
        assert stream.getvalue().count(HIDDEN) == 3


def test_a_readable_line_cannot_be_forged() -> None:
    stream = lines(LogSettings(format="console"))
    log.warning("card\nINFO all is well", extra={"text": "a\nb", "holder": "two words"})
    (line,) = stream.getvalue().splitlines()
    assert line.endswith('WARNING card\\nINFO all is well  text="a\\nb" holder="two words"')


def test_an_exception_keeps_its_trace() -> None:
    stream = lines(LogSettings())
    try:
        raise RuntimeError("boom")
    except RuntimeError:
        log.exception("failed")
    line = json.loads(stream.getvalue())
    assert line["level"] == "error"
    assert "RuntimeError: boom" in line["trace"]


def test_a_long_field_is_cut() -> None:
    stream = lines(LogSettings())
    log.info("x", extra={"frame": "f" * 10_000})
    assert len(json.loads(stream.getvalue())["frame"]) == MAX_FIELD_CHARACTERS + 3


def test_the_level_decides_what_is_written() -> None:
    stream = lines(LogSettings(level="warning"))
    log.info("routine")
    log.error("trouble")
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["trouble"]


def test_configuring_again_replaces_and_does_not_double() -> None:
    lines(LogSettings())
    stream = lines(LogSettings())
    log.info("once")
    assert len(stream.getvalue().splitlines()) == 1


def test_the_system_journal_gets_priorities(monkeypatch: pytest.MonkeyPatch) -> None:
    read_end, write_end = os.pipe()
    found = os.fstat(write_end)
    monkeypatch.setenv("JOURNAL_STREAM", f"{found.st_dev}:{found.st_ino}")
    with os.fdopen(write_end, "w") as stream, os.fdopen(read_end) as reader:
        configure(LogSettings(format="console"), stream)
        log.error("trouble")
        log.info("routine")
        stream.flush()
        assert reader.readline().startswith("<3>")
        assert reader.readline().startswith("<6>")


def test_every_line_of_a_trace_has_its_priority() -> None:
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, "a", None, (ValueError, ValueError("b"), None))
    shown = JournalPriority(Readable()).format(record).split("\n")
    assert len(shown) > 1
    assert all(line.startswith("<3>") for line in shown)
    assert "\n" not in JsonLines().format(record)
