"""Recording a store: what is heard, what it becomes on one grid of times, and what cannot be recorded."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.cli.__main__ import main
from edge.recordings.fields import RecordingInvalid
from edge.recordings.format import read_recording, write_recording
from edge.recordings.live import Capture, NoRecording, lines
from edge.runtime.clock import ClockReading
from edge.runtime.sample_tap import MOST_SIGHTINGS, MOST_WAITING, ROWS_PER_LINE, SampleTap, shop_for_recording
from edge.session.state import Idle, StoreState
from tests.unit.visit_story import Story
from tests.web.shown_store import ShownStore, served
from tests.web.signed_in import machine
from vision.facts import ItemSeen
from vision.wire import fact_of

S = 1_000_000_000
HEAD: dict[str, Any] = {
    "columns": ["A", "B", "C"],
    "wall_ns": 1_700_000_000 * S,
    "monotonic_ns": 100 * S,
    "under_way": False,
    "plates": [{"id": "A", "neighbours": ["B"]}, {"id": "B", "neighbours": ["A", "C"]}, {"id": "C", "neighbours": []}],
    "products": [{"sku": "tea", "name": "Tea", "unit_weight_g": 500.0, "weight_sd_g": 5.0, "price_minor": 120}],
    "planogram": [{"plate": "A", "sku": "tea", "count": 4}, {"plate": "C", "sku": "tea", "count": 4}],
    "stock": [
        {"plate": "A", "sku": "tea", "units": 3},
        {"plate": "C", "sku": "tea", "units": 4},
        {"plate": "B", "sku": "gone", "units": 1},
    ],
}


def begun() -> Capture:
    capture = Capture()
    capture.begin(HEAD)
    return capture


def test_samples_of_all_paces_come_to_one_grid(tmp_path: Path) -> None:
    capture = begun()
    capture.hear({"samples": [[0, 100 * S + i * S // 10, 1000.0 + i] for i in range(21)]})  # 10 a second, rising by 10 g a second
    capture.hear({"samples": [[1, 100 * S + i * S // 80, 500.0] for i in range(40, 121)]})  # 80 a second, from 0.5 s to 1.5 s
    capture.hear({"visit": {"visit": "v1", "role": "shopper", "start_ns": 100 * S + 1, "end_ns": 101 * S}})
    capture.hear({"visit": {"visit": "v2", "role": "restocker", "start_ns": 101 * S + 1, "end_ns": 102 * S}})
    capture.hear({})
    made = capture.recording("one", 60.0)
    assert [place.plate for place in made.shop.places] == ["A", "B"]
    assert capture.silent() == ("C",)
    assert made.times_ns[0] == 1_700_000_000 * S
    assert len(made.times_ns) == 121
    assert np.allclose(made.grams[:, 0], 1000.0 + np.arange(121) / 6.0, atol=1e-3)
    assert np.allclose(made.grams[:, 1], 500.0)
    assert [(one.session_id, one.staff, one.start_ns - made.times_ns[0]) for one in made.sessions] == [
        ("v1", False, 1),
        ("v2", True, S + 1),
    ]
    assert made.shop.places[1].neighbours == ("A",)
    assert [facing.plates for facing in made.shop.facings] == [("A",)]
    write_recording(tmp_path / "one", made)
    again = read_recording(tmp_path / "one")
    assert (again.shop, again.sessions) == (made.shop, made.sessions)
    assert again.shop.stock is not None
    assert [(one.plate, one.units) for one in again.shop.stock] == [("A", 3)]


def test_what_is_no_weight_or_no_news_is_dropped() -> None:
    capture = begun()
    capture.hear({"samples": [[0, 100 * S, 1.0], [0, 100 * S, 2.0], [0, 99 * S, 2.0], [0, 101 * S, float("nan")], [0, 102 * S, 3.0]]})
    assert (capture.samples, list(capture.grams[0])) == (2, [1.0, 3.0])


def test_a_visit_that_began_before_the_first_sample_is_left_out() -> None:
    capture = begun()
    capture.hear({"visit": {"visit": "v0", "role": "shopper", "start_ns": 90 * S, "end_ns": 99 * S}})
    capture.hear({"samples": [[0, 100 * S, 1.0], [0, 110 * S, 1.0]]})
    capture.hear({"visit": {"visit": "v1", "role": "shopper", "start_ns": 99 * S, "end_ns": 101 * S}})
    assert capture.recording("one", 60.0).sessions == ()
    assert capture.gaps() == (("A", 10.0),)


@pytest.mark.parametrize("line", [{"samples": [[7, 1, 1.0]]}, {"samples": 3}, {"samples": [[0, "x", 1.0]]}, {"visit": {}}, {"visit": 7}])
def test_another_language_is_no_recording(line: dict[str, Any]) -> None:
    capture = begun()
    capture.hear({"samples": [[0, 1, 1.0]]})
    with pytest.raises(NoRecording, match="cannot be understood"):
        capture.hear(line)


def test_lost_samples_and_missing_ones_are_no_recording() -> None:
    with pytest.raises(NoRecording, match="samples were lost"):
        begun().hear({"overrun": True})
    with pytest.raises(NoRecording, match="no plate gave a sample"):
        begun().recording("one", 60.0)


@pytest.mark.parametrize("wrong", [{}, {"columns": 3}, HEAD | {"products": []}, HEAD | {"plates": []}, HEAD | {"wall_ns": "now"}])
def test_a_shop_that_is_none_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(RecordingInvalid):
        Capture().begin(wrong)


@dataclass
class Listening:
    """A tap with one listener that fetches when told."""

    tap: SampleTap = field(default_factory=lambda: SampleTap(["A", "B"]))

    async def fetched(self, doing: Callable[[], None]) -> list[Mapping[str, Any]]:
        """What one listener is sent: the head, and everything of one round."""
        found: list[Mapping[str, Any]] = []
        source = self.tap.listen(lambda: {"shop": 1})
        found.append(await anext(source))
        doing()
        async for line in source:
            found.append(line)
            if "samples" not in line and "visit" not in line:
                break
        await source.aclose()
        return found


async def test_nothing_is_kept_while_nobody_listens() -> None:
    one = Listening()
    one.tap.take("A", 1, 1.0)
    assert await one.fetched(lambda: one.tap.take("B", 2, 2.5)) == [{"columns": ["A", "B"], "shop": 1}, {"samples": [(1, 2, 2.5)]}, {}]
    one.tap.take("A", 3, 1.0)
    assert (await one.fetched(lambda: None))[1:] == [{}]


async def test_much_comes_in_several_lines() -> None:
    one = Listening()

    def many() -> None:
        for at_ns in range(2 * ROWS_PER_LINE + 1):
            one.tap.take("A", at_ns, 0.0)

    assert [len(line["samples"]) for line in await one.fetched(many) if "samples" in line] == [ROWS_PER_LINE, ROWS_PER_LINE, 1]


async def test_a_listener_that_falls_behind_is_told_and_let_go() -> None:
    one = Listening()

    def flood() -> None:
        for at_ns in range(MOST_WAITING + 1):
            one.tap.take("A", at_ns, 0.0)

    source = one.tap.listen(dict)
    await anext(source)
    flood()
    rest = [line async for line in source]
    assert sum(len(line.get("samples", ())) for line in rest) == MOST_WAITING
    assert rest[-1] == {"overrun": True}


def test_the_shop_is_told_as_the_next_visit_would_find_it() -> None:
    story = Story()
    told = shop_for_recording(story.state, ClockReading(5, 1000, "boot", "ntp"))
    assert story.state.store is not None
    assert [one["id"] for one in told["plates"]] == [plate.plate for plate in story.state.store.plates]
    assert len(told["stock"]) == len(story.state.stock.shelved)
    assert (told["wall_ns"], told["monotonic_ns"], told["under_way"]) == (1000, 5, False)
    assert isinstance(story.state.phase, Idle)
    empty: StoreState = replace(story.state, store=None)
    assert shop_for_recording(empty, ClockReading(5, 1000, "boot", "ntp"))["plates"] == []


class Chatty(ShownStore):
    """Sends what it is given, then stays."""

    said: tuple[Mapping[str, Any], ...] = ()

    async def samples(self) -> AsyncGenerator[Mapping[str, Any]]:
        for line in self.said:
            yield line
        while True:
            await asyncio.sleep(0.01)
            yield {}


async def test_what_the_store_sends_is_heard_and_places_are_few_and_given_back() -> None:
    store = Chatty()
    store.said = (HEAD, {"samples": [[0, 100 * S, 1.0]]})

    def heard(url: str) -> list[Mapping[str, Any]]:
        source = lines(url, machine(url))
        found = [next(source) for _ in range(3)]
        source.close()
        return found

    def crowded(url: str) -> str:
        first, second = lines(url, machine(url)), lines(url, machine(url))
        next(first)
        next(second)
        try:
            next(lines(url, machine(url)))
        except NoRecording as error:
            return str(error)
        finally:
            first.close()
            second.close()
        return ""

    async with served(store) as url:
        assert (await asyncio.to_thread(heard, url))[:2] == [HEAD, {"samples": [[0, 100 * S, 1.0]]}]
        assert "No more recordings at the same time" in await asyncio.to_thread(crowded, url)
        async with asyncio.timeout(10.0):
            while True:  # places come back as soon as the server sees that the line is gone
                try:
                    assert (await asyncio.to_thread(heard, url))[0] == HEAD
                    break
                except NoRecording:
                    await asyncio.sleep(0.02)


async def test_the_shops_end_is_the_streams_end() -> None:
    store = Chatty()
    store.said = (HEAD,)
    started = asyncio.Event()
    loop = asyncio.get_running_loop()

    def until_the_end(url: str) -> int:
        count = 0
        for _ in lines(url, machine(url)):
            count += 1
            loop.call_soon_threadsafe(started.set)
        return count

    async with served(store) as url:
        listening = asyncio.create_task(asyncio.to_thread(until_the_end, url))
        await started.wait()
    async with asyncio.timeout(10.0):
        (count,) = await asyncio.gather(listening, return_exceptions=True)
    assert isinstance(count, int | NoRecording)  # ended, or cut in the middle of a line


def test_no_store_no_recording(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert main(["record", "--out", str(tmp_path / "one"), "--url", f"http://127.0.0.1:{port}"]) == 2
    assert "is the store running" in capsys.readouterr().err
    assert main(["record", "--out", str(tmp_path / "one"), "--url", "ftp://somewhere"]) == 2
    assert "is no address of a store" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_is_refused_before_anything_is_recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine").write_text("x")
    assert main(["record", "--out", str(tmp_path)]) == 2
    assert "name another one" in capsys.readouterr().err
    assert main(["record", "--out", str(tmp_path / "new"), "--hz", "0"]) == 2
    assert main(["record", "--out", str(tmp_path / "new"), "--seconds", "-1"]) == 2


SEEN = {
    "at_ns": 102 * S, "camera": "front", "reach": 1, "plates": ["A", "C"], "start_ns": 101 * S, "end_ns": 101 * S + 5, "direction": "taken",
    "log_likelihoods": [["tea", 0.0]], "log_other": -3.0, "units": 1, "barcode": None, "views": 2, "evidence": "", "kind": "item_seen",
}  # fmt: skip


def test_what_a_camera_saw_is_recorded_by_the_recordings_clock(tmp_path: Path) -> None:
    capture = begun()
    capture.hear({"seen": SEEN})  # before the first sample: of no use
    capture.hear({"samples": [[0, 100 * S + i * S // 10, 1000.0] for i in range(21)]})
    capture.hear({"seen": SEEN})
    capture.hear({"seen": SEEN | {"plates": ["C"], "reach": 2}})  # a plate that is never heard
    capture.hear({"seen": SEEN | {"end_ns": 109 * S, "reach": 3}})  # not over when the recording ends
    made = capture.recording("one", 60.0)
    (seen,) = made.sightings
    assert (seen.plates, seen.start_ns - made.times_ns[0], seen.log_likelihoods) == (("A",), S, (("tea", 0.0),))
    write_recording(tmp_path / "one", made)
    assert read_recording(tmp_path / "one").sightings == made.sightings


@pytest.mark.parametrize("row", [None, 7, {}, SEEN | {"kind": "eye_lost", "reason": "x"}, SEEN | {"plates": 5}])
def test_a_store_that_says_nonsense_of_its_cameras_is_not_recorded(row: object) -> None:
    capture = begun()
    capture.hear({"samples": [[0, 100 * S, 1000.0]]})
    with pytest.raises(NoRecording, match="cannot be understood"):
        capture.hear({"seen": row})


async def test_a_listener_hears_what_a_camera_saw_and_one_that_does_not_fetch_it_is_let_go() -> None:
    sighting = fact_of(json.dumps(SEEN).encode())
    assert isinstance(sighting, ItemSeen)
    tap = SampleTap(["A", "B", "C"])
    tap.saw(sighting)  # nobody listens
    heard = tap.listen(dict)
    assert await anext(heard) == {"columns": ["A", "B", "C"]}
    tap.saw(sighting)
    line = json.loads(json.dumps(await anext(heard)))
    assert line == {"seen": SEEN}
    for _ in range(MOST_SIGHTINGS + 1):
        tap.saw(sighting)
    assert [line async for line in heard] == [{"overrun": True}]
