"""Whether the store is on its own: judged by the consumer's words alone, never by the broker's. Pure: time is passed in."""

from __future__ import annotations

from dataclasses import dataclass

from cloud_bridge.facts import CloudLost, CloudReachable

_S = 1_000_000_000


@dataclass(slots=True)
class Contact:
    """Turns the consumer's words into CloudReachable and CloudLost, each reported once per change.

    Reachable: the consumer speaks and has confirmed everything that waited when it began to. Lost: no word for ``lost_after_s``.
    """

    lost_after_s: float
    since_ns: int
    reachable: bool | None = None
    heard_ns: int | None = None
    _target: int | None = None

    def word(self, at_ns: int, last: int) -> bool:
        """The consumer said something; ``last`` is the newest event's number. Returns whether it had been silent until now."""
        silent = self._target is None
        self.heard_ns = at_ns
        if silent:
            self._target = last
        return silent

    def renumbered(self, last: int) -> None:
        """A new epoch began: the aim is the newest event's new number."""
        if self._target is not None:
            self._target = last

    def judge(self, at_ns: int, confirmed: int) -> CloudReachable | CloudLost | None:
        """What changed, given the number up to which the far end has confirmed."""
        if at_ns - (self.since_ns if self.heard_ns is None else self.heard_ns) >= self.lost_after_s * _S:
            self._target = None
            if self.reachable is not False:
                self.reachable = False
                return CloudLost(at_ns=at_ns)
        elif self._target is not None and confirmed >= self._target and self.reachable is not True:
            self.reachable = True
            return CloudReachable(at_ns=at_ns)
        return None

    def due_ns(self) -> int | None:
        """When ``judge`` has to be asked again if nothing is heard, None where it would say nothing new."""
        if self.reachable is False and self._target is None:
            return None
        return (self.since_ns if self.heard_ns is None else self.heard_ns) + round(self.lost_after_s * _S)
