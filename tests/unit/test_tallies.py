"""What is counted is named by the code alone, so that a metric has as many series as there are codes."""

from __future__ import annotations

from edge.runtime.tallies import Tallies
from edge.session.commands import RecordAudit


def test_refusals_are_counted_by_their_code() -> None:
    tallies = Tallies()
    details = ("expired by qr", "expired by api: pass 17", "clock by qr")
    tallies.count([RecordAudit(action="entry_refused", by="store", detail=detail) for detail in details], now_ns=0)
    assert tallies.refusals == {"expired": 2, "clock": 1}
