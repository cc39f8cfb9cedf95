"""How an embedder is judged on photographs of products: draws of galleries, class splits, and the figures over them. Arrays only.

Products are numbers; ``types`` maps a product to its coarse class. A gallery draw takes k photographs of each product in ascending order of
product from one generator, so that the same seed means the same photographs everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vision.pipeline.calibration import Calibration, area_under_roc, expected_calibration_error
from vision.pipeline.gallery import Gallery, empty_gallery
from vision.pipeline.whitening import Whitening
from vision.types import Floats

Ints = NDArray[np.intp]
Doubles = NDArray[np.float64]
PACKAGES = tuple(range(28, 59))  # products of the dataset that are printed packages
BASE_SHARE = 40  # products an embedder may learn from in the protocols on new ones


@dataclass(frozen=True, slots=True)
class Shots:
    """Photographs as vectors, with the product each shows."""

    vectors: Floats
    products: Ints

    def only(self, products: Sequence[int]) -> Shots:
        """Those of ``products``."""
        rows = np.flatnonzero(np.isin(self.products, np.asarray(products)))
        return Shots(self.vectors[rows], self.products[rows])


@dataclass(slots=True)
class Tally:
    """Answers as they come in; every figure is a share of the queries."""

    right: list[bool] = field(default_factory=list)
    right_type: list[bool] = field(default_factory=list)
    among: dict[int, list[bool]] = field(default_factory=lambda: {5: [], 10: []})
    same_type: list[bool] = field(default_factory=list)
    confidence: list[float] = field(default_factory=list)

    def line(self) -> str:
        """The figures in per cent."""
        return (
            f"top-1 {percent(self.right)}, type {percent(self.right_type)}, among 5 {percent(self.among[5])}, among 10 "
            f"{percent(self.among[10])}, same type {percent(self.same_type)}, calibration error {self.calibration_error():.3f} "
            f"({self.chance_error():.3f} by chance)"
        )

    def calibration_error(self) -> float:
        """Expected calibration error of the best answer among all."""
        return expected_calibration_error(self.confidence, self.right) if self.right else 0.0

    def chance_error(self, draws: int = 200) -> float:
        """What the calibration error would be, on average, if every confidence were exactly right: so few photographs cannot show less."""
        rng, sure = np.random.default_rng(0), np.asarray(self.confidence)
        errors = [expected_calibration_error(self.confidence, (rng.random(sure.size) < sure).tolist()) for _ in range(draws)]
        return float(np.mean(errors)) if sure.size else 0.0


def percent(hits: Sequence[bool]) -> str:
    """Share of hits, one decimal."""
    return f"{100 * float(np.mean(hits)):.1f}" if len(hits) else "-"


def base_products(split: int, products: int = 81) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """(base, new) of a class split: the embedder may know the first, the gallery holds the second."""
    order = np.random.default_rng(100 + split).permutation(products)
    return tuple(sorted(map(int, order[:BASE_SHARE]))), tuple(sorted(map(int, order[BASE_SHARE:])))


def drawn(shots: Shots, products: Sequence[int], count: int | None, rng: np.random.Generator) -> Shots:
    """``count`` photographs of each product, all where None."""
    rows: list[int] = []
    for product in sorted(products):
        own = np.flatnonzero(shots.products == product)
        rows += list(own if count is None else rng.choice(own, count, replace=False))
    return Shots(shots.vectors[rows], shots.products[rows])


def gallery_of(shots: Shots, whitening: Whitening, calibration: Calibration) -> Gallery:
    """The products of ``shots`` enrolled with their photographs."""
    gallery = empty_gallery(whitening.size, whitening, calibration)
    for product in np.unique(shots.products):
        gallery = gallery.enrolled(str(int(product)), shots.vectors[shots.products == product])
    return gallery


def ask(gallery: Gallery, queries: Shots, types: NDArray[np.intp], rng: np.random.Generator, tally: Tally, draws: int = 2) -> None:
    """Ask the gallery for each query and write down what was right."""
    known = np.array([int(product) for product in gallery.products])
    cosines = gallery.cosines(queries.vectors)
    for row, product in zip(cosines, queries.products, strict=True):
        true = int(np.flatnonzero(known == product)[0])
        odds = np.exp(gallery.calibration.nats(gallery.counts) * (row - row.max()).astype(np.float64))
        odds /= odds.sum()
        tally.right.append(int(row.argmax()) == true)
        tally.confidence.append(float(odds.max()))
        by_type = np.bincount(types[known], odds)
        tally.right_type.append(int(by_type.argmax()) == int(types[product]))
        same = np.flatnonzero(types[known] == types[product])
        tally.same_type.append(bool(row[same].max() == row[true]))
        others = np.delete(np.arange(known.size), true)
        for wanted, answers in tally.among.items():
            for _ in range(draws):
                rivals = rng.choice(others, min(wanted - 1, others.size), replace=False)
                answers.append(bool(row[true] > row[rivals].max()))


def open_set(gallery: Gallery, known: Shots, unknown: Shots, views: int = 1) -> float:
    """AUROC of "an enrolled product", from the log-odds of the calibration; ``views`` photographs of one product are one query."""
    return area_under_roc(known_odds(gallery, known, views), known_odds(gallery, unknown, views))


def known_odds(gallery: Gallery, queries: Shots, views: int = 1) -> list[float]:
    """Log-odds of "an enrolled product" per query of ``views`` photographs of one product, in their order; left over ones are not asked."""
    scores: list[float] = []
    for product in np.unique(queries.products):
        cosines = gallery.cosines(queries.vectors[queries.products == product])
        groups = [cosines[start : start + views].mean(axis=0) for start in range(0, len(cosines) - views + 1, views)]
        scores += [gallery.calibration.known_log_odds(group.astype(np.float64)) for group in groups]
    return scores
