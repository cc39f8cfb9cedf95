"""Settings in words: what a field allows, and what is wrong with a value, for the error list and for docs/config.md. Pure.

Both read the JSON Schema of the settings models, so there is one description of every field.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from pydantic_core import ErrorDetails

Schema: TypeAlias = Mapping[str, Any]
Path: TypeAlias = tuple[str | int, ...]

_OTHER_NUMBERS = {"integer": "a whole number", "number": "a number"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong at ``path`` (TOML keys and list positions), in words, without the file's name."""

    path: Path
    words: str


def problems_of(errors: Iterable[ErrorDetails], schema: Schema, raw: Mapping[str, Any]) -> list[Problem]:
    """What pydantic found, in words, one per place in the file. ``raw`` is what was validated, ``schema`` its model's JSON Schema."""
    found: dict[Path, Problem] = {}
    for error in errors:
        path = _written(error["loc"], raw) if error["type"] not in {"missing", "extra_forbidden"} else tuple(error["loc"])
        found.setdefault(path, Problem(path, _words(error, path, schema)))
    # A list that lost its only entry to an error is reported as too short as well: the error inside says more.
    return [problem for path, problem in found.items() if not any(path == other[: len(path)] != other for other in found)]


def unknown_key(key: str, known: Iterable[str], where: str) -> str:
    """The sentence for a key that does not exist, with the nearest one that does."""
    names = sorted(known)
    near = difflib.get_close_matches(key, names, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(names)}"
    return f"unknown {where} {key!r}; {hint}"


def schema_at(schema: Schema, path: Sequence[str | int]) -> Schema:
    """The part of ``schema`` that describes ``path``; empty where nothing does."""
    here = resolved(schema, schema)
    for step in path:
        candidates = [resolved(one, schema) for one in here.get("anyOf", [here])]
        here = next((found for one in candidates if (found := _child(one, step)) is not None), {})
        here = resolved(here, schema)
    return here


def resolved(part: Schema, root: Schema) -> Schema:
    """``part`` with its ``$ref`` followed; keys beside the reference (a description, a default) win."""
    reference = part.get("$ref")
    if reference is None:
        return part
    target = root["$defs"][str(reference).rpartition("/")[2]]
    return {**target, **{key: value for key, value in part.items() if key != "$ref"}}


def allowed(part: Schema, root: Schema) -> str:
    """What a value may be: "a number from 0.1 to 10", "offline, cloud or cloud_then_offline"."""
    part = resolved(part, root)
    if "const" in part:
        return toml_value(part["const"])
    if "enum" in part:
        return _either([toml_value(value) for value in part["enum"]])
    if "anyOf" in part:
        return _either(list(dict.fromkeys(allowed(one, root) for one in part["anyOf"] if one.get("type") != "null")))
    kind = part.get("type")
    if kind in _OTHER_NUMBERS:
        return " ".join([_OTHER_NUMBERS[kind], _range(part)]).strip()
    if kind == "boolean":
        return "true or false"
    if kind == "array":
        length = _length(part, "minItems", "maxItems").strip()
        one: Schema = part.get("items") or next(iter(part.get("prefixItems", ())), {})
        return f"a list of {allowed(one, root)}{f' ({length} of them)' if length else ''}"
    if kind == "object":
        inner = part.get("additionalProperties")
        return f"a table of {allowed(inner, root)}" if isinstance(inner, Mapping) and "anyOf" not in inner else "a table of values"
    if kind == "string":
        return _text(part)
    return "a value"


def toml_value(value: object) -> str:
    """A default or an option as it is written in TOML."""
    return json.dumps(value, ensure_ascii=False)


def _words(error: ErrorDetails, path: Path, schema: Schema) -> str:
    kind = error["type"]
    key = str(path[-1]) if path else ""
    if kind == "extra_forbidden":
        return unknown_key(key, schema_at(schema, path[:-1]).get("properties", ()), "key")
    if kind == "missing" and isinstance(path[-1], str):
        part = schema_at(schema, path)
        return f"{key!r} is missing; it must be {allowed(part, schema)}{_purpose(part)}"
    if kind in {"value_error", "assertion_error"}:
        return str(error["ctx"]["error"]) if "ctx" in error else error["msg"]
    # What is missing from a list of fixed length has a place and no name: the list is shown.
    part = schema_at(schema, path[:-1] if kind == "missing" else path)
    name = next((str(step) for step in reversed(path) if isinstance(step, str)), "value")
    return f"{name} = {_short(error['input'])} is not possible; it must be {allowed(part, schema)}{_purpose(part)}"


def _purpose(part: Schema) -> str:
    described = part.get("description")
    return f" ({str(described).splitlines()[0].rstrip('.')})" if described else ""


def _written(location: Sequence[str | int], raw: Any) -> Path:
    """The longest part of pydantic's location that exists in the file: its last steps may name members of a union."""
    path: list[str | int] = []
    for step in location:
        in_table = isinstance(raw, Mapping) and step in raw
        in_list = isinstance(raw, list | tuple) and isinstance(step, int) and step < len(raw)
        if not (in_table or in_list):
            break
        raw = raw[step]
        path.append(step)
    return tuple(path)


def _child(part: Schema, step: str | int) -> Schema | None:
    if isinstance(step, int):
        first: Sequence[Schema] = part.get("prefixItems", ())
        items = first[step] if step < len(first) else part.get("items")
        return items if isinstance(items, Mapping) else None
    properties = part.get("properties", {})
    if step in properties:
        found = properties[step]
        return found if isinstance(found, Mapping) else None
    other = part.get("additionalProperties")
    return other if isinstance(other, Mapping) else None


def _range(part: Schema) -> str:
    low, high = part.get("minimum"), part.get("maximum")
    above, below = part.get("exclusiveMinimum"), part.get("exclusiveMaximum")
    words = [
        f"above {_number(above)}" if above is not None else "",
        f"from {_number(low)}" if low is not None else "",
        f"below {_number(below)}" if below is not None else "",
        (f"to {_number(high)}" if low is not None else f"up to {_number(high)}") if high is not None else "",
    ]
    return " ".join(word for word in words if word)


def _number(value: float) -> str:
    return f"{value:g}" if isinstance(value, float) and abs(value) < 1e6 else f"{int(value)}"


def _length(part: Schema, least_key: str, most_key: str) -> str:
    least, most = part.get(least_key), part.get(most_key)
    if least is None and most is None:
        return ""
    if least == most:
        return f"{least} "
    if most is None:
        return f"at least {least} "
    return f"{least or 0} to {most} "


def _text(part: Schema) -> str:
    if part.get("format") == "path":
        return "a path"
    length = _length(part, "minLength", "maxLength")
    pattern = f" matching `{part['pattern']}`" if "pattern" in part else ""
    return f"text of {length.strip()} characters{pattern}" if length else f"text{pattern}"


def _either(words: Sequence[str]) -> str:
    if len(words) == 1:
        return words[0]
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _short(value: object) -> str:
    text = toml_value(value) if isinstance(value, str | int | float | bool | list | dict) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
