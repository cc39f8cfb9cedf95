"""Models of a few kilobytes, made on the spot with onnx, and stores of them: what tests of the eye run instead of real weights."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from models.manifest import Detection, Embedding, Input, Manifest, Origin, manifest_toml
from models.store import ModelStore, VerifiedModel
from vision.types import Floats

OPSET = 17
IR_VERSION = 8
SIDE = 32  # pixels of the tiny embedder's input
SIZE = 12  # length of its vectors
ORIGIN = Origin(licence="Apache-2.0", source="made in a test")


def model_bytes(graph: onnx.GraphProto, opset: int = OPSET) -> bytes:
    """A graph as a checked ONNX file."""
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=IR_VERSION, producer_name="test")
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def embedder_graph(batch: int | str = "n", seed: int = 0, dtype: int = TensorProto.FLOAT, channels_last: bool = False) -> onnx.GraphProto:
    """The mean colours of a grid of 2 × 2 cells: pictures that look alike lie close together, mirrored ones do not."""
    shape = [batch, SIDE, SIDE, 3] if channels_last else [batch, 3, SIDE, SIDE]
    nodes = []
    start = "x"
    if channels_last:
        nodes.append(helper.make_node("Transpose", [start], ["turned"], perm=[0, 3, 1, 2]))
        start = "turned"
    if dtype != TensorProto.FLOAT:
        nodes.append(helper.make_node("Cast", [start], ["cast"], to=TensorProto.FLOAT))
        start = "cast"
    half = SIDE // 2
    nodes.append(helper.make_node("AveragePool", [start], ["cells"], kernel_shape=[half, half], strides=[half, half]))
    nodes.append(helper.make_node("Flatten", ["cells"], ["flat"]))
    nodes.append(helper.make_node("MatMul", ["flat", "w"], ["embedding"]))
    turn = np.linalg.qr(np.random.default_rng(seed).normal(size=(SIZE, SIZE)))[0].astype(np.float32)
    return helper.make_graph(
        nodes,
        "embedder",
        [helper.make_tensor_value_info("x", dtype, shape)],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [batch, SIZE])],
        [numpy_helper.from_array(turn, "w")],
    )


def constant_graph(outputs: Sequence[tuple[str, NDArray[np.float32]]], width: int = SIDE, height: int = SIDE) -> onnx.GraphProto:
    """A detector that says the same of every picture; the picture is used, so that no optimiser takes the input away."""
    nodes, kept = (
        [helper.make_node("ReduceMax", ["images"], ["top"], keepdims=0), helper.make_node("Mul", ["top", "zero"], ["nothing"])],
        [],
    )
    for name, value in outputs:
        nodes.append(helper.make_node("Add", [f"{name}_value", "nothing"], [name]))
        kept.append(numpy_helper.from_array(value.astype(np.float32), f"{name}_value"))
    return helper.make_graph(
        nodes,
        "detector",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, height, width])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, value.shape) for name, value in outputs],
        [numpy_helper.from_array(np.zeros((), dtype=np.float32), "zero"), *kept],
    )


def embedder_manifest(content: bytes, name: str = "tiny", version: str = "1", **changes: object) -> Manifest:
    """What is true of ``embedder_graph``; ``changes`` overwrite single fields."""
    return Manifest.model_validate(
        {
            "name": name,
            "version": version,
            "purpose": "embedder",
            "title": "mean colours of four cells",
            "file": f"{name}.onnx",
            "sha256": hashlib.sha256(content).hexdigest(),
            "size": len(content),
            "opset": OPSET,
            "input": Input(width=SIDE, height=SIDE, batch=0, mean=(127.0, 127.0, 127.0), deviation=(128.0, 128.0, 128.0)),
            "embedding": Embedding(size=SIZE),
            "origin": ORIGIN,
            **changes,
        }
    )


def detector_manifest(content: bytes, detection: Detection, *, width: int = SIDE, height: int = SIDE, **changes: object) -> Manifest:
    """What is true of ``constant_graph`` with outputs of ``detection``'s layout."""
    return Manifest.model_validate(
        {
            "name": "finder",
            "version": "1",
            "purpose": "detector",
            "title": "says the same of every picture",
            "file": "finder.onnx",
            "sha256": hashlib.sha256(content).hexdigest(),
            "size": len(content),
            "opset": OPSET,
            "input": Input(width=width, height=height, fit="letterbox", colours="bgr"),
            "detection": detection,
            "origin": ORIGIN,
            **changes,
        }
    )


def verified(manifest: Manifest, content: bytes) -> VerifiedModel:
    """As the store hands it on."""
    return VerifiedModel(manifest, content, {})


def write_model(folder: Path, manifest: Manifest, content: bytes | None) -> Path:
    """Put a model into ``folder`` the way shipped ones lie there; ``content`` None: only its manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{manifest.name}.toml"
    path.write_text(manifest_toml(manifest), encoding="utf-8")
    if content is not None:
        (folder / manifest.file).write_bytes(content)
    return path


def tiny_store(folder: Path, name: str = "product-embedder") -> ModelStore:
    """A store with one embedder under ``name`` that came along, and room for more in ``folder / "added"``."""
    content = model_bytes(embedder_graph())
    write_model(folder / "shipped", embedder_manifest(content, name), content)
    return ModelStore(folder / "added", folder / "shipped")


def striped(seed: int, height: int = 48, width: int = 40) -> NDArray[np.uint8]:
    """A picture with differently coloured quarters."""
    colours = np.random.default_rng(seed).integers(0, 256, (2, 2, 3), dtype=np.uint8)
    return np.ascontiguousarray(colours.repeat((height + 1) // 2, axis=0).repeat((width + 1) // 2, axis=1)[:height, :width])


def rows_of_length_one(rows: Floats) -> bool:
    """Whether they all are."""
    return bool(np.all(np.abs(np.linalg.norm(rows, axis=1) - 1.0) < 1e-5))
