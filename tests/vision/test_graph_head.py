"""The head of an ONNX file: what the package onnx wrote is read back, and nothing else is taken for a model."""

from __future__ import annotations

from pathlib import Path

import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import helper

from models.graph import graph_head
from models.manifest import ModelRefused
from tests.vision.tiny_models import IR_VERSION, embedder_graph, model_bytes

WHOLE = model_bytes(embedder_graph())


@pytest.mark.parametrize("opset", [11, 13, 17, 21])
def test_the_operators_a_model_asks_for_are_read(opset: int) -> None:
    head = graph_head(model_bytes(embedder_graph(), opset))
    assert (head.opset, head.ir_version, head.producer, head.outside) == (opset, IR_VERSION, "test", False)


def test_operators_of_other_makers_are_listed() -> None:
    own = helper.make_opsetid("ai.onnx", 17)
    model = helper.make_model(embedder_graph(), opset_imports=[own, helper.make_opsetid("com.example", 3)])
    head = graph_head(model.SerializeToString())
    assert head.opsets == {"": 17, "com.example": 3}


def test_weights_in_other_files_are_noticed(tmp_path: Path) -> None:
    model = helper.make_model(embedder_graph(), opset_imports=[helper.make_opsetid("", 17)])
    onnx.save_model(model, str(tmp_path / "m.onnx"), save_as_external_data=True, location="weights.bin", size_threshold=0)
    assert (tmp_path / "weights.bin").stat().st_size
    assert graph_head((tmp_path / "m.onnx").read_bytes()).outside


def test_a_model_that_is_cut_off_is_refused_wherever_it_is_cut() -> None:
    refused = 0
    for end in range(len(WHOLE)):
        try:
            graph_head(WHOLE[:end])
        except ModelRefused:
            refused += 1
    # Between two fields of the outermost message the rest is a message too; there are a handful of such places.
    assert refused >= len(WHOLE) - 8


@given(st.binary(max_size=300))
def test_arbitrary_bytes_end_in_nothing_but_a_refusal(content: bytes) -> None:
    try:
        graph_head(content)
    except ModelRefused:
        pass


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
def test_a_changed_byte_never_ends_in_anything_but_a_refusal(place: int, byte: int) -> None:
    try:
        graph_head(WHOLE[:place] + bytes([byte]) + WHOLE[place + 1 :])
    except ModelRefused:
        pass


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n" + bytes(200), b"<html>" * 30, bytes(64), b"\xff" * 64, b"\x08\x08"])
def test_other_files_are_no_models(content: bytes) -> None:
    with pytest.raises(ModelRefused, match="no ONNX file"):
        graph_head(content)
