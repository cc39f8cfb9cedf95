"""What the shopper's screen is told: their own visit and its receipt while it is shown, and nothing of anybody else."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from edge.kiosk_view import RECEIPT_S, LastVisit, kiosk_snapshot, last_visit
from edge.session.details import Reason
from edge.snapshot import AlarmView, CabinetView, DoorView, Phase, StoreSnapshot
from edge.web.kiosk import views
from tests.web.shown_store import broken_store, quiet_store, receipt_row, shopping_store

FORCED = AlarmView(code="forced_door", subject="main", severity="critical", words="The door was forced.", action="Look.", since_s=4980.0)


def ended(at_s: float, *, phase: Phase = "receipt", since_s: float = 5000.0) -> StoreSnapshot:
    """The store after the visit of ``shopping_store``, at ``at_s``."""
    quiet = quiet_store()
    cabinet = CabinetView(phase=phase, words="", since_s=since_s, may_enter=phase == "idle")
    receipts = (receipt_row(3), *quiet.receipts)
    return replace(quiet, at_s=at_s, at_unix_s=quiet.at_unix_s + at_s - 5000.0, cabinet=cabinet, receipts=receipts)


def seen(*snapshots: StoreSnapshot) -> LastVisit | None:
    """What is known after all of these, one after the other."""
    last: LastVisit | None = None
    for snapshot in snapshots:
        last = last_visit(last, snapshot)
    return last


def test_the_running_visit_is_told_without_what_only_the_shop_is_told() -> None:
    view = kiosk_snapshot(shopping_store(), seen(shopping_store()))
    assert view.visit is not None
    assert [(line.quantity, line.total_minor) for line in view.visit.lines] == [(2, 240), (1, 449)]
    assert (view.visit.total_minor, view.visit.limit_minor, view.visit.opened, view.visit.forced) == (689, 5000, True, False)
    assert view.receipt is None
    told = views.dump_json(view).decode()
    for hidden in ("0193-visit-0002", "0193-visit-0001", "probability", "grams", "journal", "scale-1", "relay", "tenant", "acme"):
        assert hidden not in told, hidden


@pytest.mark.parametrize("phase", ["idle", "out_of_service"])
def test_the_receipt_is_told_while_it_is_shown_and_no_longer(phase: Phase) -> None:
    last = seen(shopping_store(), ended(5000.0))
    view = kiosk_snapshot(ended(5001.0), last)
    assert view.receipt is not None
    assert (view.receipt.visit, view.receipt.short, view.receipt.total_minor) == ("0193-visit-0003", "0003", 689)
    free = seen(shopping_store(), ended(5000.0), ended(5003.0, phase=phase, since_s=5003.0))
    assert kiosk_snapshot(ended(5000.0 + RECEIPT_S - 0.1, phase=phase, since_s=5003.0), free).receipt is not None
    late = kiosk_snapshot(ended(5000.0 + RECEIPT_S, phase=phase, since_s=5003.0), free)
    assert late.receipt is None
    assert "0193-visit-" not in json.dumps(views.dump_python(late, mode="json"))


def test_the_next_visit_takes_the_receipt_of_the_last_one_off() -> None:
    next_one = replace(shopping_store(), at_s=5010.0, receipts=ended(5010.0).receipts)
    assert next_one.visit is not None
    next_one = replace(next_one, visit=replace(next_one.visit, visit="0193-visit-0004", lines=()))
    last = seen(shopping_store(), ended(5000.0), next_one)
    assert kiosk_snapshot(next_one, last).receipt is None
    nothing_taken = ended(5020.0, since_s=5019.0)
    assert kiosk_snapshot(nothing_taken, seen(shopping_store(), ended(5000.0), next_one, nothing_taken)).receipt is None


def test_who_forced_the_door_gets_nobodys_receipt() -> None:
    forced = replace(shopping_store(), alarms=(FORCED,))
    view = kiosk_snapshot(forced, seen(forced))
    assert view.visit is not None
    assert view.visit.forced
    later = replace(shopping_store(), alarms=())  # acknowledged meanwhile
    last = seen(forced, later, ended(5001.0))
    assert kiosk_snapshot(ended(5001.0), last).receipt is None
    elsewhen = replace(shopping_store(), alarms=(replace(FORCED, since_s=4000.0),))
    assert last_visit(None, elsewhen) == LastVisit(visit="0193-visit-0003", forced=False)


def test_a_screen_that_begins_after_a_visit_is_told_a_receipt_of_this_moment_only() -> None:
    quiet = quiet_store()
    fresh = ended(5002.0)
    issued = replace(fresh.receipts[0], issued_unix_s=quiet.at_unix_s - 1.0)
    assert kiosk_snapshot(replace(fresh, receipts=(issued,)), None).receipt is not None
    for old in (replace(issued, issued_unix_s=quiet.at_unix_s - 60.0), replace(issued, issued_unix_s=None)):
        assert kiosk_snapshot(replace(fresh, receipts=(old,)), None).receipt is None
    assert kiosk_snapshot(replace(quiet, receipts=(issued,)), None).receipt is None
    assert kiosk_snapshot(replace(fresh, receipts=()), None).receipt is None


def test_a_closed_cabinet_says_by_which_faults_and_not_where() -> None:
    broken = broken_store()
    broken = replace(broken, cabinet=replace(broken.cabinet, reasons=(Reason(code="plate_lost", words="", subjects=("P2",)),)))
    view = kiosk_snapshot(broken, None)
    assert view.closed_by == ("plate_lost",)
    assert not view.cloud_reachable
    assert "scale-1" not in views.dump_json(view).decode()
    strange = replace(broken, cabinet=replace(broken.cabinet, reasons=(Reason(code="of_tomorrow", words=""), *broken.cabinet.reasons)))
    assert kiosk_snapshot(strange, None).closed_by == ("of_tomorrow", "plate_lost")


def test_doors_are_shut_when_all_of_them_are_closed_and_held() -> None:
    quiet = quiet_store()
    shut = DoorView(door="main", open=False, secured=True)
    assert kiosk_snapshot(replace(quiet, doors=(shut, replace(shut, door="side"))), None).shut
    for ajar in (replace(shut, open=True), replace(shut, secured=False), replace(shut, secured=None), replace(shut, open=None)):
        assert not kiosk_snapshot(replace(quiet, doors=(shut, ajar)), None).shut
    assert not kiosk_snapshot(replace(quiet, doors=()), None).shut
