"""Counts over the life of the process, for /metrics: what ended how, and how long the own work took."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

from edge.figures import Distribution
from edge.session.commands import Command, EndVisit, IssueReceipt, RecordAudit, ReviseReceipt

STEP_BOUNDS_S = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)  # one step is microseconds; 0.1 s would be felt at the kiosk
COMMIT_BOUNDS_S = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)  # NVMe to slow SD card
RECEIPT_BOUNDS_S = (0.1, 0.3, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0)  # door closed to receipt; 3 s is what shoppers accept


class Histogram:
    """A running :class:`Distribution`."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._total = 0.0

    def add(self, value: float) -> None:
        """Count one observation, in seconds."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self._total += value

    def view(self) -> Distribution:
        """The counts so far."""
        return Distribution(bounds=self._bounds, counts=tuple(self._counts), total=self._total)


class Tallies:
    """Fed by the store loop after every durable batch."""

    def __init__(self) -> None:
        self.visits: Counter[str] = Counter()
        self.receipts: Counter[str] = Counter()
        self.receipts_minor: Counter[str] = Counter()
        self.reviews: Counter[str] = Counter()
        self.due_minor: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self.step = Histogram(STEP_BOUNDS_S)
        self.commit = Histogram(COMMIT_BOUNDS_S)
        self.receipt = Histogram(RECEIPT_BOUNDS_S)

    def count(self, commands: Sequence[Command], now_ns: int) -> None:
        """Count what these commands say; ``now_ns`` is when they became durable."""
        for command in commands:
            match command:
                case EndVisit():
                    self.visits[command.outcome] += 1
                case IssueReceipt():
                    self.receipts[command.receipt.status] += 1
                    self.receipts_minor[command.receipt.status] += command.receipt.total_minor
                    self.receipt.add(max(0.0, (now_ns - command.closed_ns) / 1e9))
                case ReviseReceipt(revision=revision):
                    self.reviews[revision.decision] += 1
                    if revision.due_minor:
                        self.due_minor["charge" if revision.due_minor > 0 else "refund"] += abs(revision.due_minor)
                case RecordAudit(action="entry_refused"):
                    self.refusals[command.detail.partition(" by ")[0]] += 1
                case _:
                    pass
