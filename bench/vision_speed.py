"""What looking costs, processor time of one thread: ``python -m bench.vision_speed [--dataset DIR] [--rounds 30]``.

A film of the simulated camera at 1280 x 720, decoded before the clock starts: nobody, a hand that takes, nobody. Printed: the motion gate
and the whole watcher per frame; comparing a shelf before and after; recognising one reach of eight crops as a ratio to onnxruntime alone on
the same tensors, in turns within one run; and the same film through what one would build from OpenCV and onnxruntime otherwise: background
subtraction (MOG2) on every frame, the largest contour's square to the same model. The process with its sockets, cameras and memory is
measured by bench.eye_process. With ``--dataset``, the folder of the five photographs of a real cabinet: how many of the products that
were removed between two of them are found at their place, and told as taken, and as put when looked at backwards.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final
from unittest import mock

import cv2
import numpy as np

from bench.limits import Limit, told
from bench.store import percentile
from models.store import ModelStore
from vision.backends.embedder import OnnxEmbedder
from vision.backends.onnx import bare_session
from vision.pipeline.change import changes
from vision.pipeline.crop import centre_square
from vision.pipeline.gallery import Gallery, empty_gallery
from vision.pipeline.motion import MotionGate
from vision.pipeline.outcome import MOST_CROPS
from vision.pipeline.reach import Reach, ReachWatcher
from vision.recogniser import Recogniser
from vision.settings import CameraSettings, ZoneSettings
from vision.sim.camera import ShelfCamera, widths_of
from vision.sim.looks import SHAPES, Look
from vision.sim.photographs import photographs
from vision.sim.scene import Goods, HandMoved, Scene, SceneOpened, rows_of_spots
from vision.types import Frame, Picture

GATE_LIMIT_MS: Final = 1.5  # a frame at 1280 x 720
RECOGNITION_LIMIT: Final = 1.15  # of onnxruntime's time on the same tensors
MODEL: Final = "product-embedder"
FRAMES_PER_S: Final = 10
SECONDS: Final = 8
CAMERAS: Final = 4
NS: Final = 1_000_000_000
LOOKS: Final = {f"40000000000{number:02d}": Look(SHAPES[number % len(SHAPES)], 40 + number) for number in range(12)}
ROWS: Final = (("A1", "A2", "A3"), ("B1", "B2", "B3"))
CABINET_SIZE: Final = (1200, 1100)  # pixels; the photographs were taken by hand and are of nearly this shape
# Shelves of the cabinet in the photographs, and for each pair of them where, across, a product is missing in the second one.
CABINET_SHELVES: Final = (
    ((0.07, 0.05), (0.95, 0.05), (0.95, 0.49), (0.07, 0.49)),
    ((0.08, 0.53), (0.93, 0.53), (0.93, 0.95), (0.08, 0.95)),
)
CABINET_TAKEN: Final = {(1, 2): ((0.56, 0), (0.41, 1)), (2, 3): ((0.25, 0), (0.74, 1)), (3, 4): ((0.77, 0), (0.23, 1))}


def film() -> tuple[list[Frame], tuple[ZoneSettings, ...]]:
    """Eight seconds: a product is taken after three."""
    spots = rows_of_spots(ROWS)
    scene = Scene(spots, widths_of(LOOKS))
    places = [plate for row in ROWS for plate in row]
    goods = [Goods(number, gtin, ((places[number % len(places)], 1.0),)) for number, gtin in enumerate(LOOKS)]
    scene.tell(SceneOpened(at_ns=0, goods=tuple(goods), door_open=True))
    begin, arrive, change, leave, end = (round(3.0 * NS + after * NS) for after in (0.0, 0.4, 0.7, 1.0, 1.6))
    scene.tell(
        HandMoved(
            number=1,
            plates=(places[1],),
            begin_ns=begin,
            arrive_ns=arrive,
            change_ns=change,
            leave_ns=leave,
            end_ns=end,
            taken=tuple(goods[7:8]),
        )
    )
    camera = ShelfCamera(scene, LOOKS, size=(1280, 720), seed=5)
    times = [round(number * NS / FRAMES_PER_S) for number in range(SECONDS * FRAMES_PER_S)]
    frames = [Frame("cam", at_ns, number, as_sent(camera.picture(at_ns))) for number, at_ns in enumerate(times)]
    zones = []
    for spot in spots.values():
        corners = ((spot.left, spot.top), (spot.right, spot.top), (spot.right, spot.bottom), (spot.left, spot.bottom))
        zones.append(ZoneSettings(plates=(spot.plate,), polygon=corners))
    return frames, tuple(zones)


def as_sent(pixels: Picture) -> Picture:
    """After the camera's JPEG."""
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 82])[1], cv2.IMREAD_COLOR), dtype=np.uint8)


def timed_ms(work: Callable[[], object]) -> float:
    """Of the processor, so that other work on the machine counts less."""
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000.0


def gate_ms(frames: Sequence[Frame], rounds: int) -> list[float]:
    """Of calm frames only."""
    gate = MotionGate()
    calm = frames[: 2 * FRAMES_PER_S]
    return [timed_ms(partial(gate.feed, frame.pixels)) for _ in range(max(1, rounds // 5)) for frame in calm]


def watched(frames: Sequence[Frame], zones: tuple[ZoneSettings, ...]) -> tuple[list[float], list[Reach]]:
    """Time of each frame, and the reaches."""
    watcher = ReachWatcher(CameraSettings(id="cam", url="folder:///film", zones=zones))
    spent: list[float] = []
    reaches: list[Reach] = []
    for frame in frames:
        began = time.process_time()
        reaches.extend(watcher.feed(frame))
        spent.append((time.process_time() - began) * 1000.0)
    return spent, reaches


def tensors_of(embedder: OnnxEmbedder, crops: Sequence[Picture]) -> list[Any]:
    """The batches that the model is really given for these crops."""
    session = embedder._session
    given: list[Any] = []
    own = session.run

    def recording(batch: Any, outputs: Sequence[str] = ()) -> list[Any]:
        given.append(batch.copy())
        return own(batch, outputs)

    with mock.patch.object(session, "run", recording):
        embedder.embed(crops)
    return given


def recognition(
    embedder: OnnxEmbedder, gallery: Gallery, crops: Sequence[Picture], content: bytes, rounds: int
) -> tuple[float, float, float]:
    """Median milliseconds of the recogniser and of onnxruntime alone, and the median of their ratios, taken in turns."""
    recogniser = Recogniser(embedder, gallery)
    raw = bare_session(content, MODEL)
    name, given = raw.get_inputs()[0].name, tensors_of(embedder, crops)
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(timed_ms(lambda: recogniser.look(crops)))
        theirs.append(timed_ms(lambda: [raw.run(None, {name: one}) for one in given]))
    ratio = statistics.median(one / other for one, other in zip(ours, theirs, strict=True))
    return statistics.median(ours), statistics.median(theirs), ratio


def plain_pipeline(frames: Sequence[Frame], embedder: OnnxEmbedder, gallery: Gallery) -> tuple[list[float], int]:
    """MOG2 on every frame, the square around the largest contour to the same model: time of each frame, and looks at the model."""
    background = cv2.createBackgroundSubtractorMOG2(detectShadows=True)
    spent, looks = [], 0
    for frame in frames:
        began = time.process_time()
        mask = cv2.morphologyEx(
            cv2.threshold(background.apply(frame.pixels), 200, 255, cv2.THRESH_BINARY)[1], cv2.MORPH_OPEN, np.ones((5, 5))
        )
        outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        largest = max(outlines, key=cv2.contourArea, default=None)
        if largest is not None and cv2.contourArea(largest) > 2000.0:
            left, top, wide, high = cv2.boundingRect(largest)
            side = min(max(wide, high), frame.pixels.shape[0])
            gallery.log_likelihoods(embedder.embed([frame.pixels[top : top + side, left : left + side]]))
            looks += 1
        spent.append((time.process_time() - began) * 1000.0)
    return spent, looks


def cabinet(folder: Path) -> tuple[int, int, int]:
    """Products that were removed from the real cabinet: found at their place, told the right way, and how many there are; both ways."""
    paths = [folder / f"{number}.jpg" for number in range(5)]
    pictures = [cv2.imread(str(path)) for path in paths]
    if any(one is None for one in pictures):
        raise SystemExit(f"{folder} has not the photographs 0.jpg to 4.jpg of the cabinet; give their folder with --dataset")
    sized = [np.asarray(cv2.resize(one, CABINET_SIZE, interpolation=cv2.INTER_AREA), dtype=np.uint8) for one in pictures if one is not None]
    found = right = there = 0
    for (first, second), taken in CABINET_TAKEN.items():
        for before, after, sign in ((first, second, 1), (second, first, -1)):
            for across, shelf in taken:
                there += 1
                told = changes(sized[before], sized[after], shelf_mask(shelf))
                here = [one for one in told if one.box.left < across < one.box.right and one.box.right - one.box.left < 0.45]
                found += len(here) == 1 and len(told) == 1
                right += len(here) == 1 and here[0].vanished * sign > 0
    return found, right, there


def shelf_mask(shelf: int) -> Any:
    mask = np.zeros((CABINET_SIZE[1] // 4, CABINET_SIZE[0] // 4), dtype=np.uint8)
    corners = np.array([[x * (mask.shape[1] - 1), y * (mask.shape[0] - 1)] for x, y in CABINET_SHELVES[shelf]])
    return cv2.fillPoly(mask, [np.round(corners).astype(np.int32)], (255,))


def main() -> int:
    """Exit code 1 when a limit is broken."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.vision_speed", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dataset", type=Path, metavar="DIR", help="folder of the five photographs of a cabinet")
    parser.add_argument("--rounds", type=int, default=30, help="turns of each measurement (default: 30)")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    frames, zones = film()
    model = ModelStore().read(MODEL)
    embedder = OnnxEmbedder(model)
    gallery = empty_gallery(embedder.size)
    for gtin in LOOKS:
        gallery = gallery.enrolled(gtin, embedder.embed([centre_square(one) for one in photographs(gtin, LOOKS, 5)]))
    watched(frames, zones)  # tables and caches of the libraries are made on first use

    gate = gate_ms(frames, args.rounds)
    print(f"motion gate, nobody near    {statistics.median(gate):7.2f} ms a frame, p95 {percentile(gate, 0.95):.2f}")
    turns = [(watched(frames, zones), plain_pipeline(frames, embedder, gallery)) for _ in range(max(1, args.rounds // 10))]
    calm = [one for (spent, _), _ in turns for one in spent[FRAMES_PER_S : 2 * FRAMES_PER_S]]
    busy = [one for (spent, _), _ in turns for one in spent[3 * FRAMES_PER_S : 5 * FRAMES_PER_S]]
    print(f"watcher, nobody near        {statistics.median(calm):7.2f} ms a frame, mean {statistics.mean(calm):.2f}")
    share = statistics.mean(calm) * CAMERAS * FRAMES_PER_S / 10.0
    print(f"  {CAMERAS} cameras at {FRAMES_PER_S} frames/s     {share:7.1f} % of one core, decoded pictures")
    print(
        f"watcher, a hand in sight    {statistics.median(busy):7.2f} ms a frame, the slowest {max(busy):.1f}: it compares before and after"
    )
    compared = [timed_ms(lambda: changes(frames[5].pixels, frames[-1].pixels)) for _ in range(args.rounds)]
    print(f"shelf before and after      {statistics.median(compared):7.1f} ms")
    reaches = turns[0][0][1]
    print(f"reaches told: {[(reach.plates, reach.direction, len(reach.crops)) for reach in reaches]}")

    crops = [crop for reach in reaches for crop in reach.crops]
    if not crops:
        print("no reach was seen: nothing to recognise")
        return 1
    crops = (crops * MOST_CROPS)[:MOST_CROPS]
    ours, theirs, ratio = recognition(embedder, gallery, crops, model.content, args.rounds)
    print(f"recognition of {len(crops)} crops      {ours:7.1f} ms, onnxruntime alone {theirs:.1f}: {ratio:.2f} x")

    eye = [sum(spent) + ours * len(found) for (spent, found), _ in turns]
    plain = [sum(spent) for _, (spent, _) in turns]
    plain_calm = statistics.median(one for _, (spent, _) in turns for one in spent[FRAMES_PER_S : 2 * FRAMES_PER_S])
    print(f"the film of {SECONDS} s            {statistics.median(eye):7.0f} ms with recognition")
    looks = turns[0][1][1]
    print(f"  plain pipeline            {statistics.median(plain):7.0f} ms; {plain_calm:.1f} ms a calm frame; {looks} looks at the model")
    print("  it cannot say which plate, nor whether something was taken or put")
    print("  pipelines from roboflow supervision: python -m bench.peer_pipeline")
    limits = [
        Limit("motion gate at 1280 x 720, nobody near, median", statistics.median(gate), GATE_LIMIT_MS, "ms a frame"),
        Limit(f"recognition of {len(crops)} crops against onnxruntime alone", ratio, RECOGNITION_LIMIT, "times"),
    ]
    if args.dataset is not None:
        found_ones, right, there = cabinet(args.dataset)
        print(f"real cabinet, both ways: {found_ones} of {there} products found alone at their place, {right} told the right way")
        limits.append(Limit("products of the real cabinet that were not found", there - found_ones, 0.0))
    else:
        print("real cabinet: no --dataset given, not looked at")
    return told(limits)


if __name__ == "__main__":
    sys.exit(main())
