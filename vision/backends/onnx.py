"""ONNX models as sessions that run where the settings want, or where this machine can. The only module that loads onnxruntime.

onnxruntime's wheels record usage in the user's cache folder and may send it to their maker. A shop's machine does not: the switch is set
before the library is loaded, since it looks at it then.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.graph import graph_head
from models.manifest import Input, Manifest, ModelRefused
from models.store import VerifiedModel
from vision.settings import Provider

os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime

onnxruntime.disable_telemetry_events()

log = logging.getLogger(__name__)

Array: TypeAlias = NDArray[Any]
Shape: TypeAlias = tuple[int | None, ...]  # None: not fixed

WARM_UP_RUNS = 2  # the first run allocates, the second shows that it works again

_ERRORS_ONLY = 3  # onnxruntime's severity; its warnings speak of graph rewriting, not to operators
_PROVIDERS: dict[Provider, tuple[str, str]] = {
    "cpu": ("CPUExecutionProvider", "onnxruntime"),
    "cuda": ("CUDAExecutionProvider", "onnxruntime-gpu"),
    "tensorrt": ("TensorrtExecutionProvider", "onnxruntime-gpu and TensorRT"),
    "openvino": ("OpenVINOExecutionProvider", "onnxruntime-openvino"),
    "rocm": ("ROCMExecutionProvider", "onnxruntime-rocm"),
}
DTYPES = {"float32": "tensor(float)", "float16": "tensor(float16)", "uint8": "tensor(uint8)"}


@dataclass(frozen=True, slots=True)
class Output:
    """One output of a model."""

    name: str
    shape: Shape


class OnnxSession:
    """A model that is loaded, checked and warmed up. ``provider``: where it really runs."""

    def __init__(self, model: VerifiedModel, providers: Sequence[Provider], threads: int) -> None:
        """Raises ModelRefused for a model that is not what its manifest says or that this onnxruntime cannot run."""
        self.manifest = model.manifest
        _check_head(model)
        self._session, self.provider = _load(model, providers, threads)
        self._input = _checked_input(self._session, self.manifest)
        self.outputs = tuple(Output(one.name, shape_of(one.shape)) for one in self._session.get_outputs())
        self._warm_up()

    def run(self, batch: Array, outputs: Sequence[str] = ()) -> list[Array]:
        """Outputs for one batch, those named or all in the model's order."""
        found: list[Array] = self._session.run(list(outputs) or None, {self._input: batch})
        return found

    def empty_batch(self, pictures: int) -> Array:
        """An uninitialised input for so many pictures."""
        wanted = self.manifest.input
        return np.empty((pictures, *_picture_shape(wanted)), dtype=wanted.dtype)

    def _warm_up(self) -> None:
        batch = self.empty_batch(self.manifest.input.batch or 1)
        batch[...] = 0
        for _ in range(WARM_UP_RUNS):
            try:
                self.run(batch)
            except Exception as error:  # onnxruntime's exceptions have no common class of their own
                raise ModelRefused(f"{self.manifest.key} cannot be run on {self.provider}: {first_line(error)}") from error


def available() -> tuple[Provider, ...]:
    """Where the installed onnxruntime can run models."""
    there = onnxruntime.get_available_providers()
    return tuple(name for name, (provider, _) in _PROVIDERS.items() if provider in there)


def bare_session(content: bytes, name: str) -> onnxruntime.InferenceSession:
    """A session on the processor for bytes that no manifest describes yet. Raises ModelRefused."""
    try:
        return onnxruntime.InferenceSession(content, _options(1), providers=[_PROVIDERS["cpu"][0]])
    except Exception as error:  # onnxruntime's exceptions have no common class of their own
        raise ModelRefused(f"{name} cannot be loaded: {first_line(error)}") from error


def _check_head(model: VerifiedModel) -> None:
    key = model.manifest.key
    try:
        head = graph_head(model.content)
    except ModelRefused as error:
        raise ModelRefused(f"{key}: {error}") from error
    if head.opset != model.manifest.opset:
        raise ModelRefused(f"{key} asks for operators of version {head.opset}, its manifest says {model.manifest.opset}; mend the manifest")
    if head.outside:
        raise ModelRefused(f"{key} keeps weights in other files, which no hash covers; save it as one file")


def _load(model: VerifiedModel, providers: Sequence[Provider], threads: int) -> tuple[onnxruntime.InferenceSession, Provider]:
    """The first of ``providers`` that takes the model; the processor where none does."""
    key = model.manifest.key
    there = onnxruntime.get_available_providers()
    for provider in dict.fromkeys([*providers, "cpu"]):
        name, package = _PROVIDERS[provider]
        if name not in there:
            log.warning("%s does not run on %s: this onnxruntime lacks it (it is in %s)", key, provider, package)
            continue
        if provider not in providers:
            log.warning("%s runs on the processor: none of %s can be used here", key, ", ".join(providers))
        try:
            with _passed_on(model.content, provider) as content:
                session = onnxruntime.InferenceSession(content, _options(threads), providers=[(name, _provider_options(provider, threads))])
        except Exception as error:  # onnxruntime's exceptions have no common class of their own
            if provider == "cpu":
                raise ModelRefused(f"{key} cannot be loaded: {first_line(error)}") from error
            log.warning("%s does not run on %s: %s", key, provider, first_line(error))
            continue
        if session.get_providers()[0] == name:
            return session, provider
        # Where a library of the provider is missing, onnxruntime goes on with the processor by itself.
        log.warning("%s does not run on %s: it could not be started here; look for its driver and libraries", key, provider)
    raise ModelRefused(f"{key} cannot be loaded: this onnxruntime does not even run on the processor; install {_PROVIDERS['cpu'][1]}")


@contextmanager
def _passed_on(content: bytes, provider: Provider) -> Iterator[bytes | str]:
    """The bytes as a session takes them. A session keeps bytes for as long as it lives, to begin anew on the processor where an accelerator
    fails; one that runs there already needs them no more, and reads them from a file in memory that nobody else can change."""
    if provider != "cpu":
        yield content
        return
    file = os.memfd_create("model", os.MFD_CLOEXEC)
    try:
        with open(file, "wb", closefd=False) as copy:
            copy.write(content)
        yield f"/proc/self/fd/{file}"
    finally:
        os.close(file)


def _provider_options(provider: Provider, threads: int) -> dict[str, str]:
    """What a provider must be told beside the session's options, which OpenVINO does not read."""
    return {"num_of_threads": str(threads)} if provider == "openvino" else {}


def _options(threads: int) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    # Threads that wait for work by spinning would take a core from the store's own process.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Weights beside the arena, which grows by doubling: five megabytes less, and not slower.
    options.add_session_config_entry("session.use_device_allocator_for_initializers", "1")
    return options


def _checked_input(session: onnxruntime.InferenceSession, manifest: Manifest) -> str:
    """Name of the picture's tensor. Raises ModelRefused where it is not as the manifest says."""
    wanted, inputs = manifest.input, session.get_inputs()
    chosen = [one for one in inputs if wanted.name in ("", one.name)]
    if len(chosen) != 1 or len(inputs) != 1:
        names = ", ".join(one.name for one in inputs)
        raise ModelRefused(f"{manifest.key}: the model takes {names}; it must take one picture alone, called as the manifest says")
    found = chosen[0]
    if found.type != DTYPES[wanted.dtype]:
        raise ModelRefused(f"{manifest.key}: its input is {found.type}, its manifest says {wanted.dtype}")
    shape, expected = shape_of(found.shape), (wanted.batch or None, *_picture_shape(wanted))
    fits = len(shape) == 4 and all(side in (None, other) for side, other in zip(shape[1:], expected[1:], strict=True))
    if not fits or shape[0] != expected[0]:
        raise ModelRefused(f"{manifest.key}: its input has the shape {_words(shape)}, its manifest says {_words(expected)}")
    return str(found.name)


def _picture_shape(wanted: Input) -> tuple[int, int, int]:
    return (3, wanted.height, wanted.width) if wanted.layout == "nchw" else (wanted.height, wanted.width, 3)


def shape_of(sides: Sequence[object]) -> Shape:
    """Sides as onnxruntime names them, those that are not fixed as None."""
    return tuple(side if isinstance(side, int) and side > 0 else None for side in sides)


def _words(shape: Shape) -> str:
    return " × ".join("any" if side is None else str(side) for side in shape)


def first_line(error: Exception) -> str:
    """What onnxruntime says first; the rest speaks to its makers."""
    return str(error).strip().partition("\n")[0][:500]
