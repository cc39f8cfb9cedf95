"""Devices and lines as a technician sees them: what they measure now, when they failed last, what goes over their wires. Pure: values only.

Times ``*_s`` are seconds of CLOCK_MONOTONIC, as in the snapshot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from edge.snapshot import DeviceCondition

Quality = Literal["ok", "unstable", "overload", "underload", "saturated", "fault"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InputView:
    """One input wire as it is, and the door sensor that it is (None: nobody's)."""

    index: int
    high: bool
    door: str | None = None
    sensor: Literal["contact", "bolt"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelView:
    """One weight channel as last read, before anything is made of it. ``plate`` None: nobody's."""

    index: int
    grams: float
    quality: Quality
    plate: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputView:
    """One lock output that a door has, and its last pulse since the start: how long, and when. None: none yet."""

    index: int
    door: str
    pulse_s: float | None = None
    pulsed_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceDetail:
    """One device. ``seen_s``: its last valid answer. ``failure``: how a request failed last, at ``failed_s``; None: never since the start.

    ``inputs_s`` and ``weighed_s``: when its inputs and channels were read, None while they were not.
    """

    name: str
    driver: str
    product: str
    title: str
    bus: str
    address: int | None
    condition: DeviceCondition
    serial: str | None
    firmware: str | None
    seen_s: float | None
    failure: str | None
    failed_s: float | None
    inputs: tuple[InputView, ...]
    inputs_s: float | None
    channels: tuple[ChannelView, ...]
    weighed_s: float | None
    outputs: tuple[OutputView, ...]
    counters: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDetail:
    """One line. ``speed`` as in "9600 8N1"; ``trouble``: why it is not open. ``busy_fraction``: share of the time it was open, 0..1; None
    for a line that is only listened to."""

    name: str
    url: str
    connected: bool
    trouble: str | None
    protocol: str
    speed: str
    devices: tuple[str, ...]
    busy_fraction: float | None
    counters: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineView:
    """Everything that is wired to the controller."""

    at_s: float
    devices: tuple[DeviceDetail, ...]
    lines: tuple[LineDetail, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeaningView:
    """What a message says: ``code`` chooses the sentence, ``values`` fill it."""

    code: str
    values: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class WireRowView:
    """One piece of traffic. ``hex`` None: there is none, or its bytes are nobody's business. ``device`` None: nobody can tell whose it is.

    ``direction`` ``silent``: the request before was not answered.
    """

    number: int
    at_s: float
    direction: Literal["sent", "received", "dropped", "silent"]
    hex: str | None
    size: int
    device: str | None
    meanings: tuple[MeaningView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WireTraceView:
    """Rows after the number that was asked for, oldest first. ``newest`` is the number to ask with next; ``missed`` rows came between and
    are not kept."""

    bus: str
    at_s: float
    at_unix_s: float
    rows: tuple[WireRowView, ...]
    newest: int
    missed: int
