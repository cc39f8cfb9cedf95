"""A receipt as the journal keeps it, for the API, and for the next decision about it. No I/O."""

from __future__ import annotations

from edge.runtime.journal import StoredReceipt
from edge.session.receipt import Outcome
from edge.session.revision import Price, Standing, Wanted
from edge.snapshot import ReceiptRecord, RevisionRecord


def receipt_record(stored: StoredReceipt) -> ReceiptRecord:
    """One receipt with everything that was decided about it."""
    return ReceiptRecord(
        receipt=stored.receipt,
        outcome=_outcome(stored),
        issued_unix_s=stored.wall_ns / 1e9,
        took_s=stored.took_ns / 1e9,
        sent=stored.sent,
        revisions=tuple(
            RevisionRecord(revision=one.revision, reviewed_unix_s=one.wall_ns / 1e9, sent=one.sent) for one in stored.revisions
        ),
    )


def standing(stored: StoredReceipt) -> Standing:
    """What holds before the next decision. A provisional receipt has not been charged before somebody decides about it."""
    receipt = stored.receipt
    prices = [Price(line.gtin, line.name, line.unit_price_minor, line.tax_bp) for line in receipt.lines]
    for one in stored.revisions:
        prices += [Price(line.gtin, line.name, line.unit_price_minor, line.tax_bp) for line in one.revision.lines]
    lines = tuple(Wanted(line.gtin, line.quantity) for line in receipt.lines)
    total, charged, number = receipt.total_minor, receipt.total_minor if receipt.status == "final" else 0, 0
    if stored.revisions:
        last = stored.revisions[-1].revision
        lines = tuple(Wanted(line.gtin, line.quantity) for line in last.lines)
        total, charged, number = last.total_minor, last.total_minor, last.revision
    return Standing(
        holder=receipt.holder,
        revision=number,
        currency=receipt.currency,
        price_version=receipt.price_version,
        total_minor=total,
        charged_minor=charged,
        lines=lines,
        prices=tuple({price.gtin: price for price in reversed(prices)}.values()),
    )


def _outcome(stored: StoredReceipt) -> Outcome:
    if stored.revisions:
        return "billed" if stored.revisions[-1].revision.total_minor > 0 else "nothing_taken"
    return "billed" if stored.receipt.status == "final" else "review"
