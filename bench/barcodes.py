"""Bar codes of goods as a camera sees them: ``python -m bench barcodes``; with zbar beside: ``python -m bench.barcodes --peer DIR``.

EAN-13, EAN-8 and UPC-A codes are printed by zxing-cpp's own writer on a label, put before a package and looked at by a camera: turned,
tilted, out of focus, moving, far away, in little light. Every reader gets the same pictures in turns: the eye's (vision.barcode, thorough
and not), OpenCV's, and zbar where ``pip install --target DIR pyzbar`` and the system's libzbar0 are. Printed: codes that were read right,
pictures in which one was read that is not there, and processor time of a picture.

The writer and the first reader are of one library, and drawn codes are cleaner than printed ones: this tells conditions and readers apart,
it is no share of real packages.
"""

from __future__ import annotations

import argparse
import importlib
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias

import cv2
import numpy as np
import zxingcpp

from vision.barcode import code_of, read_codes
from vision.types import Picture

SIZE: Final = (640, 480)  # pixels; what is cut out of a camera's picture about a hand is no larger
PRINTED: Final = 8  # pixels a module when printed, before the camera
LABEL: Final = (25, 12)  # quiet zone and more, in modules: beside and above
EACH: Final = 60  # codes a condition
SEED: Final = 5
MOST_WRONG: Final = 0.03  # of the pictures
LEAST_HELD: Final = 0.95  # of the codes that are held to the camera
INSTALL: Final = "pip install --target DIR pyzbar, and the package libzbar0 of the system"
KINDS: Final = ((zxingcpp.BarcodeFormat.EAN13, 13), (zxingcpp.BarcodeFormat.EAN8, 8), (zxingcpp.BarcodeFormat.UPCA, 12))

Reader: TypeAlias = Callable[[Picture], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Condition:
    """What is drawn from, as ranges.

    ``module`` in pixels, ``turn`` and ``tilt`` in degrees, ``blur`` and ``smear`` in modules, ``light`` as a share, ``noise`` in grey
    levels.
    """

    name: str
    module: tuple[float, float] = (2.0, 3.0)
    turn: float = 5.0
    tilt: tuple[float, float] = (0.0, 10.0)
    blur: tuple[float, float] = (0.1, 0.2)
    smear: tuple[float, float] = (0.0, 0.0)
    light: tuple[float, float] = (0.8, 1.0)
    noise: float = 3.0


CONDITIONS: Final = (
    Condition("held to the camera"),
    Condition("turned any way", turn=180.0),
    Condition("tilted by 40 to 65 degrees", tilt=(40.0, 65.0)),
    Condition("far: a module is 1.0 to 1.4 pixels", module=(1.0, 1.4)),
    Condition("out of focus, 0.5 to 0.9 modules", blur=(0.5, 0.9)),
    Condition("moving, 0.7 to 1.5 modules", smear=(0.7, 1.5)),
    Condition("dark: 6 to 15 % of the light, noise", light=(0.06, 0.15), noise=6.0),
)


@dataclass(slots=True)
class Score:
    """Of one reader in one condition."""

    right: int = 0
    wrong: int = 0
    times_ms: list[float] = field(default_factory=list)


def picture_of(code: str, kind: zxingcpp.BarcodeFormat, condition: Condition, source: np.random.Generator) -> Picture:
    """The code as a camera sees it."""
    bars = np.asarray(zxingcpp.create_barcode(code, kind).to_image(scale=PRINTED))
    beside, above = (modules * PRINTED for modules in LABEL)
    label = cv2.copyMakeBorder(bars, above, above, beside, beside, cv2.BORDER_CONSTANT, value=(255,))
    label = cv2.cvtColor(label, cv2.COLOR_GRAY2BGR)
    module = source.uniform(*condition.module)
    high, wide = label.shape[:2]
    corners = np.array([(-wide, -high), (wide, -high), (wide, high), (-wide, high)], dtype=np.float64) / 2 * module / PRINTED
    turn, tilt, about = (np.radians(source.uniform(*span)) for span in ((-condition.turn, condition.turn), condition.tilt, (0, 360)))
    seen = _seen(corners, turn, tilt, about) + np.array(SIZE) / 2 + source.uniform(-20, 20, 2)
    package = np.full((SIZE[1], SIZE[0], 3), source.uniform(60, 190, 3), dtype=np.float64)
    package += cv2.resize(source.normal(0.0, 22.0, (12, 16, 3)), SIZE, interpolation=cv2.INTER_CUBIC)
    placed = cv2.getPerspectiveTransform(np.array([(0, 0), (wide, 0), (wide, high), (0, high)], dtype=np.float32), seen.astype(np.float32))
    # Twice as fine, then averaged: a sensor collects light over its whole pixel.
    finer = np.diag([2.0, 2.0, 1.0]) @ placed
    pixels = cv2.resize(package, None, fx=2.0, fy=2.0)
    large = (SIZE[0] * 2, SIZE[1] * 2)
    drawn = cv2.warpPerspective(cv2.GaussianBlur(label, (0, 0), PRINTED / module / 4), finer, large, flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(np.ones(label.shape[:2], dtype=np.uint8), finer, large, flags=cv2.INTER_NEAREST)
    pixels = np.where(mask[:, :, None] > 0, drawn, pixels)
    pixels = cv2.resize(pixels, SIZE, interpolation=cv2.INTER_AREA)
    pixels = cv2.GaussianBlur(pixels, (0, 0), max(0.05, source.uniform(*condition.blur) * module))
    pixels = _smeared(pixels, source.uniform(*condition.smear) * module, source.uniform(0, np.pi))
    pixels = pixels * source.uniform(*condition.light) + source.normal(0.0, condition.noise, pixels.shape)
    sent = cv2.imencode(".jpg", np.clip(pixels, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 85])[1]
    return np.asarray(cv2.imdecode(sent, cv2.IMREAD_COLOR), dtype=np.uint8)


def _seen(corners: np.ndarray, turn: float, tilt: float, about: float) -> np.ndarray:
    """Corners turned in the plane and tilted out of it about an axis at ``about``, by a camera at six label widths."""
    away = 6.0 * float(np.ptp(corners[:, 0]))
    plane = corners @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    axis, across = np.array([np.cos(about), np.sin(about)]), np.array([-np.sin(about), np.cos(about)])
    along, off = plane @ axis, plane @ across
    depth = away / (away + off * np.sin(tilt))
    return np.asarray((along * depth)[:, None] * axis + (off * np.cos(tilt) * depth)[:, None] * across)


def _smeared(pixels: np.ndarray, length: float, direction: float) -> np.ndarray:
    if length < 0.3:
        return pixels
    steps = np.linspace(-0.5, 0.5, 9) * length
    moves = [np.array([[1.0, 0.0, step * np.cos(direction)], [0.0, 1.0, step * np.sin(direction)]]) for step in steps]
    return np.asarray(np.mean([cv2.warpAffine(pixels, move, SIZE, borderMode=cv2.BORDER_REPLICATE) for move in moves], axis=0))


def drawn_code(digits: int, source: np.random.Generator) -> str:
    """Any number with a right check digit."""
    body = "".join(str(one) for one in source.integers(0, 10, digits - 1))
    return next(code for last in range(10) if code_of(code := f"{body}{last}") is not None)


def readers(peer: Path | None) -> dict[str, Reader]:
    """Those that are here."""
    detector = cv2.barcode.BarcodeDetector()

    def by_opencv(pixels: Picture) -> Sequence[str]:
        found, texts, _, _ = detector.detectAndDecodeWithType(pixels)
        return [code for text in texts if (code := code_of(text)) is not None] if found else []

    found: dict[str, Reader] = {"eye": read_codes, "eye, quick": partial(read_codes, thorough=False), "OpenCV": by_opencv}
    if peer is not None:
        sys.path.append(str(peer.resolve()))
    try:
        zbar = importlib.import_module("pyzbar.pyzbar")
    except ImportError as error:
        print(f"zbar is left out ({error}): {INSTALL}")
        return found
    symbols = [zbar.ZBarSymbol.EAN13, zbar.ZBarSymbol.EAN8, zbar.ZBarSymbol.UPCA]

    def by_zbar(pixels: Picture) -> Sequence[str]:
        grey = cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
        return [code for one in zbar.decode(grey, symbols=symbols) if (code := code_of(one.data.decode())) is not None]

    return {**found, "zbar": by_zbar}


def measured(condition: Condition, each: int, seed: int, read: dict[str, Reader]) -> dict[str, Score]:
    """Every reader on the same pictures of one condition."""
    source = np.random.default_rng([seed, CONDITIONS.index(condition)])
    scores = {name: Score() for name in read}
    for number in range(each):
        kind, digits = KINDS[number % len(KINDS)]
        code = drawn_code(digits, source)
        pixels = picture_of(code, kind, condition, source)
        for name, reader in read.items():
            began = time.process_time()
            told = set(reader(pixels))
            scores[name].times_ms.append((time.process_time() - began) * 1e3)
            scores[name].right += code_of(code) in told
            scores[name].wrong += bool(told - {code_of(code)})
    return scores


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1 when the eye cannot read what is held to the camera, or reads codes that are not there in too many pictures."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.barcodes", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peer", type=Path, metavar="DIR", help=f"for zbar: {INSTALL}")
    parser.add_argument("--each", type=int, default=EACH, help=f"codes a condition (default: {EACH})")
    parser.add_argument("--seed", type=int, default=SEED)
    args = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    read = readers(args.peer)
    print(f"{args.each} codes a condition, {SIZE[0]} x {SIZE[1]} pixels; right / wrong")
    print(f"  {'':<38}" + "".join(f"{name:>14}" for name in read))
    whole, held = {name: Score() for name in read}, 0
    for condition in CONDITIONS:
        scores = measured(condition, args.each, args.seed, read)
        print(f"  {condition.name:<38}" + "".join(f"{f'{one.right} / {one.wrong}':>14}" for one in scores.values()), flush=True)
        held = scores["eye"].right if condition is CONDITIONS[0] else held
        for name, one in scores.items():
            whole[name].right += one.right
            whole[name].wrong += one.wrong
            whole[name].times_ms += one.times_ms
    print(f"  {'all':<38}" + "".join(f"{f'{one.right} / {one.wrong}':>14}" for one in whole.values()))
    print(f"  {'ms a picture':<38}" + "".join(f"{statistics.median(one.times_ms):>14.2f}" for one in whole.values()))
    share = whole["eye"].wrong / (args.each * len(CONDITIONS))
    limit = f"limit {100 * MOST_WRONG:.0f}; a shop believes two pictures that agree"
    print(f"  a code that is not there: in {100 * share:.1f} % of the eye's pictures ({limit})")
    return int(share > MOST_WRONG or held < LEAST_HELD * args.each)


if __name__ == "__main__":
    sys.exit(main())
