"""Routes of the technician: devices and their wires, the doctor, the log, versions and models."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi import Path as PathParameter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from edge.web.care.checkup_views import CheckupView
from edge.web.care.front import CareFront
from edge.web.care.log_views import Level, LogPage, LogWish
from edge.web.care.machine import MachineView, WireTraceView
from edge.web.care.version_views import ModelResult, VersionsView
from edge.web.gate import who
from edge.web.problem import Problem

THING = r"^[A-Za-z0-9_.-]{1,64}$"  # name of a line, a model, a version
MOST_LINES = 1_000  # of the log in one answer
MOST_FILTER = 100  # characters that somebody types to find a line

_Level = Annotated[Level, Query(description="The least important lines wanted.")]
_Text = Annotated[str, Query(max_length=MOST_FILTER, description="Only lines that hold this, in whatever case of letters.")]
_TEXT_FILE: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}


class ModelBody(BaseModel):
    """A version of a model to use from now on."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    version: str = Field(pattern=THING, description="As /api/v1/versions names it.")


class NoBody(BaseModel):
    """Nothing more needs to be said: an empty object."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def caring(front: CareFront) -> APIRouter:
    """The routes over one store's technician's side."""
    router = APIRouter()

    @router.get("/api/v1/devices", summary="Devices and lines now, with what they measure")
    async def devices() -> MachineView:
        return front.machine()

    @router.get(
        "/api/v1/devices/{bus}/trace",
        summary="What goes over a line",
        description="Rows after `after`, oldest first. While somebody asks every few seconds nothing is left out; else `missed` tells.",
    )
    async def trace(
        bus: Annotated[str, PathParameter(pattern=THING, description="Name of a line.")],
        after: Annotated[int, Query(ge=0, le=2**53, description="`newest` of the answer before; 0 at first.")] = 0,
    ) -> WireTraceView:
        found = front.wire(bus, after)
        if found is None:
            raise Problem(404, "no_line", "There is no such line", "Take a name from `lines` of /api/v1/devices.")
        return found

    @router.get("/api/v1/checkup", summary="What the doctor found last")
    async def checkup() -> CheckupView:
        return front.checkup()

    @router.post(
        "/api/v1/checkup", summary="Let the doctor look at everything", description="Answers at once; ask by GET for the findings."
    )
    async def look_again(_: NoBody) -> CheckupView:
        return await front.look_again()

    @router.get("/api/v1/checkup/file", response_class=Response, summary="The findings as text", responses=_TEXT_FILE)
    async def checkup_file() -> Response:
        return text_file("smartstore-doctor.txt", front.checkup_text())

    @router.get("/api/v1/logs", summary="What the controller said of itself")
    async def logs(
        level: _Level = "debug",
        text: _Text = "",
        after: Annotated[int, Query(ge=0, le=2**53, description="`newest` of the answer before; 0 at first.")] = 0,
        limit: Annotated[int, Query(ge=1, le=MOST_LINES, description="How many at most, the newest ones.")] = 500,
    ) -> LogPage:
        return front.logged(LogWish(level=level, text=text, after=after, limit=limit))

    @router.get("/api/v1/logs/file", response_class=Response, summary="The kept log as text", responses=_TEXT_FILE)
    async def log_file(level: _Level = "debug", text: _Text = "") -> Response:
        return text_file("smartstore-log.txt", "".join(f"{line}\n" for line in front.log_text(LogWish(level=level, text=text))))

    @router.get("/api/v1/versions", summary="What runs here, since when, and the models")
    async def versions() -> VersionsView:
        return await front.versions()

    @router.post("/api/v1/models/{name}/use", summary="Use a version of a model from now on")
    async def use_model(name: Annotated[str, PathParameter(pattern=THING)], body: ModelBody, request: Request) -> ModelResult:
        return await front.use_model(name, body.version, who(request).name)

    @router.post("/api/v1/models/{name}/rollback", summary="Go back to the version of a model that was used before")
    async def roll_back(name: Annotated[str, PathParameter(pattern=THING)], _: NoBody, request: Request) -> ModelResult:
        return await front.roll_back_model(name, who(request).name)

    return router


def text_file(name: str, content: str) -> Response:
    """Plain text to be kept as a file."""
    headers = {"cache-control": "no-store", "content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type="text/plain; charset=utf-8", headers=headers)
