"""One visit with a receipt, for tests of what people decide about it: the receipt, and the facts of a reviewer who has read the journal."""

from __future__ import annotations

from collections.abc import Sequence

from edge.runtime.journal import StoredReceipt
from edge.runtime.receipt_records import standing
from edge.runtime.revisions import StoredRevision
from edge.session.facts import ReceiptReviewed
from edge.session.receipt import Receipt, ReceiptLine, Status
from edge.session.revision import Decision, Revision, Wanted
from edge.store.money import contained_tax
from tests.unit.visit_story import BAR, COLA

OLD_PRICE = 179  # minor units; what a cola cost when the visit began, less than in the list of today


def receipt(visit: str = "v1", *, status: Status = "provisional", colas: int = 2) -> Receipt:
    """Colas at the price of their visit."""
    total = OLD_PRICE * colas
    tax = contained_tax(total, COLA.tax_bp)
    return Receipt(
        visit=visit,
        holder="h-1",
        status=status,
        lines=(ReceiptLine(COLA.gtin, COLA.name, colas, OLD_PRICE, total, COLA.tax_bp, tax, 0.8, ()),),
        currency="EUR",
        total_minor=total,
        tax_minor=tax,
        price_version="older",
        review_reasons=("line_uncertain",) if status == "provisional" else (),
        unexplained=(),
    )


def reviewed(
    of: Receipt,
    decided: Sequence[Revision] = (),
    *,
    decision: Decision = "confirmed",
    wanted: dict[str, int] | None = None,
    revision: int | None = None,
    as_of: int = 10**9,
    at_ns: int = 10**12,
) -> ReceiptReviewed:
    """The next decision of somebody who knows ``decided``. ``revision`` None: the one that is due."""
    stored = StoredReceipt(0, 0, False, of, tuple(StoredRevision(0, False, one) for one in decided))
    before = standing(stored)
    return ReceiptReviewed(
        at_ns=at_ns,
        review=f"review-{of.visit}-{before.revision + 1}-{at_ns}",
        visit=of.visit,
        revision=before.revision + 1 if revision is None else revision,
        decision=decision,
        by="maria",
        reason="looked at the pictures",
        before=before,
        as_of=as_of,
        lines=tuple(Wanted(gtin, quantity) for gtin, quantity in (wanted or {}).items()),
    )


BAR_GTIN, COLA_GTIN = BAR.gtin, COLA.gtin
