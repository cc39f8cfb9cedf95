"""Which channel is under a plate: somebody presses on it, and one channel of all that are read moves. Pure."""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from devices.commissioning.said import CannotWeigh, Said, Tell
from devices.commissioning.samples import Samples

PRESS_G: Final = 150.0  # g; a hand presses with ten times that, a truck that passes moves a tenth of it
HELD_S: Final = 0.15  # s; a hand stays at least so long, a spike of the converter does not
CALM_S: Final = 0.8  # s of rest before the press, and after it
CALM_G: Final = 20.0  # g; a resting channel's values differ by no more
ALONE_SHARE: Final = 0.5  # of the press; a channel that moved so much was pressed as well


@dataclass(frozen=True, slots=True)
class Pressed:
    """The channel that moved, how far in grams (as its scale shows them), and how far the others moved with it."""

    channel: str
    peak_g: float
    others: Mapping[str, float]


@dataclass(slots=True)
class _Channel:
    """What one channel has shown: the newest ``CALM_S``, its rest, and its furthest excursion from it."""

    recent: deque[tuple[int, float]] = field(default_factory=deque)
    rest_g: float | None = None
    peak_g: float = 0.0
    since_ns: int | None = None
    held_ns: int = 0

    def add(self, at_ns: int, grams: float) -> None:
        self.recent.append((at_ns, grams))
        while at_ns - self.recent[0][0] > CALM_S * 1e9:
            self.recent.popleft()

    @property
    def calm_g(self) -> float | None:
        """The middle of its newest values, None while they differ too much or are too few."""
        values = [grams for _, grams in self.recent]
        if len(values) < 4 or self.recent[-1][0] - self.recent[0][0] < 0.7 * CALM_S * 1e9 or max(values) - min(values) > CALM_G:
            return None
        return statistics.median(values)

    def follow(self, at_ns: int, grams: float) -> None:
        """After the rest is known: how far off it goes, and for how long."""
        off = grams - (self.rest_g or 0.0)
        if abs(off) < PRESS_G:
            self.since_ns = None
            return
        self.since_ns = at_ns if self.since_ns is None else self.since_ns
        self.held_ns = max(self.held_ns, at_ns - self.since_ns)
        if abs(off) > abs(self.peak_g):
            self.peak_g = off


async def which_channel(samples: Samples, plate: str, *, patience_s: float, tell: Tell) -> Pressed:
    """Wait for a press on ``plate``. ``samples`` are those of channels, each under its own name. CannotWeigh where no channel, or more than
    one, moved."""
    channels: dict[str, _Channel] = {}
    await _at_rest(samples, plate, channels, patience_s, tell)
    tell(Said("press", {"plate": plate}))
    first_ns: int | None = None
    while True:
        sample = await samples.next()
        first_ns = sample.at_ns if first_ns is None else first_ns
        channel = channels.get(sample.plate)
        if channel is not None and sample.quality in ("ok", "unstable", "overload"):
            channel.add(sample.at_ns, sample.grams)
            channel.follow(sample.at_ns, sample.grams)
            if _released(channels):
                return _judged(plate, channels, tell)
        if sample.at_ns - first_ns > patience_s * 1e9:
            raise _nothing(plate, channels, patience_s)


async def _at_rest(samples: Samples, plate: str, channels: dict[str, _Channel], patience_s: float, tell: Tell) -> None:
    """Until every channel that gives weights has a rest; those that give none are left out."""
    tell(Said("leave_plate", {"plate": plate}))
    samples.skip()
    first_ns: int | None = None
    while True:
        sample = await samples.next()
        first_ns = sample.at_ns if first_ns is None else first_ns
        if sample.quality in ("ok", "unstable"):
            channels.setdefault(sample.plate, _Channel()).add(sample.at_ns, sample.grams)
        waited_ns = sample.at_ns - first_ns
        if channels and waited_ns > 1.5 * CALM_S * 1e9:
            calm = {name: channel.calm_g for name, channel in channels.items()}
            restless = [name for name, grams in calm.items() if grams is None]
            if not restless or waited_ns > 0.5 * patience_s * 1e9:  # an open input wanders for ever: the others will do
                for name in restless:
                    del channels[name]
                for name, channel in channels.items():
                    channel.rest_g = calm[name]
                if channels:
                    return
        if waited_ns > patience_s * 1e9:
            raise CannotWeigh(
                f"no channel came to rest within {patience_s:g} s",
                "Take the hands off the shelf and look for what shakes it, then begin again.",
                code="no_rest",
                figures={"within_s": patience_s},
            )


def _released(channels: Mapping[str, _Channel]) -> bool:
    """Somebody pressed for long enough, and everything rests again."""
    pressed = [channel for channel in channels.values() if channel.held_ns >= HELD_S * 1e9]
    return bool(pressed) and all(
        channel.since_ns is None and (calm := channel.calm_g) is not None and abs(calm - (channel.rest_g or 0.0)) < PRESS_G
        for channel in pressed
    )


def _judged(plate: str, channels: Mapping[str, _Channel], tell: Tell) -> Pressed:
    name, furthest = max(channels.items(), key=lambda one: abs(one[1].peak_g))
    others = {other: channel.peak_g for other, channel in channels.items() if other != name and channel.peak_g}
    tell(Said("pressed", {"channel": name, "peak_g": furthest.peak_g}))
    if (second := max(others, key=lambda other: abs(others[other]), default=None)) and abs(others[second]) > ALONE_SHARE * abs(
        furthest.peak_g
    ):
        raise CannotWeigh(
            f"two channels moved: {name} by {furthest.peak_g:.0f} g and {second} by {others[second]:.0f} g",
            "Press on the middle of one plate only; if it stays so, the plates touch each other.",
            code="two_channels",
            figures={"channel": name, "other": second},
        )
    if furthest.peak_g < 0.0:
        raise CannotWeigh(
            f"{name} went down by {-furthest.peak_g:.0f} g under the hand",
            "Turn the cell over, or exchange its two signal wires at the transmitter; then begin again.",
            code="upside_down",
            figures={"channel": name, "peak_g": furthest.peak_g},
        )
    return Pressed(name, furthest.peak_g, others)


def _nothing(plate: str, channels: Mapping[str, _Channel], patience_s: float) -> CannotWeigh:
    if any(channel.since_ns is not None for channel in channels.values()):
        return CannotWeigh(
            f"something stays on the plate for more than {patience_s:g} s",
            "Press for a moment, then take the hand away.",
            code="still_pressed",
            figures={"within_s": patience_s},
        )
    return CannotWeigh(
        f"no channel moved within {patience_s:g} s",
        "Press harder. If nothing moves, the cell is not connected, or its scale is not in the store file yet: identify the boards first.",
        code="no_press",
        figures={"within_s": patience_s},
    )
