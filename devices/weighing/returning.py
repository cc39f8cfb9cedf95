"""Plates that were out of sight and weigh again: their first weights are held back for a moment and judged together. Pure.

A transmitter that lost its calibration while it had no power shows every plate by one and the same factor. Plate by plate that looks like
goods that were taken; together it cannot be.
"""

from __future__ import annotations

from devices.facts import PlateWeight
from devices.weighing.health import rescaled
from devices.weighing.trace import NS_PER_S

TOGETHER_NS = NS_PER_S  # ns from the first plate that is back to the judgement; one transmitter's plates come back within it


class Returning:
    """What the plates weighed before they were lost, and what they weigh now that they are back."""

    def __init__(self) -> None:
        self._before: dict[str, float] = {}
        self._back: dict[str, PlateWeight] = {}
        self._told: set[str] = set()  # of those that are back; only asked for its members
        self._since_ns = 0

    def lost(self, plate: str, grams: float | None) -> None:
        """The plate is out of sight; ``grams``: its last stable weight, None where there was none or where the older one still holds."""
        self.forgets(plate)
        if grams is not None:
            self._before[plate] = grams

    def holds(self, weight: PlateWeight, at_ns: int) -> bool:
        """Take the first weight of a plate; False where it was not out of sight, so that its weight can be told at once."""
        if weight.plate not in self._before:
            return False
        if not self._back:
            self._since_ns = at_ns
        self._back[weight.plate] = weight
        self._told.discard(weight.plate)
        return True

    def moves(self, plate: str) -> PlateWeight | None:
        """The plate begins to move: the weight that must be told before its change, None where none is held back.

        It stays in the judgement, which is about the weights from before the movement.
        """
        if plate not in self._back or plate in self._told:
            return None
        self._told.add(plate)
        return self._back[plate]

    def forgets(self, plate: str) -> None:
        """The plate is faulty after all: there is nothing to tell of it."""
        self._back.pop(plate, None)
        self._told.discard(plate)

    def due(self, at_ns: int) -> tuple[tuple[PlateWeight, ...], dict[str, float]]:
        """Once it is time: the weights to tell, and the plates not to trust with what they weighed before. Empty until then."""
        if not self._back or (len(self._back) < len(self._before) and at_ns - self._since_ns < TOGETHER_NS):
            return (), {}
        wrong = rescaled(self._before, {plate: weight.grams for plate, weight in self._back.items()})
        told = tuple(weight for plate, weight in self._back.items() if plate not in wrong and plate not in self._told)
        distrusted = {plate: self._before[plate] for plate in wrong}
        for plate in self._back:
            del self._before[plate]
        self._back.clear()
        self._told.clear()
        return told, distrusted
