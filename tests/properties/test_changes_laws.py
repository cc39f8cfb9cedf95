"""Laws of what is changed on a page: TOML keeps every value, changes laid over a file give what was asked for, going back undoes."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from edge.runtime.changes_file import Kept, text_of
from edge.runtime.overlay import UNSET, Overlay, at, differing, joined, split
from edge.runtime.settings import is_split
from edge.runtime.toml_text import toml_text
from tests.changed_files import read_text

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
PLAIN = st.one_of(st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), TEXT)
VALUE = st.recursive(PLAIN, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)), max_leaves=8)
TABLES = st.dictionaries(TEXT, VALUE, max_size=5)

SECONDS = st.sampled_from([0.5, 1.0, 2.0, 3.0])
SHOPS = st.fixed_dictionaries(
    {},
    optional={
        "visit": st.dictionaries(st.sampled_from(["pulse_s", "settle_within_s", "open_within_s"]), SECONDS),
        "entry": st.fixed_dictionaries({}, optional={"keys": st.dictionaries(st.sampled_from("ab"), TEXT), "deny": st.lists(TEXT)}),
        "cloud": st.fixed_dictionaries({"delivery": st.dictionaries(st.sampled_from(["window", "ahead"]), st.integers(1, 9))}),
        "product": st.lists(st.fixed_dictionaries({"gtin": TEXT, "price_minor": st.integers(1, 99)}), max_size=3),
        "camera": st.lists(st.fixed_dictionaries({"id": TEXT, "zones": st.lists(st.fixed_dictionaries({"plates": st.lists(TEXT)}))})),
    },
)
PLACES = st.sampled_from(
    ["visit.pulse_s", "visit.open_within_s", "entry.keys", "entry.deny", "cloud.delivery.window", "product", "camera", "store.name"]
)
WANTED = st.dictionaries(PLACES, st.one_of(st.none(), st.just(UNSET), SECONDS, TEXT, st.lists(st.dictionaries(TEXT, PLAIN), max_size=2)))


@settings(deadline=None)
@given(TABLES)
def test_toml_gives_back_what_was_written(tables: dict[str, Any]) -> None:
    assert tomllib.loads(toml_text(tables)) == tables


@settings(deadline=None)
@given(SHOPS)
def test_tables_are_the_same_when_taken_apart_and_put_together(tables: dict[str, Any]) -> None:
    rejoined = joined(split(tables, is_split))
    assert split(rejoined, is_split) == split(tables, is_split)


@settings(deadline=None)
@given(SHOPS, st.lists(WANTED, max_size=4))
def test_what_was_asked_for_last_holds_and_all_else_is_as_the_file_has_it(base: dict[str, Any], wishes: list[dict[str, Any]]) -> None:
    before = split(base, is_split)
    overlay, expected = Overlay(), dict(before)
    for wish in wishes:
        overlay = overlay.with_changes(base, wish)
        for place, value in wish.items():
            now = at(base, place) if value is None else value
            expected.pop(place, None)
            if now is not UNSET:
                expected[place] = now
    assert split(overlay.over(base), is_split) == expected
    assert split(base, is_split) == before, "the file's own tables stay as they are"
    assert overlay.edited(base) == ()


@settings(deadline=None)
@given(SHOPS, WANTED, WANTED)
def test_going_back_undoes(base: dict[str, Any], first: dict[str, Any], then: dict[str, Any]) -> None:
    earlier = Overlay().with_changes(base, first)
    later = earlier.with_changes(base, then)
    back = later.with_changes(base, dict.fromkeys(later.values) | dict(earlier.values))
    assert differing(back, earlier) == ()
    assert back.over(base) == earlier.over(base)
    none = later.with_changes(base, dict.fromkeys(later.values))
    assert none == Overlay()


@settings(deadline=None)
@given(SHOPS, SHOPS, WANTED)
def test_a_file_that_is_edited_where_it_was_changed_is_told(base: dict[str, Any], other: dict[str, Any], wish: dict[str, Any]) -> None:
    overlay = Overlay().with_changes(base, wish)
    one, two = split(base, is_split), split(other, is_split)
    expected = {place for place in overlay.values if one.get(place, UNSET) != two.get(place, UNSET)}
    assert set(overlay.edited(other)) == expected


@settings(deadline=None)
@given(SHOPS, WANTED, TEXT, TEXT, st.none() | st.floats(0, 2e9))
def test_the_file_of_changes_gives_back_what_was_kept(
    base: dict[str, Any], wish: dict[str, Any], by: str, reason: str, at_unix_s: float | None
) -> None:
    overlay = Overlay().with_changes(base, wish)
    kept = Kept(number=3, by=by, reason=reason, at_unix_s=at_unix_s, places=tuple(sorted(wish)), overlay=overlay)
    assert read_text(text_of(kept)) == kept


@settings(deadline=None)
@given(SHOPS, WANTED, st.data())
def test_a_file_of_changes_that_lost_or_changed_anything_is_never_taken(
    base: dict[str, Any], wish: dict[str, Any], data: st.DataObject
) -> None:
    overlay = Overlay().with_changes(base, wish)
    text = text_of(Kept(number=3, by="maria", reason="prices", at_unix_s=None, places=("product",), overlay=overlay)).encode()
    cut = data.draw(st.integers(0, len(text) - 2))
    assert read_text(text[:cut]) is None
    bit = data.draw(st.integers(0, len(text) * 8 - 9))
    flipped = bytearray(text)
    flipped[bit // 8] ^= 1 << bit % 8
    assert read_text(bytes(flipped)) is None


def test_sections_and_their_inner_tables_are_changed_key_by_key() -> None:
    assert is_split(("visit",))
    assert is_split(("cloud", "delivery"))
    assert not is_split(("entry", "keys"))
    assert not is_split(("product",))
    assert not is_split(("of_another_release",))
