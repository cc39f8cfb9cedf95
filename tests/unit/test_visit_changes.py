"""What a change of goods or rules on a page does to the store: to the visit that is open, to the stock, to the audit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge.session.commands import ClearAlarm, RecordAudit
from edge.session.facts import ProposalDropped, ServiceRequested
from edge.store.model import Facing, Plate
from tests.unit.visit_story import BAR, COLA, Story, claims, shop

DEARER = shop(version="v2", cola_minor=249)
TWICE = replace(DEARER, planogram=(*DEARER.planogram, Facing("p2", COLA.gtin, 3)))


def units(story: Story) -> dict[tuple[str, str], int]:
    return {(one.plate, one.gtin): one.units for one in story.state.stock.shelved}


def test_a_visit_that_is_open_keeps_its_prices_and_the_next_one_has_the_new() -> None:
    story = Story().shopping().configure(DEARER).change(-350.0).leave()
    assert (story.receipt().price_version, story.receipt().total_minor, story.receipt().status) == ("v1", 199, "final")
    story.timer().commands.clear()
    story.enter(claims("b"), visit="b").unlock().open().wait(1).change(-350.0).leave()
    assert (story.receipt().price_version, story.receipt().total_minor) == ("v2", 249)


def test_who_changed_what_and_why_is_recorded_once() -> None:
    story = Story().configure(DEARER, number=7)
    assert [(one.action, one.by, one.detail) for one in story.all(RecordAudit)] == [("store_changed", "maria", "7: product: spring prices")]
    assert story.state.change_no == 7
    story.configure(DEARER, by="")
    assert len(story.all(RecordAudit)) == 1
    assert story.state.change_no == 7


@pytest.mark.parametrize("opened", [True, False])
def test_a_facing_that_is_laid_out_on_a_page_is_empty_until_somebody_fills_it(*, opened: bool) -> None:
    story = Story().shopping().configure(TWICE).change(-350.0).leave().timer() if opened else Story().configure(TWICE)
    assert units(story) == {("p1", COLA.gtin): 9 if opened else 10, ("p2", BAR.gtin): 8, ("p2", COLA.gtin): 0}


def test_goods_whose_facing_is_taken_away_still_stand_there() -> None:
    bare = replace(DEARER, planogram=DEARER.planogram[:1])
    assert units(Story().configure(bare)) == {("p1", COLA.gtin): 10, ("p2", BAR.gtin): 8}
    shopping = Story().shopping().configure(bare).change(-52.0, "p2").leave()
    assert (shopping.receipt().lines[0].gtin, shopping.receipt().status) == (BAR.gtin, "final")
    assert units(shopping) == {("p1", COLA.gtin): 10, ("p2", BAR.gtin): 7}


def test_a_product_that_is_taken_out_of_the_catalogue_is_billed_to_whoever_holds_it_and_troubles_nobody_afterwards() -> None:
    gone = replace(DEARER, planogram=DEARER.planogram[:1], prices=replace(DEARER.prices, products=DEARER.prices.products[:1]))
    story = Story().shopping().change(-52.0, "p2").configure(gone).leave()
    assert [(line.gtin, line.quantity) for line in story.receipt().lines] == [(BAR.gtin, 1)]
    story.timer().commands.clear()
    story.enter(claims("b"), visit="b").unlock().open().wait(1).change(-350.0).leave()
    assert [(line.gtin, line.total_minor) for line in story.receipt().lines] == [(COLA.gtin, 249)]


def test_a_restocker_counts_by_the_shelf_as_it_was_when_they_came_and_what_they_brought_is_there() -> None:
    story = Story().enter(claims(role="restocker")).unlock().open().wait(1).change(-700.0)
    story.configure(TWICE).wait(1).change(700.0, "p2").leave()
    assert units(story) == {("p1", COLA.gtin): 8, ("p2", BAR.gtin): 8, ("p2", COLA.gtin): 2}


def test_a_plate_that_is_not_there_any_more_is_forgotten() -> None:
    smaller = replace(DEARER, plates=(Plate("p1", "scale", 10_000.0),), planogram=DEARER.planogram[:1])
    assert units(Story().configure(smaller)) == {("p1", COLA.gtin): 10}


def test_changes_that_were_lost_close_the_cabinet_until_the_next_change() -> None:
    story = Story().configure(shop(), by="", trouble="lost")
    assert story.present() == {"changes_unreadable"}
    story.enter(claims("b"), visit="b")
    assert story.refusal() == "out_of_service"
    story.configure(shop(), number=2).enter(claims("c"), visit="c")
    assert story.phase == "unlocking"
    assert [one.code for one in story.all(ClearAlarm)] == ["changes_unreadable"]


def test_a_change_that_was_lost_is_told_and_the_store_sells_on() -> None:
    story = Story().configure(shop(), by="", trouble="stepped_back")
    assert story.present() == {"changes_stepped_back"}
    assert story.enter(claims("b"), visit="b").phase == "unlocking"


def test_a_layout_that_nobody_wants_is_dropped_and_who_did_it_is_recorded() -> None:
    story = Story().change(-700.0)
    story.enter(claims(role="restocker")).unlock().open().wait(1).change(700.0, "p2").leave().timer()
    assert story.state.proposal != ()
    story.tell(ProposalDropped(at_ns=story.at_ns, by="maria", reason="it goes back"))
    assert story.state.proposal == ()
    assert [(one.action, one.by, one.detail) for one in story.all(RecordAudit)][-1] == ("drop_proposal", "maria", "it goes back")


def test_the_wish_to_start_anew_is_recorded_and_changes_nothing_else() -> None:
    story = Story()
    before = story.state
    story.tell(ServiceRequested(at_ns=story.at_ns, action="restart", by="tom", reason="another port"))
    assert [(one.action, one.by) for one in story.last if isinstance(one, RecordAudit)] == [("restart", "tom")]
    assert story.state == replace(before, fact_no=before.fact_no + 1, now_ns=story.at_ns)
