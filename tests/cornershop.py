"""A small shop for basket tests: six plates in a row, twelve products, two to a plate."""

from __future__ import annotations

from collections.abc import Sequence

from devices.facts import PlateChange, PlateSettled, Quality, whole_milligrams
from edge.store.gtin import check_digit
from edge.store.model import Door, Facing, Plate, PriceList, Product, StoreModel

WEIGHTS_G = (330.0, 365.0, 500.0, 545.0, 250.0, 120.0, 90.0, 24.0, 60.0, 1050.0, 400.0, 290.0)


def gtin(number: int) -> str:
    """A valid GTIN-13 from a small number."""
    digits = f"{400_000_000_000 + number:012d}"
    return f"{digits}{check_digit(digits)}"


def shop(*, spread: float = 0.01, facings: Sequence[Facing] | None = None, weights_g: Sequence[float] = WEIGHTS_G) -> StoreModel:
    """Product ``n`` stands on plate ``n // 2``; neighbouring plates touch."""
    products = tuple(Product(gtin(n), f"product {n}", 100 + n, 1900, grams, grams * spread) for n, grams in enumerate(weights_g))
    plates = tuple(Plate(f"p{n}", "scale", 20_000.0, tuple(f"p{other}" for other in (n - 1, n + 1) if 0 <= other < 6)) for n in range(6))
    planogram = tuple(facings) if facings is not None else tuple(Facing(f"p{n // 2}", gtin(n), 8) for n in range(len(products)))
    return StoreModel("tenant", "store", (Door("door", "board", True),), plates, planogram, PriceList("v1", "EUR", products))


def settled(at_s: float, *changes: tuple[str, float], sd_g: float = 0.5, quality: Quality = "ok") -> PlateSettled:
    """A settled change of plates by grams, of plates whose cross-talk is known and calculated out."""
    at_ns = round(at_s * 1e9)
    covariance = tuple(tuple(sd_g**2 if row == column else 0.0 for column in range(len(changes))) for row in range(len(changes)))
    parts = tuple(PlateChange(plate, whole_milligrams(grams), sd_g, 0.0) for plate, grams in changes)
    return PlateSettled(
        at_ns=at_ns,
        plates=tuple(plate for plate, _ in changes),
        changes=parts,
        start_ns=at_ns,
        end_ns=at_ns,
        quality=quality,
        covariance_g2=covariance,
    )
