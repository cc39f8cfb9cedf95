"""What a Raspberry Pi 5 can be expected to do: ``python -m bench board_estimate``. COMPUTED, NOT TRIED ON THE BOARD.

Operations are counted in the graphs of the models (bench.network_work) and held against MobileNetV2, a network of the same kind whose time
on the board is published. The same is done for this machine, where both can be measured: how far the count misses here widens the range
there. What is no network (decoding, the motion gate, comparing pictures) is measured here and scaled by how much slower the published
MobileNetV2 in fp32 is there than here, per core.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from bench.network_work import Work, as_int8, reference_network, work_of
from bench.vision_speed import FRAMES_PER_S, film
from models.store import ModelStore
from vision.backends.onnx import bare_session
from vision.pipeline.change import changes
from vision.pipeline.motion import MotionGate
from vision.pipeline.outcome import MOST_CROPS
from vision.pipeline.reach import QUIET_NS, ReachWatcher
from vision.settings import CameraSettings

ROUNDS: Final = 15
DEFAULT: Final = "product-embedder"
CAMERAS: Final = 4
CORES: Final = 4  # of the board
WAIT_MS: Final = 800.0  # what a visit waits for the eye at most by default: [visit] eye_wait_s

# Published for the Raspberry Pi 5, Cortex-A76 at 2.4 GHz; docs/what-looking-costs.md says where. MobileNetV2 1.0, 224 pixels, XNNPACK:
BOARD_FP32_MS: Final = 10.89
BOARD_INT8_MS: Final = 4.01
# How many cores were at work is not said. Fewer than two it cannot have been: 300.8 million multiply-accumulates in 10.89 ms are 27.6 G/s,
# and one core makes 19.2 G/s at most (two vector pipes of four lanes, 2.4 GHz).
BOARD_CORES: Final = (2, 4)
# onnxruntime by the side of XNNPACK: in fp32 no slower (YOLO26n at 640 pixels, 126.9 ms against 136.9). By int8 XNNPACK gains 2.7 x (the
# two above), onnxruntime 1.99 x (UltraFace, 6.66 ms against 13.26): that much slower it may be.
RUNTIME_SLOWER: Final = (1.0, (BOARD_FP32_MS / BOARD_INT8_MS) / 1.99)
# Other networks there, int8 by XNNPACK: million multiply-accumulates (torchvision's pages of the models) and milliseconds.
BOARD_OTHERS: Final = {
    "ResNet-18": (1814, 8.751),
    "ResNet-50": (4089, 20.64),
    "GoogLeNet": (1498, 25.33),
    "ShuffleNetV2 1.0": (145, 3.63),
}
BOARD_COPY_GB_S: Final = 5.26  # memcpy, one core
# Where a processor has AVX-512 OpenCV's vectors are half as wide as onnxruntime's, else as wide; those of the board have one width.
VECTORS: Final = (0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Range:
    """From ``low`` to ``high``, milliseconds."""

    low: float
    high: float

    def times(self, low: float, high: float | None = None) -> Range:
        """Both ends scaled."""
        return Range(self.low * low, self.high * (low if high is None else high))

    def plus(self, other: Range) -> Range:
        """One after the other."""
        return Range(self.low + other.low, self.high + other.high)

    def __str__(self) -> str:
        return " to ".join(f"{end:.1f}" if end < 10.0 else f"{end:.0f}" for end in (self.low, self.high))


@dataclass(frozen=True, slots=True)
class Here:
    """Milliseconds of one thread of this machine: the reference network in both precisions and what is no network."""

    fp32: float
    int8: float
    decode: float
    gate: float
    hand: float
    compare: float
    resize: float


def medians(works: Sequence[Callable[[], object]], rounds: int = ROUNDS) -> list[float]:
    """Milliseconds of processor time of each, taken in turns."""
    for work in works:
        work()
    spent: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for times, work in zip(spent, works, strict=True):
            began = time.process_time()
            work()
            times.append((time.process_time() - began) * 1e3)
    return [statistics.median(times) for times in spent]


def running(content: bytes, name: str) -> Callable[[], object]:
    """One picture through a network, one thread."""
    session = bare_session(content, name)
    given = session.get_inputs()[0]
    shape = [1, *given.shape[1:]]
    batch = {given.name: np.random.default_rng(0).normal(0.0, 0.5, shape).astype(np.float32)}
    return lambda: session.run(None, batch)


def here(fp32: bytes, int8: bytes) -> Here:
    """Measure this machine."""
    frames, zones = film()
    sent = cv2.imencode(".jpg", frames[0].pixels, [cv2.IMWRITE_JPEG_QUALITY, 82])[1]
    gate = MotionGate()
    for frame in frames[:FRAMES_PER_S]:
        gate.feed(frame.pixels)
    crop = np.ascontiguousarray(frames[0].pixels[:360, :360])
    works: list[Callable[[], object]] = [
        running(fp32, "reference"),
        running(int8, "reference int8"),
        lambda: cv2.imdecode(sent, cv2.IMREAD_COLOR),
        partial(gate.feed, frames[FRAMES_PER_S].pixels),
        lambda: changes(frames[5].pixels, frames[-1].pixels),
        lambda: cv2.resize(crop, (224, 224), interpolation=cv2.INTER_AREA),
    ]
    whole, narrow, decode, calm, compare, resize = medians(works)
    watcher, busy = ReachWatcher(CameraSettings(id="cam", url="folder:///film", zones=zones)), []
    for frame in frames[: 5 * FRAMES_PER_S]:
        began = time.process_time()
        watcher.feed(frame)
        busy.append((time.process_time() - began) * 1e3)
    return Here(whole, narrow, decode, calm, statistics.median(busy[3 * FRAMES_PER_S :]), compare, resize)


def networks(added: Path | None) -> dict[str, bytes]:
    """What the project carries, the default embedder first, and what is in ``added``."""
    store = ModelStore()
    embedders = [row.manifest for row in store.entries() if row.present and row.manifest.embedding is not None]
    shipped = sorted(embedders, key=lambda one: one.name != DEFAULT)
    found = {f"{one.name}, {one.input.width} px": store.read(one.name).content for one in shipped}
    if added is not None:
        found |= {path.stem: path.read_bytes() for path in sorted(added.glob("*.onnx"))}
    return found


def expected(work: Work, reference: Work, missed: Range) -> Range:
    """Milliseconds of one core of the board; ``missed``: how far the count was off on this machine."""
    published, runtime = (BOARD_INT8_MS, RUNTIME_SLOWER) if work.is_int8 else (BOARD_FP32_MS, (1.0, 1.0))
    one_core = Range(published * BOARD_CORES[0] * runtime[0], published * BOARD_CORES[1] * runtime[1])
    return one_core.times(work.macs / reference.macs).times(missed.low, missed.high)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0; 2 where a model cannot be counted."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.board_estimate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", type=Path, metavar="DIR", help="further ONNX files to count, such as detectors")
    args = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    whole = reference_network()
    narrow = as_int8(whole)
    reference, measured = work_of(whole), here(whole, narrow)
    print("Raspberry Pi 5: computed from operations and published figures, NOT TRIED ON THE BOARD\n")
    print(f"{'counted, one picture':<40}{'M MAC':>8}{'depthwise':>11}{'int8':>6}{'weights MB':>12}{'tensors MB':>12}")
    files = networks(args.models)
    try:
        works = {name: work_of(content) for name, content in files.items()}
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    for name, work in {"MobileNetV2, 224 px (reference)": reference, **works}.items():
        share = 100.0 * work.depthwise / work.macs
        row = f"{work.macs:>8.1f}{share:>9.0f} %{'yes' if work.is_int8 else 'no':>6}{work.weights:>12.1f}{work.tensors:>12.1f}"
        print(f"  {name:<38}{row}")
    times = medians([running(content, name) for name, content in files.items()])
    print(f"\nthe count tried on this machine, one thread: MobileNetV2 fp32 {measured.fp32:.2f}, int8 {measured.int8:.2f} ms")
    print(f"{'':<40}{'predicted':>10}{'measured':>10}{'factor':>8}")
    factors = {}
    for (name, work), spent in zip(works.items(), times, strict=True):
        predicted = (measured.int8 if work.is_int8 else measured.fp32) * work.macs / reference.macs
        factors[name] = spent / predicted
        print(f"  {name:<38}{predicted:>10.2f}{spent:>10.2f}{factors[name]:>8.2f}")
    print("\nthe count tried on the board, published times, int8 with XNNPACK, from MobileNetV2's")
    for name, (macs, published) in BOARD_OTHERS.items():
        predicted = BOARD_INT8_MS * macs / reference.macs
        print(f"  {name:<38}{predicted:>10.2f}{published:>10.2f}{published / predicted:>8.2f}")
    print("  large plain convolutions are quicker than that, many small ones slower: the reference must be of the model's kind")
    missed = Range(min(1.0, *factors.values()), max(1.0, *factors.values()))
    slower = Range(BOARD_FP32_MS * BOARD_CORES[0] / measured.fp32, BOARD_FP32_MS * BOARD_CORES[1] / measured.fp32)
    print(f"\none core of the board is {slower.low:.1f} to {slower.high:.1f} times as slow as one of this machine (fp32, published there)")
    report(measured, works, expected_all(works, reference, missed), slower.times(*VECTORS))
    return 0


def expected_all(works: dict[str, Work], reference: Work, missed: Range) -> dict[str, Range]:
    """For every network."""
    return {name: expected(work, reference, missed) for name, work in works.items()}


def report(measured: Here, works: dict[str, Work], networks_ms: dict[str, Range], slower: Range) -> None:
    """Print what the board is expected to need."""

    def scaled(spent: float) -> Range:
        return Range(spent * slower.low, spent * slower.high)

    first = next(iter(networks_ms))
    crop = networks_ms[first].plus(scaled(measured.resize))
    reach = crop.times(MOST_CROPS)
    idle = scaled(measured.decode + measured.gate).times(CAMERAS * FRAMES_PER_S / 10.0)
    after = Range(QUIET_NS / 1e6, QUIET_NS / 1e6 + 1e3 / FRAMES_PER_S).plus(scaled(measured.compare)).plus(reach)
    print(f"\n{'expected of one core, ms':<40}{'on this machine':>16}   on the board")
    rows: list[tuple[str, float, Range]] = [
        ("decoding 1280 x 720 JPEG", measured.decode, scaled(measured.decode)),
        ("motion gate, nobody near", measured.gate, scaled(measured.gate)),
        ("a frame with a hand in it", measured.hand, scaled(measured.hand)),
        ("shelf before and after", measured.compare, scaled(measured.compare)),
    ]
    for name, spent, span in rows:
        print(f"  {name:<38}{spent:>16.2f}   {span}")
    for name, span in networks_ms.items():
        least = works[name].weights / BOARD_COPY_GB_S
        print(f"  {name:<38}{'':>16}   {span}  (its weights alone take {least:.1f} to read)")
    print(f"  {f'a reach, {MOST_CROPS} crops, {first}':<54}   {reach}")
    print(f"  {'last movement to the fact, all on one core':<54}   {after}: {says(after.high, WAIT_MS, 'ms, what a visit waits')}")
    share = f"{idle.low:.0f} to {idle.high:.0f} % of one core of {CORES}"
    print(f"  {f'{CAMERAS} cameras at {FRAMES_PER_S} frames/s, nobody near':<54}   {share}: {says(idle.high, 100.0, '% of a core')}")


def says(high: float, limit: float, unit: str) -> str:
    """Whether the upper end is within what there is."""
    return f"{'fits' if high <= limit else 'MAY BE TOO SLOW'} ({limit:.0f} {unit})"


if __name__ == "__main__":
    sys.exit(main())
