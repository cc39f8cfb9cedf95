"""Goods and settings behind the web room's ports: what pages see is set by the test, what they ask for is recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from edge.runtime.described import sections
from edge.runtime.overlay import Overlay
from edge.runtime.settings import read_tables
from edge.web.changing import (
    ChangeResult,
    ChangeRow,
    FacingRow,
    GoodsView,
    HistoryView,
    PlateRow,
    ProductRow,
    ProposedRow,
    SettingsView,
    Warned,
)

VERSION = "0123456789abcdef"
NEXT_VERSION = "fedcba9876543210"
EXAMPLE = Path(__file__).parents[2] / "examples" / "store.toml"


def product_row(gtin: str, name: str, price_minor: int, grams: float, plate: str, units: int, **more: Any) -> ProductRow:
    """A product on its plate."""
    row = ProductRow(
        gtin=gtin,
        name=name,
        price_minor=price_minor,
        tax_bp=1900,
        unit_weight_g=grams,
        weight_sd_g=None,
        default_sd_g=round(0.015 * grams, 3),
        learned_g=None,
        weighed_units=0,
        units=units,
        plates=(plate,),
        warnings=("weight_by_catalogue_only",),
    )
    return replace(row, **more)


def shown_goods() -> GoodsView:
    """Four products on four plates; two of them weigh nearly the same, and a restocker has brought a fifth."""
    products = (
        product_row("04006381333931", "Spring Water 0.5 l", 120, 520.0, "P1", 6, learned_g=521.3, weighed_units=31, warnings=()),
        product_row("04012345123456", "Oat & Honey Bar", 180, 45.0, "P2", 12),
        product_row("05449000000996", "Cola 0.33 l", 190, 350.0, "P3", 9),
        product_row("04000000000013", "Falafel Wrap", 449, 230.0, "P4", 1, warnings=("alike_weight", "weight_by_catalogue_only")),
        product_row(
            "04000000000020", "Chicken Wrap", 469, 231.0, "P4", 5, warnings=("proposal_waits", "no_facing", "weight_by_catalogue_only")
        ),
    )
    full = {"P1": 8, "P2": 12, "P3": 10, "P4": 6}
    return GoodsView(
        version=VERSION,
        currency="EUR",
        price_version="2026-11",
        products=products,
        facings=tuple(
            FacingRow(plate=plate, gtin=row.gtin, count=full[plate], short_below=-(-full[plate] // 4), units=row.units)
            for plate, row in zip(full, products, strict=False)
        ),
        plates=tuple(
            PlateRow(plate=plate, rated_g=10_000.0, full_g=full[plate] * row.unit_weight_g, neighbours=tuple(neighbours))
            for plate, row, neighbours in zip(full, products, (["P2"], ["P1"], ["P4"], ["P3"]), strict=False)
        ),
        proposal=(ProposedRow(plate="P4", gtin="04000000000020", name="Chicken Wrap", count=5, was=0),),
        warnings=(
            Warned(
                code="proposal_waits",
                words="A restocker has laid out 1 facing otherwise than planned; take that over, or put the goods back.",
                products=("04000000000020",),
                plates=("P4",),
            ),
            Warned(code="no_facing", words="Chicken Wrap has no place on the shelf.", products=("04000000000020",)),
        ),
        waiting=(),
        edited=(),
    )


def shown_settings() -> SettingsView:
    """The example's settings with one of them changed, and one that waits for a restart."""
    base, _ = read_tables(EXAMPLE)
    overlay = Overlay().with_changes(base, {"visit.open_within_s": 20.0, "web.port": 8081})
    return SettingsView(
        version=VERSION, sections=sections(base, overlay), waiting=("web.port",), edited=(), restarting=False, unreadable=""
    )


def shown_history() -> HistoryView:
    """Two changes, and the store file."""
    newest = ChangeRow(
        number=2, by="maria", reason="another port", at_unix_s=1_763_900_000.0, places=("web.port", "visit.open_within_s"), holds=True
    )
    first = ChangeRow(number=1, by="tom", reason="autumn prices", at_unix_s=1_763_800_000.0, places=("product",), holds=False)
    file = ChangeRow(number=0, by="", reason="", at_unix_s=None, places=(), holds=False)
    return HistoryView(version=VERSION, changes=(newest, first, file))


@dataclass
class ShownGoods:
    """The port, kept by a test. ``asked`` records every wish as (verb, arguments); ``answer`` is what the next ones get."""

    view: GoodsView = field(default_factory=shown_goods)
    answer: ChangeResult | None = None
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def goods(self) -> GoodsView:
        return self.view

    async def set_product(self, product: Mapping[str, Any], by: str, reason: str, version: str, *, check: bool) -> ChangeResult:
        return self._asked("set_product", version, check, product=dict(product), by=by, reason=reason)

    async def remove_product(self, gtin: str, by: str, reason: str, version: str, *, anyway: bool, check: bool) -> ChangeResult:
        return self._asked("remove_product", version, check, gtin=gtin, by=by, reason=reason, anyway=anyway)

    async def set_planogram(self, facings: Sequence[Mapping[str, Any]], by: str, reason: str, version: str, *, check: bool) -> ChangeResult:
        return self._asked("set_planogram", version, check, facings=[dict(facing) for facing in facings], by=by, reason=reason)

    async def decide_proposal(self, *, take: bool, by: str, reason: str, version: str) -> ChangeResult:
        return self._asked("decide_proposal", version, False, take=take, by=by, reason=reason)

    def _asked(self, verb: str, version: str, check: bool, **arguments: Any) -> ChangeResult:
        self.asked.append((verb, arguments | {"version": version, "check": check}))
        return self.answer or shown_answer(version, self.view.version, check=check)


@dataclass
class ShownChanges:
    """As :class:`ShownGoods`, for the settings."""

    view: SettingsView = field(default_factory=shown_settings)
    kept: HistoryView = field(default_factory=shown_history)
    answer: ChangeResult | None = None
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def change(
        self, changes: Mapping[str, Any], by: str, reason: str, version: str | None, *, unset: Sequence[str] = (), check: bool = False
    ) -> ChangeResult:
        self.asked.append(
            ("change", {"changes": dict(changes), "unset": tuple(unset), "by": by, "reason": reason, "version": version, "check": check})
        )
        return self.answer or shown_answer(version, self.view.version, check=check)

    async def tables(self) -> tuple[str, Mapping[str, Any]]:
        base, _ = read_tables(EXAMPLE)
        return self.view.version, base

    async def described(self) -> SettingsView:
        return self.view

    async def history(self) -> HistoryView:
        return self.kept

    async def back(self, number: int, by: str, reason: str, version: str, *, check: bool) -> ChangeResult:
        self.asked.append(("back", {"number": number, "by": by, "reason": reason, "version": version, "check": check}))
        return self.answer or shown_answer(version, self.view.version, check=check)


def shown_answer(version: str | None, now: str, *, check: bool) -> ChangeResult:
    """As a store would answer whose ``version`` is ``now`` and that has nothing against it."""
    if version not in (None, now):
        return ChangeResult(accepted=False, code="stale", words="Somebody else has changed something meanwhile.", version=now)
    if check:
        return ChangeResult(accepted=True, code="would_change", words="Nothing speaks against it.", version=now, places=("product",))
    return ChangeResult(accepted=True, code="changed", words="Changed.", version=NEXT_VERSION, places=("product",))
