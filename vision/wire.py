"""What crosses the Unix socket between controller and eye: one JSON object a line, facts one way, wishes the other. Pure codec.

The eye listens, the controller connects; a line is at most MAX_LINE bytes; a line that is none of these is counted and skipped. An empty
line says that every part of the eye still answers: a process that hangs keeps its connections.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, TypeAdapter, ValidationError

from vision.facts import VisionFact

BEAT = b"\n"
SILENT_S = 20.0  # s without any line after which the eye hangs; it sends an empty one every few seconds
MAX_LINE = 65_536  # bytes; a sighting of fifty products is a tenth of it


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchVisit:
    """Somebody is inside from ``at_ns`` on: look at every frame, keep evidence under ``visit``."""

    visit: str
    at_ns: int
    kind: Literal["watch_visit"] = "watch_visit"


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitOver:
    """The receipt of ``visit`` is made. ``keep`` says whether its evidence stays (a person will look at it) or may go."""

    visit: str
    at_ns: int
    keep: bool
    kind: Literal["visit_over"] = "visit_over"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowPicture:
    """Somebody looks at the page: write the camera's newest picture as ``shown_name`` into the evidence folder until ``until_ns``."""

    camera: str
    until_ns: int
    kind: Literal["show_picture"] = "show_picture"


Wish: TypeAlias = Annotated[WatchVisit | VisitOver | ShowPicture, Field(discriminator="kind")]


def shown_name(camera: str) -> str:
    """Where in the evidence folder a camera's newest picture is while somebody looks at it: a JPEG, replaced as a whole, heads masked."""
    return f"now/{camera}.jpg"


_FACT: TypeAdapter[VisionFact] = TypeAdapter(VisionFact)
_WISH: TypeAdapter[Wish] = TypeAdapter(Wish)


def fact_line(fact: VisionFact) -> bytes:
    """One fact as a line. ValueError where it is longer than MAX_LINE."""
    return _line(_FACT.dump_json(fact), fact.kind)


def wish_line(wish: Wish) -> bytes:
    """One wish as a line. ValueError where it is longer than MAX_LINE."""
    return _line(_WISH.dump_json(wish), wish.kind)


def fact_of(line: bytes) -> VisionFact | None:
    """The fact in a line, None where it is none."""
    try:
        return _FACT.validate_json(line)
    except ValidationError:
        return None


def wish_of(line: bytes) -> Wish | None:
    """The wish in a line, None where it is none."""
    try:
        return _WISH.validate_json(line)
    except ValidationError:
        return None


def _line(text: bytes, kind: str) -> bytes:
    if len(text) >= MAX_LINE:
        raise ValueError(f"a {kind} of {len(text)} bytes is longer than a line may be ({MAX_LINE} bytes)")
    return text + b"\n"
