"""Commands that speak to the cloud, as wire messages. Pure: the only place that knows both vocabularies."""

from __future__ import annotations

from typing import Any, assert_never

from cloud_bridge.message_parts import AlternativeV1, EvidenceV1, GuessV1, PictureV1, QuantityShareV1, ReceiptLineV1, ReviewedLineV1
from cloud_bridge.messages import (
    AlarmClearedV1,
    AlarmRaisedV1,
    AuditRecordedV1,
    CheckoutCompletedV1,
    CheckoutReviewedV1,
    DoorChangedV1,
    OutgoingEvent,
    StockChangedV1,
    StockChangeV1,
    StockCountV1,
    VisitEndedV1,
)
from edge.basket.evidence import Evidence
from edge.session.commands import (
    AskCloud,
    ClearAlarm,
    Command,
    EndVisit,
    IssueReceipt,
    PulseLock,
    RaiseAlarm,
    RecordAudit,
    ReportDoor,
    ReportStock,
    ReviseReceipt,
    SettlePlates,
)
from edge.session.receipt import PictureEvidence, ReceiptLine
from edge.session.revision import RevisedLine, Revision
from vision.wire import EndEnrolment, Enrol, Forget, GoBack, VisitOver, WatchVisit

_TEXT_CHARS = 2000  # longest free text on the wire; a longer one is cut here, where nothing is lost but words


def outgoing(command: Command) -> OutgoingEvent | None:
    """The wire message of one command, None where the cloud is told nothing (or is told by another command)."""
    match command:
        case IssueReceipt():
            return _checkout(command)
        case ReviseReceipt():
            return _reviewed(command.revision)
        case EndVisit():
            return _visit_ended(command)
        case ReportDoor():
            return DoorChangedV1(door=command.door, event=command.event, visit=command.visit)
        case ReportStock():
            return StockChangedV1(
                cause=command.cause,
                visit=command.visit,
                changes=tuple(
                    StockChangeV1(plate=change.plate, gtin=change.gtin, delta=change.delta, units_after=change.units_after)
                    for change in command.changes
                ),
                unexplained=_evidence(command.unexplained),
                counted=tuple(
                    StockCountV1(plate=one.plate, gtin=one.gtin, expected=one.expected, counted=one.counted, before=one.before)
                    for one in command.counted
                ),
            )
        case RaiseAlarm():
            return AlarmRaisedV1(code=command.code, subject_id=command.subject, detail=_text(command.detail))
        case ClearAlarm():
            return AlarmClearedV1(code=command.code, subject_id=command.subject)
        case RecordAudit():
            return AuditRecordedV1(action=command.action, by=_text(command.by), detail=_text(command.detail))
        case PulseLock() | SettlePlates() | AskCloud():
            return None
        case WatchVisit() | VisitOver() | Enrol() | EndEnrolment() | Forget() | GoBack():
            return None
        case _:
            assert_never(command)


def _visit_ended(command: EndVisit) -> VisitEndedV1 | None:
    if command.outcome in ("billed", "review"):
        return None  # the receipt of the same fact says it
    return VisitEndedV1(
        visit=command.visit,
        holder=_text(command.holder),
        role=command.role,
        outcome=command.outcome,
        reason=_text(command.reason),
    )


def _checkout(command: IssueReceipt) -> CheckoutCompletedV1:
    receipt = command.receipt
    return CheckoutCompletedV1(
        visit=receipt.visit,
        holder=_text(receipt.holder),
        status=receipt.status,
        lines=tuple(
            ReceiptLineV1(
                **_billed(line),
                probability=line.probability,
                evidence=_evidence(line.evidence),
                quantities=tuple(QuantityShareV1(quantity=one.quantity, probability=one.probability) for one in line.quantities),
                alternatives=tuple(
                    AlternativeV1(gtin=one.gtin, quantity=one.quantity, probability=one.probability) for one in line.alternatives
                ),
                pictures=_pictures(line.pictures),
            )
            for line in receipt.lines
        ),
        currency=receipt.currency,
        total_minor=receipt.total_minor,
        tax_minor=receipt.tax_minor,
        price_version=receipt.price_version,
        review_reasons=tuple(_text(reason) for reason in receipt.review_reasons),
        unexplained=_evidence(receipt.unexplained),
        opened_ns=_this_boot(command.opened_ns),
        closed_ns=_this_boot(command.closed_ns),
        probability=receipt.probability,
        notes=receipt.notes,
        pictures=_pictures(receipt.pictures),
    )


def _reviewed(revision: Revision) -> CheckoutReviewedV1:
    return CheckoutReviewedV1(
        visit=revision.visit,
        revision=revision.revision,
        review=revision.review,
        holder=_text(revision.holder),
        decision=revision.decision,
        lines=tuple(ReviewedLineV1(**_billed(line)) for line in revision.lines),
        currency=revision.currency,
        total_minor=revision.total_minor,
        tax_minor=revision.tax_minor,
        previous_total_minor=revision.previous_total_minor,
        charged_minor=revision.charged_minor,
        due_minor=revision.due_minor,
        price_version=revision.price_version,
        by=_text(revision.by),
        reason=_text(revision.reason),
        reviewed_ns=_this_boot(revision.reviewed_ns),
    )


def _billed(line: ReceiptLine | RevisedLine) -> dict[str, Any]:
    """What every line says: of which product how many, at what price."""
    return {
        "gtin": line.gtin,
        "name": line.name,
        "quantity": line.quantity,
        "unit_price_minor": line.unit_price_minor,
        "total_minor": line.total_minor,
        "tax_bp": line.tax_bp,
        "tax_minor": line.tax_minor,
    }


def _evidence(evidence: tuple[Evidence, ...]) -> tuple[EvidenceV1, ...]:
    return tuple(EvidenceV1(plate=one.plate, at_ns=one.at_ns, delta_g=one.delta_g, sd_g=one.sd_g) for one in evidence)


def _pictures(pictures: tuple[PictureEvidence, ...]) -> tuple[PictureV1, ...]:
    return tuple(
        PictureV1(
            camera=one.camera,
            plates=one.plates,
            at_ns=_this_boot(one.at_ns),
            direction=one.direction,
            guesses=tuple(GuessV1(gtin=guess.gtin or None, probability=guess.probability) for guess in one.guesses),
            barcode=one.barcode,
            evidence=one.evidence,
        )
        for one in pictures
    )


def _this_boot(moment_ns: int) -> int:
    """A moment on the present boot's clock; one before the machine started, in a visit that a power cut interrupted, is its beginning."""
    return max(0, moment_ns)


def _text(text: str) -> str:
    return text if len(text) <= _TEXT_CHARS else text[: _TEXT_CHARS - 1] + "…"
