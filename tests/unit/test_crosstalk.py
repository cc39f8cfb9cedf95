"""The cross-talk matrix: what it refuses, what it takes out, and how it is measured."""

from __future__ import annotations

import pytest

from devices.weighing.crosstalk import CrossTalk, shares_of

SHELF = CrossTalk({"a": {"b": 0.03}, "b": {"a": 0.02, "c": -0.01}})
NOTHING = ((1.0, 0.0), (0.0, 1.0))


def test_an_echo_on_the_neighbour_is_taken_out() -> None:
    """The published leak: 3 % of 1.5 kg are 45 g of nothing."""
    loads, covariance = SHELF.corrected(("a", "b"), (-1500.0, -45.0), ((0.25, 0.0), (0.0, 0.25)))
    assert list(loads) == pytest.approx([-1500.0, 0.0], abs=1e-9)
    assert covariance[0][1] == covariance[1][0] < 0.0


def test_without_leaks_nothing_changes() -> None:
    assert not CrossTalk({"a": {}})
    assert CrossTalk({}).corrected(("a", "b"), (1.0, 2.0), NOTHING) == ((1.0, 2.0), NOTHING)
    assert SHELF.corrected(("c", "d"), (1.0, 2.0), NOTHING) == ((1.0, 2.0), NOTHING)


def test_who_shares_a_load_with_whom() -> None:
    assert SHELF.touches("a") == {"b"}
    assert SHELF.touches("b") == {"a", "c"}
    assert SHELF.touches("c") == {"b"}
    assert SHELF.touches("d") == frozenset()


@pytest.mark.parametrize(
    ("leaks", "words"),
    [
        ({"a": {"a": 0.1}}, "cannot leak to itself"),
        ({"a": {"b": 0.21}}, "within"),
        ({"a": {"b": float("nan")}}, "within"),
        ({"a": {"b": 0.2, "c": -0.2, "d": 0.2}}, "0.60 of its load"),
    ],
)
def test_leaks_that_no_shelf_has_are_refused(leaks: dict[str, dict[str, float]], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        CrossTalk(leaks)


def test_sizes_must_fit() -> None:
    with pytest.raises(ValueError, match="2 plates and 1 values"):
        SHELF.corrected(("a", "b"), (1.0,), NOTHING)
    with pytest.raises(ValueError, match="2 plates and 1 values"):
        SHELF.corrected(("a", "b"), (1.0, 2.0), ((1.0, 0.0), (1.0,)))
    with pytest.raises(ValueError, match="1 plates and 2 values"):
        SHELF.shown(("a",), (1.0, 2.0))


def test_the_leaks_of_a_plate_are_what_the_others_show() -> None:
    shown = {"a": (1998.0, 0.2), "b": (60.0, 0.2), "c": (-20.0, 0.3), "d": (0.5, 0.4), "e": (1.2, 0.2)}
    assert shares_of("a", 2000.0, shown) == {"b": pytest.approx(0.03, abs=1e-4), "c": pytest.approx(-0.01, abs=1e-4)}


def test_a_plate_that_does_not_show_the_mass_is_no_measurement() -> None:
    for shown in ({"a": (1500.0, 0.2)}, {"b": (2000.0, 0.2)}):
        with pytest.raises(ValueError, match="wrong plate, wrong mass or lost calibration"):
            shares_of("a", 2000.0, shown)
    with pytest.raises(ValueError, match="within"):
        shares_of("a", 2000.0, {"a": (2000.0, 0.2), "b": (500.0, 0.2)})
