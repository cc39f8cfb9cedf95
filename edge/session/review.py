"""What a person decides about a receipt, whether the machine left it to them or it was charged and is contested. Pure.

Decisions about one receipt come one after the other: each names the number that it is to have, and the journal's word on what held before.
The state remembers the last decisions and from which fact on it does so, so that no decision rests on something that is not true any more.
"""

from __future__ import annotations

from typing import Final

from edge.session.commands import ReviseReceipt
from edge.session.facts import ReceiptReviewed
from edge.session.revision import Price, RevisedLine, Revision, Wanted
from edge.session.state import KnownRevision, ReviewResult
from edge.session.turn import Turn
from edge.store.money import price_of

KEPT_REVISIONS: Final = 200  # decisions; far more than people make between reading the journal and telling the store
MOST_UNITS: Final = 1000  # of one product on a revised receipt; more is a slip of the finger
MOST_LINES: Final = 200  # products on a revised receipt; far above any cabinet's content

REVIEW_WORDS: Final[dict[str, str]] = {
    "reviewed": "Decided, and on its way to the cloud.",
    "stale": "Somebody else has decided about this receipt meanwhile. Look at it again.",
    "unknown_product": "A product is neither on the receipt nor in the price list.",
    "bad_lines": "Each product stands on one line, with at least one unit of it and not more than a thousand.",
}


def reviewed(turn: Turn, fact: ReceiptReviewed) -> None:
    """A person has decided: a revision, its message and a line in the audit record, or the reason why it does not count."""
    code = "stale" if _stale(turn, fact) else ""
    lines: tuple[RevisedLine, ...] = ()
    if not code:
        code, lines = _lines(turn, fact)
    if code != "reviewed":
        turn.set(last_review=ReviewResult(review=fact.review, visit=fact.visit, revision=fact.before.revision, code=code))
        turn.ignore(f"review: {code}")
        return
    before = fact.before
    total = sum(line.total_minor for line in lines)
    revision = Revision(
        review=fact.review,
        visit=fact.visit,
        holder=before.holder,
        revision=fact.revision,
        decision=fact.decision,
        lines=lines,
        currency=before.currency,
        total_minor=total,
        tax_minor=sum(line.tax_minor for line in lines),
        previous_total_minor=before.total_minor,
        charged_minor=before.charged_minor,
        due_minor=total - before.charged_minor,
        price_version=before.price_version,
        by=fact.by,
        reason=fact.reason,
        reviewed_ns=fact.at_ns,
    )
    _remember(turn, fact)
    turn.set(
        last_review=ReviewResult(
            review=fact.review, visit=fact.visit, revision=fact.revision, code=code, total_minor=total, due_minor=revision.due_minor
        )
    )
    turn.do(ReviseReceipt(revision=revision))
    turn.audit("receipt_reviewed", fact.by, f"{fact.visit} {fact.revision}: {fact.decision}, {revision.due_minor:+d} due; {fact.reason}")


def _stale(turn: Turn, fact: ReceiptReviewed) -> bool:
    """Does the decision rest on a revision that is not the last one any more, or may it do so?"""
    if fact.revision != fact.before.revision + 1:
        return True
    known = next((one for one in turn.state.revisions if one.visit == fact.visit), None)
    if known is None:
        return fact.as_of < turn.state.revisions_since
    return known.revision != fact.before.revision


def _remember(turn: Turn, fact: ReceiptReviewed) -> None:
    mine = KnownRevision(visit=fact.visit, revision=fact.revision, fact_no=turn.state.fact_no)
    kept = (*(one for one in turn.state.revisions if one.visit != fact.visit), mine)
    if len(kept) > KEPT_REVISIONS:
        turn.set(revisions_since=kept[0].fact_no)
        kept = kept[1:]
    turn.set(revisions=kept)


def _lines(turn: Turn, fact: ReceiptReviewed) -> tuple[str, tuple[RevisedLine, ...]]:
    """A code of ``REVIEW_WORDS``, and the lines that hold from now on."""
    match fact.decision:
        case "refunded":
            wanted: tuple[Wanted, ...] = ()
        case "confirmed":
            wanted = fact.before.lines
        case "corrected":
            wanted = fact.lines
    if len(wanted) > MOST_LINES or len({one.gtin for one in wanted}) < len(wanted):
        return "bad_lines", ()
    found = []
    for one in wanted:
        price = _price(turn, fact, one.gtin)
        if price is None:
            return "unknown_product", ()
        if fact.decision == "corrected" and not 1 <= one.quantity <= MOST_UNITS:
            return "bad_lines", ()
        total, tax = price_of(price, one.quantity)
        found.append(
            RevisedLine(
                gtin=one.gtin,
                name=price.name,
                quantity=one.quantity,
                unit_price_minor=price.price_minor,
                total_minor=total,
                tax_bp=price.tax_bp,
                tax_minor=tax,
            )
        )
    return "reviewed", tuple(found)


def _price(turn: Turn, fact: ReceiptReviewed, gtin: str) -> Price | None:
    """The visit's own price, as far as the receipt tells it. What was never on it takes the price of the store's list of today: the list of
    the visit is not kept beyond the visit."""
    for price in fact.before.prices:
        if price.gtin == gtin:
            return price
    store = turn.state.store
    if store is None or store.prices.currency != fact.before.currency:
        return None
    product = next((one for one in store.prices.products if one.gtin == gtin), None)
    return None if product is None else Price(product.gtin, product.name, product.price_minor, product.tax_bp)
