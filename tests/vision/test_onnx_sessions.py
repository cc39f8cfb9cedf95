"""Sessions, embedders and detectors on real ONNX files: what is refused and why, where a model runs, what comes out."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from models.manifest import Detection, Embedding, Input, ModelRefused
from models.store import ModelStore
from tests.vision.tiny_models import (
    OPSET,
    SIDE,
    SIZE,
    constant_graph,
    detector_manifest,
    embedder_graph,
    embedder_manifest,
    model_bytes,
    rows_of_length_one,
    striped,
    tiny_store,
    verified,
    write_model,
)
from vision.backends.detector import OnnxDetector, open_detector
from vision.backends.embedder import OnnxEmbedder, open_embedder
from vision.backends.onnx import OnnxSession, available
from vision.backends.proof import prove

ROOT = Path(__file__).parents[2]
CONTENT = model_bytes(embedder_graph())
NORMAL: dict[str, Any] = {"mean": (127.0, 127.0, 127.0), "deviation": (128.0, 128.0, 128.0)}


def embedder(content: bytes = CONTENT, **changes: Any) -> OnnxEmbedder:
    return OnnxEmbedder(verified(embedder_manifest(content, "tiny", "1", **changes), content))


# What is refused


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"opset": 13}, r"asks for operators of version 17, its manifest says 13"),
        (
            {"input": Input(width=64, height=SIDE, batch=0)},
            r"its input has the shape any × 3 × 32 × 32, its manifest says any × 3 × 32 × 64",
        ),
        ({"input": Input(width=SIDE, height=SIDE, batch=0, layout="nhwc")}, r"its manifest says any × 32 × 32 × 3"),
        ({"input": Input(width=SIDE, height=SIDE, batch=1)}, r"its manifest says 1 × 3 × 32 × 32"),
        ({"input": Input(width=SIDE, height=SIDE, batch=0, dtype="uint8")}, r"its input is tensor\(float\), its manifest says uint8"),
        ({"input": Input(width=SIDE, height=SIDE, batch=0, name="images")}, r"the model takes x; .* called as the manifest says"),
        ({"embedding": Embedding(size=SIZE + 1)}, r"its manifest says 13 numbers"),
        ({"embedding": Embedding(size=SIZE, output="features")}, r"has no output 'features'; it has: embedding"),
    ],
)
def test_a_model_that_is_not_what_its_manifest_says_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ModelRefused, match=rf"tiny@1.*{said}"):
        embedder(**changes)


def test_other_files_and_half_models_are_refused() -> None:
    for content in (b"\x89PNG" + bytes(100), CONTENT[: len(CONTENT) // 2], b"x"):
        with pytest.raises(ModelRefused, match=r"tiny@1: this is no ONNX file"):
            embedder(content)


def test_a_graph_that_cannot_be_run_is_refused_with_onnxruntime_s_reason() -> None:
    model = helper.make_model(embedder_graph(), opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    model.graph.node[0].op_type = "NoSuchOperator"
    content = model.SerializeToString()
    with pytest.raises(ModelRefused, match=r"tiny@1 cannot be loaded: .*NoSuchOperator"):
        embedder(content)


def test_operators_newer_than_onnxruntime_are_refused() -> None:
    model = helper.make_model(embedder_graph(), opset_imports=[helper.make_opsetid("", 60)], ir_version=8)
    content = model.SerializeToString()
    with pytest.raises(ModelRefused, match=r"tiny@1 cannot be loaded: .*60"):
        embedder(content, opset=60)


def test_a_model_that_fails_when_it_runs_is_refused_before_anyone_relies_on_it() -> None:
    graph = embedder_graph()
    graph.initializer.append(numpy_helper.from_array(np.array([7, -1], dtype=np.int64), "shape"))
    graph.node[1].CopyFrom(helper.make_node("Reshape", ["cells", "shape"], ["flat"]))  # 12 numbers do not make rows of 7
    content = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8).SerializeToString()
    with pytest.raises(ModelRefused, match=r"cannot be (run on cpu|loaded)"):
        embedder(content)


def test_weights_outside_the_file_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No hash covers them, and their place is chosen by whoever made the model."""
    model = helper.make_model(embedder_graph(), opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    onnx.save_model(model, str(tmp_path / "m.onnx"), save_as_external_data=True, location="w.bin", size_threshold=0)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelRefused, match="keeps weights in other files"):
        embedder((tmp_path / "m.onnx").read_bytes())


def test_two_inputs_are_refused() -> None:
    graph = embedder_graph()
    graph.input.append(helper.make_tensor_value_info("more", TensorProto.FLOAT, [1]))
    graph.node.append(helper.make_node("Identity", ["more"], ["copy"]))
    graph.output.append(helper.make_tensor_value_info("copy", TensorProto.FLOAT, [1]))
    with pytest.raises(ModelRefused, match="the model takes x, more; it must take one picture alone"):
        embedder(model_bytes(graph))


def test_a_detector_is_no_embedder_and_an_embedder_no_detector(tmp_path: Path) -> None:
    store = tiny_store(tmp_path)
    with pytest.raises(ModelRefused, match="product-embedder@1 is no detector, it is an embedder"):
        open_detector("product-embedder", store)
    content = model_bytes(constant_graph([("out", np.zeros((1, 6, 5), np.float32))]))
    write_model(store.shipped, detector_manifest(content, Detection(decoder="yolov8", labels=("a", "b"))), content)
    with pytest.raises(ModelRefused, match="finder@1 is no embedder, it is a detector"):
        open_embedder("finder", store)


# Where it runs


def test_what_this_machine_lacks_is_skipped_and_named(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    with caplog.at_level(logging.WARNING):
        found = open_embedder("product-embedder", tiny_store(tmp_path), ("tensorrt", "cuda", "cpu"))
    assert found.provider == "cpu"
    assert [record.getMessage() for record in caplog.records] == [
        "product-embedder@1 does not run on tensorrt: this onnxruntime lacks it (it is in onnxruntime-gpu and TensorRT)",
        "product-embedder@1 does not run on cuda: this onnxruntime lacks it (it is in onnxruntime-gpu)",
    ]


def test_the_processor_is_the_last_resort_and_said_to_be(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    with caplog.at_level(logging.WARNING):
        assert open_embedder("product-embedder", tiny_store(tmp_path), ("openvino",)).provider == "cpu"
    assert "runs on the processor: none of openvino can be used here" in caplog.text


def test_the_first_choice_leaves_no_word(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    with caplog.at_level(logging.WARNING):
        open_embedder("product-embedder", tiny_store(tmp_path), ("cpu", "cuda"))
    assert not caplog.records
    assert "cpu" in available()


class Starts:
    """onnxruntime as it behaves where a provider is built in but its libraries are missing, or fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, fails: bool) -> None:
        real = onnxruntime.InferenceSession
        self.asked: list[str] = []

        def session(content: bytes, options: object, providers: list[tuple[str, dict[str, str]]]) -> object:
            self.asked.append(providers[0][0])
            if self.asked[-1] == "CUDAExecutionProvider":
                if fails:
                    raise RuntimeError("CUDA failure 35: driver is too old\nsecond line")
                providers = [("CPUExecutionProvider", {})]
            return real(content, options, providers=providers)

        monkeypatch.setattr(onnxruntime, "InferenceSession", session)
        monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider", "CPUExecutionProvider"])


@pytest.mark.parametrize(
    ("fails", "said"), [(True, "cuda: CUDA failure 35: driver is too old"), (False, "cuda: it could not be started here")]
)
def test_a_provider_that_does_not_start_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fails: bool, said: str
) -> None:
    starts = Starts(monkeypatch, fails=fails)
    with caplog.at_level(logging.WARNING):
        session = OnnxSession(verified(embedder_manifest(CONTENT), CONTENT), ("cuda", "cpu"), 1)
    assert session.provider == "cpu"
    assert starts.asked == ["CUDAExecutionProvider", "CPUExecutionProvider"]
    assert said in caplog.text
    assert "second line" not in caplog.text


def test_nothing_is_recorded_about_the_shop(tmp_path: Path) -> None:
    """onnxruntime keeps a log of its use under the user's home and may send it, unless it is told not to."""
    tiny_store(tmp_path)
    script = (
        "import sys; from pathlib import Path; from models.store import ModelStore; from vision.backends.embedder import open_embedder\n"
        "open_embedder('product-embedder', ModelStore(None, Path(sys.argv[1])))"
    )
    home = tmp_path / "home"
    home.mkdir()
    environment = {**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}
    environment.pop("ORT_DISABLE_TELEMETRY", None)
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "shipped")], env=environment, cwd=ROOT, check=True)
    assert list(home.rglob("*")) == []


# What comes out of an embedder


def test_vectors_have_length_one_and_tell_pictures_apart(tmp_path: Path) -> None:
    found = open_embedder("product-embedder", tiny_store(tmp_path))
    crops = [striped(seed) for seed in range(11)]
    rows = found.embed(crops)
    assert rows.shape == (11, SIZE)
    assert rows.dtype == np.float32
    assert found.size == SIZE
    assert rows_of_length_one(rows)
    again = found.embed([striped(seed, 96, 80) for seed in range(11)])
    assert (rows @ again.T).argmax(axis=1).tolist() == list(range(11)), "another size of the same picture is the nearest"
    assert found.embed([]).shape == (0, SIZE)


def test_the_vector_is_that_of_the_normalised_picture() -> None:
    """Worked out by numpy alone: red, green, blue of the quarters, less 127, over 128, turned by the model's matrix."""
    picture = striped(3, SIDE, SIDE)
    quarters = picture.reshape(2, SIDE // 2, 2, SIDE // 2, 3).mean(axis=(1, 3))[:, :, ::-1]
    values = ((quarters - 127.0) / 128.0).transpose(2, 0, 1).reshape(-1)
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(SIZE, SIZE)))[0]
    wanted = values @ turn
    assert np.allclose(embedder().embed([picture])[0], wanted / np.linalg.norm(wanted), atol=1e-5)


@pytest.mark.parametrize(
    ("graph", "wanted"),
    [
        (embedder_graph(batch=1), Input(width=SIDE, height=SIDE, batch=1, **NORMAL)),
        (embedder_graph(batch=4), Input(width=SIDE, height=SIDE, batch=4, **NORMAL)),
        (embedder_graph(channels_last=True), Input(width=SIDE, height=SIDE, batch=0, layout="nhwc", **NORMAL)),
        (embedder_graph(dtype=TensorProto.FLOAT16), Input(width=SIDE, height=SIDE, batch=0, dtype="float16", **NORMAL)),
    ],
    ids=["one at a time", "four at a time", "channels last", "half precision"],
)
def test_the_same_model_in_other_clothes_gives_the_same_vectors(graph: onnx.GraphProto, wanted: Input) -> None:
    crops = [striped(seed) for seed in range(6)]
    content = model_bytes(graph)
    assert np.allclose(embedder(content, input=wanted).embed(crops), embedder().embed(crops), atol=2e-3)


def test_a_model_that_normalises_by_itself_gets_bytes() -> None:
    content = model_bytes(embedder_graph(dtype=TensorProto.UINT8))
    plain = embedder(model_bytes(embedder_graph()), input=Input(width=SIDE, height=SIDE, batch=0))
    bytewise = embedder(content, input=Input(width=SIDE, height=SIDE, batch=0, dtype="uint8"))
    crops = [striped(seed) for seed in range(3)]
    assert np.allclose(bytewise.embed(crops), plain.embed(crops), atol=1e-5)


def test_mirrored_views_make_left_and_right_the_same() -> None:
    picture = striped(5, SIDE, SIDE)
    turned = np.ascontiguousarray(picture[:, ::-1])
    both = embedder(embedding=Embedding(size=SIZE, mirrored=True)).embed([picture, turned])
    assert np.allclose(both[0], both[1], atol=1e-5)
    assert rows_of_length_one(both)
    alone = embedder().embed([picture, turned])
    assert not np.allclose(alone[0], alone[1], atol=0.1)


def test_a_picture_without_direction_is_zero_and_not_nan() -> None:
    rows = embedder(input=Input(width=SIDE, height=SIDE, batch=0)).embed([np.zeros((20, 20, 3), np.uint8), striped(1)])
    assert (rows[0] == 0).all()
    assert rows_of_length_one(rows[1:])


def test_threads_that_share_an_embedder_do_not_mix_their_pictures() -> None:
    shared = embedder()
    wrong: list[int] = []
    wanted = {seed: shared.embed([striped(seed)]) for seed in range(4)}

    def look(seed: int) -> None:
        rounds = (shared.embed([striped(seed)] * 9) for _ in range(25))
        wrong.extend(seed for rows in rounds if not np.allclose(rows, wanted[seed], atol=1e-6))

    threads = [threading.Thread(target=look, args=(seed,)) for seed in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


# What comes out of a detector


def finder(outputs: list[tuple[str, np.ndarray[Any, np.dtype[np.float32]]]], detection: Detection, **changes: object) -> OnnxDetector:
    content = model_bytes(constant_graph(outputs, 64, 64))
    return OnnxDetector(verified(detector_manifest(content, detection, width=64, height=64, **changes), content))


def yolov8_output() -> np.ndarray[Any, np.dtype[np.float32]]:
    output = np.zeros((1, 6, 8), dtype=np.float32)
    output[0, :, 0] = [32, 18, 32, 18, 0.9, 0.0]  # the middle of a 16 : 9 picture that lies in the upper 36 rows
    output[0, :, 1] = [33, 18, 32, 18, 0.8, 0.0]  # the same again
    output[0, :, 2] = [8, 8, 32, 32, 0.1, 0.7]  # over the upper left corner
    output[0, :, 3] = [32, 50, 10, 10, 0.6, 0.0]  # in the border
    return output


def test_boxes_are_fractions_of_the_picture_best_first() -> None:
    found = finder([("out", yolov8_output())], Detection(decoder="yolov8", labels=("person", "hand"))).detect(striped(1, 90, 160))
    assert [(one.label, round(one.score, 3)) for one in found] == [("person", 0.9), ("hand", 0.7)]
    box = found[0].box
    assert np.allclose([box.left, box.top, box.right, box.bottom], [0.25, 0.25, 0.75, 0.75], atol=1e-5)
    assert (found[1].box.left, found[1].box.top) == (0.0, 0.0)


def test_thresholds_and_limits_are_those_of_the_manifest() -> None:
    picture = striped(1, 90, 160)
    labels = ("person", "hand")
    assert len(finder([("out", yolov8_output())], Detection(decoder="yolov8", labels=labels, least_score=0.8)).detect(picture)) == 1
    assert len(finder([("out", yolov8_output())], Detection(decoder="yolov8", labels=labels, overlap=1.0)).detect(picture)) == 3
    assert len(finder([("out", yolov8_output())], Detection(decoder="yolov8", labels=labels, most=1)).detect(picture)) == 1


def test_models_that_suppress_by_themselves_are_left_alone() -> None:
    twice = np.array([[[10, 10, 30, 30, 0.9, 0], [10, 10, 30, 31, 0.8, 0]]], dtype=np.float32)
    found = finder([("out", twice)], Detection(decoder="yolo_end_to_end", labels=("person",))).detect(striped(1, 64, 64))
    assert [round(one.score, 3) for one in found] == [0.9, 0.8]


def test_outputs_are_taken_by_name_in_the_decoder_s_order() -> None:
    logits, boxes = np.full((1, 2, 1), -9.0, np.float32), np.zeros((1, 2, 4), np.float32)
    logits[0, 1], boxes[0, 1] = 3.0, [0.5, 0.5, 0.5, 0.5]
    outputs = [("aux", np.zeros((1, 3), np.float32)), ("pred_boxes", boxes), ("logits", logits)]
    table = Detection(decoder="rtdetr", labels=("item",), outputs=("logits", "pred_boxes"))
    found = finder(outputs, table).detect(striped(1, 64, 64))
    assert np.allclose([found[0].box.left, found[0].box.bottom], [0.25, 0.75], atol=1e-5)
    with pytest.raises(ModelRefused, match=r"has no output 'scores'; it has: aux, pred_boxes, logits"):
        finder(outputs, Detection(decoder="rtdetr", labels=("item",), outputs=("scores",)))


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (Detection(decoder="yolov8", labels=("a",)), r"the yolov8 decoder wants 1 × 5 × any, the model gives 1 × 6 × 8"),
        (Detection(decoder="yolox", labels=("a",)), r"the yolox decoder wants 1 × 84 × 6, the model gives 1 × 6 × 8"),
        (Detection(decoder="ssd", labels=("a",), grids=(4, 2)), r"wants two outputs"),
    ],
)
def test_a_layout_that_the_decoder_does_not_read_is_refused_at_once(table: Detection, said: str) -> None:
    with pytest.raises(ModelRefused, match=rf"finder@1: .*{said}.*; mend decoder, labels, outputs or input in its manifest"):
        finder([("out", yolov8_output())], table)


def test_a_proof_says_what_it_proved() -> None:
    proof = prove(verified(embedder_manifest(CONTENT), CONTENT))
    assert (proof.key, proof.provider) == ("tiny@1", "cpu")
    assert 0 < proof.ms < 1000
    content = model_bytes(constant_graph([("out", yolov8_output())], 64, 64))
    table = Detection(decoder="yolov8", labels=("person", "hand"))
    assert prove(verified(detector_manifest(content, table, width=64, height=64), content)).key == "finder@1"


def test_a_store_without_the_model_says_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match="no model called 'other'; there are: product-embedder"):
        open_embedder("other", tiny_store(tmp_path))
    with pytest.raises(ModelRefused, match="there are: none"):
        open_embedder("other", ModelStore(None, tmp_path / "nowhere"))


def test_a_session_on_the_processor_keeps_no_second_copy_of_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[object] = []
    real = onnxruntime.InferenceSession

    def noted(content: object, *rest: object, **more: object) -> object:
        taken.append(content)
        return real(content, *rest, **more)

    monkeypatch.setattr(onnxruntime, "InferenceSession", noted)
    session = OnnxSession(verified(embedder_manifest(CONTENT), CONTENT), ("cpu",), 1)
    (file,) = taken
    assert isinstance(file, str)
    assert not Path(file).exists()  # gone with the loading; what was verified is what was loaded, as nobody else had it
    assert session.run(session.empty_batch(1))
