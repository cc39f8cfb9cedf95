"""From crops of one reach to what they say about every enrolled product. No camera, no socket, no verdict: the belief decides."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vision.pipeline.calibration import Likelihoods
from vision.pipeline.gallery import Gallery
from vision.ports import Embedder
from vision.types import Floats, Picture, checked_picture

MAX_VIEWS = 8  # crops of one reach; more say little and take time


class Recogniser:
    """An embedder and the gallery that was enrolled with it. ``gallery`` may be exchanged while it runs."""

    def __init__(self, embedder: Embedder, gallery: Gallery) -> None:
        if gallery.whitening.size != embedder.size:
            raise ValueError(
                f"the gallery was enrolled with vectors of {gallery.whitening.size} numbers, this model gives {embedder.size}; "
                "enrol the products with this model or go back to the one they were enrolled with"
            )
        self.embedder = embedder
        self.gallery = gallery

    def look(self, crops: Sequence[Picture]) -> Likelihoods:
        """What these pictures of one thing say; of more than ``MAX_VIEWS`` as many are looked at, evenly spread. None: nothing is said."""
        return self.gallery.log_likelihoods(self.embed(crops))

    def embed(self, crops: Sequence[Picture]) -> Floats:
        """The vectors behind ``look``: float32 (at most ``MAX_VIEWS``, size)."""
        chosen = [checked_picture(crop) for crop in spread(crops, MAX_VIEWS)]
        if not chosen:
            return np.zeros((0, self.embedder.size), dtype=np.float32)
        return self.embedder.embed(chosen)


def spread(crops: Sequence[Picture], limit: int) -> list[Picture]:
    """``limit`` of them at even distances, the first and the last among them; all when there are no more."""
    if len(crops) <= limit:
        return list(crops)
    return [crops[round(index * (len(crops) - 1) / (limit - 1))] for index in range(limit)]
