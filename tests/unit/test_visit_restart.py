"""A start of the controller in the middle of anything: no physical action, sensors first, then on or to the end."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import TypeAdapter

from edge.session.commands import AskCloud, ClearAlarm, EndVisit, PulseLock, ReportDoor, ReportStock, SettlePlates
from edge.session.machine import next_deadline_ns
from edge.session.settings import EntrySettings
from edge.session.state import Alarm, Open, StoreState
from edge.store.model import Facing
from tests.unit.visit_story import COLA, NO_BOLT, NS, Story, claims, shop

STATE: TypeAdapter[StoreState] = TypeAdapter(StoreState)
BOOTS = pytest.mark.parametrize("same_boot", [True, False])


def restart(story: Story, *, same_boot: bool) -> Story:
    """State through JSON, the clock from zero in another boot."""
    story.state = STATE.validate_json(STATE.dump_json(story.state))
    story.commands.clear()
    if same_boot:
        story.wait(2)
    else:
        story.at_s = 0.5
    story.start(same_boot=same_boot)
    assert story.all(PulseLock) == []
    return story


@BOOTS
def test_idle(same_boot: bool) -> None:
    story = restart(Story(), same_boot=same_boot).sense(open=False, secured=True).measure()
    assert (story.commands, story.phase) == ([], "idle")
    assert story.wait(1).enter().phase == "unlocking"


@BOOTS
def test_goods_gone_between_visits_are_stock(same_boot: bool) -> None:
    story = restart(Story(), same_boot=same_boot).sense(open=False, secured=True).measure(p1=2800.0)
    (report,) = story.all(ReportStock)
    assert (report.cause, report.changes[0].delta) == ("reconciliation", -2)
    story.wait(1).shopping().leave()
    assert story.end().outcome == "nothing_taken"


@BOOTS
def test_drift_between_visits_is_nothing(same_boot: bool) -> None:
    story = restart(Story(), same_boot=same_boot).sense(open=False, secured=True).measure(p1=3507.9)
    assert story.commands == []


@BOOTS
def test_unlocking_is_never_repeated(same_boot: bool) -> None:
    story = restart(Story().enter(), same_boot=same_boot).sense(open=False, secured=True).measure()
    assert story.phase == "unlocking"
    story.timer()
    assert (story.phase, story.end().outcome) == ("idle", "not_opened")
    assert story.all(PulseLock) == []


@BOOTS
def test_unlocked_meanwhile(same_boot: bool) -> None:
    story = restart(Story().enter(), same_boot=same_boot).sense(open=False, secured=False).measure()
    assert story.phase == "waiting_open"
    story.open().wait(1).change(-350.0).leave()
    assert story.receipt().status == "final"


@BOOTS
def test_opened_meanwhile(same_boot: bool) -> None:
    story = restart(Story().enter().unlock(), same_boot=same_boot).sense(open=True, secured=False).measure(p1=3150.0)
    assert story.phase == "open"
    story.leave()
    assert story.end().outcome == "review"
    assert story.receipt().review_reasons == ("reconstructed",)
    assert story.receipt().lines[0].quantity == 1


@BOOTS
def test_open_and_still_open_with_nothing_lost_ends_in_a_final_receipt(same_boot: bool) -> None:
    story = restart(Story().shopping().change(-350.0), same_boot=same_boot).sense(open=True, secured=False).measure()
    story.wait(1).change(-350.0).leave()
    assert (story.receipt().status, story.receipt().lines[0].quantity) == ("final", 2)
    assert [report.event for report in story.all(ReportDoor)] == ["closed", "secured"]


@BOOTS
def test_closed_meanwhile(same_boot: bool) -> None:
    story = restart(Story().shopping().change(-350.0), same_boot=same_boot).sense(open=False, secured=True)
    assert story.phase == "settling"
    story.quiet()
    assert story.phase == "settling"  # the plates have not been weighed yet
    story.measure()
    assert (story.receipt().status, story.end().outcome) == ("final", "billed")


@BOOTS
def test_goods_taken_while_nobody_watched_go_to_a_person(same_boot: bool) -> None:
    story = restart(Story().shopping(), same_boot=same_boot).sense(open=False, secured=True).measure(p2=364.0).quiet()
    assert story.end().outcome == "review"
    assert story.receipt().review_reasons == ("reconstructed",)


@BOOTS
def test_a_change_seen_before_the_first_weighing_does_not_hide_what_left_in_the_gap(same_boot: bool) -> None:
    story = restart(Story().shopping(), same_boot=same_boot).sense(open=True, secured=False)
    story.weights["p1"] -= 350.0  # taken while the controller was down
    story.change(-350.0).measure().leave()
    assert story.receipt().lines[0].quantity == 2
    assert "reconstructed" in story.receipt().review_reasons


@BOOTS
@pytest.mark.parametrize("secured", [True, False])
def test_settling_is_asked_again(same_boot: bool, secured: bool) -> None:
    story = Story().shopping().change(-350.0).close()
    if secured:
        story.secure()
    restart(story, same_boot=same_boot)
    assert story.all(SettlePlates) == [SettlePlates(after_ns=story.at_ns)]
    story.sense(open=False, secured=True).measure().quiet()
    assert story.receipt().status == "final"


def test_plates_that_never_report_after_the_restart_go_to_a_person() -> None:
    story = restart(Story().shopping().change(-350.0).close().secure(), same_boot=True).sense(open=False, secured=True).quiet().timer()
    assert story.receipt().review_reasons == ("plate_not_weighed",)


@BOOTS
def test_the_receipt_is_not_issued_again(same_boot: bool) -> None:
    story = restart(Story().shopping().change(-350.0).leave(), same_boot=same_boot).sense(open=False, secured=True).measure().timer()
    assert story.phase == "idle"
    assert story.all(EndVisit) == []


def test_asking_the_cloud_goes_on_in_the_same_boot_but_never_decides_alone() -> None:
    story = restart(Story(entry=EntrySettings(verify="cloud_then_offline")).enter(), same_boot=True)
    assert len(story.all(AskCloud)) == 1
    story.sense(open=False, secured=True).measure().timer()
    assert (story.phase, story.refusal(), story.end().outcome) == ("idle", "cloud_silent", "refused")
    assert story.all(PulseLock) == []


def test_asking_the_cloud_ends_in_another_boot() -> None:
    story = restart(Story(entry=EntrySettings(verify="cloud")).enter(), same_boot=False)
    assert (story.phase, story.refusal(), story.end().outcome) == ("idle", "interrupted", "refused")


def test_deadlines_are_taken_again_in_another_boot() -> None:
    story = Story().wait(100_000).shopping().wait(10).moving()
    restart(story, same_boot=False)
    assert isinstance(story.state.phase, Open)
    assert story.state.phase.end_by_ns == story.at_ns + 600 * NS
    assert next_deadline_ns(story.state) == story.at_ns + 60 * NS
    assert story.state.phase.visit.opened_ns is not None
    assert story.state.phase.visit.opened_ns == story.at_ns - 11 * NS


def test_deadlines_are_kept_in_the_same_boot_but_the_sensors_come_first() -> None:
    story = Story().shopping().wait(590)
    restart(story, same_boot=True)
    assert next_deadline_ns(story.state) == story.at_ns + 5 * NS


def test_a_door_found_open_after_the_restart_is_forced() -> None:
    story = restart(Story(), same_boot=False).sense(open=True, secured=False).measure(p1=3150.0)
    assert story.phase == "open"
    assert "forced_door" in story.present()
    story.leave()
    assert story.end().outcome == "review"
    assert story.receipt().review_reasons == ("forced_door", "reconstructed")
    assert story.receipt().lines[0].quantity == 1


def test_latched_faults_survive_others_are_asked_again() -> None:
    story = Story().open().leave().lose(doors=("d1",))
    assert story.present() == {"forced_door", "door_lost"}
    restart(story, same_boot=False)
    assert story.present() == {"forced_door"}
    story.enter(claims("b"), visit="b")
    assert story.refusal() == "starting"


@pytest.mark.parametrize("opened", [True, False])
def test_a_shop_described_anew_during_a_visit_that_takes_nothing_has_its_stock_afterwards(*, opened: bool) -> None:
    story = Story().shopping() if opened else Story().enter().wait(0.2).unlock()
    story.store = replace(story.store, planogram=(*story.store.planogram, Facing("p2", COLA.gtin, 3)))
    restart(story, same_boot=True).sense(open=opened, secured=False).measure()
    if opened:
        story.leave()
    else:
        story.wait(1).secure().timer()
    assert story.end().outcome == ("nothing_taken" if opened else "not_opened")
    assert {(known.plate, known.gtin): known.units for known in story.state.stock.shelved}["p2", COLA.gtin] == 3


def test_a_bolt_sensor_that_is_taken_away_takes_its_fault_with_it() -> None:
    story = Story().release()
    assert [alarm.code for alarm in story.state.alarms] == ["relock_fault"]
    story.store = shop(NO_BOLT)
    restart(story, same_boot=True).sense(open=False, secured=None).measure()
    assert story.state.alarms == ()
    assert story.wait(1).enter().phase == "unlocking"


def test_a_fault_that_this_release_does_not_know_is_over() -> None:
    story = Story()
    story.state = replace(story.state, alarms=(Alarm(code="of_an_older_release", subject="d1", since_ns=1, detail=""),))
    restart(story, same_boot=True)
    assert story.state.alarms == ()
    assert [(cleared.code, cleared.subject) for cleared in story.all(ClearAlarm)] == [("of_an_older_release", "d1")]
