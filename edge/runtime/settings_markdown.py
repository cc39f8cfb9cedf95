"""docs/config.md, generated from the descriptions of the settings, so that page and program cannot differ.

``python -m edge.runtime.settings_markdown --write docs/config.md`` writes it again.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from devices.config import DevicesSettings
from edge.runtime.settings import DEVICE_SECTIONS, EYE_SECTIONS, LIST_SECTIONS, SINGLE_SECTIONS, GoodsSettings
from edge.runtime.settings_words import Schema, allowed, resolved, toml_value
from vision.settings import EyeSettings

ORDER = (
    "store",
    "bus",
    "device",
    "door",
    "plate",
    "reader",
    "weighing",
    "product",
    "planogram",
    "visit",
    "entry",
    "cloud",
    "web",
    "access",
    "journal",
    "recordings",
    "log",
    "vision",
    "camera",
)

HEAD = """# The store file

One TOML file describes a store; `smartstore check-config FILE` reads it and lists everything that is wrong with it at once.
`examples/store.toml` is a complete one. A key that is not on this page is an error, and the error names the nearest key that is.
A section in double brackets may be written several times. Keys without a default must be given.

What is changed on the store's pages lies over it and never in it: [changing things](changing-things.md).

Secrets are never written into the file: a setting named `..._key_file` or `..._password_file` names a file that only the
user of the service may read (mode 600, or a credential of the service manager). Relative paths count from the folder of the store file.

This page is generated from the program (`make docs`).
"""


def markdown() -> str:
    """The whole page."""
    parts = [HEAD]
    for name in ORDER:
        schema, root = section_schema(name)
        brackets = f"[[{name}]]" if name in LIST_SECTIONS else f"[{name}]"
        parts.append(f"## `{brackets}`\n\n{_sentence(schema)}\n\n" + "\n".join(_table(schema, root)) + "\n")
        for key, inner in _subtables(schema, root):
            inner_brackets = f"[[{name}.{key}]]" if schema["properties"][key].get("type") == "array" else f"[{name}.{key}]"
            parts.append(f"### `{inner_brackets}`\n\n{_sentence(inner)}\n\n" + "\n".join(_table(inner, root)) + "\n")
    return "\n".join(parts)


def section_schema(name: str) -> tuple[Schema, Schema]:
    """The JSON Schema of one table of the section, and the root that its references point into."""
    if name in SINGLE_SECTIONS:
        root = SINGLE_SECTIONS[name].model_json_schema()
        return root, root
    outer: type[BaseModel] = DevicesSettings if name in DEVICE_SECTIONS else EyeSettings if name in EYE_SECTIONS else GoodsSettings
    root = outer.model_json_schema()
    part = root["properties"][name]
    return _model_schema(part.get("items", part), root), root


def _model_schema(part: Schema, root: Schema) -> Schema:
    """The model behind a reference, with the model's own description and not that of the field which refers to it."""
    reference = part.get("$ref")
    return part if reference is None else root["$defs"][str(reference).rpartition("/")[2]]


def _subtables(schema: Schema, root: Schema) -> Iterator[tuple[str, Schema]]:
    for key, part in schema.get("properties", {}).items():
        inner = _model_schema(part.get("items", part), root)
        if "properties" in inner:
            yield key, inner


def _table(schema: Schema, root: Schema) -> list[str]:
    rows = ["| key | value | default | what it is |", "|---|---|---|---|"]
    required = schema.get("required", ())
    subtables = {key for key, _ in _subtables(schema, root)}
    for key, part in schema["properties"].items():
        if key in subtables:
            continue
        full = resolved(part, root)
        rows.append(f"| `{key}` | {_cell(allowed(part, root))} | {_default(full, key in required)} | {_cell(_sentence(full))} |")
    return rows


def _default(part: Schema, required: bool) -> str:
    if required:
        return "*required*"
    if part.get("type") == "object" and "default" not in part:
        return "none"
    value: Any = part.get("default")
    return "unset" if value is None else f"`{toml_value(value)}`"


def _sentence(part: Schema) -> str:
    return " ".join(str(part.get("description", "")).split())


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the page or write it."""
    parser = argparse.ArgumentParser(prog="python -m edge.runtime.settings_markdown", description="The page docs/config.md.")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write it there instead of printing it")
    chosen = parser.parse_args(arguments)
    if chosen.write is None:
        sys.stdout.write(markdown())
    else:
        chosen.write.write_text(markdown(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
