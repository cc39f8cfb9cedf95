"""Filmed visits: drawn as the truth says, seen where it says, counted beside weight alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.eye_accuracy import Counted, Seen, Task, count, paired, report, seen_of, within
from bench.filmed_recordings import made_from, shelves_of
from bench.filmed_visits import cameras_of, looks_of, sightings_of
from bench.recordings import write_visit
from bench.shop_physics import LEVELS
from bench.shop_shelves import made_up
from edge.recordings.format import read_recording
from edge.recordings.scores import Scores
from edge.recordings.sightings import read_sightings, sightings_lines
from tests.recorded import T0_NS, recording, session, take, truth

CALM = replace(LEVELS["typical"], lean=0.0, empty_touch=0.0, brush=0.0, slow_lift=0.0)


def test_a_sku_looks_the_same_on_every_shelf_and_makers_have_kinds() -> None:
    shelves = [made_up(np.random.default_rng(seed)) for seed in (1, 2)]
    one, other = (looks_of(one, 3) for one in shelves)
    firsts = [shelves[0].items[0].sku, shelves[1].items[0].sku]
    assert one[firsts[0]] == other[firsts[1]]
    families = [look.family for look in one.values()]
    assert 0 < len(families) - len(set(families)) < len(families) / 2


def test_what_moves_is_seen_where_and_when_it_moves(tmp_path: Path) -> None:
    source = np.random.default_rng([11, 3])
    made = write_visit(tmp_path / "visit", source, made_up(source, shelves=2, per_shelf=6), CALM)
    told = read_recording(tmp_path / "visit")
    assert told.truth is not None
    said = within(sightings_of(made, cameras_of(made, looks_of(made.shelves, 1)), None), made.zero_ns, made.seconds)
    (tmp_path / "visit" / "sightings.jsonl").write_bytes(sightings_lines(said))
    kept = read_recording(tmp_path / "visit")
    assert list(kept.sightings) == said
    seen = seen_of(kept)
    assert seen.movements == len(told.truth.events)
    assert seen.seen >= 0.8 * seen.movements
    assert seen.named == 0  # nothing was enrolled


def test_a_recording_with_its_truth_can_be_filmed(tmp_path: Path) -> None:
    moves = [take(3.0, "s1/p1"), take(6.0, "s1/p3", 2)]
    told = recording(moves, [session("a", 1.0, 9.0)], seconds=10.0, known=truth(a={"tea": 1, "cola": 2}))
    with pytest.raises(ValueError, match="truth"):
        made_from(replace(told, truth=None), CALM, np.random.default_rng(1))
    made = made_from(told, CALM, np.random.default_rng(1))
    assert len(made.standing) == sum(count for _, _, count in shelves_of(told).facings)
    assert made.hands == ()  # no event is told, only the receipts
    assert made.zero_ns == T0_NS
    assert cameras_of(made, looks_of(made.shelves, 1)) == []


def test_counted_with_an_eye_that_recognises_nothing_a_calm_visit_is_as_right_as_by_weight(tmp_path: Path) -> None:
    source = np.random.default_rng([12, 3])
    write_visit(tmp_path / "gen", source, made_up(source, shelves=2, per_shelf=6), CALM)
    found = count(Task(tmp_path / "gen", "typical", 5, 0, "", keep=tmp_path / "kept"))
    assert (found.weight.perfect, found.eye.perfect) == (1, 1)
    assert (found.better, found.worse) == ((), ())
    assert read_sightings(
        tmp_path / "kept" / "gen" / "sightings.jsonl", -(2**62), 2**62, {f"g1/s{s}/p{p}" for s in (1, 2) for p in range(1, 7)}
    )
    words = "\n".join(report("hard", [found, Counted(Scores(), Scores(), Seen(), (), (), 1.0)]))
    assert "gain +0.0 points" in words


def test_what_was_filmed_once_is_counted_again_without_filming(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = np.random.default_rng([12, 3])
    write_visit(tmp_path / "gen", source, made_up(source, shelves=2, per_shelf=6), CALM)
    task = Task(tmp_path / "gen", "typical", 5, 0, "", keep=tmp_path / "kept", reuse=True)
    first = count(task)
    monkeypatch.setattr("bench.eye_accuracy.filmed", lambda task, made: pytest.fail("it was filmed again"))
    again = count(task)
    assert (again.eye, again.weight, again.seen) == (first.eye, first.weight, first.seen)
    with pytest.raises(ValueError, match="give another --keep folder"):
        count(replace(task, seed=6))


@pytest.mark.parametrize(("gained", "lost", "chance"), [(0, 0, "1"), (6, 0, "0.031"), (5, 1, "0.22"), (1, 1, "1")])
def test_gained_and_lost_receipts_are_held_against_chance(gained: int, lost: int, chance: str) -> None:
    assert paired(gained, lost) == f"{gained} put right and {lost} put wrong (by chance p = {chance})"
