"""The figures of a store for /metrics, as a test knows them."""

from __future__ import annotations

from edge.figures import Distribution, StoreMetrics
from edge.snapshot import StoreSnapshot


def shown_metrics(now: StoreSnapshot) -> StoreMetrics:
    """Some of every kind."""
    return StoreMetrics(
        snapshot=now,
        visits={"billed": 7, "nothing_taken": 2},
        receipts={"final": 6, "provisional": 1},
        receipts_minor={"final": 4_123, "provisional": 689},
        refusals={"expired": 3},
        step_s=Distribution(bounds=(0.001, 0.01), counts=(90, 9, 1), total=0.2),
        commit_s=Distribution(bounds=(0.01,), counts=(4, 0), total=0.01),
        receipt_s=Distribution(bounds=(1.0, 3.0), counts=(5, 2, 0), total=6.5),
        loop_lag_s=0.002,
        loop_ages_s={"bus a": 0.1},
        resident_bytes=70_000_000,
    )
