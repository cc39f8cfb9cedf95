"""Receipts against the truth, by hand: units, receipts, decisions, calibration."""

from __future__ import annotations

import pytest

from edge.recordings.scores import EDGES, NotComparable, Scores, score
from edge.recordings.session_receipt import CountedLine, SessionReceipt
from edge.session.receipt import Status
from tests.recorded import truth


def billed(name: str, status: Status = "final", **lines: tuple[int, float]) -> SessionReceipt:
    return SessionReceipt(name, status, tuple(CountedLine(sku, units, sure) for sku, (units, sure) in lines.items()))


def test_units_are_counted_over_all_receipts_and_over_each() -> None:
    found = score(
        truth(a={"tea": 2}, b={"tea": 1, "cola": 1}, c={}),
        [billed("a", tea=(2, 0.9)), billed("b", tea=(1, 0.9), bar=(2, 0.9)), billed("c")],
    )
    assert (found.right, found.billed, found.taken) == (3, 5, 4)
    assert found.precision == pytest.approx(3 / 5)
    assert found.recall == pytest.approx(3 / 4)
    assert found.f1 == pytest.approx(6 / 9)
    assert found.receipt_precision == pytest.approx((1 + 1 / 3 + 1) / 3)
    assert found.receipt_recall == pytest.approx((1 + 1 / 2 + 1) / 3)
    assert found.receipt_f1 == pytest.approx((1 + 2 / 5 + 1) / 3)
    assert (found.perfect, found.overcharged) == (2, 1)


def test_a_missing_visit_is_an_empty_receipt_that_nobody_looks_at() -> None:
    found = score(truth(a={"tea": 1}, b={}), [])
    assert (found.receipts, found.missing, found.perfect, found.final, found.final_perfect) == (2, 2, 1, 2, 1)
    assert found.recall == 0.0
    assert found.precision == 0.0
    assert found.review_rate == 0.0


def test_who_decides_is_counted() -> None:
    found = score(truth(a={"tea": 1}, b={"tea": 1}), [billed("a", tea=(1, 0.9)), billed("b", "provisional", tea=(2, 0.5))])
    assert (found.final, found.final_perfect, found.review_rate, found.final_perfect_share) == (1, 1, 0.5, 1.0)


@pytest.mark.parametrize("receipts", [[billed("x")], [billed("a"), billed("a")]])
def test_receipts_that_do_not_belong_here_are_refused(receipts: list[SessionReceipt]) -> None:
    with pytest.raises(NotComparable, match=r"'[ax]'"):
        score(truth(a={}), receipts)


def test_a_promise_is_held_against_what_was_kept() -> None:
    names = [f"v{number}" for number in range(10)]
    found = score(truth(**{name: {"tea": 1 if name < "v8" else 2} for name in names}), [billed(name, tea=(1, 0.93)) for name in names])
    filled = {(EDGES[place], EDGES[place + 1]): one for place, one in enumerate(found.bins) if one.lines}
    assert list(filled) == [(0.9, 0.95)]
    assert filled[0.9, 0.95].right_share == pytest.approx(0.8)
    assert filled[0.9, 0.95].mean_probability == pytest.approx(0.93)
    assert found.expected_calibration_error == pytest.approx(0.13)


@pytest.mark.parametrize("probability", [0.0, 0.1, 0.95, 0.99, 1.0])
def test_every_probability_has_a_bin(probability: float) -> None:
    found = score(truth(a={"tea": 1}), [billed("a", tea=(1, probability))])
    (place,) = [place for place, one in enumerate(found.bins) if one.lines]
    assert EDGES[place] <= probability <= EDGES[place + 1]


def test_scores_add_up() -> None:
    one = score(truth(a={"tea": 2}), [billed("a", tea=(1, 0.7))])
    two = score(truth(b={"cola": 1}), [billed("b", "provisional", cola=(1, 0.96))])
    both = score(truth(a={"tea": 2}, b={"cola": 1}), [billed("a", tea=(1, 0.7)), billed("b", "provisional", cola=(1, 0.96))])
    assert one + two == both
    assert Scores() + both == both


def test_nothing_at_all_has_no_scores_but_no_error_either() -> None:
    nothing = Scores()
    assert (nothing.f1, nothing.perfect_share, nothing.final_perfect_share, nothing.expected_calibration_error) == (1.0, 0.0, None, 0.0)
