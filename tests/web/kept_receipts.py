"""Receipts as a store keeps them, with weights, doubts and pictures at times that can be told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from edge.basket.evidence import Evidence
from edge.basket.reading import Alternative, QuantityShare
from edge.session.receipt import Guess, PictureEvidence, Receipt, ReceiptLine
from edge.snapshot import ReceiptRecord
from tests.web.shown_store import BARS, COLA, WATER, WRAP

ISSUED_NS = 60_000_000_000_000
ISSUED_UNIX_S = 1_763_900_000.0  # of receipt 0; each following one is a minute later

WATER_LINE = ReceiptLine(
    gtin=WATER.gtin,
    name=WATER.name,
    quantity=2,
    unit_price_minor=120,
    total_minor=240,
    tax_bp=1900,
    tax_minor=38,
    probability=0.998,
    evidence=(Evidence(plate="P1", at_ns=ISSUED_NS - 20_000_000_000, delta_g=-1040.3, sd_g=1.5),),
    quantities=(QuantityShare(2, 0.998), QuantityShare(1, 0.001)),
)
WRAP_LINE = ReceiptLine(
    gtin=WRAP.gtin,
    name=WRAP.name,
    quantity=1,
    unit_price_minor=449,
    total_minor=449,
    tax_bp=700,
    tax_minor=29,
    probability=0.74,
    evidence=(
        Evidence(plate="P4", at_ns=ISSUED_NS - 12_000_000_000, delta_g=-230.2, sd_g=1.5),
        Evidence(plate="P3", at_ns=ISSUED_NS - 12_000_000_000, delta_g=4.0, sd_g=1.5),
    ),
    quantities=(QuantityShare(1, 0.74), QuantityShare(0, 0.26)),
    alternatives=(Alternative(COLA.gtin, 1, 0.24),),
)
WATER_SEEN = PictureEvidence(
    camera="upper",
    reach=4,
    at_ns=ISSUED_NS - 20_600_000_000,
    plates=("P1", "P2"),
    direction="taken",
    guesses=(Guess(WATER.gtin, 0.964), Guess(BARS.gtin, 0.03)),
    barcode="4006381333931",
    evidence="0193-visit-0002/upper-4",
)
HAND_SEEN = PictureEvidence(camera="lower", reach=2, at_ns=ISSUED_NS - 15_000_000_000, plates=("P3",), direction="unclear", guesses=())
COLA_SEEN = PictureEvidence(
    camera="lower",
    reach=1,
    at_ns=ISSUED_NS - 17_000_000_000,
    plates=("P3",),
    direction="put",
    guesses=(Guess(COLA.gtin, 0.81), Guess("", 0.19)),
    evidence="0193-visit-0002/lower-1",
)


def kept_receipt(
    number: int, *, final: bool = True, lines: tuple[ReceiptLine, ...] = (WATER_LINE, WRAP_LINE), **more: Any
) -> ReceiptRecord:
    """The receipt of ``tests.web.shown_store.receipt_row`` with the same number, as the store keeps it. ``more`` goes to the receipt."""
    receipt = Receipt(
        **{
            "visit": f"0193-visit-{number:04d}",
            "holder": "holder-7",
            "status": "final" if final else "provisional",
            "lines": lines,
            "currency": "EUR",
            "total_minor": sum(line.total_minor for line in lines),
            "tax_minor": sum(line.tax_minor for line in lines),
            "price_version": "2026-11",
            "review_reasons": () if final else ("line_uncertain",),
            "unexplained": () if final else (Evidence(plate="P2", at_ns=ISSUED_NS - 8_000_000_000, delta_g=-31.2, sd_g=1.0),),
            "probability": 0.995 if final else 0.73,
            "issued_ns": ISSUED_NS,
            **more,
        }
    )
    return ReceiptRecord(
        receipt=receipt, outcome="billed" if final else "review", issued_unix_s=ISSUED_UNIX_S + 60 * number, took_s=1.2, sent=final
    )


def watched_receipt(number: int) -> ReceiptRecord:
    """A receipt with what two cameras saw, of which a part goes by weight alone."""
    return kept_receipt(
        number, lines=(replace(WATER_LINE, pictures=(WATER_SEEN,)), WRAP_LINE), notes=("weight_alone",), pictures=(HAND_SEEN, COLA_SEEN)
    )
