"""Embedders from the model store: pictures in, vectors of length 1 out. What the vectors mean is the gallery's."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np

from models.manifest import Embedding, ModelRefused
from models.store import ModelStore, VerifiedModel
from vision.backends.onnx import OnnxSession
from vision.pipeline.letterbox import fitted, write_tensor
from vision.settings import Provider
from vision.types import Floats, Picture

# Pictures in one run of a model that takes any number. A processor is no faster with eight, and needs a hundred megabytes more for them.
PER_RUN_CPU = 1
PER_RUN_ELSEWHERE = 8  # those of one reach


class OnnxEmbedder:
    """An embedder of the store. Several threads may use it; they wait for each other."""

    def __init__(self, model: VerifiedModel, providers: Sequence[Provider] = ("cpu",), threads: int = 1) -> None:
        """Raises ModelRefused for a model that is no embedder or not what its manifest says."""
        if model.manifest.embedding is None:
            raise ModelRefused(f"{model.manifest.key} is no embedder, it is a {model.manifest.purpose}; choose another model")
        self._embedding: Embedding = model.manifest.embedding
        self._session = OnnxSession(model, providers, threads)
        self._output = self._embedding.output or self._session.outputs[0].name
        self._check_output()
        self._one_at_a_time = threading.Lock()
        per_run = self._session.manifest.input.batch or (PER_RUN_CPU if self.provider == "cpu" else PER_RUN_ELSEWHERE)
        self._batch = self._session.empty_batch(per_run)
        self._batch[...] = 0

    @property
    def size(self) -> int:
        """Length of a vector."""
        return self._embedding.size

    @property
    def key(self) -> str:
        """``name@version`` of the model."""
        return self._session.manifest.key

    @property
    def sha256(self) -> str:
        """Of the model; vectors of two models are never comparable."""
        return self._session.manifest.sha256

    @property
    def provider(self) -> Provider:
        """Where it runs."""
        return self._session.provider

    def embed(self, crops: Sequence[Picture]) -> Floats:
        """One row per crop, float32 (len(crops), size), rows of length 1. A row whose model gave no direction is all zero."""
        vectors = _unit(self._vectors(crops))
        if not self._embedding.mirrored:
            return vectors
        return _unit(vectors + _unit(self._vectors([np.ascontiguousarray(crop[:, ::-1]) for crop in crops])))

    def _vectors(self, crops: Sequence[Picture]) -> Floats:
        found = np.empty((len(crops), self.size), dtype=np.float32)
        with self._one_at_a_time:
            for start in range(0, len(crops), len(self._batch)):
                some = crops[start : start + len(self._batch)]
                for place, crop in enumerate(some):
                    self._write(crop, place)
                used = len(self._batch) if self._session.manifest.input.batch else len(some)
                rows = self._session.run(self._batch[:used], [self._output])[0]
                found[start : start + len(some)] = rows.reshape(used, -1)[: len(some)]
        return found

    def _write(self, crop: Picture, place: int) -> None:
        wanted = self._session.manifest.input
        pixels, _ = fitted(crop, wanted.width, wanted.height, wanted.fit, fill=wanted.fill, average=wanted.resize == "area")
        write_tensor(
            pixels,
            self._batch[place],
            rgb=wanted.colours == "rgb",
            channels_first=wanted.layout == "nchw",
            mean=wanted.mean,
            deviation=wanted.deviation,
        )

    def _check_output(self) -> None:
        shapes = {one.name: one.shape for one in self._session.outputs}
        if self._output not in shapes:
            raise ModelRefused(f"{self.key} has no output {self._output!r}; it has: {', '.join(shapes)}")
        numbers = [side for side in shapes[self._output][1:] if side != 1]
        if numbers not in ([self.size], [None]):
            raise ModelRefused(f"{self.key} gives vectors of shape {shapes[self._output][1:]}, its manifest says {self.size} numbers")


def open_embedder(name: str, store: ModelStore, providers: Sequence[Provider] = ("cpu",), threads: int = 1) -> OnnxEmbedder:
    """The embedder that ``name`` means in ``store``, checked and warmed up. Raises ModelRefused with the reason."""
    return OnnxEmbedder(store.read(name), providers, threads)


def _unit(vectors: Floats) -> Floats:
    """Rows of length 1; rows without length or with numbers that are not finite become zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    good = np.isfinite(lengths) & (lengths > 1e-12)
    return np.where(good, vectors / np.where(good, lengths, 1.0), 0.0).astype(np.float32)
