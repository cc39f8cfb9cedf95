"""Changes of what is sold and where it stands, as people think of them: one product, the whole shelf, what a restocker has laid out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from edge.basket.planogram_proposal import still_open, taken_over
from edge.runtime.changes import Changes
from edge.runtime.changes_words import WORDS
from edge.runtime.clock import SystemClock
from edge.runtime.goods_rows import goods_view, standing_units
from edge.runtime.inbox import Inbox
from edge.runtime.settings import store_model
from edge.runtime.standing import Refused, Standing
from edge.session.facts import ProposalDropped
from edge.store.counted import counted
from edge.web.changing import ChangeResult, GoodsView

SECTIONS = ("product", "planogram")


class Goods:
    """Keeps :class:`edge.web.changing.GoodsFront` over the changes of one store."""

    def __init__(self, changes: Changes, *, inbox: Inbox, clock: SystemClock) -> None:
        self._changes = changes
        self._inbox = inbox
        self._clock = clock

    async def goods(self) -> GoodsView:
        """As the port says."""
        return await asyncio.to_thread(self._view, await self._changes.look())

    async def set_product(self, product: Mapping[str, Any], by: str, reason: str, version: str, *, check: bool) -> ChangeResult:
        """As the port says."""

        def wish(standing: Standing) -> dict[str, Any]:
            rows = list(_rows(standing, "product"))
            place = next((number for number, row in enumerate(rows) if _same(row, product["gtin"])), len(rows))
            gtin = rows[place]["gtin"] if place < len(rows) else product["gtin"]  # spelled as the planogram does
            return {"product": [*rows[:place], {**product, "gtin": gtin}, *rows[place + 1 :]]}

        return await self._changes.make(wish, by, reason, version, check=check)

    async def remove_product(self, gtin: str, by: str, reason: str, version: str, *, anyway: bool, check: bool) -> ChangeResult:
        """As the port says."""

        def wish(standing: Standing) -> dict[str, Any]:
            rows = _rows(standing, "product")
            if not any(_same(row, gtin) for row in rows):
                raise Refused("unknown_product")
            if places := [str(row.get("plate")) for row in _rows(standing, "planogram") if _same(row, gtin)]:
                raise Refused("on_planogram", f"{WORDS['on_planogram']} It is on {', '.join(places)}.")
            units = standing_units(self._changes.state, gtin)
            if units and not anyway:
                where = ", ".join(f"{counted(count, 'unit')} on {plate}" for plate, count in sorted(units.items()))
                raise Refused("in_store", f"{WORDS['in_store']} There are {where}.")
            return {"product": [row for row in rows if not _same(row, gtin)]}

        return await self._changes.make(wish, by, reason, version, check=check)

    async def set_planogram(self, facings: Sequence[Mapping[str, Any]], by: str, reason: str, version: str, *, check: bool) -> ChangeResult:
        """As the port says."""
        return await self._changes.make(lambda _: {"planogram": [dict(facing) for facing in facings]}, by, reason, version, check=check)

    async def decide_proposal(self, *, take: bool, by: str, reason: str, version: str) -> ChangeResult:
        """As the port says."""

        def wish(standing: Standing) -> dict[str, Any]:
            model = store_model(self._changes.settings(standing))
            proposal = still_open(model, self._changes.state.proposal)
            if not proposal:
                raise Refused("no_proposal")
            if not take:
                return {}
            facings = taken_over(model.planogram, proposal)
            rows = [{"plate": one.plate, "gtin": one.gtin, "count": one.count, "min_count": one.min_count} for one in facings]
            return {"planogram": rows}

        result = await self._changes.make(wish, by, reason, version, check=not take)
        if take or not result.accepted:
            return result
        await self._inbox.put_and_wait(ProposalDropped(at_ns=self._clock.monotonic_ns(), by=by, reason=reason))
        return ChangeResult(accepted=True, code="dropped", words=WORDS["dropped"], version=result.version)

    def _view(self, standing: Standing) -> GoodsView:
        return goods_view(
            self._changes.settings(standing),
            self._changes.state,
            version=standing.version,
            waiting=[place for place in self._changes.waiting(standing) if place in SECTIONS],
            edited=[place for place in standing.overlay.edited(standing.base) if place in SECTIONS],
        )


def _rows(standing: Standing, section: str) -> Sequence[Mapping[str, Any]]:
    rows = standing.tables.get(section, ())
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list | tuple) else []


def _same(row: Mapping[str, Any], gtin: str) -> bool:
    """Leading zeros of a GTIN do not count."""
    return str(row.get("gtin", "")).zfill(14) == gtin.zfill(14)
