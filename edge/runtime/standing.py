"""What stands when a change begins, what the change asks for, and what of it may hold at once. Reads values, touches nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeAlias

from edge.runtime.changes_file import Kept, text_of
from edge.runtime.changes_words import WORDS
from edge.runtime.described import NAMED, UNSHOWN, applies, secret_keys
from edge.runtime.overlay import UNSET, Overlay, at, differing, digest, split
from edge.runtime.settings import LIST_SECTIONS, StoreSettings, is_split, store_model
from edge.runtime.settings_words import Problem
from edge.store.build import StoreError

GOODS: Final = ("product", "planogram", "store.price_version")  # places that hold together or not at all


@dataclass(frozen=True)
class Standing:
    """What a change begins with: the store file as it is now, and what is laid over it. ``wrong``: why the file cannot be read; the one of
    the start is in its place then."""

    base: Mapping[str, Any]
    kept: Kept | None
    wrong: str = ""

    @property
    def overlay(self) -> Overlay:
        """What is laid over the file."""
        return Overlay() if self.kept is None else self.kept.overlay

    @property
    def tables(self) -> dict[str, Any]:
        """All sections as they are kept."""
        return self.overlay.over(self.base)

    @cached_property
    def version(self) -> str:
        """Another one whenever the file or a change is another."""
        laid = "" if self.kept is None else text_of(self.kept)
        return hashlib.sha256(f"{digest(self.base)} {laid}".encode()).hexdigest()[:16]


class Refused(Exception):
    """A wish that cannot be a change. ``code`` is one of :data:`edge.runtime.changes_words.WORDS`."""

    def __init__(self, code: str, words: str = "", problems: Sequence[Problem] = ()) -> None:
        super().__init__(words or WORDS[code])
        self.code = code
        self.problems = tuple(problems)


Wish: TypeAlias = Callable[[Standing], Mapping[str, Any]]
"""Which places are to hold what, seen what holds. Raises Refused."""


def places_wanted(standing: Standing, changes: Mapping[str, Any], unset: Sequence[str]) -> dict[str, Any]:
    """What a caller wants, place by place. Raises Refused."""
    if not _is_text([dict(changes), list(unset)]):
        raise Refused("invalid", problems=[Problem((), "a text holds half a character; send whole ones, as UTF-8 has them")])
    places: dict[str, Any] = {}
    for section, value in changes.items():
        if value is None:
            of_section = (place for place in standing.overlay.values if place == section or place.startswith(f"{section}."))
            places |= dict.fromkeys(of_section)
        elif section in LIST_SECTIONS and isinstance(value, list | tuple):
            present = standing.tables.get(section, ())
            places[section] = [_row_kept(section, row, present) for row in value]
        else:
            places |= split({section: value}, is_split)
    places |= dict.fromkeys(unset, UNSET)
    closed = [place for place in places if applies(place) == "never"]
    if closed:
        words = "cannot be changed from here; change it in the store file and start the controller anew"
        raise Refused("invalid", problems=[Problem(tuple(place.split(".")), words) for place in closed])
    return places


def _is_text(value: Any) -> bool:
    """Can every text in it be written to a file?"""
    if isinstance(value, Mapping):
        return all(_is_text(one) for pair in value.items() for one in pair)
    if isinstance(value, list | tuple):
        return all(map(_is_text, value))
    return not isinstance(value, str) or not any("\ud800" <= sign <= "\udfff" for sign in value)


def _row_kept(section: str, row: Any, present: Sequence[Mapping[str, Any]]) -> Any:
    """A row as it is to be kept: without keys that have no value, secrets that were not shown as they are in the row of the same name."""
    if not isinstance(row, Mapping):
        return row
    name = next((key for key in ("id", "name") if key in row), "")
    now = next((one for one in present if name and one.get(name) == row[name]), {})
    unshown = {key for key in secret_keys(section) if row.get(key) == UNSHOWN}
    kept = {key: now.get(key) if key in unshown else value for key, value in row.items()}
    return {key: value for key, value in kept.items() if value is not None}


def at_once(
    wanted: StoreSettings, tables: Mapping[str, Any], running: StoreSettings, in_force: Mapping[str, Any]
) -> tuple[StoreSettings, Mapping[str, Any]]:
    """What holds from now on, as settings and as tables: of ``wanted`` what needs no restart, the rest as in ``running`` and ``in_force``.

    Goods that need plates or money of the next start wait for it.
    """
    named = running.store.model_copy(update={key: getattr(wanted.store, key) for key in NAMED})
    rules = running.model_copy(update={"visit": wanted.visit, "entry": wanted.entry, "store": named})
    priced = named.model_copy(update={"price_version": wanted.store.price_version})
    now = rules.model_copy(update={"products": wanted.products, "planogram": wanted.planogram, "store": priced})
    waits: tuple[str, ...] = ()
    if wanted.store.currency != running.store.currency or not _is_store(now):
        now, waits = rules, GOODS
    places = dict.fromkeys((*split(in_force, is_split), *split(tables, is_split)))
    taken = {place: at(tables, place) for place in places if applies(place) == "at_once" and place not in waits}
    return now, Overlay(taken).over(in_force)


def differing_tables(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[str, ...]:
    """Places that hold something else in the one than in the other."""
    return differing(Overlay(split(one, is_split)), Overlay(split(other, is_split)))


def _is_store(settings: StoreSettings) -> bool:
    try:
        store_model(settings)
    except StoreError:
        return False
    return True
