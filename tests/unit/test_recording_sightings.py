"""What an eye saw in a recording: read with care, weighed in as a store does."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge.recordings.format import RecordedFacing, Recording, RecordingInvalid, read_recording, write_recording
from edge.recordings.receipts import CountingOptions, receipts
from edge.recordings.session_receipt import SessionReceipt
from edge.store.model import Product
from tests.recorded import T0_NS, Move, recording, session, take
from vision.facts import ItemSeen
from vision.wire import MAX_LINE

KOLA = Product("kola", "Kola", 110, 0, 345.0, 2.0)


def saw(at_s: float, plate: str, logs: dict[str, float], *, other: float = -8.0, said_after_s: float = 1.0, reach: int = 1) -> ItemSeen:
    """A hand at ``plate`` around ``at_s``; seconds since the first sample."""
    start, end = (T0_NS + round((at_s + offset) * 1e9) for offset in (-0.4, 0.4))
    return ItemSeen(
        at_ns=end + round(said_after_s * 1e9),
        camera="front",
        reach=reach,
        plates=(plate,),
        start_ns=start,
        end_ns=end,
        direction="taken",
        log_likelihoods=tuple(logs.items()),
        log_other=other,
        views=3,
    )


def twins(moves: list[Move], sightings: list[ItemSeen], *, sessions: list[tuple[str, float, float]] | None = None) -> Recording:
    """Cola and kola weigh the same and stand on one plate."""
    made = recording(moves, [session(*one) for one in sessions or [("a", 1.0, 6.0)]], seconds=20.0)
    shop = replace(made.shop, products=(*made.shop.products, KOLA), facings=(*made.shop.facings, RecordedFacing("kola", ("s1/p3",), 8)))
    return replace(made, shop=shop, sightings=tuple(sightings))


def billed(found: list[SessionReceipt]) -> dict[str, dict[str, int]]:
    return {one.session_id: {line.sku: line.quantity for line in one.lines} for one in found}


@pytest.mark.parametrize(("seen", "unseen"), [("cola", "kola"), ("kola", "cola")])
@pytest.mark.parametrize("said_after_s", [0.0, 1.0, 4.5])
def test_sight_tells_apart_what_weighs_the_same_however_late_it_is_said(seen: str, unseen: str, said_after_s: float) -> None:
    made = twins([take(3.0, "s1/p3")], [saw(3.0, "s1/p3", {seen: 0.0, unseen: -6.0}, said_after_s=said_after_s)])
    (found,) = receipts(made)
    assert billed([found]) == {"a": {seen: 1}}
    assert found.lines[0].probability > 0.95
    assert found.status == "final"


def test_without_sight_weight_alone_counts_as_it_does_without_a_camera() -> None:
    moves = [take(3.0, "s1/p3"), take(4.5, "s1/p1")]
    seen = twins(moves, [saw(3.0, "s1/p3", {"kola": 0.0, "cola": -6.0})])
    blind = CountingOptions(sight=False)
    assert receipts(seen, blind) == receipts(replace(seen, sightings=()))
    assert receipts(seen, blind) != receipts(seen)


def test_a_sighting_of_one_visit_says_nothing_of_the_next() -> None:
    made = twins(
        [take(3.0, "s1/p3"), take(12.0, "s1/p3")],
        [saw(3.0, "s1/p3", {"cola": 0.0, "kola": -6.0}), saw(12.0, "s1/p3", {"kola": 0.0, "cola": -6.0}, reach=2)],
        sessions=[("a", 1.0, 6.0), ("b", 10.0, 15.0)],
    )
    assert billed(receipts(made)) == {"a": {"cola": 1}, "b": {"kola": 1}}


def test_what_is_seen_where_nothing_moved_bills_nothing() -> None:
    made = twins([take(3.0, "s1/p1")], [saw(4.5, "s1/p4", {"bar": 0.0, "tea": -6.0})])
    assert billed(receipts(made)) == {"a": {"tea": 1}}


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    made = twins([take(3.0, "s1/p3")], [saw(3.0, "s1/p3", {"cola": 0.0, "kola": -6.0}), saw(5.0, "s1/p1", {}, reach=2)])
    write_recording(tmp_path / "made", made)
    assert read_recording(tmp_path / "made").sightings == made.sightings
    write_recording(tmp_path / "blind", replace(made, sightings=()))
    assert not (tmp_path / "blind" / "sightings.jsonl").exists()


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda one: one.update(plates=["s7/p7"]), "not among the plates"),
        (lambda one: one.update(plates=[]), "no plate"),
        (lambda one: one.update(camera="front\x1b[2J"), "printable"),
        (lambda one: one.update(camera="c" * 201), "at most 200"),
        (lambda one: one.update(start_ns=one["end_ns"] + 1), "the end after the start"),
        (lambda one: one.update(start_ns=5, end_ns=9), "by the same clock"),
        (lambda one: one.update(end_ns=one["start_ns"] + 10**13), "give nanoseconds"),
        (lambda one: one.update(log_other=float("nan")), "finite"),
        (lambda one: one.update(log_likelihoods=[["cola", float("inf")]]), "finite"),
        (lambda one: one.update(log_likelihoods=[["cola", 0.0], ["cola", -1.0]]), "twice"),
        (lambda one: one.update(kind="camera_found"), "item_seen"),
        (lambda one: one.update(direction="stolen"), "item_seen"),
        (lambda one: one.pop("camera"), "item_seen"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, change: Change, words: str) -> None:
    write_recording(tmp_path / "made", twins([], [saw(3.0, "s1/p3", {"cola": 0.0}), saw(4.0, "s1/p3", {"cola": 0.0})]))
    file = tmp_path / "made" / "sightings.jsonl"
    first, second = file.read_text().splitlines()
    row = json.loads(second)
    change(row)
    file.write_text(f"{first}\n{json.dumps(row)}\n")
    with pytest.raises(RecordingInvalid, match=f"sightings.jsonl: line 2: .*{words}"):
        read_recording(tmp_path / "made")


@pytest.mark.parametrize("content", [b"\n", b"\x00\xff\n", b"[" * 50_000, b"{}", b'"' + b"x" * (MAX_LINE + 9) + b'"', b"null\n"])
def test_hostile_files_are_refused(tmp_path: Path, content: bytes) -> None:
    write_recording(tmp_path / "made", twins([], []))
    (tmp_path / "made" / "sightings.jsonl").write_bytes(content)
    with pytest.raises(RecordingInvalid, match="line 1"):
        read_recording(tmp_path / "made")


def test_a_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    write_recording(tmp_path / "made", twins([], []))
    (tmp_path / "made" / "sightings.jsonl").mkdir()
    with pytest.raises(RecordingInvalid, match="is no file"):
        read_recording(tmp_path / "made")
