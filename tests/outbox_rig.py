"""A journal's side of an outbox for tests: one writing connection with a business table, and events to append."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

from cloud_bridge.message_parts import ReceiptLineV1, ReviewedLineV1
from cloud_bridge.messages import (
    AlarmRaisedV1,
    CheckoutCompletedV1,
    CheckoutReviewedV1,
    DoorChangedV1,
    Event,
)
from cloud_bridge.outbox import ClockStamp, Outbox
from cloud_bridge.topics import StoreAddress

ADDRESS = StoreAddress("acme", "S0001")


def stamp(boot_id: str = "boot-1") -> ClockStamp:
    """The clocks now."""
    return ClockStamp(wall_ns=time.time_ns(), monotonic_ns=time.monotonic_ns(), boot_id=boot_id, clocksync="ntp")


def checkout(visit: str, *, total_minor: int = 300, status: str = "final") -> CheckoutCompletedV1:
    """A receipt over one line."""
    return CheckoutCompletedV1.model_validate(
        {
            "visit": visit,
            "holder": "h-1",
            "status": status,
            "lines": [
                ReceiptLineV1(
                    gtin="4006381333931",
                    name="Cola",
                    quantity=1,
                    unit_price_minor=total_minor,
                    total_minor=total_minor,
                    tax_bp=1900,
                    tax_minor=0,
                    probability=0.99,
                    evidence=(),
                )
            ],
            "currency": "EUR",
            "total_minor": total_minor,
            "tax_minor": 0,
            "price_version": "1",
            "review_reasons": [] if status == "final" else ["uncertain"],
            "unexplained": [],
            "opened_ns": 1,
            "closed_ns": 2,
        }
    )


def review(visit: str, revision: int, *, total_minor: int, charged_minor: int) -> CheckoutReviewedV1:
    """A decision about it that leaves one line, or none where nothing is to be paid."""
    line = ReviewedLineV1(
        gtin="4006381333931", name="Cola", quantity=1, unit_price_minor=total_minor, total_minor=total_minor, tax_bp=1900, tax_minor=0
    )
    return CheckoutReviewedV1(
        visit=visit,
        revision=revision,
        review=f"{visit}-{revision}",
        holder="h-1",
        decision="corrected" if total_minor else "refunded",
        lines=(line,) if total_minor else (),
        currency="EUR",
        total_minor=total_minor,
        tax_minor=0,
        previous_total_minor=charged_minor,
        charged_minor=charged_minor,
        due_minor=total_minor - charged_minor,
        price_version="1",
        by="maria",
        reason="looked at it",
        reviewed_ns=3,
    )


def door(visit: str | None = None) -> DoorChangedV1:
    """An event of the least urgent kind."""
    return DoorChangedV1(door="front", event="opened", visit=visit)


def alarm(code: str = "held_open") -> AlarmRaisedV1:
    """An alarm."""
    return AlarmRaisedV1(code=code, subject_id="front", detail="")


class Journal:
    """What the store's journal does with an outbox: business row and events in one transaction."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        Outbox.prepare(self.connection)
        self.connection.execute("CREATE TABLE IF NOT EXISTS visit(id TEXT PRIMARY KEY)")

    def write(self, events: Sequence[Event], *, visit: str | None = None, fail: bool = False) -> list[int]:
        """One transaction; ``fail`` breaks it after everything was written."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            if visit is not None:
                self.connection.execute("INSERT INTO visit VALUES(?)", (visit,))
            seqs = Outbox.append(self.connection, events, stamp())
            if fail:
                raise RuntimeError("the transaction breaks here")
            self.connection.execute("COMMIT")
        except BaseException:
            if self.connection.in_transaction:  # a full disk has already rolled it back
                self.connection.execute("ROLLBACK")
            raise
        return seqs

    def visits(self) -> list[str]:
        """Business rows that are durable."""
        return [row[0] for row in self.connection.execute("SELECT id FROM visit")]

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()
