"""What may be sent now, what must be sent again, how long to wait: the rules of delivery. Pure: time and chance are passed in.

The rules:

- An event is delivered when the far end's watermark covers it (or, in ``puback`` mode, when the broker took it). Everything else is
  sent again: from the watermark on after every reconnection, and when the oldest event was sent and nothing moved for a while. Each
  fruitless repetition doubles that while.
- At most ``window`` events are under way to the broker, at most ``ahead`` are sent and not confirmed, ``rate_per_s`` bounds the drain.
- Urgent events overtake: billing, then alarms, then the record; within one urgency in order of number. The far end sees an overtaken
  number as a gap that closes soon, and counts a gap as one only when it is old. Overtaking uses at most half of ``ahead``; the other
  half is sent strictly by number, so that the lowest number is always sent and the watermark can always move.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cloud_bridge.messages import Priority
from cloud_bridge.settings import DeliverySettings

_S = 1_000_000_000
_MAX_DOUBLINGS = 16  # 2^16 s is beyond every allowed retry_max_s


def backoff_s(settings: DeliverySettings, attempt: int, draw: float) -> float:
    """Pause before attempt ``attempt`` (0 = the first after a loss): full jitter, ``draw`` uniform in [0, 1)."""
    return draw * min(settings.retry_max_s, settings.retry_first_s * 2.0 ** min(attempt, _MAX_DOUBLINGS))


@dataclass(slots=True)
class _Sent:
    priority: Priority
    at_ns: int
    taken: bool = False  # the broker acknowledged it


@dataclass(slots=True)
class DeliveryCounters:
    """What happened since the start."""

    sent: int = 0
    repeated: int = 0
    taken: int = 0
    without_subscriber: int = 0
    rounds_repeated: int = 0


@dataclass(slots=True)
class Delivery:
    """One store's delivery. Same calls in, same answers out. Numbers are those of the present epoch."""

    settings: DeliverySettings
    confirmed: int = 0
    counters: DeliveryCounters = field(default_factory=DeliveryCounters)
    begun: int = 0
    """How often sending was begun anew from the watermark; what was read before the last time is to be read again."""
    _connected_ns: int | None = None
    _attempt: int = 0
    _sent: dict[int, _Sent] = field(default_factory=dict)
    _under_way: dict[int, int] = field(default_factory=dict)  # ticket -> number
    _after: dict[Priority, int] = field(default_factory=dict)
    _ever: dict[Priority, int] = field(default_factory=dict)  # highest number ever sent, for the counters
    _progress_ns: int = 0
    _fruitless: int = 0
    _tokens: float = 0.0
    _tokens_ns: int = 0

    # -- the connection

    def opened(self, at_ns: int) -> None:
        """A connection is up: what was under way is unknown, everything above the watermark is sent (again)."""
        self._connected_ns = at_ns
        self._fruitless = 0
        self._tokens, self._tokens_ns = float(self.settings.window), at_ns
        self._start_over(at_ns)

    def closed(self, at_ns: int, draw: float) -> float:
        """The connection is gone, was refused or never came up; returns the pause in seconds before the next attempt."""
        if self._connected_ns is not None and at_ns - self._connected_ns >= self.settings.steady_after_s * _S:
            self._attempt = 0
        self._connected_ns = None
        pause_s = backoff_s(self.settings, self._attempt, draw)
        self._attempt += 1
        return pause_s

    # -- sending

    @property
    def urgent_first(self) -> bool:
        """Whether the next events are to be taken by urgency; otherwise strictly by number."""
        return len(self._sent) < self.settings.ahead // 2

    @property
    def after(self) -> dict[Priority, int]:
        """Highest number already sent, for each urgency."""
        return {priority: self._after.get(priority, self.confirmed) for priority in Priority}

    @property
    def under_way(self) -> int:
        """Events that the broker has not answered yet."""
        return len(self._under_way)

    @property
    def highest_sent(self) -> int:
        """Highest number sent since the last time everything was begun anew."""
        return max(self._after.values(), default=0)

    def room(self, at_ns: int) -> int:
        """How many events may be sent now."""
        if self._connected_ns is None:
            return 0
        self._refill(at_ns)
        half = self.settings.ahead // 2
        ahead = (half if self.urgent_first else self.settings.ahead) - len(self._sent)
        return max(0, min(self.settings.window - len(self._under_way), ahead, int(self._tokens)))

    def sent(self, seq: int, priority: Priority, ticket: int, at_ns: int) -> None:
        """Event ``seq`` was handed to the connection under ``ticket``. Called in the order of the batch."""
        self._tokens -= 1.0
        self.counters.sent += 1
        if seq <= self._ever.get(priority, 0):
            self.counters.repeated += 1
        else:
            self._ever[priority] = seq
        self._after[priority] = max(seq, self._after.get(priority, 0))
        self._sent[seq] = _Sent(priority, at_ns)
        self._under_way[ticket] = seq
        if seq == self.confirmed + 1:
            self._progress_ns = at_ns

    def taken(self, ticket: int, *, subscriber: bool = True) -> int | None:
        """The broker took the message of ``ticket``. In ``puback`` mode returns the number up to which all are taken, where it moved.

        ``subscriber`` false: the broker had nobody to give it to. That is no failure and no confirmation.
        """
        seq = self._under_way.pop(ticket, None)
        if seq is None:
            return None
        self.counters.taken += 1
        if not subscriber:
            self.counters.without_subscriber += 1
        sent = self._sent.get(seq)
        if sent is not None:
            sent.taken = subscriber
        if self.settings.confirmation != "puback" or not subscriber:
            return None
        through = self.confirmed
        while (following := self._sent.get(through + 1)) is not None and following.taken:
            through += 1
        return through if through > self.confirmed else None

    def confirm(self, through: int, at_ns: int) -> None:
        """Everything up to ``through`` is delivered, and the outbox knows it."""
        if through <= self.confirmed:
            return
        for seq in [seq for seq in self._sent if seq <= through]:
            del self._sent[seq]
        self.confirmed = through
        self._progress_ns = at_ns
        self._fruitless = 0

    def rewound(self, confirmed: int, at_ns: int) -> None:
        """The outbox's mark or its numbering changed: go on from ``confirmed``."""
        self.confirmed = confirmed
        self._ever.clear()
        self._fruitless = 0
        self._start_over(at_ns)

    # -- repeating

    def heard(self, at_ns: int) -> None:
        """The far end spoke again after a silence: what was sent into the silence is worth repeating at once."""
        if self._sent and self._connected_ns is not None:
            self._fruitless = 0
            self._start_over(at_ns)

    def repeat_due_ns(self) -> int | None:
        """When everything above the watermark is to be sent again, None while the oldest event is not sent or still under way."""
        oldest = self._sent.get(self.confirmed + 1)
        if self._connected_ns is None or oldest is None:
            return None
        if not oldest.taken and (self.confirmed + 1) in self._under_way.values():
            return None  # the connection's keep-alive decides about this one
        pause_s = min(
            self.settings.resend_after_s * 2.0 ** min(self._fruitless, _MAX_DOUBLINGS),
            max(self.settings.retry_max_s, self.settings.resend_after_s),
        )
        return max(self._progress_ns, oldest.at_ns) + round(pause_s * _S)

    def repeat(self, at_ns: int) -> bool:
        """Start a repetition if one is due; whether it did."""
        due_ns = self.repeat_due_ns()
        if due_ns is None or at_ns < due_ns:
            return False
        self._fruitless += 1
        self.counters.rounds_repeated += 1
        self._start_over(at_ns)
        return True

    def next_token_ns(self) -> int | None:
        """When the rate allows the next event, None where it does already."""
        missing = 1.0 - self._tokens
        return None if missing <= 0 else self._tokens_ns + round(missing / self.settings.rate_per_s * _S) + 1

    def _start_over(self, at_ns: int) -> None:
        self.begun += 1
        self._sent.clear()
        self._under_way.clear()
        self._after.clear()
        self._progress_ns = at_ns

    def _refill(self, at_ns: int) -> None:
        gained = (at_ns - self._tokens_ns) / _S * self.settings.rate_per_s
        self._tokens = min(float(self.settings.window), self._tokens + max(gained, 0.0))
        self._tokens_ns = max(at_ns, self._tokens_ns)
