"""What only counting over time gives: the figures for /metrics that no snapshot holds. Pure: frozen values, no I/O.

Times are seconds, sums of money minor units of the store's currency. Filled by the runtime since the start of the process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from edge.snapshot import StoreSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """Observations sorted into ranges. ``counts[i]`` lie at or under ``bounds[i]`` and above the bound before it; the last of ``counts``
    (one longer than ``bounds``) are those above every bound. ``total`` is the sum of all observed values."""

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    total: float

    def __post_init__(self) -> None:
        if len(self.counts) != len(self.bounds) + 1:
            raise ValueError(f"counts must be one longer than bounds: expected {len(self.bounds) + 1}, got {len(self.counts)}")
        if list(self.bounds) != sorted(set(self.bounds)):
            raise ValueError(f"bounds must rise strictly, got {self.bounds}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreMetrics:
    """The figures that only counting over time gives; the rest of /metrics is read from ``snapshot``.

    ``visits``: ended visits by outcome. ``receipts``: receipts by status. ``receipts_minor``: their sums by status.
    ``reviews``: people's decisions about receipts by kind; ``due_minor``: what was due by them, as ``charge`` and as ``refund``.
    ``step_s``: time of one ``step``. ``commit_s``: time of one journal commit. ``receipt_s``: door closed to receipt stored.
    ``loop_lag_s``: how late the event loop woke last. ``loop_ages_s``: seconds since each supervised loop last gave its beat.
    """

    snapshot: StoreSnapshot
    visits: Mapping[str, int]
    receipts: Mapping[str, int]
    receipts_minor: Mapping[str, int]
    refusals: Mapping[str, int]
    step_s: Distribution
    commit_s: Distribution
    receipt_s: Distribution
    loop_lag_s: float
    loop_ages_s: Mapping[str, float]
    reviews: Mapping[str, int] = field(default_factory=dict)
    due_minor: Mapping[str, int] = field(default_factory=dict)
    resident_bytes: int | None = None
