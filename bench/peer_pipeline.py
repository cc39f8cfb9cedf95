"""The eye beside what one would build from roboflow supervision: ``python -m bench.peer_pipeline --peer DIR [--detector FILE ...]``.

DIR is where ``pip install --target DIR supervision trackers`` has put them; the project needs neither. One film with hands, one with light
that changes, one with a camera that shakes (bench.peer_films) go frame by frame through all pipelines in turn, in one process, with the
same numpy, OpenCV and onnxruntime, one thread, the same embedder and the same gallery:

eye                 motion gate, reach, change, recogniser
supervision, hands  hands on every frame, ByteTrack, PolygonZone; a track that leaves a zone is an event, eight of its crops go to the
                    embedder. Its boxes are the true ones, better than any detector's; a hand detector among --detector is run and paid
supervision, motion the same, boxes by background subtraction (MOG2), which needs no detector
FILE                each ONNX detector that the catalogue knows, on every frame: hands as above with its own boxes; goods, as one
                    would with a YOLO model and a tracker, by what is gone or new in a zone for a second; and with InferenceSlicer

Printed: processor time of a frame, what was found of what happened, events that were none, and from the hand's last movement to the fact.
"""

from __future__ import annotations

import argparse
import hashlib
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import cv2

from bench.filmed_visits import Enroller
from bench.peer_films import FRAMES_PER_S, NS, Boxes, Film, Happened, hands_film, light_film, shake_film
from bench.peer_tracking import Event, GoodsByDetector, HandsByTrack, Libraries, Moving, NoPeer, Peer, Told, load_peer
from bench.store import percentile
from bench.vision_speed import LOOKS, MODEL
from models.store import ModelStore, VerifiedModel
from vision.backends.detector import OnnxDetector
from vision.backends.embedder import OnnxEmbedder
from vision.enrolment.first_gallery import first_gallery
from vision.pipeline.reach import ReachWatcher
from vision.recogniser import Recogniser
from vision.settings import CameraSettings, ZoneSettings
from vision.types import Frame

HANDS: Final = 24
SEED: Final = 9
NEAR_NS: Final = 1_500_000_000  # ns about a hand that are no rest
WARM_S: Final = 1.0  # s at the beginning in which libraries make their tables
CAMERAS: Final = 4
TRUE_HANDS: Final = "supervision, hands"
INSTALL: Final = "pip install --target DIR supervision trackers"


class Eye:
    """The eye's own watcher; as a pipeline among others."""

    name = "eye"

    def __init__(self, zones: tuple[ZoneSettings, ...]) -> None:
        self._watcher = ReachWatcher(CameraSettings(id="cam", url="folder:///film", zones=zones))

    def feed(self, frame: Frame, true: Boxes) -> list[Event]:
        """Reaches as events."""
        return [Event(one.plates, one.direction, one.crops) for one in self._watcher.feed(frame)]


@dataclass(slots=True)
class Run:
    """What one pipeline did with one film: milliseconds of processor time per frame and what it told."""

    rest: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)


def played(film: Film, pipelines: Sequence[Peer], recogniser: Recogniser) -> dict[str, Run]:
    """Every frame through every pipeline, in turns; events are recognised at once."""
    runs = {one.name: Run() for one in pipelines}
    for number, (frame, true) in enumerate(film.frames()):
        near = any(one.begin_ns - NEAR_NS < frame.at_ns < one.end_ns + NEAR_NS for one in film.happened)
        first = number % len(pipelines)
        for one in (*pipelines[first:], *pipelines[:first]):
            began = time.process_time()
            events = [(event, best_of(recogniser, event)) for event in one.feed(frame, true)]
            spent = (time.process_time() - began) * 1e3
            run = runs[one.name]
            run.told += [Told(event.plates, event.direction, product, frame.at_ns + round(spent * 1e6)) for event, product in events]
            if frame.at_ns >= WARM_S * NS:
                (run.busy if near else run.rest).append(spent)
    return runs


def best_of(recogniser: Recogniser, event: Event) -> str:
    """The likeliest product by its crops; "" without any."""
    said = recogniser.look(event.crops).by_product if event.crops else {}
    return max(said, key=lambda product: said[product]) if said else ""


@dataclass(slots=True)
class Found:
    """Of the hands of a film."""

    moved: int = 0  # products that were taken or put
    seen: int = 0  # of these, an event at the right plate
    direction: int = 0  # of these, told the right way
    named: int = 0  # of these, the right product is the likeliest
    touched: int = 0  # hands that only touched
    wrongly: int = 0  # of these, told as a movement, or not told from one
    extra: int = 0  # events beside those
    delays_ms: list[float] = field(default_factory=list)


def compared(happened: Sequence[Happened], told: Sequence[Told]) -> Found:
    """Each event belongs to the hand that began last before it."""
    found = Found(extra=sum(not happened or one.at_ns < happened[0].begin_ns for one in told))
    for number, hand in enumerate(happened):
        until = happened[number + 1].begin_ns if number + 1 < len(happened) else 1 << 62
        mine = [one for one in told if hand.begin_ns <= one.at_ns < until]
        right = next((one for one in mine if hand.plate in one.plates), None)
        if hand.what == "touched":
            found.touched += 1
            found.wrongly += any(one.direction != "unclear" for one in mine)
            continue
        found.moved += 1
        found.extra += len(mine) - (right is not None)
        if right is not None:
            found.seen += 1
            found.direction += right.direction == hand.what
            found.named += right.product == hand.product
            found.delays_ms.append((right.at_ns - hand.end_ns) / 1e6)
    return found


def detectors(paths: Sequence[Path]) -> list[tuple[str, bool, OnnxDetector]]:
    """Name of each file's model, whether it finds hands, and the model. NoPeer for a file that the catalogue does not know."""
    known = {row.manifest.sha256: row.manifest for row in ModelStore().entries() if row.manifest.detection is not None}
    made = []
    for path in paths:
        content = path.read_bytes()
        manifest = known.get(hashlib.sha256(content).hexdigest())
        if manifest is None or manifest.detection is None:
            raise NoPeer(f"{path} is not a detector of the catalogue; smartstore models list shows them")
        made.append((manifest.name, "hand" in manifest.detection.labels, OnnxDetector(VerifiedModel(manifest, content, {}))))
    return made


def pipelines_for(zones: tuple[ZoneSettings, ...], peer: Libraries, found: Sequence[tuple[str, bool, OnnxDetector]]) -> list[Peer]:
    """The eye and every peer, new for a film."""
    paid = next((detector for _, hands, detector in found if hands), None)
    made: list[Peer] = [
        Eye(zones),
        HandsByTrack(peer, zones, TRUE_HANDS, paid=paid),
        HandsByTrack(peer, zones, "supervision, motion", finder=Moving()),
    ]
    for name, hands, detector in found:
        if hands:
            made.append(HandsByTrack(peer, zones, name, detector=detector))
        else:
            made.append(GoodsByDetector(peer, zones, name, detector))
            made.append(GoodsByDetector(peer, zones, f"{name}, sliced", detector, sliced=True))
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1 when the eye costs more at rest than a peer or finds less than the best of them, 2 when the peer is missing."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.peer_pipeline", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peer", type=Path, metavar="DIR", help=f"where it is installed: {INSTALL}")
    parser.add_argument("--detector", type=Path, action="append", default=[], metavar="FILE", help="ONNX file that the catalogue knows")
    parser.add_argument("--hands", type=int, default=HANDS, help=f"in the film (default: {HANDS})")
    parser.add_argument("--seed", type=int, default=SEED)
    args = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    films = [hands_film(args.hands, args.seed), light_film(args.seed), shake_film(args.seed)]
    try:
        peer, found = load_peer(args.peer), detectors(args.detector)
    except (NoPeer, OSError) as error:
        print(f"{error}\nTo measure: {INSTALL}\nthen: python -m bench.peer_pipeline --peer DIR", file=sys.stderr)
        return 2
    model = ModelStore().read(MODEL)
    embedder = OnnxEmbedder(model)
    recogniser = Recogniser(embedder, Enroller(embedder, first_gallery(model)).gallery(LOOKS))
    print(f"{peer.versions}; {embedder.key}, {len(LOOKS)} products; {args.hands} hands, {FRAMES_PER_S} frames/s, 1280 x 720, one thread")
    runs = {film.name: played(film, pipelines_for(film.zones, peer, found), recogniser) for film in films}
    return report(films[0], runs, paid=any(hands for _, hands, _ in found))


def report(film: Film, runs: dict[str, dict[str, Run]], *, paid: bool) -> int:
    """Print the tables; 1 when a peer finds more or rests cheaper. ``paid``: the true boxes cost what a detector costs."""
    print(f"\n{'processor time, ms a frame':<32}{'at rest':>9}{'hands':>9}{'x eye':>8}   {CAMERAS} cameras at rest")
    at_rest = {name: statistics.mean(run.rest) for name, run in runs["hands"].items()}
    for name, run in runs["hands"].items():
        share = at_rest[name] * CAMERAS * FRAMES_PER_S / 10.0
        times = (at_rest[name], statistics.mean(run.busy))
        print(f"  {name:<30}{times[0]:>9.2f}{times[1]:>9.2f}{times[0] / at_rest['eye']:>8.1f}   {share:.0f} % of a core")
    heads = ("found", "direction", "product", "touch told", "more")
    print(f"\n{'what happened':<32}" + "".join(f"{head:>12}" for head in heads) + "   fact after the hand is gone")
    found = {name: compared(film.happened, run.told) for name, run in runs["hands"].items()}
    for name, one in found.items():
        delays = f"p50 {statistics.median(one.delays_ms):.0f}, p95 {percentile(one.delays_ms, 0.95):.0f} ms" if one.delays_ms else "-"
        cells = (f"{one.seen}/{one.moved}", f"{one.direction}", f"{one.named}", f"{one.wrongly}/{one.touched}", f"{one.extra}")
        print(f"  {name:<30}" + "".join(f"{cell:>12}" for cell in cells) + f"   {delays}")
    print(f"\n{'events though nobody was there':<32}{'light':>9}{'shake':>9}")
    for name in found:
        print(f"  {name:<30}{len(runs['light'][name].told):>9}{len(runs['shake'][name].told):>9}")
    if not paid:
        print(f"  {TRUE_HANDS}: its boxes cost nothing here; give a hand detector with --detector")
    worse = [
        name
        for name, one in found.items()
        if one.seen > found["eye"].seen or (at_rest[name] < at_rest["eye"] and (paid or name != TRUE_HANDS))
    ]
    print(f"\nthe eye finds less or costs more at rest than: {', '.join(worse) or 'none of them'}")
    return int(bool(worse))


if __name__ == "__main__":
    sys.exit(main())
