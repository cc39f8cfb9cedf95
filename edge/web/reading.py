"""Routes that tell how the store is: snapshot, live stream, receipts, health, metrics."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi import Path as PathParameter
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, ConfigDict, TypeAdapter
from starlette.responses import Response

from edge.day_sums import DaySums
from edge.snapshot import ReceiptRecord, StoreSnapshot
from edge.web.front import StoreFront
from edge.web.metrics import registry
from edge.web.problem import Problem
from edge.web.stream import Hub

EARLIEST, LATEST = date(1971, 1, 1), date(2200, 1, 1)  # days that every clock and time zone can tell
NAME = r"^[A-Za-z0-9_-]{1,64}$"  # of a visit, a door, a camera

snapshots: TypeAdapter[StoreSnapshot] = TypeAdapter(StoreSnapshot)
_records: TypeAdapter[ReceiptRecord] = TypeAdapter(ReceiptRecord)
_Visit = Annotated[str, PathParameter(pattern=NAME, description="Full visit id.")]


class ReceiptPage(BaseModel):
    """Receipts, newest first. ``next_before``: the value of ``before`` that gives the page after this one; None at the end."""

    model_config = ConfigDict(frozen=True)

    receipts: tuple[ReceiptRecord, ...]
    next_before: str | None


class Health(BaseModel):
    """The web server answers; ``phase`` is the cabinet's. Alive is not the same as open for business."""

    model_config = ConfigDict(frozen=True)

    alive: bool
    phase: str


def timeless(snapshot: StoreSnapshot) -> object:
    """What of a snapshot is worth sending: all but the time."""
    return replace(snapshot, at_s=0.0, at_unix_s=0.0)


def awaited(snapshot: StoreSnapshot) -> object:
    """What somebody stands in front of the screen for."""
    return snapshot.cabinet, snapshot.doors, snapshot.visit, snapshot.refusal


def reading(front: StoreFront, hub: Hub[StoreSnapshot]) -> APIRouter:
    """The routes over one store and its stream."""
    router = APIRouter()
    figures = registry(front.metrics, lambda: hub.listeners)

    @router.get("/api/v1/snapshot", response_model=StoreSnapshot, summary="The store now")
    async def snapshot() -> Response:
        return _json(snapshots.dump_json(front.snapshot()))

    @router.get(
        "/api/v1/stream",
        response_class=Response,
        summary="The store live, as server-sent events",
        description="Events: hello, snapshot (data as of /api/v1/snapshot), alive. The newest snapshot wins; older ones are not repeated.",
        responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
    )
    async def stream() -> Response:
        return hub.open()

    @router.get("/api/v1/receipts", summary="Receipts, newest first")
    async def receipts(
        limit: Annotated[int, Query(ge=1, le=200, description="How many at most.")] = 20,
        before: Annotated[str | None, Query(pattern=NAME, description="Only receipts of visits older than this one.")] = None,
    ) -> ReceiptPage:
        page = tuple(await front.receipts(limit, before))
        return ReceiptPage(receipts=page, next_before=page[-1].receipt.visit if len(page) == limit else None)

    @router.get("/api/v1/receipts/{visit}", response_model=ReceiptRecord, summary="One receipt with its evidence")
    async def receipt(visit: _Visit) -> Response:
        record = await front.receipt(visit)
        if record is None:
            raise Problem(404, "no_receipt", "There is no such receipt", "Take a full visit id from /api/v1/receipts.")
        return _json(_records.dump_json(record))

    @router.get("/api/v1/day", summary="What a day brought: visits, takings and refunds, by hour and by product")
    async def day(
        wanted: Annotated[date | None, Query(alias="date", description="The day where the store stands; today when left out.")] = None,
    ) -> DaySums:
        if wanted is not None and not EARLIEST <= wanted <= LATEST:
            raise Problem(422, "no_such_day", "There is no such day", f"Take one from {EARLIEST} to {LATEST}.")
        return await front.day(wanted)

    @router.get("/healthz", summary="Does the controller answer")
    async def healthz() -> Health:
        return Health(alive=True, phase=front.snapshot().cabinet.phase)

    @router.get("/metrics", response_class=Response, summary="Prometheus metrics", responses={200: {"content": {"text/plain": {}}}})
    async def metrics() -> Response:
        return Response(generate_latest(figures), headers={"content-type": CONTENT_TYPE_LATEST, "cache-control": "no-store"})

    return router


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json", headers={"cache-control": "no-store"})
