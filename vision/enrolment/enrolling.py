"""From photographs of a product to a gallery that knows it: judge, embed, enrol, say what looks like it. Nothing is read or written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vision.enrolment.judging import Rival, Verdict, flawless, rivals, unlike_the_rest
from vision.enrolment.photographs import Photograph, Progress
from vision.pipeline.gallery import Gallery
from vision.pipeline.whitening import unit_rows
from vision.ports import Embedder
from vision.types import Floats


class NotEnrolled(ValueError):
    """No photograph would do. ``verdicts`` say of each one why."""

    def __init__(self, product: str, verdicts: Sequence[Verdict]) -> None:
        super().__init__(
            f"not one of {len(verdicts)} photographs of {product} will do"
            if len(verdicts) > 1
            else f"the photograph of {product} will not do"
            if verdicts
            else f"there is no photograph of {product}"
        )
        self.verdicts = tuple(verdicts)


@dataclass(frozen=True, slots=True, eq=False)
class Enrolment:
    """``gallery`` knows ``product`` by the photographs that ``verdicts`` call used. ``rivals``: what looks most like it, worst first."""

    gallery: Gallery
    product: str
    verdicts: tuple[Verdict, ...]
    rivals: tuple[Rival, ...]

    @property
    def used(self) -> int:
        """Number of photographs behind it."""
        return sum(verdict.used for verdict in self.verdicts)


def enrol(
    gallery: Gallery,
    embedder: Embedder,
    product: str,
    photographs: Sequence[Photograph],
    *,
    keep_odd: bool = False,
    progress: Progress | None = None,
) -> Enrolment:
    """``gallery`` with ``product`` known by these photographs instead of by what it was known by before.

    ``keep_odd``: also by those that look unlike the others. Raises NotEnrolled where no photograph will do; ValueError where the gallery
    and the embedder do not fit together.
    """
    verdicts = flawless(photographs, product)
    usable = [one for one, verdict in zip(photographs, verdicts, strict=True) if verdict.used]
    if not usable:
        raise NotEnrolled(product, verdicts)
    rows = []
    for done, one in enumerate(usable, 1):
        rows.append(vector_of(embedder, one))
        if progress is not None:
            progress("photographs learned", done, len(usable))
    embeddings = np.concatenate(rows)
    vectors = gallery.whitening(embeddings)
    before = [place for place, verdict in enumerate(verdicts) if verdict.used]
    verdicts = unlike_the_rest(verdicts, vectors, keep=keep_odd)
    kept = embeddings[[row for row, place in enumerate(before) if verdicts[place].used]]
    known = gallery.enrolled(product, kept)
    return Enrolment(known, product, tuple(verdicts), rivals(known, product, kept))


def vector_of(embedder: Embedder, one: Photograph) -> Floats:
    """What stands for a photograph, (1, size): the mean over its looks."""
    return unit_rows(embedder.embed(one.looks).mean(axis=0, keepdims=True))
