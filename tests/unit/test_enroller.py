"""What a page may ask of an enrolment beside the journal: looks through a camera, photographs minded, a draft compared, pieces weighed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from edge.runtime.enrolment import LOOK_NS, Enroller
from edge.runtime.inbox import Inbox
from edge.session.enrolment import KEPT_NS
from edge.session.facts import Camera, EnrolmentAsked
from edge.web.enrolment import Draft
from tests.unit.visit_story import BAR, COLA, NS, Story, claims
from vision.facts import CodeRead, EyeLost, EyeOpened, View, ViewsJudged
from vision.wire import MindView, ReadCode, TakeView, Wish, view_name

ONE = "1" * 32
TEA = "9521234500070"


@dataclass
class Told:
    """What the eye was told."""

    wishes: list[Wish] = field(default_factory=list)

    def tell(self, wish: Wish) -> None:
        self.wishes.append(wish)


class Desk:
    """An enroller over a story; its journal is never asked."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.eye = Told()
        now: Callable[[], int] = lambda: story.at_ns  # noqa: E731 - the story's own clock, whenever it is read
        self.part = Enroller(lambda: story.state, Inbox(), self.eye, now)

    def begin(self, gtin: str = TEA, token: str = ONE) -> Desk:
        self.story.tell(EnrolmentAsked(at_ns=self.story.at_ns, token=token, action="begin", gtin=gtin, by="maria"))
        return self

    def judged(self, *rivals: tuple[str, float], codes: tuple[str, ...] = ()) -> Desk:
        view = View(1, used=True, codes=codes, picture=view_name(ONE, 1))
        self.story.tell(ViewsJudged(at_ns=self.story.at_ns, token=ONE, views=(view,), rivals=rivals))
        return self


def desk() -> Desk:
    return Desk(Story(cameras=(Camera("c1", ("p1", "p2")), Camera("c2", ()))).eye("c2"))


def test_the_eye_is_told_to_look_for_a_few_seconds() -> None:
    here = desk().begin()
    until_ns = here.story.at_ns + LOOK_NS
    assert [here.part.look(ONE, "c1", looking).code for looking in ("view", "views", "code")] == ["looking"] * 3
    assert here.eye.wishes == [
        TakeView(token=ONE, gtin=TEA, camera="c1", until_ns=until_ns),
        TakeView(token=ONE, gtin=TEA, camera="c1", until_ns=until_ns, by_itself=True),
        ReadCode(token=ONE, camera="c1", until_ns=until_ns),
    ]
    assert here.part.mind(ONE, 3, keep=True).accepted
    assert here.eye.wishes[-1] == MindView(token=ONE, view=3, keep=True)


def test_why_it_is_not_told_to_look() -> None:
    here = desk().begin()
    assert here.part.look("2" * 32, "c1", "view").code == "unknown"
    assert here.part.look(ONE, "c9", "view").code == "unknown_camera"
    assert here.part.look(ONE, "c2", "view").code == "camera_lost"
    assert here.part.mind("2" * 32, 1, keep=False).code == "unknown"
    here.story.enter()
    assert here.part.look(ONE, "c1", "view").code == "shopper_inside"
    here = desk().begin()
    here.story.enter(claims("tech", role="restocker"))
    assert here.part.look(ONE, "c1", "view").code == "looking"
    here.story.tell(EyeLost(at_ns=here.story.at_ns, reason="gone"))
    assert here.part.look(ONE, "c1", "view").code == "eye_lost"
    assert here.part.mind(ONE, 1, keep=False).code == "eye_lost"
    assert len(here.eye.wishes) == 1
    assert Desk(Story()).begin().part.look(ONE, "c1", "view").code == "unknown"


def test_a_product_without_a_number_is_not_photographed_yet() -> None:
    here = desk().begin(gtin="")
    assert here.part.look(ONE, "c1", "code").code == "looking"
    assert here.part.look(ONE, "c1", "view").code == "no_gtin"
    assert here.eye.wishes == [ReadCode(token=ONE, camera="c1", until_ns=here.story.at_ns + LOOK_NS)]


def test_a_bar_code_is_told_as_the_number_that_is_printed_or_known() -> None:
    here = desk().begin(gtin="")
    for code, gtin in (
        ("9521234500070", TEA),
        ("0000040063813", BAR.gtin),
        ("0000096385074", "96385074"),
        ("0036000291452", "036000291452"),
    ):
        here.story.tell(CodeRead(at_ns=here.story.at_ns, token=ONE, code=code))
        shown = here.part.enrolment(ONE, None)
        assert shown is not None
        assert shown.code == gtin


def test_a_draft_is_compared_as_it_is_about_to_be_saved() -> None:
    here = desk().begin().judged((COLA.gtin, 0.3), (BAR.gtin, 0.02))
    shown = here.part.enrolment(ONE, None)
    assert shown is not None
    assert [(one.code, one.gtin) for one in shown.conflicts] == [("looks_unknown", COLA.gtin)], "it is not in the catalogue yet"
    shown = here.part.enrolment(ONE, Draft(gtin=TEA, unit_weight_g=COLA.unit_weight_g, plate="p1"))
    assert shown is not None
    (conflict,) = shown.conflicts
    assert (conflict.severity, conflict.code, conflict.name, conflict.near) == ("conflict", "looks_and_weighs", COLA.name, ("p1",))
    assert "put them on plates that are not beside each other" in conflict.words
    shown = here.part.enrolment(ONE, Draft(gtin=TEA, unit_weight_g=BAR.unit_weight_g, weight_sd_g=0.5, plate="p2"))
    assert shown is not None
    assert {(one.code, one.gtin) for one in shown.conflicts} == {("looks", COLA.gtin), ("weighs_unseen", BAR.gtin)}
    assert here.story.state.store == here.story.store, "asking changes nothing"


def test_everything_is_told_the_newest_first_and_what_is_over_is_not() -> None:
    here = desk().begin().begin(token="2" * 32)
    here.story.tell(
        EyeOpened(
            at_ns=here.story.at_ns,
            cameras=("c1",),
            model="m",
            gallery="7",
            products=2,
            enrolled=((COLA.gtin, 5), ("4000000000013", 3)),
            before="6",
        )
    )
    shown = here.part.enrolments()
    assert [one.token[0] for one in shown.enrolments] == ["2", "1"]
    assert [(one.name, one.photographs) for one in shown.enrolled] == [(COLA.name, 5), ("", 3)]
    assert (shown.gallery, shown.before) == ("7", "6")
    here.story.wait(KEPT_NS / NS + 1)
    assert here.part.enrolments().enrolments == ()
    assert here.part.enrolment(ONE, None) is None


def test_pieces_are_weighed_without_teaching_anything() -> None:
    here = desk()
    for grams in (346.0, 356.0, 351.0):
        here.story.wait(2).change(grams, "p2")
    told = here.part.weigh("p2", 3)
    assert (told.accepted, told.code, told.each_g) == (True, "weighed", 351.0)
    assert told.spread_g == pytest.approx(5.0, abs=0.2)
    refused = here.part.weigh("p1", 3)
    assert (refused.accepted, refused.code, refused.each_g) == (False, "nothing_placed", None)
    assert here.story.state.unit_weights == ()
