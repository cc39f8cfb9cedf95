"""Weight that lies on a plate and that no product explains, from one visit to the next: a bag, a weight, a stranger's can. Pure.

Whoever takes such a thing away makes the same change as somebody who takes goods of that weight. The plates cannot tell the two apart, so
nobody is billed for it by the machine alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from edge.basket.evidence import Evidence

GONE_SD: Final = 3.0  # a load nearer to nothing than this many standard deviations has left
SAME_SD: Final = 4.0  # a change that near to a load may be that load
WANDERS_G: Final = 4.0  # g; what creep and drift add to a load and to its leaving besides their standard deviations
MAX_STRAY: Final = 500  # plates; more than a cabinet has


@dataclass(frozen=True, slots=True)
class StrayLoad:
    """``grams`` more than the goods on ``plate`` explain, at least zero."""

    plate: str
    grams: float
    sd_g: float


def left_behind(known: Sequence[StrayLoad], unexplained: Iterable[Evidence]) -> tuple[StrayLoad, ...]:
    """``known`` after more unexplained changes, sorted by plate. What is missing is no load: it is gone and cannot be taken again."""
    loads = {load.plate: load for load in known}
    for change in unexplained:
        before = loads.get(change.plate, StrayLoad(change.plate, 0.0, 0.0))
        sd_g = math.hypot(before.sd_g, change.sd_g)
        loads[change.plate] = StrayLoad(change.plate, round(before.grams + change.delta_g, 3), round(sd_g, 3))
    kept = [loads[plate] for plate in sorted(loads) if loads[plate].grams > GONE_SD * math.hypot(loads[plate].sd_g, WANDERS_G)]
    return tuple(kept[:MAX_STRAY])


def may_be_stray(loads: Sequence[StrayLoad], evidence: Iterable[Evidence]) -> bool:
    """May one of the changes that speak for a basket be such a load that was taken away?"""
    changes = tuple(evidence)
    return any(
        change.plate == load.plate and abs(change.delta_g + load.grams) <= SAME_SD * math.hypot(change.sd_g, load.sd_g, WANDERS_G)
        for load in loads
        for change in changes
    )
