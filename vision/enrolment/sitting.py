"""The photographs of one product while somebody takes them: judged together after each, let go, kept. Measures and vectors; no files.

A photograph is a few kilobytes here: what it looks like is in its vector, and its picture is not needed any more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from vision.enrolment.enrolling import Enrolment, learned
from vision.enrolment.judging import Verdict, flawless
from vision.enrolment.photographs import Photograph
from vision.pipeline.gallery import Gallery
from vision.pipeline.photo_quality import PhotoQuality
from vision.types import Floats, Picture

ENOUGH: Final = 5  # photographs; from one to five the share of right answers grows by some twenty points, after that slowly
NOTHING_NEW: Final = 0.94  # correlation of thumbnails; two photographs one after the other have less where the product was turned
_NO_PICTURE: Final[Picture] = np.zeros((1, 1, 3), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class _Taken:
    """One photograph without its pictures; ``vector`` (1, size), None where a flaw of its own makes it useless."""

    measured: Photograph
    vector: Floats | None
    kept: bool = False


class Sitting:
    """One product and its photographs by number. ``product`` may be set anew while it goes on: a bar code is read late."""

    def __init__(self, product: str) -> None:
        self.product = product
        self._taken: dict[int, _Taken] = {}

    @property
    def numbers(self) -> tuple[int, ...]:
        """Those of the photographs, in the order in which they were taken."""
        return tuple(self._taken)

    def codes(self, number: int) -> tuple[str, ...]:
        """Bar codes on a photograph. KeyError where there is none of that number."""
        return self._taken[number].measured.codes

    def shows(self, quality: PhotoQuality) -> bool:
        """Whether one of them is so much like a picture of this ``quality`` that it would show nothing new."""
        return any(float(one.measured.quality.thumb @ quality.thumb) >= NOTHING_NEW for one in self._taken.values())

    def add(self, number: int, photograph: Photograph, vector: Floats | None) -> None:
        """One more. ``vector``: what stands for it, None where it has a flaw."""
        self._taken[number] = _Taken(replace(photograph, crop=_NO_PICTURE, looks=()), vector)

    def drop(self, number: int) -> None:
        """Let one go; harmless where it is not there."""
        self._taken.pop(number, None)

    def keep(self, number: int) -> None:
        """Use one although it looks unlike the others; harmless where it is not there."""
        if number in self._taken:
            self._taken[number] = replace(self._taken[number], kept=True)

    def judged(self, gallery: Gallery) -> tuple[tuple[Verdict, ...], Enrolment | None]:
        """A verdict for each, in order, and what they make of ``gallery``: None where not one of them will do."""
        taken = list(self._taken.values())
        verdicts = flawless([one.measured for one in taken], self.product)
        rows = [one.vector for one, verdict in zip(taken, verdicts, strict=True) if verdict.used and one.vector is not None]
        if not rows:
            return tuple(verdicts), None
        kept = frozenset(place for place, one in enumerate(taken) if one.kept)
        found = learned(gallery, self.product, verdicts, np.concatenate(rows), kept=kept)
        return found.verdicts, found
