"""Every transition of the visit, one story each."""

from __future__ import annotations

import pytest

from devices.facts import PlatesQuiet, Unlocked
from edge.session.commands import AskCloud, ClearAlarm, EndVisit, IssueReceipt, RecordAudit, ReportDoor, ReportStock, SettlePlates
from edge.session.facts import ServiceRequested, StorageLow, StoreConfigured
from edge.session.machine import next_deadline_ns
from edge.session.settings import VisitSettings
from edge.session.state import Open, Unlocking, WaitingOpen
from tests.unit.visit_story import COLA, NO_BOLT, NS, TWO_DOORS, Story, claims, shop


def events(story: Story) -> list[str]:
    return [report.event for report in story.all(ReportDoor)]


def test_a_visit_from_the_pass_to_the_receipt() -> None:
    story = Story()
    story.enter()
    assert story.phase == "unlocking"
    (pulse,) = story.pulses()
    assert (pulse.door, pulse.token, pulse.pulse_s, pulse.expires_ns) == ("d1", "v1", 0.7, story.at_ns + 5 * NS)
    story.wait(0.2).unlock()
    assert story.phase == "waiting_open"
    story.wait(2).open()
    assert story.phase == "open"
    story.wait(1).moving().wait(1).change(-700.0)
    story.wait(1).close()
    assert story.phase == "closed"
    assert story.last[-1] == SettlePlates(after_ns=story.at_ns)
    story.wait(0.2).secure()
    assert story.phase == "settling"
    story.wait(0.5).quiet()
    assert story.phase == "showing_receipt"
    receipt = story.receipt()
    assert (receipt.status, receipt.total_minor, receipt.tax_minor, receipt.review_reasons) == ("final", 398, 64, ())
    (line,) = receipt.lines
    assert (line.gtin, line.quantity, line.unit_price_minor) == (COLA.gtin, 2, 199)
    assert story.end().outcome == "billed"
    assert [(c.gtin, c.delta) for c in story.all(ReportStock)[0].changes] == [(COLA.gtin, -2)]
    assert events(story) == ["unlocked", "opened", "closed", "secured"]
    story.timer()
    assert story.phase == "idle"
    assert next_deadline_ns(story.state) is None


def test_what_is_put_back_is_not_billed() -> None:
    story = Story().shopping().change(-350.0).wait(2).change(351.0).leave()
    assert story.end().outcome == "nothing_taken"
    assert story.all(IssueReceipt) == []


def test_nothing_taken() -> None:
    story = Story().shopping().leave()
    assert story.end().outcome == "nothing_taken"
    assert story.phase == "showing_receipt"


def test_quiet_before_the_bolt_holds() -> None:
    story = Story().shopping().change(-350.0).wait(1).close().wait(0.5).quiet()
    assert story.phase == "closed"
    story.secure()
    assert story.receipt().status == "final"


def test_a_stale_quiet_answer_settles_nothing() -> None:
    story = Story().shopping().close().secure()
    asked = story.at_ns
    story.wait(1)
    story.tell(PlatesQuiet(at_ns=story.at_ns, after_ns=asked - 1))
    assert story.phase == "settling"


def test_reopened_before_the_bolt_held_is_the_same_visit() -> None:
    story = Story().shopping().change(-350.0).wait(1).close().wait(0.1).open().wait(1).change(-350.0).leave()
    assert story.receipt().lines[0].quantity == 2
    assert story.receipt().status == "final"
    assert len(story.all(EndVisit)) == 1


def test_reopened_past_a_held_bolt_is_forced_and_goes_to_a_person() -> None:
    story = Story().shopping().change(-350.0).wait(1).close().secure().wait(0.1).open().wait(1).leave()
    assert story.receipt().review_reasons == ("forced_door",)
    assert "forced_door" in story.alarms()


def test_the_bolt_letting_go_while_settling_gets_its_time_once() -> None:
    story = Story().shopping().change(-350.0).wait(1).close().secure().wait(0.1).release()
    assert story.phase == "closed"
    story.wait(0.2).secure().quiet()
    assert story.receipt().status == "final"


@pytest.mark.parametrize("doors", [None, NO_BOLT])
def test_not_opened_in_time_is_cancelled_once_proven_shut(doors: object) -> None:
    story = Story(doors=NO_BOLT) if doors else Story()
    story.enter().wait(0.2)
    if doors:
        story.fail("no_movement")
        assert story.alarms() == []  # without bolt sensor nothing can move before the door opens
    else:
        story.unlock().wait(0.7).secure()
    assert story.phase == "waiting_open"
    story.timer()
    assert (story.phase, story.end().outcome, story.end().reason) == ("idle", "not_opened", "not_opened_in_time")


def test_not_opened_and_the_bolt_still_released_waits_then_alarms_then_cancels_when_held() -> None:
    story = Story().enter().unlock().timer()
    assert isinstance(story.state.phase, WaitingOpen)
    assert story.all(EndVisit) == []
    story.timer()
    assert story.present() == {"relock_fault"}
    assert story.all(EndVisit) == []
    story.wait(3).secure()
    assert (story.phase, story.end().outcome) == ("idle", "not_opened")
    assert story.present() == set()


def test_opened_late_while_the_bolt_is_still_released_is_still_that_visit() -> None:
    story = Story().enter().unlock().timer().wait(1).open().wait(1).change(-350.0).leave()
    assert story.end().outcome == "billed"


def test_never_opened_and_never_held_ends_with_the_alarm_standing() -> None:
    story = Story().enter().unlock().timer().timer().timer()
    assert story.phase == "settling"
    story.quiet()
    assert story.phase == "idle"
    assert story.end().outcome == "not_opened"
    assert story.present() == {"relock_fault"}
    story.enter(claims("pass-2"), visit="v2")
    assert story.refusal() == "out_of_service"


@pytest.mark.parametrize("reason", ["expired", "no_movement", "refused", "misconfigured"])
def test_an_unlock_that_failed_ends_the_visit_and_gives_the_pass_back(reason: str) -> None:
    story = Story().enter().wait(1).fail(reason)
    assert (story.phase, story.end().outcome, story.end().reason) == ("idle", "not_opened", "unlock_failed")
    assert story.present() == {"unlock_failed"}
    story.wait(10).enter(visit="v2").unlock()
    assert story.phase == "waiting_open"
    assert story.present() == set()


def test_an_unreachable_board_may_have_pulsed_so_the_visit_waits() -> None:
    story = Story().enter().wait(1).fail("unreachable")
    assert story.phase == "waiting_open"
    assert len(story.pulses()) == 1
    story.wait(1).release().open().wait(1).change(-350.0).leave()
    assert story.end().outcome == "billed"


def test_no_word_about_the_unlock() -> None:
    story = Story().enter().timer()
    assert (story.end().outcome, story.end().reason) == ("not_opened", "unlock_unconfirmed")
    assert story.present() == {"unlock_failed"}


def test_the_confirmation_waits_at_least_as_long_as_the_pulse_may_be_sent() -> None:
    story = Story(visit=VisitSettings(unlock_confirm_s=1.0, unlock_expires_s=10.0)).enter()
    assert isinstance(story.state.phase, Unlocking)
    assert story.state.phase.confirm_by_ns >= story.pulses()[0].expires_ns


def test_unlocks_failing_in_a_row_close_the_cabinet_until_acknowledged() -> None:
    story = Story()
    for number in range(3):
        story.wait(20).enter(claims(f"x{number}"), visit=f"x{number}").wait(1).fail("no_movement")
    assert "lock_failing" in story.present()
    story.wait(20).enter(claims("y"), visit="y")
    assert story.refusal() == "out_of_service"
    story.tell(ServiceRequested(at_ns=story.at_ns, action="clear_faults", by="op", reason="new lock"))
    assert "lock_failing" not in story.present()
    story.wait(20).enter(claims("y"), visit="y2")
    assert story.phase == "unlocking"


def test_held_open_alarms_and_the_visit_goes_on() -> None:
    story = Story().shopping()
    story.timer()
    assert story.phase == "open"
    assert story.present() == {"held_open"}
    assert "held_open" in events(story)
    story.wait(30).change(-350.0).leave()
    assert story.end().outcome == "billed"
    assert story.present() == set()


def test_open_beyond_the_longest_visit_ends_there_and_goes_to_a_person() -> None:
    story = Story().shopping().change(-350.0).timer().timer()
    assert story.phase == "settling"
    story.wait(1).quiet()
    assert story.receipt().review_reasons == ("max_open",)
    assert story.end().outcome == "review"
    assert "door_left_open" in story.present()
    story.timer()
    assert story.phase == "idle"
    story.wait(5).change(-350.0)
    assert story.all(ReportStock)[-1].cause == "reconciliation"
    assert "goods_moved_unattended" in story.present()
    story.enter(claims("pass-2"), visit="v2")
    assert story.refusal() == "out_of_service"
    story.wait(5).close().secure()
    assert "door_left_open" not in story.present()


def test_relock_fault_alarms_and_the_receipt_goes_to_a_person() -> None:
    story = Story().shopping().change(-350.0).wait(1).close().quiet().timer()
    assert story.receipt().review_reasons == ("relock_fault",)
    assert story.present() == {"relock_fault"}
    assert "relock_fault" in events(story)
    story.timer()
    story.wait(100).enter(claims("pass-2"), visit="v2")
    assert story.refusal() == "out_of_service"
    story.secure()
    assert story.present() == set()
    story.wait(10).enter(claims("pass-2"), visit="v3")
    assert story.phase == "unlocking"


def test_plates_not_quiet_in_time() -> None:
    story = Story().shopping().change(-350.0).wait(1).close().secure().timer()
    assert story.receipt().review_reasons == ("plates_not_quiet",)


def test_a_forced_door_is_an_alarm_and_a_visit_that_is_nobodys_bill() -> None:
    story = Story().open()
    assert story.phase == "open"
    assert story.present() == {"forced_door"}
    assert events(story) == ["opened", "forced"]
    story.wait(2).change(-350.0).leave()
    assert (story.end().outcome, story.end().holder) == ("review", "unattended")
    assert story.receipt().status == "provisional"
    assert story.all(ReportStock)[0].cause == "reconciliation"
    assert story.phase == "idle"


def test_a_forced_door_without_goods_moving() -> None:
    story = Story().open().leave()
    assert story.end().outcome == "nothing_taken"
    assert story.all(IssueReceipt) == []
    assert story.present() == {"forced_door"}  # until acknowledged


def test_a_released_bolt_with_nobody_inside_closes_the_cabinet() -> None:
    story = Story().release()
    assert story.present() == {"relock_fault"}
    assert story.secure().present() == set()
    assert any(isinstance(command, ClearAlarm) for command in story.last)


def test_goods_moved_behind_a_contact_that_says_closed() -> None:
    story = Story().enter().unlock().wait(3).change(-350.0).wait(1).secure().timer()
    assert story.phase == "settling"
    story.quiet()
    assert story.end().outcome == "review"
    assert "door_contact" in story.receipt().review_reasons
    assert "door_sensors_disagree" in story.present()


def test_a_plate_still_moving_at_the_cancellation_has_the_last_word() -> None:
    story = Story().enter().unlock().wait(1).secure().wait(13.5).moving().timer()
    assert story.phase == "settling"
    story.wait(0.5).change(-350.0).quiet()
    assert story.end().outcome == "review"


def test_a_door_that_opens_past_a_bolt_that_never_moved() -> None:
    story = Story().enter().wait(0.5).open().wait(1).change(-350.0).wait(1).close().tell(Unlocked(at_ns=0, door="d1", token="other"))
    story.wait(5).quiet()
    assert story.receipt().review_reasons == ("bolt_sensor",)
    assert "door_sensors_disagree" in story.present()


def test_two_doors_end_when_both_are_shut() -> None:
    story = Story(doors=TWO_DOORS).enter()
    assert [pulse.door for pulse in story.pulses()] == ["d1", "d2"]
    story.unlock("d1").unlock("d2").wait(1).open("d1").wait(1).open("d2").wait(1).change(-350.0).close("d1").secure("d1")
    assert story.phase == "open"
    story.close("d2")
    assert story.phase == "closed"
    story.secure("d2").quiet()
    assert story.end().outcome == "billed"


def test_two_doors_and_one_pulse_without_an_answer() -> None:
    story = Story(doors=TWO_DOORS).enter().unlock("d1").open("d1").close("d1").secure("d1").quiet()
    assert story.phase == "settling"  # the second door may still get its pulse
    story.timer()
    assert story.end().outcome == "nothing_taken"
    assert story.at_ns >= story.pulses()[1].expires_ns


def test_one_of_two_doors_fails() -> None:
    story = Story(doors=TWO_DOORS).enter().unlock("d1").fail("refused", "d2").open("d1").wait(1).change(-350.0).leave()
    assert story.end().outcome == "billed"
    assert story.present() == {"unlock_failed"}


def test_only_the_door_that_was_asked_for() -> None:
    story = Story(doors=TWO_DOORS).enter(door="d2")
    assert [pulse.door for pulse in story.pulses()] == ["d2"]
    story.unlock("d2").open("d2").open("d1").wait(1).close("d1").close("d2").secure("d2").quiet()
    assert story.end().outcome == "review"
    assert "forced_door" in story.alarms()


def test_over_the_limit_goes_to_a_person() -> None:
    story = Story().enter(claims(limit_minor=300)).unlock().open().wait(1).change(-700.0).leave()
    assert story.receipt().review_reasons == ("over_limit",)


def test_an_unexplained_change_goes_to_a_person() -> None:
    story = Story().shopping().change(-133.0).leave()
    assert story.end().outcome == "review"
    assert story.receipt().unexplained or story.receipt().lines[0].probability < 0.9


def test_new_prices_hold_from_the_next_visit_on() -> None:
    story = Story().shopping()
    story.tell(
        StoreConfigured(at_ns=story.at_ns, store=shop(version="v2", cola_minor=249), visit=story.visit_rules, entry=story.entry_rules)
    )
    story.change(-350.0).leave()
    assert (story.receipt().price_version, story.receipt().total_minor) == ("v1", 199)
    story.timer().commands.clear()
    story.enter(claims("b"), visit="b").unlock().open().wait(1).change(-350.0).leave()
    assert (story.receipt().price_version, story.receipt().total_minor) == ("v2", 249)


@pytest.mark.parametrize("role", ["restocker", "technician"])
def test_staff_change_the_stock_and_are_never_billed(role: str) -> None:
    story = Story().change(-700.0)
    story.commands.clear()
    story.enter(claims(role=role)).unlock().open().wait(1).change(700.0).leave()
    assert story.end().outcome == "staff"
    assert story.all(IssueReceipt) == []
    (report,) = story.all(ReportStock)
    assert (report.cause, report.changes[0].delta, report.changes[0].units_after) == ("restock", 2, 10)
    assert [audit.action for audit in story.all(RecordAudit)] == [f"entry_{role}", f"visit_{role}"]


def test_staff_may_stay_longer_but_not_for_ever() -> None:
    story = Story().enter(claims(role="restocker")).unlock().open().timer().wait(3600)
    assert isinstance(story.state.phase, Open)
    story.timer().timer()
    assert story.end().outcome == "staff"
    assert "door_left_open" in story.present()


def test_out_of_service_begins_after_the_running_visit() -> None:
    story = Story().shopping()
    story.tell(ServiceRequested(at_ns=story.at_ns, action="take_out_of_service", by="op", reason="cleaning"))
    assert story.phase == "open"
    story.change(-350.0).leave()
    assert story.end().outcome == "billed"
    story.timer().enter(claims("b"), visit="b")
    assert story.refusal() == "out_of_service"
    story.tell(ServiceRequested(at_ns=story.at_ns, action="return_to_service", by="op", reason="clean"))
    story.wait(9).enter(claims("b"), visit="b2")
    assert story.phase == "unlocking"


def test_low_storage_keeps_new_visits_out_and_lets_the_running_one_end() -> None:
    story = Story().shopping().tell(StorageLow(at_ns=0, low=True)).change(-350.0).leave()
    assert story.end().outcome == "billed"
    story.timer().enter(claims("b"), visit="b")
    assert story.refusal() == "storage_low"
    story.tell(StorageLow(at_ns=0, low=False)).wait(9).enter(claims("b"), visit="b2")
    assert story.phase == "unlocking"


def test_facts_of_unknown_parts_are_ignored_with_a_reason() -> None:
    story = Story().open("ghost").moving("ghost")
    assert (story.state.ignored.count, story.state.ignored.kind, story.state.ignored.reason) == (2, "plate_moving", "unknown plate")
    assert story.commands == []
    assert story.all(AskCloud) == []
