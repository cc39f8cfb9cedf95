"""A first manifest for a model that has none: what the file says, what follows from its shapes, and what a person must still say."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.graph import graph_head
from models.manifest import FILE_NAME, MAX_INPUT_SIDE, MAX_MODEL_BYTES, ModelRefused, toml_value
from models.store import read_bounded
from vision.backends.onnx import DTYPES, Shape, bare_session, shape_of

YOLOX_STRIDES = (8, 16, 32)
DETR_QUERIES = 1000  # at most; a grid of cells has more
USUAL_SIDE = 640  # pixels; of exports whose input may have any size

Tables = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Guess:
    """What outputs of these shapes usually are. ``doubts``: what only the model's maker knows, one sentence each."""

    purpose: str
    table: dict[str, Any]
    input: dict[str, Any]
    doubts: list[str] = field(default_factory=list)
    classes: int = 0


def draft_manifest(path: Path, name: str) -> str:
    """A TOML text for ``path``, with a comment wherever a person must look. Raises ModelRefused for what is no model, OSError."""
    content = read_bounded(path, MAX_MODEL_BYTES)
    head = graph_head(content)
    if head.outside:
        raise ModelRefused(f"{path} keeps weights in other files, which no hash covers; save it as one file")
    session = bare_session(content, str(path))
    inputs = [(one.name, shape_of(one.shape), one.type) for one in session.get_inputs()]
    outputs = [(one.name, shape_of(one.shape)) for one in session.get_outputs()]
    if len(inputs) != 1 or len(inputs[0][1]) != 4:
        words = ", ".join(f"{name} {shape}" for name, shape, _ in inputs)
        raise ModelRefused(f"{path} takes {words}; it must take one picture alone, an array with four axes")
    tensor, doubts = _input(inputs[0][1], inputs[0][2])
    found = guess(outputs, tensor["width"], tensor["height"])
    labels = _labels(session.get_modelmeta().custom_metadata_map, found.classes) if found.classes else None
    if found.classes and labels is None:
        doubts.append(
            f"The file does not name its {found.classes} classes; write what each is."
            if found.classes > 1
            else "The file does not name its class; write what it is."
        )
        labels = [f"class {number}" for number in range(found.classes)]
    top = {
        "name": name,
        "version": "1",
        "purpose": found.purpose,
        "title": f"what {path.name} is, in one line",
        "file": path.name if re.fullmatch(FILE_NAME, path.name) else f"{name}.onnx",
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
        "opset": head.opset,
    }
    table = {**found.table, **({"labels": labels} if labels else {})}
    kind = {"embedder": "embedding", "detector": "detection"}[found.purpose]
    tables: Tables = {"input": {**tensor, **found.input}, kind: table, "origin": {"licence": "", "source": ""}}
    doubts += [*found.doubts, "Licence and origin of the weights: not everything that can be downloaded may be used in a shop."]
    return "\n".join([*(f"# CHECK: {one}" for one in doubts), *_lines(top), *_table_lines(tables)]) + "\n"


def guess(outputs: Sequence[tuple[str, Shape]], width: int, height: int) -> Guess:
    """What a model with these outputs is. Raises ModelRefused where no decoder reads them."""
    shapes = [shape for _, shape in outputs]
    cells = sum((width // stride) * (height // stride) for stride in YOLOX_STRIDES)
    third = [shape[1:] for shape in shapes if len(shape) == 3]
    if len(third) == len(shapes) == 1:
        rows, columns = third[0]
        if rows == cells and columns is not None and columns > 5:
            return Guess("detector", {"decoder": "yolox"}, {"colours": "bgr", "fit": "letterbox"}, [_DOUBT_YOLOX], columns - 5)
        if columns == cells and rows is not None and rows > 4:
            return Guess("detector", {"decoder": "yolov8"}, {"fit": "letterbox_centred", **_UNIT}, [_DOUBT_YOLO], rows - 4)
        if columns == 6 and rows is not None and rows <= DETR_QUERIES:
            return Guess("detector", {"decoder": "yolo_end_to_end"}, {"fit": "letterbox_centred", **_UNIT}, [_DOUBT_END], 1)
        if rows is not None and rows <= DETR_QUERIES and columns is not None and columns > 4:
            return Guess("detector", {"decoder": "rtdetr"}, _UNIT, [_DOUBT_DETR], columns - 4)
    boxes = [name for name, shape in outputs if shape[-1:] == (4,)]
    others = [(name, shape) for name, shape in outputs if len(shape) == 3 and shape[-1] not in (4, None)]
    if len(boxes) == 1 and len(others) == 1:
        name, shape = others[0]
        last = shape[-1] or 0
        order = {"outputs": [name, boxes[0]]}
        if shape[1] is not None and shape[1] > DETR_QUERIES and last > 1:
            return Guess("detector", {"decoder": "ssd", "grids": [19, 10, 5, 3, 2, 1], **order}, _SIGNED, [_DOUBT_SSD], last - 1)
        return Guess("detector", {"decoder": "rtdetr", **order}, _UNIT, [_DOUBT_DETR], last)
    sizes = [side for side in shapes[0][1:] if side != 1] if shapes else []
    if len(shapes) == 1 and len(sizes) == 1 and sizes[0] is not None:
        return Guess("embedder", {"size": sizes[0]}, _IMAGENET, [_DOUBT_EMBEDDER])
    words = ", ".join(f"{name} {shape}" for name, shape in outputs)
    raise ModelRefused(f"no decoder reads outputs like {words}; see docs/adding-a-model.md for the layouts that are read")


_UNIT = {"deviation": [255.0, 255.0, 255.0]}
_SIGNED = {"mean": [127.5, 127.5, 127.5], "deviation": [127.5, 127.5, 127.5]}
_IMAGENET = {"mean": [123.675, 116.28, 103.53], "deviation": [58.395, 57.12, 57.375], "resize": "linear"}
_DOUBT_YOLOX = "YOLOX as its makers export it takes blue-green-red from 0 to 255; older ones take normalised red-green-blue."
_DOUBT_YOLO = "Exports of YOLOv8 and 11 take red-green-blue from 0 to 1 in a centred letterbox."
_DOUBT_END = "The classes cannot be seen from the shapes; write all labels. Boxes must be corners in pixels of the input."
_DOUBT_DETR = "RT-DETR squashes the picture; others of its family use a letterbox. Two outputs are read as logits, one as scores."
_DOUBT_SSD = "Anchors are those of TensorFlow's SSD with six maps; grids must be the cells a side of each map."
_DOUBT_EMBEDDER = "How the pictures are normalised (here: as for ImageNet in torchvision) and how they are cropped."


def _input(shape: Shape, dtype: str) -> tuple[dict[str, Any], list[str]]:
    doubts = []
    layout = "nhwc" if shape[3] == 3 and shape[1] != 3 else "nchw"
    height, width = (shape[1], shape[2]) if layout == "nhwc" else (shape[2], shape[3])
    if width is None or height is None:
        doubts.append(f"The model takes pictures of any size; {USUAL_SIDE} pixels a side is usual, less is faster.")
    found = {"width": width or USUAL_SIDE, "height": height or USUAL_SIDE}
    if max(found.values()) > MAX_INPUT_SIDE:
        raise ModelRefused(
            f"the model takes pictures of {found['width']} × {found['height']} pixels, at most {MAX_INPUT_SIDE} a side are read"
        )
    types = {word: name for name, word in DTYPES.items()}
    if dtype not in types:
        raise ModelRefused(f"the model takes {dtype}; pictures are given as {', '.join(DTYPES)}")
    extra = {"dtype": types[dtype], "layout": layout, "batch": shape[0] or 0}
    usual = {"dtype": "float32", "layout": "nchw", "batch": 1}
    return {**found, **{key: value for key, value in extra.items() if value != usual[key]}}, doubts


def _labels(metadata: Mapping[str, str], classes: int) -> list[str] | None:
    """The names that exports of YOLO carry, ``{0: 'person', …}``; None where there are none or another number of them."""
    try:
        names = ast.literal_eval(metadata.get("names", "")[:200_000])
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    if not isinstance(names, dict) or sorted(map(str, names)) != sorted(map(str, range(classes))):
        return None
    return [re.sub(r"\s+", " ", str(names[number]))[:64] for number in sorted(names)]


def _lines(table: Mapping[str, Any]) -> list[str]:
    return [f"{key} = {toml_value(value)}" for key, value in table.items()]


def _table_lines(tables: Tables) -> list[str]:
    return [line for name, table in tables.items() for line in ("", f"[{name}]", *_lines(table))]
