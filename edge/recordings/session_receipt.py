"""What counting a session gives: the receipt, and with detail everything that an explanation or a picture of it needs. Values, no rules."""

from __future__ import annotations

from dataclasses import dataclass

from devices.facts import PlateSettled
from edge.basket.hypothesis import Belief
from edge.basket.verdict import Verdict
from edge.recordings.visits import Session
from edge.session.eye_state import Look
from edge.session.receipt import Status


@dataclass(frozen=True, slots=True)
class CountedLine:
    """``quantity`` > 0 units of ``sku``, exactly that many with ``probability``."""

    sku: str
    quantity: int
    probability: float


@dataclass(frozen=True, slots=True)
class Moment:
    """One change as the belief took it in, at the recording's time, and the belief afterwards. ``settled`` None: an eye spoke.

    ``numbers``: per plate the number under which the belief knows its change.
    """

    at_ns: int
    settled: PlateSettled | None
    belief: Belief
    numbers: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """One reach that an eye told of, at the recording's times. ``changes``: numbers of the belief's changes that it is of, none
    where others were inside too."""

    look: Look
    changes: frozenset[int]


@dataclass(frozen=True, slots=True)
class SessionReceipt:
    """What one session is billed. ``reasons``: why it is provisional. The others are kept with ``CountingOptions.detail`` alone;
    ``moments`` and ``seen`` are in the order in which the belief took them in, ``shared`` are changes of a time in which others were inside
    too."""

    session_id: str
    status: Status
    lines: tuple[CountedLine, ...]
    reasons: tuple[str, ...] = ()
    session: Session | None = None
    verdict: Verdict | None = None
    moments: tuple[Moment, ...] = ()
    shared: tuple[PlateSettled, ...] = ()
    seen: tuple[Seen, ...] = ()
