"""Goods, plates and devices that come and go: whose change it is, and what stays in doubt."""

from __future__ import annotations

from dataclasses import replace

from edge.session.commands import RecordAudit, ReportStock
from edge.session.settings import VisitSettings
from edge.store.model import Facing
from tests.unit.visit_story import COLA, Story, claims


def test_a_lost_plate_closes_the_cabinet_and_doubts_the_visit() -> None:
    story = Story().shopping().change(-350.0).lose(plates=("p2",)).leave()
    assert story.phase == "settling", "it may come back in time"
    story.timer()
    assert "plate_lost" in story.receipt().review_reasons
    story.timer()
    assert story.present() == {"plate_lost"}
    story.enter(claims("b"), visit="b")
    assert story.refusal() == "out_of_service"
    story.find(plates=("p2",)).measure().wait(10).enter(claims("b"), visit="b2")
    assert story.phase == "unlocking"


def test_a_plate_that_comes_back_while_the_visit_settles_still_tells_what_was_taken() -> None:
    story = Story().shopping().lose(plates=("p1",)).leave()
    assert story.phase == "settling"
    story.wait(1).find(plates=("p1",)).wait(1).measure(p1=3150.0)
    assert story.receipt().review_reasons == ("reconstructed",)
    assert story.receipt().lines[0].quantity == 1


def test_a_plate_that_was_lost_before_the_visit_is_not_waited_for() -> None:
    story = Story(visit=VisitSettings(lost_plate="review")).lose(plates=("p2",)).wait(5).shopping().change(-350.0).leave()
    assert "plate_lost" in story.receipt().review_reasons


def test_a_plate_that_came_back_with_the_same_weight_is_no_doubt() -> None:
    story = Story().shopping().change(-350.0).lose(plates=("p2",)).wait(3).find(plates=("p2",)).wait(1).measure(p2=418.0).leave()
    assert story.receipt().status == "final"


def test_a_plate_that_came_back_lighter_is_a_reconstructed_change_of_this_visit() -> None:
    story = Story().shopping().lose(plates=("p1",)).wait(3).find(plates=("p1",)).wait(1).measure(p1=3150.0).leave()
    assert story.end().outcome == "review"
    assert story.receipt().review_reasons == ("reconstructed",)
    assert story.receipt().lines[0].quantity == 1


def test_trading_on_without_a_plate_when_set_so() -> None:
    story = Story(visit=VisitSettings(lost_plate="review")).lose(plates=("p1",)).shopping()
    story.find(plates=("p1",)).measure(p1=2800.0)  # may have happened before the visit: never this shopper's bill
    story.change(-52.0, "p2").leave()
    assert story.all(ReportStock)[0].cause == "reconciliation"
    assert [line.gtin for line in story.receipt().lines] == ["40063813"]
    assert "plate_not_weighed" in story.receipt().review_reasons


def test_a_lost_door_during_the_visit() -> None:
    story = Story().shopping().change(-350.0).lose(doors=("d1",)).wait(5)
    assert story.phase == "open"
    story.find(doors=("d1",)).sense(open=False, secured=True)
    assert story.phase == "settling"
    story.quiet()
    assert story.receipt().status == "final"


def test_a_door_that_never_comes_back_ends_in_a_review() -> None:
    story = Story().shopping().change(-350.0).lose(doors=("d1",)).timer().timer().timer()
    assert story.end().outcome == "review"
    assert {"max_open", "door_lost"} <= set(story.receipt().review_reasons)


def test_goods_falling_between_visits_are_stock_and_nobodys_bill() -> None:
    story = Story().change(-350.0)
    (report,) = story.all(ReportStock)
    assert (report.cause, report.visit, report.changes[0].delta) == ("reconciliation", None, -1)
    story.shopping().leave()
    assert story.end().outcome == "nothing_taken"


def test_a_movement_that_ended_before_the_entry_is_not_the_shoppers() -> None:
    story = Story().shopping().change(-350.0, ago_s=30.0).leave()
    assert story.end().outcome == "nothing_taken"
    assert story.all(ReportStock)[0].cause == "reconciliation"


def test_a_movement_across_the_entry_goes_to_a_person() -> None:
    story = Story().moving().wait(0.01).enter().unlock().change(-350.0).open().wait(1).leave()
    assert "moving_at_entry" in story.receipt().review_reasons


def test_a_board_lost_between_closing_and_the_bolt_is_no_relock_fault() -> None:
    story = Story().shopping().change(-350.0).close().lose(doors=("d1",)).quiet().timer()
    assert story.phase == "settling"
    story.find(doors=("d1",)).sense(open=False, secured=True)
    assert story.receipt().status == "final"


def test_a_plate_that_moves_again_after_the_quiet_has_the_last_word() -> None:
    story = Story().shopping().change(-350.0).wait(1).close().wait(0.5).quiet().moving("p2").secure()
    assert story.phase == "settling"
    story.wait(1).change(-52.0, "p2")
    assert {line.gtin: line.quantity for line in story.receipt().lines} == {"4006381333931": 1, "40063813": 1}


def test_a_plate_that_goes_on_moving_sends_the_receipt_to_a_person() -> None:
    story = Story().shopping().change(-350.0).wait(1).close().wait(0.5).quiet().moving("p2").secure().timer()
    assert story.receipt().review_reasons == ("plates_not_quiet",)


def test_a_staff_visit_is_counted_facing_by_facing_and_told_even_where_nothing_changed() -> None:
    story = Story().shopping().change(-700.0).leave().timer()
    story.enter(claims("r", role="restocker"), visit="r").unlock().open().wait(1).change(350.0).leave()
    report = story.all(ReportStock)[-1]
    assert [(one.plate, one.expected, one.before, one.counted) for one in report.counted] == [("p1", 10, 8, 9), ("p2", 8, 8, 8)]
    recount = story.state.last_recount
    assert recount is not None
    assert (recount.visit, recount.rows) == ("r", report.counted)
    (audit,) = [command for command in story.all(RecordAudit) if command.action == "visit_restocker"]
    assert "counted 17 of 18 units (+1), 0 facings short, 0 units misplaced, 0 plates unexplained" in audit.detail
    story.timer().enter(claims("t", role="technician"), visit="t").unlock().open().leave()
    report = story.all(ReportStock)[-1]
    assert (report.visit, report.changes, len(report.counted)) == ("t", (), 2)


def test_a_bag_that_was_left_is_not_billed_to_the_next_one_who_takes_it_away() -> None:
    story = Story().shopping().change(718.0).leave().timer()  # somebody's bag stays on the colas
    assert story.receipts()[-1].review_reasons == ("unexplained_change",)
    story.enter(claims("b"), visit="b").unlock().open().wait(1).change(-717.0).leave().timer()
    assert "stray_load" in story.receipts()[-1].review_reasons
    story.enter(claims("r", role="restocker"), visit="r").unlock().open().wait(1).leave().timer()
    story.enter(claims("c"), visit="c").unlock().open().wait(1).change(-700.0).leave()
    assert story.receipts()[-1].status == "final", "a restocker has looked at the shelf"


def test_goods_of_a_facing_that_only_a_restockers_weights_speak_for_are_sold_with_a_person_looking() -> None:
    story = Story().enter(claims("r", role="restocker"), visit="r").unlock().open()
    for _ in range(3):
        story.wait(2).change(350.0, "p2")
    story.leave().timer()
    assert [(one.plate, one.gtin, one.count, one.was) for one in story.state.proposal] == [("p2", COLA.gtin, 3, 0)]
    story.enter(claims("b"), visit="b").unlock().open().wait(1).change(-350.0, "p2").leave().timer()
    receipt = story.receipts()[-1]
    assert [(line.gtin, line.quantity) for line in receipt.lines] == [(COLA.gtin, 1)]
    assert receipt.review_reasons == ("facing_unconfirmed",)
    story.store = replace(story.store, planogram=(*story.store.planogram, Facing("p2", COLA.gtin, 3)))
    story.start(same_boot=True).sense(open=False, secured=True).measure()
    assert story.state.proposal == ()
    story.enter(claims("c"), visit="c").unlock().open().wait(1).change(-350.0, "p2").leave()
    assert story.receipts()[-1].status == "final"
