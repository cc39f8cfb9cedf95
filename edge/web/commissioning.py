"""Routes of the commissioning wizard: how things are, begin and leave, do a step, write what came out. Asked for by the page four times a
second while it is open; whoever stops asking ends the session."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from starlette.responses import Response

from edge.web.bench import BenchResult, BenchView, CommissioningBench, MeasuringStep, RecordRow, Step, StepOrder, UnlockingStep
from edge.web.changing import ChangeResult
from edge.web.deciding import asker, decided
from edge.web.settings import WebSettings

HERE = "/api/v1/commissioning"
SUBJECT = r"^[A-Za-z0-9_.-]{0,40}$"
URL_CHARACTERS = 200
HEAVIEST_G = 1_000_000.0  # g; as the largest rated load

_Name = Annotated[str, Field(pattern=SUBJECT)]
_views: TypeAdapter[BenchView] = TypeAdapter(BenchView)


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class LeaveBody(_Body):
    """Ends the session."""

    back_in_service: bool = Field(description="Return the cabinet to service; otherwise it stays out of it.")


class StepBody(_Body):
    """Does a step. What a step does not need is passed over."""

    subject: _Name = Field(default="", description="The line, plate or door that it is done for; empty where it is done for the store.")
    rated_g: float | None = Field(default=None, gt=0.0, le=HEAVIEST_G, description="plates: make this plate, with this rated load.")
    masses_g: tuple[Annotated[float, Field(gt=0.0, le=HEAVIEST_G)], ...] = Field(
        default=(), max_length=3, description="calibrate, leaks: the known masses in grams."
    )
    repeats: int = Field(
        default=1, ge=1, le=5, description="calibrate: how often each mass is put on; knock: good knocks that must agree; lock: how often."
    )
    plates: tuple[_Name, ...] = Field(default=(), max_length=64, description="leaks: the plates to load; all when left out.")
    first: int = Field(default=1, ge=0, le=255, description="scan: the first address.")
    last: int = Field(default=32, ge=0, le=255, description="scan: the last address.")
    url: str = Field(default="", max_length=URL_CHARACTERS, description="scan: a port that no line uses, instead of a subject.")
    bauds: tuple[int, ...] = Field(default=(), max_length=4, description="scan: line speeds to try on that port.")
    parity: Literal["none", "even", "odd"] = Field(default="none", description="scan: parity on that port.")
    wires: tuple[_Name, ...] = Field(default=(), max_length=8, description="scan: protocols to try on that port; all when left out.")


class AdoptBody(_Body):
    """Puts a found device into the draft."""

    number: int = Field(ge=0, le=10_000, description="Its place among what the last search found, from 0.")


class DropBody(_Body):
    """Takes something out of the draft; everything when both are empty."""

    section: Literal["", "bus", "device", "door", "plate"] = ""
    name: _Name = ""


class WriteBody(_Body):
    """Writes the draft."""

    reason: str = Field(min_length=3, max_length=200, description="Why, in words.")
    check: bool = Field(default=False, description="Only say what would be wrong; nothing is changed.")


class Record(BaseModel):
    """The commissioning record, newest first."""

    model_config = ConfigDict(frozen=True)

    rows: tuple[RecordRow, ...]


def commissioning(bench: CommissioningBench, settings: WebSettings) -> APIRouter:
    """The routes over one store's bench."""
    router = APIRouter()
    within_s = settings.answer_within_s

    @router.get(HERE, response_model=BenchView, summary="The commissioning wizard now", description="Asking keeps its session alive.")
    async def look() -> Response:
        return Response(_views.dump_json(bench.look()), media_type="application/json", headers={"cache-control": "no-store"})

    @router.get(f"{HERE}/record", summary="What was commissioned when, by whom, with which figures; newest first")
    async def record(limit: Annotated[int, Query(ge=1, le=1000, description="How many rows at most.")] = 200) -> Record:
        return Record(rows=tuple(await bench.record(limit)))

    @router.post(f"{HERE}/begin", summary="Take the cabinet out of service and begin", description="Nobody new is let in from now on.")
    async def begin(request: Request) -> BenchResult:
        return await decided(bench.begin(asker(request)), within_s, HERE)

    @router.post(f"{HERE}/leave", summary="End the session", description="What runs is ended; what is not written is forgotten.")
    async def leave(request: Request, body: LeaveBody) -> BenchResult:
        return await decided(bench.leave(asker(request), back_in_service=body.back_in_service), within_s, HERE)

    @router.post(f"{HERE}/cancel", summary="End the procedure that runs")
    async def cancel(request: Request) -> BenchResult:
        return await decided(bench.cancel(asker(request)), within_s, HERE)

    @router.post(f"{HERE}/adopt", summary="Put a found device into the draft")
    async def adopt(request: Request, body: AdoptBody) -> BenchResult:
        return await decided(bench.adopt(body.number, asker(request)), within_s, HERE)

    @router.post(f"{HERE}/drop", summary="Take something out of the draft")
    async def drop(request: Request, body: DropBody) -> BenchResult:
        return await decided(bench.drop(body.section, body.name, asker(request)), within_s, HERE)

    @router.post(
        f"{HERE}/write",
        summary="Write the draft",
        description="It is checked as a store file is and kept as every change is; most of it holds from the next start on.",
    )
    async def write(request: Request, body: WriteBody) -> ChangeResult:
        return await decided(bench.write(asker(request), body.reason, check=body.check), within_s, HERE)

    @router.post(
        f"{HERE}/zero",
        summary="Calibrate a plate, its zero first",
        description="As the step `calibrate`, and the zero of the empty plate is set at its scale.",
    )
    async def zero(request: Request, body: StepBody) -> BenchResult:
        return await decided(bench.start(_order("calibrate", body, zero=True), asker(request)), within_s, HERE)

    @router.post(
        f"{HERE}/unlocking/{{step}}",
        summary="Do a step that lets you in",
        description="You are let in as staff once the step begins: the door unlocks. Refused as any entry is while somebody is inside.",
    )
    async def unlock(request: Request, step: UnlockingStep, body: StepBody) -> BenchResult:
        return await decided(bench.start(_order(step, body), asker(request)), within_s, HERE)

    @router.post(
        f"{HERE}/steps/{{step}}",
        summary="Do a step",
        description="Answers at once; what it says and finds is read from the wizard's state. Nothing is written to a board.",
    )
    async def start(request: Request, step: MeasuringStep, body: StepBody) -> BenchResult:
        return await decided(bench.start(_order(step, body), asker(request)), within_s, HERE)

    return router


def _order(step: Step, body: StepBody, *, zero: bool = False) -> StepOrder:
    return StepOrder(step=step, zero=zero, **{name: getattr(body, name) for name in StepBody.model_fields})
