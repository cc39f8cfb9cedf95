"""Changes in words: what became of one, what is wrong with it, and what it changed, for the person and for the journal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeGuard

from edge.runtime.overlay import UNSET, at, digest
from edge.runtime.secret_files import SECRET_NAME
from edge.runtime.settings_words import Problem, toml_value
from edge.store.counted import counted
from edge.web.changing import Wrong

WORDS: Final[dict[str, str]] = {
    "changed": "Changed.",
    "waits": "Kept. It holds once the controller has started anew.",
    "would_change": "Nothing speaks against it.",
    "nothing_changed": "That is what holds already.",
    "stale": "Somebody else has changed something meanwhile. Read what holds now, then decide again.",
    "invalid": "This cannot be; nothing was changed.",
    "file_wrong": "The store file itself was edited and is wrong; mend it first. Nothing was changed.",
    "not_written": "The disk did not take it; nothing was changed.",
    "on_planogram": "This product has a place on the shelf. Take it off the planogram first.",
    "in_store": "Units of this product are believed to stand in the store. Have them taken out first, or remove it anyway.",
    "unknown_product": "This product is not in the catalogue.",
    "no_proposal": "Nothing is laid out otherwise than planned any more.",
    "dropped": "The planogram stays as it was.",
    "unknown_change": "This change is not kept any more.",
    "not_possible": "This controller was started without a store file that could be changed.",
}
KEYS: Final = {"product": ("gtin",), "planogram": ("plate", "gtin")}  # what makes a row of a list the same row; otherwise its id or name
MOST_TOLD: Final = 40  # rows or keys of one change in the journal


def wrong(problem: Problem) -> Wrong:
    """A problem with its place taken apart."""
    section, *rest = problem.path or ("",)
    number = rest.pop(0) if rest and isinstance(rest[0], int) else None
    return Wrong(
        section=str(section),
        number=number if isinstance(number, int) else None,
        field=".".join(map(str, rest)),
        words=problem.words,
    )


def told(before: Mapping[str, Any], after: Mapping[str, Any], places: Sequence[str], reason: str, *, characters: int) -> str:
    """What changed at ``places``, and why, in at most so many characters."""
    parts = []
    for place in places:
        old, new = at(before, place), at(after, place)
        if _is_rows(old) and _is_rows(new):
            parts += [f"{place} {words}" for words in _rows(place, old, new)]
        else:
            parts.append(f"{place} {in_words(place, old)} -> {in_words(place, new)}")
    if len(parts) > MOST_TOLD:
        parts = [*parts[:MOST_TOLD], f"and {len(parts) - MOST_TOLD} more"]
    why = f" ({reason})"
    text = "; ".join(parts)
    room = characters - len(why)
    return (text if len(text) <= room else f"{text[: room - 1]}…") + why


def in_words(place: str, value: object) -> str:
    """A value in one line: rows are counted, secrets only said to be set."""
    if value is UNSET:
        return "unset"
    if SECRET_NAME.search(place):
        return "set"
    if _is_rows(value) and value:
        return counted(len(value), "row")
    try:
        return toml_value(value)
    except (TypeError, ValueError):
        return str(value)


def _rows(section: str, old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    before, after = ({_name(section, row): row for row in rows} for rows in (old, new))
    for name in before.keys() - after.keys():
        yield f"{name} removed"
    for name, row in after.items():
        if name not in before:
            yield f"{name} added ({', '.join(f'{key} {in_words(key, value)}' for key, value in row.items() if str(value) not in name)})"
        elif digest(before[name]) != digest(row):
            keys = [key for key in {**before[name], **row} if digest(before[name].get(key)) != digest(row.get(key))]
            changes = (f"{key} {in_words(key, before[name].get(key, UNSET))} -> {in_words(key, row.get(key, UNSET))}" for key in keys)
            yield f"{name} {', '.join(changes)}"


def _name(section: str, row: Mapping[str, Any]) -> str:
    keys = KEYS.get(section) or next(((key,) for key in ("id", "name") if key in row), ())
    return " ".join(str(row.get(key, "?")) for key in keys)


def _is_rows(value: object) -> TypeGuard[Sequence[Mapping[str, Any]]]:
    return isinstance(value, list | tuple) and all(isinstance(one, Mapping) for one in value)
