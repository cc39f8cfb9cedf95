"""Routes of what was seen and weighed: pictures of the evidence, cameras, raw samples for a recording."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from fastapi import Path as PathParameter
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from edge.web.front import CameraPicture, StoreFront
from edge.web.problem import Problem
from edge.web.reading import NAME
from edge.web.sample_stream import MEDIA_TYPE, SampleStreams

PICTURE_NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)*$"

_Camera = Annotated[str, PathParameter(pattern=NAME, description="Name of a camera.")]
_Picture = Annotated[str, PathParameter(pattern=PICTURE_NAME, max_length=400, description="As the API gives it.")]


class Pictures(BaseModel):
    """Pictures that are kept of one sighting: names for /api/v1/pictures/. Empty once they have been let go."""

    model_config = ConfigDict(frozen=True)

    pictures: tuple[str, ...]


def seeing(front: StoreFront, recorders: SampleStreams) -> APIRouter:
    """The routes over one store and the recordings that are made of it."""
    router = APIRouter()

    @router.get("/api/v1/evidence/{name:path}", summary="The pictures of one sighting")
    async def evidence(name: _Picture) -> Pictures:
        return Pictures(pictures=tuple(await front.evidence(name)))

    @router.get(
        "/api/v1/pictures/{name:path}",
        response_class=Response,
        summary="One picture of the evidence",
        responses={200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}},
    )
    async def picture(name: _Picture) -> Response:
        content = await front.picture(name)
        if content is None:
            raise Problem(
                404, "no_picture", "There is no such picture", "It was never kept, or its time is over: see [vision] evidence_days."
            )
        return Response(content, media_type="image/jpeg", headers={"cache-control": "private, no-cache"})

    @router.get(
        "/api/v1/cameras/{camera}",
        summary="What a camera sees now",
        description="Asks the eye to show this camera for the next ten seconds; `picture` is null until it does.",
    )
    async def camera(camera: _Camera) -> CameraPicture:
        found = await front.camera_picture(camera)
        if found is None:
            raise Problem(404, "no_camera", "There is no such camera", "Take a name from `eye.cameras` of /api/v1/snapshot.")
        return found

    @router.get(
        "/api/v1/samples",
        response_class=Response,
        summary="Raw weight samples from now on, for smartstore record",
        description="One JSON object a line: first the shop (`columns`, `plates`, `products`, ...), then `samples` as [column, monotonic "
        "nanoseconds, grams], `seen` for what a camera saw, `visit` for each visit that ended, and an object without these when all is "
        "told. `overrun`: read too slowly.",
        responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}},
    )
    async def samples() -> Response:
        return recorders.open()

    return router
