"""Tables as TOML text that ``tomllib`` reads back as the same tables. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
_ESCAPED = re.compile(r'[\x00-\x1f"\\\x7f]')


def toml_text(tables: Mapping[str, Any]) -> str:
    """``tables`` as text: plain keys first, then each table, then each list of tables as [[name]], in their order.

    Values are texts, whole numbers, numbers, booleans, lists and tables. Raises ValueError, which names the key, for anything else.
    """
    return "\n".join(_table(tables, ())).strip("\n") + "\n"


def _table(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    inner = {key: value for key, value in table.items() if isinstance(value, Mapping) or _is_tables(value)}
    for key, value in table.items():
        if key not in inner:
            yield f"{_key(key)} = {_value(value, (*path, key))}"
    for key, value in inner.items():
        name = ".".join(_key(part) for part in (*path, key))
        if isinstance(value, Mapping):
            yield f"\n[{name}]"
            yield from _table(value, (*path, key))
        else:
            for one in value:
                yield f"\n[[{name}]]"
                yield from _table(one, (*path, key))


def _is_tables(value: object) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(one, Mapping) for one in value)


def _value(value: object, path: tuple[str, ...]) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return repr(value) if math.isfinite(value) else {math.inf: "inf", -math.inf: "-inf"}.get(value, "nan")
        case str():
            return _text(value, path)
        case list() | tuple():
            return f"[{', '.join(_value(one, path) for one in value)}]"
        case Mapping():
            inside = ", ".join(f"{_key(str(key))} = {_value(one, (*path, str(key)))}" for key, one in value.items())
            return f"{{ {inside} }}" if inside else "{}"
        case _:
            raise ValueError(f"{'.'.join(path)}: {type(value).__name__} cannot be written as TOML")


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key, (key,))


def _text(text: str, path: tuple[str, ...]) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{'.'.join(path)}: half a character cannot be written as TOML") from None
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _escape(found: re.Match[str]) -> str:
    return _SHORT.get(found[0]) or f"\\u{ord(found[0]):04x}"
