"""How many receipts are right: ``python -m bench.accuracy [FOLDER ...] [--ablate] [--missing-facings 0.05] [--limits] [--jobs 2]``.

A FOLDER holds one folder per recording, with truth; its name is the level. Without one, visits of both levels are made (bench.recordings).
Per folder and class (``real-``, ``gen-``): perfect receipts, micro F1 over units, receipts with at least one unit too many, each beside
the naive count; how many are final and how many of those are perfect; the calibration of the lines. Here are the runs and the tables; the
scores are edge.recordings', the naive count is bench.naive_counting.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import numpy as np

from bench.accuracy_limits import broken
from bench.naive_counting import naive_receipts
from bench.recordings import write_split
from edge.recordings.format import Recording, RecordingInvalid, read_recording
from edge.recordings.receipts import ABLATIONS, CountingOptions, receipts
from edge.recordings.scores import EDGES, Scores, score
from edge.recordings.session_receipt import SessionReceipt
from edge.recordings.visits import Truth

CLASSES: Final = ("real", "gen")
OWN_LEVELS: Final = ("typical", "hard")
OWN_SEED: Final = 4101
OWN_VISITS: Final = 40


@dataclass(frozen=True, slots=True)
class Task:
    """One recording to count, and how."""

    folder: Path
    ablation: frozenset[str] = frozenset()
    missing: float = 0.0
    naive: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """What came of a task; ``wrong``: a line of words for every session whose receipt is not perfect."""

    scores: Scores
    naive: Scores
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """The sums of one class of one folder."""

    level: str
    kind: str
    scores: Scores
    naive: Scores


def without_facings(recording: Recording, share: float) -> Recording:
    """The recording with a planogram that lacks ``share`` of its facings (rounded, at random but the same each time)."""
    facings = recording.shop.facings
    source = np.random.default_rng(zlib.crc32(recording.name.encode()))
    gone = set(source.permutation(len(facings))[: round(share * len(facings))].tolist())
    kept = tuple(facing for number, facing in enumerate(facings) if number not in gone)
    return replace(recording, shop=replace(recording.shop, facings=kept))


def count(task: Task) -> Counted:
    """Run one task. Raises RecordingInvalid, or ValueError for a recording without truth."""
    recording = read_recording(task.folder)
    truth = recording.truth
    if truth is None:
        raise ValueError(f"{task.folder} has no truth.json; accuracy needs one")
    if task.missing:
        recording = without_facings(recording, task.missing)
    found = receipts(recording, CountingOptions(ablation=task.ablation))
    naive = score(truth, naive_receipts(recording)) if task.naive else Scores()
    return Counted(score(truth, found), naive, tuple(differences(truth, found)))


def differences(truth: Truth, found: Sequence[SessionReceipt]) -> list[str]:
    """A line for each session that was billed something else than was taken."""
    taken = {receipt.session_id: Counter({line.sku: line.quantity for line in receipt.lines}) for receipt in truth.receipts}
    told = []
    for receipt in found:
        got = Counter({line.sku: line.quantity for line in receipt.lines})
        true = taken.get(receipt.session_id, Counter())
        if got != true:
            words = [f"{got[sku]} for {true[sku]} of {sku}" for sku in sorted({*got, *true}) if got[sku] != true[sku]]
            told.append(f"{receipt.session_id} ({receipt.status}): billed " + ", ".join(words))
    return told


def run(tasks: Sequence[Task], jobs: int) -> list[Counted]:
    """All tasks in their order, on ``jobs`` processes; progress goes to stderr."""
    done: list[Counted] = []

    def tell() -> None:
        if sys.stderr.isatty():
            print(f"\r{len(done)} of {len(tasks)} recordings", end="" if len(done) < len(tasks) else "\n", file=sys.stderr, flush=True)

    if jobs == 1:
        for task in tasks:
            done.append(count(task))
            tell()
        return done
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for counted in pool.map(count, tasks):
            done.append(counted)
            tell()
    return done


def rows_of(folders: Sequence[Path], tasks: Sequence[Task], counted: Sequence[Counted]) -> list[Row]:
    """Sums per folder and class, in that order; classes without a recording are left out."""
    rows = []
    for folder in folders:
        for kind in CLASSES:
            mine = [one for task, one in zip(tasks, counted, strict=True) if task.folder.parent == folder and _kind(task.folder) == kind]
            if mine:
                rows.append(Row(folder.name, kind, _sum([one.scores for one in mine]), _sum([one.naive for one in mine])))
    return rows


def table(rows: Sequence[Row]) -> list[str]:
    """The main table: perfect / micro F1 / overcharged in percent, the naive ones beside; then what is final, and the calibration."""
    told = [f"{'':<14}{'receipts':>9}   {'perf / F1 / over':>18}   {'naive':>14}   {'final':>6} {'of them perfect':>16}   {'ECE':>6}"]
    for row in rows:
        scores = row.scores
        told.append(
            f"{row.level + ' ' + row.kind:<14}{scores.receipts:>9}   {three(scores):>18}   {three(row.naive):>14}   "
            f"{percent(scores.final, scores.receipts):>4.0f} % {percent(scores.final_perfect, scores.final):>14.1f} %   "
            f"{scores.expected_calibration_error:>6.3f}"
        )
    return told


def reliability(rows: Sequence[Row]) -> list[str]:
    """Per level: of lines with a probability within a bin, how many there are, what was promised on average and what was right."""
    told = []
    for level in dict.fromkeys(row.level for row in rows):
        bins = _sum([row.scores for row in rows if row.level == level]).bins
        told.append(f"lines of {level}: probability -> share right (lines)")
        told.append(
            "  "
            + "   ".join(
                f"{low:g}-{high:g}: {one.promised / one.lines:.3f} -> {one.right / one.lines:.3f} ({one.lines})"
                for low, high, one in zip(EDGES, EDGES[1:], bins, strict=False)
                if one.lines
            )
        )
    return told


def three(scores: Scores) -> str:
    """Perfect / micro F1 / overcharged in percent."""
    return (
        f"{percent(scores.perfect, scores.receipts):.0f} / {100.0 * scores.f1:.1f} / {percent(scores.overcharged, scores.receipts):.0f}"
        if scores.receipts
        else ""
    )


def percent(part: int, whole: int) -> float:
    """100 of nothing is 100: nothing was wrong."""
    return 100.0 * part / whole if whole else 100.0


def measure(folders: Sequence[Path], options: argparse.Namespace) -> int:
    """Run and print everything that was asked for; the exit code."""
    began = time.perf_counter()
    tasks = [
        Task(recording, frozenset(), options.missing_facings, naive=True)
        for folder in folders
        for recording in sorted(path.parent for path in folder.glob("*/store.json") if path.parent.name.startswith(options.only))[
            : options.first
        ]
    ]
    if not tasks:
        print("bench.accuracy: no recordings there; name folders that hold folders of recordings", file=sys.stderr)
        return 2
    counted = run(tasks, options.jobs)
    rows = rows_of(folders, tasks, counted)
    if options.missing_facings:
        print(f"{options.missing_facings:.0%} of the facings are missing from the planogram")
    print("\n".join((*table(rows), *reliability(rows))))
    if options.show:
        print("\n".join(words for one in counted for words in one.wrong))
    print(f"{sum(row.scores.receipts for row in rows)} receipts in {time.perf_counter() - began:.0f} s", file=sys.stderr)
    if options.ablate:
        _ablate(folders, tasks, rows, options.jobs)
    misses = broken([(row.level, row.kind, row.scores) for row in rows], missing=options.missing_facings) if options.limits else []
    for words in misses:
        print(f"NOT MET: {words}")
    return 1 if misses else 0


def _ablate(folders: Sequence[Path], tasks: Sequence[Task], full: Sequence[Row], jobs: int) -> None:
    print(f"{'without':<20}" + "".join(f"{row.level + ' ' + row.kind:>20}" for row in full))
    print(f"{'(full)':<20}" + "".join(f"{three(row.scores):>20}" for row in full), flush=True)
    for name in ABLATIONS:
        less = [replace(task, ablation=frozenset({name}), naive=False) for task in tasks]
        rows = rows_of(folders, less, run(less, jobs))
        print(f"{name.replace('_', ' '):<20}" + "".join(f"{three(row.scores):>20}" for row in rows), flush=True)


def _kind(folder: Path) -> str:
    return "real" if folder.name.startswith("real-") else "gen"


def _sum(scores: Sequence[Scores]) -> Scores:
    return sum(scores, Scores())


def main(arguments: list[str] | None = None) -> int:
    """Exit code 1 when ``--limits`` asks and a figure is missed, 2 when there is nothing to read."""
    parser = argparse.ArgumentParser(prog="bench.accuracy", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, help="folders of recordings; without any, visits are made")
    parser.add_argument("--first", type=int, default=None, help="only the first N recordings of each folder")
    parser.add_argument("--only", default="", help="only recordings whose name begins like this")
    parser.add_argument("--missing-facings", type=float, default=0.0, help="share of facings taken out of the planogram before counting")
    parser.add_argument("--ablate", action="store_true", help="count again without one part of the belief at a time")
    parser.add_argument("--limits", action="store_true", help="exit code 1 when a figure that must be reached is missed")
    parser.add_argument("--jobs", type=int, default=2, choices=range(1, 3), help="processes")
    parser.add_argument("--show", action="store_true", help="print every receipt that is wrong")
    parser.add_argument("--visits", type=int, default=OWN_VISITS, help=f"made per level when no folder is given (default {OWN_VISITS})")
    parser.add_argument("--seed", type=int, default=OWN_SEED, help="of those")
    options = parser.parse_args(arguments)
    try:
        if options.folders:
            return measure(options.folders, options)
        with tempfile.TemporaryDirectory() as name:
            for level in OWN_LEVELS:
                write_split(Path(name) / level, level, options.seed, options.visits)
            return measure([Path(name) / level for level in OWN_LEVELS], options)
    except (RecordingInvalid, ValueError, OSError) as error:
        print(f"bench.accuracy: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
