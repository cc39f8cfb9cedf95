"""The plainest way to count, to compare with: every lasting step of one plate is the product there whose weight is nearest. No memory.

It knows neither neighbours nor hands: a plate that rests for half a second has a level, a difference of levels is goods.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

import numpy as np
import numpy.typing as npt

from edge.recordings.format import Recording
from edge.recordings.session_receipt import CountedLine, SessionReceipt

REST_S: Final = 0.5  # s that a plate must rest for a level
AVERAGE_S: Final = 0.25  # s of the moving average: three periods of a usual plate
REST_SPAN_G: Final = 4.0  # g; a resting plate stays within
LEAST_STEP_G: Final = 10.0  # g; what the winner's detector of the 2020 competition takes for an event


def steps(times_ns: npt.NDArray[np.int64], grams: npt.NDArray[np.float64]) -> list[tuple[int, float]]:
    """Lasting steps of one plate (T,): when the new level began (ns) and by how many grams it differs from the level before."""
    pace_s = float(np.median(np.diff(times_ns))) / 1e9
    wide, rest = max(1, round(AVERAGE_S / pace_s)), max(2, round(REST_S / pace_s))
    if len(grams) < wide + rest:
        return []
    smooth = np.convolve(grams, np.full(wide, 1.0 / wide), "valid")
    if np.ptp(smooth) < LEAST_STEP_G:
        return []
    windows = np.lib.stride_tricks.sliding_window_view(smooth, rest)
    resting = np.flatnonzero(np.ptp(windows, axis=1) <= REST_SPAN_G)
    found, before = [], None
    for place in resting:
        level = float(windows[place].mean())
        # Within one rest the level follows drift; a new rest that is a step away is goods.
        if before is not None and place != before[0] + 1 and abs(level - before[1]) >= LEAST_STEP_G:
            found.append((int(times_ns[place]), level - before[1]))
        before = (place, level)
    return found


def naive_receipts(recording: Recording) -> list[SessionReceipt]:
    """One final receipt per session; a step counts for every session that is open, a sum below zero for nothing."""
    weights = {product.gtin: product.unit_weight_g for product in recording.shop.products}
    here: dict[str, list[str]] = {}
    for facing in recording.store.planogram:
        here.setdefault(facing.plate, []).append(facing.gtin)
    baskets = {session.session_id: Counter[str]() for session in recording.sessions}
    for column, place in enumerate(recording.shop.places):
        products = here.get(place.plate)
        if not products:
            continue
        for at_ns, change in steps(recording.times_ns, recording.grams[:, column].astype(np.float64)):
            counts = {gtin: max(1, round(abs(change) / weights[gtin])) for gtin in products}
            gtin = min(products, key=lambda name: abs(abs(change) - counts[name] * weights[name]))
            for session in recording.sessions:
                if session.start_ns <= at_ns <= session.end_ns:
                    baskets[session.session_id][gtin] += counts[gtin] if change < 0 else -counts[gtin]
    return [
        SessionReceipt(session, "final", tuple(CountedLine(gtin, count, 1.0) for gtin, count in sorted(basket.items()) if count > 0))
        for session, basket in baskets.items()
    ]
