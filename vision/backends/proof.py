"""Whether a model does here what its manifest says: opened, checked, run, timed."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.store import VerifiedModel
from vision.backends.detector import OnnxDetector
from vision.backends.embedder import OnnxEmbedder
from vision.settings import Provider

RUNS = 5  # enough for a median that one interruption does not move


@dataclass(frozen=True, slots=True)
class Proof:
    """``ms``: median time for one picture, from pixels to the answer, on one processor thread or on ``provider``."""

    key: str
    provider: Provider
    ms: float

    def __str__(self) -> str:
        return f"{self.key}: hash, shape and operators are right; one picture takes {self.ms:.1f} ms on {self.provider}"


def prove(model: VerifiedModel, providers: Sequence[Provider] = ("cpu",), threads: int = 1) -> Proof:
    """Run it on a picture. Raises ModelRefused with the reason when it cannot be used."""
    wanted = model.manifest.input
    # Any picture does; one of a single colour would hide a mistaken division.
    picture = (np.arange(wanted.height * wanted.width * 3) % 251).astype(np.uint8).reshape(wanted.height, wanted.width, 3)
    times = []
    tool: OnnxEmbedder | OnnxDetector
    tool = OnnxEmbedder(model, providers, threads) if model.manifest.embedding is not None else OnnxDetector(model, providers, threads)
    for _ in range(RUNS):
        began = time.monotonic()
        if isinstance(tool, OnnxEmbedder):
            tool.embed([picture])
        else:
            tool.detect(picture)
        times.append(time.monotonic() - began)
    return Proof(tool.key, tool.provider, statistics.median(times) * 1000.0)
