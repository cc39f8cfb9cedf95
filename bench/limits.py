"""A measured figure beside what it must not exceed, as one row of a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """``value`` of ``what`` in ``unit``; ``most`` None: nothing is asked of it."""

    what: str
    value: float
    most: float | None
    unit: str = ""

    @property
    def missed(self) -> bool:
        """It is above its limit."""
        return self.most is not None and self.value > self.most

    def line(self) -> str:
        """The row."""
        told = f"at most {self.most:g}" if self.most is not None else "no limit"
        verdict = "" if self.most is None else "MISSED" if self.missed else "reached"
        return f"  {self.what:<56}{self.value:>9.2f} {self.unit:<14}{told:<14}{verdict}".rstrip()


def told(limits: Iterable[Limit]) -> int:
    """Print the rows; 1 when one was missed."""
    rows = list(limits)
    print("\n".join(row.line() for row in rows), flush=True)
    return int(any(row.missed for row in rows))
