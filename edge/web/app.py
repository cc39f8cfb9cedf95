"""The web application: puts the routes together, and turns whatever fails below them into problem documents.

It knows the store only through the front; what is to be done goes there too.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from edge.web.acting import acting
from edge.web.configuring import configuring
from edge.web.enrolling import enrolling
from edge.web.front import StoreFront
from edge.web.goods import goods
from edge.web.guard import Guard
from edge.web.pages import STATIC, ScreenFiles, pages
from edge.web.problem import PROBLEM_TYPE, FieldProblem, Problem, ProblemDocument
from edge.web.reading import reading, snapshots
from edge.web.reviewing import reviewing
from edge.web.sample_stream import SampleStreams
from edge.web.seeing import seeing
from edge.web.settings import WebSettings
from edge.web.stream import Hub


def create_app(front: StoreFront, settings: WebSettings) -> FastAPI:
    """The application over one store. ``app.state.hub`` and ``app.state.recorders`` are its streams; close them before the server shuts
    down."""
    hub = Hub(
        front.subscribe,
        snapshots.dump_json,
        limit=settings.max_streams,
        interval_s=settings.stream_interval_ms / 1000.0,
        keep_alive_s=settings.keep_alive_s,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await hub.close()

    app = FastAPI(
        title="smartstore edge",
        version=version("smartstore-edge"),
        description="One store, served to its own machine. Reading is free; whatever is asked to be done goes through the journal.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        lifespan=lifespan,
        responses={code: {"model": ProblemDocument, "content": {PROBLEM_TYPE: {}}} for code in (400, 403, 404, 422, 500)},
    )
    app.state.hub = hub
    app.state.recorders = SampleStreams(front.samples)
    for routes in (
        reading(front, hub),
        seeing(front, app.state.recorders),
        acting(front, settings),
        reviewing(front, settings),
        enrolling(front.enrolment, settings),
        goods(front.goods, settings),
        configuring(front, settings),
    ):
        app.include_router(routes)
    app.mount("/static", ScreenFiles(directory=STATIC, check_dir=False), name="static")
    app.include_router(pages(settings))
    _problems(app)
    app.add_middleware(Guard, settings=settings)
    return app


def _problems(app: FastAPI) -> None:
    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        fields = tuple(FieldProblem(at=_place(one["loc"]), message=_plain(str(one["msg"]))) for one in error.errors()[:20])
        told = Problem(
            422, "invalid", "The request is not as described", "Mend the fields named below; see /api/v1/openapi.json.", fields=fields
        )
        return told.response()

    @app.exception_handler(HTTPException)
    async def plain(request: Request, error: HTTPException) -> Response:
        known = {
            400: ("unreadable", "The body could not be read", "Send one JSON object, see /api/v1/openapi.json."),
            404: ("not_found", "Nothing is served here", "See /api/v1/openapi.json for what there is."),
            405: ("method", "This method is not served here", "See /api/v1/openapi.json for the methods of this path."),
        }
        code, title, detail = known.get(error.status_code, ("refused", "The request was refused", "See /api/v1/openapi.json."))
        return Problem(error.status_code, code, title, detail, headers=dict(error.headers or {})).response()

    @app.exception_handler(Problem)
    async def problem(_: Request, error: Problem) -> Response:
        return error.response()


def _place(loc: tuple[Any, ...]) -> str:
    """Path to a field; names that came from the caller are cut to harmless characters."""
    return ".".join(re.sub(r"[^A-Za-z0-9_-]", "?", str(part))[:40] for part in loc)


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ")[:200]
