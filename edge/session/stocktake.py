"""Counting by hand: a person says how many units stand on a plate, and that is what the store believes from then on. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal, TypeAlias

from edge.basket.recount import set_units
from edge.session.commands import ReportStock
from edge.session.facts import StockCounted
from edge.session.state import StoreState, visit_of
from edge.session.turn import Turn

StocktakeCode: TypeAlias = Literal["counted", "not_configured", "visit_open", "unknown_plate", "unknown_product"]

STOCKTAKE_WORDS: Final[dict[StocktakeCode, str]] = {
    "counted": "Counted.",
    "not_configured": "This cabinet is not set up yet.",
    "visit_open": "Somebody is at the cabinet. Count when they have gone: the visit counts itself when it ends.",
    "unknown_plate": "This cabinet has no such plate.",
    "unknown_product": "This product is not in the catalogue.",
}


def stocktake_code(state: StoreState, plate: str, gtin: str) -> StocktakeCode:
    """Whether units of a product on a plate may be counted by hand now. The count itself does not change the answer."""
    if state.store is None:
        return "not_configured"
    if visit_of(state.phase) is not None:
        return "visit_open"
    if all(one.plate != plate for one in state.store.plates):
        return "unknown_plate"
    return "counted" if any(product.gtin == gtin for product in state.store.prices.products) else "unknown_product"


def stock_counted(turn: Turn, fact: StockCounted) -> None:
    """Believe it, and tell the cloud what changed. Weight that lay there unexplained has been seen now."""
    code = stocktake_code(turn.state, fact.plate, fact.gtin)
    turn.audit("stock_counted", fact.by, f"{code}: {fact.units} x {fact.gtin} on {fact.plate}")
    if code != "counted":
        return
    update = set_units(turn.state.stock, fact.plate, fact.gtin, fact.units)
    turn.set(stock=update.stock, stray=tuple(load for load in turn.state.stray if load.plate != fact.plate))
    if update.changes:
        turn.do(ReportStock(cause="reconciliation", visit=None, changes=update.changes, unexplained=()))
    report = turn.state.last_recount
    if report is not None:
        rows = (replace(row, counted=fact.units) if (row.plate, row.gtin) == (fact.plate, fact.gtin) else row for row in report.rows)
        turn.set(last_recount=replace(report, rows=tuple(rows)))
