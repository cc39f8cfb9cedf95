"""Cameras in the visit: what they say counts whenever it comes, nobody waits long for it, and without them a visit goes by weight alone."""

from __future__ import annotations

import timeit
from dataclasses import replace
from typing import Any

import pytest

from edge.basket.sight import matched
from edge.basket.watched import MAX_SIGHTINGS
from edge.session import looks
from edge.session.commands import IssueReceipt
from edge.session.facts import Camera
from edge.session.settings import VisitSettings
from edge.session.state import visit_of
from edge.store.model import Facing, Product
from tests.unit.visit_story import BAR, COLA, Story, claims, shop
from vision.facts import CameraFound, CameraLost, EyeLost, EyeOpened
from vision.wire import VisitOver, WatchVisit

LIME = Product("5449000000996", "Lime", 189, 1900, 351.0, 2.0)
CAMERAS = (Camera("c1", ("p1",)), Camera("c2", ("p2",)))


def two_of_a_weight(**more: Any) -> Story:
    """Cola and lime weigh the same and stand on one plate, watched by a camera."""
    store = shop()
    prices = replace(store.prices, products=(*store.prices.products, LIME))
    store = replace(store, prices=prices, planogram=(*store.planogram, Facing("p1", LIME.gtin, 10)))
    story = Story(store=store, cameras=CAMERAS, **more)
    story.weights = {"p1": 8000.0, "p2": 8000.0}
    return story


def billed(story: Story) -> list[tuple[str, int]]:
    return [(line.gtin, line.quantity) for line in story.receipt().lines]


def test_by_weight_alone_two_products_of_one_weight_go_to_a_person() -> None:
    story = two_of_a_weight().wait(1).shopping().change(-350.5).leave()
    assert story.receipt().review_reasons == ("line_uncertain", "basket_uncertain")


@pytest.mark.parametrize("late_s", [-0.3, 0.4, 1.5])
def test_what_a_camera_saw_decides_before_and_after_the_plate_is_quiet(late_s: float) -> None:
    story = two_of_a_weight().eye().wait(1).shopping()
    if late_s < 0:
        story.sees((LIME.gtin, 0.0), (COLA.gtin, -6.0)).change(-350.5)
    else:
        story.change(-350.5).wait(late_s).sees((LIME.gtin, 0.0), (COLA.gtin, -6.0), ago_s=late_s)
    story.leave()
    receipt = story.receipt()
    assert billed(story) == [(LIME.gtin, 1)]
    assert receipt.status == "final"
    assert receipt.notes == ()
    (picture,) = receipt.lines[0].pictures
    assert (picture.camera, picture.evidence, picture.plates) == ("c1", "v1/c1-1", ("p1",))
    assert picture.guesses[0].gtin == LIME.gtin
    assert picture.guesses[0].probability > 0.99
    assert receipt.pictures == ()


def test_a_barcode_in_sight_outweighs_a_likeness() -> None:
    story = two_of_a_weight().eye().wait(1).shopping().change(-350.5)
    story.sees((LIME.gtin, -0.6), (COLA.gtin, 0.0), barcode=LIME.gtin.zfill(13)).leave()
    assert billed(story) == [(LIME.gtin, 1)]
    assert story.receipt().lines[0].pictures[0].barcode == LIME.gtin


def test_the_receipt_waits_for_a_late_word_and_no_longer_than_it_may() -> None:
    story = two_of_a_weight(visit=VisitSettings(eye_wait_s=1.5)).eye().wait(1).shopping().change(-350.5).leave()
    assert story.phase == "settling"
    closed_ns = story.at_ns - 700_000_000
    assert story.wait(0.3).sees((LIME.gtin, 0.0), (COLA.gtin, -6.0), ago_s=2.0).phase == "showing_receipt"
    assert billed(story) == [(LIME.gtin, 1)]

    silent = two_of_a_weight(visit=VisitSettings(eye_wait_s=1.5)).eye().wait(1).shopping().change(-350.5).leave().timer()
    assert silent.receipt().issued_ns == closed_ns + 1_500_000_000
    assert silent.receipt().review_reasons == ("line_uncertain", "basket_uncertain")
    assert silent.receipt().notes == ()  # the camera saw and had nothing to say: that is no loss of sight
    assert silent.timer().phase == "idle"


def test_nobody_waits_for_a_word_about_what_is_long_past() -> None:
    story = two_of_a_weight().eye().wait(1).shopping().change(-350.5).wait(6).leave()
    assert story.phase == "showing_receipt"
    assert story.receipt().lines[0].pictures == ()


def test_nobody_waits_for_an_eye_that_is_not_there() -> None:
    for story in (two_of_a_weight(), two_of_a_weight().tell(EyeLost(at_ns=1, reason="r")), two_of_a_weight().eye("c1")):
        assert story.wait(1).shopping().change(-350.5).leave().phase == "showing_receipt"
        assert story.receipt().notes == ("weight_alone",)
        assert story.receipt().review_reasons == ("line_uncertain", "basket_uncertain")


def test_weight_alone_is_said_and_is_no_reason_for_a_review() -> None:
    story = Story(cameras=CAMERAS).eye().wait(1).shopping().sees((COLA.gtin, 0.0)).change(-350.5).wait(1)
    story.tell(EyeLost(at_ns=story.at_ns, reason="gone")).change(-52.0, "p2").leave()
    assert story.receipt().notes == ("weight_alone",)
    assert story.receipt().status == "final"
    assert [len(line.pictures) for line in story.receipt().lines] == [1, 0]


def test_a_plate_that_no_camera_should_see_is_no_loss_of_sight() -> None:
    story = Story(cameras=(CAMERAS[0],)).wait(1).shopping().change(-52.0, "p2").leave()
    assert story.receipt().notes == ()


def test_the_eye_is_told_of_every_visit_and_of_what_may_be_forgotten() -> None:
    story = Story(cameras=CAMERAS).eye().wait(1).shopping()
    assert [wish.visit for wish in story.all(WatchVisit)] == ["v1"]
    story.tell(EyeLost(at_ns=story.at_ns, reason="gone")).wait(1).eye()
    assert [wish.visit for wish in story.all(WatchVisit)] == ["v1", "v1"]
    story.wait(1).leave().timer().wait(10)
    assert [(wish.visit, wish.keep) for wish in story.all(VisitOver)] == [("v1", False)]
    story.enter(claims("b"), visit="b").unlock().open().wait(1).change(-350.0).leave().timer().timer()
    story.enter(claims("c"), visit="c").unlock().secure().timer()
    story.enter(claims("tech", role="technician"), visit="t").unlock().open().wait(1).leave()
    assert [(wish.visit, wish.keep) for wish in story.all(VisitOver)] == [("v1", False), ("b", True), ("c", False), ("t", False)]
    blind = Story().wait(1).shopping().change(-350.0).leave()
    assert not blind.all(WatchVisit)
    assert not blind.all(VisitOver)


def test_what_was_seen_without_a_line_is_evidence_of_the_receipt() -> None:
    story = Story(cameras=CAMERAS).eye().wait(1).shopping().sees((BAR.gtin, 0.0), plate="p2", camera="c2").wait(2)
    story.sees((COLA.gtin, 0.0), reach=2).change(-350.5).wait(1).sees(reach=3, evidence="x" * 5000).leave()
    (line,) = story.receipt().lines
    assert [picture.reach for picture in line.pictures] == [2]
    assert [(picture.reach, picture.evidence) for picture in story.receipt().pictures] == [(1, "v1/c1-1"), (3, "")]
    assert story.receipt().pictures[1].guesses == ()


def test_alarms_follow_the_cameras_and_the_eye() -> None:
    story = Story(cameras=CAMERAS).eye("c2")
    assert story.present() == {"camera_lost"}
    detail = story.state.alarms[0].detail
    assert detail == "its picture is black: covered, or without light (1 % bright)"
    story.tell(EyeLost(at_ns=story.at_ns, reason="gone"))
    assert story.present() == {"eye_lost"}  # what its cameras are like nobody knows any more
    story.eye()
    assert story.present() == set()
    story.tell(CameraLost(at_ns=story.at_ns, camera="c1", plates=("p1",), reason="moved"))
    story.tell(CameraFound(at_ns=story.at_ns, camera="c1", plates=("p1",)))
    assert story.present() == set()
    story.tell(CameraLost(at_ns=story.at_ns, camera="c2", plates=("p2",), reason="frozen"))
    story.cameras = CAMERAS[:1]
    story.start(same_boot=True)
    assert story.present() == set()
    assert [camera.camera for camera in story.state.eye.cameras] == ["c1"]
    story.cameras = ()
    story.tell(EyeLost(at_ns=story.at_ns, reason="gone")).start(same_boot=True)
    assert story.present() == set()


def test_an_eye_that_nobody_configured_says_nothing() -> None:
    story = Story().wait(1).shopping()
    before = visit_of(story.state.phase)
    story.tell(EyeOpened(at_ns=story.at_ns, cameras=("c1",), model="m", gallery="g", products=1)).sees((BAR.gtin, 0.0))
    story.tell(EyeLost(at_ns=story.at_ns, reason="gone")).tell(CameraFound(at_ns=story.at_ns, camera="c1", plates=("p1",)))
    assert visit_of(story.state.phase) == before
    assert story.state.ignored.count == 4
    assert story.present() == set()


def test_the_same_reach_told_twice_counts_once_and_an_old_one_not_at_all() -> None:
    story = two_of_a_weight().eye().wait(1).shopping().change(-350.5)
    story.sees((LIME.gtin, 0.0), (COLA.gtin, -1.0))
    told = story.state.phase
    story.sees((LIME.gtin, 0.0), (COLA.gtin, -1.0))
    assert story.state.phase == told
    story.sees((LIME.gtin, 0.0), reach=7, ago_s=60.0)
    assert story.state.phase == told
    assert story.state.eye.cameras[0].last is not None
    assert story.state.eye.cameras[0].last.reach == 7


def test_a_long_visit_finds_the_pictures_of_its_lines_without_going_through_all_of_them_for_each() -> None:
    story = two_of_a_weight().eye().wait(1).shopping()
    for number in range(MAX_SIGHTINGS):
        story.change(-350.5 if number % 2 else 350.5).sees((LIME.gtin, 0.0), reach=number + 1).wait(0.3)
    visit = visit_of(story.state.phase)
    assert visit is not None
    assert len(visit.looks) == MAX_SIGHTINGS
    sightings = [look.sighting for look in visit.looks]
    once = min(timeit.repeat(lambda: matched(sightings, visit.movements), number=1, repeat=5))
    found = min(timeit.repeat(lambda: looks.pictures(visit, LIME.gtin), number=1, repeat=5))
    assert found < 10 * once


def last_told_ns(story: Story) -> int:
    last = story.state.eye.cameras[0].last
    assert last is not None
    return last.at_ns


def test_a_power_cut_keeps_what_was_seen() -> None:
    story = two_of_a_weight().eye().wait(1).shopping().sees((LIME.gtin, 0.0), (COLA.gtin, -6.0)).change(-350.5).wait(2)
    age_ns = story.state.now_ns - last_told_ns(story)
    story.at_s = 0.4
    story.start(same_boot=False)
    assert story.state.now_ns - last_told_ns(story) == age_ns  # the page says how long ago it was
    story.wait(0.5).sense(open=False, secured=True).wait(1).measure().wait(0.5).quiet()
    assert billed(story) == [(LIME.gtin, 1)]
    assert story.receipt().lines[0].pictures[0].evidence == "v1/c1-1"


def light_or_nothing(**more: Any) -> Story:
    """Five grams less: a leaf of eight, or a plate that wanders."""
    store = shop()
    light = replace(LIME, unit_weight_g=8.0, weight_sd_g=0.5)
    prices = replace(store.prices, products=(*store.prices.products, light))
    store = replace(store, prices=prices, planogram=(*store.planogram, Facing("p1", light.gtin, 10)))
    return Story(store=store, cameras=CAMERAS, **more)


def nothing_taken(story: Story) -> float:
    """How likely it was in the end that nothing was taken: of the receipt, or sure enough for none to be made."""
    if not story.all(IssueReceipt):
        return 1.0
    receipt = story.receipt()
    return 1.0 - receipt.lines[0].probability if receipt.lines else receipt.probability or 0.0


def test_a_camera_that_saw_no_hand_speaks_against_goods_and_only_where_it_saw_all_the_time() -> None:
    def told(*, lost: bool = False, later_s: float = 6.0) -> float:
        story = light_or_nothing().eye().wait(1).shopping()
        if lost:
            story.tell(CameraLost(at_ns=story.at_ns, camera="c1", plates=("p1",), reason="black")).wait(0.1)
            story.tell(CameraFound(at_ns=story.at_ns, camera="c1", plates=("p1",)))
        story.wait(1).change(-4.5).wait(later_s).leave()
        return nothing_taken(story if story.phase == "showing_receipt" else story.timer())

    assert told() > told(lost=True) + 0.05
    assert told(later_s=1.0) == told(lost=True)  # its word may still come


def test_a_lost_eye_leaves_exactly_what_the_weights_say() -> None:
    """All through the visit: the same receipt, with the same probabilities, as in a store that never had a camera."""

    def lived(story: Story) -> Story:
        story.wait(1).shopping().change(-350.5).wait(2).change(-52.0, "p2").wait(2).change(350.2).wait(1)
        return story.change(-702.0).wait(6).leave()

    alone = lived(Story())
    for story in (
        Story(cameras=CAMERAS),
        Story(cameras=CAMERAS).tell(EyeLost(at_ns=1, reason="r")),
        Story(cameras=CAMERAS).eye("c1", "c2"),
    ):
        receipt = lived(story).receipt()
        assert replace(receipt, notes=()) == alone.receipt()
        assert receipt.notes == ("weight_alone",)


def test_hands_without_a_weight_bill_nothing_and_keep_nobody_inside() -> None:
    story = two_of_a_weight().eye().wait(1).shopping()
    for reach in range(1, 6):
        story.sees((LIME.gtin, 0.0), (COLA.gtin, -6.0), reach=reach, units=2).wait(0.5)
    story.leave()
    assert story.phase == "showing_receipt"
    assert not story.all(IssueReceipt)
