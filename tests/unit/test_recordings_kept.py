"""Recordings that the store itself makes: from now on, out of its memory, interrupted, too large, under hostile names."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from edge.cli.__main__ import main
from edge.recordings.format import read_recording
from edge.runtime.care import recording_file
from edge.runtime.care.recording_file import Writer, name_of
from edge.runtime.care.recordings import WORDS, Recordings
from edge.runtime.clock import SystemClock
from edge.runtime.sample_ring import Excerpt
from edge.runtime.sample_tap import shop_for_recording
from edge.runtime.sections import RecordingSettings
from edge.web.care.recording_views import RecordingsView
from tests.tapped_story import TappedStory
from tests.unit.visit_story import COLA, NS

HOSTILE = (
    "../journal",
    "..%2fjournal",
    "/etc/passwd",
    "20251123-120000-0a1b2c3d/../../journal",
    "20251123-120000-0a1b2c3d\x00",
    "20251123-120000-0A1B2C3D",
    "٢0251123-120000-0a1b2c3d",
    "",
    ".",
    "x" * 4000,
)


@dataclass
class Room:
    """Recordings over a told story; ``told`` is what goes to the record."""

    folder: Path
    story: TappedStory
    recordings: Recordings
    told: list[tuple[str, str, str]]

    def files(self) -> set[str]:
        return {path.name for path in self.folder.iterdir()}

    async def listing(self) -> RecordingsView:
        return await self.recordings.listing()


def room(
    folder: Path, story: TappedStory | None = None, *, most_mb: int = 300, clock: SystemClock | None = None, spare_bytes: int = 0
) -> Room:
    story = story or TappedStory()
    told: list[tuple[str, str, str]] = []

    def head(excerpt: Excerpt | None) -> Mapping[str, Any]:
        state = story.story.state if excerpt is None else excerpt.shop
        return {"columns": list(story.tap.columns), "release": "1", **shop_for_recording(state, story.clock.read())}

    recordings = Recordings(
        RecordingSettings(most_mb=most_mb),
        folder,
        tap=story.tap,
        head=head,
        clock=clock or story.clock,
        tell=lambda action, by, detail: told.append((action, by, detail)),
        spare_bytes=spare_bytes,
    )
    return Room(folder, story, recordings, told)


@asynccontextmanager
async def running(one: Room) -> AsyncIterator[None]:
    task = asyncio.create_task(one.recordings.run())
    try:
        await asyncio.sleep(0)
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def bytes_of(one: Room, name: str) -> bytes:
    found = await one.recordings.content(name)
    assert found is not None
    size, pieces = found
    content = b"".join([piece async for piece in pieces])
    assert len(content) == size
    return content


async def test_a_visit_that_is_over_becomes_a_recording_that_gives_its_receipt(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    story = TappedStory()
    story.rest(20.0)
    story.visit("v1")
    story.rest(15.0)
    one = room(tmp_path / "kept", story)
    assert (await one.recordings.visit_kept("v1")).kept
    made = await one.recordings.keep_visit("v1", "tess", "charged twice?")
    assert (made.accepted, made.code) == (True, "recording_made")
    assert made.name is not None
    (listed,) = (await one.listing()).recordings
    assert (listed.name, listed.of, listed.visit, listed.visits, listed.by, listed.note) == (
        made.name,
        "visit",
        "v1",
        1,
        "tess",
        "charged twice?",
    )
    assert listed.bytes == (one.folder / f"{made.name}.gz").stat().st_size
    assert one.told == [("recording_kept", "tess", f"{made.name}, visit v1")]
    file = tmp_path / f"{made.name}.recording.gz"
    file.write_bytes(await bytes_of(one, made.name))
    recording = await asyncio.to_thread(read_recording, file)
    assert (recording.name, [session.session_id for session in recording.sessions]) == (made.name, ["v1"])
    assert await asyncio.to_thread(main, ["receipts", str(file)]) == 0
    (receipt,) = json.loads(capsys.readouterr().out)
    assert [(line["sku"], line["quantity"]) for line in receipt["lines"]] == [(COLA.gtin, 1)]
    assert "tess" not in gzip.decompress(file.read_bytes()).decode()


async def test_what_the_store_no_longer_remembers_is_said(tmp_path: Path) -> None:
    one = room(tmp_path)
    assert not (await one.recordings.visit_kept("v9")).kept
    for result in (await one.recordings.keep_visit("v9", "tess", ""), await one.recordings.keep_visit("../v9", "tess", "")):
        assert (result.accepted, result.code) == (False, "recording_visit_gone")
    assert (await one.recordings.keep_last(5.0, "tess", "")).code == "recording_nothing_kept"
    one.story.tap.ring = None
    assert (await one.recordings.keep_last(5.0, "tess", "")).code == "recording_nothing_kept"
    assert not (await one.recordings.visit_kept("v1")).kept
    assert (await one.listing()).memory.minutes == 0.0
    assert one.told == []


async def test_a_time_in_which_no_plate_spoke_makes_no_recording(tmp_path: Path) -> None:
    story = TappedStory()
    story.rest(5.0)
    story.story.wait(300.0)
    one = room(tmp_path, story)
    result = await one.recordings.keep_last(1.0, "tess", "")
    assert (result.accepted, result.code) == (False, "recording_nothing_kept")
    assert one.files() == set()


@dataclass
class Beating:
    """Samples of two plates at the machine's own time, until left."""

    story: TappedStory
    task: asyncio.Task[None] | None = field(default=None)

    async def __aenter__(self) -> None:
        self.task = asyncio.create_task(self._beat())

    async def __aexit__(self, *_: object) -> None:
        assert self.task is not None
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task

    async def _beat(self) -> None:
        clock = SystemClock()
        while True:
            for plate in ("p1", "p2"):
                self.story.tap.take(plate, clock.monotonic_ns(), 100.0)
            await asyncio.sleep(0.01)


async def gone_quiet(one: Room) -> None:
    """The recording that is made is over."""
    run = one.recordings._run
    if run is not None and run.task is not None:
        await asyncio.wait({run.task})


async def test_a_recording_goes_on_by_itself_one_at_a_time_until_its_time_is_over(tmp_path: Path) -> None:
    one = room(tmp_path / "kept", clock=SystemClock())
    async with running(one), Beating(one.story):
        begun = await one.recordings.begin(0.4, "tess", "noise on p1")
        assert (begun.accepted, begun.code) == (True, "recording_begun")
        again = await one.recordings.begin(0.4, "ben", "")
        assert (again.accepted, again.code) == (False, "recording_runs")
        assert (await one.recordings.keep_last(1.0, "ben", "")).code in {"recording_runs", "recording_nothing_kept"}
        running_now = (await one.listing()).running
        assert running_now is not None
        assert (running_now.name, running_now.by, running_now.note) == (begun.name, "tess", "noise on p1")
        assert running_now.until_s - running_now.begun_s == pytest.approx(0.4)
        await gone_quiet(one)
    listing = await one.listing()
    (listed,) = listing.recordings
    assert listing.running is None
    assert (listed.ended, listed.of) == ("time", "now")
    assert listed.samples > 20
    assert 0.4 <= listed.seconds < 5.0
    assert one.files() == {f"{listed.name}.gz", f"{listed.name}.json"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in one.folder.iterdir())


async def test_a_recording_is_ended_by_a_person_or_by_the_store_and_kept(tmp_path: Path) -> None:
    one = room(tmp_path / "kept", clock=SystemClock())
    assert (await one.recordings.end("tess")).code == "recording_none_runs"
    async with running(one), Beating(one.story):
        await one.recordings.begin(600.0, "tess", "")
        assert (await one.recordings.end("ben")).code == "recording_ended"
        await one.recordings.begin(600.0, "tess", "")
    assert {row.ended for row in (await one.listing()).recordings} == {"stopped", "asked"}
    for row in (await one.listing()).recordings:
        gzip.decompress(await bytes_of(one, row.name))


async def test_what_a_power_cut_interrupted_is_rescued_and_rubbish_is_not(tmp_path: Path) -> None:
    story = TappedStory()
    story.rest(30.0)
    excerpt = story.ring.last(5.0, story.story.at_ns)
    assert excerpt is not None
    name = name_of(1_763_900_000.0, b"\x01\x02\x03\x04")
    writer = Writer(tmp_path, name, 10**9)
    head, *rest = excerpt.lines({"columns": ["p1", "p2"], **shop_for_recording(excerpt.shop, story.clock.read())})
    rows = [row for line in rest for row in line.get("samples", ())]
    writer.add([head])
    for first in range(0, len(rows), 20):
        writer.add([{"samples": rows[first : first + 20]}, {}])
    writer._raw.flush()
    torn = (tmp_path / f"{name}.part").read_bytes()
    writer.drop()
    (tmp_path / f"{name}.part").write_bytes(torn[:-20])
    empty, odd = name_of(1_763_900_001.0, b"\x00" * 4), "nonsense"
    (tmp_path / f"{empty}.part").write_bytes(b"")
    (tmp_path / f"{odd}.part").write_bytes(b"\x1f\x8b rubbish")
    (tmp_path / f"{name_of(1_763_900_002.0, bytes(4))}.torn").write_bytes(gzip.compress(b'{"samples": 7}\n[1]\nx\n'))
    one = room(tmp_path, story)
    async with running(one):
        assert (await one.recordings.begin(60.0, "tess", "")).accepted, "who wants to record waits until all is rescued"
        await one.recordings.end("tess")
    (_, listed) = (await one.listing()).recordings
    assert (listed.name, listed.ended, listed.begun_unix_s) == (name, "stopped", 1_763_900_000.0)
    assert listed.samples > 0
    assert not [path for path in one.files() if path.endswith((".part", ".torn"))]
    file = tmp_path / f"{name}.gz"
    assert len((await asyncio.to_thread(read_recording, file)).times_ns) > 60


async def test_the_room_is_bounded_and_nothing_is_deleted_by_itself(tmp_path: Path) -> None:
    story = TappedStory()
    story.rest(60.0)
    one = room(tmp_path, story, most_mb=10)
    (tmp_path / "20251123-120000-00000000.gz").write_bytes(os.urandom(9_995_000))
    refused = await one.recordings.keep_last(5.0, "tess", "")
    assert (refused.accepted, refused.code) == (False, "recording_no_room")
    assert one.files() == {"20251123-120000-00000000.gz"}, "what did not fit leaves nothing behind"
    with (tmp_path / "20251123-120000-00000000.gz").open("ab") as file:
        file.write(bytes(10_000))
    assert (await one.recordings.begin(60.0, "tess", "")).code == "recording_no_room"
    (listed,) = (await one.listing()).recordings
    assert (listed.name, listed.begun_unix_s, listed.by) == ("20251123-120000-00000000", 1_763_899_200.0, "")
    assert (await one.recordings.delete(listed.name, "tess")).code == "recording_deleted"
    assert (await one.recordings.keep_last(5.0, "tess", "")).code == "recording_made"
    assert [action for action, _, _ in one.told] == ["recording_deleted", "recording_kept"]


async def test_the_journals_room_is_left_to_the_journal(tmp_path: Path) -> None:
    one = room(tmp_path, clock=SystemClock(), spare_bytes=shutil.disk_usage(tmp_path).total * 2)
    assert (await one.recordings.begin(60.0, "tess", "")).code == "recording_no_room"


async def test_a_recording_that_outgrows_the_room_ends_and_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = room(tmp_path, clock=SystemClock())
    monkeypatch.setattr(Recordings, "_room", lambda _: 2_000)
    monkeypatch.setattr("edge.runtime.care.recordings.WRITTEN_EVERY_S", 0.1)
    async with running(one), Beating(one.story):
        assert (await one.recordings.begin(60.0, "tess", "")).accepted
        await gone_quiet(one)
    (listed,) = (await one.listing()).recordings
    assert listed.ended == "full"
    gzip.decompress(await bytes_of(one, listed.name))


async def test_a_listener_that_was_too_slow_ends_the_recording(tmp_path: Path) -> None:
    one = room(tmp_path, clock=SystemClock())
    async with running(one):
        await one.recordings.begin(60.0, "tess", "")
        await asyncio.sleep(0)
        for at_ns in range(200_001):
            one.story.tap.take("p1", 10 * NS + at_ns, 1.0)
        await gone_quiet(one)
    (listed,) = (await one.listing()).recordings
    assert listed.ended == "overrun"


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_names_name_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / "journal.gz").write_bytes(b"secret")
    folder = tmp_path / "kept"
    folder.mkdir()
    one = room(folder)
    assert await one.recordings.content(name) is None
    result = await one.recordings.delete(name, "tess")
    assert (result.accepted, result.code) == (False, "recording_unknown")
    assert (tmp_path / "journal.gz").exists()


async def test_files_with_odd_names_disturb_nobody(tmp_path: Path) -> None:
    for name in ("99999999-999999-0a1b2c3d", "00000000-000000-00000000", "nonsense"):
        for ending in (".gz", ".part", ".torn", ".json"):
            (tmp_path / f"{name}{ending}").write_bytes(gzip.compress(b'{"columns": []}\n{"samples": [[0, 5, 1.0]]}\n'))
    one = room(tmp_path, clock=SystemClock())
    async with running(one):
        assert (await one.recordings.begin(60.0, "tess", "")).accepted
        await one.recordings.end("tess")
    assert len((await one.listing()).recordings) == 3
    assert not [path for path in one.files() if path.endswith((".part", ".torn"))]


async def test_what_cannot_be_rescued_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(folder: Path, room_bytes: int) -> list[str]:
        raise RuntimeError("never thought of")

    monkeypatch.setattr(recording_file, "rescue", broken)
    one = room(tmp_path, clock=SystemClock())
    async with running(one):
        assert (await one.recordings.begin(60.0, "tess", "")).accepted
        await one.recordings.end("tess")
    assert "never thought of" in caplog.text


async def test_a_link_is_no_recording(tmp_path: Path) -> None:
    (tmp_path / "passwd").write_bytes(b"secret")
    folder = tmp_path / "kept"
    folder.mkdir()
    (folder / "20251123-120000-0a1b2c3d.gz").symlink_to(tmp_path / "passwd")
    one = room(folder)
    assert await one.recordings.content("20251123-120000-0a1b2c3d") is None
    assert not (await one.recordings.delete("20251123-120000-0a1b2c3d", "tess")).accepted
    assert (tmp_path / "passwd").exists()


async def test_a_folder_that_cannot_be_written_is_said_and_breaks_nothing(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("in the way")
    story = TappedStory()
    story.rest(5.0)
    one = room(tmp_path / "kept", story)
    async with running(one):
        assert (await one.recordings.begin(60.0, "tess", "")).code == "recording_failed"
        assert (await one.recordings.keep_last(1.0, "tess", "")).code == "recording_failed"
        with pytest.raises(NotADirectoryError):
            await one.listing()


def test_every_answer_has_words() -> None:
    assert all(words.endswith(".") for words in WORDS.values())
