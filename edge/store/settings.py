"""The described settings of what the shop sells: ``[store]``, ``[[product]]`` and ``[[planogram]]``. Pure.

Each model checks itself; what needs several of them (known plates, unique products) is checked by :mod:`edge.store.build`.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from edge.store.gtin import gtin_problem


class StoreSettings(BaseModel):
    """Which shop this is, and the money it sells for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tenant: str = Field(
        min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_-]+$", description="Who runs the store; the first level of every topic."
    )
    store: str = Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_-]+$", description="The store's id, unique within the tenant.")
    name: str = Field(default="", max_length=80, description="Name on the page and the receipt. Empty: the store's id.")
    contact: str = Field(
        default="",
        max_length=120,
        description="Whom a shopper asks for help: a telephone number, an e-mail address or a short sentence for the shopper's screen.",
    )
    currency: str = Field(default="EUR", pattern=r"^[A-Z]{3}$", description="ISO 4217 code of every price.")
    time_zone: str = Field(
        default="",
        max_length=60,
        pattern=r"^[A-Za-z0-9_+/-]*$",
        description="Where the store stands, as an IANA name such as Europe/Berlin: its days begin at midnight there. Empty: the system's.",
    )
    price_version: str = Field(
        default="",
        max_length=60,
        pattern=r"^[A-Za-z0-9_.:-]*$",
        description="Name of this price list. Empty: derived from the products, so that a changed price is a new version.",
    )

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            zone_of(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"there is no time zone {name!r}; take an IANA name such as Europe/Berlin") from None
        return name


def zone_of(name: str) -> ZoneInfo | None:
    """The time zone of this name as the system's tables have it, None for "". Raises ZoneInfoNotFoundError, ValueError or OSError."""
    return ZoneInfo(name) if name else None


class ProductSettings(BaseModel):
    """One product as sold."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    gtin: str = Field(description="GTIN-8, -12, -13 or -14 as digits, with its check digit.")
    name: str = Field(min_length=1, max_length=120, description="What the receipt calls it.")
    price_minor: int = Field(ge=1, le=10_000_000, strict=True, description="Gross price of one unit in minor units (199 = 1.99).")
    tax_bp: int = Field(ge=0, le=5_000, strict=True, description="Tax contained in the price, in basis points (1900 = 19 %).")
    unit_weight_g: float = Field(
        ge=1.0, le=50_000.0, allow_inf_nan=False, description="Mean weight of one unit in grams, weighed, not printed."
    )
    weight_sd_g: float | None = Field(
        default=None,
        gt=0.0,
        le=5_000.0,
        allow_inf_nan=False,
        description="Standard deviation from unit to unit in grams. Unset: 1.5 % of the weight, at least 0.3 g.",
    )

    @field_validator("gtin")
    @classmethod
    def _valid_gtin(cls, gtin: str) -> str:
        problem = gtin_problem(gtin)
        if problem is not None:
            raise ValueError(problem)
        return gtin

    @field_validator("name")
    @classmethod
    def _printable_name(cls, name: str) -> str:
        if not name.isprintable() or not name.strip():
            raise ValueError(f"product name {name!r} must be printable and not blank")
        return name


class FacingSettings(BaseModel):
    """Which product stands on which plate."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    plate: str = Field(min_length=1, max_length=40, description="Id of a plate from a [[plate]] table.")
    gtin: str = Field(description="GTIN of a product from a [[product]] table.")
    count: int = Field(ge=1, le=1_000, strict=True, description="Units that stand there when the facing is full.")
    min_count: int | None = Field(
        default=None,
        ge=0,
        le=1_000,
        strict=True,
        description="Fewer units than this are a shortage, which the page shows; 0: never. Unset: a quarter of count, rounded up.",
    )

    @model_validator(mode="after")
    def _not_short_when_full(self) -> FacingSettings:
        if self.min_count is not None and self.min_count > self.count:
            raise ValueError(f"min_count is {self.min_count}, but a full facing holds {self.count}: it would always be short")
        return self

    @property
    def short_below(self) -> int:
        """``min_count`` with its default."""
        return -(-self.count // 4) if self.min_count is None else self.min_count
