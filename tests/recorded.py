"""Small recordings made in the test: four plates of one shelf and a lonely fifth, five products, hands that take and put back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edge.recordings.format import Place, RecordedFacing, Recording, Session, Shop, Truth, TruthLine, TruthReceipt
from edge.store.model import Product

RATE_HZ = 60.0
T0_NS = 1_700_000_000_000_000_000
PRODUCTS = (
    Product("tea", "Green tea", 190, 0, 557.0, 5.0),
    Product("chips", "Chips, salted", 150, 0, 62.0, 0.7),
    Product("cola", "Cola", 120, 0, 345.0, 2.0),
    Product("bar", "Chocolate bar", 90, 0, 104.0, 0.8),
    Product("gum", "Gum", 60, 0, 24.0, 0.2),
)
PLATES = ("s1/p1", "s1/p2", "s1/p3", "s1/p4", "s9/p1")
SHOP = Shop(
    tuple(Place(name, 1, int(name[1]), int(name[4]), 0.1 * place, 0.5, 0.1, 0.4) for place, name in enumerate(PLATES)),
    PRODUCTS,
    tuple(RecordedFacing(product.gtin, (plate,), 8) for product, plate in zip(PRODUCTS, PLATES, strict=True)),
)


@dataclass(frozen=True, slots=True)
class Move:
    """At ``at_s`` ``grams`` come to ``plate`` (negative: are taken) by a hand that presses with ``press_g`` for a moment."""

    at_s: float
    plate: str
    grams: float
    press_g: float = 60.0


def take(at_s: float, plate: str, units: int = 1) -> Move:
    """Units of the product of the plate are taken."""
    return Move(at_s, plate, -units * PRODUCTS[PLATES.index(plate)].unit_weight_g)


def put(at_s: float, plate: str, sku: str) -> Move:
    """One unit comes to a plate."""
    return Move(at_s, plate, next(product.unit_weight_g for product in PRODUCTS if product.gtin == sku))


def session(name: str, start_s: float, end_s: float, *, staff: bool = False) -> Session:
    """Times are seconds since the first sample."""
    return Session(name, f"holder of {name}", T0_NS + round(start_s * 1e9), T0_NS + round(end_s * 1e9), staff)


def truth(**baskets: dict[str, int]) -> Truth:
    """Session to SKU to units."""
    return Truth(
        tuple(TruthReceipt(name, tuple(TruthLine(sku, units) for sku, units in basket.items())) for name, basket in baskets.items())
    )


def recording(
    moves: Sequence[Move],
    sessions: Sequence[Session],
    *,
    seconds: float,
    seed: int = 1,
    known: Truth | None = None,
    tare_g: float = 0.0,
    noise_g: float = 0.4,
) -> Recording:
    """Plates that hold about a kilogram, less ``tare_g``, with white noise and what the hands do."""
    rng = np.random.default_rng(seed)
    steps = np.arange(round(seconds * RATE_HZ))
    times_s = steps / RATE_HZ
    grams = rng.normal(0.0, noise_g, (len(steps), len(PLATES))) + rng.uniform(500.0, 1500.0, len(PLATES)) - tare_g
    for move in moves:
        column = PLATES.index(move.plate)
        grams[:, column] += move.grams * 0.5 * (1.0 + np.tanh((times_s - move.at_s) / 0.06))
        grams[:, column] += move.press_g * np.exp(-(((times_s - move.at_s + 0.2) / 0.12) ** 2))
    times_ns = T0_NS + np.round(steps * 1e9 / RATE_HZ).astype(np.int64)
    return Recording("made", SHOP, times_ns, grams.astype(np.float32), tuple(sessions), known)
