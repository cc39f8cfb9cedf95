"""How much a cosine is worth: from similarity to log-likelihoods and an honest "none of these". Pure.

The numbers are fitted once per model on photographs it was not trained on and travel in its manifest and in the gallery.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from vision.types import Floats

Doubles: TypeAlias = NDArray[np.float64]

DEFAULT_OTHER = 0.05  # prior share of "none of these" where the caller names none
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Calibration:
    """``scale``: nats per unit of cosine of one view to a product's mean, were it the mean of many photographs; that of k photographs is
    worth k / (k + ``few``) of it, for a mean of few lies beside its product.

    ``known_bias``, ``known_best`` and ``known_margin``: log-odds that the product is an enrolled one, as bias + best·(largest cosine) +
    margin·(largest minus second). ``pooling``: views count as views^pooling independent ones; 0: many say no more than one, 1: all are
    independent.
    """

    scale: float = 24.0
    known_bias: float = -3.0
    known_best: float = 6.0
    known_margin: float = 8.0
    pooling: float = 0.4
    few: float = 1.0

    def __post_init__(self) -> None:
        values = (self.scale, self.known_bias, self.known_best, self.known_margin, self.pooling, self.few)
        if not all(math.isfinite(value) for value in values) or self.scale <= 0.0 or self.few < 0.0 or not 0.0 <= self.pooling <= 1.0:
            raise ValueError(f"a calibration has finite numbers, a positive scale, a pooling from 0 to 1 and few from 0, this is {self}")

    def nats(self, counts: Sequence[int]) -> float:
        """Nats per unit of cosine in a gallery whose products have these numbers of photographs, at least one product."""
        return self.scale * sum(count / (count + self.few) for count in counts) / len(counts)

    def logs(self, cosines: Floats, counts: Sequence[int]) -> tuple[Doubles, float]:
        """Log-likelihood of each product (n,) and of "none of these", in nats, from the cosines of several views (views, n).

        ``counts``: photographs of each product; one scale for all of them, or the best known always wins. Only differences count. "None
        of these" is set so that, against the products at equal weights, its odds are those above.
        """
        views, products = cosines.shape
        if not products or not views:
            return np.zeros(products), 0.0
        pooled = np.asarray(cosines.mean(axis=0), dtype=np.float64)
        worth = views**self.pooling
        logs = self.nats(counts) * worth * pooled
        odds = self.known_log_odds(pooled) * worth
        return logs, log_sum(logs) - math.log(products) - odds

    def known_log_odds(self, cosines: Doubles) -> float:
        """Log-odds that one view with these cosines (n,) shows an enrolled product."""
        best = float(cosines.max())
        second = float(np.partition(cosines, -2)[-2]) if cosines.size > 1 else 0.0
        return self.known_bias + self.known_best * best + self.known_margin * (best - second)


@dataclass(frozen=True, slots=True, eq=False)
class Likelihoods:
    """What the pictures say: in ``logs`` (n,) per product, in ``log_other`` for every product not named. Nats; only differences count."""

    products: tuple[str, ...]
    logs: Doubles
    log_other: float

    def __post_init__(self) -> None:
        if self.logs.shape != (len(self.products),) or not (bool(np.isfinite(self.logs).all()) and math.isfinite(self.log_other)):
            raise ValueError(f"one finite log-likelihood for each of {len(self.products)} products, these have shape {self.logs.shape}")

    @property
    def by_product(self) -> dict[str, float]:
        """The log-likelihoods by product."""
        return dict(zip(self.products, self.logs.tolist(), strict=True))

    def probabilities(self, candidates: Mapping[str, float], other: float = DEFAULT_OTHER) -> dict[str, float]:
        """Posterior over ``candidates`` (product to prior weight, any scale) and "" for none of these; the values add up to 1.

        ``other``: prior share of none of these, unless ``candidates`` holds a weight for "". A candidate that is not enrolled is as likely
        as anything the eye does not know. ValueError for a weight that is negative, not finite, or when all are zero.
        """
        if not 0.0 <= other <= 1.0:
            raise ValueError(f"the share of none of these is from 0 to 1, this is {other}")
        weights = dict(candidates)
        if any(not math.isfinite(weight) or weight < 0.0 for weight in weights.values()):
            raise ValueError("prior weights are finite numbers and not negative")
        total = sum(weights.values())
        if "" not in weights:
            weights = {product: weight / total * (1.0 - other) for product, weight in weights.items()} if total > 0.0 else {}
            weights[""] = other if total > 0.0 else 1.0
        elif total <= 0.0:
            raise ValueError("prior weights are all zero; give at least one candidate a weight")
        known = self.by_product
        posts = {product: _log(weight) + known.get(product, self.log_other) for product, weight in weights.items()}
        top = log_sum(np.array(list(posts.values())))
        return {product: math.exp(post - top) for product, post in posts.items()}


def log_sum(logs: Doubles) -> float:
    """log Σ exp of values of which one may be -inf; not all."""
    top = float(logs.max())
    return top + math.log(float(np.exp(logs - top).sum()))


def expected_calibration_error(confidences: Sequence[float], right: Sequence[bool], bins: int = 15) -> float:
    """Mean distance of confidence and share of right answers over ``bins`` equally wide bins, weighted by how many fall into each."""
    sure, hits = np.asarray(confidences, dtype=np.float64), np.asarray(right, dtype=np.float64)
    if sure.shape != hits.shape or sure.ndim != 1 or not sure.size:
        raise ValueError(f"one verdict for each confidence, these are {hits.size} for {sure.size}")
    place = np.minimum((sure * bins).astype(np.intp), bins - 1)
    counts = np.bincount(place, minlength=bins)
    gaps = np.abs(np.bincount(place, sure, bins) - np.bincount(place, hits, bins)) / np.maximum(counts, 1)
    return float((gaps * counts).sum() / sure.size)


def area_under_roc(known: Sequence[float], unknown: Sequence[float]) -> float:
    """Chance that a score of ``known`` lies above one of ``unknown``, ties counted half."""
    if not len(known) or not len(unknown):
        raise ValueError("both sides need at least one score")
    both = np.concatenate([np.asarray(known, dtype=np.float64), np.asarray(unknown, dtype=np.float64)])
    _, place, counts = np.unique(both, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2.0)[place]
    above = float(rank[: len(known)].sum()) - len(known) * (len(known) + 1) / 2.0
    return above / (len(known) * len(unknown))


def _log(weight: float) -> float:
    return math.log(weight) if weight > 0.0 else -math.inf
