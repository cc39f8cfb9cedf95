"""Numbers with their nouns."""

from __future__ import annotations

import pytest

from edge.store.counted import counted


@pytest.mark.parametrize(("count", "words"), [(0, "0 plates"), (1, "1 plate"), (2, "2 plates"), (1_200, "1,200 plates"), (-1, "-1 plates")])
def test_one_is_one_and_all_else_is_many(count: int, words: str) -> None:
    assert counted(count, "plate") == words


def test_a_noun_may_have_a_plural_of_its_own() -> None:
    assert [counted(count, "reach", "reaches") for count in (1, 2)] == ["1 reach", "2 reaches"]
