"""Who may teach the eye when, what of its answers counts, and what is left in the record: the rules of enrolment, fact by fact."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import pytest
from pydantic import TypeAdapter

from edge.session.commands import Command, RecordAudit
from edge.session.enrolment import ENROLMENT_WORDS, KEPT_NS, MOST_KEPT, of_token
from edge.session.enrolment_state import Enrolment
from edge.session.facts import Camera, EnrolmentAsked, Fact
from edge.session.state import StoreState
from edge.session.weights import COUNTED_WITHIN_NS, Weighing, weigh
from tests.unit.visit_story import NS, Story, claims
from vision.facts import CodeRead, EnrolmentFailed, EyeLost, EyeOpened, GalleryChanged, ProductEnrolled, View, ViewsJudged
from vision.wire import EndEnrolment, Enrol, Forget, GoBack, view_name

STATE: TypeAdapter[StoreState] = TypeAdapter(StoreState)
FACT: TypeAdapter[Fact] = TypeAdapter(Fact)
ONE, TWO = "1" * 32, "2" * 32
TEA = "9521234500070"
GOOD = View(1, used=True, picture=view_name(ONE, 1))


def shop_with_eye() -> Story:
    return Story(cameras=(Camera("c1", ("p1", "p2")),)).eye()


def ask(
    story: Story, action: Literal["begin", "enrol", "end", "forget", "go_back"], token: str = ONE, gtin: str = TEA, by: str = "maria"
) -> str:
    story.tell(EnrolmentAsked(at_ns=story.at_ns, token=token, action=action, gtin=gtin, by=by))
    told = story.state.enrolment_answer
    assert told is not None
    assert told.token == token
    assert told.code in ENROLMENT_WORDS
    return told.code


def judged(story: Story, *views: View, token: str = ONE, **more: Any) -> Story:
    return story.tell(ViewsJudged(at_ns=story.at_ns, token=token, views=views or (GOOD,), **more))


def known(story: Story, token: str = ONE) -> Enrolment:
    found = of_token(story.state.enrolments, token)
    assert found is not None
    return found


def wishes(story: Story) -> list[Command]:
    return [one for one in story.last if isinstance(one, Enrol | EndEnrolment | Forget | GoBack)]


def audited(story: Story) -> list[tuple[str, str, str]]:
    return [(one.action, one.by, one.detail) for one in story.commands if isinstance(one, RecordAudit)]


def test_a_product_is_enrolled_by_who_asked_and_the_record_says_so() -> None:
    story = shop_with_eye()
    assert ask(story, "begin", by="anna") == "begun"
    assert ask(story, "enrol") == "no_view"
    judged(story, GOOD, View(2, used=False, flaw="blurred"), rivals=(("4006381333931", 0.2),))
    assert (known(story).views[1].flaw, known(story).rivals[0][1]) == ("blurred", 0.2)
    assert ask(story, "enrol") == "asked"
    assert wishes(story) == [Enrol(token=ONE, gtin=TEA)]
    assert ask(story, "enrol") == "waiting"
    assert wishes(story) == []
    assert audited(story) == []
    story.tell(ProductEnrolled(at_ns=story.at_ns, token=ONE, gtin=TEA, photographs=1, gallery="4"))
    assert (known(story).step, known(story).gallery) == ("done", "4")
    assert audited(story) == [("product_enrolled", "maria", f"{TEA} by 1 photographs, gallery 4")]


def test_a_product_that_was_learned_is_begun_anew_without_the_photographs_that_are_gone() -> None:
    story = judged(shop_with_eye_begun())
    ask(story, "enrol")
    story.tell(ProductEnrolled(at_ns=story.at_ns, token=ONE, gtin=TEA, photographs=1, gallery="4"))
    assert ask(story, "begin") == "begun"
    assert (known(story).step, known(story).views) == ("taking", ())


def test_a_bar_code_that_is_read_late_changes_what_is_enrolled() -> None:
    story = shop_with_eye()
    ask(story, "begin", gtin="")
    story.tell(CodeRead(at_ns=story.at_ns, token=ONE, code=TEA))
    assert known(story).code == TEA
    assert ask(story, "begin", gtin=TEA) == "begun"
    assert known(story).gtin == TEA
    assert len(story.state.enrolments) == 1


def test_the_gallery_is_not_changed_while_somebody_shops_but_in_a_staff_visit() -> None:
    story = judged(shop_with_eye_begun())
    story.enter()
    for action in ("enrol", "forget", "go_back"):
        assert ask(story, action, ONE if action == "enrol" else TWO) == "shopper_inside"
        assert wishes(story) == []
    story = judged(shop_with_eye_begun())
    story.enter(claims("tech", role="technician"))
    assert ask(story, "enrol") == "asked"


def shop_with_eye_begun() -> Story:
    story = shop_with_eye()
    ask(story, "begin")
    return story


def test_a_product_is_forgotten_and_the_gallery_before_brought_back() -> None:
    story = shop_with_eye()
    assert ask(story, "forget") == "asked"
    assert wishes(story) == [Forget(token=ONE, gtin=TEA)]
    story.tell(GalleryChanged(at_ns=story.at_ns, token=ONE, gtin=TEA, gallery="5"))
    assert ask(story, "go_back", TWO, by="kim") == "asked"
    assert wishes(story) == [GoBack(token=TWO)]
    story.tell(GalleryChanged(at_ns=story.at_ns, token=TWO, gtin="", gallery="4"))
    assert audited(story) == [("product_forgotten", "maria", f"{TEA} gallery 5"), ("gallery_before", "kim", "gallery 4")]


def test_what_cannot_be_done_is_told_and_can_be_tried_again() -> None:
    story = judged(shop_with_eye_begun())
    ask(story, "enrol")
    story.tell(EnrolmentFailed(at_ns=story.at_ns, token=ONE, reason="disk_full", detail="x" * 900))
    assert (known(story).step, known(story).trouble, len(known(story).detail)) == ("taking", "disk_full", 200)
    assert ask(story, "enrol") == "asked"
    assert known(story).trouble is None


def test_an_eye_that_is_lost_while_it_learns_leaves_nobody_waiting() -> None:
    story = judged(shop_with_eye_begun())
    ask(story, "enrol")
    story.tell(EyeLost(at_ns=story.at_ns, reason="gone"))
    assert (known(story).step, known(story).trouble) == ("taking", "eye_lost")
    assert ask(story, "enrol") == "eye_lost"
    story.eye()
    assert ask(story, "enrol") == "asked"
    story.start(same_boot=True)
    assert (known(story).step, known(story).trouble) == ("taking", "eye_lost")


def test_a_store_without_cameras_enrols_nothing() -> None:
    story = Story()
    assert ask(story, "begin") == "no_cameras"
    assert ask(story, "forget", TWO) == "no_cameras"
    assert story.state.enrolments == ()


def test_what_nobody_asked_for_changes_nothing() -> None:
    story = shop_with_eye_begun()
    before = story.state.enrolments
    at_ns = story.at_ns
    for fact in (
        ViewsJudged(at_ns=at_ns, token=TWO, views=(GOOD,)),
        CodeRead(at_ns=at_ns, token=TWO, code=TEA),
        ProductEnrolled(at_ns=at_ns, token=ONE, gtin=TEA, photographs=5, gallery="1"),
        GalleryChanged(at_ns=at_ns, token=ONE, gtin="", gallery="1"),
        EnrolmentFailed(at_ns=at_ns, token=TWO, reason="failed"),
    ):
        story.tell(fact)
        assert story.state.ignored.kind == fact.kind
    assert story.state.enrolments == before
    assert audited(story) == []
    ask(story, "forget", TWO)
    story.tell(GalleryChanged(at_ns=at_ns, token=TWO, gtin="4006381333931", gallery="1"))
    assert known(story, TWO).step == "waiting"
    assert ask(story, "enrol", TWO) == "unknown"


def test_who_gives_up_leaves_nothing_and_who_comes_too_late_begins_anew() -> None:
    story = shop_with_eye_begun()
    assert ask(story, "end") == "ended"
    assert wishes(story) == [EndEnrolment(token=ONE)]
    assert ask(story, "end") == "unknown"
    ask(story, "begin", TWO)
    story.wait(KEPT_NS / NS + 1)
    assert ask(story, "enrol", TWO) == "unknown"
    assert story.state.enrolments == ()


def test_the_state_stays_small_whoever_begins_how_often() -> None:
    story = shop_with_eye()
    tokens = [f"{number:032x}" for number in range(MOST_KEPT + 3)]
    for token in tokens:
        ask(story, "begin", token)
    assert [one.token for one in story.state.enrolments] == tokens[3:]
    ended = [one.token for one in story.commands if isinstance(one, EndEnrolment)]
    assert ended == tokens[:3]


def test_an_enrolment_goes_on_in_the_clock_of_another_boot() -> None:
    story = shop_with_eye_begun()
    ago_ns = story.at_ns - known(story).heard_ns
    story.at_s = 5000.0
    story.start(same_boot=False)
    assert story.at_ns - known(story).heard_ns == ago_ns


def test_what_the_eye_knows_comes_with_its_greeting() -> None:
    story = shop_with_eye()
    enrolled = tuple((f"{number:013d}", 5) for number in range(2000))
    story.tell(EyeOpened(at_ns=story.at_ns, cameras=("c1",), model="m", gallery="7", products=2000, enrolled=enrolled, before="6"))
    assert len(story.state.eye.enrolled) == 1500
    assert story.state.eye.before == "6"


def test_state_and_facts_survive_the_journal() -> None:
    story = judged(shop_with_eye_begun(), GOOD, View(2, used=False, flaw="odd", codes=(TEA,)), rivals=(("1", 0.5),), full=True)
    assert STATE.validate_json(STATE.dump_json(story.state)) == story.state
    fact = EnrolmentAsked(at_ns=1, token=ONE, action="begin", gtin=TEA, by="maria")
    assert FACT.validate_json(FACT.dump_json(fact)) == fact
    assert b"enrolled" not in FACT.dump_json(EyeOpened(at_ns=1, cameras=(), model="", gallery="", products=0))


# ---- what one piece weighs


def put(story: Story, *grams: float) -> Story:
    for one in grams:
        story.wait(2).change(one, "p2")
    return story


def weighed(story: Story, units: int, plate: str = "p2") -> Weighing:
    return weigh(story.state, plate, units, story.at_ns)


def test_pieces_put_down_one_by_one_tell_what_one_weighs_and_how_much_they_differ() -> None:
    story = put(Story(), 400.0, 404.0, 402.0, 406.0)
    found = weighed(story, 4)
    assert (found.code, found.each_g) == ("weighed", 403.0)
    assert found.each_sd_g == pytest.approx(0.7, abs=0.4)
    assert found.spread_g == pytest.approx(2.4, abs=0.3)
    assert story.state.unit_weights == (), "nothing is learned by looking"


def test_pieces_put_down_by_the_handful_say_nothing_of_how_much_they_differ() -> None:
    story = put(Story(), 806.0, 806.0)
    assert (weighed(story, 4).each_g, weighed(story, 4).spread_g) == (403.0, None)
    assert weighed(story, 2).spread_g is None, "of two nobody can say"


def test_pieces_that_are_all_alike_differ_by_no_less_than_a_plate_can_tell() -> None:
    assert weighed(put(Story(), 100.0, 100.0, 100.0), 3).spread_g == 0.3


def test_creep_is_no_piece() -> None:
    found = weighed(put(Story(), 400.0, 0.8, 404.0, 402.0), 3)
    assert found.spread_g is not None
    assert found.each_g == pytest.approx(402.27, abs=0.01)


def test_why_nothing_can_be_weighed() -> None:
    story = Story()
    assert weighed(story, 3).code == "nothing_placed"
    assert weighed(story, 3, "ghost").code == "unknown_plate"
    put(story, 400.0)
    assert weighed(story, 0).code == "nothing_placed"
    assert weighed(story.wait(COUNTED_WITHIN_NS / NS + 1), 1).code == "nothing_placed"
    put(story, 400.0).moving("p2")
    assert weighed(story, 1).code == "moving"
    assert weighed(put(Story(), 400.0).lose(plates=("p2",)), 1).code == "no_weight"
    assert weighed(put(Story(), 400.0).enter(), 1).code == "shopper_inside"
    story = put(Story(), 400.0).enter(claims("tech", role="restocker"))
    assert weighed(story, 1).code == "weighed"
    assert weigh(replace(story.state, store=None), "p2", 1, story.at_ns).code == "not_configured"
