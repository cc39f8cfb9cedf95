"""Laws of delivery, for any order of losses, reconnections, urgencies and watermarks: nothing is lost, nothing waits for ever."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from cloud_bridge.delivery import Delivery, backoff_s
from cloud_bridge.messages import Priority
from cloud_bridge.settings import DeliverySettings

_S = 1_000_000_000


@dataclass
class FarEnd:
    """A consumer that keeps every number and tells the highest contiguous one."""

    stored: set[int] = field(default_factory=set)

    @property
    def watermark(self) -> int:
        through = 0
        while through + 1 in self.stored:
            through += 1
        return through


@dataclass
class World:
    """A store with ``priorities[seq - 1]`` waiting, a link that may lose anything, a consumer, and a clock."""

    rules: DeliverySettings
    priorities: list[Priority]
    far: FarEnd = field(default_factory=FarEnd)
    now: int = 1_000 * _S
    tickets: int = 0
    under_way: list[tuple[int, int]] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.delivery = Delivery(self.rules)

    def waiting(self, limit: int) -> list[tuple[int, Priority]]:
        after = self.delivery.after
        found = [
            (seq, priority) for seq, priority in enumerate(self.priorities, start=1) if seq > max(after[priority], self.delivery.confirmed)
        ]
        if self.delivery.urgent_first:
            found.sort(key=lambda item: (item[1], item[0]))
        return found[:limit]

    def fill(self) -> None:
        while (room := self.delivery.room(self.now)) > 0 and (events := self.waiting(room)):
            for seq, priority in events:
                self.tickets += 1
                self.delivery.sent(seq, priority, self.tickets, self.now)
                self.under_way.append((self.tickets, seq))
                self.sent.append(seq)
            assert self.delivery.under_way <= self.rules.window

    def arrive(self, *, lost: set[int]) -> None:
        """The broker takes all that is under way; what is in ``lost`` never gets to the consumer."""
        for ticket, seq in self.under_way:
            self.delivery.taken(ticket)
            if seq not in lost:
                self.far.stored.add(seq)
        self.under_way.clear()

    def confirm(self) -> None:
        self.delivery.confirm(self.far.watermark, self.now)

    def pass_time(self, seconds: float) -> None:
        self.now += round(seconds * _S)
        self.delivery.repeat(self.now)


RULES = DeliverySettings(window=10, ahead=100, rate_per_s=1000.0, resend_after_s=5.0, retry_first_s=0.1, retry_max_s=20.0)
PRIORITIES = st.lists(st.sampled_from(list(Priority)), min_size=1, max_size=400)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("fill"), st.just(0)),
        st.tuples(st.just("arrive"), st.integers(0, 2**32)),
        st.tuples(st.just("confirm"), st.just(0)),
        st.tuples(st.just("break"), st.just(0)),
        st.tuples(st.just("wait"), st.integers(0, 40)),
    ),
    max_size=60,
)


@given(PRIORITIES, STEPS)
@settings(max_examples=150, deadline=None)
def test_whatever_is_lost_on_the_way_everything_arrives_once_the_way_is_good(
    priorities: list[Priority], steps: list[tuple[str, int]]
) -> None:
    world = World(RULES, priorities)
    world.delivery.opened(world.now)
    for step, value in steps:
        match step:
            case "fill":
                world.fill()
            case "arrive":
                world.arrive(lost={seq for seq in range(1, len(priorities) + 1) if (value >> (seq % 32)) & 1})
            case "confirm":
                world.confirm()
            case "break":
                world.under_way.clear()
                world.delivery.closed(world.now, 0.5)
                world.delivery.opened(world.now)
            case _:
                world.pass_time(value)
        assert world.delivery.confirmed <= world.far.watermark
    for _ in range(4 * len(priorities) + 50):
        world.fill()
        world.arrive(lost=set())
        world.confirm()
        if world.delivery.confirmed == len(priorities):
            break
        world.pass_time(1.0)
    assert world.delivery.confirmed == len(priorities)
    assert world.far.stored == set(range(1, len(priorities) + 1))


@given(PRIORITIES)
@settings(max_examples=50, deadline=None)
def test_on_a_good_way_every_event_is_sent_once(priorities: list[Priority]) -> None:
    world = World(RULES, priorities)
    world.delivery.opened(world.now)
    while world.delivery.confirmed < len(priorities):
        world.fill()
        world.arrive(lost=set())
        world.confirm()
        world.pass_time(0.1)
    assert sorted(world.sent) == list(range(1, len(priorities) + 1))
    assert world.delivery.counters.repeated == 0


@given(PRIORITIES)
@settings(max_examples=50, deadline=None)
def test_within_one_urgency_order_is_kept_and_the_first_batch_is_the_most_urgent(priorities: list[Priority]) -> None:
    world = World(RULES, priorities)
    world.delivery.opened(world.now)
    world.fill()
    first = [priorities[seq - 1] for seq in world.sent]
    assert first == sorted(priorities)[: len(first)]
    for priority in Priority:
        mine = [seq for seq in world.sent if priorities[seq - 1] is priority]
        assert mine == sorted(mine)


@given(st.integers(0, 10_000))
def test_with_a_silent_far_end_only_so_many_are_sent_ahead(extra: int) -> None:
    world = World(RULES, [Priority.BILLING] * (RULES.ahead + 1 + extra % 200))
    world.delivery.opened(world.now)
    for _ in range(100):
        world.fill()
        world.arrive(lost=set())
        world.now += _S // 10
    assert len(set(world.sent)) == RULES.ahead


@given(st.integers(0, 100), st.floats(0, 1, exclude_max=True))
def test_the_pause_is_jittered_bounded_and_grows(attempt: int, draw: float) -> None:
    pause_s = backoff_s(RULES, attempt, draw)
    assert 0 <= pause_s <= RULES.retry_max_s
    assert pause_s == draw * min(RULES.retry_max_s, RULES.retry_first_s * 2**attempt)


@given(st.integers(1, 2_000))
@settings(max_examples=30, deadline=None)
def test_the_rate_bounds_the_drain(count: int) -> None:
    rules = RULES.model_copy(update={"rate_per_s": 20.0})
    world = World(rules, [Priority.RECORD] * count)
    world.delivery.opened(world.now)
    for _ in range(100):
        world.fill()
        world.arrive(lost=set())
        world.confirm()
        world.now += _S // 10
    assert len(world.sent) <= min(count, rules.window + 10 * 20)
