"""What a person decides about a receipt: the money that is due by it, and which decisions do not count."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from cloud_bridge.messages import AuditRecordedV1, CheckoutReviewedV1, Priority
from edge.session import review
from edge.session.commands import RecordAudit, ReviseReceipt
from edge.session.facts import ReceiptReviewed
from edge.session.receipt import Receipt
from edge.session.revision import Decision, Revision
from edge.session.state import ReviewResult, StoreState
from edge.store.money import contained_tax
from edge.translate.messages import outgoing
from tests.receipts_decided import OLD_PRICE, receipt, reviewed
from tests.unit.visit_story import BAR, COLA, Story, shop

STATE: TypeAdapter[StoreState] = TypeAdapter(StoreState)


def told(story: Story, fact: ReceiptReviewed) -> Revision:
    story.tell(fact)
    (command,) = [one for one in story.last if isinstance(one, ReviseReceipt)]
    return command.revision


def refused(story: Story, fact: ReceiptReviewed) -> str:
    """The code of a decision that does nothing."""
    known = story.state.revisions
    story.tell(fact)
    assert story.last == ()
    assert story.state.revisions == known
    return result(story).code


def result(story: Story) -> ReviewResult:
    assert story.state.last_review is not None
    return story.state.last_review


@pytest.mark.parametrize(
    ("of", "decision", "due"),
    [
        (receipt(), "confirmed", 2 * OLD_PRICE),
        (receipt(), "refunded", 0),
        (receipt(status="final"), "confirmed", 0),
        (receipt(status="final"), "refunded", -2 * OLD_PRICE),
    ],
)
def test_a_provisional_receipt_is_charged_by_the_decision_and_a_final_one_was_before(of: Receipt, decision: Decision, due: int) -> None:
    fact = reviewed(of, decision=decision)
    revision = told(Story(), fact)
    assert (revision.due_minor, revision.previous_total_minor) == (due, 2 * OLD_PRICE)
    assert revision.total_minor == (0 if decision == "refunded" else 2 * OLD_PRICE)


def test_a_correction_keeps_the_prices_of_the_visit_and_takes_the_list_of_today_for_what_was_never_on_the_receipt() -> None:
    story = Story(store=shop(cola_minor=299))
    revision = told(story, reviewed(receipt(status="final"), decision="corrected", wanted={COLA.gtin: 1, BAR.gtin: 3}))
    assert [(line.gtin, line.quantity, line.unit_price_minor) for line in revision.lines] == [
        (COLA.gtin, 1, OLD_PRICE),
        (BAR.gtin, 3, BAR.price_minor),
    ]
    assert revision.total_minor == OLD_PRICE + 3 * BAR.price_minor
    assert revision.due_minor == revision.total_minor - 2 * OLD_PRICE
    assert revision.tax_minor == contained_tax(OLD_PRICE, COLA.tax_bp) + contained_tax(3 * BAR.price_minor, BAR.tax_bp)
    back = told(story, reviewed(receipt(status="final"), [revision], decision="corrected", wanted={COLA.gtin: 2}))
    assert (back.revision, back.charged_minor, back.due_minor) == (2, revision.total_minor, 2 * OLD_PRICE - revision.total_minor)


def test_a_product_that_was_corrected_away_comes_back_at_the_price_of_the_visit() -> None:
    story, of = Story(), receipt()
    first = told(story, reviewed(of, decision="corrected", wanted={BAR.gtin: 1}))
    second = told(story, reviewed(of, [first], decision="corrected", wanted={COLA.gtin: 1}))
    assert second.lines[0].unit_price_minor == OLD_PRICE


def test_what_is_decided_goes_to_the_cloud_as_money_and_to_the_audit_record() -> None:
    story = Story().tell(reviewed(receipt(status="final"), decision="refunded"))
    money, audit = [message for command in story.last if (message := outgoing(command)) is not None]
    assert isinstance(money, CheckoutReviewedV1)
    assert (money.due_minor, money.total_minor, money.by, money.PRIORITY) == (-2 * OLD_PRICE, 0, "maria", Priority.BILLING)
    assert isinstance(audit, AuditRecordedV1)
    assert audit.detail == "v1 1: refunded, -358 due; looked at the pictures"
    assert result(story).code == "reviewed"
    assert story.all(RecordAudit)[-1].by == "maria"


def test_the_second_of_two_who_decide_at_once_is_told_so() -> None:
    story, of = Story(), receipt()
    told(story, reviewed(of))
    assert refused(story, reviewed(of, decision="refunded")) == "stale"


@pytest.mark.parametrize("number", [0, 1, 3, 7])
def test_a_decision_has_the_next_number_or_none(number: int) -> None:
    story, of = Story(), receipt()
    first = told(story, reviewed(of))
    assert refused(story, reviewed(of, [first], revision=number)) == "stale"
    assert told(story, reviewed(of, [first])).revision == 2


def test_an_old_reading_of_the_journal_does_not_count_even_when_the_state_has_forgotten_the_receipt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(review, "KEPT_REVISIONS", 3)
    story = Story()
    read_at = story.state.fact_no
    first = told(story, reviewed(receipt("v0")))
    for number in range(1, 6):
        told(story, reviewed(receipt(f"v{number}"), as_of=story.state.fact_no))
    assert {one.visit for one in story.state.revisions} == {"v3", "v4", "v5"}
    assert refused(story, reviewed(receipt("v0"), as_of=read_at)) == "stale"
    assert told(story, reviewed(receipt("v0"), [first], as_of=story.state.fact_no)).revision == 2


def test_what_is_known_of_decisions_survives_a_restart() -> None:
    story, of = Story(), receipt()
    first = told(story, reviewed(of))
    story.state = STATE.validate_json(STATE.dump_json(story.state))
    story.start(same_boot=False)
    assert refused(story, reviewed(of)) == "stale"
    assert told(story, reviewed(of, [first])).revision == 2


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"4000000000006": 1}, "unknown_product"),
        ({COLA.gtin: 0}, "bad_lines"),
        ({COLA.gtin: -1}, "bad_lines"),
        ({COLA.gtin: 1001}, "bad_lines"),
    ],
)
def test_a_correction_that_cannot_be_billed_does_not_count(wanted: dict[str, int], code: str) -> None:
    assert refused(Story(), reviewed(receipt(), decision="corrected", wanted=wanted)) == code


def test_a_product_on_two_lines_cannot_be_billed() -> None:
    fact = reviewed(receipt(), decision="corrected", wanted={COLA.gtin: 1})
    twice = ReceiptReviewed(**{name: getattr(fact, name) for name in fact.__slots__} | {"lines": (*fact.lines, *fact.lines)})
    assert refused(Story(), twice) == "bad_lines"


def test_nothing_of_it_touches_a_visit_that_is_under_way() -> None:
    story = Story().shopping()
    phase = story.state.phase
    told(story, reviewed(receipt()))
    assert story.state.phase == phase
