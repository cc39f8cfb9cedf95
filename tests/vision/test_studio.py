"""Enrolling at the shop's own camera, with a real model and drawn pictures: taken by hand and by itself, judged, learned, undone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.store import ModelStore
from tests.vision.studio_rig import CAMERA, NS, ONE, SODA, TEA, TWO, WATER, Rig, held_picture
from vision.facts import CodeRead, EnrolmentFailed, GalleryChanged, ProductEnrolled, ViewsJudged
from vision.gallery_folder import GalleryFolder
from vision.pipeline.attention import STILL_NS
from vision.service.lookout import LOOK_EVERY_NS
from vision.service.sittings import KEPT_NS, MOST_SITTINGS
from vision.service.studio import GIVE_WAY_S, MOST_WISHES
from vision.types import Frame
from vision.wire import EndEnrolment, Enrol, Forget, GoBack, MindView, ReadCode, TakeView, view_name


@pytest.fixture
def rigs(tmp_path: Path) -> Iterator[Callable[..., Rig]]:
    made: list[Rig] = []

    def make(**settings: object) -> Rig:
        made.append(Rig(tmp_path, **settings))
        return made[-1]

    yield make
    for rig in made:
        rig.close()


@pytest.fixture
def rig(rigs: Callable[..., Rig]) -> Rig:
    return rigs()


def test_a_product_that_is_turned_before_the_camera_is_photographed_by_itself_and_then_known(rig: Rig) -> None:
    rig.take(by_itself=True)
    rig.film(rig.now_ns + NS)
    rig.shelf.hold(TEA, rig.now_ns, sides=7)
    while not any(isinstance(fact, ViewsJudged) and fact.full for fact in list(rig.told.queue)):
        rig.take(by_itself=True)
        rig.film(rig.now_ns + NS)
    judged = rig.all()
    assert all(isinstance(fact, ViewsJudged) for fact in judged)
    last = judged[-1]
    assert isinstance(last, ViewsJudged)
    assert [(view.number, view.used, view.flaw) for view in last.views] == [(number, True, None) for number in (1, 2, 3, 4, 5)]
    assert rig.files() == {view_name(ONE, number) for number in (1, 2, 3, 4, 5)}
    rig.take(by_itself=True)
    again = rig.heard(ViewsJudged)
    assert (again.views, again.full) == (last.views, True), "who has not heard of the last one hears of it again"
    rig.wish(Enrol(token=ONE, gtin=TEA))
    enrolled = rig.heard(ProductEnrolled)
    assert (enrolled.token, enrolled.gtin, enrolled.photographs, enrolled.gallery) == (ONE, TEA, 5, "1")
    assert rig.files() == set(), "what is learned is in the gallery, the photographs go"
    assert rig.knowledge.recogniser is not None
    assert rig.knowledge.recogniser.gallery.products == (TEA,)
    assert rig.knowledge.known.gallery == "1"


def test_nobody_is_photographed_while_nothing_new_is_held_before_the_camera(rig: Rig) -> None:
    rig.take(by_itself=True)
    rig.film(rig.now_ns + 4 * NS)
    rig.hold()
    assert len(rig.heard(ViewsJudged).views) == 1
    rig.take(by_itself=True)
    rig.film(rig.now_ns + 4 * NS)
    assert rig.all() == [], "the empty shelf is nothing new"


def test_it_stops_looking_when_nobody_asks_any_more(rig: Rig) -> None:
    rig.take(by_itself=True)
    rig.film(rig.now_ns + 7 * NS)
    rig.hold(sides=2)
    assert rig.all() == []


def test_each_photograph_is_judged_at_once_and_each_flaw_is_named(rig: Rig) -> None:
    good = rig.shot()
    assert [(view.used, view.flaw, view.picture) for view in good.views] == [(True, None, view_name(ONE, 1))]
    assert not good.full
    for pixels, flaw in (
        (np.full((720, 1280, 3), 128, np.uint8), "flat"),
        (cv2.convertScaleAbs(held_picture(rig), alpha=0.1), "dark"),
        (cv2.GaussianBlur(held_picture(rig), (0, 0), 9.0), "blurred"),
        (cv2.resize(held_picture(rig), (176, 99)), "small"),
    ):
        rig.take()
        while rig.told.empty():
            rig.now_ns += LOOK_EVERY_NS
            rig.see(np.asarray(pixels, np.uint8))
        view = rig.heard(ViewsJudged).views[-1]
        assert (view.used, view.flaw) == (False, flaw)


def test_of_an_unlucky_moment_the_next_sharp_one_is_taken(rig: Rig) -> None:
    sharp = held_picture(rig)
    rig.take()
    for pixels in (cv2.GaussianBlur(sharp, (0, 0), 9.0), cv2.GaussianBlur(sharp, (0, 0), 9.0), sharp):
        rig.now_ns += LOOK_EVERY_NS
        rig.see(np.asarray(pixels, np.uint8))
    assert [view.used for view in rig.heard(ViewsJudged).views] == [True]
    assert rig.all() == []


def test_the_same_side_twice_adds_nothing_and_one_of_another_product_is_left_out_unless_it_is_to_stay(rig: Rig) -> None:
    sharp = held_picture(rig)
    for _ in range(2):
        rig.take(gtin=TEA)
        rig.now_ns += LOOK_EVERY_NS
        rig.see(sharp)
    assert [view.flaw for view in (rig.heard(ViewsJudged), rig.heard(ViewsJudged))[-1].views] == [None, "same_shot"]
    rig.wish(EndEnrolment(token=ONE))
    for _ in range(4):
        rig.shot()
    rig.shelf.hold(TEA, rig.now_ns, code=True)
    rig.film(rig.now_ns + NS)
    rig.take()
    rig.film(rig.now_ns + NS)
    odd = rig.heard(ViewsJudged)
    assert [(view.used, view.flaw) for view in odd.views] == [(True, None)] * 4 + [(False, "odd")]
    rig.wish(MindView(token=ONE, view=5, keep=True))
    assert [(view.used, view.flaw) for view in rig.heard(ViewsJudged).views][-1] == (True, "unlike")
    rig.wish(MindView(token=ONE, view=5))
    left = rig.heard(ViewsJudged)
    assert [view.number for view in left.views] == [1, 2, 3, 4]
    assert view_name(ONE, 5) not in rig.files()


def test_what_looks_like_it_is_named_with_how_often_it_is_mistaken(rig: Rig) -> None:
    for gtin, token in ((WATER, TWO), (TEA, ONE)):
        for _ in range(3):
            judged = rig.shot(gtin, token)
        if gtin == WATER:
            rig.wish(Enrol(token=TWO, gtin=WATER))
            rig.heard(ProductEnrolled)
    assert [gtin for gtin, _ in judged.rivals] == [WATER]
    assert 0.0 <= judged.rivals[0][1] < 0.1


def test_a_bar_code_counts_when_it_is_read_twice(rig: Rig) -> None:
    rig.wish(ReadCode(token=ONE, camera=CAMERA, until_ns=rig.now_ns + 6 * NS))
    rig.film(rig.now_ns + NS)
    assert rig.all() == []
    rig.shelf.hold(TEA, rig.now_ns, code=True)
    rig.film(rig.now_ns + NS)
    read = rig.heard(CodeRead)
    assert (read.token, read.code) == (ONE, TEA)
    rig.film(rig.now_ns + NS)
    assert rig.all() == []


def test_a_bar_code_of_something_else_on_a_photograph_is_a_doubt(rig: Rig) -> None:
    rig.shelf.hold(SODA, rig.now_ns, code=True)
    rig.film(rig.now_ns + NS)
    rig.take(gtin=TEA)
    rig.film(rig.now_ns + NS // 2)
    view = rig.heard(ViewsJudged).views[0]
    assert (view.used, view.flaw, view.codes) == (True, "other_code", (SODA,))
    rig.take(gtin=SODA)
    rig.film(rig.now_ns + NS // 2)
    assert rig.heard(ViewsJudged).views[0].flaw is None


def test_after_a_restart_of_the_eye_the_photographs_are_judged_as_before(rig: Rig) -> None:
    for _ in range(2):
        before = rig.shot()
    rig.part.close()
    rig.start()
    after = rig.shot()
    assert after.views[:2] == before.views
    assert [view.number for view in after.views] == [1, 2, 3]
    rig.wish(Enrol(token=ONE, gtin=TEA))
    assert rig.heard(ProductEnrolled).photographs == 3


def test_an_enrolment_that_is_given_up_or_forgotten_leaves_no_photograph(rig: Rig) -> None:
    rig.shot()
    rig.wish(EndEnrolment(token=ONE))
    assert rig.files() == set()
    rig.shot(token=TWO)
    rig.part.close()
    rig.start()
    rig.now_ns += KEPT_NS + NS
    rig.wish(EndEnrolment(token=ONE))
    assert rig.files() == set()
    rig.wish(Enrol(token=TWO, gtin=TEA))
    assert rig.heard(EnrolmentFailed).reason == "no_view"


def test_who_begins_more_than_can_be_held_loses_the_oldest(rig: Rig) -> None:
    tokens = [f"{number:032x}" for number in range(MOST_SITTINGS + 1)]
    for token in tokens:
        rig.shot(token=token)
    assert {name.split("/")[1] for name in rig.files()} == set(tokens[1:])


def test_a_product_is_forgotten_and_the_gallery_before_comes_back(rig: Rig) -> None:
    rig.wish(Forget(token=ONE, gtin=TEA), GoBack(token=ONE))
    assert [rig.heard(EnrolmentFailed).reason, rig.heard(EnrolmentFailed).reason] == ["not_enrolled", "nothing_before"]
    rig.shot()
    rig.wish(Enrol(token=ONE, gtin=TEA), Forget(token=TWO, gtin=TEA))
    rig.heard(ProductEnrolled)
    forgotten = rig.heard(GalleryChanged)
    assert (forgotten.gtin, forgotten.gallery, rig.knowledge.known.products, rig.knowledge.known.before) == (TEA, "2", 0, "1")
    rig.wish(GoBack(token=TWO))
    back = rig.heard(GalleryChanged)
    assert (back.gtin, back.gallery, rig.knowledge.known.products) == ("", "1", 1)


def test_another_hand_that_changes_the_gallery_meanwhile_loses_nothing(rig: Rig) -> None:
    rig.shot(WATER, TWO)
    rig.wish(Enrol(token=TWO, gtin=WATER))
    rig.heard(ProductEnrolled)
    rig.shot()
    stored = GalleryFolder(rig.settings.gallery).current()
    assert stored is not None
    gallery = stored.gallery.enrolled(SODA, rig.knowledge.embedder.embed([np.full((64, 64, 3), 90, np.uint8)]))
    rig.knowledge.take(gallery)
    rig.wish(Enrol(token=ONE, gtin=TEA))
    assert rig.heard(ProductEnrolled).gallery == "3"
    assert rig.knowledge.recogniser is not None
    assert rig.knowledge.recogniser.gallery.products == (WATER, SODA, TEA)


def test_recognition_goes_first(rig: Rig) -> None:
    sharp = held_picture(rig)
    rig.take()
    rig.busy.set()
    rig.now_ns += LOOK_EVERY_NS
    rig.part.look(Frame(CAMERA, rig.now_ns, 1, sharp))
    rig.until_waiting(0)
    rig.now_ns += 60 * NS
    time.sleep(5 * GIVE_WAY_S)
    assert rig.told.empty()
    assert not rig.part.at_rest
    assert rig.part.stuck_for_s() < 1.0, "whoever gives way is not stuck"
    rig.busy.clear()
    rig.rest()
    assert len(rig.heard(ViewsJudged).views) == 1


def test_a_camera_that_shows_nothing_and_one_that_is_not_there_are_told(rig: Rig) -> None:
    rig.wish(TakeView(token=ONE, gtin=TEA, camera="elsewhere", until_ns=rig.now_ns + NS))
    assert rig.heard(EnrolmentFailed).reason == "no_camera"
    rig.take()
    rig.now_ns += 7 * NS
    assert rig.heard(EnrolmentFailed).reason == "no_picture"


def test_a_store_that_takes_signed_galleries_only_says_so_before_anybody_takes_a_photograph(rigs: Callable[..., Rig]) -> None:
    rig = rigs(gallery_keys={"chain": "A" * 43 + "="})
    rig.take()
    assert rig.heard(EnrolmentFailed).reason == "signed_only"


def test_a_gallery_of_another_model_is_not_added_to(rig: Rig) -> None:
    embedder = rig.knowledge.embedder
    model = ModelStore().read("product-embedder")
    assert model.manifest.embedding is not None
    rig.shot()
    rig.wish(Enrol(token=ONE, gtin=TEA))
    rig.heard(ProductEnrolled)
    stored = GalleryFolder(rig.settings.gallery).current()
    assert stored is not None
    GalleryFolder(rig.settings.gallery).save(stored.gallery, made_at="2026-01-01T00:00:00Z", model=embedder.key, model_sha256="0" * 64)
    rig.take()
    failed = rig.heard(EnrolmentFailed)
    assert failed.reason == "other_model"
    assert "enrol the products again" in failed.detail


def test_a_full_disk_takes_no_photograph_and_says_so(rigs: Callable[..., Rig]) -> None:
    rig = rigs(evidence_least_free_mb=1_000_000)
    end_ns = rig.shelf.hold(TEA, rig.now_ns)
    rig.take()
    rig.film(end_ns)
    assert rig.heard(EnrolmentFailed).reason == "disk_full"
    assert rig.files() == set()


def test_heads_are_masked_before_anything_is_kept_or_learned(rig: Rig) -> None:
    grey = np.full((720, 1280, 3), 99, np.uint8)
    rig.masked = lambda frame: Frame(frame.camera, frame.at_ns, frame.number, grey)
    sharp = held_picture(rig)
    rig.take()
    rig.now_ns += LOOK_EVERY_NS
    rig.see(sharp)
    assert rig.heard(ViewsJudged).views[0].flaw == "flat"
    kept = cv2.imread(str(rig.settings.evidence / view_name(ONE, 1)))
    assert kept is not None
    assert abs(float(np.asarray(kept).mean()) - 99.0) < 1.0
    rig.masked = lambda _: None
    rig.take()
    rig.now_ns += LOOK_EVERY_NS
    rig.see(sharp)
    assert rig.heard(EnrolmentFailed).reason == "failed"


def test_what_was_to_be_seen_before_somebody_held_it_up_is_not_learned(rig: Rig) -> None:
    rig.part.shown(CAMERA)
    rig.take(by_itself=True)
    rig.film(rig.now_ns + NS)
    end_ns = rig.shelf.hold(TEA, rig.now_ns, sides=2)
    rig.take(by_itself=True)
    rig.film(end_ns + NS)
    judged = [fact.views for fact in rig.all() if isinstance(fact, ViewsJudged)][-1]
    assert [(view.used, view.flaw) for view in judged] == [(True, None)] * len(judged), "and the same side is not taken twice"
    kept = np.asarray(cv2.imread(str(rig.settings.evidence / view_name(ONE, 1))))
    height, width = kept.shape[:2]
    assert kept[:, : width // 8].std(axis=(0, 1)).max() < 3.0, "the shelf behind it is one colour"
    assert kept[height // 3 : 2 * height // 3, width // 3 : 2 * width // 3].std(axis=(0, 1)).max() > 20.0


def test_more_photographs_than_are_of_use_push_out_those_that_will_not_do(rig: Rig) -> None:
    dark = np.asarray(cv2.convertScaleAbs(held_picture(rig), alpha=0.1), np.uint8)
    for _ in range(13):
        rig.take()
        while rig.told.empty():
            rig.now_ns += LOOK_EVERY_NS
            rig.see(dark)
        judged = rig.heard(ViewsJudged)
    assert [view.number for view in judged.views] == list(range(2, 14))


def test_a_flood_of_wishes_is_cut_and_hostile_names_lead_nowhere(rig: Rig) -> None:
    sharp = held_picture(rig)
    rig.take()
    rig.busy.set()
    rig.now_ns += LOOK_EVERY_NS
    rig.part.look(Frame(CAMERA, rig.now_ns, 1, sharp))
    rig.until_waiting(0)  # it has begun with that frame, and gives way
    for number in range(3 * MOST_WISHES):
        rig.part.wish(MindView(token=f"{number:032x}", view=1))
    rig.until_waiting(MOST_WISHES)
    rig.busy.clear()
    rig.rest()
    assert len(rig.all()) == MOST_WISHES + 1
    rig.part.wish(EndEnrolment(token="../../etc"))
    rig.rest()
    assert all(isinstance(fact, EnrolmentFailed) for fact in rig.all())


def test_stillness_is_asked_for(rig: Rig) -> None:
    rig.take(by_itself=True)
    rig.film(rig.now_ns + NS)
    rig.shelf.hold(TEA, rig.now_ns, sides=4, each_ns=STILL_NS + 250_000_000)
    rig.film(rig.now_ns + 3 * NS)
    assert rig.all() == [], "a hand that never holds still is not photographed"
