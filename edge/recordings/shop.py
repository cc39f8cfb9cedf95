"""``store.json`` of a recording: the plates with their places, the catalogue, the planogram, and the store model they make.

Plates of one shelf with consecutive numbers are neighbours: one item can stand on both.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.basket.stock import Shelved, Stock, full_stock
from edge.recordings.fields import Field, read_json
from edge.store.model import Facing, Plate, PriceList, Product, StoreModel

RATED_G = 20_000.0  # g; assumed of a recorded plate: heavier goods are not sold by hand
MAX_PLATES = 2_000
MAX_PRODUCTS = 20_000
MIN_UNIT_G = 0.001  # g; a store's own smallest, the resolution of its weights
MAX_UNIT_G = 50_000.0  # g; heavier than anything that is carried out of a shop
MAX_UNITS = 100_000
MAX_PRICE_MINOR = 100_000_000
MAX_PLACE = 1_000_000
MAX_METRES = 1_000.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a plate is: gondola, shelf and number on it; its middle and its size in metres where they are known.

    ``neighbours``: plates that one item can stand on together with it, None where the numbers tell.
    """

    plate: str
    gondola: int
    shelf: int
    number: int
    x_m: float | None = None
    y_m: float | None = None
    width_m: float | None = None
    depth_m: float | None = None
    neighbours: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class RecordedFacing:
    """``count`` units of ``sku`` stand on ``plates``, each of them partly on any of these."""

    sku: str
    plates: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Shop:
    """``places`` in the order of the columns of ``weights.npz``. ``Product.gtin`` is the recording's SKU, whatever its form.

    ``stock``: what stands where when the recording begins, None where every facing is full.
    """

    places: tuple[Place, ...]
    products: tuple[Product, ...]
    facings: tuple[RecordedFacing, ...]
    stock: tuple[Shelved, ...] | None = None


def store_model(shop: Shop, name: str) -> StoreModel:
    """The shop as the counting core knows it: no doors, prices in an assumed currency, a facing on each of its plates."""
    at = {(place.gondola, place.shelf, place.number): place.plate for place in shop.places}
    plates = tuple(
        Plate(
            place.plate,
            "recording",
            RATED_G,
            place.neighbours
            if place.neighbours is not None
            else tuple(
                at[place.gondola, place.shelf, number]
                for number in (place.number - 1, place.number + 1)
                if (place.gondola, place.shelf, number) in at
            ),
        )
        for place in shop.places
    )
    planogram = tuple(Facing(plate, facing.sku, facing.count) for facing in shop.facings for plate in facing.plates)
    return StoreModel("recording", name, (), plates, planogram, PriceList("recording", "EUR", shop.products))


def opening_stock(shop: Shop, store: StoreModel) -> Stock:
    """What stands where when the recording begins."""
    return full_stock(store) if shop.stock is None else Stock(tuple(sorted(shop.stock, key=lambda one: (one.plate, one.gtin))))


def read_shop(file: Path) -> Shop:
    """Read and check ``store.json``. Raises RecordingInvalid."""
    root = read_json(file)
    places = _places(root.at("plates"))
    products = _products(root.at("catalogue"))
    plates, skus = {place.plate for place in places}, {product.gtin for product in products}
    listed = root.optional("stock")
    stock = None if listed is None else _stock(listed, plates, skus)
    return Shop(places, products, _facings(root.at("planogram"), plates, skus), stock)


def shop_json(shop: Shop) -> dict[str, Any]:
    """What ``read_shop`` reads."""
    described: dict[str, Any] = {
        "plates": [
            {
                "id": place.plate,
                "gondola": place.gondola,
                "shelf": place.shelf,
                "plate": place.number,
                "x_m": place.x_m,
                "y_m": place.y_m,
                "width_m": place.width_m,
                "depth_m": place.depth_m,
            }
            | ({} if place.neighbours is None else {"neighbours": list(place.neighbours)})
            for place in shop.places
        ],
        "catalogue": [
            {
                "sku": product.gtin,
                "name": product.name,
                "unit_weight_g": product.unit_weight_g,
                "weight_sd_g": product.weight_sd_g,
                "price_minor": product.price_minor,
            }
            for product in shop.products
        ],
        "planogram": [{"sku": facing.sku, "plates": list(facing.plates), "count": facing.count} for facing in shop.facings],
    }
    if shop.stock is not None:
        described["stock"] = [{"plate": one.plate, "sku": one.gtin, "units": one.units} for one in shop.stock]
    return described


def known(field: Field, names: set[str], what: str, where: str) -> str:
    """The name in ``field``, which must be one of ``names``."""
    name = field.name()
    if name not in names:
        raise field.wrong(f"{name!r} is not {what} of {where}; add it there or correct the name")
    return name


def _places(plates: Field) -> tuple[Place, ...]:
    found: dict[str, Place] = {}
    taken: dict[tuple[int, int, int], str] = {}
    rows = plates.each(MAX_PLATES)
    ids = {row.at("id").name() for row in rows}
    for row in rows:
        beside = row.optional("neighbours")
        place = Place(
            row.at("id").name(),
            row.at("gondola").whole(-MAX_PLACE, MAX_PLACE),
            row.at("shelf").whole(-MAX_PLACE, MAX_PLACE),
            row.at("plate").whole(-MAX_PLACE, MAX_PLACE),
            _metres(row, "x_m"),
            _metres(row, "y_m"),
            _metres(row, "width_m"),
            _metres(row, "depth_m"),
            None if beside is None else tuple(known(one, ids, "an id", "the plates") for one in beside.each(MAX_PLATES)),
        )
        if place.plate in found:
            raise row.wrong(f"the plate {place.plate!r} is named twice; every plate needs its own id")
        here = (place.gondola, place.shelf, place.number)
        if here in taken:
            raise row.wrong(f"{place.plate!r} stands where {taken[here]!r} does (gondola, shelf, plate {here}); number them differently")
        found[place.plate] = place
        taken[here] = place.plate
    if not found:
        raise plates.wrong("is empty; a recording has at least one plate")
    return tuple(found.values())


def _metres(row: Field, key: str) -> float | None:
    field = row.optional(key)
    return None if field is None else field.number(-MAX_METRES, MAX_METRES, "metres")


def _products(catalogue: Field) -> tuple[Product, ...]:
    found: dict[str, Product] = {}
    for row in catalogue.each(MAX_PRODUCTS):
        sku = row.at("sku").name()
        if sku in found:
            raise row.wrong(f"the SKU {sku!r} is described twice; keep one of them")
        weight = row.at("unit_weight_g")
        if (grams := weight.number(0.0, MAX_UNIT_G, "grams")) < MIN_UNIT_G:
            raise weight.wrong(f"must be at least {MIN_UNIT_G:g} (grams); weigh one unit and write that")
        spread = row.at("weight_sd_g").number(0.0, MAX_UNIT_G, "grams")
        price = row.at("price_minor").whole(0, MAX_PRICE_MINOR)
        found[sku] = Product(sku, row.at("name").words(), price, 0, grams, spread)
    if not found:
        raise catalogue.wrong("is empty; without products nothing can be counted")
    return tuple(found.values())


def _stock(listed: Field, plates: set[str], skus: set[str]) -> tuple[Shelved, ...]:
    found: dict[tuple[str, str], Shelved] = {}
    for row in listed.each(MAX_PLATES * 20):
        plate = known(row.at("plate"), plates, "an id", "the plates")
        sku = known(row.at("sku"), skus, "a SKU", "the catalogue")
        if (plate, sku) in found:
            raise row.wrong(f"{sku!r} is on {plate!r} twice; put it into one entry")
        found[plate, sku] = Shelved(plate, sku, row.at("units").whole(0, MAX_UNITS))
    return tuple(found.values())


def _facings(planogram: Field, plates: set[str], skus: set[str]) -> tuple[RecordedFacing, ...]:
    found = []
    taken: set[tuple[str, str]] = set()
    for row in planogram.each(MAX_PLATES * 20):
        sku = known(row.at("sku"), skus, "a SKU", "the catalogue")
        names = tuple(known(field, plates, "an id", "the plates") for field in row.at("plates").each(MAX_PLATES))
        if not names:
            raise row.wrong("names no plate; say where the product stands, or leave the entry out")
        for name in names:
            if (name, sku) in taken:
                raise row.wrong(f"{sku!r} stands on {name!r} twice; put it into one entry")
            taken.add((name, sku))
        found.append(RecordedFacing(sku, names, row.at("count").whole(0, MAX_UNITS)))
    return tuple(found)
