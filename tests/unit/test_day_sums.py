"""The sums of a day: over midnight, over the change of the clocks, and after what people decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from edge.day_sums import day_sums, span_of
from edge.runtime.journal import StoredReceipt
from edge.runtime.receipt_records import receipt_record
from edge.runtime.revisions import StoredRevision
from edge.session.receipt import Status
from edge.session.revision import Revision
from edge.snapshot import ReceiptRecord
from edge.store.settings import StoreSettings
from tests.receipts_decided import receipt

BERLIN = ZoneInfo("Europe/Berlin")


def issued(at: datetime, *, colas: int = 1, status: Status = "final", revisions: tuple[StoredRevision, ...] = ()) -> ReceiptRecord:
    of = receipt(f"v-{at.timestamp()}", status=status, colas=colas)
    return receipt_record(StoredReceipt(round(at.timestamp() * 1e9), 0, True, of, revisions))


def refunded(at: datetime, minor: int) -> StoredRevision:
    one = Revision(
        review="r",
        visit="v",
        holder="h",
        revision=1,
        decision="refunded",
        lines=(),
        currency="EUR",
        total_minor=0,
        tax_minor=0,
        previous_total_minor=minor,
        charged_minor=minor,
        due_minor=-minor,
        price_version="older",
        by="maria",
        reason="broken",
        reviewed_ns=1,
    )
    return StoredRevision(round(at.timestamp() * 1e9), True, one)


def test_a_day_begins_and_ends_at_midnight_where_the_store_stands() -> None:
    records = [
        issued(datetime(2026, 11, 22, 23, 59, 59, tzinfo=BERLIN)),
        issued(datetime(2026, 11, 23, 0, 0, 0, tzinfo=BERLIN), colas=2),
        issued(datetime(2026, 11, 23, 23, 59, 59, tzinfo=BERLIN), colas=3),
        issued(datetime(2026, 11, 24, 0, 0, 0, tzinfo=BERLIN)),
    ]
    day = day_sums(records, date(2026, 11, 23), BERLIN, "EUR")
    assert (day.visits, day.receipts, day.takings_minor) == (2, 2, 5 * 179)
    assert [(hour, sums.takings_minor) for hour, sums in enumerate(day.hours) if sums.visits] == [(0, 2 * 179), (23, 3 * 179)]
    assert [(one.units, one.takings_minor) for one in day.products] == [(5, 5 * 179)]
    assert day_sums(records, date(2026, 11, 23), UTC, "EUR").visits == 2  # an hour later: others
    assert day_sums([replace(records[1], issued_unix_s=None)], date(2026, 11, 23), BERLIN, "EUR").visits == 0


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 10, 26), 24)])
def test_the_days_on_which_the_clocks_change_have_their_own_length(day: date, hours: int) -> None:
    first, after = span_of(day, BERLIN)
    assert after - first == hours * 3600
    last = issued(datetime.fromtimestamp(after - 1, BERLIN))
    sums = day_sums([last, issued(datetime.fromtimestamp(after, BERLIN))], day, BERLIN, "EUR")
    assert (len(sums.hours), sums.visits, sums.hours[-1].visits) == (hours, 1, 1)


def test_what_people_decided_holds_on_the_day_of_the_visit() -> None:
    noon, later = datetime(2026, 11, 23, 12, tzinfo=BERLIN), datetime(2026, 11, 24, 9, tzinfo=BERLIN)
    records = [
        issued(noon, colas=2),
        issued(noon, colas=1, revisions=(refunded(later, 179),)),
        issued(noon, colas=3, status="provisional"),
    ]
    day = day_sums(records, date(2026, 11, 23), BERLIN, "EUR")
    assert (day.visits, day.receipts, day.reviews, day.nothing) == (3, 1, 1, 1)
    assert (day.takings_minor, day.refunds_minor, day.review_minor) == (2 * 179, 179, 3 * 179)
    assert day_sums(records, date(2026, 11, 24), BERLIN, "EUR").refunds_minor == 0


@pytest.mark.parametrize("name", ["Europe/Nowhere", "../../etc/passwd", "/etc/localtime", "Europe", "x" * 61])
def test_a_time_zone_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        StoreSettings(tenant="a", store="b", time_zone=name)
    assert StoreSettings(tenant="a", store="b", time_zone="Asia/Shanghai").time_zone == "Asia/Shanghai"
