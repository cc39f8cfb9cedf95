"""The stock as the page shows it: product by product, with shortages, goods in the wrong place, the last recount and what is proposed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from edge.basket.stock import misplaced, shortages
from edge.session.state import RecountReport, StoreState
from edge.stock_view import PlaceView, ProposalRow, RecountRow, RecountView, StockRow, StockView
from edge.store.model import StoreModel

GRAMS_DIGITS: Final = 1  # of a gram; a learned weight is not known better than that


def stock_view(state: StoreState, store: StoreModel) -> StockView:
    """Every product of the catalogue, in the order of the price list; one that stands nowhere has no places."""
    names = {product.gtin: product.name for product in store.prices.products}
    facings = {(facing.plate, facing.gtin): facing for facing in store.planogram}
    units = {(shelved.plate, shelved.gtin): shelved.units for shelved in state.stock.shelved}
    short = {shortage.gtin for shortage in shortages(state.stock, store)}
    stray: dict[str, int] = {}
    for shelved in misplaced(state.stock, store):
        stray[shelved.gtin] = stray.get(shelved.gtin, 0) + shelved.units
    weights = {weight.gtin: weight for weight in state.unit_weights}
    rows = []
    for product in store.prices.products:
        places = []
        for pair in sorted(pair for pair in facings.keys() | units.keys() if pair[1] == product.gtin):
            facing = facings.get(pair)
            full, least = (0, 0) if facing is None else (facing.count, facing.min_count)
            if full or units.get(pair, 0):
                places.append(PlaceView(plate=pair[0], units=units.get(pair, 0), full_units=full, min_units=least))
        weight = weights.get(product.gtin)
        rows.append(
            StockRow(
                gtin=product.gtin,
                name=product.name,
                units=sum(place.units for place in places),
                full_units=sum(place.full_units for place in places),
                short=product.gtin in short,
                misplaced=stray.get(product.gtin, 0),
                places=tuple(places),
                catalogue_g=product.unit_weight_g,
                learned_g=None if weight is None else round(weight.mean_g, GRAMS_DIGITS),
                learned_sd_g=None if weight is None else round(weight.mean_sd_g, GRAMS_DIGITS + 1),
                weighed_units=0 if weight is None else weight.units,
            )
        )
    return StockView(
        products=tuple(rows),
        recount=None if state.last_recount is None else _recount(state.last_recount, names),
        proposal=tuple(
            ProposalRow(plate=one.plate, gtin=one.gtin, name=names.get(one.gtin, one.gtin), count=one.count, was=one.was)
            for one in state.proposal
        ),
    )


def _recount(report: RecountReport, names: Mapping[str, str]) -> RecountView:
    rows = [row for row in report.rows if row.counted != row.expected or row.counted != row.before]
    return RecountView(
        visit=report.visit,
        at_s=report.at_ns / 1e9,
        counted=sum(row.counted for row in report.rows),
        full_units=sum(row.expected for row in report.rows),
        rows=tuple(
            RecountRow(
                plate=row.plate,
                gtin=row.gtin,
                name=names.get(row.gtin, row.gtin),
                counted=row.counted,
                full_units=row.expected,
                before=row.before,
            )
            for row in rows
        ),
    )
