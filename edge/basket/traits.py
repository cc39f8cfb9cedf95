"""Which parts of the belief are switched on. Pure. All of them are in a store; measuring switches them off to learn what each is worth."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Traits:
    """``beam``: keep many hypotheses, not the best one alone. ``dynamic_planogram``: goods put back in the wrong place stay there.
    ``cross_talk``: what shows on the neighbours belongs to the change. ``basket_prior``: what the shopper holds, usual numbers and homes
    count. ``unit_spread``: units of a product weigh differently, and the catalogue is off by a little."""

    beam: bool = True
    dynamic_planogram: bool = True
    cross_talk: bool = True
    basket_prior: bool = True
    unit_spread: bool = True


FULL = Traits()
