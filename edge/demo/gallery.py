"""``python -m edge.demo.gallery --stage STAGE.json --gallery DIR``: the demonstration's products, enrolled.

Each from a few drawn photographs, and from being taken and put back at the camera once.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import cv2

from edge.store.counted import counted
from models.manifest import ModelRefused
from models.store import ModelStore
from vision.backends.embedder import OnnxEmbedder
from vision.enrolment.enrolling import NotEnrolled, enrol
from vision.enrolment.first_gallery import first_gallery
from vision.enrolment.photographs import photograph
from vision.gallery_folder import GalleryFolder
from vision.sim.photographs import photographs
from vision.sim.rehearsal import reach_crops
from vision.sim.stage import Stage, read_stage
from vision.types import Box

PHOTOGRAPHS: Final = 5  # of each product, beside what the camera sees when it is taken and put back
WHOLE: Final = Box(0.0, 0.0, 1.0, 1.0)
EMBEDDER: Final = "product-embedder"


def enrol_all(stage: Stage, folder: Path) -> int:
    """Enrol every product of the stage but its strangers, and save the gallery; how many. Raises ModelRefused, NotEnrolled, OSError."""
    model = ModelStore(None).read(EMBEDDER)
    embedder = OnnxEmbedder(model)
    gallery = first_gallery(model)
    for gtin in (one for one in stage.looks if one not in stage.strangers):
        pictures = photographs(gtin, stage.looks, PHOTOGRAPHS, seed=stage.seed)
        drawn = [photograph(f"{gtin}-{number}", pixels, read=False) for number, pixels in enumerate(pictures, 1)]
        crops = reach_crops(gtin, stage.looks, seed=stage.seed)
        drawn += [photograph(f"{gtin} at the shelf, {number}", pixels, WHOLE, read=False) for number, pixels in enumerate(crops, 1)]
        gallery = enrol(gallery, embedder, gtin, drawn, keep_odd=True).gallery
    made_at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    GalleryFolder(folder).save(gallery, made_at=made_at, model=embedder.key, model_sha256=embedder.sha256)
    return len(gallery.products)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1: they could not be enrolled, with the reason."""
    parser = argparse.ArgumentParser(prog="python -m edge.demo.gallery", description=__doc__)
    parser.add_argument("--stage", type=Path, required=True, help="file with the products' looks")
    parser.add_argument("--gallery", type=Path, required=True, help="folder that gets the gallery")
    chosen = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    try:
        print(f"{counted(enrol_all(read_stage(chosen.stage), chosen.gallery), 'product')} enrolled")
    except (ModelRefused, NotEnrolled, OSError, ValueError) as error:
        print(f"edge.demo.gallery: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
