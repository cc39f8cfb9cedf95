"""One example of every message, for the published contract and for whoever tests against it. Pure."""

from __future__ import annotations

from cloud_bridge.entry_messages import EntryAnswerV1, EntryOfferV1, EntryQuestionV1, OfferAnswerV1
from cloud_bridge.message_parts import (
    AlternativeV1,
    EvidenceV1,
    GuessV1,
    Message,
    PictureV1,
    QuantityShareV1,
    ReceiptLineV1,
    ReviewedLineV1,
)
from cloud_bridge.messages import (
    AlarmClearedV1,
    AlarmRaisedV1,
    AuditRecordedV1,
    CheckoutCompletedV1,
    CheckoutReviewedV1,
    ConnectionV1,
    DoorChangedV1,
    HealthV1,
    StockChangedV1,
    StockChangeV1,
    StockCountV1,
    VisitEndedV1,
    WatermarkV1,
)

_VISIT = "019b0c7d-1111-7222-8333-444455556666"
_TAKEN = EvidenceV1(plate="shelf-1-left", at_ns=123_400_000_000, delta_g=-664.2, sd_g=1.4)
_SEEN = PictureV1(
    camera="upper",
    plates=("shelf-1-left", "shelf-1-right"),
    at_ns=123_100_000_000,
    direction="taken",
    guesses=(GuessV1(gtin="4006381333931", probability=0.964), GuessV1(gtin=None, probability=0.021)),
    barcode="4006381333931",
    evidence=f"{_VISIT}/upper-1",
)

EXAMPLES: tuple[Message, ...] = (
    CheckoutCompletedV1(
        visit=_VISIT,
        holder="h-20417",
        status="final",
        lines=(
            ReceiptLineV1(
                gtin="4006381333931",
                name="Cola 0,33 l",
                quantity=2,
                unit_price_minor=149,
                total_minor=298,
                tax_bp=1900,
                tax_minor=48,
                probability=0.998,
                evidence=(_TAKEN,),
                quantities=(QuantityShareV1(quantity=2, probability=0.998), QuantityShareV1(quantity=1, probability=0.001)),
                alternatives=(AlternativeV1(gtin="4012345678901", quantity=1, probability=0.001),),
                pictures=(_SEEN,),
            ),
        ),
        currency="EUR",
        total_minor=298,
        tax_minor=48,
        price_version="2026-11-01",
        review_reasons=(),
        unexplained=(),
        opened_ns=118_000_000_000,
        closed_ns=121_500_000_000,
        probability=0.998,
    ),
    CheckoutReviewedV1(
        visit=_VISIT,
        revision=1,
        review="019b0c8a-2222-7333-8444-555566667777",
        holder="h-20417",
        decision="corrected",
        lines=(
            ReviewedLineV1(
                gtin="4006381333931",
                name="Cola 0,33 l",
                quantity=1,
                unit_price_minor=149,
                total_minor=149,
                tax_bp=1900,
                tax_minor=24,
            ),
        ),
        currency="EUR",
        total_minor=149,
        tax_minor=24,
        previous_total_minor=298,
        charged_minor=298,
        due_minor=-149,
        price_version="2026-11-01",
        by="maria",
        reason="the second can was put back on another shelf",
        reviewed_ns=4_123_400_000_000,
    ),
    VisitEndedV1(visit=_VISIT, holder="h-20417", role="shopper", outcome="nothing_taken", reason=""),
    DoorChangedV1(door="front", event="opened", visit=_VISIT),
    StockChangedV1(
        cause="restock",
        visit=_VISIT,
        changes=(StockChangeV1(plate="shelf-1-left", gtin="4006381333931", delta=7, units_after=10),),
        unexplained=(),
        counted=(StockCountV1(plate="shelf-1-left", gtin="4006381333931", expected=12, counted=10, before=3),),
    ),
    AlarmRaisedV1(code="held_open", subject_id="front", detail="open for 60 s"),
    AlarmClearedV1(code="held_open", subject_id="front"),
    AuditRecordedV1(action="entry_refused", by="h-20417", detail="expired"),
    HealthV1(
        version="0.1.0", cabinet="idle", uptime_s=86_400, outbox_depth=0, oldest_unconfirmed_s=None, clocksync="ntp", disk_free_mb=21_000
    ),
    ConnectionV1(online=True, version="0.1.0", epoch=59_731_200, first_seq=1),
    WatermarkV1(epoch=59_731_200, seq=1234),
    EntryQuestionV1(
        visit=_VISIT,
        source="qr",
        digest="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        pass_id="p-77",  # noqa: S106 - the id of a pass, no password
    ),
    EntryAnswerV1(visit=_VISIT, granted=True, holder="h-20417", role="shopper", limit_minor=5000),
    EntryOfferV1(code="q7Zb1Xo0f3mT9wLsKc2e8A", presented="ss1.2026-11.eyJqdGkiOiJwLTc3In0.c2lnbmF0dXJl"),
    OfferAnswerV1(accepted=True, code="accepted", words="Welcome. The door is being unlocked.", visit=_VISIT),
)
