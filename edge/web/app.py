"""The web application: puts the routes together, and turns whatever fails below them into problem documents.

It knows the store only through the front; what is to be done goes there too.
"""

from __future__ import annotations

import math
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from edge.access.refusals import AccessError, AccessRefused, Throttled
from edge.web.acting import acting
from edge.web.auditing import auditing
from edge.web.care.recording_routes import recording
from edge.web.care.routes import caring
from edge.web.commissioning import commissioning
from edge.web.configuring import configuring
from edge.web.enrolling import enrolling
from edge.web.front import StoreFront
from edge.web.gate import Gate
from edge.web.goods import goods
from edge.web.guard import Guard
from edge.web.kiosk import KioskFeed, kiosk_hub, shopping
from edge.web.me import me
from edge.web.outer import OuterPort
from edge.web.pages import STATIC, ScreenFiles, pages
from edge.web.people import people
from edge.web.plain.routes import plain
from edge.web.problem import PROBLEM_SCHEMA, PROBLEM_TYPE, FieldProblem, Problem, ProblemDocument
from edge.web.reading import awaited, reading, snapshots, timeless
from edge.web.reviewing import reviewing
from edge.web.sample_stream import SampleStreams
from edge.web.seeing import seeing
from edge.web.settings import WebSettings
from edge.web.stream import Hub


def create_app(front: StoreFront, settings: WebSettings, outer: OuterPort | None = None) -> FastAPI:
    """The application over one store; ``outer`` where other machines are served too. ``app.state.hub``, ``app.state.kiosks`` and
    ``app.state.recorders`` are its streams; close them before the server shuts down."""
    hub = Hub(
        front.subscribe,
        snapshots.dump_json,
        timeless=timeless,
        awaited=awaited,
        limit=settings.max_streams,
        interval_s=settings.stream_interval_ms / 1000.0,
        keep_alive_s=settings.keep_alive_s,
    )

    feed = KioskFeed(front)
    kiosks = kiosk_hub(feed, settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await hub.close()
        await kiosks.close()

    app = FastAPI(
        title="smartstore edge",
        version=version("smartstore-edge"),
        description="One store. Everything needs a right, as docs/rights.md says; whatever is asked to be done goes through the journal.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        lifespan=lifespan,
        responses={
            codes: {"model": ProblemDocument, "description": words, "content": {PROBLEM_TYPE: {"schema": {"$ref": PROBLEM_SCHEMA}}}}
            for codes, words in (("4XX", "Refused: the document says why."), ("5XX", "The store could not: the document says why."))
        },
    )
    app.state.hub = hub
    app.state.kiosks = kiosks
    app.state.recorders = SampleStreams(front.samples)
    served = list(app.routes)
    for routes in (
        reading(front, hub),
        shopping(feed, kiosks),
        seeing(front, app.state.recorders),
        acting(front, settings),
        reviewing(front, settings),
        enrolling(front.enrolment, settings),
        goods(front.goods, settings),
        configuring(front, settings),
        commissioning(front.bench, settings),
        me(front.access),
        people(front.access),
        auditing(front),
        caring(front.care),
        recording(front.care.recordings),
        plain(lambda: front.snapshot().name, front.access, outer),
    ):
        app.include_router(routes)
        served += routes.routes
    app.mount("/static", ScreenFiles(directory=STATIC, check_dir=False), name="static")
    screens = pages(settings, is_set_up=lambda: not front.access.empty)
    served += [app.routes[-1], *screens.routes]
    app.include_router(screens)
    _problems(app)
    app.add_middleware(Guard, settings=settings, gate=Gate(front.access, served), stands_for=_nobody if outer is None else outer.stands_for)
    return app


def _nobody(_: str) -> bool:
    return False


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

    @app.exception_handler(AccessRefused)
    async def refused(_: Request, error: AccessRefused) -> Response:
        status = 404 if error.code.startswith("unknown_") else 422 if error.code.startswith(("password_", "bad_name")) else 409
        return Problem(status, error.code, "This cannot be", error.words).response()

    @app.exception_handler(Throttled)
    async def throttled(_: Request, error: Throttled) -> Response:
        wait_s = max(1, math.ceil(error.wait_s))
        told = Problem(429, "slow_down", "Too many tries", f"Try again in {wait_s} s.", headers={"retry-after": str(wait_s)})
        return told.response()

    @app.exception_handler(AccessError)
    async def unkept(_: Request, error: AccessError) -> Response:
        return Problem(503, "not_kept", "Users and sessions cannot be written", "Look for a full or failing disk.").response()

    @app.exception_handler(Problem)
    async def problem(_: Request, error: Problem) -> Response:
        return error.response()


def _place(loc: tuple[Any, ...]) -> str:
    """Path to a field; names that came from the caller are cut to harmless characters."""
    return ".".join(re.sub(r"[^A-Za-z0-9_-]", "?", str(part))[:40] for part in loc)


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ")[:200]
