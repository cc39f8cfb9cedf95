"""Laws of the cross-talk correction, for every shelf that is allowed."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.weighing.crosstalk import CrossTalk

PLATES = ("a", "b", "c", "d", "e", "f", "g", "h")


@st.composite
def shelves(draw: st.DrawFn) -> tuple[CrossTalk, tuple[str, ...]]:
    """A shelf of up to eight plates and the plates of one group of it, in any order."""
    plates = PLATES[: draw(st.integers(1, len(PLATES)))]
    leaks = {}
    for plate in plates:
        others = [other for other in plates if other != plate]
        most = min(0.2, 0.5 / max(1, len(others))) * 0.999
        leaks[plate] = {other: draw(st.floats(-most, most)) for other in others if draw(st.booleans())}
    group = draw(st.permutations(plates).map(lambda order: tuple(order[: draw(st.integers(1, len(plates)))])))
    return CrossTalk(leaks), group


@given(shelves(), st.lists(st.floats(-5000.0, 5000.0), min_size=8, max_size=8))
def test_what_the_plates_show_leads_back_to_the_loads(shelf: tuple[CrossTalk, tuple[str, ...]], loads: list[float]) -> None:
    crosstalk, group = shelf
    loads = loads[: len(group)]
    identity = tuple(tuple(1.0 if i == j else 0.0 for j in range(len(group))) for i in range(len(group)))
    found, _ = crosstalk.corrected(group, crosstalk.shown(group, loads), identity)
    assert found == pytest.approx(loads, abs=1e-6)


@given(shelves(), st.lists(st.floats(0.1, 5.0), min_size=8, max_size=8), st.integers(0, 1000))
def test_the_covariance_stays_symmetric_and_no_direction_becomes_certain(
    shelf: tuple[CrossTalk, tuple[str, ...]], sds: list[float], seed: int
) -> None:
    crosstalk, group = shelf
    size = len(group)
    shared = 0.05  # g^2; floor and air move all plates together
    before = tuple(tuple(shared + (sds[i] ** 2 if i == j else 0.0) for j in range(size)) for i in range(size))
    _, after = crosstalk.corrected(group, (0.0,) * size, before)
    source = random.Random(seed)
    for _ in range(5):
        direction = [source.gauss(0.0, 1.0) for _ in range(size)]
        length = math.fsum(part * part for part in direction)
        spread = math.fsum(direction[i] * after[i][j] * direction[j] for i in range(size) for j in range(size))
        assert spread > 0.3 * min(sds[:size]) ** 2 * length  # |K| <= 1.5: no row and no column of these adds up to more
    assert all(after[i][j] == after[j][i] for i in range(size) for j in range(size))
