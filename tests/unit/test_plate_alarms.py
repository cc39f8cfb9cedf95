"""What the operator reads of a plate whose cell is broken or going."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import get_args

from pydantic import TypeAdapter

from devices.facts import PlateDrifting, PlateFaulted
from devices.weighing.health import Fault
from edge.session.commands import RaiseAlarm, RecordAudit
from edge.session.facts import Fact, ServiceRequested
from edge.session.faults import PLATE_WORDS
from tests.unit.test_shown_state import shown
from tests.unit.visit_story import Story


def test_every_reason_of_the_weighing_stage_has_its_words() -> None:
    assert set(PLATE_WORDS) == set(get_args(Fault))
    story = Story().wait(60)
    for plate, reason in (("p1", "factory_reset"), ("p2", "a reason of tomorrow")):
        story.tell(PlateFaulted(at_ns=story.at_ns, plate=plate, reason=reason))
    assert [alarm.detail for alarm in story.all(RaiseAlarm)] == [PLATE_WORDS["factory_reset"], "a reason of tomorrow"]


def test_a_drifting_plate_is_told_once_sells_on_and_stays_until_somebody_looked() -> None:
    story = Story().wait(60)
    for rate in (41.7, 55.0):
        story.tell(PlateDrifting(at_ns=story.at_ns, plate="p1", g_per_h=rate))
    (alarm,) = story.all(RaiseAlarm)
    assert (alarm.code, alarm.subject, alarm.detail) == ("plate_drifting", "p1", "+42 g per hour while nobody is shopping")
    story.shopping().change(-351.0).leave()
    assert story.receipt().status == "final"
    assert "plate_drifting" in story.alarms()
    story.timer().wait(9).tell(ServiceRequested(at_ns=story.at_ns, action="clear_faults", by="anna", reason=""))
    assert "plate_drifting" not in story.present()


def test_a_rate_that_is_no_number_or_of_no_plate_is_ignored() -> None:
    story = Story().wait(60)
    for plate, rate in (("p1", math.nan), ("p99", 50.0)):
        story.tell(PlateDrifting(at_ns=story.at_ns, plate=plate, g_per_h=rate))
    assert story.all(RaiseAlarm) == []


def test_the_page_says_beside_the_plate_what_it_has() -> None:
    story = Story().wait(60)
    story.tell(PlateFaulted(at_ns=story.at_ns, plate="p1", reason="saturated"))
    story.tell(PlateDrifting(at_ns=story.at_ns, plate="p2", g_per_h=-50.0))
    broken, creeping = shown(story).plates
    assert (broken.condition, broken.detail) == ("faulted", PLATE_WORDS["saturated"])
    assert creeping.detail == "-50 g per hour while nobody is shopping"
    assert [plate.detail for plate in shown(Story()).plates] == [None, None]


def test_one_latched_fault_is_acknowledged_and_the_others_stay() -> None:
    story = Story().wait(60)
    for plate in ("p1", "p2"):
        story.tell(PlateDrifting(at_ns=story.at_ns, plate=plate, g_per_h=50.0))
    one = ServiceRequested(at_ns=story.at_ns, action="clear_faults", by="anna", reason="new cell", code="plate_drifting", subject="p1")
    story.tell(one)
    assert [(alarm.code, alarm.subject) for alarm in story.state.alarms] == [("plate_drifting", "p2")]
    assert story.all(RecordAudit)[-1].detail == "plate_drifting p1: new cell"
    story.tell(replace(one, at_ns=story.at_ns, subject="p3"))
    assert [alarm.subject for alarm in story.state.alarms] == ["p2"]
    story.tell(replace(one, at_ns=story.at_ns, code="", subject=""))
    assert story.state.alarms == ()


def test_a_wish_that_an_older_release_kept_means_all_faults() -> None:
    old = b'{"at_ns": 1, "action": "clear_faults", "by": "anna", "reason": "", "kind": "service_requested"}'
    facts: TypeAdapter[Fact] = TypeAdapter(Fact)
    fact = facts.validate_json(old)
    assert fact == ServiceRequested(at_ns=1, action="clear_faults", by="anna", reason="")
    assert b"subject" not in facts.dump_json(fact)
