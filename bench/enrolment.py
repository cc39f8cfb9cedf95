"""``python -m bench.enrolment --dataset DIR --split val|test``: what enrolment leaves out and warns of on real photographs, and its time.

The dataset is the Grocery Store Dataset (MIT), which is not part of the project. The gate is tried on training photographs as they are and
as blur, shake, darkness and noise make them. What asks the embedder uses photographs of ``--split`` alone, for those it was trained on lie
too close together: the odd one out in sets with and without a photograph of another product, look-alikes among products enrolled with three
photographs and asked with their others.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from bench.vision_accuracy import Bar
from models.making.photographs import NoPhotographs, Photographs, read_photographs
from models.manifest import ModelRefused
from models.store import ModelStore
from vision.backends.embedder import OnnxEmbedder, open_embedder
from vision.enrolment.enrolling import enrol, vector_of
from vision.enrolment.first_gallery import first_gallery
from vision.enrolment.judging import LOOKS_ALIKE, Verdict, rivals, unlike_the_rest
from vision.enrolment.photographs import Photograph, from_file
from vision.gallery_folder import GalleryFolder
from vision.pipeline.crop import centre_square
from vision.pipeline.gallery import Gallery
from vision.pipeline.photo_quality import Flaw, photo_quality
from vision.sources import read_still
from vision.types import Floats, Picture

EMBEDDER: Final = "product-embedder"
GATE: Final = 200  # photographs that are spoilt in every way
SETS: Final = 600  # sets of three to five photographs, half of them with a stranger
SHOTS: Final = 5
SHOTS_ASIDE: Final = 3  # photographs of a product that is enrolled with some of those that are asked; the rest of them asks


def blurred(pixels: Picture) -> Picture:
    """Out of focus by 1 % of the side."""
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), 0.01 * min(pixels.shape[:2])), np.uint8)


def shaken(pixels: Picture) -> Picture:
    """Moved by 4 % of the side while the shutter was open."""
    return np.asarray(cv2.blur(pixels, (round(0.04 * min(pixels.shape[:2])), 1)), np.uint8)


def darkened(pixels: Picture) -> Picture:
    """At a quarter of the light."""
    return (pixels // 4).astype(np.uint8)


def noisy(pixels: Picture) -> Picture:
    """With the noise of a small camera in the evening."""
    return np.clip(pixels + np.random.default_rng(0).normal(0.0, 5.0, pixels.shape), 0, 255).astype(np.uint8)


SPOILT: Final[tuple[tuple[str, Flaw | None, Callable[[Picture], Picture], float], ...]] = (
    ("as they are: left out", None, lambda pixels: pixels, 0.02),
    ("noisy: left out", None, noisy, 0.02),
    ("out of focus: called blurred", "blurred", blurred, 0.97),
    ("out of focus and noisy: called blurred", "blurred", lambda pixels: noisy(blurred(pixels)), 0.85),
    ("shaken: called blurred", "blurred", shaken, 0.95),
    ("at a quarter of the light: called dark", "dark", darkened, 0.97),
    ("the same, noisy: called dark", "dark", lambda pixels: noisy(darkened(pixels)), 0.97),
)


def gate(paths: Sequence[Path]) -> list[Bar]:
    """How the flaws of photographs are told."""
    chosen = np.random.default_rng(1).choice(len(paths), min(GATE, len(paths)), replace=False)
    pictures = [read_still(paths[int(row)]) for row in chosen]
    bars = []
    for what, flaw, spoil, bound in SPOILT:
        found = [photo_quality(centre_square(spoil(pixels))).flaw for pixels in pictures]
        if flaw is None:
            bars.append(Bar(f"photographs {what}", float(np.mean([one is not None for one in found])), most=bound))
        else:
            bars.append(Bar(f"photographs {what}", float(np.mean([one == flaw for one in found])), least=bound))
    return bars


def odd_one_out(gallery: Gallery, vectors: Floats, products: np.ndarray[tuple[int], np.dtype[np.intp]]) -> list[Bar]:
    """How often a photograph of another product is left out, and how often one is for nothing."""
    rng, rows = np.random.default_rng(2), gallery.whitening(vectors)
    many = [product for product in np.unique(products) if (products == product).sum() >= 3]
    caught: list[bool] = []
    warned: list[bool] = []
    wronged: list[bool] = []
    for number in range(SETS):
        product = rng.choice(many)
        own = rng.permutation(np.flatnonzero(products == product))[: int(rng.integers(3, 6))]
        if number % 2:
            own[0] = rng.choice(np.flatnonzero(products != product))
        found = unlike_the_rest([Verdict(str(row), True) for row in own], rows[own])
        if number % 2:
            caught.append(not found[0].used)
            warned.append(bool(found[0].words))
        else:
            wronged.append(any(not verdict.used for verdict in found))
    return [
        Bar("a stranger among three to five: left out", float(np.mean(caught)), least=0.7),
        Bar("a stranger among three to five: left out or doubted", float(np.mean(warned)), least=0.85),
        Bar("sets without a stranger that lose a photograph", float(np.mean(wronged)), most=0.08),
    ]


def look_alikes(gallery: Gallery, vectors: Floats, products: np.ndarray[tuple[int], np.dtype[np.intp]]) -> list[Bar]:
    """Whether those pairs are named that are confused."""
    rng = np.random.default_rng(3)
    shots: dict[str, Floats] = {}
    asked: list[int] = []
    for product in np.unique(products):
        own = rng.permutation(np.flatnonzero(products == product))
        if len(own) > SHOTS_ASIDE:
            shots[str(product)] = vectors[own[:SHOTS_ASIDE]]
            asked.extend(int(row) for row in own[SHOTS_ASIDE:])
    for name, rows in shots.items():
        gallery = gallery.enrolled(name, rows)
    named = {(name, rival.product) for name, rows in shots.items() for rival in rivals(gallery, name, rows, len(shots)) if rival.alike}
    nearer: dict[bool, list[bool]] = {True: [], False: []}  # by whether the pair was called alike: was the photograph taken for the other?
    for cosines, shown in zip(gallery.cosines(vectors[asked]), map(str, products[asked]), strict=True):
        own_cosine = cosines[gallery.products.index(shown)]
        for other, cosine in zip(gallery.products, cosines, strict=True):
            if other != shown:
                nearer[(shown, other) in named].append(bool(cosine > own_cosine))
    pairs = len(shots) * (len(shots) - 1)
    print(f"{len(named)} of {pairs} pairs of {len(shots)} products are called alike (above {LOOKS_ALIKE:g})")
    alike, other_pairs = float(np.mean(nearer[True] or [False])), max(float(np.mean(nearer[False])), 1.0 / len(nearer[False]))
    print(f"photographs taken for the other of a pair called alike {alike:.4f}, of any other pair {other_pairs:.4f}")
    return [
        Bar("pairs of products called alike", len(named) / pairs, most=0.05),
        Bar("how much more often such a pair is confused than another", alike / other_pairs, least=10.0),
    ]


def duration(embedder: OnnxEmbedder, gallery: Gallery, paths: Sequence[Path]) -> Bar:
    """One product from five files to a gallery on the disk."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        found = enrol(gallery, embedder, "new", [from_file(path) for path in paths[:SHOTS]], keep_odd=True)
        GalleryFolder(Path(folder)).save(found.gallery, made_at="2026-01-01T00:00:00Z", model=embedder.key, model_sha256=embedder.sha256)
    return Bar("seconds from five files to a gallery in use", time.monotonic() - began, most=5.0)


def seen(embedder: OnnxEmbedder, photographs: Photographs) -> tuple[Floats, list[int]]:
    """Vectors and products of all of them."""
    found: list[Photograph] = [from_file(path) for path in photographs.paths]
    return np.concatenate([vector_of(embedder, one) for one in found]), list(photographs.products)


def main() -> int:
    """Exit code 1: a bar was missed; 2: there are no photographs or no model."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.enrolment", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dataset", type=Path, help="folder of the Grocery Store Dataset")
    parser.add_argument("--split", default="val", help="photographs that are asked: val or test")
    given = parser.parse_args()
    if given.dataset is None:
        print("bench.enrolment: it needs photographs: --dataset DIR (the Grocery Store Dataset, which the project does not carry)")
        return 2
    cv2.setNumThreads(1)
    try:
        train, asked = read_photographs(given.dataset, "train"), read_photographs(given.dataset, given.split)
        store = ModelStore()
        embedder, gallery = open_embedder(EMBEDDER, store), first_gallery(store.read(EMBEDDER))
    except (NoPhotographs, ModelRefused, OSError) as error:
        print(f"bench.enrolment: {error}", file=sys.stderr)
        return 2
    bars = gate(train.paths)
    asked_vectors = seen(embedder, asked)
    bars += odd_one_out(gallery, asked_vectors[0], np.array(asked_vectors[1]))
    bars += look_alikes(gallery, asked_vectors[0], np.array(asked_vectors[1]))
    bars.append(duration(embedder, gallery, train.paths))
    print(f"{embedder.key}, asked: {given.split}")
    for bar in bars:
        print(bar.line())
    return 1 if any(bar.missed for bar in bars) else 0


if __name__ == "__main__":
    sys.exit(main())
