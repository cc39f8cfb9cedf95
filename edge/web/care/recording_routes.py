"""Routes of the recordings: made, listed, handed out, deleted."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi import Path as PathParameter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response, StreamingResponse

from edge.web.care.front import RecordingsFront
from edge.web.care.recording_views import RecordingResult, RecordingsView, VisitKept
from edge.web.care.routes import NoBody
from edge.web.gate import who
from edge.web.problem import Problem
from edge.web.reading import NAME

MEDIA_TYPE = "application/gzip"
RECORDING = r"^[0-9]{8}-[0-9]{6}-[0-9a-f]{8}$"  # its name: when it was begun, and chance
SHORTEST_S, LONGEST_S = 10.0, 1800.0  # s
LONGEST_MINUTES = 60.0  # min; more is never remembered

_Name = Annotated[str, PathParameter(pattern=RECORDING, description="As /api/v1/recordings gives it.")]
_Note = Annotated[str, Field(default="", max_length=200, description="What it is about, for whoever looks at it later.")]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class RecordBody(_Body):
    """A recording from now on."""

    seconds: float = Field(ge=SHORTEST_S, le=LONGEST_S, description="How long, in seconds.")
    note: _Note


class LastBody(_Body):
    """A recording of the time that is over."""

    minutes: float = Field(gt=0.0, le=LONGEST_MINUTES, description="How far back, in minutes; as far as the store remembers.")
    note: _Note


class VisitBody(_Body):
    """A recording of one visit that is over."""

    visit: str = Field(pattern=NAME, description="Full visit id.")
    note: _Note


def recording(front: RecordingsFront) -> APIRouter:
    """The routes over one store's recordings."""
    router = APIRouter()

    @router.get("/api/v1/recordings", summary="Recordings, newest first, and the one that is made now")
    async def listing() -> RecordingsView:
        return await front.listing()

    @router.post("/api/v1/recordings", summary="Record from now on", description="Goes on by itself until its time is over.")
    async def begin(body: RecordBody, request: Request) -> RecordingResult:
        return await front.begin(body.seconds, who(request).name, body.note)

    @router.post("/api/v1/recordings/last", summary="Keep the last minutes as a recording")
    async def keep_last(body: LastBody, request: Request) -> RecordingResult:
        return await front.keep_last(body.minutes, who(request).name, body.note)

    @router.post("/api/v1/recordings/visit", summary="Keep one visit as a recording")
    async def keep_visit(body: VisitBody, request: Request) -> RecordingResult:
        return await front.keep_visit(body.visit, who(request).name, body.note)

    @router.get("/api/v1/recordings/visit/{visit}", summary="Are the weights of a visit still remembered")
    async def visit_kept(visit: Annotated[str, PathParameter(pattern=NAME, description="Full visit id.")]) -> VisitKept:
        return await front.visit_kept(visit)

    @router.post("/api/v1/recordings/end", summary="End the recording that is made now")
    async def end(_: NoBody, request: Request) -> RecordingResult:
        return await front.end(who(request).name)

    @router.post("/api/v1/recordings/{name}/delete", summary="Delete a recording")
    async def delete(name: _Name, _: NoBody, request: Request) -> RecordingResult:
        return await front.delete(name, who(request).name)

    @router.get(
        "/api/v1/recordings/{name}/file",
        response_class=Response,
        summary="A recording as a file for smartstore receipts",
        description="Gzip of what /api/v1/samples says, one JSON object a line.",
        responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}}},
    )
    async def content(name: _Name) -> Response:
        found = await front.content(name)
        if found is None:
            raise Problem(404, "no_recording", "There is no such recording", "Take a name from /api/v1/recordings.")
        size, pieces = found
        headers = {
            "cache-control": "no-store",
            "content-length": str(size),
            "content-disposition": f'attachment; filename="{name}.recording.gz"',
        }
        return StreamingResponse(pieces, media_type=MEDIA_TYPE, headers=headers)

    return router
