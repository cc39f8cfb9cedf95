"""When a device counts as lost, and what asking it again may cost its bus."""

from __future__ import annotations

from devices.errors import Garbled, Misconfigured, Refused, Unreachable
from devices.station.lifeline import GARBLED_UNTIL_LOST, MISSES_UNTIL_LOST, PROBE_PERIOD_NS, PROBE_SHARE, Lifeline, ProbeBudget

SILENT = Unreachable("scale", "no answer")
NOISE = Garbled("scale", "crc")


def test_three_silences_in_a_row_are_a_lost_device_once() -> None:
    line = Lifeline()
    line.accept()
    assert [line.miss(SILENT) for _ in range(MISSES_UNTIL_LOST + 2)] == [False, False, True, False, False]
    assert line.state == "lost"
    assert line.times_lost == 1
    assert line.last_error == "scale: no answer"


def test_an_answer_in_between_starts_the_count_anew() -> None:
    line = Lifeline()
    line.accept()
    for at_ns in range(50):
        assert not line.miss(SILENT)
        assert not line.miss(SILENT)
        line.hit(at_ns)
    assert line.state == "online"
    assert (line.hits, line.misses) == (50, 100)


def test_noise_is_given_longer_than_silence() -> None:
    line = Lifeline()
    line.accept()
    lost = [line.miss(NOISE) for _ in range(GARBLED_UNTIL_LOST)]
    assert lost.index(True) == GARBLED_UNTIL_LOST - 1


def test_a_wrong_device_is_lost_at_once() -> None:
    line = Lifeline()
    line.accept()
    assert line.miss(Misconfigured("scale", "another serial number"))


def test_refusals_count_like_silence() -> None:
    line = Lifeline()
    line.accept()
    assert [line.miss(Refused("scale", "exception 4")) for _ in range(3)] == [False, False, True]


def test_found_again_only_after_having_been_lost() -> None:
    line = Lifeline()
    assert line.state == "starting"
    assert not line.accept()
    line.miss(Misconfigured("scale", "another serial number"))
    assert line.accept()
    assert not line.accept()


def test_lost_devices_of_one_bus_cost_at_most_their_share() -> None:
    """Ten dead devices, each asked whenever the budget lets it: the silence they cause stays within the share."""
    budget = ProbeBudget()
    cost_ns = 330_000_000
    last: list[int | None] = [None] * 10
    now_ns = spent_ns = 0
    end_ns = 120_000_000_000
    while now_ns < end_ns:
        ready = [index for index, at_ns in enumerate(last) if budget.wait_ns(now_ns, at_ns) == 0]
        if ready:
            index = min(ready, key=lambda each: last[each] or 0)
            last[index] = now_ns
            budget.spent(now_ns, now_ns + cost_ns)
            now_ns += cost_ns
            spent_ns += cost_ns
        now_ns += 10_000_000
    assert 0.5 * PROBE_SHARE < spent_ns / end_ns < PROBE_SHARE + cost_ns / end_ns  # the last question may run over the end
    assert all(at_ns is not None for at_ns in last)


def test_one_lost_device_is_asked_every_two_seconds() -> None:
    budget = ProbeBudget()
    budget.spent(0, 330_000_000)
    assert budget.wait_ns(330_000_000, 0) == PROBE_PERIOD_NS - 330_000_000
