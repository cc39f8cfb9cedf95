"""The products the eye knows: one mean vector each, in the space of the whitening. Pure values; files of them are elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from vision.pipeline.calibration import Calibration, Likelihoods
from vision.pipeline.whitening import Whitening, checked_rows, no_whitening, unit_rows
from vision.types import Floats

MAX_PRODUCTS = 20_000  # what a large supermarket carries


@dataclass(frozen=True, slots=True, eq=False)
class Gallery:
    """``means`` float32 (n, whitening.out), unit rows in the order of ``products``; ``counts``: photographs behind each."""

    products: tuple[str, ...]
    means: Floats
    counts: tuple[int, ...]
    whitening: Whitening
    calibration: Calibration = field(default_factory=Calibration)

    def __post_init__(self) -> None:
        n = len(self.products)
        if n > MAX_PRODUCTS or len(set(self.products)) != n or not all(self.products):
            raise ValueError(f"a gallery names each of at most {MAX_PRODUCTS} products once, this one names {n}")
        if self.means.shape != (n, self.whitening.out) or self.means.dtype != np.float32:
            raise ValueError(
                f"a gallery of {n} products has means float32 ({n}, {self.whitening.out}), this has {self.means.dtype} {self.means.shape}"
            )
        if n and not bool(np.all(np.abs(np.linalg.norm(self.means, axis=1) - 1.0) < 1e-3)):
            raise ValueError("the means of a gallery are vectors of length 1")
        if len(self.counts) != n or any(count < 1 for count in self.counts):
            raise ValueError(f"each of {n} products has at least one photograph, the counts are {self.counts}")

    def enrolled(self, product: str, embeddings: Floats) -> Gallery:
        """With ``product`` known by these embeddings of its photographs (k, size), instead of by what it was known by before.

        ValueError without a photograph, for a wrong shape, for numbers that are not finite, or for photographs that cancel each other out.
        """
        rows = checked_rows(embeddings, self.whitening.size)
        if not rows.shape[0]:
            raise ValueError(f"{product} needs at least one photograph")
        mean = self.whitening(rows).mean(axis=0, keepdims=True)
        if float(np.linalg.norm(mean)) < 1e-6:
            raise ValueError(f"the photographs of {product} have nothing in common; take them again")
        rest = self.without(product)
        return replace(
            rest,
            products=(*rest.products, product),
            means=np.concatenate([rest.means, unit_rows(mean)]),
            counts=(*rest.counts, int(rows.shape[0])),
        )

    def without(self, product: str) -> Gallery:
        """With ``product`` forgotten; unchanged where it was not known."""
        kept = [index for index, name in enumerate(self.products) if name != product]
        return replace(
            self,
            products=tuple(self.products[index] for index in kept),
            means=self.means[kept],
            counts=tuple(self.counts[index] for index in kept),
        )

    def cosines(self, views: Floats) -> Floats:
        """Cosine of each view (v, size) to each product's mean: (v, n)."""
        return np.asarray(self.whitening(views) @ self.means.T, dtype=np.float32)

    def log_likelihoods(self, views: Floats) -> Likelihoods:
        """What several pictures of one thing, embedded as (v, size), say about every product of the gallery.

        Without a view or without a product nothing is said: all logs are 0.
        """
        logs, other = self.calibration.logs(self.cosines(views), self.counts)
        return Likelihoods(self.products, logs, other)

    def alike(self, product: str, limit: int = 5) -> tuple[tuple[str, float], ...]:
        """The products that look most like ``product``, with their cosines, nearest first. KeyError where it is not known."""
        if product not in self.products:
            raise KeyError(product)
        own = self.products.index(product)
        cosines = self.means @ self.means[own]
        order = [int(index) for index in np.argsort(-cosines, kind="stable") if index != own][:limit]
        return tuple((self.products[index], float(cosines[index])) for index in order)


def empty_gallery(size: int, whitening: Whitening | None = None, calibration: Calibration | None = None) -> Gallery:
    """No product yet, for embeddings of length ``size``."""
    space = whitening or no_whitening(size)
    return Gallery((), np.zeros((0, space.out), dtype=np.float32), (), space, calibration or Calibration())
