"""Routes about the settings: what may be set and is, what was changed here and when, the way back, and a fresh start."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from edge.web.changing import ChangeResult, HistoryView, RestartResult, SettingsView
from edge.web.deciding import Change, asker, decided
from edge.web.front import StoreFront
from edge.web.gate import require, require_password
from edge.web.settings import WebSettings

GOODS_SECTIONS = frozenset({"product", "planogram"})  # who may set the store does not set its prices by it
_SECTIONS = 32  # there are fewer
_KEYS = 400  # keys that one request may name

_Key = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}(\.[a-z0-9_]{1,40}){1,3}$")]


class SettingsBody(Change):
    """Settings to change; what is not named stays as it is.

    `changes`: by section the keys to change (dotted for a table in a section), or the whole list of a section that there may be several of.
    A value of null is: as the store file has it.
    """

    changes: dict[str, dict[str, Any] | list[dict[str, Any]] | None] = Field(max_length=_SECTIONS)
    unset: tuple[_Key, ...] = Field(default=(), max_length=_KEYS, description="Settings that are to have no value, as section.key.")


class BackBody(Change):
    """Goes back to what held after an earlier change."""

    number: int = Field(ge=0, le=1_000_000_000, description="The number of that change; 0: to the store file alone.")


class RestartBody(BaseModel):
    """Starts the controller anew, once nobody is inside."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    reason: str = Field(min_length=3, max_length=200, description="Why, in words.")


def configuring(front: StoreFront, settings: WebSettings) -> APIRouter:
    """The routes over one store."""
    router = APIRouter()
    changing = front.changing

    async def tried(request: Request, wish: Callable[..., Coroutine[Any, Any, ChangeResult]], check: bool) -> ChangeResult:
        """First only tried, so that it is known what it touches."""
        result = await decided(wish(check=True), within_s, "/api/v1/settings")
        if GOODS_SECTIONS & {place.partition(".")[0] for place in result.places}:
            require(request, "goods")
        if check or not result.accepted:
            return result
        if result.dangerous:
            require_password(request)
        return await decided(wish(check=False), within_s, "/api/v1/settings")

    within_s = settings.answer_within_s

    @router.get(
        "/api/v1/settings",
        summary="Every setting: what it may be, what it is, where that comes from",
        description="Secrets are files; of those only is told that they are set. Products and planogram are at /api/v1/goods.",
    )
    async def read() -> SettingsView:
        return await changing.described()

    @router.post(
        "/api/v1/settings",
        summary="Change settings",
        description="The whole is checked as a store file is, then kept beside the journal. Answers 200 with `accepted` true or false; "
        "`restart_needed` where something of it holds only from the next start on.",
    )
    async def change(request: Request, body: SettingsBody) -> ChangeResult:
        def wish(*, check: bool) -> Coroutine[Any, Any, ChangeResult]:
            return changing.change(body.changes, asker(request), body.reason, body.version, unset=body.unset, check=check)

        if GOODS_SECTIONS & {*body.changes, *(key.partition(".")[0] for key in body.unset)}:
            require(request, "goods")
        return await tried(request, wish, body.check)

    @router.get("/api/v1/changes", summary="Who changed goods and settings, when and why, newest first")
    async def changes() -> HistoryView:
        return await changing.history()

    @router.post(
        "/api/v1/changes/back",
        summary="Go back to what held after an earlier change, or to the store file alone",
        description="It is a change like any other, with a number of its own.",
    )
    async def back(request: Request, body: BackBody) -> ChangeResult:
        def wish(*, check: bool) -> Coroutine[Any, Any, ChangeResult]:
            return changing.back(body.number, asker(request), body.reason, body.version, check=check)

        return await tried(request, wish, body.check)

    @router.post(
        "/api/v1/restart",
        summary="Start the controller anew, once nobody is inside",
        description="Answers at once: `restarting`, or `after_visit` with the longest time that is waited for. The page is gone for a few "
        "seconds then.",
    )
    async def restart(request: Request, body: RestartBody) -> RestartResult:
        return await decided(front.restart(asker(request), body.reason), within_s, "/api/v1/settings")

    return router
