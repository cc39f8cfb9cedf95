"""First manifests for models without one: what is drafted, a person's two words added, can be opened; what cannot be read is said so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from edge.cli.__main__ import main
from models.manifest import Manifest, ModelRefused, read_manifest
from tests.vision.tiny_models import OPSET, SIZE, constant_graph, embedder_graph, model_bytes, striped, verified
from vision.backends.detector import OnnxDetector
from vision.backends.draft import draft_manifest
from vision.backends.embedder import OnnxEmbedder

CELLS = 64 + 16 + 4  # of 64 × 64 pixels at strides 8, 16, 32


def outputs(**shapes: tuple[int, ...]) -> bytes:
    return model_bytes(constant_graph([(name, np.zeros(shape, np.float32)) for name, shape in shapes.items()], 64, 64))


def drafted(tmp_path: Path, content: bytes) -> tuple[str, Manifest]:
    """The text, and the manifest after a person has written licence and source."""
    (tmp_path / "ours.onnx").write_bytes(content)
    text = draft_manifest(tmp_path / "ours.onnx", "ours")
    with pytest.raises(ModelRefused, match="origin"):
        read_manifest(text, "as it is")
    return text, read_manifest(text.replace('licence = ""', 'licence = "MIT"').replace('source = ""', 'source = "us"'), "filled in")


@pytest.mark.parametrize(
    ("content", "decoder", "classes"),
    [
        (outputs(out=(1, CELLS, 5 + 3)), "yolox", 3),
        (outputs(out=(1, 4 + 7, CELLS)), "yolov8", 7),
        (outputs(out=(1, 300, 6)), "yolo_end_to_end", 1),
        (outputs(out=(1, 300, 4 + 9)), "rtdetr", 9),
        (outputs(pred_boxes=(1, 100, 4), logits=(1, 100, 5)), "rtdetr", 5),
        (outputs(concat_1=(1, 1917, 1, 4), concat=(1, 1917, 2)), "ssd", 1),
    ],
)
def test_detectors_are_told_by_their_shapes(tmp_path: Path, content: bytes, decoder: str, classes: int) -> None:
    text, manifest = drafted(tmp_path, content)
    assert manifest.detection is not None
    assert (manifest.detection.decoder, len(manifest.detection.labels)) == (decoder, classes)
    assert "# CHECK: Licence" in text
    assert "does not name its" in text
    OnnxDetector(verified(manifest, content)).detect(striped(1))


@pytest.mark.parametrize(
    "graph", [embedder_graph(), embedder_graph(batch=4), embedder_graph(channels_last=True), embedder_graph(dtype=TensorProto.FLOAT16)]
)
def test_embedders_are_told_by_theirs(tmp_path: Path, graph: onnx.GraphProto) -> None:
    content = model_bytes(graph)
    _, manifest = drafted(tmp_path, content)
    assert OnnxEmbedder(verified(manifest, content)).embed([striped(1)]).shape == (1, SIZE)


def with_names(names: str) -> bytes:
    model = onnx.load_from_string(outputs(out=(1, 4 + 2, CELLS)))
    helper.set_model_props(model, {"names": names})
    return bytes(model.SerializeToString())


def test_labels_that_the_file_carries_are_taken_over(tmp_path: Path) -> None:
    text, manifest = drafted(tmp_path, with_names("{0: 'person', 1: 'a \"hand\"\\n'}"))
    assert manifest.detection is not None
    assert manifest.detection.labels == ("person", 'a "hand" ')
    assert "does not name" not in text


@pytest.mark.parametrize(
    "names", ["", "{", "['person', 'hand']", "{0: 'person'}", "{0: 'a', 2: 'b'}", "__import__('os').abort()", "(" * 5000, "{0: " * 90_000]
)
def test_labels_that_cannot_be_read_are_asked_for(tmp_path: Path, names: str) -> None:
    text, manifest = drafted(tmp_path, with_names(names))
    assert manifest.detection is not None
    assert manifest.detection.labels == ("class 0", "class 1")
    assert "does not name its 2 classes" in text


def reshaped(sides: list[Any], dtype: int = TensorProto.FLOAT) -> bytes:
    graph = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["y"])],
        "any",
        [helper.make_tensor_value_info("x", dtype, sides)],
        [helper.make_tensor_value_info("y", dtype, sides)],
    )
    return model_bytes(graph, OPSET)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"GIF89a" + bytes(50), "no ONNX file"),
        (reshaped([1, 10]), "must take one picture alone"),
        (reshaped([1, 3, 8, 8]), "no decoder reads outputs like y"),
        (reshaped([1, 3, 8, 8], TensorProto.INT64), "pictures are given as float32, float16, uint8"),
        (reshaped([1, 3, 4096, 8]), "at most 2048 a side"),
        (outputs(a=(1, 5, 4), b=(1, 5, 4)), "no decoder reads outputs like a"),
    ],
)
def test_what_no_decoder_reads_is_refused_with_its_shape(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "ours.onnx").write_bytes(content)
    with pytest.raises(ModelRefused, match=said):
        draft_manifest(tmp_path / "ours.onnx", "ours")


def test_any_size_of_picture_is_drafted_as_the_usual_one(tmp_path: Path) -> None:
    graph = constant_graph([("out", np.zeros((1, 6, 8400), np.float32))])
    graph.input[0].CopyFrom(helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, "h", "w"]))
    text, manifest = drafted(tmp_path, model_bytes(graph))
    assert (manifest.input.width, manifest.input.height) == (640, 640)
    assert "pictures of any size" in text
    OnnxDetector(verified(manifest, model_bytes(graph)))


def test_from_a_bare_file_to_a_model_in_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "Our Model_v2.onnx").write_bytes(outputs(out=(1, 4 + 2, CELLS)))
    assert main(["models", "draft", str(tmp_path / "Our Model_v2.onnx")]) == 0
    text = capsys.readouterr().out
    assert 'name = "our-model-v2"' in text
    (tmp_path / "ours.toml").write_text(text.replace('licence = ""', 'licence = "MIT"').replace('source = ""', 'source = "us"'))
    add = ["models", "add", str(tmp_path / "Our Model_v2.onnx"), "--manifest", str(tmp_path / "ours.toml"), "--folder", str(tmp_path / "m")]
    assert main(add) == 0
    assert "our-model-v2@1: in use, added" in capsys.readouterr().out
    assert (tmp_path / "m" / "our-model-v2" / "1" / "our-model-v2.onnx").is_file(), "no blanks in the store"
