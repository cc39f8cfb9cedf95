"""Of boxes that mean the same thing, the best: greedy non-maximum suppression, class by class. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vision.types import Floats

MOST_CANDIDATES = 1000  # best boxes that are compared; a shelf full of bottles has some hundreds


def kept(boxes: Floats, scores: Floats, classes: NDArray[np.intp], overlap: float, most: int) -> NDArray[np.intp]:
    """Indices of the boxes that stay, best first, at most ``most``.

    ``boxes`` (n, 4) are left, top, right, bottom in any unit. A box goes when one of its class with a higher score, or the same score and a
    lower index, stays and overlaps it by more than ``overlap`` (intersection over union). With ``overlap`` 1 all stay.
    """
    order = np.argsort(-scores, kind="stable")[:MOST_CANDIDATES]
    if overlap >= 1.0:
        return order[:most]
    chosen: list[int] = []
    while order.size and len(chosen) < most:
        best, rest = order[0], order[1:]
        chosen.append(int(best))
        same = classes[rest] == classes[best]
        order = rest[~(same & (intersection_over_union(boxes[best], boxes[rest]) > overlap))]
    return np.array(chosen, dtype=np.intp)


def intersection_over_union(box: Floats, others: Floats) -> Floats:
    """Of one box (4,) with each of others (n, 4); 0 where neither has an area."""
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    shared = np.prod(np.maximum(sides, 0.0), axis=1)
    areas = np.prod(np.maximum(others[:, 2:] - others[:, :2], 0.0), axis=1)
    union = float(np.prod(np.maximum(box[2:] - box[:2], 0.0))) + areas - shared
    return np.asarray(np.divide(shared, union, out=np.zeros_like(shared), where=union > 0.0), dtype=np.float32)
