"""What is known of a fault, by code: every code that a rule may build is in the table, and what is told can be said again."""

from __future__ import annotations

from typing import get_args

import pytest
from pydantic import TypeAdapter

from cloud_bridge.live import CloudTrouble
from devices.facts import PlateDrifting, PlateFaulted, UnlockFailure
from edge.session.commands import RaiseAlarm
from edge.session.details import DETAILS, Said, words_of
from edge.session.state import Alarm
from tests.unit.visit_story import Story
from vision.facts import CameraTrouble


@pytest.mark.parametrize(("family", "of"), [("unlock", UnlockFailure), ("cloud", CloudTrouble), ("camera", CameraTrouble)])
def test_every_trouble_has_its_sentence(family: str, of: object) -> None:
    assert [code for code in get_args(of) if f"{family}_{code}" not in DETAILS] == []


def test_a_sentence_takes_its_values_and_what_a_machine_told() -> None:
    assert words_of(Said("unlocks_in_a_row", {"failures": "3"})) == "3 unlocks in a row failed"
    assert words_of(Said("cloud_closed", more="reset {by} peer")) == "the connection was lost (reset {by} peer)"


def test_an_alarm_tells_its_detail_by_code_and_in_words() -> None:
    story = Story().wait(60)
    story.tell(PlateFaulted(at_ns=story.at_ns, plate="p1", reason="stuck"))
    story.tell(PlateFaulted(at_ns=story.at_ns, plate="p2", reason="a reason of tomorrow"))
    story.tell(PlateDrifting(at_ns=story.at_ns, plate="p1", g_per_h=41.7))
    told = [(alarm.said, alarm.detail) for alarm in story.state.alarms]
    assert told == [
        (Said("plate_stuck"), DETAILS["plate_stuck"]),
        (None, "a reason of tomorrow"),
        (Said("drifting", {"g_per_h": "+42"}), "+42 g per hour while nobody is shopping"),
    ]
    assert [alarm.detail for alarm in story.all(RaiseAlarm)] == [detail for _, detail in told]


def test_an_alarm_that_an_older_release_kept_has_words_alone() -> None:
    alarms = TypeAdapter(Alarm)
    kept = alarms.validate_json('{"code": "plate_lost", "subject": "p1", "since_ns": 1, "detail": "scale-1: silent"}')
    assert kept == Alarm(code="plate_lost", subject="p1", since_ns=1, detail="scale-1: silent")
    said = Alarm(code="plate_drifting", subject="p1", since_ns=1, detail="", said=Said("drifting", {"g_per_h": "+42"}))
    assert alarms.validate_json(alarms.dump_json(said)) == said
