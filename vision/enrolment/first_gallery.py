"""The gallery before the first product: empty, in the space and with the calibration that its model brings along."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import fields
from typing import Final

import numpy as np

from models.manifest import ModelRefused
from models.store import VerifiedModel
from vision.pipeline.calibration import Calibration
from vision.pipeline.gallery import Gallery, empty_gallery
from vision.pipeline.whitening import MAX_SIZE, Whitening
from vision.types import Floats

WHITENING_ENDING: Final = ".npz"  # of the companion with the arrays "mean" and, where it turns the space too, "matrix"
MAX_WHITENING_BYTES: Final = 8 * MAX_SIZE * MAX_SIZE  # bytes; room for the largest in double precision


def first_gallery(model: VerifiedModel) -> Gallery:
    """An empty gallery for vectors of ``model``. Raises ModelRefused for one that is no embedder or whose companions cannot be used."""
    manifest = model.manifest
    if manifest.embedding is None:
        raise ModelRefused(f"{manifest.key} is no embedder, it is a {manifest.purpose}; choose another model")
    names = [name for name in model.companions if name.endswith(WHITENING_ENDING)]
    if len(names) > 1:
        raise ModelRefused(f"{manifest.key} has {len(names)} whitenings, {' and '.join(names)}; keep one")
    known = {one.name for one in fields(Calibration)}
    try:
        calibration = Calibration(**{name: value for name, value in manifest.calibration.items() if name in known})
        whitening = _whitening(model.companions[names[0]]) if names else None
        if whitening is not None and whitening.size != manifest.embedding.size:
            raise ValueError(f"its whitening is for vectors of {whitening.size} numbers, the model gives {manifest.embedding.size}")
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise ModelRefused(f"{manifest.key} cannot begin a gallery: {error}") from error
    return empty_gallery(manifest.embedding.size, whitening, calibration)


def _whitening(content: bytes) -> Whitening:
    if len(content) > MAX_WHITENING_BYTES:
        raise ValueError(f"a whitening has at most {MAX_WHITENING_BYTES} bytes, this has {len(content)}")
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        found: Mapping[str, Floats] = {name: np.asarray(arrays[name], np.float32) for name in arrays.files}
    if not {"mean"} <= set(found) <= {"mean", "matrix"}:
        raise ValueError(f"a whitening holds mean and, if need be, matrix; this holds {', '.join(sorted(found)) or 'nothing'}")
    return Whitening(found["mean"], found.get("matrix"))
