"""A simulated serial line: its timing, its switchable faults, its log, and what a station on it must offer. No I/O here."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

NS = 1_000_000_000  # ns per s


@dataclass(frozen=True, slots=True)
class LineFormat:
    """Speed and character format. ``half_duplex``: both directions share the wire (RS-485); False for RS-232."""

    baud: int = 9600
    parity: Literal["none", "even", "odd"] = "none"
    stop_bits: Literal[1, 2] = 1
    data_bits: Literal[7, 8] = 8
    half_duplex: bool = True

    @property
    def character_ns(self) -> int:
        """Time of one character on the wire, start, parity and stop bits included."""
        bits = 1 + self.data_bits + (self.parity != "none") + self.stop_bits
        return round(bits * NS / self.baud)

    @property
    def gap_ns(self) -> int:
        """Silence that ends a frame: 3.5 characters of 11 bits up to 19200 Bd, fixed 1.75 ms above (Modbus over serial line)."""
        return round(3.5 * 11 * NS / self.baud) if self.baud <= 19200 else 1_750_000


@dataclass(frozen=True, slots=True)
class Transmission:
    """Bytes a station wants to send ``after_s`` seconds from the moment it was asked."""

    data: bytes
    after_s: float = 0.0


class Station(Protocol):
    """One simulated device at the far end of the line.

    All methods are called from the bus thread. ``framing`` "gap": ``hear`` gets one whole frame after the silence that ends it, and only
    if that frame was cleanly separated from other traffic. "stream": ``hear`` gets bytes as they arrive.
    """

    name: str
    framing: Literal["gap", "stream"]

    def hear(self, data: bytes, at_ns: int) -> Sequence[Transmission]:
        """Bytes from the controller whose last one ended at ``at_ns``; returned: what the station answers."""
        ...

    def due_ns(self) -> int | None:
        """When the station next speaks unasked; None: it does not."""
        ...

    def speak(self, at_ns: int) -> Sequence[Transmission]:
        """Called at ``due_ns``; returned: what it says. The next ``due_ns`` must be later than ``at_ns``."""
        ...


class AnsweringStation:
    """Base of stations that speak only when spoken to."""

    framing: Literal["gap", "stream"] = "gap"

    def due_ns(self) -> int | None:
        return None

    def speak(self, at_ns: int) -> Sequence[Transmission]:
        return ()


@dataclass(slots=True)
class LateReply:
    """Makes a station's answer late by ``extra_s``: every ``every``-th answer, or only the next one with ``once``."""

    extra_s: float
    every: int = 1
    once: bool = False
    _count: int = 0

    def take(self) -> tuple[float, bool]:
        """Delay for the answer being sent now, and whether this fault is spent."""
        self._count += 1
        if self._count % self.every:
            return 0.0, False
        return self.extra_s, self.once


@dataclass(slots=True)
class LineFaults:
    """What is wrong with the line now. Every field may be changed at any time, from any thread."""

    echo: bool = False  # the adapter hears what it sends
    noise: float = 0.0  # probability per byte that one of its bits is flipped, both directions
    loss: float = 0.0  # probability per byte that it vanishes, both directions
    adapter_latency_s: float = 0.0  # s; held back by the adapter before the controller sees it (FTDI's default timer: 0.016)
    deaf: bool = False  # nobody drains the port: the controller's writes block once the kernel's buffer is full
    silent: set[str] = field(default_factory=set)  # names of stations that hear, act, and do not answer
    absent: set[str] = field(default_factory=set)  # names of stations without power
    late: dict[str, LateReply] = field(default_factory=dict)  # by station name
    cut_next: dict[str, int] = field(default_factory=dict)  # by station name: its next answer ends after so many bytes

    def clear(self) -> None:
        """Back to a healthy line."""
        self.echo = self.deaf = False
        self.noise = self.loss = self.adapter_latency_s = 0.0
        self.silent.clear()
        self.absent.clear()
        self.late.clear()
        self.cut_next.clear()

    def spoil(self, data: bytes, rng: random.Random) -> bytes:
        """``data`` as it comes out of the noisy, lossy line."""
        if not self.noise and not self.loss:
            return data
        out = bytearray()
        for byte in data:
            if self.loss and rng.random() < self.loss:
                continue
            out.append(byte ^ (1 << rng.randrange(8)) if self.noise and rng.random() < self.noise else byte)
        return bytes(out)


@dataclass(frozen=True, slots=True)
class LineFrame:
    """One transmission as it was on the wire. ``source``: "controller" or the station's name. Times are CLOCK_MONOTONIC ns."""

    source: str
    start_ns: int
    end_ns: int
    data: bytes
    collided: bool = False
