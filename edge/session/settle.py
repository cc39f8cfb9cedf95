"""The end of a visit: the one outcome, the receipt, the stock. Pure.

A receipt is final only when nothing is in doubt; every reason for doubt is a code of :data:`REASONS`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal

from edge.basket.carry_over import carry_over
from edge.basket.planogram_proposal import proposed, unconfirmed
from edge.basket.recount import RestockUpdate, after, restocked
from edge.basket.stock import Stock, misplaced, shortages
from edge.basket.stray import left_behind, may_be_stray
from edge.basket.unit_weights import weighed
from edge.basket.verdict import verdict
from edge.session import looks, weights
from edge.session.commands import EndVisit, IssueReceipt, ReportStock
from edge.session.details import Said
from edge.session.receipt import Outcome, Receipt, ReceiptLine
from edge.session.state import KEPT_RESULTS, Idle, RecountReport, Result, ShowingReceipt, Visit
from edge.session.turn import Turn
from edge.store.counted import counted
from edge.store.model import StoreModel
from edge.store.money import price_of
from vision.wire import VisitOver

REASONS: Final[dict[str, str]] = {
    "line_uncertain": "A line is less certain than the store asks for.",
    "basket_uncertain": "The receipt as a whole is less certain than the store asks for.",
    "unexplained_change": "A weight changed in a way that no product explains.",
    "facing_unconfirmed": "Goods were sold from a plate where a restocker seems to have put them, and nobody has taken that over yet.",
    "stray_load": "Something unknown lay on a plate before the visit, and may be what was taken away.",
    "uncertain_nothing": "Probably nothing was taken, but not certainly.",
    "plates_not_quiet": "The plates did not come to rest in time.",
    "plate_lost": "A plate was out of sight.",
    "plate_faulted": "A plate delivered values that cannot be weights.",
    "plate_not_weighed": "A plate's weight was not known when the visit began or ended.",
    "reconstructed": "Part of the visit is known only from weights before and after a gap.",
    "moving_at_entry": "Something moved on the plates before the door was unlocked.",
    "door_contact": "Goods moved although the door was never seen open.",
    "bolt_sensor": "The door opened although the bolt was never seen to let go.",
    "door_lost": "The door was out of sight.",
    "forced_door": "A door opened that nobody was let in by.",
    "relock_fault": "The bolt did not hold after closing.",
    "max_open": "The visit lasted longer than the store allows.",
    "over_limit": "The total is above the spending limit.",
}

BLIND: Final = frozenset({"plate_lost", "plate_faulted", "plate_not_weighed", "plates_not_quiet"})  # the scales cannot vouch for it


def finish(turn: Turn) -> None:
    """End the running visit: exactly one outcome, at most one receipt, and the stock as it is now."""
    visit = turn.visit
    if visit is None:
        return
    if visit.role != "shopper":
        _finish_staff(turn, visit)
        return
    visit = looks.concluded(visit, turn.state.eye, turn.at_ns)
    doubts = _doubts(turn, visit)
    if not visit.opened and not visit.changed and not BLIND & set(doubts):
        _end(turn, visit, "not_opened", "not_opened", None)
        return
    receipt = _receipt(turn, visit, doubts)
    if not receipt.lines and not receipt.unexplained and visit.unattended and not visit.changed:
        _end(turn, visit, "nothing_taken" if set(doubts) == {"forced_door"} else "review", "forced_door", receipt)
        return
    if not receipt.lines and receipt.status == "final":
        _end(turn, visit, "nothing_taken", "", None)
        return
    _end(turn, visit, "billed" if receipt.status == "final" else "review", ",".join(receipt.review_reasons), receipt)


def remember(turn: Turn, result: Result) -> None:
    """Keep the result for the screens."""
    turn.set(results=(*turn.state.results, result)[-KEPT_RESULTS:])


def book(turn: Turn, visit: Visit, stock: Stock) -> None:
    """Keep this stock at the end of ``visit``, fitted to the shop of today where it was described anew during the visit."""
    store = turn.state.store
    turn.set(stock=stock if store is None or _same_shelves(store, visit.store) else carry_over(stock, store))


def _same_shelves(one: StoreModel, other: StoreModel) -> bool:
    return (one.planogram, one.plates) == (other.planogram, other.plates)


def _doubts(turn: Turn, visit: Visit) -> tuple[str, ...]:
    """Reasons why this visit cannot be billed by the machine alone, besides the receipt's own."""
    found = list(visit.doubts)
    plates, doors = turn.state.plates, turn.state.doors
    if visit.changed and not visit.opened:
        found.append("door_contact")
        for door in visit.doors:
            turn.alarm("door_sensors_disagree", door, said=Said("moved_behind_closed"))
    if not visit.unattended:
        for each in doors:
            if each.has_bolt and each.door in visit.opened and each.door not in visit.released:
                found.append("bolt_sensor")
                turn.alarm("door_sensors_disagree", each.door, said=Said("bolt_did_not_move"))
    if any(d.lost or d.open is None for d in doors):
        found.append("door_lost")
    if any(p.lost for p in plates):
        found.append("plate_lost")
    if any(p.faulted for p in plates):
        found.append("plate_faulted")
    if visit.unweighed or any(not (p.measured or p.lost or p.faulted) for p in plates):
        found.append("plate_not_weighed")
    return tuple(dict.fromkeys(found))


def _receipt(turn: Turn, visit: Visit, doubts: tuple[str, ...]) -> Receipt:
    rules = turn.state.visit_rules
    products = {p.gtin: p for p in visit.store.prices.products}
    decided = verdict(
        visit.belief,
        visit.store,
        min_line_probability=rules.min_line_probability,
        min_basket_probability=rules.min_basket_probability,
    )
    lines = []
    for line in decided.lines:
        product = products[line.gtin]  # the belief knows no other products than those of the visit's own price list
        total, tax = price_of(product, line.quantity)
        lines.append(
            ReceiptLine(
                gtin=line.gtin,
                name=product.name,
                quantity=line.quantity,
                unit_price_minor=product.price_minor,
                total_minor=total,
                tax_bp=product.tax_bp,
                tax_minor=tax,
                probability=line.probability,
                evidence=line.evidence,
                quantities=line.quantities,
                alternatives=line.alternatives,
                pictures=looks.pictures(visit, line.gtin),
            )
        )
    total = sum(line.total_minor for line in lines)
    reasons = [*doubts, *decided.reasons]
    if any((change.plate, line.gtin) in unconfirmed(turn.state.proposal) for line in decided.lines for change in line.evidence):
        reasons.append("facing_unconfirmed")
    if may_be_stray(turn.state.stray, [change for line in decided.lines for change in line.evidence]):
        reasons.append("stray_load")
    if visit.limit_minor is not None and total > visit.limit_minor:
        reasons.append("over_limit")
    return Receipt(
        visit=visit.visit,
        holder=visit.holder,
        status="provisional" if reasons else "final",
        lines=tuple(lines),
        currency=visit.store.prices.currency,
        total_minor=total,
        tax_minor=sum(line.tax_minor for line in lines),
        price_version=visit.store.prices.version,
        review_reasons=tuple(reasons),
        unexplained=decided.unexplained,
        probability=decided.probability,
        issued_ns=turn.at_ns,
        notes=looks.notes(visit),
        pictures=looks.other_pictures(visit, [line.gtin for line in lines]),
    )


def _finish_staff(turn: Turn, visit: Visit) -> None:
    before, store = turn.state.stock, turn.state.store
    if store is None or not _same_shelves(store, visit.store):
        store = visit.store
    store = weighed(store, turn.state.unit_weights)  # pieces counted in this very visit count
    update = restocked(before, store, visit.belief)
    book(turn, visit, update.stock)
    outcome: Outcome = "staff" if visit.opened or visit.changed else "not_opened"
    told = f"{visit.visit}: {outcome}"
    if outcome == "staff":
        counted = update.recounts
        turn.do(ReportStock(cause="restock", visit=visit.visit, changes=update.changes, unexplained=update.unexplained, counted=counted))
        turn.set(stray=left_behind((), update.unexplained))  # staff have seen what lay there before
        turn.set(last_recount=RecountReport(visit=visit.visit, at_ns=turn.at_ns, rows=counted))
        told = f"{told}; {_counted(visit, update)}"
        if turn.state.store is not None:
            turn.set(proposal=proposed(turn.state.store, before, turn.state.stock, turn.state.proposal))
    turn.audit(f"visit_{visit.role}", visit.holder, told)
    _close_books(turn, visit, outcome, ",".join(visit.doubts), None)


def _counted(visit: Visit, update: RestockUpdate) -> str:
    """The recount in a few words for the audit."""
    rows = update.recounts
    short, stray = shortages(update.stock, visit.store), misplaced(update.stock, visit.store)
    return (
        f"counted {sum(row.counted for row in rows)} of {sum(row.expected for row in rows)} units "
        f"({sum(change.delta for change in update.changes):+d}), {counted(len(short), 'facing')} short, "
        f"{counted(sum(shelved.units for shelved in stray), 'unit')} misplaced, {counted(len(update.unexplained), 'plate')} unexplained"
    )


def _end(turn: Turn, visit: Visit, outcome: Outcome, reason: str, receipt: Receipt | None) -> None:
    if outcome in ("nothing_taken", "not_opened"):
        receipt = None
    if not visit.changed:
        book(turn, visit, turn.state.stock)
    else:
        update = after(turn.state.stock, visit.belief)
        book(turn, visit, update.stock)
        turn.set(stray=left_behind(turn.state.stray, update.unexplained))
        if update.changes or update.unexplained:
            cause: Literal["sale", "reconciliation"] = "reconciliation" if visit.unattended else "sale"
            turn.do(ReportStock(cause=cause, visit=visit.visit, changes=update.changes, unexplained=update.unexplained))
    if receipt is not None:
        opened_ns = visit.granted_ns if visit.opened_ns is None else visit.opened_ns
        if receipt.status == "final":
            weights.learn(turn, receipt.lines)
        elif not visit.unattended:
            weights.suspect(turn, receipt.unexplained)
        turn.do(IssueReceipt(receipt=receipt, opened_ns=opened_ns, closed_ns=turn.at_ns if visit.closed_ns is None else visit.closed_ns))
    alone = turn.state.autonomy
    if visit.decided_offline and alone.lost_since_ns is not None and visit.opened:
        total = 0 if receipt is None else receipt.total_minor
        turn.set(autonomy=replace(alone, visits=alone.visits + 1, minor=alone.minor + total))
    _close_books(turn, visit, outcome, reason, receipt)


def _close_books(turn: Turn, visit: Visit, outcome: Outcome, reason: str, receipt: Receipt | None) -> None:
    turn.do(EndVisit(visit=visit.visit, holder=visit.holder, role=visit.role, outcome=outcome, reason=reason))
    if turn.state.eye.cameras:  # a bill may be disputed as long as its pictures are kept at all
        turn.do(VisitOver(visit=visit.visit, at_ns=turn.at_ns, keep=receipt is not None))
    result = Result(
        visit=visit.visit,
        role=visit.role,
        credential=visit.credential,
        outcome=outcome,
        reason=reason,
        receipt=receipt,
        ended_ns=turn.at_ns,
    )
    remember(turn, result)
    shown = turn.state.visit_rules.receipt_shown_s
    on_screen = outcome != "not_opened" and not visit.unattended and shown > 0
    turn.to(ShowingReceipt(result=result, until_ns=turn.after(shown)) if on_screen else Idle())
