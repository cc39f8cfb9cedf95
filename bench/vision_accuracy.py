"""``python -m bench.vision_accuracy --dataset DIR --split val|test``: what the shipped embedders tell apart on real photographs.

The dataset is the Grocery Store Dataset (81 products; MIT), which is not part of the project. Photographs go through the same crop, model,
gallery and calibration as in a shop. Whatever is enrolled comes from the training split, whatever is asked from ``--split``:

A  all 81 products enrolled with every training photograph; the embedder was trained on them.
B  41 new products enrolled with k photographs; the embedder was trained on the 40 others of class split 0, or frozen (ten class splits).
C  31 packages enrolled with k photographs, those 10 asked that the embedder was not trained on.
E  40 products enrolled with 5 photographs, which the embedder was trained on; is it an enrolled product at all?
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.vision_protocols import PACKAGES, Shots, Tally, ask, base_products, drawn, gallery_of, open_set
from models.making.photographs import NoPhotographs, Photographs, read_photographs, read_picture
from models.manifest import ModelRefused
from models.store import ModelStore, VerifiedModel
from vision.backends.embedder import OnnxEmbedder
from vision.enrolment.first_gallery import first_gallery
from vision.pipeline.crop import looks
from vision.pipeline.gallery import Gallery
from vision.pipeline.whitening import Whitening, fit_whitening, unit_rows
from vision.types import Floats

CLOSED: Final = "product-embedder-tuned"  # trained on all 81 and no more than that
NEW: Final = "product-embedder-base40"  # trained on the base of class split 0 only
ENROLLED: Final = "product-embedder-base40-tuned"  # trained on that base and no more than that
FROZEN: Final = "product-embedder-frozen"  # trained on none of them
SEEDS_B: Final = (0, 1000, 2000, 3000, 4000)
SEEDS_C: Final = tuple(range(10))
BATCH: Final = 8


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure beside what it must reach."""

    what: str
    value: float
    least: float | None = None
    most: float | None = None

    @property
    def missed(self) -> bool:
        """It was not reached."""
        return (self.least is not None and self.value < self.least) or (self.most is not None and self.value > self.most)

    def line(self) -> str:
        """One row of the table."""
        limit = f"at least {self.least:g}" if self.least is not None else f"at most {self.most:g}"
        return f"  {self.what:<62} {self.value:8.3f}  {limit:<16} {'MISSED' if self.missed else 'reached'}"


class Eye:
    """One shipped embedder, the space its gallery begins with, and the vectors of the photographs."""

    def __init__(self, model: VerifiedModel, train: Photographs, asked: Photographs) -> None:
        self.name, self.model = model.manifest.name, model
        first = first_gallery(model)
        self.space, self.calibration = first.whitening, first.calibration
        self._embedder = OnnxEmbedder(model, threads=1)
        began = time.monotonic()
        self.train, self.asked = self._shots(train), self._shots(asked)
        spent = (time.monotonic() - began) * 1e3 / (len(train.paths) + len(asked.paths))
        print(f"{self._embedder.key}: {len(train.paths)} + {len(asked.paths)} photographs, {spent:.1f} ms each with reading", flush=True)

    def _shots(self, photographs: Photographs) -> Shots:
        rows = [self._vectors(photographs.paths[start : start + BATCH]) for start in range(0, len(photographs.paths), BATCH)]
        return Shots(np.concatenate(rows), np.array(photographs.products))

    def _vectors(self, paths: Sequence[Path]) -> Floats:
        crops = [crop for path in paths for crop in looks(read_picture(path))]
        return unit_rows(self._embedder.embed(crops).reshape(len(paths), -1, self._embedder.size).mean(axis=1))

    def speed_ms(self) -> float:
        """Median time of one picture on one thread."""
        crop = np.random.default_rng(0).integers(0, 256, (224, 224, 3), dtype=np.uint8)
        times = []
        for _ in range(40):
            began = time.perf_counter()
            self._embedder.embed([crop])
            times.append(time.perf_counter() - began)
        return float(np.median(times[8:])) * 1e3


def closed(eye: Eye, types: NDArray[np.intp]) -> Tally:
    """Protocol A."""
    tally = Tally()
    ask(gallery_of(eye.train, eye.space, eye.calibration), eye.asked, types, np.random.default_rng(0), tally)
    return tally


def new_products(
    eye: Eye, types: NDArray[np.intp], shots: int, splits: Sequence[int], seeds: Sequence[int], space: Callable[[Shots], Whitening]
) -> Tally:
    """Protocol B: the products outside each split's base; ``space`` from the training photographs of the base."""
    tally = Tally()
    for split in splits:
        base, new = base_products(split)
        whitening = space(eye.train.only(base))
        for seed in seeds or [split]:
            rng = np.random.default_rng(seed)
            gallery = gallery_of(drawn(eye.train, new, shots, rng), whitening, eye.calibration)
            ask(gallery, eye.asked.only(new), types, rng, tally)
    return tally


def new_packages(eye: Eye, types: NDArray[np.intp], shots: int, space: Callable[[Shots], Whitening]) -> Tally:
    """Protocol C."""
    base, _ = base_products(0)
    whitening, tally = space(eye.train.only(base)), Tally()
    for seed in SEEDS_C:
        rng = np.random.default_rng(seed)
        gallery = gallery_of(drawn(eye.train, PACKAGES, shots, rng), whitening, eye.calibration)
        ask(gallery, eye.asked.only([product for product in PACKAGES if product not in base]), types, rng, tally)
    return tally


def not_enrolled(eye: Eye, splits: Sequence[int], views: int, space: Callable[[Shots], Whitening]) -> float:
    """Protocol E: mean AUROC over class splits; ``views`` photographs of one product make one query."""
    scores = []
    for split in splits:
        base, new = base_products(split)
        gallery: Gallery = gallery_of(drawn(eye.train, base, 5, np.random.default_rng(split)), space(eye.train.only(base)), eye.calibration)
        scores.append(open_set(gallery, eye.asked.only(base), eye.asked.only(new), views))
    return float(np.mean(scores))


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1 when a bar was missed, 2 without the dataset or without the models."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.vision_accuracy", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--dataset", type=Path, help="folder of the Grocery Store Dataset, with train.txt and the list of the split")
    parser.add_argument("--split", choices=("val", "test"), default="val", help="photographs that are asked")
    parser.add_argument("--models", type=Path, help="folder of added models, beside the shipped ones")
    parser.add_argument("--fp32", type=Path, help=f"{FROZEN} before it was made int8, from models.making.convert, to compare")
    given = parser.parse_args(arguments)
    if given.dataset is None:
        print(
            "needs photographs: --dataset DIR, the Grocery Store Dataset (github.com/marcusklasson/GroceryStoreDataset, MIT)",
            file=sys.stderr,
        )
        return 2
    cv2.setNumThreads(1)
    try:
        train, asked = read_photographs(given.dataset, "train"), read_photographs(given.dataset, given.split)
        store = ModelStore(given.models)
        eyes = {name: Eye(store.read(name), train, asked) for name in (CLOSED, NEW, ENROLLED, FROZEN)}
    except (NoPhotographs, ModelRefused) as error:
        print(error, file=sys.stderr)
        return 2
    types = np.zeros(max(train.products) + 1, dtype=np.intp)
    types[list(train.products)] = train.types
    bars = _measured(eyes, types)
    print(f"\nsplit {given.split}")
    print("\n".join(bar.line() for bar in bars))
    if given.fp32 is not None:
        _int8_against_fp32(eyes[FROZEN], given.fp32, train, asked, types)
    return int(any(bar.missed for bar in bars))


def _measured(eyes: dict[str, Eye], types: NDArray[np.intp]) -> list[Bar]:
    """Every protocol; prints its rows and gives what has a bar."""
    all81, base40, tuned40, frozen = eyes[CLOSED], eyes[NEW], eyes[ENROLLED], eyes[FROZEN]
    a = closed(all81, types)
    print(f"A  {all81.name}: {a.line()}")
    print(f"A  {frozen.name}, whitened by the same photographs: {closed(_in_space(frozen, whitened(frozen.train)), types).line()}")
    rows: dict[tuple[str, int], Tally] = {}
    for shots in (1, 5):
        rows["B", shots] = new_products(base40, types, shots, (0,), SEEDS_B, in_its_own(base40))
        rows["B frozen", shots] = new_products(frozen, types, shots, range(10), (), whitened)
        rows["C", shots] = new_packages(base40, types, shots, in_its_own(base40))
        rows["C frozen", shots] = new_packages(frozen, types, shots, whitened)
    for (name, shots), tally in rows.items():
        print(f"{name}, {shots} photograph{'s' if shots > 1 else ''}: {tally.line()}")
    known = {(eye.name, views): not_enrolled(eye, (0,), views, in_its_own(eye)) for eye in (base40, tuned40) for views in (1, 3)}
    for eye in (base40, tuned40):
        one, three = known[eye.name, 1], known[eye.name, 3]
        print(f"E  {eye.name}: AUROC {one:.3f} from one photograph, {three:.3f} from three of one product")
    print(f"E  {frozen.name}, three class splits: AUROC {not_enrolled(frozen, (0, 1, 2), 1, whitened):.3f} from one photograph", flush=True)
    b, c = rows["B", 5], rows["C", 5]
    return [
        Bar("A top-1 of 81, per cent", share(a.right), least=93.0),
        Bar("A coarse class, per cent", share(a.right_type), least=95.5),
        Bar("B 5 photographs, top-1 of 41, per cent", share(b.right), least=84.0),
        Bar("B 5 photographs, among 5, per cent", share(b.among[5]), least=97.5),
        Bar("B 5 photographs, among 10, per cent", share(b.among[10]), least=95.0),
        Bar("C 5 photographs, top-1 of 31, per cent", share(c.right), least=90.0),
        Bar("C 5 photographs, among 5, per cent", share(c.among[5]), least=98.0),
        Bar("C 5 photographs, among those of the same type, per cent", share(c.same_type), least=92.0),
        *(
            Bar(
                f"E not an enrolled product, AUROC, {views} photograph{'s' if views > 1 else ''}, {eye.name}",
                known[eye.name, views],
                least=0.85,
            )
            for eye in (base40, tuned40)
            for views in (1, 3)
        ),
        Bar("A expected calibration error", a.calibration_error(), most=0.03),
        Bar("B expected calibration error, 5 photographs", b.calibration_error(), most=0.03),
        Bar("C expected calibration error, 5 photographs", c.calibration_error(), most=0.03),
    ]


def in_its_own(eye: Eye) -> Callable[[Shots], Whitening]:
    """The space that came with the model, whatever photographs there are."""
    return lambda _: eye.space


def _in_space(eye: Eye, space: Whitening) -> Eye:
    """The same vectors compared in another space."""
    other = copy(eye)
    other.space = space
    return other


def _int8_against_fp32(small: Eye, file: Path, train: Photographs, asked: Photographs, types: NDArray[np.intp]) -> None:
    """Accuracy and time of the same weights in both precisions, in turns."""
    full = Eye(in_full(small.model, file.read_bytes()), train, asked)
    for eye in (small, full):
        print(f"{eye.name}: protocol A, whitened: {closed(_in_space(eye, whitened(eye.train)), types).line()}")
    times = [[eye.speed_ms() for eye in (small, full)] for _ in range(5)]
    one, other = np.median(times, axis=0)
    print(
        f"one picture on one thread: int8 {one:.2f} ms, fp32 {other:.2f} ms, ratio {float(np.median([b / a for a, b in times])):.2f}",
        flush=True,
    )


def in_full(model: VerifiedModel, content: bytes) -> VerifiedModel:
    """The same model before it was made int8, from the bytes of its file."""
    manifest = model.manifest.model_copy(
        update={"name": f"{model.manifest.name}-fp32", "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    )
    return VerifiedModel(manifest, content, {})


def whitened(shots: Shots) -> Whitening:
    """The space of a frozen embedder, from products it will not be asked about."""
    return fit_whitening(shots.vectors, shots.products.tolist())


def share(hits: Sequence[bool]) -> float:
    """Per cent."""
    return 100.0 * float(np.mean(hits)) if hits else 0.0


if __name__ == "__main__":
    sys.exit(main())
