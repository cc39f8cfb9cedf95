"""What was changed on a page, laid over what the store file says. Pure.

A *place* is what is changed as one: a key (``visit.pulse_s``, ``cloud.delivery.window``) in a section that there is once, the whole list
(``product``) of one that there may be several of. With each place goes a digest of what the store file had there when it was changed, so
that a file that was edited since is told and not silently without effect.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

Tables: TypeAlias = Mapping[str, Any]
Splits: TypeAlias = Callable[[tuple[str, ...]], bool]
"""Does this path name a table whose keys are places of their own? False: it is changed as a whole."""

NOTHING: Final = "nothing"  # the digest of a place that the store file does not have
DIGEST_CHARS: Final = 16  # of a SHA-256 in hex: 64 bits tell edits apart; nobody is kept out by it


class Unset:
    """Stands for a key that is to have no value although the store file gives it one."""

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset()


@dataclass(frozen=True, slots=True)
class Overlay:
    """``values``: what each changed place is to hold. ``replaced``: by place the digest of what the store file had there."""

    values: Mapping[str, Any] = field(default_factory=dict)
    replaced: Mapping[str, str] = field(default_factory=dict)

    def over(self, base: Tables) -> dict[str, Any]:
        """``base`` with every changed place in it; ``base`` itself stays as it is."""
        found: dict[str, Any] = _copied(base)
        for place, value in self.values.items():
            _put(found, place.split("."), value)
        return found

    def with_changes(self, base: Tables, wanted: Mapping[str, Any]) -> Overlay:
        """With the places of ``wanted`` changed: None is as ``base`` has it, UNSET without a value.

        A place that ends up as ``base`` has it is no change any more.
        """
        values, replaced = dict(self.values), dict(self.replaced)
        for place, value in wanted.items():
            values.pop(place, None)
            replaced.pop(place, None)
            there = at(base, place)
            same = there is UNSET if value is UNSET else there is not UNSET and digest(there) == digest(value)
            if value is not None and not same:
                values[place] = value
                replaced[place] = _digest_at(base, place)
        return Overlay(values, replaced)

    def edited(self, base: Tables) -> tuple[str, ...]:
        """Places where ``base`` is another than the one they were laid over."""
        return tuple(sorted(place for place, known in self.replaced.items() if known != _digest_at(base, place)))


def differing(one: Overlay, other: Overlay) -> tuple[str, ...]:
    """Places that hold something else in the one than in the other."""
    return tuple(sorted(place for place in one.values.keys() | other.values.keys() if not _same(one, other, place)))


def split(tables: Tables, splits: Splits) -> dict[str, Any]:
    """Tables as places: a table goes by its keys where ``splits`` says so, and a dotted key means the key of an inner table."""
    return dict(_split(tables, (), splits))


def joined(values: Mapping[str, Any]) -> dict[str, Any]:
    """Places as tables again; those without a value are left out."""
    tables: dict[str, Any] = {}
    for place, value in values.items():
        if value is not UNSET:
            _put(tables, place.split("."), value)
    return tables


def at(tables: Tables, place: str) -> Any:
    """What stands at ``place``, UNSET where nothing does."""
    here: Any = tables
    for step in place.split("."):
        if not isinstance(here, Mapping) or step not in here:
            return UNSET
        here = here[step]
    return here


def digest(value: object) -> str:
    """A name of ``value`` that changes whenever it does; the order of a table's keys does not count, 1 and 1.0 are the same."""
    text = json.dumps(_plain(value), sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_CHARS]


def _split(table: Tables, path: tuple[str, ...], splits: Splits) -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        here = (*path, *key.split(".")) if path else (key,)
        if isinstance(value, Mapping) and splits(here):
            yield from _split(value, here, splits)
        else:
            yield ".".join(here), value


def _same(one: Overlay, other: Overlay, place: str) -> bool:
    if place not in one.values or place not in other.values:
        return False
    first, second = one.values[place], other.values[place]
    return (first is UNSET) == (second is UNSET) and (first is UNSET or digest(first) == digest(second))


def _digest_at(tables: Tables, place: str) -> str:
    found = at(tables, place)
    return NOTHING if found is UNSET else digest(found)


def _put(tables: dict[str, Any], steps: list[str], value: Any) -> None:
    *outer, last = steps
    here = tables
    for step in outer:
        inner = here.get(step)
        if not isinstance(inner, dict):
            inner = here[step] = {}
        here = inner
    if value is UNSET:
        here.pop(last, None)
    else:
        here[last] = value


def _copied(value: Any) -> Any:
    """Tables copied as deep as places reach; lists are only ever replaced."""
    return {key: _copied(inner) for key, inner in value.items()} if isinstance(value, Mapping) else value


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)
