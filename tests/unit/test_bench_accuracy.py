"""The accuracy bench: what it counts, what it calls missed, and that it runs without anything from outside."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.accuracy import Task, count, main, run, without_facings
from bench.accuracy_limits import broken
from bench.naive_counting import steps
from bench.recordings import write_split
from edge.recordings.format import read_recording
from edge.recordings.scores import Bin, Scores

GOOD = Scores(receipts=100, perfect=99, overcharged=1, final=96, final_perfect=96, right=300, billed=301, taken=301)


def test_it_makes_its_own_visits_and_prints_both_levels(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--visits", "1", "--jobs", "1"]) == 0
    printed = capsys.readouterr().out
    assert "typical gen" in printed
    assert "hard gen" in printed
    assert "naive" in printed


def test_two_processes_find_what_one_finds(tmp_path: Path) -> None:
    tasks = [Task(folder, naive=True) for folder in write_split(tmp_path, "typical", 2, 2)]
    assert run(tasks, 2) == [count(task) for task in tasks]


def test_missing_facings_are_the_same_each_time(tmp_path: Path) -> None:
    recording = read_recording(write_split(tmp_path, "typical", 2, 1)[0])
    less = without_facings(recording, 0.2)
    assert less.shop.facings == without_facings(recording, 0.2).shop.facings
    assert len(less.shop.facings) == len(recording.shop.facings) - round(0.2 * len(recording.shop.facings))
    assert len(less.store.planogram) < len(recording.store.planogram)
    assert without_facings(recording, 0.0).shop == recording.shop


def test_an_empty_folder_is_a_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    assert "no recordings" in capsys.readouterr().err


def test_a_figure_that_is_missed_is_named() -> None:
    assert broken([("typical", "gen", GOOD), ("hard", "real", GOOD)]) == []
    bad = Scores(
        receipts=100,
        perfect=90,
        overcharged=5,
        final=80,
        final_perfect=70,
        right=280,
        billed=300,
        taken=300,
        bins=(*GOOD.bins[:-1], Bin(100, 99.0, 90)),
    )
    words = broken([("typical", "gen", bad)])
    assert [next(name for name in ("perfect 9", "F1", "overch", "prov", "final", "calib") if name in told) for told in words] == [
        "perfect 9",
        "F1",
        "overch",
        "prov",
        "final",
        "calib",
    ]
    assert broken([("another level", "gen", bad)]) == []


def test_without_facings_only_their_own_limit_counts() -> None:
    assert broken([("typical", "gen", Scores(receipts=100, perfect=88)), ("hard", "gen", Scores(receipts=9))], missing=0.05) == []
    assert len(broken([("typical", "gen", Scores(receipts=100, perfect=87))], missing=0.05)) == 1


def test_the_naive_count_sees_a_lasting_step_once_and_follows_drift() -> None:
    times = (np.arange(900) / 60.0 * 1e9).astype(np.int64)
    grams = np.where(np.arange(900) < 300, 0.0, -120.0) + np.arange(900) * 0.01
    [(at_ns, change)] = steps(times, grams)
    assert 4.9e9 < at_ns < 5.6e9
    assert change == pytest.approx(-120.0, abs=1.0)
