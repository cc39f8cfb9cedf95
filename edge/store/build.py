"""From described settings to the one :class:`StoreModel`, with everything checked that needs more than one table. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from edge.store.gtin import gtin_problem
from edge.store.model import Door, Facing, Plate, PriceList, Product, StoreModel
from edge.store.settings import FacingSettings, ProductSettings, StoreSettings

DEFAULT_SPREAD = 0.015  # share of the unit weight; packaged goods vary by 1-2 % from unit to unit
MIN_SPREAD_G = 0.3  # g; below a plate's noise a smaller spread means nothing


class StoreError(ValueError):
    """The shop as described cannot be. ``problems`` has one sentence per fault, each saying what to change."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


def build_store(
    store: StoreSettings,
    products: Sequence[ProductSettings],
    planogram: Sequence[FacingSettings],
    doors: Sequence[Door],
    plates: Sequence[Plate],
) -> StoreModel:
    """One cabinet from its tables. Raises :class:`StoreError` with every problem found, not only the first."""
    listed = tuple(product_of(product) for product in products)
    model = StoreModel(
        tenant=store.tenant,
        store=store.store,
        doors=tuple(doors),
        plates=tuple(plates),
        planogram=tuple(Facing(facing.plate, facing.gtin, facing.count, facing.short_below) for facing in planogram),
        prices=PriceList(store.price_version or price_version(store.currency, listed), store.currency, listed),
    )
    problems = store_problems(model)
    if problems:
        raise StoreError(problems)
    return model


def product_of(settings: ProductSettings) -> Product:
    """The domain value of one ``[[product]]`` table, with the default spread where none is given."""
    spread = settings.weight_sd_g
    if spread is None:
        spread = default_spread_g(settings.unit_weight_g)
    return Product(settings.gtin, settings.name, settings.price_minor, settings.tax_bp, settings.unit_weight_g, spread)


def default_spread_g(unit_weight_g: float) -> float:
    """How much units of this weight differ, in grams, where nobody has measured it."""
    return max(MIN_SPREAD_G, DEFAULT_SPREAD * unit_weight_g)


def price_version(currency: str, products: Iterable[Product]) -> str:
    """A name that changes whenever a product, a price or a tax rate changes, whatever the order of the tables."""
    rows = sorted(f"{product.gtin}\x1f{product.name}\x1f{product.price_minor}\x1f{product.tax_bp}" for product in products)
    digest = hashlib.sha256("\x1e".join([currency, *rows]).encode()).hexdigest()
    return f"p-{digest[:12]}"


def store_problems(store: StoreModel) -> tuple[str, ...]:
    """Everything that is wrong with ``store``, in the order of its tables; empty where it can be opened."""
    return (
        *_duplicates("door", [door.door for door in store.doors]),
        *_duplicates("plate", [plate.plate for plate in store.plates]),
        *_plate_problems(store.plates),
        *_product_problems(store.prices),
        *_planogram_problems(store),
    )


def _duplicates(what: str, names: Sequence[str]) -> list[str]:
    return [f"{what} {name!r} is listed {times} times; keep one" for name, times in Counter(names).items() if times > 1]


def _plate_problems(plates: Sequence[Plate]) -> list[str]:
    known = {plate.plate for plate in plates}
    problems = []
    for plate in plates:
        for neighbour in plate.neighbours:
            if neighbour == plate.plate:
                problems.append(f"plate {plate.plate!r} names itself as a neighbour; remove it")
            elif neighbour not in known:
                problems.append(f"plate {plate.plate!r} names the neighbour {neighbour!r}, which is no plate of this store")
    return problems


def _product_problems(prices: PriceList) -> list[str]:
    problems = _duplicates("product", [product.gtin for product in prices.products])
    # GTIN-8, -12 and -13 are GTIN-14 with leading zeros left out: 14 digits tell whether two tables mean one article.
    spellings: defaultdict[str, set[str]] = defaultdict(set)
    for product in prices.products:
        spellings[product.gtin.zfill(14)].add(product.gtin)
        problem = gtin_problem(product.gtin)
        if problem is not None:
            problems.append(problem)
        if product.price_minor <= 0:
            problems.append(f"product {product.gtin} has the price {product.price_minor}; it must be at least 1 minor unit")
    problems.extend(
        f"GTINs {', '.join(sorted(same))} are one article written differently; keep one" for same in spellings.values() if len(same) > 1
    )
    return problems


def _planogram_problems(store: StoreModel) -> list[str]:
    plates = {plate.plate: plate for plate in store.plates}
    products = {product.gtin: product for product in store.prices.products}
    problems = [
        f"planogram: product {gtin} is listed {times} times on plate {plate!r}; add the counts into one"
        for (plate, gtin), times in Counter((facing.plate, facing.gtin) for facing in store.planogram).items()
        if times > 1
    ]
    loads: defaultdict[str, float] = defaultdict(float)
    for facing in store.planogram:
        if facing.plate not in plates:
            problems.append(f"planogram: plate {facing.plate!r} is not among the plates of this store")
        if facing.gtin not in products:
            problems.append(f"planogram: product {facing.gtin} on plate {facing.plate!r} is not in the catalogue")
        else:
            loads[facing.plate] += facing.count * products[facing.gtin].unit_weight_g
    for name, load in loads.items():
        if name in plates and load > plates[name].rated_g:
            problems.append(
                f"planogram: plate {name!r} would carry {load:.0f} g when full, but is rated for {plates[name].rated_g:.0f} g; "
                "put fewer units on it"
            )
    return problems
