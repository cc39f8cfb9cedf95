"""A visit told fact by fact, with the samples that two plates would give meanwhile."""

from __future__ import annotations

import random

from edge.runtime.clock import ClockReading, SystemClock
from edge.runtime.sample_ring import SampleRing
from edge.runtime.sample_tap import SampleTap
from tests.unit.visit_story import NS, Story, claims

WALL_NS = 1_763_900_000 * NS
PACE_S = 0.05


class ToldClock(SystemClock):
    """A clock that stands at the story's time."""

    def __init__(self, story: Story) -> None:
        super().__init__()
        self._story = story

    def monotonic_ns(self) -> int:
        return self._story.at_ns

    def read(self) -> ClockReading:
        return ClockReading(self._story.at_ns, WALL_NS + self._story.at_ns, self.boot_id, "ntp")


class TappedStory:
    """``shown``: grams on each plate, as its samples say; ``samples``: how many of them."""

    def __init__(self, *, minutes: float = 10.0) -> None:
        self.story = Story()
        self.clock = ToldClock(self.story)
        self.ring = SampleRing(minutes)
        self.tap = SampleTap(["p1", "p2"], self.ring)
        self.shown = dict(self.story.weights)
        self.samples = 0
        self._noise = random.Random(1)
        self.tap.see(self.story.state, self.story.at_ns)

    def rest(self, seconds: float) -> None:
        """Time goes by; the plates say what lies on them."""
        for _ in range(round(seconds / PACE_S)):
            self.story.wait(PACE_S)
            for plate, grams in self.shown.items():
                self.samples += 1
                self.tap.take(plate, self.story.at_ns, grams + self._noise.gauss(0.0, 0.3))
        self.tap.see(self.story.state, self.story.at_ns)

    def visit(self, name: str, *, takes: float = 350.0) -> None:
        """Somebody enters, takes so many grams off the first plate, and leaves."""
        self.story.enter(claims(f"pass-{name}"), visit=name)
        self.rest(0.2)
        self.story.unlock()
        self.rest(2.0)
        self.story.open()
        self.rest(2.0)
        self.shown["p1"] -= takes
        self.rest(2.0)
        self.story.change(-takes)
        self.rest(1.0)
        self.story.close()
        self.rest(0.2)
        self.story.secure()
        self.rest(1.0)
        self.story.quiet()
        self.rest(1.0)
        self.story.timer()  # the receipt is off the screen
        self.rest(1.0)
