"""Routes about what is sold: products with their prices, the planogram, and the planogram that a restocker has laid out."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Request
from fastapi import Path as PathParameter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from edge.store.settings import ProductSettings
from edge.web.changing import ChangeResult, GoodsFront, GoodsView
from edge.web.deciding import Change, Reasoned, asker, decided
from edge.web.settings import WebSettings

MOST_FACINGS = 2000  # of a planogram; the largest cabinets have a few hundred
_GTIN = r"^[0-9]{8,14}$"


class ProductBody(Change):
    """A product to add, or to change where its GTIN is known."""

    product: ProductSettings


class RemoveBody(Change):
    """Takes a product out of the catalogue."""

    anyway: bool = Field(default=False, description="Although units of it are believed to stand in the store.")


class FacingBody(BaseModel):
    """One facing."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    plate: str = Field(min_length=1, max_length=40, description="Id of a plate.")
    gtin: str = Field(pattern=_GTIN, description="GTIN of a product.")
    count: int = Field(ge=1, le=1_000, strict=True, description="Units that stand there when the facing is full.")
    short_below: int | None = Field(
        default=None, ge=0, le=1_000, strict=True, description="Fewer units are a shortage; 0: never. Left out: a quarter of count."
    )

    @model_validator(mode="after")
    def _not_short_when_full(self) -> Self:
        if self.short_below is not None and self.short_below > self.count:
            raise ValueError(f"short_below is {self.short_below}, but a full facing holds {self.count}: it would always be short")
        return self

    def table(self) -> dict[str, Any]:
        """As a ``[[planogram]]`` table."""
        facing: dict[str, Any] = {"plate": self.plate, "gtin": self.gtin, "count": self.count}
        return facing if self.short_below is None else facing | {"min_count": self.short_below}


class PlanogramBody(Change):
    """The whole planogram as it is to be."""

    facings: tuple[FacingBody, ...] = Field(max_length=MOST_FACINGS)


class ProposalBody(Reasoned):
    """Takes over what a restocker has laid out, or drops it."""

    action: Literal["take", "dismiss"]


def goods(front: GoodsFront, settings: WebSettings) -> APIRouter:
    """The routes over one store."""
    router = APIRouter()
    within_s = settings.answer_within_s

    @router.get("/api/v1/goods", summary="Products, planogram, plates, and what to know of them")
    async def read() -> GoodsView:
        return await front.goods()

    @router.post(
        "/api/v1/products",
        summary="Add or change a product",
        description="Answers 200 with `accepted` true or false. A new price holds from the next visit on; one that is open keeps its own.",
    )
    async def product(request: Request, body: ProductBody) -> ChangeResult:
        table = body.product.model_dump(exclude_none=True)
        return await decided(
            front.set_product(table, asker(request), body.reason, body.version, check=body.check), within_s, "/api/v1/goods"
        )

    @router.post(
        "/api/v1/products/{gtin}/remove",
        summary="Take a product out of the catalogue",
        description="Refused as `on_planogram` while it has a facing, and as `in_store` while units of it are believed to be there.",
    )
    async def remove(
        request: Request, gtin: Annotated[str, PathParameter(pattern=_GTIN, description="GTIN of the product.")], body: RemoveBody
    ) -> ChangeResult:
        removing = front.remove_product(gtin, asker(request), body.reason, body.version, anyway=body.anyway, check=body.check)
        return await decided(removing, within_s, "/api/v1/goods")

    @router.post("/api/v1/planogram", summary="Lay out the shelf: every facing at once")
    async def planogram(request: Request, body: PlanogramBody) -> ChangeResult:
        facings = [facing.table() for facing in body.facings]
        return await decided(
            front.set_planogram(facings, asker(request), body.reason, body.version, check=body.check), within_s, "/api/v1/goods"
        )

    @router.post(
        "/api/v1/planogram/proposal",
        summary="Take over the planogram as a restocker has laid it out, or drop it",
    )
    async def proposal(request: Request, body: ProposalBody) -> ChangeResult:
        deciding = front.decide_proposal(take=body.action == "take", by=asker(request), reason=body.reason, version=body.version)
        return await decided(deciding, within_s, "/api/v1/goods")

    return router
