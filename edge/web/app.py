"""The web application: routes and nothing else. It knows the store only through the front; what is to be done goes there too."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from fastapi import Path as PathParameter
from fastapi.exceptions import RequestValidationError
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from edge.snapshot import ReceiptRecord, StoreSnapshot
from edge.web.front import CameraPicture, CountResult, EntryResult, ServiceAction, ServiceResult, StoreFront
from edge.web.guard import Guard
from edge.web.metrics import registry
from edge.web.problem import PROBLEM_TYPE, FieldProblem, Problem, ProblemDocument
from edge.web.sample_stream import MEDIA_TYPE, SampleStreams
from edge.web.settings import WebSettings
from edge.web.stream import Hub

STATIC = Path(str(files("edge.web") / "static"))
VISIT_ID = r"^[A-Za-z0-9_-]{1,64}$"
PICTURE_NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)*$"
MOST_PIECES = 500  # pieces that a person counts at once
PASS_CHARACTERS = 4096  # longest text a code reader hands over

_snapshots: TypeAdapter[StoreSnapshot] = TypeAdapter(StoreSnapshot)
_records: TypeAdapter[ReceiptRecord] = TypeAdapter(ReceiptRecord)
_Visit = Annotated[str, PathParameter(pattern=VISIT_ID, description="Full visit id.")]
_Camera = Annotated[str, PathParameter(pattern=VISIT_ID, description="Name of a camera.")]
_Picture = Annotated[str, PathParameter(pattern=PICTURE_NAME, max_length=400, description="As the API gives it.")]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class EntryBody(_Body):
    """A pass presented by a program, such as a till, an app backend on this machine, or the page."""

    pass_text: str = Field(alias="pass", min_length=1, max_length=PASS_CHARACTERS, description="The pass as a reader would give it.")
    door: str | None = Field(default=None, pattern=VISIT_ID, description="The door to open; every door when left out.")


class ServiceBody(_Body):
    """What an operator wants, who it is, and why: all of it goes to the audit record."""

    action: ServiceAction
    by: str = Field(min_length=1, max_length=64, description="Who asks.")
    reason: str = Field(min_length=3, max_length=200, description="Why, in words.")


class CountBody(_Body):
    """Pieces of one product that were just put on a plate, counted by a person: the store learns what one of them weighs."""

    plate: str = Field(min_length=1, max_length=40, description="The plate they were put on (or taken from).")
    gtin: str = Field(pattern=r"^[0-9]{8,14}$", description="GTIN of the product.")
    units: int = Field(ge=1, le=MOST_PIECES, description="How many pieces.")
    by: str = Field(min_length=1, max_length=64, description="Who counted.")


class ReceiptPage(BaseModel):
    """Receipts, newest first. ``next_before``: the value of ``before`` that gives the page after this one; None at the end."""

    model_config = ConfigDict(frozen=True)

    receipts: tuple[ReceiptRecord, ...]
    next_before: str | None


class Pictures(BaseModel):
    """Pictures that are kept of one sighting: names for /api/v1/pictures/. Empty once they have been let go."""

    model_config = ConfigDict(frozen=True)

    pictures: tuple[str, ...]


class Health(BaseModel):
    """The web server answers; ``phase`` is the cabinet's. Alive is not the same as open for business."""

    model_config = ConfigDict(frozen=True)

    alive: bool
    phase: str


def create_app(front: StoreFront, settings: WebSettings) -> FastAPI:
    """The application over one store. ``app.state.hub`` and ``app.state.recorders`` are its streams; close them before the server shuts
    down."""
    hub = Hub(
        front.subscribe,
        _snapshots.dump_json,
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
        version=front.snapshot().controller.version,
        description="One store, served to its own machine. Reading is free; whatever is asked to be done goes through the journal.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        lifespan=lifespan,
        responses={code: {"model": ProblemDocument, "content": {PROBLEM_TYPE: {}}} for code in (400, 403, 404, 422, 500)},
    )
    app.state.hub = hub
    app.state.recorders = SampleStreams(front.samples)
    _reading(app, front, hub)
    _seeing(app, front)
    _recording(app, app.state.recorders)
    _acting(app, front, settings)
    _page(app, settings)
    _problems(app)
    app.add_middleware(Guard, settings=settings)
    return app


def _reading(app: FastAPI, front: StoreFront, hub: Hub) -> None:
    figures = registry(front.metrics, lambda: hub.listeners)

    @app.get("/api/v1/snapshot", response_model=StoreSnapshot, summary="The store now")
    async def snapshot() -> Response:
        return _json(_snapshots.dump_json(front.snapshot()))

    @app.get(
        "/api/v1/stream",
        response_class=Response,
        summary="The store live, as server-sent events",
        description="Events: hello, snapshot (data as of /api/v1/snapshot), alive. The newest snapshot wins; older ones are not repeated.",
        responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}, 503: {"model": ProblemDocument}},
    )
    async def stream() -> Response:
        return hub.open()

    @app.get("/api/v1/receipts", summary="Receipts, newest first")
    async def receipts(
        limit: Annotated[int, Query(ge=1, le=200, description="How many at most.")] = 20,
        before: Annotated[str | None, Query(pattern=VISIT_ID, description="Only receipts of visits older than this one.")] = None,
    ) -> ReceiptPage:
        page = tuple(await front.receipts(limit, before))
        return ReceiptPage(receipts=page, next_before=page[-1].receipt.visit if len(page) == limit else None)

    @app.get("/api/v1/receipts/{visit}", response_model=ReceiptRecord, summary="One receipt with its evidence")
    async def receipt(visit: _Visit) -> Response:
        record = await front.receipt(visit)
        if record is None:
            raise Problem(404, "no_receipt", "There is no such receipt", "Take a full visit id from /api/v1/receipts.")
        return _json(_records.dump_json(record))

    @app.get("/healthz", summary="Does the controller answer")
    async def healthz() -> Health:
        return Health(alive=True, phase=front.snapshot().cabinet.phase)

    @app.get("/metrics", response_class=Response, summary="Prometheus metrics", responses={200: {"content": {"text/plain": {}}}})
    async def metrics() -> Response:
        return Response(generate_latest(figures), headers={"content-type": CONTENT_TYPE_LATEST, "cache-control": "no-store"})


def _seeing(app: FastAPI, front: StoreFront) -> None:
    @app.get("/api/v1/evidence/{name:path}", summary="The pictures of one sighting")
    async def evidence(name: _Picture) -> Pictures:
        return Pictures(pictures=tuple(await front.evidence(name)))

    @app.get(
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

    @app.get(
        "/api/v1/cameras/{camera}",
        summary="What a camera sees now",
        description="Asks the eye to show this camera for the next ten seconds; `picture` is null until it does.",
    )
    async def camera(camera: _Camera) -> CameraPicture:
        found = await front.camera_picture(camera)
        if found is None:
            raise Problem(404, "no_camera", "There is no such camera", "Take a name from `eye.cameras` of /api/v1/snapshot.")
        return found


def _recording(app: FastAPI, recorders: SampleStreams) -> None:
    @app.get(
        "/api/v1/samples",
        response_class=Response,
        summary="Raw weight samples from now on, for smartstore record",
        description="One JSON object a line: first the shop (`columns`, `plates`, `products`, ...), then `samples` as [column, monotonic "
        "nanoseconds, grams], `seen` for what a camera saw, `visit` for each visit that ended, and an object without these when all is "
        "told. `overrun`: read too slowly.",
        responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}, 503: {"model": ProblemDocument}},
    )
    async def samples() -> Response:
        return recorders.open()


def _acting(app: FastAPI, front: StoreFront, settings: WebSettings) -> None:
    late = Problem(
        504,
        "no_decision",
        "The store has not decided in time",
        "Look at /api/v1/snapshot before you try again: the request may still take effect.",
    )

    @app.post(
        "/api/v1/entries", summary="Present a pass", description="Answers 200 with `accepted` true or false, and words for the person."
    )
    async def entries(body: EntryBody) -> EntryResult:
        try:
            async with asyncio.timeout(settings.answer_within_s):
                return await front.present(body.pass_text, "api", body.door)
        except TimeoutError:
            raise late from None

    @app.post(
        "/api/v1/counts",
        summary="Teach a product its weight",
        description="Put pieces on a plate in a staff visit, then say within three minutes how many they are. "
        "Answers 200 with `accepted` true or false, and words for the person.",
    )
    async def counts(body: CountBody) -> CountResult:
        try:
            async with asyncio.timeout(settings.answer_within_s):
                return await front.count(body.plate, body.gtin, body.units, body.by)
        except TimeoutError:
            raise late from None

    @app.post("/api/v1/service", summary="Take out of service, return to service, acknowledge faults")
    async def service(body: ServiceBody) -> ServiceResult:
        try:
            async with asyncio.timeout(settings.answer_within_s):
                return await front.service(body.action, body.by, body.reason)
        except TimeoutError:
            raise late from None


def _page(app: FastAPI, settings: WebSettings) -> None:
    panel = html.escape(settings.shopper_panel_url or "", quote=True)
    page = (STATIC / "index.html").read_text("utf-8").replace("{{shopper_panel}}", panel).encode("utf-8")

    @app.get("/", include_in_schema=False)
    async def index() -> Response:
        return Response(page, media_type="text/html", headers={"cache-control": "no-cache"})

    app.mount("/static", StaticFiles(directory=STATIC), name="static")


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


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json", headers={"cache-control": "no-store"})


def _place(loc: tuple[Any, ...]) -> str:
    """Path to a field; names that came from the caller are cut to harmless characters."""
    return ".".join(re.sub(r"[^A-Za-z0-9_-]", "?", str(part))[:40] for part in loc)


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ")[:200]
