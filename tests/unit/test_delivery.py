"""Delivery's rules one by one: repetition, back-off reset, the weaker mode, gaps."""

from __future__ import annotations

from cloud_bridge.delivery import Delivery
from cloud_bridge.messages import Priority
from cloud_bridge.settings import DeliverySettings

_S = 1_000_000_000
RULES = DeliverySettings(window=10, ahead=100, resend_after_s=10.0, retry_first_s=1.0, retry_max_s=300.0, steady_after_s=60.0)


def _opened(rules: DeliverySettings = RULES) -> Delivery:
    delivery = Delivery(rules)
    delivery.opened(0)
    return delivery


def _send(delivery: Delivery, *seqs: int, at_ns: int = 0, priority: Priority = Priority.RECORD) -> None:
    for seq in seqs:
        delivery.sent(seq, priority, seq, at_ns)


def test_nothing_may_be_sent_while_not_connected() -> None:
    delivery = Delivery(RULES)
    assert delivery.room(0) == 0
    delivery.opened(0)
    assert delivery.room(0) == 10
    delivery.closed(0, 0.5)
    assert delivery.room(0) == 0


def test_a_reconnection_sends_from_the_watermark_on() -> None:
    delivery = _opened()
    _send(delivery, 1, 2, 3)
    delivery.confirm(1, 0)
    delivery.closed(1, 0.0)
    delivery.opened(2)
    assert delivery.after[Priority.RECORD] == 1
    assert delivery.under_way == 0


def test_no_progress_repeats_later_and_later_until_something_moves() -> None:
    delivery = _opened()
    _send(delivery, 1)
    delivery.taken(1)
    assert not delivery.repeat(10 * _S - 1)
    assert delivery.repeat(10 * _S)
    _send(delivery, 1, at_ns=10 * _S)
    delivery.taken(1)
    assert not delivery.repeat(29 * _S)
    assert delivery.repeat(30 * _S)  # 20 s after the second try
    _send(delivery, 1, 2, at_ns=30 * _S)
    delivery.taken(1)
    delivery.taken(2)
    delivery.confirm(1, 31 * _S)
    assert delivery.repeat_due_ns() == 41 * _S  # short again


def test_an_event_that_the_broker_has_not_answered_is_left_to_the_keepalive() -> None:
    delivery = _opened()
    _send(delivery, 1)
    assert delivery.repeat_due_ns() is None


def test_overtaking_does_not_look_like_no_progress() -> None:
    delivery = _opened()
    _send(delivery, 5, priority=Priority.BILLING)
    delivery.taken(5)
    assert delivery.repeat_due_ns() is None  # number 1 was not sent yet: nothing can have moved


def test_pauses_become_short_again_only_after_a_steady_connection() -> None:
    delivery = Delivery(RULES)
    assert [delivery.closed(0, 1.0) for _ in range(4)] == [1.0, 2.0, 4.0, 8.0]
    delivery.opened(0)
    assert delivery.closed(59 * _S, 1.0) == 16.0
    delivery.opened(100 * _S)
    assert delivery.closed(160 * _S, 1.0) == 1.0


def test_puback_mode_confirms_what_the_broker_took_without_gaps() -> None:
    delivery = _opened(RULES.model_copy(update={"confirmation": "puback"}))
    _send(delivery, 1, 2, 3)
    assert delivery.taken(2) is None
    assert delivery.taken(1) == 2
    delivery.confirm(2, 0)
    assert delivery.taken(3) == 3


def test_puback_mode_does_not_count_an_event_nobody_was_subscribed_to() -> None:
    delivery = _opened(RULES.model_copy(update={"confirmation": "puback"}))
    _send(delivery, 1, 2)
    assert delivery.taken(1, subscriber=False) is None
    assert delivery.taken(2) is None
    assert delivery.counters.without_subscriber == 1
    assert delivery.repeat(10 * _S)


def test_watermark_mode_takes_no_puback_for_a_confirmation() -> None:
    delivery = _opened()
    _send(delivery, 1)
    assert delivery.taken(1) is None
    assert delivery.confirmed == 0


def test_an_unknown_ticket_means_nothing() -> None:
    delivery = _opened()
    assert delivery.taken(99) is None
    assert delivery.counters.taken == 0


def test_hearing_the_far_end_again_repeats_at_once() -> None:
    delivery = _opened()
    _send(delivery, 1, 2)
    delivery.heard(5)
    assert delivery.after[Priority.RECORD] == 0
    _send(delivery, 1, 2)
    assert delivery.counters.repeated == 2
