"""``python -m models.making.convert_hands``: the hand detector of the npm package handtrackjs 0.1.5 to ONNX, without TensorFlow.

The package's SSDLite-MobileNetV2, trained on EgoHands, is a frozen TensorFlow graph with its weights in five parts. Only the operators of
that graph are known here. What precedes and follows them, the pre-processing and the anchors behind the outputs ``concat`` (logits) and
``concat_1`` (offsets), is the detector's. Field numbers are those of TensorFlow's graph.proto, node_def.proto and attr_value.proto.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

FOLDER: Final = "package/models/web/ssdlitemobilenetv2"
GRAPH_SHA256: Final = "44a16556722ace750b1fa4ad476f8382eb8281d3c9e862452b60c0e05f05e351"
OPSET: Final = 17
IR_VERSION: Final = 8
SIDE: Final = 300  # pixels
INPUT: Final = "Preprocessor/sub"
OUTPUTS: Final = {"concat": 2, "concat_1": 4}  # columns per anchor: logits, offsets

Weights = dict[str, NDArray[np.float32]]


class PackageRefused(ValueError):
    """The package is not the one that is meant, or its graph holds what is not known here."""


@dataclass(frozen=True, slots=True)
class Node:
    """One operation of TensorFlow's graph; ``attributes`` as they are stored."""

    name: str
    operation: str
    inputs: tuple[str, ...]
    attributes: dict[str, bytes]

    def numbers(self, attribute: str) -> list[int]:
        """A list of whole numbers: AttrValue.list (1), ListValue.i (3), packed or one by one."""
        for number, value in _fields(self.attributes.get(attribute, b"")):
            if number == 1 and isinstance(value, bytes):
                return [one for inner, part in _fields(value) if inner == 3 for one in _unpacked(part)]
        return []

    def word(self, attribute: str) -> str:
        """A string: AttrValue.s (2)."""
        fields = _fields(self.attributes.get(attribute, b""))
        return next((value.decode() for number, value in fields if number == 2 and isinstance(value, bytes)), "")


class Conversion:
    """Builds the ONNX graph from the outputs backwards; tensors have channels first, and a side length that is tracked for the borders."""

    def __init__(self, nodes: dict[str, Node], weights: Weights) -> None:
        self._nodes = nodes
        self._weights = weights
        self._made: list[onnx.NodeProto] = []
        self._kept: dict[str, NDArray[Any]] = {}
        self._sides: dict[str, int] = {INPUT: SIDE}

    def model(self) -> onnx.ModelProto:
        """The whole model, checked."""
        for name, columns in OUTPUTS.items():
            self._output(self._nodes[name], columns)
        described = helper.make_tensor_value_info
        graph = helper.make_graph(
            self._made,
            "hands",
            [described("image", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
            [described("logits", TensorProto.FLOAT, [1, None, 2]), described("offsets", TensorProto.FLOAT, [1, None, 4])],
            [numpy_helper.from_array(value, name) for name, value in self._kept.items()],
        )
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        onnx.checker.check_model(made, full_check=True)
        return made

    def _output(self, joined: Node, columns: int) -> None:
        """The maps of all scales, as rows: channels last, since anchors of one cell lie beside each other."""
        parts = []
        for name in joined.inputs[:-1]:
            flat = self._nodes[name]
            source = self._tensor(flat.inputs[0])
            self._add("Transpose", [source], f"{name}_last", perm=[0, 2, 3, 1])
            self._kept["rows_of_" + str(columns)] = np.array([1, -1, columns], dtype=np.int64)
            parts.append(self._add("Reshape", [f"{name}_last", "rows_of_" + str(columns)], name))
        self._add("Concat", parts, "logits" if joined.name == "concat" else "offsets", axis=1)

    def _tensor(self, name: str) -> str:
        """Name of the ONNX tensor of one of TensorFlow's, made where it is not yet."""
        if name == INPUT:
            return "image"
        if name in self._sides:
            return name
        node = self._nodes[name]
        match node.operation:
            case "Conv2D" | "DepthwiseConv2dNative":
                return self._convolution(node)
            case "Relu6":
                self._kept |= {"zero": np.array(0.0, dtype=np.float32), "six": np.array(6.0, dtype=np.float32)}
                return self._same_side(node, "Clip", [self._tensor(node.inputs[0]), "zero", "six"])
            case "Mul" | "Add" | "BiasAdd" | "AddN":
                return self._same_side(node, "Mul" if node.operation == "Mul" else "Add", [self._operand(one) for one in node.inputs])
            case _:
                raise PackageRefused(f"{name} is a {node.operation}, which is not known here; this is another graph than the one meant")

    def _same_side(self, node: Node, operation: str, inputs: list[str]) -> str:
        if len(inputs) != (3 if operation == "Clip" else 2):
            raise PackageRefused(f"{node.name} has {len(inputs)} operands; this is another graph than the one meant")
        self._sides[node.name] = next(self._sides[one] for one in node.inputs if one in self._sides)
        return self._add(operation, inputs, node.name)

    def _operand(self, name: str) -> str:
        """A tensor, or a weight per channel, which is brought into the place of the channels."""
        if name not in self._weights:
            return self._tensor(name)
        value = self._weights[name]
        self._kept[name] = value.reshape(-1, 1, 1) if value.ndim == 1 else value
        return name

    def _convolution(self, node: Node) -> str:
        source, kernel = node.inputs
        given = self._tensor(source)
        weight = self._weights[kernel]  # height, width, channels in, channels out (or per channel)
        depthwise = node.operation == "DepthwiseConv2dNative"
        side, stride = self._sides[source], node.numbers("strides")[1]
        if node.word("padding") != "SAME" or weight.shape[0] != weight.shape[1]:
            raise PackageRefused(f"{node.name} has an unknown border or kernel; this is another graph than the one meant")
        self._sides[node.name] = math.ceil(side / stride)
        # TensorFlow's SAME: the odd pixel lies right and below.
        border = max((self._sides[node.name] - 1) * stride + weight.shape[0] - side, 0)
        before, after = border // 2, border - border // 2
        turned = weight.transpose(2, 3, 0, 1).reshape(-1, 1, *weight.shape[:2]) if depthwise else weight.transpose(3, 2, 0, 1)
        self._kept[kernel] = np.ascontiguousarray(turned)
        pads, groups = [before, before, after, after], weight.shape[2] if depthwise else 1
        return self._add("Conv", [given, kernel], node.name, strides=[stride, stride], pads=pads, group=groups)

    def _add(self, operation: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self._made.append(helper.make_node(operation, inputs, [output], **attributes))
        return output


def read_package(path: Path) -> tuple[dict[str, Node], Weights]:
    """Graph and weights in the package's archive. PackageRefused where it is another."""
    with tarfile.open(path) as archive:
        parts = {Path(one.name).name: one for one in archive.getmembers() if Path(one.name).parent == Path(FOLDER) and one.isfile()}

        def read(name: str) -> bytes:
            file = archive.extractfile(parts[name]) if name in parts else None
            if file is None:
                raise PackageRefused(f"{path} has no {FOLDER}/{name}; give the archive of handtrackjs 0.1.5 (npm pack handtrackjs@0.1.5)")
            return file.read()

        graph = read("tensorflowjs_model.pb")
        found = hashlib.sha256(graph).hexdigest()
        if found != GRAPH_SHA256:
            raise PackageRefused(f"the graph has sha256 {found}, published is {GRAPH_SHA256}; give the archive of handtrackjs 0.1.5")
        weights: Weights = {}
        for group in json.loads(read("weights_manifest.json")):
            content, at = b"".join(read(name) for name in group["paths"]), 0
            for one in group["weights"]:
                size = math.prod(one["shape"]) * 4
                value = np.frombuffer(content[at : at + size], dtype=np.dtype(one["dtype"]).newbyteorder("<"))
                weights[one["name"]] = value.reshape(one["shape"])
                at += size
    return {node.name: node for node in _nodes(graph)}, weights


def _nodes(graph: bytes) -> Iterator[Node]:
    for number, value in _fields(graph):
        if number != 1 or not isinstance(value, bytes):
            continue
        texts: dict[int, list[str]] = {1: [], 2: [], 3: []}
        attributes = {}
        for inner, part in _fields(value):
            if not isinstance(part, bytes):
                continue
            if inner in texts:
                texts[inner].append(part.decode())
            elif inner == 5:
                entry = dict(_fields(part))
                attributes[bytes(entry[1]).decode()] = bytes(entry.get(2, b""))
        yield Node(texts[1][0], texts[2][0], tuple(texts[3]), attributes)


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        if tag & 7 == 0:
            value, at = _varint(message, at)
            yield tag >> 3, value
            continue
        size, at = _varint(message, at) if tag & 7 == 2 else ({1: 8, 5: 4}[tag & 7], at)
        yield tag >> 3, message[at : at + size]
        at += size


def _unpacked(part: int | bytes) -> Iterator[int]:
    if isinstance(part, int):
        yield part
        return
    at = 0
    while at < len(part):
        value, at = _varint(part, at)
        yield value


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value, shift, at = value | (byte & 0x7F) << shift, shift + 7, at + 1
        if byte < 0x80:
            return value, at


def main() -> int:
    """Exit code 1 for another package."""
    parser = argparse.ArgumentParser(prog="python -m models.making.convert_hands", description=__doc__)
    parser.add_argument("package", type=Path, metavar="TGZ", help="handtrackjs-0.1.5.tgz, as npm pack fetches it")
    parser.add_argument("out", type=Path, metavar="ONNX", help="where the model goes")
    args = parser.parse_args()
    try:
        content = Conversion(*read_package(args.package)).model().SerializeToString(deterministic=True)
    except (PackageRefused, OSError, tarfile.TarError) as error:
        print(f"convert_hands: {error}", file=sys.stderr)
        return 1
    args.out.write_bytes(content)
    print(f"{args.out}: {len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
