"""``python -m bench.detectors --models DIR --pictures DIR``: detectors that are not shipped, on real pictures.

``--models``: ONNX files that the catalogue knows by their hash. Printed per model: how many pictures show each label, and the time from
pixels to boxes on one thread as a ratio to onnxruntime alone on a tensor of that shape, in turns within one run. Pictures larger than a
camera's are made that size first. ``--out`` draws the boxes for a person to judge.
"""

from __future__ import annotations

import argparse
import hashlib
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

import cv2
import numpy as np

from models.manifest import Manifest
from models.store import ModelStore, VerifiedModel
from vision.backends.detector import OnnxDetector
from vision.backends.onnx import bare_session
from vision.types import Detection, Picture

MOST_OVERHEAD = 1.6  # of onnxruntime's time: the smallest network takes less than two milliseconds, resizing and decoding half of one
DRAWN_WIDTH = 640  # pixels
CAMERA_WIDTH = 1280  # pixels
ROUNDS = 5  # per picture


def main() -> int:
    """Exit code 1 when the overhead is above the limit, 2 when there is nothing to measure."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.detectors", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", type=Path, required=True, metavar="DIR", help="ONNX files that the catalogue knows")
    parser.add_argument("--pictures", type=Path, required=True, metavar="DIR", help="JPEG and PNG files, folders below included")
    parser.add_argument("--most", type=int, default=60, help="pictures, evenly chosen (default: 60)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write the pictures with their boxes here")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    paths = sorted(path for path in args.pictures.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    paths = paths[:: max(1, len(paths) // args.most)][: args.most]
    pictures = [(path, as_filmed(np.asarray(picture, dtype=np.uint8))) for path in paths if (picture := cv2.imread(str(path))) is not None]
    known = {row.manifest.sha256: row.manifest for row in ModelStore().entries() if row.manifest.detection is not None}
    worst, measured = 0.0, 0
    for file in sorted(args.models.glob("*.onnx")):
        content = file.read_bytes()
        manifest = known.get(hashlib.sha256(content).hexdigest())
        if manifest is None or not pictures:
            print(f"{file.name}: {'no picture to look at' if manifest else 'not in the catalogue'}")
            continue
        measured += 1
        worst = max(worst, measure(manifest, content, pictures, args.out))
    if not measured:
        return 2
    return int(worst > MOST_OVERHEAD)


def measure(manifest: Manifest, content: bytes, pictures: list[tuple[Path, Picture]], out: Path | None) -> float:
    """Print what one detector finds and how long it takes; the ratio to onnxruntime alone."""
    detector = OnnxDetector(VerifiedModel(manifest, content, {}))
    raw = bare_session(content, manifest.key)
    shape = (1, 3, manifest.input.height, manifest.input.width)
    batch = {raw.get_inputs()[0].name: np.full(shape, 0.5, dtype=manifest.input.dtype)}
    whole, alone, labels = [], [], Counter[str]()
    for path, picture in pictures:
        found = detector.detect(picture)
        for _ in range(ROUNDS):
            began = time.perf_counter()
            detector.detect(picture)
            middle = time.perf_counter()
            raw.run(None, batch)
            whole.append(middle - began)
            alone.append(time.perf_counter() - middle)
        labels.update({one.label for one in found})
        if out is not None:
            draw(picture, found, out / manifest.name / f"{path.stem}.png")
    ratio = statistics.median(a / b for a, b in zip(whole, alone, strict=True))
    times = f"{statistics.median(whole) * 1e3:.1f} ms a picture, onnxruntime alone {statistics.median(alone) * 1e3:.1f} ms"
    print(f"{manifest.key}: {times}, median ratio {ratio:.2f} (limit {MOST_OVERHEAD})")
    print(
        f"   {len(pictures)} pictures; with {', '.join(f'{label}: {count}' for label, count in labels.most_common(8)) or 'nothing found'}"
    )
    return ratio


def as_filmed(picture: Picture) -> Picture:
    """No wider than a camera's picture."""
    scale = min(1.0, CAMERA_WIDTH / picture.shape[1])
    return np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def draw(picture: Picture, found: list[Detection], path: Path) -> None:
    """The picture with boxes and scores."""
    scale = DRAWN_WIDTH / picture.shape[1]
    shown = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    height, width = shown.shape[:2]
    for one in found:
        corner = (int(one.box.left * width), int(one.box.top * height))
        cv2.rectangle(shown, corner, (int(one.box.right * width), int(one.box.bottom * height)), (0, 0, 255), 2)
        cv2.putText(shown, f"{one.label} {one.score:.2f}", (corner[0] + 3, corner[1] + 18), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 255, 0), 2)
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), shown)


if __name__ == "__main__":
    sys.exit(main())
