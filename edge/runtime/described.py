"""The settings as a page shows them: every key with what it may be, what it is, and where that comes from. Read from the models alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from edge.runtime.overlay import UNSET, Overlay, at
from edge.runtime.secret_files import SECRET_NAME
from edge.runtime.settings import LIST_SECTIONS, TABLES, is_split
from edge.runtime.settings_markdown import ORDER, section_schema
from edge.runtime.settings_words import Schema, allowed, resolved
from edge.web.changing import Applies, FieldView, Kind, Origin, SectionView

UNSHOWN: Final = "(as it is)"  # stands for the value of a secret in a row that goes to a page and comes back
ELSEWHERE: Final = ("product", "planogram")  # have pages of their own
NEVER: Final = ("journal", "vision.handover")  # say where changes are kept and handed on
NAMED: Final = ("name", "contact")  # of [store]: only shown
AT_ONCE: Final = ("visit", "entry", "product", "planogram", "store.price_version", *(f"store.{key}" for key in NAMED))
DANGEROUS: Final = frozenset(
    {
        "store.tenant",
        "store.store",
        "store.currency",
        "entry.keys",
        "entry.verify",
        "entry.untrusted_clock",
        "cloud.broker",
        "web.enabled",
        "web.host",
        "web.port",
        "web.outer_port",
        "web.tls",
        "web.behind_proxy",
        "web.proxies",
        "web.allowed_hosts",
        "web.shopper_panel_url",
        "vision.gallery_keys",
        *("access", "bus", "device", "door", "plate", "reader", "journal"),
    }
)
_UNITS: Final = {
    "g_per_min": "g/min",
    "g_per_h": "g/h",
    "per_s": "1/s",
    "s": "s",
    "ms": "ms",
    "hz": "Hz",
    "g": "g",
    "mb": "MB",
    "bytes": "bytes",
    "days": "days",
    "hours": "h",
    "minor": "minor",
    "bp": "bp",
}
_KINDS: Final[dict[str, Kind]] = {
    "number": "number",
    "integer": "whole",
    "boolean": "flag",
    "array": "list",
    "object": "table",
    "string": "text",
}


@dataclass(frozen=True, slots=True)
class Described:
    """One key of a section, without its value."""

    field: str
    schema: Schema
    root: Schema
    required: bool


def sections(base: Mapping[str, Any], overlay: Overlay) -> tuple[SectionView, ...]:
    """Every section that is set on the page of settings, with the values that are kept."""
    tables = overlay.over(base)
    return tuple(_section(name, base, tables, overlay) for name in ORDER if name not in ELSEWHERE)


def applies(place: str) -> Applies:
    """When a change of ``place`` holds."""
    section = place.partition(".")[0]
    if section in NEVER or place in NEVER:
        return "never"
    return "at_once" if section in AT_ONCE or place in AT_ONCE else "restart"


def is_dangerous(place: str) -> bool:
    """May a wrong value of ``place`` shut the store, open it, or reach into other programs' files?"""
    section, _, field = place.partition(".")
    return place in DANGEROUS or section in DANGEROUS or field in _dangerous_keys(section)


def is_dangerous_change(place: str, before: Any, after: Any) -> bool:
    """The same of a change; in a list that is not dangerous as a whole only what changes of its rows' dangerous keys counts."""
    if place not in LIST_SECTIONS or place in DANGEROUS:
        return is_dangerous(place)
    keys = _dangerous_keys(place)
    one, other = ([[row.get(key) for key in keys] for row in rows] if isinstance(rows, list | tuple) else [] for rows in (before, after))
    return one != other


@cache
def _dangerous_keys(section: str) -> tuple[str, ...]:
    """Keys that name files, or that have somebody else's pictures or words come in."""
    return tuple(key.field for key in keys_of(section) if key.field == "url" or _kind(_one_of(key.schema, key.root)[0]) == "path")


def secret_keys(section: str) -> tuple[str, ...]:
    """Keys of a section whose values are not shown."""
    return tuple(key.field for key in keys_of(section) if SECRET_NAME.search(key.field))


@cache
def keys_of(section: str) -> tuple[Described, ...]:
    """What may be written in a section, those of its inner tables with dotted names where they are changed one by one."""
    schema, root = section_schema(section)
    return tuple(_keys(schema, root, (section,)))


def _keys(schema: Schema, root: Schema, path: tuple[str, ...]) -> Iterator[Described]:
    required = schema.get("required", ())
    for key, part in schema["properties"].items():
        full = resolved(part, root)
        if path[0] in TABLES and is_split((*path, key)):
            yield from _keys(full, root, (*path, key))
        else:
            yield Described(".".join((*path, key)[1:]), full, root, key in required)


def _section(name: str, base: Mapping[str, Any], tables: Mapping[str, Any], overlay: Overlay) -> SectionView:
    schema, _ = section_schema(name)
    many = name in LIST_SECTIONS
    rows = tables.get(name, ()) if many else ()
    changed = any(place == name or place.startswith(f"{name}.") for place in overlay.values)
    return SectionView(
        section=name,
        description=_sentence(schema),
        many=many,
        changeable=name not in NEVER,
        applies=applies(name),
        origin="changed" if changed else "file" if name in base else "default",
        fields=tuple(_field(name, key, base, tables, overlay) for key in keys_of(name)),
        rows=tuple(_without_secrets(name, row) for row in rows),
    )


def _field(section: str, key: Described, base: Mapping[str, Any], tables: Mapping[str, Any], overlay: Overlay) -> FieldView:
    place = f"{section}.{key.field}"
    many = section in LIST_SECTIONS
    part, optional = _one_of(key.schema, key.root)
    secret = SECRET_NAME.search(key.field) is not None
    value = UNSET if many else at(tables, place)
    in_file = UNSET if many else at(base, place)
    default = key.schema.get("default")
    origin: Origin = "changed" if place in overlay.values else "file" if in_file is not UNSET else "default"
    return FieldView(
        field=key.field,
        title=title(key.field),
        description=_sentence(key.schema),
        kind=_kind(part),
        item=_item(part, key.root),
        unit=unit(key.field),
        allowed=allowed(key.schema, key.root),
        least=part.get("minimum"),
        most=part.get("maximum"),
        above=part.get("exclusiveMinimum"),
        longest=part.get("maxLength") or part.get("maxItems"),
        choices=tuple(part.get("enum", ())),
        optional=optional,
        required=key.required,
        default=None if secret else default,
        value=None if secret or many else default if value is UNSET else value,
        file_value=None if secret or in_file is UNSET else in_file,
        origin=origin,
        applies=applies(place),
        secret=secret,
        is_set=value is not UNSET,
        dangerous=is_dangerous(place),
    )


def title(field: str) -> str:
    """A key as a heading: its unit is told beside it."""
    *outer, last = field.split(".")
    words = last.removesuffix(f"_{next((end for end in _UNITS if last.endswith(f'_{end}')), '')}")
    return ": ".join(part.replace("_", " ").capitalize() for part in (*outer, words))


def unit(field: str) -> str:
    """The unit that a key's name ends in, "" without one."""
    return next((name for end, name in _UNITS.items() if field.endswith(f"_{end}")), "")


def _without_secrets(section: str, row: Mapping[str, Any]) -> Mapping[str, Any]:
    hidden = secret_keys(section)
    return {key: UNSHOWN if key in hidden else value for key, value in row.items()}


def _one_of(schema: Schema, root: Schema) -> tuple[Schema, bool]:
    """What a value is besides unset, and whether it may be that."""
    options = [resolved(one, root) for one in schema.get("anyOf", ())]
    rest = [one for one in options if one.get("type") != "null"]
    return (rest[0] if len(rest) == 1 else schema), len(rest) < len(options)


def _kind(part: Schema) -> Kind:
    if "enum" in part:
        return "choice"
    if part.get("format") == "path":
        return "path"
    return _KINDS.get(str(part.get("type")), "text")


def _item(part: Schema, root: Schema) -> str:
    inner = part.get("items") or part.get("additionalProperties")
    return allowed(inner, root) if isinstance(inner, Mapping) else ""


def _sentence(part: Schema) -> str:
    return " ".join(str(part.get("description", "")).split())
