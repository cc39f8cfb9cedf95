"""An electric strike gives way for its whole pulse: a visit that is shorter than that is no lock fault."""

from __future__ import annotations

from edge.session.settings import VisitSettings
from tests.unit.visit_story import Story

STRIKE = VisitSettings(pulse_s=8.0, open_within_s=12.0)


def test_a_bolt_that_holds_only_after_its_pulse_is_no_fault() -> None:
    story = Story(visit=STRIKE).enter().unlock().open().wait(1).change(-350.0).close()
    story.wait(7.5).secure().quiet()
    assert story.present() == set()
    assert story.receipt().status == "final"


def test_a_bolt_that_does_not_hold_after_its_pulse_either_is_one() -> None:
    story = Story(visit=STRIKE).enter().unlock().open().wait(1).change(-350.0).close()
    opened_s = story.at_s - 1
    story.timer()
    assert story.at_s >= opened_s + STRIKE.pulse_s + STRIKE.relock_within_s
    assert story.present() == {"relock_fault"}
