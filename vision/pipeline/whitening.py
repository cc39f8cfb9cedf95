"""The space in which pictures of one product lie close together: embeddings centred and whitened within products. Pure.

What a vector is made from does not matter here; the gallery decides which product it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.types import Floats

SHRINKAGE = 0.3  # share of the sphere in the scatter; a few photographs do not fill a thousand dimensions
MAX_SIZE = 4096  # numbers in a vector; a larger one is a wrong file
_TINY = 1e-12


def unit_rows(rows: Floats) -> Floats:
    """Each row at length 1; a row of zeros stays as it is."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, _TINY), dtype=np.float32)


def checked_rows(rows: Floats, size: int | None = None) -> Floats:
    """``rows`` as float32 (n, size) if they are finite vectors, else ValueError with what was expected and what came."""
    array = np.asarray(rows, dtype=np.float32)
    if array.ndim != 2 or not 1 <= array.shape[1] <= MAX_SIZE or (size is not None and array.shape[1] != size):
        raise ValueError(f"embeddings are (n, {size or f'1 to {MAX_SIZE}'}) numbers, these have shape {array.shape}")
    if not bool(np.isfinite(array).all()):
        raise ValueError("embeddings are finite numbers, these hold NaN or infinity")
    return array


@dataclass(frozen=True, slots=True, eq=False)
class Whitening:
    """``mean`` (size,) of unit embeddings; ``matrix`` (size, out) turns and scales what is left of them, None: centred only."""

    mean: Floats
    matrix: Floats | None = None

    def __post_init__(self) -> None:
        if self.mean.ndim != 1 or not 1 <= self.mean.shape[0] <= MAX_SIZE or not np.isfinite(self.mean).all():
            raise ValueError(f"the mean of a whitening is 1 to {MAX_SIZE} finite numbers, this has shape {self.mean.shape}")
        if self.matrix is not None and (
            self.matrix.ndim != 2
            or self.matrix.shape[0] != self.size
            or not 1 <= self.matrix.shape[1] <= self.size
            or not np.isfinite(self.matrix).all()
        ):
            raise ValueError(f"the matrix of a whitening has {self.size} rows of finite numbers, this has shape {self.matrix.shape}")

    @property
    def size(self) -> int:
        """Length of the vectors that go in."""
        return int(self.mean.shape[0])

    @property
    def out(self) -> int:
        """Length of the vectors that come out."""
        return self.size if self.matrix is None else int(self.matrix.shape[1])

    def __call__(self, embeddings: Floats) -> Floats:
        """Unit rows (n, out) of embeddings (n, size) of any length; ValueError for another shape or for numbers that are not finite."""
        centred: Floats = unit_rows(checked_rows(embeddings, self.size)) - self.mean
        return unit_rows(centred if self.matrix is None else np.asarray(centred @ self.matrix, dtype=np.float32))


def no_whitening(size: int) -> Whitening:
    """Leaves unit embeddings as they are: for a model that whitens its own."""
    return Whitening(np.zeros(size, dtype=np.float32))


def fit_whitening(embeddings: Floats, labels: Sequence[str] | Sequence[int], *, shrinkage: float = SHRINKAGE) -> Whitening:
    """Shrinkage within-class whitening: W = S^(-1/2) with S = (1 - shrinkage)·S_w + shrinkage·(tr S_w / d)·I.

    ``labels`` names the product of each row; S_w is the mean outer product of the residuals of unit rows to their product's mean. With
    fewer than two products, or no product with two rows, there is nothing to whiten by and the rows are centred only.
    """
    rows = unit_rows(checked_rows(embeddings))
    if len(labels) != rows.shape[0] or not len(labels):
        raise ValueError(f"one label for each of {rows.shape[0]} embeddings, these are {len(labels)}")
    mean = np.asarray(rows.mean(axis=0), dtype=np.float32)
    names, of_row = np.unique(np.asarray(labels), return_inverse=True)
    residuals = _residuals(rows, of_row, len(names))
    scatter = residuals.T @ residuals / rows.shape[0]
    sphere = float(np.trace(scatter)) / rows.shape[1]
    if len(names) < 2 or sphere <= _TINY:
        return Whitening(mean)
    values, vectors = np.linalg.eigh((1.0 - shrinkage) * scatter + shrinkage * sphere * np.eye(rows.shape[1]))
    matrix = (vectors / np.sqrt(np.maximum(values, _TINY))) @ vectors.T
    return Whitening(mean, np.asarray(matrix, dtype=np.float32))


def _residuals(rows: Floats, of_row: NDArray[np.intp], classes: int) -> NDArray[np.float64]:
    """Rows minus the mean of their class, float64."""
    sums = np.zeros((classes, rows.shape[1]))
    np.add.at(sums, of_row, rows)
    means = sums / np.bincount(of_row, minlength=classes)[:, None]
    return np.asarray(rows - means[of_row], dtype=np.float64)
