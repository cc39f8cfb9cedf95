"""``python -m models.making.join``: embedders as one, their vectors centred on products' photographs, weighted and joined.

What is put behind a network here travels inside the model: whoever runs it gets vectors that compare by their cosine, and nothing else
has to be carried along. Parts that the networks have in common, such as blocks that a fine-tuning left as they were, are computed once.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, compose, helper, numpy_helper

from models.making.photographs import PRODUCT_SHARE, Floats, NoPhotographs, as_input, read_photographs, squares
from models.making.quantise import written

OPSET: Final = 17
INPUT: Final = "pixels"
OUTPUT: Final = "embedding"
SHRINKAGE: Final = 0.5  # share of the sphere in the scatter; chosen on products that were not trained on


@dataclass(frozen=True, slots=True)
class Part:
    """One embedder: its model, the ``mean`` (d,) of its unit vectors, an optional ``matrix`` (d, m) that whitens, and its weight."""

    model: onnx.ModelProto
    mean: Floats
    matrix: Floats | None = None
    weight: float = 1.0


def joined(parts: Sequence[Part]) -> onnx.ModelProto:
    """One model from ``pixels`` to ``embedding``: of each part l2((l2(e) - mean)·matrix)·weight, one after the other.

    ValueError if the parts do not take pictures of one size.
    """
    nodes: list[onnx.NodeProto] = []
    constants: list[onnx.TensorProto] = []
    outputs: list[str] = []
    shapes = {_shape(part.model) for part in parts}
    if len(shapes) != 1:
        raise ValueError(f"the models take pictures of different sizes, {sorted(shapes)}; convert them with one --side")
    size = 0
    for number, part in enumerate(parts):
        graph = compose.add_prefix(part.model, f"part{number}_").graph
        entry = graph.input[0].name
        for node in graph.node:
            node.input[:] = [INPUT if name == entry else name for name in node.input]
        nodes += graph.node
        constants += graph.initializer
        behind = _Chain(f"part{number}_space_", graph.output[0].name, nodes, constants)
        behind.normalise("first")
        behind.add("Sub", part.mean.astype(np.float32)[None])
        if part.matrix is not None:
            behind.turn(part.matrix)
        behind.normalise("second")
        behind.add("Mul", np.array(part.weight, dtype=np.float32))
        outputs.append(behind.name)
        size += part.mean.shape[0] if part.matrix is None else part.matrix.shape[1]
    nodes.append(helper.make_node("Concat", outputs, [OUTPUT], name="join", axis=1))
    graph = helper.make_graph(
        nodes,
        "embedder",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["n", *_shape(parts[0].model)])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["n", size])],
        constants,
    )
    _share(graph)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=parts[0].model.ir_version)
    onnx.checker.check_model(model, full_check=True)
    return model


class _Chain:
    """Nodes one behind the other."""

    def __init__(self, prefix: str, name: str, nodes: list[onnx.NodeProto], constants: list[onnx.TensorProto]) -> None:
        self.prefix, self.name, self.nodes, self.constants = prefix, name, nodes, constants

    def add(self, operator: str, constant: Floats) -> None:
        """One operator with a constant on the right."""
        known = f"{self.prefix}{operator}_value"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(constant), known))
        self._node(operator, [self.name, known], f"{self.prefix}{operator}")

    def turn(self, matrix: Floats) -> None:
        """By a matrix, kept in half precision: it is as large as the network otherwise, and cosines do not notice."""
        known, wide = f"{self.prefix}matrix", f"{self.prefix}matrix_wide"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(matrix.astype(np.float16)), known))
        self.nodes.append(helper.make_node("Cast", [known], [wide], name=wide, to=TensorProto.FLOAT))
        self._node("MatMul", [self.name, wide], f"{self.prefix}turned")

    def normalise(self, step: str) -> None:
        """To length 1, or to almost nothing what was almost nothing."""
        length, floor, safe = f"{self.prefix}{step}_length", f"{self.prefix}{step}_floor", f"{self.prefix}{step}_safe"
        self.nodes.append(helper.make_node("ReduceL2", [self.name], [length], name=length, axes=[1], keepdims=1))
        self.constants.append(numpy_helper.from_array(np.array(1e-6, dtype=np.float32), floor))
        self.nodes.append(helper.make_node("Max", [length, floor], [safe], name=safe))
        self._node("Div", [self.name, safe], f"{self.prefix}{step}_unit")

    def _node(self, operator: str, inputs: list[str], out: str) -> None:
        self.nodes.append(helper.make_node(operator, inputs, [out], name=out))
        self.name = out


def _share(graph: onnx.GraphProto) -> None:
    """Compute once what two nodes compute alike, and keep equal constants once."""
    same: dict[str, str] = {}
    kept: dict[bytes, str] = {}
    constants = []
    for constant in graph.initializer:
        plain = onnx.TensorProto()
        plain.CopyFrom(constant)
        plain.ClearField("name")
        key = hashlib.sha256(plain.SerializeToString(deterministic=True)).digest()
        if key not in kept:
            constants.append(constant)
        same[constant.name] = kept.setdefault(key, constant.name)
    nodes, done = [], dict[bytes, list[str]]()
    for node in graph.node:
        node.input[:] = [same.get(name, name) for name in node.input]
        plain_node = onnx.NodeProto()
        plain_node.CopyFrom(node)
        plain_node.ClearField("name")
        plain_node.ClearField("output")
        key = plain_node.SerializeToString(deterministic=True)
        if key in done:
            same.update(zip(node.output, done[key], strict=True))
            continue
        done[key] = list(node.output)
        nodes.append(node)
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(constants)


def _shape(model: onnx.ModelProto) -> tuple[int, ...]:
    """Channels, height and width of the pictures it takes."""
    return tuple(side.dim_value for side in model.graph.input[0].type.tensor_type.shape.dim[1:])


def within_scatter(rows: Floats, products: Sequence[int], shrinkage: float) -> Floats:
    """S^(-1/2) of the shrunk within-product scatter of unit rows, as the gallery's whitening has it."""
    names, of_row = np.unique(np.asarray(products), return_inverse=True)
    sums = np.zeros((len(names), rows.shape[1]))
    np.add.at(sums, of_row, rows)
    residuals = rows - (sums / np.bincount(of_row)[:, None])[of_row]
    scatter = residuals.T @ residuals / len(rows)
    sphere = float(np.trace(scatter)) / rows.shape[1]
    values, vectors = np.linalg.eigh((1.0 - shrinkage) * scatter + shrinkage * sphere * np.eye(rows.shape[1]))
    return np.asarray((vectors / np.sqrt(values)) @ vectors.T, dtype=np.float32)


def span_of_means(rows: Floats, products: Sequence[int]) -> Floats:
    """Directions (d, products) in which the mean of every product lies. Which of them a vector is nearest to is decided there alone, so
    that a model for these products and no others can leave the rest out."""
    of_row = np.asarray(products)
    means = np.stack([rows[of_row == product].mean(axis=0) for product in np.unique(of_row)])
    basis, _ = np.linalg.qr(means.T.astype(np.float64))
    return np.asarray(basis, dtype=np.float32)


def vectors(model: Path, paths: Sequence[Path], share: float = PRODUCT_SHARE) -> Floats:
    """Unit vectors of photographs by a model, (n, d)."""
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    entry = session.get_inputs()[0]
    rows = [session.run(None, {entry.name: as_input([crop])})[0] for crop in squares(paths, entry.shape[3], share)]
    found = np.concatenate(rows)
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), dtype=np.float32)


def main() -> int:
    """Exit code 0 when the model is written, 2 when models or photographs cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m models.making.join", description=__doc__)
    parser.add_argument("--model", action="append", required=True, metavar="FILE[*WEIGHT]", help="an embedder; several are joined")
    parser.add_argument("--dataset", type=Path, required=True, help="photographs as for models.making.fine_tune")
    parser.add_argument("--products", default="", help="numbers of the products whose photographs shape the space; empty: all")
    parser.add_argument("--space", choices=("centred", "whitened"), default="whitened")
    parser.add_argument(
        "--closed", action="store_true", help="keep only what tells these products apart: smaller, and useless for any other product"
    )
    parser.add_argument("--shrinkage", type=float, default=SHRINKAGE, help="of the whitening, above 0 and at most 1")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    try:
        photographs = read_photographs(given.dataset, "train")
        if given.products:
            photographs = photographs.only([int(number) for number in given.products.split(",")])
        parts = []
        for named in given.model:
            file, _, weight = named.partition("*")
            rows = vectors(Path(file), photographs.paths)
            mean = rows.mean(axis=0)
            matrix = within_scatter(rows, photographs.products, given.shrinkage) if given.space == "whitened" else None
            if given.closed:
                shaped = rows - mean if matrix is None else (rows - mean) @ matrix
                span = span_of_means(shaped / np.linalg.norm(shaped, axis=1, keepdims=True), photographs.products)
                matrix = span if matrix is None else matrix @ span
            parts.append(Part(onnx.load(file), mean, matrix, float(weight or 1.0)))
        onnx.save(joined(parts), str(given.out))
    except (NoPhotographs, FileNotFoundError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    print(written(given.out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
