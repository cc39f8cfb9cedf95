"""Manifests: what is written is read back; what is wrong is named with its place; nothing hostile gets further."""

from __future__ import annotations

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.manifest import MAX_MANIFEST_BYTES, Manifest, ModelRefused, manifest_toml, read_manifest
from models.store import CATALOG, read_manifest_file
from tests.vision.tiny_models import embedder_graph, embedder_manifest, model_bytes

CONTENT = model_bytes(embedder_graph())
GOOD = manifest_toml(embedder_manifest(CONTENT))

texts = st.text(st.characters(codec="utf-8"), min_size=2, max_size=60)
numbers = st.floats(allow_nan=False, allow_infinity=False)
file_names = st.text(string.ascii_letters + string.digits, min_size=1, max_size=20)


@st.composite
def manifests(draw: st.DrawFn) -> Manifest:
    file = draw(file_names)
    detector = draw(st.booleans())
    side = st.integers(8, 2048)
    tables: dict[str, Any] = {
        "input": {
            "width": draw(side),
            "height": draw(side),
            "mean": draw(st.tuples(numbers, numbers, numbers)),
            "deviation": draw(st.tuples(*[st.floats(0.5, 300.0)] * 3)),
            "batch": draw(st.integers(0, 256)),
        },
        "origin": {"licence": draw(texts), "source": draw(texts), "notice": draw(texts)},
        "measured": draw(st.lists(st.fixed_dictionaries({"what": texts, "value": numbers, "how": texts}), max_size=3)),
        "calibration": draw(st.dictionaries(st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True), numbers, max_size=4)),
    }
    if detector:
        labels = draw(st.lists(texts, min_size=1, max_size=5, unique=True))
        tables["detection"] = {"decoder": draw(st.sampled_from(["yolox", "yolov8", "rtdetr"])), "labels": labels}
    else:
        tables["embedding"] = {"size": draw(st.integers(2, 8192)), "mirrored": draw(st.booleans())}
        tables["companions"] = [{"file": f"{file}.npz", "sha256": "0" * 64, "size": draw(st.integers(1, 1000))}]
    return Manifest.model_validate(
        {
            "name": draw(st.from_regex(r"[a-z0-9][a-z0-9_-]{0,20}", fullmatch=True)),
            "version": draw(st.from_regex(r"[0-9A-Za-z][0-9A-Za-z._-]{0,10}", fullmatch=True)),
            "purpose": "detector" if detector else "embedder",
            "title": draw(texts),
            "file": f"{file}.onnx",
            "sha256": draw(st.text("0123456789abcdef", min_size=64, max_size=64)),
            "size": draw(st.integers(1, 1 << 29)),
            "opset": draw(st.integers(7, 64)),
            **tables,
        }
    )


@given(manifests())
def test_what_is_written_is_read_back(manifest: Manifest) -> None:
    assert read_manifest(manifest_toml(manifest), "it") == manifest


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('purpose = "embedder"', 'purpose = "detector"', "an embedder has a table"),
        ("opset = 17", 'opset = "seventeen"', "opset: "),
        ("opset = 17", "opset = 3", "opset: "),
        ("width = 32", "width = 100000", "input.width: "),
        ("width = 32", "widht = 32", "input.widht: is no key of a manifest"),
        ("deviation = [128.0, 128.0, 128.0]", "deviation = [128.0, 0.0, 128.0]", "deviation must not be 0"),
        ("mean = [127.0, 127.0, 127.0]", "mean = [nan, 127.0, 127.0]", "input.mean.0: "),
        ("mean = [127.0, 127.0, 127.0]", 'dtype = "uint8"', "normalises by itself"),
        ('file = "tiny.onnx"', 'file = "../tiny.onnx"', "file: "),
        ('file = "tiny.onnx"', 'file = "/etc/passwd"', "file: "),
        ('file = "tiny.onnx"', 'file = ".hidden"', "file: "),
        ('file = "tiny.onnx"', 'file = "manifest.toml"', "does not end in .toml"),
        ('name = "tiny"', 'name = "../tiny"', "name: "),
        ('name = "tiny"', 'name = "Tiny"', "name: "),
        ('version = "1"', 'version = ".."', "version: "),
        ('version = "1"', "version = 1", "version: "),
        ('version = "1"', 'version = "shipped"', "whichever came along"),
        ('licence = "Apache-2.0"', 'licence = ""', "origin.licence: is empty; write it"),
        ('licence = "Apache-2.0"', 'licence = "MIT"\nurl = "file:///etc/passwd"', "origin.url: "),
        ("size = 12", "size = 0", "embedding.size: "),
        ("[origin]", "[[companions]]\nfile = 'TINY.onnx'\nsha256 = '" + "0" * 64 + "'\nsize = 1\n[origin]", "one name"),
        ('licence = "Apache-2.0"', "", "origin.licence: is missing; write it"),
        ("[origin]", "[calibration]\nscale = inf\n[origin]", "calibration.scale: "),
    ],
)
def test_what_is_wrong_is_named(old: str, new: str, said: str) -> None:
    assert old in GOOD
    with pytest.raises(ModelRefused, match=r"here\.toml") as refused:
        read_manifest(GOOD.replace(old, new, 1), "here.toml")
    assert said in str(refused.value)


def test_every_mistake_is_named_at_once() -> None:
    with pytest.raises(ModelRefused) as refused:
        read_manifest(GOOD.replace("opset = 17", "opset = 1").replace("width = 32", "width = 1"), "it")
    assert len(str(refused.value).splitlines()) == 2


@pytest.mark.parametrize("text", ["name = ", "\x00", "a = " + "[" * 50_000, "=", "[input]\nwidth = 1\nwidth = 2"], ids=range(5))
def test_what_is_not_toml_is_refused(text: str) -> None:
    with pytest.raises(ModelRefused, match="is not TOML"):
        read_manifest(text, "it")


def test_a_manifest_without_end_is_refused_unread() -> None:
    with pytest.raises(ModelRefused, match="too many"):
        read_manifest("#" * (MAX_MANIFEST_BYTES + 1), "it")


@given(st.text(max_size=200))
def test_arbitrary_text_is_refused_in_words(text: str) -> None:
    with pytest.raises(ModelRefused):
        read_manifest(text, "it")


def test_detectors_say_what_their_decoder_needs() -> None:
    text = GOOD.replace('purpose = "embedder"', 'purpose = "detector"').replace("[embedding]\nsize = 12", "[detection]\n{}")
    with pytest.raises(ModelRefused, match="needs grids"):
        read_manifest(text.replace("{}", 'decoder = "ssd"\nlabels = ["hand"]'), "it")
    with pytest.raises(ModelRefused, match="is there twice"):
        read_manifest(text.replace("{}", 'decoder = "yolox"\nlabels = ["hand", "hand"]'), "it")
    with pytest.raises(ModelRefused, match="decoder: "):
        read_manifest(text.replace("{}", 'decoder = "yolo"\nlabels = ["hand"]'), "it")


@pytest.mark.parametrize("path", sorted(CATALOG.glob("*.toml")), ids=lambda path: path.stem)
def test_the_models_that_come_along_are_described(path: Any) -> None:
    manifest = read_manifest_file(path)
    assert manifest.name == path.stem
    assert manifest.measured, "a model that comes along says how good it is"
    if not (path.parent / manifest.file).is_file():
        made = "models.making" in manifest.origin.source
        assert manifest.origin.url or made, "a model that does not come along says where it is to be had, or how it is made"
