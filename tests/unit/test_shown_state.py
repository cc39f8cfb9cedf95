"""What pages are shown of a state: the stock, hints to the shopper, and what speaks for a receipt's lines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from devices.station.live import StationLive
from edge.basket.reading import Alternative, QuantityShare
from edge.runtime.clock import ClockReading
from edge.runtime.journal import StoredReceipt
from edge.runtime.receipt_rows import receipt_row
from edge.runtime.snapshots import store_snapshot
from edge.session.facts import PiecesCounted
from edge.session.receipt import Evidence
from edge.snapshot import ControllerView, StoreSnapshot
from edge.store.model import Facing
from tests.unit.visit_story import BAR, COLA, NS, Story, claims, shop

WALL_S = 1_800_000_000
NAMES = {COLA.gtin: COLA.name, BAR.gtin: BAR.name}


def shown(story: Story) -> StoreSnapshot:
    return store_snapshot(
        story.state,
        name="Shop",
        reading=ClockReading(story.at_ns, WALL_S * NS, "boot", "ntp"),
        station=StationLive({}, {}, {}, {}),
        bus_urls={},
        bridge=None,
        receipts=tuple(StoredReceipt(WALL_S * NS, NS, False, receipt) for receipt in story.receipts()),
        controller=ControllerView(version="1", started_s=0.0, boot_id="boot", clock_sync="ntp", journal_bytes=0, facts=0),
    )


def test_a_shopper_is_told_what_stands_in_the_wrong_place() -> None:
    story = Story().shopping().change(-350.0).wait(2)
    visit = shown(story).visit
    assert visit is not None
    assert visit.hints == ()
    visit = shown(story.change(350.2, "p2")).visit
    assert visit is not None
    (hint,) = visit.hints
    assert (hint.code, hint.plate, hint.words) == ("misplaced", "p2", "Cola seems to stand on p2. It belongs on p1.")
    assert (hint.product, hint.homes) == ("Cola", ("p1",))
    story.wait(2).change(-350.2, "p2").wait(2).change(350.0)
    visit = shown(story).visit
    assert visit is not None
    assert visit.hints == ()


def test_the_stock_names_shortages_stray_goods_and_learned_weights() -> None:
    story = Story(store=replace(shop(), planogram=(Facing("p1", COLA.gtin, 10, 9), Facing("p2", BAR.gtin, 8, 2))))
    assert not any(row.short for row in shown(story).stock.products)
    story.shopping().change(-700.0).wait(2).change(350.0, "p2").leave().timer()
    stock = shown(story).stock
    cola, bar = stock.products
    assert (cola.units, cola.full_units, cola.short, cola.misplaced) == (9, 10, True, 1)
    assert [(place.plate, place.units, place.full_units, place.min_units) for place in cola.places] == [("p1", 8, 10, 9), ("p2", 1, 0, 0)]
    assert (cola.learned_g, cola.weighed_units) == (350.0, 1)
    assert (bar.short, bar.misplaced, bar.learned_g, bar.catalogue_g) == (False, 0, None, 52.0)
    assert (stock.recount, stock.proposal) == (None, ())


def test_a_staff_visit_is_shown_facing_by_facing_with_what_it_proposes() -> None:
    story = Story().enter(claims("r", role="restocker"), visit="r").unlock().open().wait(2).change(-350.0)
    for _ in range(3):
        story.wait(2).change(350.0, "p2")
    story.leave().timer().wait(60)
    stock = shown(story).stock
    assert stock.recount is not None
    assert (stock.recount.visit, stock.recount.counted, stock.recount.full_units) == ("r", 17, 18)
    assert [(row.plate, row.name, row.before, row.counted) for row in stock.recount.rows] == [("p1", "Cola", 10, 9)]
    assert [(row.plate, row.name, row.count, row.was) for row in stock.proposal] == [("p2", "Cola", 3, 0)]


def test_an_alarm_about_a_product_says_what_is_known() -> None:
    story = Story().enter(claims("t", role="technician"), visit="t").unlock().open().wait(2).change(3700.0)
    story.tell(PiecesCounted(at_ns=story.at_ns, plate="p1", gtin=COLA.gtin, units=10, by="t"))
    (alarm,) = shown(story).alarms
    assert alarm.subject == COLA.gtin
    assert alarm.detail.startswith("the plates say 370.0 g")


def test_a_receipt_says_what_speaks_for_it_and_when() -> None:
    story = Story().shopping().change(-700.0).wait(30).leave()
    (row,) = shown(story).receipts
    assert row.probability is not None
    assert row.probability > 0.9
    (line,) = row.lines
    (evidence,) = line.evidence
    assert (evidence.plate, evidence.grams) == ("p1", -700.0)
    assert evidence.at_unix_s == pytest.approx(WALL_S - 31.7, abs=0.05)


def test_what_cannot_be_placed_in_time_is_shown_without_it() -> None:
    receipt = Story().shopping().change(-700.0).leave().receipt()
    stored = StoredReceipt(WALL_S * NS, NS, True, receipt)
    old = replace(receipt, issued_ns=None, probability=None)
    assert [e.at_unix_s for line in receipt_row(replace(stored, receipt=old), NAMES).lines for e in line.evidence] == [None]
    assert receipt_row(replace(stored, receipt=old), NAMES).probability is None
    later = replace(receipt, unexplained=(Evidence("p1", receipt.lines[0].evidence[0].at_ns + 10**15, -5.04, 1.0),))
    (loose,) = receipt_row(replace(stored, receipt=later), NAMES).unexplained
    assert (loose.grams, loose.at_unix_s) == (-5.0, None)


def test_what_else_a_line_may_be_has_its_name_where_the_catalogue_knows_it() -> None:
    receipt = Story().shopping().change(-700.0).leave().receipt()
    others = (Alternative(BAR.gtin, 3, 0.0412), Alternative("96385074", 1, 0.01))
    line = replace(receipt.lines[0], alternatives=others, quantities=(QuantityShare(2, 0.9),))
    row = receipt_row(StoredReceipt(WALL_S * NS, NS, True, replace(receipt, lines=(line,))), NAMES).lines[0]
    assert [(one.name, one.quantity, one.probability) for one in row.alternatives] == [("Bar", 3, 0.041), ("96385074", 1, 0.01)]
    assert row.quantities == (QuantityShare(2, 0.9),)
