"""Laws of decided receipts: whatever people decide, and however often and in whatever order the far end hears of it, the shopper pays the
last total, and no more than one decision has each number."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from cloud_bridge.envelope import ClockStamp, seal
from cloud_bridge.fleet import schema
from cloud_bridge.fleet.engine import open_engine
from cloud_bridge.fleet.ledger import Arrival, Ledger
from cloud_bridge.messages import Event, OutgoingEvent
from edge.session.commands import IssueReceipt, ReviseReceipt
from edge.session.receipt import Status
from edge.session.revision import Decision, Revision
from edge.translate.messages import outgoing
from tests.outbox_rig import ADDRESS
from tests.receipts_decided import receipt, reviewed
from tests.unit.visit_story import BAR, COLA, Story

STAMP = ClockStamp(1_795_341_600_123_000_000, 5, "boot", "ntp")
QUANTITIES = st.dictionaries(st.sampled_from([COLA.gtin, BAR.gtin]), st.integers(1, 9), min_size=1)
DECISIONS = st.lists(st.tuples(st.sampled_from(["confirmed", "corrected", "refunded"]), QUANTITIES, st.booleans()), max_size=8)


def events(status: Status, decisions: list[tuple[Decision, dict[str, int], bool]]) -> tuple[list[OutgoingEvent], list[Revision]]:
    """What the store says of one receipt; each third value: somebody with an old page decides first, and must not count."""
    of, story = receipt(status=status), Story()
    said = [message for message in [outgoing(IssueReceipt(receipt=of, opened_ns=1, closed_ns=2))] if message is not None]
    made: list[Revision] = []
    for decision, wanted, late in decisions:
        if late and made:
            story.tell(reviewed(of, made[:-1], decision="refunded"))
            assert story.last == ()
        story.tell(reviewed(of, made, decision=decision, wanted=wanted if decision == "corrected" else None))
        made += [command.revision for command in story.last if isinstance(command, ReviseReceipt)]
        said += [message for command in story.last if (message := outgoing(command)) is not None]
    return said, made


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["final", "provisional"]), DECISIONS)
def test_what_was_ever_charged_sums_up_to_the_last_total(status: Status, decisions: list[tuple[Decision, dict[str, int], bool]]) -> None:
    _, made = events(status, decisions)
    of = receipt(status=status)
    assert [one.revision for one in made] == list(range(1, len(decisions) + 1))
    charged = of.total_minor if status == "final" else 0
    for one in made:
        assert one.charged_minor == charged
        charged += one.due_minor
        assert charged == one.total_minor == sum(line.total_minor for line in one.lines)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(["final", "provisional"]), DECISIONS, st.integers(0, 2**32))
def test_the_ledger_has_the_last_total_in_any_order_of_delivery(
    status: Status, decisions: list[tuple[Decision, dict[str, int], bool]], seed: int
) -> None:
    said, made = events(status, decisions)
    chance = random.Random(seed)
    arrivals = [_arrival(event, seq, epoch=7) for seq, event in enumerate(said, start=1)]
    arrivals += [_arrival(event, seq, epoch=8) for seq, event in enumerate(said, start=1)]  # the same once more from a restored card
    arrivals *= 2
    chance.shuffle(arrivals)
    engine = open_engine("sqlite://")
    schema.metadata.create_all(engine)
    ledger = Ledger(engine)
    while arrivals:
        count = chance.randint(1, 5)
        assert ledger.take(arrivals[:count]).dead == 0
        del arrivals[:count]
    with engine.begin() as connection:
        rows = connection.execute(select(schema.charge.c.purpose, schema.charge.c.amount_minor)).all()
    engine.dispose()
    of = receipt(status=status)
    assert sum(row.amount_minor for row in rows) == (made[-1].total_minor if made else of.total_minor if status == "final" else 0)
    assert {row.purpose for row in rows} == {f"review-{one.revision}" for one in made if one.due_minor} | (
        {"checkout"} if status == "final" else set()
    )


def _arrival(event: Event, seq: int, *, epoch: int) -> Arrival:
    body = seal(event, event_id=f"id-{epoch}-{seq}", source=ADDRESS.source, store=ADDRESS.store, epoch=epoch, seq=seq, stamp=STAMP)
    return Arrival(event.TOPIC.at(ADDRESS), body)
