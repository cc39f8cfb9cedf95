"""A cabinet door: leaf, latch, solenoid, contact, bolt sensor, closer. Pure: time is passed in.

``strike``: the latch gives way while its coil is powered and holds again afterwards if the leaf is shut. ``hook``: a pulse throws the hook
open and it stays open until the leaf is pushed shut; with ``pops_open`` a spring ejects the leaf.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

NS = 1_000_000_000  # ns per s
BOUNCE_NS = 1_000_000  # ns; one turn of a bouncing contact

Leaf = Literal["shut", "ajar", "open"]
StuckSensor = Literal["none", "on", "off"]


@dataclass(frozen=True, slots=True)
class DoorTraits:
    """How one door is built."""

    latch: Literal["strike", "hook"] = "strike"
    pops_open: bool = False
    travel_s: float = 0.04  # s; from coil current to a released latch, and back
    latch_s: float = 0.08  # s; from the leaf meeting the frame to the latch holding it
    bounce_s: float = 0.0  # s; after every movement of the leaf its contact says yes and no in turns of a millisecond for so long
    closer_s: float | None = None  # s; a spring shuts the leaf so long after it was let go; None: no closer


@dataclass(slots=True)
class DoorTroubles:
    """What is wrong with one door now; change at any time. A sensor stuck "on" reports open (contact) or holding (bolt)."""

    coil_dead: bool = False
    latch_jammed: bool = False  # does not catch when the leaf is shut
    contact_stuck: StuckSensor = "none"
    bolt_stuck: StuckSensor = "none"


@dataclass(slots=True)
class DoorPhysics:
    """One door's state. All questions carry a time; times may not go back between calls that change something."""

    traits: DoorTraits = field(default_factory=DoorTraits)
    troubles: DoorTroubles = field(default_factory=DoorTroubles)
    leaf: Leaf = "shut"
    openings: int = 0
    _shut_ns: int = -(1 << 62)
    _moved_ns: int = -(1 << 62)
    _power_from_ns: int | None = None
    _power_until_ns: int | None = None
    _hook_released: bool = False
    _hook_thrown_by_ns: int | None = None  # start of the pulse that threw the hook last
    _closes_ns: int | None = None

    def energise(self, at_ns: int, until_ns: int | None) -> None:
        """Coil current from ``at_ns`` to ``until_ns`` (None: until ``de_energise``). A strike that has current already keeps giving way."""
        self.settle(at_ns)
        flows = self._power_from_ns is not None and (self._power_until_ns is None or at_ns < self._power_until_ns)
        if not (flows and self.traits.latch == "strike"):
            self._power_from_ns = at_ns
        self._power_until_ns = until_ns

    def de_energise(self, at_ns: int) -> None:
        self.settle(at_ns)
        if self._power_from_ns is not None and (self._power_until_ns is None or self._power_until_ns > at_ns):
            self._power_until_ns = at_ns

    def released(self, at_ns: int) -> bool:
        """Whether the leaf can be pulled open."""
        self.settle(at_ns)
        if self.leaf != "shut" or self.troubles.latch_jammed:
            return True
        if self.traits.latch == "hook":
            return self._hook_released
        return self._powered(at_ns)

    def pull(self, at_ns: int, *, force: bool = False) -> bool:
        """Somebody pulls. True: the leaf is open now. With ``force`` it opens whatever holds it."""
        if not (self.released(at_ns) or force):
            return False
        self._open("open", at_ns)
        return True

    def let_go(self, at_ns: int) -> None:
        """Nobody holds the leaf: the closer, where there is one, will shut it."""
        self.settle(at_ns)
        if self.leaf != "shut" and self.traits.closer_s is not None:
            self._closes_ns = at_ns + round(self.traits.closer_s * NS)

    def push(self, at_ns: int, *, ajar: bool = False) -> None:
        """Push the leaf shut; ``ajar``: not far enough to meet the frame."""
        self.settle(at_ns)
        self._closes_ns = None
        if ajar:
            self._open("ajar", at_ns)
        elif self.leaf != "shut" or self._hook_released:
            self._shut(at_ns)

    def contact_open(self, at_ns: int) -> bool:
        """What the door contact reports: the leaf is off its frame."""
        self.settle(at_ns)
        since_ns = at_ns - self._moved_ns
        wrong = since_ns < self.traits.bounce_s * NS and since_ns // BOUNCE_NS % 2 == 0
        return _sensed((self.leaf != "shut") is not wrong, self.troubles.contact_stuck)

    def bolt_holds(self, at_ns: int) -> bool:
        """What the bolt or hook sensor reports."""
        self.settle(at_ns)
        holds = not self.released(at_ns) and (at_ns - self._shut_ns) >= self.traits.latch_s * NS
        return _sensed(holds, self.troubles.bolt_stuck)

    def settle(self, at_ns: int) -> None:
        """Let everything happen that was due by ``at_ns``: the thrown hook, the ejecting spring, the closer."""
        if self._closes_ns is not None and self._closes_ns <= at_ns:
            closes, self._closes_ns = self._closes_ns, None
            self._shut(closes)
        pulse = self._power_from_ns
        if self.traits.latch != "hook" or pulse is None or pulse == self._hook_thrown_by_ns or self.troubles.coil_dead:
            return
        if pulse + round(self.traits.travel_s * NS) <= at_ns:
            self._hook_thrown_by_ns = pulse
            self._hook_released = True
            if self.traits.pops_open and self.leaf == "shut":
                self._open("ajar", pulse + round(self.traits.travel_s * NS))

    def _powered(self, at_ns: int) -> bool:
        if self.troubles.coil_dead or self._power_from_ns is None:
            return False
        travel = round(self.traits.travel_s * NS)
        return self._power_from_ns + travel <= at_ns and (self._power_until_ns is None or at_ns < self._power_until_ns + travel)

    def _open(self, leaf: Leaf, at_ns: int) -> None:
        if self.leaf == "shut":
            self.openings += 1
            self._moved_ns = at_ns
        self.leaf = leaf

    def _shut(self, at_ns: int) -> None:
        self._moved_ns = at_ns
        self.leaf = "shut"
        self._shut_ns = at_ns
        self._hook_released = False


def _sensed(truth: bool, stuck: StuckSensor) -> bool:
    return truth if stuck == "none" else stuck == "on"
