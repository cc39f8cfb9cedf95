"""What a product can be mistaken for in its shop: by sight, by weight, or by both, and what to do about it. Decides nothing. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from edge.store.look_alikes import alike_units
from edge.store.model import Facing, Product, StoreModel

Severity: TypeAlias = Literal["conflict", "note"]
Likeness: TypeAlias = Literal["looks_and_weighs", "looks", "weighs_unseen", "weighs", "looks_unknown"]


@dataclass(frozen=True, slots=True)
class Conflict:
    """``conflict``: nothing tells the two apart where they stand or may stand; ``note``: one thing alone does.

    ``code``: it looks and weighs like ``other``; it looks like it, and weight tells; it weighs like it beside it, and sight cannot tell
    (``weighs_unseen``: the eye does not know the other) or alone tells; it looks like something whose weight and place nobody knows.
    ``mistaken``: chance that one view of it is taken for the other, None where looks say nothing. ``near``: the plate they share, or the
    two beside each other; empty where they stand apart. ``grams``: of one unit of each, where the two are in the catalogue.
    """

    severity: Severity
    code: Likeness
    other: str
    name: str
    mistaken: float | None = None
    near: tuple[str, ...] = ()
    grams: tuple[float, float] | None = None

    @property
    def words(self) -> str:
        """One sentence for whoever lays out the shelf."""
        own, other = self.grams or (0.0, 0.0)
        weights = f"{own:g} g and {other:g} g"
        near = f"on the same plate {self.near[0]}" if len(self.near) == 1 else f"beside it ({', '.join(self.near)})"
        match self.code:
            case "looks_and_weighs":
                where = f"and stands {near}" if self.near else "which stands elsewhere now"
                return (
                    f"looks and weighs like {self.name} ({weights}), {where}: nothing tells them apart but their places; "
                    "put them on plates that are not beside each other"
                )
            case "looks":
                return f"looks like {self.name}: {_share(self.mistaken)} is taken for it; weight tells ({weights})"
            case "weighs_unseen":
                return f"weighs like {self.name} ({weights}), which stands {near} and is not enrolled: enrol it as well"
            case "weighs":
                return f"weighs like {self.name} ({weights}), which stands {near}: sight alone tells them apart"
            case _:
                return f"looks like {self.name}: {_share(self.mistaken)} is taken for it"


def conflicts(store: StoreModel, gtin: str, mistaken: Mapping[str, float], enrolled: Collection[str]) -> tuple[Conflict, ...]:
    """What to know about ``gtin`` beside the other products of ``store``, the worst first.

    ``mistaken``: products that look like it, with the chance that one view of it is taken for them. ``enrolled``: what the eye knows.
    A product that is not in the catalogue has no weight to compare and no place: only its looks are told.
    """
    products = {product.gtin: product for product in store.prices.products}
    found = list(_beside_each_other(store, products, gtin, mistaken, enrolled)) if gtin in products else []
    for other, chance in mistaken.items():
        if other not in products or gtin not in products:
            name = products[other].name if other in products else f"{other}, which is not in the catalogue"
            found.append(Conflict("note", "looks_unknown", other, name, chance))
    return tuple(sorted(found, key=lambda one: one.severity != "conflict"))


def with_product(store: StoreModel, product: Product, plate: str | None = None) -> StoreModel:
    """``store`` as it would be with ``product`` in its catalogue, and on ``plate`` where it has no facing yet."""
    others = tuple(one for one in store.prices.products if one.gtin != product.gtin)
    planogram = store.planogram
    if plate is not None and all(facing.gtin != product.gtin for facing in planogram):
        planogram = (*planogram, Facing(plate, product.gtin, 1))
    return replace(store, planogram=planogram, prices=replace(store.prices, products=(*others, product)))


def _beside_each_other(
    store: StoreModel, products: Mapping[str, Product], gtin: str, mistaken: Mapping[str, float], enrolled: Collection[str]
) -> Iterator[Conflict]:
    own = products[gtin]
    for other in products.values():
        if other.gtin == gtin:
            continue
        near = _near(store, gtin, other.gtin)
        weighs_alike = (1, 1) in alike_units(own, other)
        grams = (own.unit_weight_g, other.unit_weight_g)
        if other.gtin in mistaken:
            severity: Severity = "conflict" if weighs_alike else "note"
            code: Likeness = "looks_and_weighs" if weighs_alike else "looks"
            yield Conflict(severity, code, other.gtin, other.name, mistaken[other.gtin], near, grams)
        elif weighs_alike and near:
            yield Conflict("note", "weighs" if other.gtin in enrolled else "weighs_unseen", other.gtin, other.name, None, near, grams)


def _near(store: StoreModel, one: str, two: str) -> tuple[str, ...]:
    """The plate on which they stand together, or the two that are beside each other; empty where they stand apart."""
    beside = {frozenset((plate.plate, name)) for plate in store.plates for name in plate.neighbours}
    homes = {gtin: [facing.plate for facing in store.planogram if facing.gtin == gtin] for gtin in (one, two)}
    for here in homes[one]:
        for there in homes[two]:
            if here == there:
                return (here,)
            if frozenset((here, there)) in beside:
                return (here, there)
    return ()


def _share(chance: float | None) -> str:
    return f"about 1 view in {max(2, round(1.0 / chance))}" if chance is not None and chance < 0.45 else "every other view"
