"""What one movement really lifted: a plate's load shows in part on the plates beside it, which stand on the same frame. Pure.

A plate keeps ``1 - k_left - k_right`` of its load and its neighbours show the rest, so that the sum over all of them is the load. What the
neighbours show is measured with noise; where it is small, the usual share of the load is the better guess. Both are combined as normal
densities: precision-weighted mean.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from devices.facts import PlateChange

SHARE_MEAN = 0.015  # of a load that shows on one neighbour; 0.5-3 % seen
SHARE_SD = 0.010
ECHO_SHARE = 0.04  # a neighbour's change up to this share of the loudest change beside it is its echo
LEAST_VAR_G2 = 0.01  # square grams; no sum is known better than to a tenth of a gram
UNTOLD_SD = 2.0  # standard deviations; a smaller load may as well be one of the other direction
UNSURE_G = 20.0  # g; standard deviation of a change that says little, of a plate that was touched before it was ever weighed
ECHO_SD = 2.0  # standard deviations of the measurement that an echo may be off on top of that


@dataclass(frozen=True, slots=True)
class Load:
    """A change that is no echo. ``grams``: with what its neighbours show of it; ``var_g2``: of that; ``places``: changes in it."""

    place: int
    plate: str
    grams: float
    var_g2: float
    places: tuple[int, ...]

    @property
    def direction(self) -> int:
        """-1: something left, 1: something came, 0: too uncertain to tell."""
        if abs(self.grams) <= UNTOLD_SD * math.sqrt(self.var_g2):
            return 0
        return -1 if self.grams < 0.0 else 1


@dataclass(frozen=True, slots=True)
class Loads:
    """All loads of one movement, and per pair of neighbouring loads what the first's sum is short of, with its variance.

    A pair that is explained as one item shares nothing with itself: ``between`` counts only for loads that are explained apart.
    ``shared``: per pair the covariance of their measurements.
    """

    loads: tuple[Load, ...]
    between: Mapping[tuple[int, int], tuple[float, float]]
    shared: Mapping[tuple[int, int], float]

    def together(self, group: Sequence[int]) -> tuple[float, float]:
        """Grams and variance of the loads at these indices taken as one."""
        grams = sum(self.loads[index].grams for index in group)
        var = sum(self.loads[index].var_g2 for index in group)
        var += sum(self.shared.get((one, two), 0.0) for one in group for two in group if one != two)
        for (one, two), (short, short_var) in self.between.items():
            if one in group and two not in group:
                grams += short
                var += short_var
        return grams, max(var, LEAST_VAR_G2)


def loads(
    changes: Sequence[PlateChange],
    variances: Sequence[float],
    neighbours: Mapping[str, Set[str]],
    *,
    cross_talk: bool,
    shared: Mapping[tuple[int, int], float] | None,
    looked_at: bool = False,
) -> Loads:
    """The loads behind ``changes``. ``shared``: their covariance by place, given where the weighing stage has calculated cross-talk out.
    ``looked_at``: an eye may tell what a change was that says little by itself; weight alone would only guess."""
    corrected = shared is not None
    echoes = {} if corrected else _echoes(changes, neighbours, looked_at=looked_at)
    mains = [place for place in range(len(changes)) if place not in echoes]
    found = []
    for place in mains:
        change = changes[place]
        grams, var, places = change.delta_g, variances[place], [place]
        if cross_talk and not corrected:
            mean, spread = SHARE_MEAN * change.delta_g, (SHARE_SD * change.delta_g) ** 2
            heard = {changes[other].plate: other for other, source in echoes.items() if source == place}
            busy = {changes[other].plate for other in range(len(changes)) if changes[other].plate not in heard}
            for name in sorted(neighbours.get(change.plate, frozenset()) - busy):
                share, share_var = mean, spread
                if name in heard:
                    other = heard[name]
                    noise = variances[other]
                    gain = spread / max(spread + noise, 1e-9)
                    share, share_var = mean + gain * (changes[other].delta_g - mean), spread * (1.0 - gain)
                    places.append(other)
                grams += share
                var += share_var
        found.append(Load(place, change.plate, grams, var, tuple(places)))
    between = {}
    if cross_talk and not corrected:
        for one, first in enumerate(found):
            for two, second in enumerate(found):
                if one != two and second.plate in neighbours.get(first.plate, frozenset()):
                    mine, theirs = changes[first.place].delta_g, changes[second.place].delta_g
                    short = SHARE_MEAN * (mine - theirs)
                    between[one, two] = (short, SHARE_SD**2 * (mine * mine + theirs * theirs))
    at = {load.place: index for index, load in enumerate(found)}
    pairs = {(at[one], at[two]): value for (one, two), value in (shared or {}).items() if one in at and two in at}
    return Loads(tuple(found), between, pairs)


def _echoes(changes: Sequence[PlateChange], neighbours: Mapping[str, Set[str]], *, looked_at: bool) -> dict[int, int]:
    """Per echo the place of the change that it is an echo of: the loudest beside it."""
    places = {change.plate: place for place, change in enumerate(changes)}
    found: dict[int, int] = {}
    for place, change in enumerate(changes):
        beside = [places[name] for name in neighbours.get(change.plate, frozenset()) if name in places]
        if not beside:
            continue
        loudest = max(beside, key=lambda other: (abs(changes[other].delta_g), -other))
        source = changes[loudest].delta_g
        slack = ECHO_SD * change.sd_g
        with_it = change.delta_g if source > 0.0 else -change.delta_g
        if looked_at and change.sd_g > max(UNSURE_G, ECHO_SHARE * abs(source)):
            continue  # it may be anything, even most of what stood on both
        if abs(change.delta_g) < abs(source) and -slack <= with_it <= ECHO_SHARE * abs(source) + slack:
            found[place] = loudest
    return {place: source for place, source in found.items() if source not in found}
