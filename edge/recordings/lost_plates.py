"""Plates out of sight: what they weighed before a gap or a fault, and what differs once they weigh again. No samples, no visits."""

from __future__ import annotations

import math
from collections.abc import Iterable

from devices.facts import PlateChange, PlateSettled, PlateWeight, whole_milligrams


class LostPlates:
    """The last known weight of every plate. ``tolerance_g``: a plate that is back within it has not changed."""

    def __init__(self, tolerance_g: float) -> None:
        self._tolerance_g = tolerance_g
        self._known: dict[str, PlateWeight] = {}
        self._lost: set[str] = set()

    @property
    def lost(self) -> frozenset[str]:
        """The plates that are out of sight now."""
        return frozenset(self._lost)

    def loses(self, plate: str) -> None:
        """Whatever happens on the plate from now on shows only when it is back."""
        self._lost.add(plate)

    def settled(self, fact: PlateSettled) -> None:
        """Changes that were seen leave a known weight behind; a plate that is lost since stays lost."""
        for change in fact.changes:
            self._known[change.plate] = PlateWeight(change.plate, change.after_g, change.sd_g)

    def measured(self, weights: Iterable[PlateWeight]) -> tuple[PlateChange, ...]:
        """Absolute weights: what changed on plates that were lost, all of which are back now.

        The weight of a plate that was in sight all along may be older than its last change, and says nothing new.
        """
        changes = []
        for weight in weights:
            before = self._known.get(weight.plate)
            if before is not None and weight.plate not in self._lost:
                continue
            self._lost.discard(weight.plate)
            self._known[weight.plate] = weight
            delta_g = 0.0 if before is None else whole_milligrams(weight.grams - before.grams)
            if before is not None and abs(delta_g) > self._tolerance_g:
                changes.append(PlateChange(weight.plate, delta_g, math.hypot(weight.sd_g, before.sd_g), weight.grams))
        return tuple(changes)
