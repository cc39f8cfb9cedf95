"""What an eye is worth: ``python -m bench.eye_accuracy [FOLDER ...] [--visits 20] [--level hard] [--seed 7001] [--jobs 2]``.

A FOLDER holds one folder per recording, with truth (bench.filmed_recordings); without one, visits are made (bench.recordings). They are
drawn as cameras would film them (bench.filmed_visits) and looked at by the eye's own watcher and recogniser; then the same recordings are
counted twice, with what the eye said and by weight alone. Every product is enrolled from five drawn photographs and from being taken and
put back once at a camera; a quarter of the products looks like another one of its maker. Beside the receipts: how many movements were seen
at all, and how often the product that was taken is the likeliest by sight alone.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import numpy as np

from bench.accuracy import differences, percent, three, without_facings
from bench.filmed_recordings import folders_below, made_from
from bench.filmed_visits import Enroller, cameras_of, looks_of, sightings_of
from bench.recordings import MadeVisit, write_visit
from bench.shop_physics import LEVELS
from bench.shop_shelves import made_up, read_shelves
from edge.recordings.format import Recording, read_recording
from edge.recordings.receipts import CountingOptions, receipts
from edge.recordings.scores import Scores, score
from edge.recordings.sightings import read_sightings, sightings_lines
from models.store import ModelStore
from vision.backends.embedder import OnnxEmbedder
from vision.enrolment.first_gallery import first_gallery
from vision.facts import ItemSeen
from vision.recogniser import Recogniser

OWN_SEED: Final = 7001
OWN_VISITS: Final = 20
AROUND_NS: Final = 1_500_000_000  # ns; a sighting that far from a movement is not of it
MUST_GAIN: Final = 5.0  # points of perfect receipts at hard


@dataclass(frozen=True, slots=True)
class Task:
    """One visit. ``model`` "": nothing is recognised, only that something happened is seen. ``store``: whose shelves, else made up;
    ``keep``: where what was seen is kept, and with ``reuse`` taken from; ``missing``: share of facings the planogram lacks."""

    folder: Path
    level: str
    seed: int
    number: int
    model: str
    store: Path | None = None
    keep: Path | None = None
    missing: float = 0.0
    reuse: bool = False

    @property
    def kept(self) -> Path | None:
        """The folder of what was seen."""
        return None if self.keep is None else self.keep / self.folder.name


@dataclass(frozen=True, slots=True)
class Seen:
    """Of the movements of goods: how many there were, were seen, were named right by sight alone; and reaches of which none was."""

    movements: int = 0
    seen: int = 0
    named: int = 0
    reaches: int = 0
    idle_reaches: int = 0

    def __add__(self, other: Seen) -> Seen:
        return Seen(
            self.movements + other.movements,
            self.seen + other.seen,
            self.named + other.named,
            self.reaches + other.reaches,
            self.idle_reaches + other.idle_reaches,
        )


@dataclass(frozen=True, slots=True)
class Counted:
    """What came of a visit. ``better`` and ``worse``: words for receipts that the eye put right or wrong."""

    eye: Scores
    weight: Scores
    seen: Seen
    better: tuple[str, ...]
    worse: tuple[str, ...]
    seconds: float


@lru_cache(maxsize=1)
def enroller(model: str) -> Enroller:
    """The model and what it has learned so far in this process."""
    verified = ModelStore(None).read(model)
    return Enroller(OnnxEmbedder(verified), first_gallery(verified))


def count(task: Task) -> Counted:
    """Make, film, look, count twice."""
    began = time.perf_counter()
    source = np.random.default_rng([task.seed, sorted(LEVELS).index(task.level), task.number])
    given = task.folder.exists()
    if given:
        made = made_from(read_recording(task.folder), LEVELS[task.level], source)
    else:
        choices = None if task.store is None else read_shelves(task.store)
        shelves = made_up(source) if choices is None else choices[int(source.integers(len(choices)))]
        made = write_visit(task.folder, source, shelves, LEVELS[task.level], missing=task.missing)
    told = read_recording(task.folder)
    told = without_facings(told, task.missing) if given else told
    said = kept_of(task, told) if task.reuse else None
    recording = replace(told, sightings=tuple(filmed(task, made)) if said is None else said)
    if task.kept is not None and said is None:
        task.kept.mkdir(parents=True, exist_ok=True)
        (task.kept / "sightings.jsonl").write_bytes(sightings_lines(recording.sightings))
        (task.kept / "filmed.json").write_text(json.dumps(film_of(task)), encoding="utf-8")
    truth = recording.truth
    if truth is None:
        raise ValueError(f"{task.folder} has no truth.json; accuracy needs one")
    blind, sighted = receipts(recording, CountingOptions(sight=False)), receipts(recording)
    wrong, still_wrong = set(differences(truth, blind)), set(differences(truth, sighted))
    return Counted(
        score(truth, sighted),
        score(truth, blind),
        seen_of(recording),
        tuple(sorted(wrong)) if wrong and not still_wrong else (),
        tuple(sorted(still_wrong)) if still_wrong and not wrong else (),
        time.perf_counter() - began,
    )


def filmed(task: Task, made: MadeVisit) -> list[ItemSeen]:
    """What the eye says of the visit."""
    looks = looks_of(made.shelves, task.seed)
    recogniser = None
    if task.model:
        known = enroller(task.model)
        recogniser = Recogniser(known.embedder, known.gallery(looks, seed=task.seed))
    return within(sightings_of(made, cameras_of(made, looks, seed=task.number), recogniser), made.zero_ns, made.seconds)


def film_of(task: Task) -> dict[str, object]:
    """What a film depends on besides the code; the planogram is not in it."""
    return {"level": task.level, "seed": task.seed, "number": task.number, "model": task.model, "store": str(task.store or "")}


def kept_of(task: Task, recording: Recording) -> tuple[ItemSeen, ...] | None:
    """What is kept of this very film, None where nothing is. ValueError where another one is kept under its name."""
    if task.kept is None or not (task.kept / "filmed.json").exists():
        return None
    found = json.loads((task.kept / "filmed.json").read_text(encoding="utf-8"))
    if found != film_of(task):
        raise ValueError(f"{task.kept} keeps a film of {found}, this one is of {film_of(task)}; give another --keep folder")
    first_ns, last_ns = int(recording.times_ns[0]), int(recording.times_ns[-1])
    return read_sightings(task.kept / "sightings.jsonl", first_ns, last_ns, {place.plate for place in recording.shop.places})


def within(said: Sequence[ItemSeen], zero_ns: int, seconds: float) -> list[ItemSeen]:
    """The sightings that a recording of that length can hold."""
    return [one for one in said if one.end_ns <= zero_ns + round(seconds * 1e9)]


def seen_of(recording: Recording) -> Seen:
    """Compare the sightings with the movements that there really were."""
    movements = seen = named = 0
    used: set[int] = set()
    for event in recording.truth.events if recording.truth is not None else ():
        movements += 1
        near = [
            (place, one)
            for place, one in enumerate(recording.sightings)
            if set(one.plates) & set(event.plates) and one.start_ns - AROUND_NS <= event.at_ns <= one.end_ns + AROUND_NS
        ]
        used.update(place for place, _ in near)
        seen += bool(near)
        named += any(one.log_likelihoods and max(one.log_likelihoods, key=lambda row: row[1])[0] == event.sku for _, one in near)
    return Seen(movements, seen, named, len(recording.sightings), len(recording.sightings) - len(used))


def report(level: str, counted: Sequence[Counted]) -> list[str]:
    """The table of one level."""
    eye = sum((one.eye for one in counted), Scores())
    weight = sum((one.weight for one in counted), Scores())
    seen = sum((one.seen for one in counted), Seen())
    gained, lost = (sum(len(words) for words in rows) for rows in zip(*((one.better, one.worse) for one in counted), strict=True))
    return [
        f"{level}, {eye.receipts} receipts      perfect / F1 / overcharged   final, of them perfect    ECE",
        *(
            f"  {name:<18} {three(scores):>32}   {percent(scores.final, scores.receipts):>4.0f} % "
            f"{percent(scores.final_perfect, scores.final):>14.1f} %   {scores.expected_calibration_error:>6.3f}"
            for name, scores in (("weight and eye", eye), ("weight alone", weight))
        ),
        f"  gain {percent(eye.perfect, eye.receipts) - percent(weight.perfect, weight.receipts):+.1f} points of perfect receipts, "
        f"{paired(gained, lost)}",
        f"  of {seen.movements} movements {percent(seen.seen, seen.movements):.1f} % were seen, "
        f"{percent(seen.named, seen.movements):.1f} % named right by sight alone; "
        f"{seen.idle_reaches} of {seen.reaches} sightings were of no movement",
    ]


def paired(gained: int, lost: int) -> str:
    """Receipts put right and wrong in words, with the two-sided exact probability (McNemar) of that by chance."""
    both = gained + lost
    chance = min(1.0, 2.0 * sum(math.comb(both, few) for few in range(min(gained, lost) + 1)) / 2.0**both)
    return f"{gained} put right and {lost} put wrong (by chance p = {chance:.2g})"


def run(tasks: Sequence[Task], jobs: int) -> list[Counted]:
    """All tasks, on ``jobs`` processes; progress goes to stderr."""
    done: list[Counted] = []
    if jobs == 1:
        for task in tasks:
            done.append(count(task))
            _tell(done, len(tasks))
        return done
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for counted in pool.map(count, tasks):
            done.append(counted)
            _tell(done, len(tasks))
    return done


def _tell(done: Sequence[Counted], count_: int) -> None:
    eye, weight = (sum((getattr(one, name) for one in done), Scores()) for name in ("eye", "weight"))
    words = f"{len(done)} of {count_} visits, {done[-1].seconds:.0f} s the last; perfect {eye.perfect} with eye, {weight.perfect} without"
    print(words, file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Exit code 1 with ``--limits`` where the eye gains too little."""
    parser = argparse.ArgumentParser(prog="bench.eye_accuracy", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, help="folders of recordings with truth; without any, visits are made")
    parser.add_argument("--first", type=int, help="only the first N recordings of each folder")
    parser.add_argument("--only", default="", help="only recordings whose name begins like this")
    parser.add_argument("--visits", type=int, default=OWN_VISITS, help=f"how many (default {OWN_VISITS}); each takes 10 to 30 seconds")
    parser.add_argument("--level", choices=sorted(LEVELS), default="hard")
    parser.add_argument("--seed", type=int, default=OWN_SEED)
    parser.add_argument("--store", type=Path, help="take plates, products and planogram from this store.json, a gondola at a time")
    parser.add_argument("--missing-facings", type=float, default=0.0, help="share of facings left out of the planogram, 0.05 is 5 %%")
    parser.add_argument("--model", default="product-embedder", help="embedder; '' sees only that something happened")
    parser.add_argument("--jobs", type=int, default=1, choices=range(1, 3), help="processes")
    parser.add_argument("--keep", type=Path, help="keep what the eye said, a sightings.jsonl for each recording, in this folder")
    parser.add_argument(
        "--reuse", action="store_true", help="do not film what --keep has already: a change of the belief is tried in seconds"
    )
    parser.add_argument("--show", action="store_true", help="print the receipts that the eye put right or wrong")
    parser.add_argument("--limits", action="store_true", help=f"exit code 1 where hard gains less than {MUST_GAIN:g} points")
    options = parser.parse_args(arguments)
    if options.visits < 1 or not 0.0 <= options.missing_facings < 1.0:
        parser.error("--visits must be 1 or more, --missing-facings from 0 to less than 1")
    if options.reuse and options.keep is None:
        parser.error("--reuse needs the folder of --keep")
    with tempfile.TemporaryDirectory() as name:
        given = folders_below(options.folders, first=options.first, only=options.only)
        made = [Path(name) / f"gen-{options.seed}-{number:03d}" for number in range(0 if options.folders else options.visits)]
        settings = (options.model, options.store, options.keep, options.missing_facings, options.reuse)
        tasks = [Task(folder, options.level, options.seed, number, *settings) for number, folder in enumerate([*given, *made])]
        if not tasks:
            parser.error("no recordings there; name folders that hold folders of recordings")
        counted = run(tasks, options.jobs)
    print("\n".join(report(options.level, counted)))
    if options.show:
        for what, words in (("right", [w for one in counted for w in one.better]), ("wrong", [w for one in counted for w in one.worse])):
            print("\n".join([f"put {what} by the eye:", *(f"  {line}" for line in words)]))
    gain = 100.0 * (sum(one.eye.perfect for one in counted) - sum(one.weight.perfect for one in counted)) / max(1, len(counted))
    if options.limits and options.level == "hard" and gain < MUST_GAIN:
        print(f"NOT MET: the eye gains {gain:.1f} points, at least {MUST_GAIN:g}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
