"""How well a gallery knows photographs it was not made from, and which of two galleries knows them better. Figures only; no files."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vision.enrolment.enrolling import vector_of
from vision.enrolment.photographs import Photograph
from vision.pipeline.calibration import area_under_roc, expected_calibration_error
from vision.pipeline.gallery import Gallery
from vision.ports import Embedder
from vision.types import Floats


@dataclass(frozen=True, slots=True)
class Look:
    """One photograph: what it shows, the enrolled product it looks most like ("" where none is), and how ``sure`` that is if it is one.

    ``none_of_these``: probability that it is no enrolled product. ``told_among``: what it looks most like when only the candidates of its
    product are possible, None where they are not known.
    """

    name: str
    product: str
    enrolled: bool
    nearest: str
    sure: float
    none_of_these: float
    told_among: str | None = None

    @property
    def right(self) -> bool:
        """It looks most like what it is."""
        return self.nearest == self.product


@dataclass(frozen=True, slots=True)
class Score:
    """Looks together. The shares are None where nothing was looked at that they could be of.

    ``best``: share of photographs of enrolled products that look most like what they are; ``among``: the same with candidates only;
    ``calibration_error``: expected calibration error of how sure that is; ``unknown_auroc``: chance that an unknown product looks less like
    an enrolled one than a known does.
    """

    looks: tuple[Look, ...]
    best: float | None
    among: float | None
    calibration_error: float | None
    unknown_auroc: float | None

    @property
    def confusions(self) -> tuple[tuple[tuple[str, str], int], ...]:
        """(what it is, what it looks most like) and how often, the most frequent first; enrolled products only."""
        mixed = Counter((look.product, look.nearest) for look in self.looks if look.enrolled and not look.right)
        return tuple(mixed.most_common())


def looks(
    gallery: Gallery,
    embedder: Embedder,
    photographs: Mapping[str, Sequence[Photograph]],
    candidates: Mapping[str, Sequence[str]] | None = None,
) -> tuple[Look, ...]:
    """One look at each of the photographs, which are sorted by what they show.

    ``candidates``: by product, what else is possible where it was taken, e.g. what weighs the same; of others nothing is known.
    """
    found: list[Look] = []
    for product, some in photographs.items():
        possible = [product, *candidates[product]] if candidates is not None and product in candidates else []
        among = [one for one in dict.fromkeys(possible) if one in gallery.products]
        found.extend(_look(gallery, vector_of(embedder, one), one.name, product, among) for one in some)
    return tuple(found)


def score(seen: Sequence[Look]) -> Score:
    """The figures over some looks."""
    known = [look for look in seen if look.enrolled]
    unknown = [look for look in seen if not look.enrolled]
    compared = [look for look in known if look.told_among is not None]
    return Score(
        looks=tuple(seen),
        best=_share([look.right for look in known]),
        among=_share([look.told_among == look.product for look in compared]),
        calibration_error=expected_calibration_error([look.sure for look in known], [look.right for look in known]) if known else None,
        unknown_auroc=area_under_roc([look.none_of_these for look in unknown], [look.none_of_these for look in known])
        if known and unknown
        else None,
    )


def by_chance(only_first: int, only_second: int) -> float:
    """Chance of a split at least as uneven if both galleries were equally good (exact two-sided sign test; McNemar 1947)."""
    trials, fewer = only_first + only_second, min(only_first, only_second)
    if trials == 0:
        return 1.0
    return min(1.0, 2.0 * sum(math.comb(trials, wins) for wins in range(fewer + 1)) / 2.0**trials)


def _look(gallery: Gallery, vector: Floats, name: str, product: str, among: Sequence[str]) -> Look:
    found = gallery.log_likelihoods(vector)
    priors, logs = dict.fromkeys(gallery.products, 1.0), found.by_product
    nearest = max(logs, key=lambda one: logs[one], default="")
    sure = found.probabilities(priors, other=0.0)[nearest]
    likeliest = max(among, key=lambda one: logs[one]) if among else None
    return Look(name, product, product in gallery.products, nearest, sure, found.probabilities(priors)[""], likeliest)


def _share(right: Sequence[bool]) -> float | None:
    return sum(right) / len(right) if right else None
