"""Routes of the shopper's screen: the narrow view of the store, now and live. It needs no login on the machine itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from typing import Final

import segno
from fastapi import APIRouter
from pydantic import TypeAdapter
from starlette.responses import Response

from edge.kiosk_view import KioskCode, KioskSnapshot, LastVisit, kiosk_snapshot, last_visit, takes_code
from edge.snapshot import StoreSnapshot
from edge.web.front import StoreFront
from edge.web.settings import WebSettings
from edge.web.stream import Hub

MOST_KIOSKS: Final = 8  # screens of one cabinet, with those that somebody has left open
TICK_S: Final = 2.0  # s; the screen's clock and its receipt go on where nothing else happens

views: TypeAdapter[KioskSnapshot] = TypeAdapter(KioskSnapshot)


class KioskFeed:
    """The narrow view, with what was seen of the last visit while a screen looked."""

    def __init__(self, front: StoreFront) -> None:
        self._front = front
        self._last: LastVisit | None = None
        self._drawn: tuple[str, KioskCode | None] = ("", None)

    def now(self) -> KioskSnapshot:
        """The view of this moment."""
        snapshot = self._front.snapshot()
        return kiosk_snapshot(snapshot, last_visit(self._last, snapshot), self._code(snapshot))

    async def live(self) -> AsyncIterator[KioskSnapshot]:
        """The view at each change and at each tick, until the store shuts down. One at a time: the hub sees to that."""
        source = self._front.subscribe()
        coming: asyncio.Future[StoreSnapshot] | None = None
        try:
            while True:
                coming = coming or asyncio.ensure_future(anext(source))
                done, _ = await asyncio.wait({coming}, timeout=TICK_S)
                try:
                    snapshot = coming.result() if done else self._front.snapshot()
                except StopAsyncIteration:
                    return
                coming = None if done else coming
                self._last = last_visit(self._last, snapshot)
                yield kiosk_snapshot(snapshot, self._last, self._code(snapshot))
        finally:
            self._last = None  # what ends while nobody looks was not seen to end
            if coming is not None:
                coming.cancel()
                await asyncio.gather(coming, return_exceptions=True)
            if isinstance(source, AsyncGenerator):
                await source.aclose()

    def _code(self, snapshot: StoreSnapshot) -> KioskCode | None:
        """The code of the moment, drawn anew only where it is another one."""
        address = self._front.entry_code() if takes_code(snapshot) else None
        if address is None:
            return None
        if address != self._drawn[0]:
            self._drawn = (address, KioskCode(rows=modules(address)))
        return self._drawn[1]


def modules(text: str) -> tuple[str, ...]:
    """``text`` as a QR code (ISO/IEC 18004) that is read although a seventh of it is covered: rows of ``0`` and ``1`` (dark)."""
    return tuple("".join("1" if module else "0" for module in row) for row in segno.make_qr(text, error="m").matrix)


def kiosk_hub(feed: KioskFeed, settings: WebSettings) -> Hub[KioskSnapshot]:
    """The live stream of all screens of one store."""
    return Hub(
        feed.live,
        views.dump_json,
        timeless=_ticking,
        awaited=_timeless,
        limit=MOST_KIOSKS,
        interval_s=settings.stream_interval_ms / 1000.0,
        keep_alive_s=settings.keep_alive_s,
    )


def shopping(feed: KioskFeed, hub: Hub[KioskSnapshot]) -> APIRouter:
    """The routes over one store's screens."""
    router = APIRouter()

    @router.get("/api/v1/kiosk/snapshot", response_model=KioskSnapshot, summary="The store now, as its shopper's screen sees it")
    async def snapshot() -> Response:
        return Response(views.dump_json(feed.now()), media_type="application/json", headers={"cache-control": "no-store"})

    @router.get(
        "/api/v1/kiosk/stream",
        response_class=Response,
        summary="The shopper's screen live, as server-sent events",
        description="Events as of /api/v1/stream, with data as of /api/v1/kiosk/snapshot.",
        responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
    )
    async def stream() -> Response:
        return hub.open()

    return router


def _timeless(view: KioskSnapshot) -> object:
    return replace(view, at_s=0.0)


def _ticking(view: KioskSnapshot) -> object:
    return replace(view, at_s=view.at_s // TICK_S)
