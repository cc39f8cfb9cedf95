"""What the making of models does without torch: reading photographs, other looks of them, spaces behind a model, int8."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from models.making.augment import augmented
from models.making.join import Part, joined, span_of_means, within_scatter
from models.making.photographs import NoPhotographs, Picture, as_input, central, read_photographs, shrunk, squares
from models.making.quantise import quantise
from vision.pipeline.crop import centre_square
from vision.pipeline.whitening import Whitening, fit_whitening, unit_rows
from vision.types import Floats

SIDE = 16
SIZE = 12


def photograph(path: Path, seed: int, shape: tuple[int, int] = (40, 48)) -> Picture:
    """Write a picture of noise and give it back."""
    pixels = np.random.default_rng(seed).integers(0, 256, (*shape, 3), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), pixels)
    return pixels


def tiny(path: Path, seed: int, stem_seed: int = 0) -> Path:
    """A network of two convolutions and a mean: pixels (n, 3, 16, 16) to embedding (n, 12)."""
    stem = np.random.default_rng(stem_seed).normal(0, 0.3, (8, 3, 3, 3)).astype(np.float32)
    head = np.random.default_rng(seed).normal(0, 0.3, (SIZE, 8, 1, 1)).astype(np.float32)
    nodes = [
        helper.make_node("Conv", ["pixels", "stem"], ["a"], kernel_shape=[3, 3], strides=[2, 2]),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Conv", ["b", "head"], ["c"], kernel_shape=[1, 1]),
        helper.make_node("Relu", ["c"], ["d"]),
        helper.make_node("ReduceMean", ["d"], ["embedding"], axes=[2, 3], keepdims=0),
    ]
    entry = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])
    end = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", SIZE])
    constants = [numpy_helper.from_array(stem, "stem"), numpy_helper.from_array(head, "head")]
    model = helper.make_model(
        helper.make_graph(nodes, "tiny", [entry], [end], constants), opset_imports=[helper.make_opsetid("", 17)], ir_version=9
    )
    onnx.save(model, str(path))
    return path


def run(model: onnx.ModelProto, pixels: Floats) -> Floats:
    """What the model makes of pictures."""
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"pixels": pixels})[0], dtype=np.float32)


def dataset(folder: Path, products: int = 3, shots: int = 4) -> Path:
    """One folder per product."""
    for product in range(products):
        for shot in range(shots):
            photograph(folder / f"p{product}" / f"{shot}.png", product * 100 + shot)
    return folder


def test_a_list_names_photographs_products_and_types(tmp_path: Path) -> None:
    photograph(tmp_path / "train" / "Milk" / "a.jpg", 1)
    photograph(tmp_path / "train" / "Milk" / "b.jpg", 2)
    (tmp_path / "train.txt").write_text("train/Milk/a.jpg, 1, 7\n\ntrain/Milk/b.jpg, 0, 7\n", encoding="utf-8")
    (tmp_path / "classes.csv").write_text("name,id\nmild,0\nsour,1\n", encoding="utf-8")
    found = read_photographs(tmp_path, "train")
    assert (found.products, found.types, found.names) == ((1, 0), (7, 7), ("mild", "sour"))
    assert found.only([0]).paths == (tmp_path / "train/Milk/b.jpg",)


@pytest.mark.parametrize(
    "line", ["train/none.jpg, 0, 0", "../outside.jpg, 0, 0", "a.jpg, x, 0", "a.jpg", "a.jpg, -1, 0", "\x00, 0, 0", "/etc/hostname, 0, 0"]
)
def test_a_list_that_names_what_is_not_there_or_lies_outside_is_refused_with_its_line(tmp_path: Path, line: str) -> None:
    root = tmp_path / "set"
    photograph(root / "a.jpg", 1)
    photograph(tmp_path / "outside.jpg", 1)
    (root / "train.txt").write_text(line, encoding="utf-8")
    with pytest.raises(NoPhotographs, match=r"train\.txt"):
        read_photographs(root, "train")


def test_a_chains_own_folders_are_products(tmp_path: Path) -> None:
    found = read_photographs(dataset(tmp_path), "train")
    assert found.names == ("p0", "p1", "p2")
    assert len(found.paths) == 12
    with pytest.raises(NoPhotographs, match="neither"):
        read_photographs(tmp_path, "val")


def test_folders_with_too_little_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NoPhotographs, match="no folders"):
        read_photographs(tmp_path, "train")
    dataset(tmp_path, shots=2)
    with pytest.raises(NoPhotographs, match="at least 3"):
        read_photographs(tmp_path, "train")


def test_what_is_no_picture_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8 nothing")
    with pytest.raises(NoPhotographs, match=r"a\.jpg is not a picture"):
        list(squares([tmp_path / "a.jpg"], 8, 1.0))


@pytest.mark.parametrize("shape", [(40, 48), (48, 40), (7, 7), (1, 9)])
@pytest.mark.parametrize("share", [0.75, 1.0, 0.01])
def test_models_are_made_on_the_crop_that_the_eye_uses(shape: tuple[int, int], share: float) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    assert np.array_equal(central(pixels, share), centre_square(pixels, share))


def test_pictures_shrink_and_never_grow() -> None:
    assert shrunk(np.zeros((100, 50, 3), np.uint8), 25).shape == (50, 25, 3)
    assert shrunk(np.zeros((10, 50, 3), np.uint8), 25).shape == (10, 50, 3)


def test_another_look_is_drawn_by_the_generator_and_is_a_picture() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (60, 40, 3), dtype=np.uint8)
    looks = [augmented(pixels, 32, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert all(look.shape == (32, 32, 3) and look.dtype == np.uint8 for look in looks)
    assert np.array_equal(looks[0], looks[1])
    assert not np.array_equal(looks[0], looks[2])


def test_print_is_never_mirrored_when_told_so() -> None:
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[:, :32] = 255
    for seed in range(20):
        look = augmented(pixels, 32, np.random.default_rng(seed), mirror=False).astype(int)
        assert look[:, :8].mean() >= look[:, -8:].mean()


def test_a_joined_model_computes_what_the_whitening_of_a_gallery_would(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    model = onnx.load(str(tiny(tmp_path / "a.onnx", 1)))
    pixels = rng.normal(size=(30, 3, SIDE, SIDE)).astype(np.float32)
    rows, products = unit_rows(run(model, pixels)), [index // 5 for index in range(30)]
    fitted = fit_whitening(rows, products, shrinkage=0.5)
    part = Part(model, fitted.mean, within_scatter(rows, products, 0.5), 0.7)
    wanted = fitted(rows)
    found = run(joined([part, Part(model, fitted.mean)]), pixels)
    assert found.shape == (30, 2 * SIZE)
    assert np.allclose(found[:, :SIZE], 0.7 * wanted, atol=2e-3)
    assert np.allclose(found[:, SIZE:], Whitening(fitted.mean)(rows), atol=1e-4)


def test_what_a_closed_model_leaves_out_tells_none_of_its_products_apart() -> None:
    rng = np.random.default_rng(3)
    rows = unit_rows(rng.normal(size=(60, SIZE)).astype(np.float32))
    products = np.repeat(np.arange(5), 12)
    span = span_of_means(rows, products.tolist())
    means = np.stack([rows[products == product].mean(axis=0) for product in range(5)])
    assert span.shape == (SIZE, 5)
    asked = rng.normal(size=(40, SIZE)).astype(np.float32)
    assert np.allclose((asked @ span) @ (means @ span).T, asked @ means.T, atol=1e-5)


def test_joined_models_compute_what_they_share_once(tmp_path: Path) -> None:
    parts = [Part(onnx.load(str(tiny(tmp_path / f"{seed}.onnx", seed))), np.zeros(SIZE, np.float32)) for seed in (1, 2)]
    both = joined(parts)
    assert [node.op_type for node in both.graph.node].count("Conv") == 3
    pixels = np.random.default_rng(0).normal(size=(2, 3, SIDE, SIDE)).astype(np.float32)
    assert np.allclose(run(both, pixels)[:, SIZE:], unit_rows(run(parts[1].model, pixels)), atol=1e-5)


def test_models_for_pictures_of_different_sizes_are_not_joined(tmp_path: Path) -> None:
    one, other = (onnx.load(str(tiny(tmp_path / "a.onnx", 1))) for _ in range(2))
    other.graph.input[0].type.tensor_type.shape.dim[3].dim_value = SIDE * 2
    with pytest.raises(ValueError, match="different sizes"):
        joined([Part(one, np.zeros(SIZE, np.float32)), Part(other, np.zeros(SIZE, np.float32))])


def test_int8_says_nearly_the_same_and_uses_standard_operators_only(tmp_path: Path) -> None:
    model = tiny(tmp_path / "a.onnx", 5)
    quantise(model, dataset(tmp_path / "photographs"), tmp_path / "b.onnx", photographs=8)
    small = onnx.load(str(tmp_path / "b.onnx"))
    assert [entry.domain for entry in small.opset_import] == [""]
    assert "QuantizeLinear" in {node.op_type for node in small.graph.node}
    pixels = as_input(list(squares(read_photographs(tmp_path / "photographs", "train").paths[:4], SIDE, 0.75)))
    cosines = (unit_rows(run(onnx.load(str(model)), pixels)) * unit_rows(run(small, pixels))).sum(axis=1)
    assert cosines.min() > 0.99
