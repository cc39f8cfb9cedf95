"""The head of an ONNX file, read without running it: which operators it wants, whether it points at other files. Pure.

The numbers of the fields are those of onnx.proto: ModelProto (ir_version 1, producer_name 2, graph 7, opset_import 8),
OperatorSetIdProto (domain 1, version 2), GraphProto (initializer 5), TensorProto (external_data 13, data_location 14).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from models.manifest import ModelRefused

MAX_FIELDS = 1_000_000  # of one message; a graph of a large network has some thousands

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


@dataclass(frozen=True, slots=True)
class GraphHead:
    """``opsets``: version by domain of operators, "" for ONNX's own. ``outside``: the weights, or some, lie in other files."""

    ir_version: int
    producer: str
    opsets: dict[str, int]
    outside: bool

    @property
    def opset(self) -> int:
        """Version of ONNX's own operators."""
        return self.opsets.get("", 0)


def graph_head(content: bytes) -> GraphHead:
    """Read it. Raises ModelRefused for bytes that are no ONNX model; never anything else."""
    ir_version, producer, opsets, outside, graphs = 0, "", {}, False, 0
    for number, value in _fields(memoryview(content)):
        match number, value:
            case 1, int():
                ir_version = value
            case 2, memoryview():
                producer = _text(value)
            case 7, memoryview():
                graphs += 1
                outside = outside or _points_outside(value)
            case 8, memoryview():
                domain, version = _operators(value)
                opsets[domain] = version
    if not graphs or not opsets or not 1 <= ir_version <= 1000:
        raise ModelRefused("this is no ONNX file: it has no graph or names no operators; export the model to ONNX")
    return GraphHead(ir_version=ir_version, producer=producer, opsets=opsets, outside=outside)


def _operators(message: memoryview) -> tuple[str, int]:
    domain, version = "", 0
    for number, value in _fields(message):
        match number, value:
            case 1, memoryview():
                domain = _text(value)
            case 2, int():
                version = value
    return ("" if domain == "ai.onnx" else domain), version


def _points_outside(graph: memoryview) -> bool:
    return any(number == 5 and isinstance(tensor, memoryview) and _lies_outside(tensor) for number, tensor in _fields(graph))


def _lies_outside(tensor: memoryview) -> bool:
    return any(number == 13 or (number == 14 and value == 1) for number, value in _fields(tensor))


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Number and value of each field of a message, values of other wire types than varint and bytes left as bytes."""
    at, end = 0, len(message)
    for _ in range(MAX_FIELDS):
        if at >= end:
            return
        tag, at = _varint(message, at)
        number, kind = tag >> 3, tag & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield number, value
            continue
        if kind == _BYTES:
            size, at = _varint(message, at)
        elif kind in (_FIXED64, _FIXED32):
            size = 8 if kind == _FIXED64 else 4
        else:
            raise ModelRefused("this is no ONNX file: its structure cannot be read")
        if number == 0 or size > end - at:
            raise ModelRefused("this is no ONNX file, or it is cut off: a part reaches beyond the end")
        yield number, message[at : at + size]
        at += size
    raise ModelRefused(f"this ONNX file has more than {MAX_FIELDS} parts in one place; it is refused as too large")


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for position in range(10):
        if at + position >= len(message):
            raise ModelRefused("this is no ONNX file, or it is cut off: it ends in the middle of a number")
        byte = message[at + position]
        value |= (byte & 0x7F) << (7 * position)
        if byte < 0x80:
            return value, at + position + 1
    raise ModelRefused("this is no ONNX file: a number in it does not end")


def _text(value: memoryview) -> str:
    return bytes(value[:200]).decode("utf-8", "replace")
