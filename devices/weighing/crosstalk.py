"""Cross-talk between plates: what a load on one plate shows on the others, and how to take it out again. Pure.

Plates on one frame bend it together: 1.5 kg put on one plate may show as 45 g on the next. With ``K[j][i]`` the share of plate i's load
that plate j shows (1 on the diagonal), the plates show ``y = K x`` where ``x`` is the true load; so ``x = K^-1 y``, and a covariance C
of y becomes ``K^-1 C K^-T``. Groups are a few plates, so a dense elimination is enough.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

LARGEST_SHARE = 0.2  # of a load; more is a plate that stands on its neighbour and must be mended, not calculated away
LARGEST_SUM = 0.5  # of a load over all other plates; below it every set of plates can be solved, and errors grow by a factor of two at most
SIGNIFICANT_SD = 3.0  # standard deviations; a smaller response is no leak
LEAST_SHARE = 0.001  # of a load; smaller leaks are below what any plate shows

Rows = tuple[tuple[float, ...], ...]


class CrossTalk:
    """The leaks of all plates: plate -> (other plate -> share of the first plate's load that the other shows).

    Raises ValueError where a share is outside +-0.2, a plate leaks to itself, or its leaks add up to more than half its load.
    """

    def __init__(self, leaks: Mapping[str, Mapping[str, float]]) -> None:
        self._leaks = {plate: dict(shares) for plate, shares in leaks.items() if shares}
        for plate, shares in self._leaks.items():
            for other, share in shares.items():
                if other == plate:
                    raise ValueError(f"plate {plate!r} cannot leak to itself")
                if not abs(share) <= LARGEST_SHARE:
                    raise ValueError(f"plate {plate!r} leaks {share:g} of its load to {other!r}; a share is within +-{LARGEST_SHARE:g}")
            total = math.fsum(abs(share) for share in shares.values())
            if total > LARGEST_SUM:
                raise ValueError(f"plate {plate!r} leaks {total:.2f} of its load in all; at most {LARGEST_SUM:g} can be corrected")

    def __bool__(self) -> bool:
        """Whether there is anything to correct."""
        return bool(self._leaks)

    def touches(self, plate: str) -> frozenset[str]:
        """The plates that show something of this plate's load, and those whose load this plate shows."""
        shown_by = {other for other, shares in self._leaks.items() if plate in shares}
        return frozenset(shown_by | self._leaks.get(plate, {}).keys())

    def shown(self, plates: Sequence[str], load_g: Sequence[float]) -> tuple[float, ...]:
        """What these plates show under these loads: K x, in the order of ``plates``."""
        _fits(plates, load_g)
        return tuple(math.fsum(share * load for share, load in zip(row, load_g, strict=True)) for row in self._matrix(plates))

    def corrected(
        self, plates: Sequence[str], shown_g: Sequence[float], covariance_g2: Sequence[Sequence[float]]
    ) -> tuple[tuple[float, ...], Rows]:
        """The loads under which ``plates`` show ``shown_g``, and their covariance (g^2); plates outside the group carry no change.

        ValueError where the sizes differ.
        """
        _fits(plates, shown_g)
        _fits(plates, covariance_g2)
        for row in covariance_g2:
            _fits(plates, row)
        if not any(plate in self._leaks for plate in plates):
            return tuple(shown_g), tuple(tuple(row) for row in covariance_g2)
        inverse = _inverted(self._matrix(plates))
        loads = tuple(math.fsum(weight * shown for weight, shown in zip(row, shown_g, strict=True)) for row in inverse)
        half = [[math.fsum(weight * covariance_g2[k][j] for k, weight in enumerate(row)) for j in range(len(plates))] for row in inverse]
        full = [[math.fsum(weight * row[k] for k, weight in enumerate(other)) for other in inverse] for row in half]
        return loads, tuple(tuple(0.5 * (full[i][j] + full[j][i]) for j in range(len(plates))) for i in range(len(plates)))

    def _matrix(self, plates: Sequence[str]) -> list[list[float]]:
        """K of these plates: row = the plate that shows, column = the plate that carries."""
        return [[1.0 if shows == carries else self._leaks.get(carries, {}).get(shows, 0.0) for carries in plates] for shows in plates]


def shares_of(plate: str, mass_g: float, shown: Mapping[str, tuple[float, float]]) -> dict[str, float]:
    """The leaks of ``plate``, by the plates that showed a change when ``mass_g`` was put on it.

    ``shown``: plate -> (change in grams, its standard deviation), ``plate`` itself included. Responses within their noise are no leaks.
    ValueError: the plate itself does not show the mass within 10 %, so that its calibration or the mass is wrong; or a leak is too large.
    """
    own_g = shown[plate][0] if plate in shown else 0.0
    if not mass_g > 0.0 or abs(own_g - mass_g) > 0.1 * mass_g:
        raise ValueError(f"plate {plate!r} shows {own_g:.1f} g for a mass of {mass_g:g} g: wrong plate, wrong mass or lost calibration")
    shares = {
        other: change / own_g
        for other, (change, sd) in shown.items()
        if other != plate and abs(change) >= SIGNIFICANT_SD * sd and abs(change / own_g) >= LEAST_SHARE
    }
    CrossTalk({plate: shares})
    return shares


def _fits(plates: Sequence[str], values: Sequence[object]) -> None:
    if len(values) != len(plates):
        raise ValueError(f"{len(plates)} plates and {len(values)} values")


def _inverted(rows: Sequence[Sequence[float]]) -> list[list[float]]:
    """Gauss-Jordan. The columns are diagonally dominant, so the pivots are on the diagonal and never small."""
    size = len(rows)
    work = [[*row, *(1.0 if column == line else 0.0 for column in range(size))] for line, row in enumerate(rows)]
    for pivot in range(size):
        scale = work[pivot][pivot]
        work[pivot] = [value / scale for value in work[pivot]]
        for line in range(size):
            factor = work[line][pivot]
            if line != pivot and factor:
                work[line] = [value - factor * above for value, above in zip(work[line], work[pivot], strict=True)]
    return [row[size:] for row in work]
