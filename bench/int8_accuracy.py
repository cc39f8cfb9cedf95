"""int8 against fp32 of one embedder: ``python -m bench.int8_accuracy --dataset DIR --fp32 FILE [--split val|test]``.

FILE: the frozen embedder before it was made int8, as ``python -m models.making.convert`` writes it from weights that anyone can get; that
needs torch, the rest does not (docs/training-the-embedder.md). Same photographs, crops, whitening and gallery for both; the protocols are
those of bench.vision_accuracy. Times are processor time of one crop on one thread, both in turns within this run.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.vision_accuracy import FROZEN, Eye, closed, in_full, new_packages, new_products, share, whitened
from bench.vision_protocols import Tally
from models.making.photographs import NoPhotographs, read_photographs
from models.manifest import ModelRefused
from models.store import ModelStore
from vision.backends.embedder import OnnxEmbedder

SPLITS: Final = range(10)  # class splits of protocol B
MOST_LOST: Final = 0.5  # points of A
ROUNDS: Final = 60


def rows(eye: Eye, types: NDArray[np.intp]) -> dict[str, Tally]:
    """Protocols A, B and C with the space that the training photographs give."""
    eye.space = whitened(eye.train)
    return {
        "A  top-1 of 81, enrolled with all photographs": closed(eye, types),
        "B  new products, 5 photographs, top-1 of 41": new_products(eye, types, 5, SPLITS, (), whitened),
        "C  new packages, 5 photographs, top-1 of 31": new_packages(eye, types, 5, whitened),
    }


def times_ms(embedders: Sequence[OnnxEmbedder], rounds: int = ROUNDS) -> list[list[float]]:
    """Processor time of one crop, in turns."""
    crop = np.random.default_rng(0).integers(0, 256, (224, 224, 3), dtype=np.uint8)
    spent: list[list[float]] = [[] for _ in embedders]
    for _ in range(rounds):
        for times, embedder in zip(spent, embedders, strict=True):
            began = time.process_time()
            embedder.embed([crop])
            times.append((time.process_time() - began) * 1e3)
    return [times[rounds // 6 :] for times in spent]


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1 when int8 loses more than half a point of protocol A or is not faster, 2 without photographs or models."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.int8_accuracy", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dataset", type=Path, required=True, help="folder of the Grocery Store Dataset")
    parser.add_argument("--fp32", type=Path, required=True, metavar="FILE", help=f"{FROZEN} before it was made int8")
    parser.add_argument("--split", choices=("val", "test"), default="val", help="photographs that are asked")
    given = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    try:
        train, asked = read_photographs(given.dataset, "train"), read_photographs(given.dataset, given.split)
        narrow = ModelStore().read(FROZEN)
        models = (narrow, in_full(narrow, given.fp32.read_bytes()))
        eyes = [Eye(model, train, asked) for model in models]
    except (NoPhotographs, ModelRefused, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    types = np.zeros(max(train.products) + 1, dtype=np.intp)
    types[list(train.products)] = train.types
    figures = [rows(eye, types) for eye in eyes]
    print(f"\n{f'{FROZEN}, split {given.split}, whitened':<52}{'int8':>9}{'fp32':>9}{'lost':>7}")
    for name in figures[0]:
        one, other = (share(figure[name].right) for figure in figures)
        print(f"  {name:<50}{one:>9.1f}{other:>9.1f}{other - one:>7.1f}")
    spent = times_ms([OnnxEmbedder(model, threads=1) for model in models])
    ratio = statistics.median(other / one for one, other in zip(*spent, strict=True))
    print(f"  {'size, MB':<50}" + "".join(f"{model.manifest.size / 1e6:>9.2f}" for model in models))
    print(f"  {'one crop on one thread, ms':<50}" + "".join(f"{statistics.median(one):>9.2f}" for one in spent) + f"   ratio {ratio:.2f}")
    a_int8, a_fp32 = (share(next(iter(figure.values())).right) for figure in figures)
    return int(a_fp32 - a_int8 > MOST_LOST or ratio <= 1.0)


if __name__ == "__main__":
    sys.exit(main())
