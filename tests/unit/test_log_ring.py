"""The log on the page: bounded, found again, and without anything that somebody could use."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from edge.runtime.log_ring import MOST_EVENT, MOST_TRACE, LogRing, without_secrets
from edge.runtime.logs import HIDDEN
from edge.web.care.log_views import LogWish

log = logging.getLogger("edge.test.ring")


@pytest.fixture
def ring() -> Iterator[LogRing]:
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.DEBUG)
    kept = LogRing(100)
    with kept.listening():
        yield kept
    root.setLevel(level)
    log.info("after its end")
    assert "after its end" not in "".join(kept.text(LogWish()))


def events(ring: LogRing, **wish: object) -> list[str]:
    return [line.event for line in ring.page(LogWish(**wish)).lines]  # type: ignore[arg-type]


def test_lines_are_kept_with_their_fields_and_traces(ring: LogRing) -> None:
    log.info("door %s", "opened", extra={"door": "front", "plates": ("A1", "A2")})
    try:
        raise ValueError("no such plate")
    except ValueError:
        log.exception("request failed")
    one, two = ring.page(LogWish()).lines
    assert (one.number, one.level, one.logger, one.event, dict(one.fields)) == (
        1,
        "info",
        "edge.test.ring",
        "door opened",
        {"door": "front", "plates": '["A1", "A2"]'},
    )
    assert two.trace is not None
    assert "ValueError: no such plate" in two.trace
    text = ring.text(LogWish())
    assert text[0].endswith('info    edge.test.ring: door opened door=front plates=["A1", "A2"]')
    assert text[1].splitlines()[-1] == "ValueError: no such plate"


def test_lines_are_chosen_by_level_and_text_and_what_came_since(ring: LogRing) -> None:
    log.debug("a")
    log.info("Bus a is open", extra={"url": "serial:///dev/ttyUSB7"})
    log.warning("c")
    log.critical("d")
    assert events(ring, level="info") == ["Bus a is open", "c", "d"]
    assert events(ring, level="error") == ["d"]
    assert events(ring, text="bus A") == ["Bus a is open"]
    assert events(ring, text="TTYusb7") == ["Bus a is open"]
    assert events(ring, text=".*") == []
    assert events(ring, after=2) == ["c", "d"]
    assert events(ring, limit=2) == ["c", "d"]
    page = ring.page(LogWish(after=4))
    assert (page.lines, page.newest, page.missed, page.kept) == ((), 4, 0, 100)
    assert events(ring, after=10**6) == ["a", "Bus a is open", "c", "d"], "the number of an earlier run begins anew"


def test_the_oldest_go_and_that_is_said(ring: LogRing) -> None:
    for number in range(250):
        log.info("line %d", number)
    page = ring.page(LogWish(after=50))
    assert (len(page.lines), page.lines[0].event, page.missed, page.newest) == (100, "line 150", 100, 250)
    assert page.oldest_unix_s == page.lines[0].at_unix_s


SECRETS = (
    "pass ss1.demo.eyJqdGkiOiJ4In0.c2lnbmF0dXJl was shown",
    "token sst_q8Zr4n0m1c2d3e4f5g6h7 came",
    "Authorization: Bearer abc.def-ghi",
    "GET /enter/Q9x4nF8z2mL7kP0sT5vW1yB3 answered 200",
    "enter the setup token AZHY-L98N-3L3C-KV7Y-67XK-9TQP-NM23.",
    "rtsp://eye:sesame@10.0.0.9/stream",
    "password=sesame42 was wrong",
    'password": "sesame42"',
    "cookie smartstore_session=abcdefgh; path=/",
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\n-----END PRIVATE KEY-----",
)
TELLTALES = ("eyJqdGkiOiJ4In0", "q8Zr4n0m1c2d3e4f5g6h7", "abc.def-ghi", "Q9x4nF8z", "AZHY", "sesame", "abcdefgh", "MC4CAQAw")


@pytest.mark.parametrize("text", SECRETS)
def test_what_looks_like_a_secret_is_hidden_wherever_it_stands(ring: LogRing, text: str) -> None:
    log.info("%s", text, extra={"words": text, "password": "sesame"})
    try:
        raise ValueError(text)
    except ValueError:
        log.exception("failed")
    shown = "".join(ring.text(LogWish()))
    assert HIDDEN in shown
    assert not [telltale for telltale in TELLTALES if telltale in shown]
    assert [line.fields["password"] for line in ring.page(LogWish()).lines if line.fields] == [HIDDEN]


@pytest.mark.parametrize(
    "text",
    [
        "request GET /api/v1/receipts/0193-visit-0001 failed",
        "bus a: serial:///dev/serial/by-id/usb-FTDI-1 is open again",
        "boot 3f2a9c1e-7b64-4f1d-9a2b-1c2d3e4f5a6b",
        "mqtt://broker.example:8883: [Errno 111] Connection refused",
        "the password file is readable by others",
    ],
)
def test_ordinary_lines_stay_as_they_are(text: str) -> None:
    assert without_secrets(text) == text


def test_a_huge_line_is_cut_and_a_broken_one_does_no_harm(ring: LogRing, capsys: pytest.CaptureFixture[str]) -> None:
    log.info("x" * 1_000_000)
    try:
        raise ValueError("y" * 1_000_000)
    except ValueError:
        log.exception("failed")
    one, two = ring.page(LogWish()).lines
    assert len(one.event) == MOST_EVENT
    assert two.trace is not None
    assert len(two.trace) == MOST_TRACE
    ring.handle(logging.makeLogRecord({"msg": "%d", "args": ("no number",), "levelno": logging.INFO}))
    assert "Logging error" in capsys.readouterr().err
    log.info("goes on")
    assert events(ring)[-1] == "goes on"
