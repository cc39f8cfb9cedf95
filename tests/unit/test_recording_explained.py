"""What an eye saw is told beside what the plates said: in words, with and without it, and in the picture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edge.basket.reading import basket_probability, quantity_probability
from edge.cli.__main__ import main
from edge.recordings.explanation import explained
from edge.recordings.format import Recording, write_recording
from edge.recordings.picture_marks import seen_marks
from edge.recordings.receipts import CountingOptions, receipts
from edge.recordings.session_receipt import SessionReceipt
from tests.recorded import T0_NS, put, take
from tests.unit.test_recording_sightings import saw, twins

DETAIL = CountingOptions(detail=True)
BLIND = CountingOptions(detail=True, sight=False)


def told(made: Recording) -> str:
    (receipt,), (alone,) = receipts(made, DETAIL), receipts(made, BLIND)
    return "\n".join(explained(receipt, made, alone))


def one(made: Recording, options: CountingOptions = DETAIL) -> SessionReceipt:
    (found,) = receipts(made, options)
    return found


def test_a_line_tells_what_was_seen_of_it_and_what_that_changed() -> None:
    seen = replace(saw(3.0, "s1/p3", {"kola": 0.0, "cola": -6.0}), units=1, barcode="4006381333931", evidence="v1/front-1")
    text = told(twins([take(3.0, "s1/p3")], [seen]))
    assert "the eye changed the basket: by weight alone it would be 1 x Cola, provisional, probability 0." in text
    assert "1 x Kola (kola), probability 0.99" in text
    assert "by weight alone)" in text
    assert "   2.60 s  seen     taken at s1/p3, by front until 3.40 s, 1 unit, 3 views, barcode 4006381333931\n" in text
    assert "Kola 100%" in text
    assert "pictures v1/front-1" in text


def test_the_same_basket_can_become_final_by_what_was_seen() -> None:
    text = told(twins([take(3.0, "s1/p3")], [saw(3.0, "s1/p3", {"cola": 0.0, "kola": -6.0})]))
    assert "the eye made it final: by weight alone the same basket would be provisional" in text


def test_none_of_these_is_said_and_so_is_what_cannot_be_said() -> None:
    moves = [take(3.0, "s1/p1"), take(5.0, "s1/p2")]
    text = told(twins(moves, [saw(3.0, "s1/p1", {"tea": 0.0, "cola": -1.0}, other=0.0), saw(5.0, "s1/p2", {}, reach=2)]))
    assert "none of these 42%" in text
    assert "what it was cannot be said" in text
    assert "the eye changed neither basket nor status" in text


def test_what_was_seen_of_no_line_is_told_apart_and_of_goods_put_back_beside_them() -> None:
    moves = [take(2.5, "s1/p1"), put(4.0, "s1/p1", "tea")]
    sightings = [saw(2.5, "s1/p1", {"tea": 0.0}), saw(5.3, "s9/p1", {"gum": 0.0}, reach=2)]
    text = told(twins(moves, sightings))
    back = text.index("0 x Green tea: taken and put back")
    assert back < text.index("taken at s1/p1, by front") < text.index("seen besides, of no line (1):") < text.index("s9/p1, by front")


def test_an_eye_that_saw_nothing_of_a_visit_says_so() -> None:
    made = twins([take(3.0, "s1/p1")], [saw(15.0, "s1/p1", {"tea": 0.0})])
    assert "the eye told of nothing in this visit" in told(made)
    assert one(made).seen == ()


def test_what_was_seen_while_others_were_inside_speaks_for_nobody_and_is_told_to_both() -> None:
    made = twins(
        [take(3.0, "s1/p3"), take(5.5, "s1/p1")],
        [saw(3.0, "s1/p3", {"cola": 0.0, "kola": -6.0}), saw(5.5, "s1/p1", {"tea": 0.0}, reach=2)],
        sessions=[("a", 1.0, 6.5), ("b", 5.0, 10.5)],
    )
    alone = {one.session_id: one for one in receipts(made, BLIND)}
    first, second = ("\n".join(explained(one, made, alone[one.session_id])) for one in receipts(made, DETAIL))
    for text in (first, second):
        _, _, beside = text.partition("seen besides, of no line (1):\n")
        assert beside.lstrip().startswith("5.10 s  seen     taken at s1/p1, by front until 5.90 s")
    assert "2.60 s  seen     taken at s1/p3" in first
    assert "the eye changed neither basket nor status: by weight alone the basket has probability 0." in second


def test_late_words_of_the_eye_are_in_what_is_explained() -> None:
    made = twins([take(3.0, "s1/p3")], [saw(3.0, "s1/p3", {"kola": 0.0, "cola": -6.0}, said_after_s=4.5)])
    receipt = one(made)
    assert receipt.verdict is not None
    belief = receipt.moments[-1].belief
    assert basket_probability(belief) == receipt.verdict.probability
    assert quantity_probability(belief, "kola", 1) == pytest.approx(receipt.lines[0].probability)
    assert quantity_probability(belief, "kola", 0) < 0.05
    assert [moment.settled is None for moment in receipt.moments] == [False, True]
    assert one(made, CountingOptions()).seen == ()


def test_the_picture_marks_every_reach_at_its_time() -> None:
    made = twins([take(3.0, "s1/p3")], [saw(3.0, "s1/p3", {"kola": 0.0, "cola": -6.0}), saw(4.0, "s1/p1", {}, reach=2)])
    first, second = seen_marks(one(made), made)
    assert (first.plates, first.gtin, first.words) == (("s1/p3",), "kola", "Kola 100%")
    assert (first.from_s, first.to_s) == pytest.approx((2.6, 3.4))
    assert (second.gtin, second.words) == ("", "a hand")
    assert made.times_ns[0] == T0_NS


def test_the_command_tells_and_draws_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_recording(tmp_path / "made", twins([take(3.0, "s1/p3")], [saw(3.0, "s1/p3", {"cola": 0.0, "kola": -6.0})]))
    words = ["receipts", str(tmp_path / "made"), "--explain", "--plot"]
    assert main([*words, str(tmp_path / "seen.png")]) == 0
    assert "by weight alone" in capsys.readouterr().out
    assert main([*words, str(tmp_path / "alone.png"), "--weight-alone"]) == 0
    out = capsys.readouterr().out
    assert "seen" not in out
    assert "by weight alone" not in out
    assert (tmp_path / "seen.png").read_bytes() != (tmp_path / "alone.png").read_bytes()
