"""Detectors from the model store: a picture in, labelled boxes out. How outputs are read is in the pipeline, which one reads them in the
manifest.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import assert_never

from models.manifest import Detection as DetectionTable
from models.manifest import ModelRefused
from models.store import ModelStore, VerifiedModel
from vision.backends.onnx import Array, OnnxSession
from vision.pipeline.decoders import RawBoxes, decode_end_to_end, decode_rtdetr, decode_ssd, decode_yolov8, decode_yolox
from vision.pipeline.letterbox import fitted, write_tensor
from vision.pipeline.nms import kept
from vision.settings import Provider
from vision.types import Box, Detection, Picture

SUPPRESSES_ITSELF = ("rtdetr", "yolo_end_to_end")  # such a model was trained to say each thing once


class OnnxDetector:
    """A detector of the store. Several threads may use it; they wait for each other."""

    def __init__(self, model: VerifiedModel, providers: Sequence[Provider] = ("cpu",), threads: int = 1) -> None:
        """Raises ModelRefused for a model that is no detector or not what its manifest says."""
        if model.manifest.detection is None:
            raise ModelRefused(f"{model.manifest.key} is no detector, it is an {model.manifest.purpose}; choose another model")
        self._table: DetectionTable = model.manifest.detection
        self._session = OnnxSession(model, providers, threads)
        missing = sorted(set(self._table.outputs) - {one.name for one in self._session.outputs})
        if missing:
            there = ", ".join(one.name for one in self._session.outputs)
            raise ModelRefused(f"{self.key} has no output {missing[0]!r}; it has: {there}")
        self._one_at_a_time = threading.Lock()
        self._batch = self._session.empty_batch(self._session.manifest.input.batch or 1)
        self._batch[...] = 0
        try:
            self._decode(self._run())
        except ValueError as error:
            raise ModelRefused(f"{self.key}: {error}; mend decoder, labels, outputs or input in its manifest") from error

    @property
    def key(self) -> str:
        """``name@version`` of the model."""
        return self._session.manifest.key

    @property
    def labels(self) -> tuple[str, ...]:
        """Everything it can name."""
        return self._table.labels

    @property
    def provider(self) -> Provider:
        """Where it runs."""
        return self._session.provider

    def detect(self, pixels: Picture) -> list[Detection]:
        """What it found above its threshold, best first."""
        wanted = self._session.manifest.input
        image, place = fitted(pixels, wanted.width, wanted.height, wanted.fit, fill=wanted.fill, average=wanted.resize == "area")
        with self._one_at_a_time:
            write_tensor(
                image,
                self._batch[0],
                rgb=wanted.colours == "rgb",
                channels_first=wanted.layout == "nchw",
                mean=wanted.mean,
                deviation=wanted.deviation,
            )
            outputs = self._run()
        found = self._decode(outputs)
        overlap = 1.0 if self._table.decoder in SUPPRESSES_ITSELF else self._table.overlap
        chosen = kept(found.boxes, found.scores, found.classes, overlap, self._table.most)
        sides = place.to_fractions(found.boxes[chosen])
        # What lies in the border of a letterbox has no area within the picture.
        return [
            Detection(Box(*map(float, box)), self._table.labels[label], float(score))
            for box, label, score in zip(sides, found.classes[chosen], found.scores[chosen], strict=True)
            if box[0] < box[2] and box[1] < box[3]
        ]

    def _run(self) -> list[Array]:
        return [output[:1] for output in self._session.run(self._batch, self._table.outputs)]

    def _decode(self, outputs: Sequence[Array]) -> RawBoxes:
        wanted, table = self._session.manifest.input, self._table
        labels, least = len(table.labels), table.least_score
        match table.decoder:
            case "yolox":
                return decode_yolox(outputs, wanted.width, wanted.height, table.strides, labels=labels, least=least)
            case "yolov8":
                return decode_yolov8(outputs, labels=labels, least=least)
            case "yolo_end_to_end":
                return decode_end_to_end(outputs, labels=labels, least=least)
            case "rtdetr":
                return decode_rtdetr(outputs, wanted.width, wanted.height, labels=labels, least=least)
            case "ssd":
                return decode_ssd(outputs, wanted.width, wanted.height, table.grids, labels=labels, least=least)
            case _:
                assert_never(table.decoder)


def open_detector(name: str, store: ModelStore, providers: Sequence[Provider] = ("cpu",), threads: int = 1) -> OnnxDetector:
    """The detector that ``name`` means in ``store``, checked and warmed up. Raises ModelRefused with the reason."""
    return OnnxDetector(store.read(name), providers, threads)
