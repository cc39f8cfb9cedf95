"""The controller's end of the eye's socket against small servers: connects, comes back, and is not impressed by nonsense or floods."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from edge.runtime import eye_link
from edge.runtime.eye_link import EyeLink
from tests.small_eye import SmallEye, opened, seen, until
from vision.facts import (
    CameraFound,
    CameraLost,
    CodeRead,
    EnrolmentFailed,
    EyeLost,
    EyeOpened,
    GalleryChanged,
    ItemSeen,
    ProductEnrolled,
    ViewsJudged,
    VisionFact,
)
from vision.wire import BEAT, MAX_LINE, EndEnrolment, ShowPicture, TakeView, VisitOver, WatchVisit, fact_line

TOKEN = "1" * 32


def raw(**more: Any) -> bytes:
    """A sighting as JSON with whatever is wanted in it."""
    return json.dumps({**json.loads(fact_line(seen())), **more}).encode() + b"\n"


@asynccontextmanager
async def linked(path: Path, *, patience_s: float = 0.0) -> AsyncIterator[tuple[EyeLink, list[VisionFact]]]:
    heard: list[VisionFact] = []
    link = EyeLink(path, ("c1", "c2"), heard.append, time.monotonic_ns, first_patience_s=patience_s)
    task = asyncio.create_task(link.run())
    try:
        yield link, heard
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_facts_come_in_and_wishes_go_out(tmp_path: Path) -> None:
    async with SmallEye(tmp_path / "eye") as eye, linked(eye.path) as (link, heard):
        await until(lambda: link.live.connected)
        sighting = seen()
        eye.say(fact_line(CameraFound(at_ns=1, camera="c1", plates=("p1",))), fact_line(sighting))
        link.tell(WatchVisit(visit="v1", at_ns=5))
        link.tell(ShowPicture(camera="c1", until_ns=9))
        await until(lambda: len(heard) == 3 and len(eye.wishes) == 2)
        assert heard[2] == sighting
        assert [wish.kind for wish in eye.wishes] == ["watch_visit", "show_picture"]
        assert (link.live.facts, link.live.dropped) == (3, 0)


async def test_an_eye_that_is_not_there_is_lost_once_and_welcome_later(tmp_path: Path) -> None:
    path = tmp_path / "eye"
    async with linked(path) as (link, heard):
        await until(lambda: heard)
        link.tell(WatchVisit(visit="v1", at_ns=5))  # of no use later: the eye is told anew when it opens
        link.tell(VisitOver(visit="v1", at_ns=6, keep=False))
        async with SmallEye(path) as eye:
            await until(lambda: link.live.connected)
            await until(lambda: eye.wishes)
            assert [wish.kind for wish in eye.wishes] == ["visit_over"]
        await until(lambda: len(heard) == 3)
        async with SmallEye(path):
            await until(lambda: len(heard) == 4)
    assert [fact.kind for fact in heard] == ["eye_lost", "eye_opened", "eye_lost", "eye_opened"]
    assert isinstance(heard[0], EyeLost)
    assert str(path) in heard[0].reason
    assert isinstance(heard[2], EyeLost)
    assert heard[2].reason == "it closed the connection"


async def test_at_the_start_it_has_its_time(tmp_path: Path) -> None:
    path = tmp_path / "eye"
    async with linked(path, patience_s=60.0) as (link, heard):
        await asyncio.sleep(0)
        async with SmallEye(path):
            await until(lambda: link.live.connected)
        assert [fact.kind for fact in heard] == ["eye_opened"]


async def test_nonsense_is_counted_and_dropped(tmp_path: Path) -> None:
    future = time.monotonic_ns() + 10**15
    nonsense = (
        b"{}\n",
        b"\xff\xfe\n",
        fact_line(EyeLost(at_ns=1, reason="said by the eye itself")),
        raw(camera="ghost"),
        raw(at_ns=future, end_ns=future),
        raw(at_ns=-1),
        raw(start_ns=5, end_ns=4),
        raw(start_ns=-(10**18)),
        raw(log_other=float("nan")),
        raw(log_likelihoods=[["4006381333931", float("-inf")]]),
        raw(log_likelihoods=[["x" * 5000, 0.0]]),
        raw(evidence="x" * 5000),
        raw(plates=["p"] * 100),
        raw(units=-1),
        raw(views=10**9),
        fact_line(CameraLost(at_ns=1, camera="c1", plates=(), reason="black", detail="x" * 5000)),
        fact_line(EyeOpened(at_ns=1, cameras=("c1",) * 100, model="", gallery="", products=1)),
    )
    async with SmallEye(tmp_path / "eye") as eye, linked(eye.path) as (link, heard):
        await until(lambda: link.live.connected)
        eye.say(*nonsense, fact_line(seen(7)))
        await until(lambda: len(heard) == 2)
        assert link.live.dropped == len(nonsense)
        assert isinstance(heard[1], ItemSeen)
        assert heard[1].reach == 7


def judged(**more: Any) -> bytes:
    """A line about photographs with something in it that no eye of ours says."""
    view: dict[str, Any] = {"number": 1, "used": True, "flaw": None, "codes": [], "picture": f"enrol/{TOKEN}/1.jpg"}
    fields: dict[str, Any] = {"kind": "views_judged", "at_ns": 1, "token": TOKEN, "views": [view | more.pop("view", {})]}
    return json.dumps(fields | more).encode() + b"\n"


async def test_nonsense_about_photographs_is_dropped_too(tmp_path: Path) -> None:
    nonsense = (
        judged(view={"picture": "../../etc/passwd"}),
        judged(view={"picture": f"enrol/{TOKEN}/2.jpg"}),
        judged(view={"picture": f"enrol/{'2' * 32}/1.jpg"}),
        judged(view={"number": 0}),
        judged(view={"number": 10**9, "picture": ""}),
        judged(view={"codes": ["<script>"]}),
        judged(view={"codes": ["4006381333931"] * 50}),
        judged(view={"flaw": "ugly"}),
        judged(views=[]).replace(b"[]", b"[" + b",".join([b'{"number":1,"used":true}'] * 2) + b"]"),
        judged(views=[{"number": number, "used": True} for number in range(1, 30)]),
        judged(rivals=[["4006381333931", float("nan")]]),
        judged(rivals=[["4006381333931", 1.5]]),
        judged(rivals=[["4006381333931", 0.5]] * 50),
        judged(rivals=[["x" * 5000, 0.5]]),
        judged(token="x" * 5000, views=[]),
        fact_line(CodeRead(at_ns=1, token=TOKEN, code="javascript:al")),
        fact_line(CodeRead(at_ns=1, token="x" * 5000, code="4006381333931")),
        fact_line(ProductEnrolled(at_ns=1, token=TOKEN, gtin="4006381333931", photographs=0, gallery="3")),
        fact_line(ProductEnrolled(at_ns=1, token=TOKEN, gtin="4006381333931", photographs=5, gallery="x" * 5000)),
        fact_line(GalleryChanged(at_ns=1, token=TOKEN, gtin="x" * 5000, gallery="3")),
        fact_line(EnrolmentFailed(at_ns=1, token=TOKEN, reason="failed", detail="x" * 5000)),
        fact_line(EyeOpened(at_ns=1, cameras=("c1",), model="", gallery="", products=1, enrolled=(("4006381333931", -1),))),
        fact_line(EyeOpened(at_ns=1, cameras=("c1",), model="", gallery="", products=1, enrolled=(("1", 1),) * 2_000)),
    )
    async with SmallEye(tmp_path / "eye") as eye, linked(eye.path) as (link, heard):
        await until(lambda: link.live.connected)
        eye.say(*nonsense, judged())
        await until(lambda: len(heard) == 2)
        assert link.live.dropped == len(nonsense)
        assert isinstance(heard[1], ViewsJudged)


async def test_a_flood_of_photographs_is_bounded(tmp_path: Path) -> None:
    async with SmallEye(tmp_path / "eye") as eye, linked(eye.path) as (link, heard):
        await until(lambda: link.live.connected)
        eye.say(*[judged()] * 2_000)
        await until(lambda: link.live.times_lost)
        assert len([fact for fact in heard if isinstance(fact, ViewsJudged)]) <= eye_link.ENROLMENTS_AT_ONCE + 20


async def test_the_end_of_an_enrolment_waits_for_an_eye_that_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "eye"
    async with linked(path) as (link, _):
        link.tell(TakeView(token=TOKEN, gtin="4006381333931", camera="c1", until_ns=9))
        link.tell(EndEnrolment(token=TOKEN))
        async with SmallEye(path) as eye:
            await until(lambda: eye.wishes)
            assert eye.wishes == [EndEnrolment(token=TOKEN)]


async def test_a_time_just_ahead_becomes_now(tmp_path: Path) -> None:
    async with SmallEye(tmp_path / "eye") as eye, linked(eye.path) as (link, heard):
        await until(lambda: link.live.connected)
        eye.say(fact_line(seen(at_ns=time.monotonic_ns() + 500_000_000)))
        await until(lambda: len(heard) == 2)
        assert heard[1].at_ns <= time.monotonic_ns()


async def test_a_flood_ends_the_connection_and_is_bounded(tmp_path: Path) -> None:
    async with SmallEye(tmp_path / "eye") as eye, linked(eye.path) as (link, heard):
        await until(lambda: link.live.connected)
        eye.say(*(fact_line(seen(number)) for number in range(2_000)))
        await until(lambda: link.live.times_lost)
        assert len([fact for fact in heard if isinstance(fact, ItemSeen)]) <= eye_link.SIGHTINGS_AT_ONCE + 50
        assert isinstance(heard[-1], EyeLost)
        assert "too many" in heard[-1].reason


async def test_a_line_without_end_ends_the_connection(tmp_path: Path) -> None:
    async with SmallEye(tmp_path / "eye") as eye, linked(eye.path) as (link, heard):
        await until(lambda: link.live.connected)
        eye.say(b"x" * (3 * MAX_LINE))
        await until(lambda: link.live.times_lost)
        assert isinstance(heard[-1], EyeLost)
        assert "bytes" in heard[-1].reason


async def test_who_does_not_greet_is_no_eye(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(eye_link, "GREETING_WITHIN_S", 0.1)
    async with SmallEye(tmp_path / "eye", greeting=fact_line(seen())) as eye, linked(eye.path) as (link, heard):
        await until(lambda: heard)
        assert isinstance(heard[0], EyeLost)
        assert "does not say what it is" in heard[0].reason
        assert link.live.dropped >= 1
        assert not link.live.connected


async def test_an_eye_that_hangs_with_its_connection_open_is_lost(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(eye_link, "SILENT_S", 0.5)
    async with SmallEye(tmp_path / "eye") as eye, linked(eye.path) as (link, heard):
        await until(lambda: link.live.connected)
        for _ in range(6):  # longer than that in all: a beat is enough
            await asyncio.sleep(0.2)
            eye.say(BEAT)
        assert (link.live.times_lost, link.live.dropped) == (0, 0)
        await until(lambda: link.live.times_lost)
        lost = next(fact for fact in heard if isinstance(fact, EyeLost))
        assert "said nothing for" in lost.reason


async def test_an_eye_that_greets_and_dies_is_called_later_each_time(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(eye_link, "RETRY_S", (0.01,))
    monkeypatch.setattr(eye_link, "AFTER_DEATH_S", (0.05, 0.2, 0.4))
    calls: list[float] = []

    async def dies(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append(time.monotonic())
        writer.write(opened())
        await writer.drain()
        writer.transport.abort()

    async with await asyncio.start_unix_server(dies, path=tmp_path / "eye"), linked(tmp_path / "eye") as (link, heard):
        await until(lambda: len(calls) >= 5)
        gaps = [later - earlier for earlier, later in itertools.pairwise(calls)]
        assert all(gap >= least for gap, least in zip(gaps, (0.05, 0.2, 0.4, 0.4), strict=True))
        assert link.live.times_lost >= 4
        assert {fact.kind for fact in heard} == {"eye_opened", "eye_lost"}


async def test_an_eye_that_died_again_and_again_is_said_to_be_open_when_it_has_stayed_up(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(eye_link, "UP_S", 0.5)
    monkeypatch.setattr(eye_link, "AFTER_DEATH_S", (0.01,))
    path = tmp_path / "eye"
    async with linked(path) as (link, heard):
        for deaths in range(3):
            async with SmallEye(path) as eye:
                await until(lambda: link.live.connected)
                if deaths == 2:
                    first_ns = heard[-1].at_ns
                    eye.say(fact_line(CameraFound(at_ns=1, camera="c1", plates=())))
                    while heard[-1].kind != "eye_opened" or heard[-1].at_ns == first_ns:
                        eye.say(BEAT)
                        await asyncio.sleep(0.02)
                    assert heard[-1].at_ns - first_ns >= 500_000_000
                    for _ in range(30):  # and no more than once
                        eye.say(BEAT)
                        await asyncio.sleep(0.02)
                    assert heard[-2].kind == "camera_found"
            await until(lambda: not link.live.connected)


async def test_the_time_until_it_greets_does_not_count_as_staying_up(tmp_path: Path, monkeypatch: Any) -> None:
    """Or the link would hold it for steady where the store does not, and the store's fault would stay for good."""
    monkeypatch.setattr(eye_link, "UP_S", 0.4)
    monkeypatch.setattr(eye_link, "AFTER_DEATH_S", (0.01,))
    path = tmp_path / "eye"
    async with linked(path) as (link, heard):
        for deaths in range(3):
            async with SmallEye(path, b"") as eye:
                await until(lambda: eye.writers)
                if deaths < 2:
                    await asyncio.sleep(0.5)
                eye.say(opened())
                await until(lambda: link.live.connected)
                first = len(heard)
                async with asyncio.timeout(10.0):
                    while deaths == 2 and len(heard) == first:
                        eye.say(BEAT)
                        await asyncio.sleep(0.02)
            await until(lambda: not link.live.connected)
    assert heard[-3].kind == heard[-2].kind == "eye_opened"
    assert heard[-2].at_ns - heard[-3].at_ns >= 400_000_000


async def test_a_sighting_of_long_ago_is_dropped(tmp_path: Path) -> None:
    async with SmallEye(tmp_path / "eye") as eye, linked(eye.path) as (link, heard):
        await until(lambda: link.live.connected)
        eye.say(raw(at_ns=0, start_ns=0, end_ns=0), fact_line(seen()))
        await until(lambda: len(heard) == 2)
        assert link.live.dropped == 1


async def test_a_path_that_is_no_socket_is_told_in_words(tmp_path: Path) -> None:
    for path in (tmp_path / "file", tmp_path / ("x" * 200)):
        if len(path.name) < 100:
            path.write_text("")
        async with linked(path) as (_, heard):
            await until(lambda: heard)
            assert isinstance(heard[0], EyeLost)
            assert path.name in heard[0].reason
