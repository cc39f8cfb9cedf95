"""Work counted in networks, and what is concluded from it for a board that is not there."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from bench.board_estimate import BOARD_FP32_MS, BOARD_INT8_MS, Range, expected, says
from bench.network_work import Work, reference_network, work_of
from models.store import ModelStore


def small(side: int | None) -> bytes:
    """Three channels to eight (3 × 3, stride 2), each of the eight alone (3 × 3), and a matrix of 8 × 5."""
    source = np.random.default_rng(0)
    kept = {
        "w1": source.normal(size=(8, 3, 3, 3)),
        "w2": source.normal(size=(8, 1, 3, 3)),
        "w3": source.normal(size=(8, 5)),
    }
    nodes = [
        helper.make_node("Conv", ["image", "w1"], ["a"], pads=[1, 1, 1, 1], strides=[2, 2]),
        helper.make_node("Conv", ["a", "w2"], ["b"], pads=[1, 1, 1, 1], group=8),
        helper.make_node("GlobalAveragePool", ["b"], ["c"]),
        helper.make_node("Flatten", ["c"], ["d"]),
        helper.make_node("MatMul", ["d", "w3"], ["e"]),
    ]
    described = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "small",
        [described("image", TensorProto.FLOAT, ["pictures", 3, side, side])],
        [described("e", TensorProto.FLOAT, ["pictures", 5])],
        [numpy_helper.from_array(value.astype(np.float32), name) for name, value in kept.items()],
    )
    return bytes(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString())


def test_every_multiplication_is_counted_once() -> None:
    work = work_of(small(16))
    assert work.dense * 1e6 == pytest.approx(8 * 8 * 8 * 3 * 9 + 8 * 5)
    assert work.depthwise * 1e6 == pytest.approx(8 * 8 * 8 * 9)
    assert work.weights * 1e6 == pytest.approx(4 * (8 * 27 + 8 * 9 + 40))
    assert work.tensors * 1e6 == pytest.approx(2 * 4 * (512 + 512 + 8 + 8 + 5))
    assert not work.is_int8


def test_a_network_without_a_fixed_size_cannot_be_counted() -> None:
    with pytest.raises(ValueError, match="fixed size"):
        work_of(small(None))


def test_the_reference_is_the_network_it_is_named_for() -> None:
    content = reference_network()
    onnx.checker.check_model(onnx.load_from_string(content), full_check=True)
    work = work_of(content)
    assert work.macs == pytest.approx(300.0, abs=2.0)  # Sandler et al., CVPR 2018, table 4
    assert work.weights / 4 == pytest.approx(3.4, abs=0.15)  # million parameters, the same table


def test_the_shipped_embedder_is_counted_as_int8() -> None:
    work = work_of(ModelStore().read("product-embedder").content)
    assert work.is_int8
    assert work.macs == pytest.approx(384, abs=5)
    assert work.weights < 7.0


def test_the_range_spans_what_is_not_known() -> None:
    reference = Work(280.0, 20.0, 0.0, 14.0, 100.0)
    exact = Range(1.0, 1.0)
    whole = expected(reference, reference, exact)
    assert (whole.low, whole.high) == (2 * BOARD_FP32_MS, 4 * BOARD_FP32_MS)
    twice = expected(Work(560.0, 40.0, 600.0, 7.0, 50.0), reference, Range(0.5, 1.5))
    assert twice.low == pytest.approx(2 * 2 * BOARD_INT8_MS * 0.5)
    assert twice.high == pytest.approx(2 * 4 * BOARD_INT8_MS * 1.5 * (BOARD_FP32_MS / BOARD_INT8_MS) / 1.99)
    assert "fits" in says(799.0, 800.0, "ms")
    assert "MAY BE TOO SLOW" in says(801.0, 800.0, "ms")
