"""What the store learns of its goods' weights along the visits: from receipts and counted pieces, journalled, told when it disagrees."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from pydantic import TypeAdapter

from edge.session.commands import RecordAudit
from edge.session.facts import Fact, PiecesCounted
from edge.session.state import StoreState
from edge.session.weights import COUNT_WORDS
from tests.unit.visit_story import BAR, COLA, Story, claims, shop

STATE: TypeAdapter[StoreState] = TypeAdapter(StoreState)
FACT: TypeAdapter[Fact] = TypeAdapter(Fact)


def count(story: Story, units: int, gtin: str = COLA.gtin, plate: str = "p1") -> str:
    story.tell(PiecesCounted(at_ns=story.at_ns, plate=plate, gtin=gtin, units=units, by="anna"))
    told = story.state.last_count
    assert told is not None
    assert told.code in COUNT_WORDS
    (audit,) = [command for command in story.last if isinstance(command, RecordAudit)]
    assert (audit.action, audit.by) == ("pieces_counted", "anna")
    return told.code


def technician(story: Story) -> Story:
    return story.enter(claims("tech", role="technician"), visit="tech").unlock().open().wait(1)


def mean_g(story: Story, gtin: str = COLA.gtin) -> float | None:
    return next((weight.mean_g for weight in story.state.unit_weights if weight.gtin == gtin), None)


def sell(story: Story, number: int, grams: float) -> Story:
    story.enter(claims(f"pass-{number}"), visit=f"visit-{number}").wait(0.2).unlock().wait(2).open().wait(1).change(-grams)
    return story.leave().timer()


def test_a_charged_visit_teaches_and_the_next_one_uses_it() -> None:
    story = sell(Story(), 1, 353.0)
    first = mean_g(story)
    assert first is not None
    assert 350.0 < first < 353.0
    story.enter(claims("b"), visit="b")
    visit = story.state.phase
    assert visit.kind == "unlocking"
    (cola, bar) = visit.visit.store.prices.products
    assert cola.unit_weight_g == first
    assert bar == BAR
    assert story.state.store == story.store, "the catalogue itself stays as it is described"


def test_a_provisional_receipt_teaches_nothing() -> None:
    story = Story().shopping().change(-353.0, quality="reconstructed").leave()
    assert story.receipt().status == "provisional"
    assert story.state.unit_weights == ()


def test_goods_that_grow_heavier_than_the_catalogue_are_told_and_mended() -> None:
    story = Story()
    for number in range(30):
        sell(story, number, (356.0 + number) if number < 8 else 364.0)
    assert "unit_weight_disagrees" in story.present()
    (alarm,) = story.state.alarms
    assert alarm.subject == COLA.gtin
    assert "the catalogue says 350 g" in alarm.detail
    story.store = replace(shop(), prices=replace(shop().prices, products=(replace(COLA, unit_weight_g=364.2), BAR)))
    story.start(same_boot=True)
    assert story.present() == set()
    assert story.state.unit_weights == ()


def test_a_catalogue_that_is_so_wrong_that_nothing_is_explained_is_told_but_not_believed() -> None:
    story = Story()
    for number in range(8):
        sell(story, number, 394.0)
    assert story.receipts()[-1].review_reasons == ("unexplained_change",)
    assert story.state.unit_weights == (), "a receipt in review teaches nothing"
    assert "unit_weight_disagrees" in story.present()
    technician(story).change(10 * 394.0)
    assert count(story, 10) == "counted"
    sell(story.leave().timer(), 20, 394.0)
    assert story.receipts()[-1].status == "final"


def test_one_product_that_is_sold_right_is_not_suspected_for_a_bag_on_its_plate() -> None:
    story = Story()
    for number in range(12):
        sell(story, number, 420.0 if number % 3 == 0 else 350.0)
    assert story.present() == set()


def test_counted_pieces_teach_at_once() -> None:
    story = technician(Story())
    for _ in range(5):
        story.wait(2).change(2 * 371.0)  # two at a time, a few seconds apart
    assert count(story, 10) == "counted"
    told = story.state.last_count
    assert told is not None
    assert (told.each_g, told.learned_g) == (371.0, mean_g(story))
    assert mean_g(story) == pytest.approx(371.0, abs=0.5)
    assert story.present() == {"unit_weight_disagrees"}
    assert count(story, 10) == "nothing_placed", "the same pieces are not counted twice"
    story.leave().timer().enter(claims("b"), visit="b").unlock().open().wait(1).change(-371.0).leave()
    assert story.receipt().status == "final"


def test_the_recount_of_a_visit_uses_what_was_counted_in_it() -> None:
    story = technician(Story())
    for _ in range(10):
        story.wait(2).change(2 * 367.4)  # twenty that would be twenty-one by the catalogue
    assert count(story, 20) == "counted"
    story.leave()
    recount = story.state.last_recount
    assert recount is not None
    assert [(row.before, row.counted) for row in recount.rows if row.gtin == COLA.gtin] == [(10, 30)]


def test_pieces_taken_away_count_as_well() -> None:
    story = technician(Story()).change(-4 * 351.0)
    assert count(story, 4) == "counted"
    assert mean_g(story) == pytest.approx(350.9, abs=0.3)


def test_a_count_that_cannot_be_is_refused_in_words() -> None:
    story = Story()
    assert count(story, 10) == "nothing_placed"
    technician(story).change(3500.0)
    assert count(story, 10, plate="p9") == "unknown_plate"
    assert count(story, 10, gtin="96385074") == "unknown_product"
    assert count(story, 100) == "far_off"
    assert count(story, 3) == "far_off"
    story.moving()
    assert count(story, 10) == "moving"
    story.change(0.0).wait(200)
    assert count(story, 10) == "nothing_placed"
    story.change(3500.0).lose(plates=("p1",))
    assert count(story, 10) == "no_weight"
    assert story.state.unit_weights == ()


def test_nobody_counts_while_a_shopper_is_inside() -> None:
    story = Story().shopping().change(-700.0)
    assert count(story, 2) == "shopper_inside"


def test_pieces_the_controller_did_not_see_being_placed_are_not_counted() -> None:
    story = technician(Story()).change(3500.0)
    story.start(same_boot=True).sense(open=True, secured=False).measure()
    assert count(story, 10) == "nothing_placed"


def test_what_was_learned_survives_as_json_and_an_older_state_still_loads() -> None:
    story = sell(Story(), 1, 353.0)
    technician(story).change(3520.0)
    count(story, 10)
    text = STATE.dump_json(story.state)
    assert STATE.validate_json(text) == story.state
    old = json.loads(text)
    for field in ("unit_weights", "suspected_weights", "last_count"):
        del old[field]
    for plate in old["plates"]:
        del plate["placing"]
    del old["visit_rules"]["min_basket_probability"]
    for result in old["results"]:
        if result["receipt"] is not None:
            for field in ("probability", "issued_ns"):
                del result["receipt"][field]
            for line in result["receipt"]["lines"]:
                del line["quantities"], line["alternatives"]
    loaded = STATE.validate_json(json.dumps(old))
    assert loaded.unit_weights == ()
    assert loaded.stock == story.state.stock
