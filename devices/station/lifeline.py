"""Whether a device is there: what counts as lost, when to ask again, and how much line time asking may cost. Pure: time comes in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from devices.errors import DeviceError, Garbled, Misconfigured

MISSES_UNTIL_LOST = 3
"""Consecutive unanswered requests; one lost reply is noise, three are a pulled plug."""

GARBLED_UNTIL_LOST = 8
"""Consecutive unreadable answers: something answers, so it is given longer, but a value unknown for so long is a lost device."""

PROBE_PERIOD_NS = 2_000_000_000
"""Between two questions to a lost device."""

PROBE_SHARE = 0.2
"""Of a bus's time that lost devices may cost together: each time-out silences the line for the devices that work."""

LifelineState: TypeAlias = Literal["starting", "online", "lost"]


class Lifeline:
    """One device's answers and silences."""

    def __init__(self) -> None:
        self.state: LifelineState = "starting"
        self.last_error: str | None = None
        self.last_seen_ns: int | None = None
        self.hits = 0
        self.misses = 0
        self.times_lost = 0
        self._missed_in_a_row = 0
        self._failed_in_a_row = 0

    def hit(self, at_ns: int) -> None:
        """A valid answer came."""
        self.hits += 1
        self.last_seen_ns = at_ns
        self._missed_in_a_row = self._failed_in_a_row = 0

    def accept(self) -> bool:
        """The device proved its identity; True when it had been lost."""
        found = self.state == "lost"
        self.state = "online"
        self.last_error = None
        self._missed_in_a_row = self._failed_in_a_row = 0
        return found

    def miss(self, error: DeviceError) -> bool:
        """A request failed; True when this is the moment the device is lost."""
        self.misses += 1
        self.last_error = str(error)
        self._failed_in_a_row += 1
        if not isinstance(error, Garbled):
            self._missed_in_a_row += 1
        dead = isinstance(error, Misconfigured) or self._missed_in_a_row >= MISSES_UNTIL_LOST or self._failed_in_a_row >= GARBLED_UNTIL_LOST
        if not dead or self.state == "lost":
            return False
        self.state = "lost"
        self.times_lost += 1
        return True


@dataclass(slots=True)
class ProbeBudget:
    """The time that lost devices of one bus may cost: after a question that took ``c`` seconds, none for ``c * (1/share - 1)``."""

    share: float = PROBE_SHARE
    free_ns: int = 0

    def wait_ns(self, now_ns: int, last_probe_ns: int | None) -> int:
        """How long a device that was last asked at ``last_probe_ns`` has to wait now."""
        own = 0 if last_probe_ns is None else last_probe_ns + PROBE_PERIOD_NS - now_ns
        return max(0, own, self.free_ns - now_ns)

    def reserve(self, now_ns: int, worst_s: float) -> None:
        """A question begins now and may take ``worst_s``: the bus's other lost devices wait for its end."""
        self.free_ns = max(self.free_ns, now_ns + round(worst_s * 1e9))

    def spent(self, began_ns: int, ended_ns: int) -> None:
        """A question to a lost device took this long."""
        self.free_ns = max(self.free_ns, ended_ns + round((ended_ns - began_ns) * (1.0 / self.share - 1.0)))
