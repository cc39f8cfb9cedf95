"""Where sight joins the belief: what an eye says of one movement is one more likelihood beside the weight's. Pure.

An eye answers which product a hand took or put back, here and now, never what is billed. It says for each product how likely its picture is
had it been that product; only differences count.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from devices.facts import PlateSettled

LEAST_LOG = -7.0  # nats; an eye that is surer than one in a thousand has not seen enough of its own mistakes
SLACK_NS = 1_000_000_000  # a hand is seen before the plate moves and after it rests
OTHERS = ""  # the key under which every product stands that the eye did not name


@dataclass(frozen=True, slots=True)
class Sighting:
    """A hand seen over ``plates`` between two times. ``log_likelihoods``: per product, in nats; ``log_other``: of every other product."""

    plates: tuple[str, ...]
    start_ns: int
    end_ns: int
    log_likelihoods: tuple[tuple[str, float], ...]
    log_other: float


def seen(sightings: Sequence[Sighting], settled: PlateSettled) -> Mapping[str, float]:
    """What all sightings of this movement say together, per product and for :data:`OTHERS`, the best at 0; empty where nobody looked.

    Numbers that are not finite are left out.
    """
    plates = set(settled.plates) | {change.plate for change in settled.changes}
    near = [
        one
        for one in sightings
        if plates.intersection(one.plates) and one.start_ns <= settled.end_ns + SLACK_NS and settled.start_ns <= one.end_ns + SLACK_NS
    ]
    if not near:
        return {}
    named = sorted({gtin for one in near for gtin, _ in one.log_likelihoods})
    totals = dict.fromkeys([*named, OTHERS], 0.0)
    for one in near:
        other = one.log_other if math.isfinite(one.log_other) else 0.0
        told = {gtin: log for gtin, log in one.log_likelihoods if math.isfinite(log)}
        for gtin in totals:
            totals[gtin] += told.get(gtin, other)
    best = max(totals.values())
    return {gtin: max(log - best, LEAST_LOG) for gtin, log in totals.items()}
