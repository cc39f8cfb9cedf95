"""What a step gets to do its work with, and what it hands back. Types only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from devices.commissioning.said import Tell
from devices.config import DevicesSettings
from devices.station.bench import Bench
from devices.station.live import StationLive
from devices.station.search import Found
from edge.runtime.commissioning.draft import Draft
from edge.runtime.commissioning.entrance import Entrance
from edge.runtime.commissioning.feed import Feed
from edge.web.bench import Figure, FoundView, Per, Step, StepOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One procedure's tools, for ``by``, whom ``entrance`` lets in. ``tell`` what is to be done now, ``show`` what was found so far,
    ``progress`` 0 to 1. ``tended``: an action at a board and its detail, for the audit record. ``devices``: what a search found.
    ``patience_s``: how long a person is waited for at each turn."""

    order: StepOrder
    by: str
    entrance: Entrance
    settings: DevicesSettings
    feed: Feed
    bench: Bench
    live: Callable[[], StationLive]
    draft: Draft
    tell: Tell
    show: Callable[[FoundView], None]
    progress: Callable[[float], None]
    tended: Callable[[str, str], None]
    patience_s: float
    devices: list[Found] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A step came to its end. ``well`` false: what it found has to be mended. ``words`` and ``figures`` go to the record."""

    words: str
    figures: Mapping[str, Figure] = field(default_factory=dict)
    well: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class StepKind:
    """One row of the table of steps. ``refused``: why an order cannot be begun, as a code of the wizard's refusals, "" where it can."""

    step: Step
    per: Per
    do: Callable[[Work], Awaitable[Done]]
    refused: Callable[[StepOrder, DevicesSettings], str] = lambda order, settings: ""
