"""Receipts as the page lists them: how sure each line is, what speaks for it, what else it may have been."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from edge.runtime.eye_rows import sight_view
from edge.runtime.journal import StoredReceipt
from edge.session.looks import NOTES
from edge.session.receipt import Evidence, PictureEvidence, ReceiptLine
from edge.session.settle import REASONS
from edge.snapshot import AlternativeView, BasketRow, DecidedView, EvidenceView, ReceiptRow, SightView

SHORT_CHARS: Final = 6  # characters of a visit id that a person compares on two screens
LONGEST_VISIT_S: Final = 86_400.0  # s; evidence that seems older belongs to another boot, whose clock says nothing here


def receipt_row(stored: StoredReceipt, names: Mapping[str, str]) -> ReceiptRow:
    """One receipt for a list. ``names``: what today's catalogue calls a GTIN, for the products that are not on the receipt itself."""
    receipt = stored.receipt

    def unix_s(at_ns: int) -> float | None:
        age_s = None if receipt.issued_ns is None else (receipt.issued_ns - at_ns) / 1e9
        placed = age_s is not None and 0.0 <= age_s <= LONGEST_VISIT_S
        return round(stored.wall_ns / 1e9 - age_s, 1) if placed and age_s is not None else None

    def shown(evidence: Evidence) -> EvidenceView:
        return EvidenceView(plate=evidence.plate, grams=round(evidence.delta_g, 1), at_unix_s=unix_s(evidence.at_ns))

    def seen(picture: PictureEvidence) -> SightView:
        return sight_view(picture, names, unix_s(picture.at_ns))

    def row(line: ReceiptLine) -> BasketRow:
        return BasketRow(
            gtin=line.gtin,
            name=line.name,
            quantity=line.quantity,
            unit_price_minor=line.unit_price_minor,
            total_minor=line.total_minor,
            probability=round(line.probability, 3),
            quantities=line.quantities,
            alternatives=tuple(
                AlternativeView(
                    gtin=one.gtin, name=names.get(one.gtin, one.gtin), quantity=one.quantity, probability=round(one.probability, 3)
                )
                for one in line.alternatives
            ),
            evidence=tuple(shown(evidence) for evidence in line.evidence),
            pictures=tuple(seen(picture) for picture in line.pictures),
        )

    return ReceiptRow(
        visit=receipt.visit,
        short=receipt.visit[-SHORT_CHARS:],
        status=receipt.status,
        total_minor=receipt.total_minor,
        lines=tuple(row(line) for line in receipt.lines),
        review_reasons=receipt.review_reasons,
        review_words=tuple(REASONS.get(reason, reason) for reason in receipt.review_reasons),
        issued_unix_s=stored.wall_ns / 1e9,
        took_s=stored.took_ns / 1e9,
        probability=None if receipt.probability is None else round(receipt.probability, 3),
        unexplained=tuple(shown(evidence) for evidence in receipt.unexplained),
        notes=tuple(NOTES.get(note, note) for note in receipt.notes),
        pictures=tuple(seen(picture) for picture in receipt.pictures),
        decided=_decided(stored),
    )


def _decided(stored: StoredReceipt) -> DecidedView | None:
    if not stored.revisions:
        return None
    last = stored.revisions[-1]
    return DecidedView(
        revision=last.revision.revision,
        decision=last.revision.decision,
        total_minor=last.revision.total_minor,
        due_minor=last.revision.due_minor,
        at_unix_s=last.wall_ns / 1e9,
    )
