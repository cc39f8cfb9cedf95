"""From photographs of a product to a gallery that knows it: judge, embed, enrol, say what looks like it. Nothing is read or written."""

from __future__ import annotations

from collections.abc import Container, Sequence
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
    return learned(gallery, product, verdicts, np.concatenate(rows), keep_odd=keep_odd)


def learned(
    gallery: Gallery,
    product: str,
    verdicts: Sequence[Verdict],
    embeddings: Floats,
    *,
    keep_odd: bool = False,
    kept: Container[int] = (),
) -> Enrolment:
    """What photographs that were judged by themselves make of ``gallery``, once those unlike the others are left out.

    ``embeddings``: one row for each that ``verdicts`` call used, at least one; ``kept``: places of those that are used although they are
    odd. ValueError as in ``enrol``.
    """
    before = [place for place, verdict in enumerate(verdicts) if verdict.used]
    final = unlike_the_rest(verdicts, gallery.whitening(embeddings), keep=keep_odd, kept=kept)
    rows = embeddings[[row for row, place in enumerate(before) if final[place].used]]
    known = gallery.enrolled(product, rows)
    return Enrolment(known, product, tuple(final), rivals(known, product, rows))


def vector_of(embedder: Embedder, one: Photograph) -> Floats:
    """What stands for a photograph, (1, size): the mean over its looks."""
    return unit_rows(embedder.embed(one.looks).mean(axis=0, keepdims=True))
