"""What speaks for a basket line, and what no product explains. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Evidence:
    """One plate change that speaks for a line: plate, monotonic time, grams (negative = taken) and standard deviation."""

    plate: str
    at_ns: int
    delta_g: float
    sd_g: float
