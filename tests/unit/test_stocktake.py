"""Counting by hand: what a person says stands on a plate is believed, told and audited; never in the middle of a visit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from edge.basket.recount import set_units
from edge.basket.stock import Shelved, Stock
from edge.session.commands import RecordAudit, ReportStock
from edge.session.facts import Fact, StockCounted
from edge.session.stocktake import STOCKTAKE_WORDS, stocktake_code
from tests.unit.visit_story import BAR, COLA, Story, claims

FACT: TypeAdapter[Fact] = TypeAdapter(Fact)


def count(story: Story, units: int, gtin: str = COLA.gtin, plate: str = "p1") -> StockCounted:
    fact = StockCounted(at_ns=story.at_ns, plate=plate, gtin=gtin, units=units, by="anna")
    story.tell(fact)
    return fact


def units(story: Story, plate: str, gtin: str) -> int:
    return next((one.units for one in story.state.stock.shelved if (one.plate, one.gtin) == (plate, gtin)), 0)


def test_a_count_is_believed_told_to_the_cloud_and_audited() -> None:
    story = Story()
    assert units(story, "p1", COLA.gtin) == 10
    fact = count(story, 7)
    assert units(story, "p1", COLA.gtin) == 7
    (report,) = [command for command in story.last if isinstance(command, ReportStock)]
    assert (report.cause, report.visit) == ("reconciliation", None)
    assert [(change.delta, change.units_after) for change in report.changes] == [(-3, 7)]
    (audit,) = [command for command in story.last if isinstance(command, RecordAudit)]
    assert (audit.action, audit.by, audit.detail) == ("stock_counted", "anna", f"counted: 7 x {COLA.gtin} on p1")
    assert FACT.validate_json(FACT.dump_json(fact)) == fact


def test_a_count_that_agrees_tells_nothing_new() -> None:
    story = Story()
    count(story, 10)
    assert not [command for command in story.last if isinstance(command, ReportStock)]


def test_goods_where_they_do_not_belong_can_be_counted_too() -> None:
    story = Story()
    count(story, 2, BAR.gtin)
    assert (units(story, "p1", BAR.gtin), units(story, "p2", BAR.gtin)) == (2, 8)


def test_the_next_shopper_buys_out_of_what_was_counted() -> None:
    story = Story()
    count(story, 1)
    story.enter(claims("a"), visit="a").unlock().open().wait(1).change(-350.0).leave().timer()
    assert story.receipt().lines[0].quantity == 1
    assert units(story, "p1", COLA.gtin) == 0


def test_a_recount_of_a_restock_takes_the_correction_over() -> None:
    story = Story().enter(claims("r", role="restocker"), visit="r").unlock().open().wait(1).change(-700.0).leave().timer()
    report = story.state.last_recount
    assert report is not None
    count(story, 9)
    corrected = story.state.last_recount
    assert corrected is not None
    assert {row.gtin: row.counted for row in corrected.rows}[COLA.gtin] == 9


@pytest.mark.parametrize(
    ("plate", "gtin", "code"), [("p9", COLA.gtin, "unknown_plate"), ("p1", "4000000000006", "unknown_product"), ("", "", "unknown_plate")]
)
def test_what_the_store_does_not_have_is_refused(plate: str, gtin: str, code: str) -> None:
    story = Story()
    before = story.state.stock
    count(story, 3, gtin, plate)
    assert story.state.stock == before
    assert stocktake_code(story.state, plate, gtin) == code
    assert code in STOCKTAKE_WORDS


def test_nobody_counts_while_somebody_is_inside() -> None:
    story = Story().enter(claims("a"), visit="a").unlock().open()
    before = story.state.stock
    count(story, 3)
    assert story.state.stock == before
    assert stocktake_code(story.state, "p1", COLA.gtin) == "visit_open"
    assert stocktake_code(Story(ready=False).state, "p1", COLA.gtin) in {"not_configured", "counted"}


@given(had=st.integers(0, 1000), now=st.integers(0, 1000), other=st.integers(0, 50))
def test_a_count_sets_one_pair_and_leaves_the_rest(had: int, now: int, other: int) -> None:
    stock = Stock((Shelved("p1", COLA.gtin, had), Shelved("p2", BAR.gtin, other)))
    update = set_units(stock, "p1", COLA.gtin, now)
    assert update.stock == Stock((Shelved("p1", COLA.gtin, now), Shelved("p2", BAR.gtin, other)))
    assert sum(change.delta for change in update.changes) == now - had
