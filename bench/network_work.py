"""How much work a network is, counted in its graph, and a network of known work to hold against: MobileNetV2 with drawn weights.

Nothing is run here; times are measured where networks are.
"""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

OPSET: Final = 17
IR_VERSION: Final = 8
SIDE: Final = 224  # pixels
# Expansion, channels, repeats, stride of each stage: Sandler et al., MobileNetV2, CVPR 2018, table 2.
STAGES: Final = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
STEM: Final = 32
HEAD: Final = 1280
CLASSES: Final = 1000
CALIBRATED_WITH: Final = 4  # drawn pictures; only the time counts


@dataclass(frozen=True, slots=True)
class Work:
    """Of one picture.

    Multiply-accumulates in millions: ``dense`` and ``depthwise`` convolutions, matrices with the dense ones; of all, ``narrow`` with
    weights of eight bits. Bytes in millions: of the weights, and of the tensors between operators, written and read once.
    """

    dense: float
    depthwise: float
    narrow: float
    weights: float
    tensors: float

    @property
    def macs(self) -> float:
        """All, in millions."""
        return self.dense + self.depthwise

    @property
    def is_int8(self) -> bool:
        """Most of it is."""
        return self.narrow > 0.5 * self.macs


def work_of(content: bytes) -> Work:
    """Of an ONNX file, for one picture. ValueError for a graph whose shapes cannot be told."""
    model = onnx.load_from_string(content)
    for given in model.graph.input:
        given.type.tensor_type.shape.dim[0].dim_value = 1
    graph = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True).graph
    kept = {one.name: one for one in graph.initializer}
    made = {output: node for node in graph.node for output in node.output}
    shapes: dict[str, tuple[int, ...]] = {name: tuple(one.dims) for name, one in kept.items()}
    sizes: dict[str, int] = {}
    for value in (*graph.value_info, *graph.input, *graph.output):
        kind = value.type.tensor_type
        shapes.setdefault(value.name, tuple(side.dim_value for side in kind.shape.dim))
        sizes[value.name] = _item_size(kind.elem_type)

    def shape(name: str) -> tuple[int, ...]:
        found = shapes.get(name, ())
        if not found or not all(found):
            raise ValueError(f"the shape of {name} is not known; export the model with a fixed size of picture")
        return found

    dense = depthwise = narrow = 0.0
    for node in graph.node:
        if node.op_type == "Conv":
            weight = shape(node.input[1])
            macs = math.prod(shape(node.output[0])) * math.prod(weight[1:])
        elif node.op_type in ("MatMul", "Gemm"):
            weight = shape(node.input[1])
            turned = any(one.name == "transB" and one.i for one in node.attribute)
            macs = math.prod(shape(node.output[0])) * weight[-1 if turned else -2]
        else:
            continue
        alone = node.op_type == "Conv" and weight[1] == 1 and weight[0] > 1
        depthwise += macs * alone
        dense += macs * (not alone)
        narrow += macs * (_item_size(_source(node.input[1], made, kept)) == 1)
    # QuantizeLinear and its opposite are melted into their neighbours by the runtime: what lies between them moves once, as bytes. What is
    # made of weights alone is made when the network is loaded.
    fixed, moved = set(kept), 0
    for node in graph.node:
        if all(name in fixed for name in node.input if name):
            fixed.update(node.output)
        elif node.op_type != "DequantizeLinear":
            moved += sum(
                math.prod(shapes[output]) * sizes.get(output, 4)
                for output in node.output
                if output in shapes and not _goes_to(output, graph, "QuantizeLinear")
            )
    weights = sum(math.prod(one.dims) * _item_size(one.data_type) for one in kept.values())
    return Work(dense / 1e6, depthwise / 1e6, narrow / 1e6, weights / 1e6, 2 * moved / 1e6)


def reference_network() -> bytes:
    """MobileNetV2 1.0 at 224 pixels, fp32, weights drawn."""
    source = np.random.default_rng(0)
    nodes: list[onnx.NodeProto] = []
    kept: list[onnx.TensorProto] = [numpy_helper.from_array(np.array(at, np.float32), name) for name, at in (("zero", 0.0), ("six", 6.0))]

    def convolved(given: str, into: int, out: int, *, side: int = 1, stride: int = 1, alone: bool = False, bounded: bool = True) -> str:
        name = f"conv{len(nodes)}"
        spread = (2.0 / (side * side * (1 if alone else into))) ** 0.5
        weight = source.normal(0.0, spread, (out, 1 if alone else into, side, side)).astype(np.float32)
        kept.extend((numpy_helper.from_array(weight, f"{name}.w"), numpy_helper.from_array(np.zeros(out, np.float32), f"{name}.b")))
        pads = [side // 2] * 4
        nodes.append(
            helper.make_node("Conv", [given, f"{name}.w", f"{name}.b"], [name], strides=[stride] * 2, pads=pads, group=into if alone else 1)
        )
        if not bounded:
            return name
        nodes.append(helper.make_node("Clip", [name, "zero", "six"], [f"{name}.r"]))
        return f"{name}.r"

    at, wide = convolved("image", 3, STEM, side=3, stride=2), STEM
    for expansion, channels, repeats, stride in STAGES:
        for repeat in range(repeats):
            inner = wide * expansion
            step = stride if repeat == 0 else 1
            body = convolved(at, wide, inner) if expansion > 1 else at
            body = convolved(body, inner, inner, side=3, stride=step, alone=True)
            body = convolved(body, inner, channels, bounded=False)
            if step == 1 and wide == channels:
                nodes.append(helper.make_node("Add", [at, body], [f"{body}.sum"]))
                body = f"{body}.sum"
            at, wide = body, channels
    at = convolved(at, wide, HEAD)
    kept.append(numpy_helper.from_array(source.normal(0.0, 0.03, (HEAD, CLASSES)).astype(np.float32), "classes"))
    nodes += [
        helper.make_node("GlobalAveragePool", [at], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("MatMul", ["flat", "classes"], ["scores"]),
    ]
    described = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "mobilenetv2",
        [described("image", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
        [described("scores", TensorProto.FLOAT, [1, CLASSES])],
        kept,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())


class _Drawn:
    """Pictures of noise, one by one."""

    def __init__(self) -> None:
        source = np.random.default_rng(1)
        self._left = [{"image": source.normal(0.0, 1.0, (1, 3, SIDE, SIDE)).astype(np.float32)} for _ in range(CALIBRATED_WITH)]

    def get_next(self) -> dict[str, Any] | None:
        """The next, None after the last."""
        return self._left.pop() if self._left else None


def as_int8(content: bytes) -> bytes:
    """A network that takes ``image`` of SIDE pixels, quantised as the project's own (models.making.quantise)."""
    with tempfile.TemporaryDirectory(prefix="work-") as folder:
        given, prepared, out = (Path(folder) / name for name in ("fp32.onnx", "prepared.onnx", "int8.onnx"))
        given.write_bytes(content)
        quant_pre_process(str(given), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared),
            str(out),
            _Drawn(),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            weight_type=QuantType.QInt8,
            activation_type=QuantType.QUInt8,
            calibrate_method=CalibrationMethod.MinMax,
        )
        return out.read_bytes()


def _item_size(kind: int) -> int:
    return int(helper.tensor_dtype_to_np_dtype(kind).itemsize) if kind else 4


def _source(name: str, made: dict[str, onnx.NodeProto], kept: dict[str, onnx.TensorProto]) -> int:
    """Element type in which a weight is stored, behind what converts it."""
    while name in made and made[name].op_type in ("DequantizeLinear", "Cast", "Transpose"):
        name = made[name].input[0]
    return kept[name].data_type if name in kept else 0


def _goes_to(name: str, graph: onnx.GraphProto, operation: str) -> bool:
    takers = [node.op_type for node in graph.node if name in node.input]
    return bool(takers) and all(one == operation for one in takers)
