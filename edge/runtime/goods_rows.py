"""What is sold and where it stands, as the pages of goods show it, with what is to be known about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from edge.basket.planogram_proposal import still_open
from edge.basket.unit_weights import UnitWeight, fitting, weighed
from edge.runtime.settings import StoreSettings, store_model
from edge.session.state import StoreState
from edge.store.build import product_of
from edge.store.counted import counted
from edge.store.look_alikes import look_alikes
from edge.store.model import StoreModel
from edge.store.settings import ProductSettings
from edge.web.changing import FacingRow, GoodsView, PlateRow, ProductRow, ProposedRow, Warned

MOST_WARNED: Final = 200  # warnings on one page; whoever has more of them reads the first and begins anew
GRAMS_DIGITS: Final = 1  # of a gram; a learned weight is not known better than that


def goods_view(settings: StoreSettings, state: StoreState, *, version: str, waiting: Sequence[str], edited: Sequence[str]) -> GoodsView:
    """The goods of ``settings`` with what the store believes of them."""
    model = store_model(settings)
    warned = tuple(islice(warnings(model, state), MOST_WARNED))
    units: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for shelved in state.stock.shelved:
        if shelved.units > 0:
            units[shelved.gtin][shelved.plate] = shelved.units
    learned = _learned(model, state)
    names = {product.gtin: product.name for product in model.prices.products}
    full_g: defaultdict[str, float] = defaultdict(float)
    weights = {product.gtin: product.unit_weight_g for product in model.prices.products}
    for facing in model.planogram:
        full_g[facing.plate] += facing.count * weights[facing.gtin]
    return GoodsView(
        version=version,
        currency=model.prices.currency,
        price_version=model.prices.version,
        products=tuple(_product(one, units[one.gtin], learned.get(one.gtin), warned) for one in settings.products),
        facings=tuple(
            FacingRow(
                plate=facing.plate,
                gtin=facing.gtin,
                count=facing.count,
                short_below=facing.min_count,
                units=units[facing.gtin].get(facing.plate, 0),
            )
            for facing in model.planogram
        ),
        plates=tuple(
            PlateRow(plate=plate.plate, rated_g=plate.rated_g, full_g=round(full_g[plate.plate], GRAMS_DIGITS), neighbours=plate.neighbours)
            for plate in model.plates
        ),
        proposal=tuple(
            ProposedRow(plate=one.plate, gtin=one.gtin, name=names[one.gtin], count=one.count, was=one.was)
            for one in still_open(model, state.proposal)
        ),
        warnings=warned,
        waiting=tuple(waiting),
        edited=tuple(edited),
    )


def warnings(model: StoreModel, state: StoreState) -> Iterator[Warned]:
    """What a person who lays out the shelf should know; the weights are the learned ones where there are any."""
    waiting = still_open(model, state.proposal)
    if waiting:
        words = f"A restocker has laid out {counted(len(waiting), 'facing')} otherwise than planned; take that over, or put the goods back."
        plates = tuple(dict.fromkeys(one.plate for one in waiting))
        yield Warned(code="proposal_waits", words=words, products=tuple(dict.fromkeys(one.gtin for one in waiting)), plates=plates)
    for pair in look_alikes(weighed(model, state.unit_weights)):
        yield Warned(
            code="alike_weight",
            words=f"{pair.words}.",
            products=(pair.one.gtin, pair.two.gtin),
            units=(pair.units_one, pair.units_two),
            plates=pair.plates,
        )
    placed = {facing.gtin for facing in model.planogram}
    learned = _learned(model, state)
    for product in model.prices.products:
        if product.gtin not in placed:
            words = f"{product.name} has no place on the shelf, so it is not expected anywhere; give it a facing."
            yield Warned(code="no_facing", words=words, products=(product.gtin,))
        if product.gtin not in learned:
            words = f"The weight of {product.name} is only the catalogue's; the store learns it from what is sold and from counted pieces."
            yield Warned(code="weight_by_catalogue_only", words=words, products=(product.gtin,))


def standing_units(state: StoreState, gtin: str) -> dict[str, int]:
    """Units of a product that are believed to be in the store, by plate."""
    return {shelved.plate: shelved.units for shelved in state.stock.shelved if shelved.gtin == gtin and shelved.units > 0}


def _learned(model: StoreModel, state: StoreState) -> dict[str, UnitWeight]:
    return {weight.gtin: weight for weight in fitting(state.unit_weights, model) if weight.units > 0}


def _product(settings: ProductSettings, units: dict[str, int], learned: UnitWeight | None, warned: Sequence[Warned]) -> ProductRow:
    return ProductRow(
        gtin=settings.gtin,
        name=settings.name,
        price_minor=settings.price_minor,
        tax_bp=settings.tax_bp,
        unit_weight_g=settings.unit_weight_g,
        weight_sd_g=settings.weight_sd_g,
        default_sd_g=round(product_of(settings.model_copy(update={"weight_sd_g": None})).weight_sd_g, 3),
        learned_g=None if learned is None else round(learned.mean_g, GRAMS_DIGITS),
        weighed_units=0 if learned is None else learned.units,
        units=sum(units.values()),
        plates=tuple(sorted(units)),
        warnings=tuple(dict.fromkeys(one.code for one in warned if settings.gtin in one.products)),
    )
