"""Money in integer minor units (cents): line totals and the tax contained in a gross price. Pure; no float ever holds money."""

from __future__ import annotations

from typing import Protocol

MAX_QUANTITY = 10_000  # units on one line; far above any cabinet's content, so that a broken count cannot overflow a receipt


class Priced(Protocol):
    """What one unit costs, tax included; both as in :class:`edge.store.model.Product`."""

    @property
    def price_minor(self) -> int: ...

    @property
    def tax_bp(self) -> int: ...


def line_total(unit_price_minor: int, quantity: int) -> int:
    """Gross total of one line in minor units. ``quantity`` from 0 to MAX_QUANTITY, price not negative; otherwise ValueError."""
    if not 0 <= quantity <= MAX_QUANTITY:
        raise ValueError(f"quantity must be between 0 and {MAX_QUANTITY}, got {quantity}")
    if unit_price_minor < 0:
        raise ValueError(f"unit price must not be negative, got {unit_price_minor}")
    return unit_price_minor * quantity


def contained_tax(gross_minor: int, tax_bp: int) -> int:
    """The tax inside a gross amount: gross * rate / (1 + rate), rounded half up to the minor unit, once per receipt line.

    The receipt's tax is the sum of its lines' taxes, so that the lines always add up. ``tax_bp`` in basis points (1900 = 19 %).
    """
    if gross_minor < 0:
        raise ValueError(f"gross amount must not be negative, got {gross_minor}")
    if not 0 <= tax_bp <= 10_000:
        raise ValueError(f"tax rate must be between 0 and 10000 basis points, got {tax_bp}")
    whole = 10_000 + tax_bp
    return (2 * gross_minor * tax_bp + whole) // (2 * whole)


def price_of(unit: Priced, quantity: int) -> tuple[int, int]:
    """Total and contained tax of ``quantity`` such units, both in minor units. Raises ValueError as those two do."""
    total = line_total(unit.price_minor, quantity)
    return total, contained_tax(total, unit.tax_bp)
