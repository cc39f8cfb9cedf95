"""``python -m bench.vision_calibration --dataset DIR``: the calibration numbers of the shipped embedders, as their manifests hold them.

Fitted on photographs of the validation split: of new products for the embedders of a shop, of all 81 for the one that was trained on them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from bench.vision_accuracy import CLOSED, ENROLLED, NEW, SEEDS_B, Eye
from bench.vision_protocols import PACKAGES, Doubles, Ints, Shots, base_products, drawn, gallery_of
from models.making.photographs import read_photographs
from models.store import ModelStore
from vision.pipeline.calibration import Calibration, log_sum
from vision.pipeline.gallery import Gallery

SCALES = np.arange(4.0, 80.0, 0.5)
POOLINGS = np.arange(0.0, 1.01, 0.05)
VIEWS = 3  # photographs of one product that are pooled
RIDGE = 1e-3  # of the logistic fit


def cosines_of(gallery: Gallery, asked: Shots, views: int = 1) -> tuple[Doubles, Ints]:
    """Mean cosines of each query of ``views`` photographs of one product, and the row of the true product (-1: not enrolled)."""
    rows, true = [], []
    for product in np.unique(asked.products):
        cosines = gallery.cosines(asked.vectors[asked.products == product])
        place = gallery.products.index(str(product)) if str(product) in gallery.products else -1
        for start in range(0, len(cosines) - views + 1, views):
            rows.append(cosines[start : start + views].mean(axis=0))
            true.append(place)
    return np.array(rows, dtype=np.float64), np.array(true)


def surprise(cosines: Doubles, true: Ints, nats: float) -> float:
    """Mean negative log-probability of the true product."""
    return float(np.mean([log_sum(nats * row) - nats * row[place] for row, place in zip(cosines, true, strict=True)]))


def surprises(pairs: Sequence[tuple[Doubles, Ints]], nats: float) -> float:
    """Mean of ``surprise`` over the queries of several galleries."""
    return sum(surprise(cosines, true, nats) * len(true) for cosines, true in pairs) / sum(len(true) for _, true in pairs)


def fitted_known(known: Doubles, unknown: Doubles) -> tuple[float, float, float]:
    """Bias, weight of the largest cosine and of the margin: logistic regression by Newton's steps, both sides weighted alike."""
    both = np.concatenate([known, unknown])
    ordered = np.sort(both, axis=1)
    x = np.stack([np.ones(len(both)), ordered[:, -1], ordered[:, -1] - ordered[:, -2]], axis=1)
    y = np.repeat([1.0, 0.0], [len(known), len(unknown)])
    weight = np.where(y > 0, 0.5 / len(known), 0.5 / len(unknown))
    w = np.zeros(3)
    for _ in range(50):
        p = 1.0 / (1.0 + np.exp(-x @ w))
        hessian = (x * (weight * p * (1 - p))[:, None]).T @ x + RIDGE * np.diag([0.0, 1.0, 1.0])
        w = w - np.linalg.solve(hessian, x.T @ (weight * (p - y)) + RIDGE * np.array([0.0, w[1], w[2]]))
    return float(w[0]), float(w[1]), float(w[2])


def for_new(eye: Eye) -> Calibration:
    """From products the embedder was not trained on, 5 photographs each, all kinds together and packages among packages; "none of these"
    from galleries of those it was trained on."""
    base, new = base_products(0)
    start = replace(eye.calibration, scale=1.0, pooling=1.0)
    packages = [product for product in PACKAGES if product not in base]
    galleries = [
        (gallery_of(drawn(eye.train, enrolled, 5, np.random.default_rng(seed)), eye.space, start), eye.asked.only(asked))
        for enrolled, asked in ((new, new), (PACKAGES, packages))
        for seed in SEEDS_B
    ]
    worth = start.nats(galleries[0][0].counts)
    one = [cosines_of(gallery, asked) for gallery, asked in galleries]
    scale = float(min(SCALES, key=lambda value: surprises(one, value * worth)))
    pooled = [cosines_of(gallery, asked, VIEWS) for gallery, asked in galleries]
    pooling = float(min(POOLINGS, key=lambda value: surprises(pooled, scale * worth * VIEWS**value)))
    return known_by(eye, Calibration(scale=scale, pooling=pooling))


def known_by(eye: Eye, start: Calibration) -> Calibration:
    """``start`` with the odds of "an enrolled product", from galleries of the base (5 photographs each) asked with base and rest."""
    base, new = base_products(0)
    enrolled = [gallery_of(drawn(eye.train, base, 5, np.random.default_rng(seed)), eye.space, start) for seed in SEEDS_B]
    known, unknown = (
        np.concatenate([cosines_of(gallery, eye.asked.only(side), views)[0] for gallery in enrolled for views in (1, VIEWS)])
        for side in (base, new)
    )
    bias, best, margin = fitted_known(known, unknown)
    return replace(start, known_bias=bias, known_best=best, known_margin=margin)


def for_trained(eye: Eye, known: Calibration) -> Calibration:
    """From all 81 products; what only new products can tell is taken from ``known``."""
    gallery = gallery_of(eye.train, eye.space, known)
    cosines, true = cosines_of(gallery, eye.asked)
    worth = replace(known, scale=1.0).nats(gallery.counts)
    return replace(known, scale=float(min(SCALES, key=lambda value: surprise(cosines, true, value * worth))))


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.vision_calibration", description=__doc__)
    parser.add_argument("--dataset", type=Path, required=True, help="folder of the Grocery Store Dataset")
    given = parser.parse_args(arguments)
    train, asked = read_photographs(given.dataset, "train"), read_photographs(given.dataset, "val")
    store = ModelStore()
    new = for_new(Eye(store.read(NEW), train, asked))
    trained = for_trained(Eye(store.read(CLOSED), train, asked), new)
    enrolled = known_by(Eye(store.read(ENROLLED), train, asked), trained)
    for name, calibration in ((f"{NEW}, product-embedder", new), (CLOSED, trained), (ENROLLED, enrolled)):
        print(f"# {name}\n[calibration]")
        print("\n".join(f"{key} = {round(value, 3)}" for key, value in asdict(calibration).items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
