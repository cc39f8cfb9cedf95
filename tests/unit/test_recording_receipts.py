"""Receipts of recordings: what belongs to whom, what belongs to nobody, and what a person has to look at."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edge.recordings.explanation import explained
from edge.recordings.format import Recording
from edge.recordings.receipts import ABLATIONS, CountingOptions, receipts
from edge.recordings.session_receipt import SessionReceipt
from tests.recorded import Move, put, recording, session, take


def baskets(found: list[SessionReceipt]) -> dict[str, dict[str, int]]:
    return {one.session_id: {line.sku: line.quantity for line in one.lines} for one in found}


def test_what_is_taken_is_billed_once() -> None:
    found = receipts(recording([take(2.0, "s1/p1"), take(4.0, "s1/p3", 2)], [session("a", 1.0, 6.0)], seconds=7.0))
    assert baskets(found) == {"a": {"tea": 1, "cola": 2}}
    assert found[0].status == "final"
    assert found[0].reasons == ()
    assert all(0.9 < line.probability <= 1.0 for line in found[0].lines)


def test_what_is_put_back_is_not_billed() -> None:
    found = receipts(recording([take(2.0, "s1/p3"), put(4.0, "s1/p3", "cola")], [session("a", 1.0, 6.0)], seconds=7.0))
    assert baskets(found) == {"a": {}}
    assert found[0].status == "final"


@pytest.mark.parametrize("tare_g", [0.0, 900.0, 20_000.0, -20_000.0])
def test_the_tare_does_not_matter(tare_g: float) -> None:
    found = receipts(recording([take(2.0, "s1/p1")], [session("a", 1.0, 4.0)], seconds=5.0, tare_g=tare_g))
    assert baskets(found) == {"a": {"tea": 1}}


def test_a_plate_may_lose_more_than_its_assumed_load() -> None:
    moves = [Move(2.0, "s1/p1", -7000.0), take(5.0, "s1/p3")]
    found = receipts(recording(moves, [session("a", 1.0, 7.0)], seconds=8.0))
    assert "plate_faulted" not in found[0].reasons


def test_each_visit_has_its_own_and_finds_the_stock_of_the_one_before() -> None:
    moves = [take(2.0, "s1/p3"), put(7.0, "s1/p1", "cola"), take(12.0, "s1/p1"), Move(17.0, "s1/p1", -345.0)]
    sessions = [session("a", 1.0, 9.0), session("b", 10.5, 14.0), session("c", 15.5, 19.0)]
    found = receipts(recording(moves, sessions, seconds=20.0))
    # The first puts a cola where tea stands; the third finds it there.
    assert baskets(found) == {"a": {}, "b": {"tea": 1}, "c": {"cola": 1}}


def test_what_changes_between_visits_is_nobodys() -> None:
    moves = [take(2.0, "s1/p1"), take(7.0, "s1/p3"), take(12.0, "s1/p4")]
    found = receipts(recording(moves, [session("a", 1.0, 4.0), session("b", 10.0, 14.0)], seconds=15.0))
    assert baskets(found) == {"a": {"tea": 1}, "b": {"bar": 1}}
    assert [one.status for one in found] == ["final", "final"]


def test_a_movement_that_settles_after_the_end_belongs_to_the_visit() -> None:
    found = receipts(recording([take(3.95, "s1/p1")], [session("a", 1.0, 4.0), session("b", 8.0, 9.0)], seconds=10.0))
    assert baskets(found) == {"a": {"tea": 1}, "b": {}}


def test_plates_that_move_at_the_end_of_the_recording_go_to_a_person() -> None:
    found = receipts(recording([take(2.0, "s1/p1"), take(4.7, "s1/p3")], [session("a", 1.0, 5.0)], seconds=5.0))
    assert found[0].status == "provisional"
    assert "plates_not_quiet" in found[0].reasons


def test_what_is_taken_in_the_last_moment_is_not_lost() -> None:
    found = receipts(recording([take(2.0, "s1/p1"), take(4.85, "s1/p3")], [session("a", 1.0, 5.0)], seconds=5.0))
    assert found[0].status == "provisional"
    assert "plates_not_quiet" in found[0].reasons


def test_something_that_moves_at_the_beginning_goes_to_a_person() -> None:
    found = receipts(recording([take(2.1, "s1/p1")], [session("a", 2.05, 5.0)], seconds=6.0))
    assert "moving_at_entry" in found[0].reasons
    assert found[0].status == "provisional"


def test_a_weight_that_no_product_explains_goes_to_a_person() -> None:
    found = receipts(recording([Move(2.0, "s1/p1", -203.0)], [session("a", 1.0, 4.0)], seconds=5.0))
    assert found[0].status == "provisional"
    assert "unexplained_change" in found[0].reasons


def test_visits_that_overlap_are_told_apart_only_where_one_was_alone() -> None:
    moves = [take(2.0, "s1/p1"), take(5.0, "s1/p3"), take(8.0, "s1/p4"), take(14.0, "s1/p2")]
    sessions = [session("a", 1.0, 6.0), session("b", 4.0, 10.0), session("c", 12.0, 16.0)]
    found = receipts(recording(moves, sessions, seconds=17.0), CountingOptions(detail=True))
    assert baskets(found) == {"a": {"tea": 1}, "b": {"bar": 1}, "c": {"chips": 1}}
    assert [one.status for one in found] == ["provisional", "provisional", "final"]
    assert all(one.reasons == ("overlapping_visits",) for one in found[:2])
    assert [len(one.shared) for one in found] == [1, 1, 0]


def test_staff_are_not_billed() -> None:
    moves = [put(2.0, "s1/p4", "bar"), take(4.0, "s1/p3"), take(9.0, "s1/p4")]
    found = receipts(recording(moves, [session("crew", 1.0, 6.0, staff=True), session("a", 7.5, 11.0)], seconds=12.0))
    assert baskets(found) == {"a": {"bar": 1}}


def test_no_visits_give_no_receipts_and_a_visit_without_changes_gives_an_empty_one() -> None:
    assert receipts(recording([], [], seconds=3.0)) == []
    assert baskets(receipts(recording([], [session("a", 1.0, 2.0)], seconds=3.0))) == {"a": {}}


def test_a_visit_that_begins_with_the_last_sample_still_has_a_receipt() -> None:
    found = receipts(recording([], [session("a", 2.99, 3.5), session("b", 3.6, 3.7)], seconds=3.0))
    assert baskets(found) == {"a": {}, "b": {}}


def test_a_plate_that_cannot_weigh_sends_the_visit_to_a_person() -> None:
    made = recording([], [session("a", 1.0, 9.0)], seconds=10.0)
    grams = made.grams.copy()
    grams[200:, 0] = 2e6
    found = receipts(Recording("broken", made.shop, made.times_ns, grams, made.sessions))
    assert "plate_faulted" in found[0].reasons


def without(made: Recording, first_s: float, last_s: float) -> Recording:
    """The recording with a hole in its time."""
    seconds = (made.times_ns - made.times_ns[0]) / 1e9
    kept = (seconds < first_s) | (seconds > last_s)
    return replace(made, times_ns=made.times_ns[kept], grams=made.grams[kept])


@pytest.mark.parametrize("first_s", [5.0, 6.05])  # before the taking, and in the midst of it
def test_what_is_taken_in_a_gap_is_billed_and_goes_to_a_person(first_s: float) -> None:
    made = recording([take(6.0, "s1/p1")], [session("a", 3.0, 12.0)], seconds=14.0)
    found = receipts(without(made, first_s, first_s + 4.0))
    assert baskets(found) == {"a": {"tea": 1}}
    assert found[0].status == "provisional"
    assert {"plate_faulted", "reconstructed"} <= set(found[0].reasons)


def test_a_gap_in_which_nothing_happens_changes_no_basket() -> None:
    made = recording([take(2.0, "s1/p1"), take(11.0, "s1/p3")], [session("a", 1.0, 13.0)], seconds=14.0)
    found = receipts(without(made, 4.0, 8.0))
    assert baskets(found) == {"a": {"tea": 1, "cola": 1}}
    assert found[0].reasons == ("plate_faulted",)


def test_what_is_taken_from_a_plate_that_cannot_weigh_is_billed_and_goes_to_a_person() -> None:
    made = recording([take(6.0, "s1/p1")], [session("a", 3.0, 13.0)], seconds=14.0)
    grams = made.grams.copy()
    grams[300:540, 0] = 2e6
    found = receipts(replace(made, grams=grams))
    assert baskets(found) == {"a": {"tea": 1}}
    assert found[0].reasons == ("plate_faulted", "reconstructed")


def test_what_a_gap_hid_before_a_visit_is_not_billed_to_it() -> None:
    made = recording([take(5.0, "s1/p1"), take(11.0, "s1/p3")], [session("a", 8.3, 13.0)], seconds=14.0)
    found = receipts(without(made, 4.0, 8.0))
    assert baskets(found) == {"a": {"cola": 1}}
    assert found[0].reasons == ("plate_not_weighed",)


def test_a_gap_between_visits_troubles_none() -> None:
    made = recording(
        [take(2.0, "s1/p1"), take(7.0, "s1/p3"), take(14.0, "s1/p4")], [session("a", 1.0, 4.0), session("b", 12.0, 16.0)], seconds=17.0
    )
    found = receipts(without(made, 5.5, 9.5))
    assert baskets(found) == {"a": {"tea": 1}, "b": {"bar": 1}}
    assert [one.status for one in found] == ["final", "final"]


@pytest.mark.parametrize("at_s", [13.4, 13.7])
@pytest.mark.parametrize("every", [10, 12])  # six and five samples a second
def test_what_is_taken_at_the_end_of_a_slow_recording_is_not_lost(every: int, at_s: float) -> None:
    made = recording([take(at_s, "s1/p1")], [session("a", 3.0, 13.9)], seconds=14.0)
    found = receipts(replace(made, times_ns=made.times_ns[::every], grams=made.grams[::every]))
    assert found[0].status == "provisional"
    assert "plates_not_quiet" in found[0].reasons


def test_the_same_recording_gives_the_same_receipts_with_and_without_detail() -> None:
    made = recording([take(2.0, "s1/p1"), take(3.0, "s1/p2")], [session("a", 1.0, 5.0)], seconds=6.0)
    plain, full = receipts(made), receipts(made, CountingOptions(detail=True))
    assert [replace(one, session=None, verdict=None, moments=(), shared=()) for one in full] == plain
    assert full[0].session == made.sessions[0]
    starts_ns = [moment.settled.start_ns for moment in full[0].moments if moment.settled is not None]
    assert len(starts_ns) == len(full[0].moments) > 0
    assert all(int(made.times_ns[0]) <= start_ns <= int(made.times_ns[-1]) for start_ns in starts_ns)


def test_progress_is_told_from_nothing_to_all() -> None:
    heard: list[float] = []
    receipts(recording([], [], seconds=60.0), progress=heard.append)
    assert heard[0] == 0.0
    assert heard[-1] == 1.0
    assert heard == sorted(heard)
    assert len(heard) > 2


def test_an_unknown_ablation_is_refused() -> None:
    with pytest.raises(ValueError, match="choose from beam"):
        CountingOptions(ablation=frozenset({"luck"}))
    assert not any(getattr(CountingOptions(ablation=frozenset(ABLATIONS)).traits(), name) for name in ABLATIONS)


def told(made: Recording) -> str:
    found = receipts(made, CountingOptions(detail=True))
    return "\n".join(line for one in found for line in explained(one, made))


def test_the_words_name_times_plates_and_grams() -> None:
    text = told(recording([take(2.0, "s1/p1"), take(4.0, "s1/p3", 2)], [session("a", 1.0, 6.0)], seconds=7.0))
    assert "a: final" in text
    assert "1 x Green tea (tea), probability 0.99" in text
    assert "s  taken       55" in text
    assert "s1/p1" in text
    assert "g in all; 2 of it should weigh 690.0 ± 2.8 g" in text


def test_the_words_tell_what_came_back_and_where_it_stands() -> None:
    text = told(recording([take(2.0, "s1/p3"), put(4.0, "s1/p1", "cola")], [session("a", 1.0, 6.0)], seconds=7.0))
    assert "nothing was taken" in text
    assert "0 x Cola: taken and put back" in text
    assert "now 1 x Cola more on s1/p1 than before" in text


def test_the_words_tell_why_a_person_looks() -> None:
    text = told(recording([Move(2.0, "s1/p1", -203.0)], [session("a", 1.0, 4.0)], seconds=5.0))
    assert "unexplained: 20" in text
    assert "g gone from s1/p1 since 2." in text
    assert "to be looked at: A weight changed in a way that no product explains." in text


def test_the_words_list_what_nobody_can_be_billed_for() -> None:
    moves = [take(2.0, "s1/p1"), take(5.0, "s1/p3")]
    text = told(recording(moves, [session("a", 1.0, 6.0), session("b", 4.0, 8.0)], seconds=9.0))
    assert "while others were inside, on nobody's receipt (1):" in text
    assert "weights cannot tell people apart" in text


def test_an_explanation_needs_a_count_with_detail() -> None:
    made = recording([], [session("a", 1.0, 2.0)], seconds=3.0)
    with pytest.raises(ValueError, match="without detail"):
        list(explained(receipts(made)[0], made))


def test_samples_are_taken_as_they_are() -> None:
    made = recording([take(2.0, "s1/p1")], [session("a", 1.0, 4.0)], seconds=5.0)
    before = made.grams.copy()
    receipts(made)
    assert np.array_equal(made.grams, before)
