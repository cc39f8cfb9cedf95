"""What a newly enrolled product can be mistaken for in its shop: by sight, by weight, or by both. Decides nothing; words for a person."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from edge.store.look_alikes import alike_units
from edge.store.model import Product, StoreModel

Severity = Literal["conflict", "note"]


@dataclass(frozen=True, slots=True)
class Conflict:
    """``conflict``: nothing tells the two apart where they stand or may stand; ``note``: one thing alone does."""

    severity: Severity
    other: str
    words: str


def conflicts(store: StoreModel, gtin: str, mistaken: Mapping[str, float], enrolled: Collection[str]) -> tuple[Conflict, ...]:
    """What to know about ``gtin`` beside the other products of ``store``, the worst first.

    ``mistaken``: products that look like it, with the chance that one view of it is taken for them. ``enrolled``: what the eye knows.
    A product that is not in the catalogue has no weight to compare and no place: only its looks are told.
    """
    products = {product.gtin: product for product in store.prices.products}
    found = list(_beside_each_other(store, products, gtin, mistaken, enrolled)) if gtin in products else []
    strangers = [other for other in mistaken if other not in products or gtin not in products]
    for other in strangers:
        name = products[other].name if other in products else f"{other}, which is not in the catalogue"
        found.append(Conflict("note", other, f"looks like {name}: {_share(mistaken[other])} is taken for it"))
    return tuple(sorted(found, key=lambda one: one.severity != "conflict"))


def _beside_each_other(
    store: StoreModel, products: Mapping[str, Product], gtin: str, mistaken: Mapping[str, float], enrolled: Collection[str]
) -> Iterator[Conflict]:
    own = products[gtin]
    for other in products.values():
        if other.gtin == gtin:
            continue
        near = _near(store, gtin, other.gtin)
        weighs_alike = (1, 1) in alike_units(own, other)
        weights = f"{own.unit_weight_g:g} g and {other.unit_weight_g:g} g"
        if other.gtin in mistaken and weighs_alike:
            where = f"and stands {near}" if near else "which stands elsewhere now"
            yield Conflict(
                "conflict",
                other.gtin,
                f"looks and weighs like {other.name} ({weights}), {where}: nothing tells them apart but their places; "
                "put them on plates that are not beside each other",
            )
        elif other.gtin in mistaken:
            yield Conflict(
                "note", other.gtin, f"looks like {other.name}: {_share(mistaken[other.gtin])} is taken for it; weight tells ({weights})"
            )
        elif weighs_alike and near and other.gtin not in enrolled:
            yield Conflict(
                "note", other.gtin, f"weighs like {other.name} ({weights}), which stands {near} and is not enrolled: enrol it as well"
            )
        elif weighs_alike and near:
            yield Conflict("note", other.gtin, f"weighs like {other.name} ({weights}), which stands {near}: sight alone tells them apart")


def _near(store: StoreModel, one: str, two: str) -> str:
    """Where they stand together, "" where they do not."""
    beside = {frozenset((plate.plate, name)) for plate in store.plates for name in plate.neighbours}
    homes = {gtin: [facing.plate for facing in store.planogram if facing.gtin == gtin] for gtin in (one, two)}
    for here in homes[one]:
        for there in homes[two]:
            if here == there:
                return f"on the same plate {here}"
            if frozenset((here, there)) in beside:
                return f"beside it ({here}, {there})"
    return ""


def _share(chance: float) -> str:
    return f"about 1 view in {max(2, round(1.0 / chance))}" if chance < 0.45 else "every other view"
