"""What is known of a model: where it is from, what it wants, what comes out and how to read that. Pure.

A manifest is a TOML file beside the model, or without one where the operator brings the model. Nothing here opens files or runs models.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from pathlib import PurePosixPath
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

MAX_MODEL_BYTES = 1 << 29  # 512 MiB; nothing larger runs on a small board
MAX_MANIFEST_BYTES = 1 << 18  # 256 KiB; a thousand labels are a tenth of it
MAX_INPUT_SIDE = 2048  # pixels
FILE_NAME = r"^[0-9A-Za-z][0-9A-Za-z._-]{0,99}$"  # no path, nothing hidden, nothing a shell would read otherwise

Purpose: TypeAlias = Literal["embedder", "detector"]
Decoder: TypeAlias = Literal["yolox", "yolov8", "yolo_end_to_end", "rtdetr", "ssd"]
Finite: TypeAlias = Annotated[float, Field(allow_inf_nan=False)]
Fraction: TypeAlias = Annotated[float, Field(ge=0.0, le=1.0)]
Three: TypeAlias = tuple[Finite, Finite, Finite]
Sha256: TypeAlias = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Name: TypeAlias = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Version: TypeAlias = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{0,31}$")]
FileName: TypeAlias = Annotated[str, Field(pattern=FILE_NAME)]


class ModelRefused(ValueError):
    """A model, or what is said of it, cannot be used. The message says what is wrong and what to do."""


class Strict(BaseModel):
    """Every table of a manifest: unknown keys are errors, values do not change."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Input(Strict):
    """The one picture tensor a model takes, and how a picture becomes it: fitted, its colours ordered, ``(value - mean) / deviation``."""

    width: int = Field(ge=8, le=MAX_INPUT_SIDE, description="Pixels.")
    height: int = Field(ge=8, le=MAX_INPUT_SIDE, description="Pixels.")
    name: str = Field(default="", max_length=200, description="Name of the tensor; empty: the only one there is.")
    dtype: Literal["float32", "float16", "uint8"] = Field(default="float32", description="Type of the tensor.")
    layout: Literal["nchw", "nhwc"] = Field(default="nchw", description="Order of its axes.")
    colours: Literal["rgb", "bgr"] = Field(default="rgb", description="Order of the colours.")
    fit: Literal["squash", "letterbox", "letterbox_centred"] = Field(
        default="squash",
        description="How a picture of another shape gets in: distorted, or whole with a border right and below, or whole with one around.",
    )
    fill: int = Field(default=114, ge=0, le=255, description="Grey value of the border of a letterbox.")
    resize: Literal["area", "linear"] = Field(
        default="linear",
        description="How it gets smaller: linear (halved, then interpolated) is fast; area averages exactly, ten times as slow.",
    )
    mean: Three = Field(default=(0.0, 0.0, 0.0), description="Taken off each colour (0 to 255), in the order of `colours`.")
    deviation: Three = Field(default=(1.0, 1.0, 1.0), description="What the rest is divided by, in the order of `colours`.")
    batch: int = Field(default=1, ge=0, le=256, description="Pictures per run as the model has it; 0: any number.")

    @model_validator(mode="after")
    def _usable(self) -> Input:
        if any(abs(value) < 1e-6 for value in self.deviation):
            raise ValueError("deviation must not be 0, the picture is divided by it")
        if self.dtype == "uint8" and (self.mean != (0.0, 0.0, 0.0) or self.deviation != (1.0, 1.0, 1.0)):
            raise ValueError("a model that takes uint8 normalises by itself; leave mean and deviation out")
        return self


class Embedding(Strict):
    """How an embedder's output becomes one vector of length 1 per picture."""

    size: int = Field(ge=2, le=8192, description="Length of a vector.")
    output: str = Field(default="", max_length=200, description="Name of the tensor; empty: the first.")
    mirrored: bool = Field(default=False, description="Look at each picture mirrored too.")


class Detection(Strict):
    """How a detector's outputs become boxes."""

    decoder: Decoder = Field(description="Layout of the outputs.")
    labels: tuple[Annotated[str, Field(min_length=1, max_length=64)], ...] = Field(
        min_length=1, max_length=2000, description="What each class is, in the order of the outputs."
    )
    outputs: tuple[Annotated[str, Field(max_length=200)], ...] = Field(
        default=(), max_length=8, description="Names of the tensors in the order the decoder wants; empty: as the model has them."
    )
    strides: tuple[Annotated[int, Field(ge=1, le=256)], ...] = Field(default=(8, 16, 32), max_length=8, description="YOLOX: pixels a cell.")
    grids: tuple[Annotated[int, Field(ge=1, le=256)], ...] = Field(default=(), max_length=8, description="SSD: cells a side, finest first.")
    least_score: Annotated[float, Field(gt=0.0, lt=1.0)] = Field(default=0.35, description="What is less certain is not reported.")
    overlap: Annotated[float, Field(gt=0.0, le=1.0)] = Field(
        default=0.45, description="Of two boxes of a class that overlap by more (intersection over union) the better one stays."
    )
    most: int = Field(default=100, ge=1, le=1000, description="Boxes that are reported at most.")

    @model_validator(mode="after")
    def _complete(self) -> Detection:
        if self.decoder == "ssd" and not self.grids:
            raise ValueError("the ssd decoder needs grids, the cells per side of each output map")
        twice = [label for label, times in Counter(self.labels).items() if times > 1]
        if twice:
            raise ValueError(f"label {twice[0]!r} is there twice")
        return self


class Origin(Strict):
    """Whose work the weights are and on what terms."""

    licence: str = Field(min_length=2, max_length=100, description="SPDX expression of the weights' licence.")
    source: str = Field(min_length=1, max_length=2000, description="Where the weights are from, so that anyone can find them.")
    url: str = Field(default="", max_length=1000, pattern=r"^(https?://\S+)?$", description="Where the file can be had, if not here.")
    notice: str = Field(default="", max_length=4000, description="What the licence wants said.")


class Measured(Strict):
    """One figure and the conditions under which it was measured."""

    what: str = Field(min_length=1, max_length=300)
    value: Finite
    unit: str = Field(default="", max_length=40)
    how: str = Field(default="", max_length=500, description="Data and command.")


class Companion(Strict):
    """A file that belongs to the model, e.g. the whitening of an embedder."""

    file: FileName
    sha256: Sha256
    size: int = Field(ge=1, le=MAX_MODEL_BYTES, description="Bytes.")


class Manifest(Strict):
    """All of it."""

    name: Name = Field(description="What settings call the model.")
    version: Version = Field(description="One of several of that name.")
    purpose: Purpose
    title: str = Field(min_length=1, max_length=200, description="What it is, in one line.")
    file: FileName = Field(description="The model, an ONNX file beside the manifest.")
    sha256: Sha256
    size: int = Field(ge=1, le=MAX_MODEL_BYTES, description="Bytes of the file.")
    opset: int = Field(ge=7, le=64, description="Version of the operators that the file asks for.")
    input: Input
    embedding: Embedding | None = None
    detection: Detection | None = None
    origin: Origin
    measured: tuple[Measured, ...] = Field(default=(), max_length=64)
    calibration: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")], Finite] = Field(
        default_factory=dict, max_length=64, description="Numbers that turn scores into probabilities, by name."
    )
    companions: tuple[Companion, ...] = Field(default=(), max_length=8)

    @model_validator(mode="after")
    def _whole(self) -> Manifest:
        if (self.embedding is not None) != (self.purpose == "embedder") or (self.detection is not None) != (self.purpose == "detector"):
            raise ValueError("an embedder has a table [embedding] and no [detection], a detector the other way round")
        files = [self.file, *(one.file for one in self.companions)]
        if len({file.lower() for file in files}) < len(files):
            raise ValueError(f"two of its files have one name: {', '.join(files)}")
        if self.version == "shipped":
            raise ValueError('a version is not called "shipped"; that word means whichever came along')
        if any(PurePosixPath(file).suffix == ".toml" for file in files):
            raise ValueError("a file of a model does not end in .toml, that is the manifest")
        return self

    @property
    def key(self) -> str:
        """``name@version``, by which logs and receipts name the model."""
        return f"{self.name}@{self.version}"


def read_manifest(text: str, origin: str) -> Manifest:
    """The manifest in a TOML text; ``origin`` names the file in errors. Raises ModelRefused with every problem, one a line."""
    if len(text) > MAX_MANIFEST_BYTES:
        raise ModelRefused(f"{origin}: {len(text)} characters are too many for a manifest (at most {MAX_MANIFEST_BYTES})")
    try:
        # tomllib recurses over nested arrays; a text made of brackets ends in RecursionError
        return Manifest.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ModelRefused(f"{origin} is not TOML: {error}") from error
    except ValidationError as error:
        raise ModelRefused(
            "\n".join(f"{origin}: {_place(one['loc'])}{_complaint(one['type'], one['msg'])}" for one in error.errors())
        ) from error


def _complaint(kind: str, words: str) -> str:
    """What to do about the commonest mistakes; of the others, what the check says."""
    if kind == "string_too_short":
        return "is empty; write it"
    if kind == "missing":
        return "is missing; write it"
    return "is no key of a manifest; look for a mistyped one" if kind == "extra_forbidden" else words


def manifest_toml(manifest: Manifest) -> str:
    """The manifest as a TOML text that ``read_manifest`` reads back to the same value; what is at its default is left out."""
    tree = manifest.model_dump(mode="json", exclude_defaults=True)
    lines = [f"{key} = {toml_value(value)}" for key, value in tree.items() if not isinstance(value, dict) and not _tables(value)]
    for key, value in tree.items():
        if isinstance(value, dict):
            lines += ["", f"[{key}]", *(f"{inner} = {toml_value(one)}" for inner, one in value.items())]
        elif _tables(value):
            for table in value:
                lines += ["", f"[[{key}]]", *(f"{inner} = {toml_value(one)}" for inner, one in table.items())]
    return "\n".join(lines) + "\n"


def _tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def toml_value(value: object) -> str:
    """A value as TOML writes it: text, numbers, truth, lists of these. TypeError for others."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float() if math.isfinite(value):
            return repr(value)
        case str():
            return '"' + re.sub(r'[\\"\x00-\x1f\x7f]', lambda found: f"\\u{ord(found.group()):04x}", value) + '"'
        case list():
            return "[" + ", ".join(map(toml_value, value)) + "]"
        case _:
            raise TypeError(f"{value!r} has no place in a manifest")


def _place(loc: tuple[int | str, ...]) -> str:
    return ".".join(map(str, loc)) + ": " if loc else ""
